"""The report: one page that stands alone, with the numbers of the run."""

import base64
import re
import struct

import pytest

from tests.samples import make_study, recording
from tuner import report, runfolder
from tuner.evaluation import Evaluation
from tuner.report.fitness import fitness
from tuner.store import write_json

VERIFIED = {"loss": 0.5, "features": {"mean_rate": 17.125}, "n_spikes": 685, "equal": True}


def make_run(folder, verified=None, losses=(20.0, None, 0.5, 3.0)):
    """A run folder as the loop leaves it: four evaluations, one of which failed."""
    study = make_study(
        parameters={
            "weight": {"low": 0.001, "high": 0.1, "scale": "log", "unit": "uS"},
            "kind": {"kind": "choice", "choices": ["a", "b<c"]},
        },
        targets={
            "mean_rate": {"feature": "rate", "value": 17, "tolerance": 0.25},
            "cv": {"feature": "cv_isi", "low": 0.5, "high": 1.0},
        },
    )
    (folder / "study.toml").write_text(study.dump())
    evaluations = [
        Evaluation(
            number, number // 2, {"weight": 0.01 * (number + 1), "kind": "ab<c"[:1] if number % 2 else "b<c"}, 1,
            status="failed" if loss is None else "done", loss=loss, reason="" if loss else "broke",
            objectives={} if loss is None else {"loss": loss}, parts={},
            features={} if loss is None else {"mean_rate": 17.0 + loss / 4, "cv": 0.25},
        )
        for number, loss in enumerate(losses)
    ]  # fmt: skip
    (folder / "evaluations.jsonl").write_text("".join(e.to_line() + "\n" for e in evaluations))
    write_json(folder / "manifest.json", {"units": {"weight": "uS"}, "starts": [], "ended": "budget.evaluations"})
    runfolder.write_raster(folder, 2, {"default": recording([1.0, 500.0], [250.0], S=[0], M=[1])})
    if verified:
        best = {"number": 2, "values": evaluations[2].values, "loss": evaluations[2].loss}
        write_json(folder / "best.json", {**best, "evaluations": len(losses), "verified": verified})
    return report.write(folder).read_text()


def pictures(page):
    return [base64.b64decode(data) for data in re.findall(r'src="data:image/png;base64,([^"]+)"', page)]


def test_page_holds_its_pictures_and_loads_nothing(tmp_path):
    page = make_run(tmp_path, VERIFIED)
    embedded = pictures(page)
    assert len(embedded) == page.count("<img") == 3
    for name in ("raster", "fitness", "parameters"):
        content = (tmp_path / "report" / f"{name}.png").read_bytes()
        assert content in embedded
        width, height = struct.unpack(">II", content[16:24])
        assert width == 1300 and height > 300
    assert not re.search(r"(?:src|href)\s*=\s*[\"'](?!data:)", page)
    assert "http" not in page and "url(" not in page and "<script" not in page


def test_page_has_targets_wanted_reached_and_missed(tmp_path):
    page = make_run(tmp_path, VERIFIED)
    rows = [re.sub(r"<[^>]+>", "|", row) for row in re.findall(r"<tr>(.*?)</tr>", page)]
    mean_rate = next(row for row in rows if row.startswith("|mean_rate"))
    assert [cell for cell in mean_rate.split("|") if cell] == [
        "mean_rate", "rate", "all", "17 +- 0.25 Hz", "17.125 Hz", "17.125 Hz", "reached",
    ]  # fmt: skip
    cv = next(row for row in rows if row.startswith("|cv"))
    assert [cell for cell in cv.split("|") if cell][-1] == "-0.25"
    assert "the same raster, 685 spikes, loss 0.5" in page
    assert "4 evaluations, 1 of them failed" in page
    assert "b<c" not in page and "b&lt;c" in page


def test_page_of_a_run_still_going_says_so(tmp_path):
    page = make_run(tmp_path)
    assert "Still going" in page and "Not yet verified" in page
    assert "17.125 Hz" in page and "not yet" in page


def test_page_names_another_raster_and_a_failed_verification(tmp_path):
    assert "another raster" in make_run(tmp_path, {**VERIFIED, "equal": False})
    failed = {"loss": None, "features": None, "n_spikes": None, "equal": False, "reason": "no <netpyne>"}
    assert "Plain NetPyNE did not run the best: no &lt;netpyne&gt;" in make_run(tmp_path, failed)


def test_page_without_any_success(tmp_path):
    page = make_run(tmp_path, losses=(None, None))
    assert "No evaluation has succeeded yet" in page
    assert len(pictures(page)) == 2


def test_raster_comes_back_as_it_was(tmp_path):
    kept = recording([1.0, 500.0], [250.0], S=[0], M=[1])
    runfolder.write_raster(tmp_path, 7, {"default": kept})
    number, read = runfolder.read_raster(tmp_path)
    read = read["default"]
    assert number == 7 and read.same_raster(kept) and read.duration_ms == 1000.0
    assert {name: list(cells) for name, cells in read.populations.items()} == {"S": [0], "M": [1]}
    (tmp_path / runfolder.RASTER).write_bytes(b"torn")
    assert runfolder.read_raster(tmp_path) is None


def test_pareto_front_is_what_nobody_dominates():
    points = [(1.0, 5.0), (2.0, 2.0), (3.0, 3.0), (5.0, 1.0), (2.0, 2.0), (5.0, 5.0)]
    evaluations = [
        Evaluation(i, 0, {"x": i}, 1, loss=sum(p), objectives=dict(zip("ab", p, strict=True)))
        for i, p in enumerate(points)
    ]
    assert [e.number for e in report.pareto_front(evaluations)] == [0, 1, 3]
    assert report.pareto_front([]) == []


@pytest.mark.parametrize("evaluations", [1, 3])
def test_pareto_picture_is_drawn_for_two_objectives(tmp_path, evaluations):
    make_run(tmp_path)
    rows = [
        Evaluation(i, 0, {"weight": 0.01, "kind": "a"}, 1, loss=3.0, objectives={"rate": float(i), "cv": 3.0 - i},
                   features={"mean_rate": 17.0, "cv": 0.7}) for i in range(evaluations)
    ]  # fmt: skip
    (tmp_path / "evaluations.jsonl").write_text("".join(e.to_line() + "\n" for e in rows))
    assert "Pareto front" in report.write(tmp_path).read_text()
    assert (tmp_path / "report" / "pareto.png").stat().st_size > 5000


def test_what_violates_a_constraint_is_not_on_the_front():
    def both(number, a, b, violation):
        return Evaluation(number, 0, {}, 1, loss=a + b, objectives={"a": a, "b": b}, violation=violation)

    first, second, violating = both(0, 1.0, 3.0, 0.0), both(1, 2.0, 2.0, 0.0), both(2, 0.0, 0.0, 0.1)
    assert report.pareto_front([second, violating, first]) == [first, second]
    assert report.pareto_front([violating, both(3, 0.0, 0.0, 0.2)]) == [violating]


def test_fitness_with_constraints_is_drawn_apart():
    allowed = [Evaluation(n, 0, {}, 1, loss=3.0 - n) for n in range(2)]
    violating = [Evaluation(2, 0, {}, 1, loss=0.5, violation=1.0)]
    with_one, all_of_them = fitness([*allowed, *violating]), fitness(violating)
    assert with_one != fitness(allowed) and all_of_them[:4] == b"\x89PNG"
