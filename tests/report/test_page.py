"""The report: one page that stands alone, with the numbers of the run."""

import base64
import errno
import re
import struct

import pytest
from matplotlib.figure import Figure

from tests.commands import main
from tests.samples import make_study, recording
from tuner.evaluation import Evaluation
from tuner.objective.targets import Target
from tuner.report.page import write
from tuner.report.sections.fitness import fitness
from tuner.report.sections.pareto_front import pareto, pareto_front
from tuner.report.sections.raster import raster
from tuner.runs import rasters
from tuner.runs.json_files import write_json

pytestmark = pytest.mark.long

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
    rasters.write_raster(folder, 2, {"default": recording([1.0, 500.0], [250.0], S=[0], M=[1])})
    if verified:
        best = {"number": 2, "values": evaluations[2].values, "loss": evaluations[2].loss}
        write_json(folder / "best.json", {**best, "evaluations": len(losses), "verified": verified})
    return write(folder).read_text()


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
    assert [cell for cell in cv.split("|") if cell][-1] == "missed by -0.25"
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
    rasters.write_raster(tmp_path, 7, {"default": kept})
    number, read = rasters.read_raster(tmp_path)
    read = read["default"]
    assert number == 7 and read.same_raster(kept) and read.duration_ms == 1000.0
    assert {name: list(cells) for name, cells in read.populations.items()} == {"S": [0], "M": [1]}
    (tmp_path / rasters.RASTER).write_bytes(b"torn")
    assert rasters.read_raster(tmp_path) is None


def test_pareto_front_is_what_nobody_dominates():
    points = [(1.0, 5.0), (2.0, 2.0), (3.0, 3.0), (5.0, 1.0), (2.0, 2.0), (5.0, 5.0)]
    evaluations = [
        Evaluation(i, 0, {"x": i}, 1, loss=sum(p), objectives=dict(zip("ab", p, strict=True)))
        for i, p in enumerate(points)
    ]
    assert [e.number for e in pareto_front(evaluations)] == [0, 1, 3]
    assert pareto_front([]) == []


@pytest.mark.slow
@pytest.mark.parametrize("evaluations", [1, 3])
def test_pareto_picture_is_drawn_for_two_objectives(tmp_path, evaluations):
    make_run(tmp_path)
    rows = [
        Evaluation(i, 0, {"weight": 0.01, "kind": "a"}, 1, loss=3.0, objectives={"rate": float(i), "cv": 3.0 - i},
                   features={"mean_rate": 17.0, "cv": 0.7}) for i in range(evaluations)
    ]  # fmt: skip
    (tmp_path / "evaluations.jsonl").write_text("".join(e.to_line() + "\n" for e in rows))
    assert "Pareto front" in write(tmp_path).read_text()
    assert (tmp_path / "report" / "pareto.png").stat().st_size > 5000


@pytest.fixture
def figure(monkeypatch):
    """What is drawn."""
    made = Figure()
    for module in ("fitness", "pareto_front", "raster"):
        monkeypatch.setattr(f"tuner.report.sections.{module}.draw", lambda paint, *_: paint(made))
    return made


def test_losses_below_0_are_drawn(figure):
    rows = [
        Evaluation(i, 0, {"x": i}, 1, loss=y - 40.0 * i, objectives={"gain": -40.0 * i, "rate": y})
        for i, y in enumerate((3.0, 2.5, 9.0))
    ]
    pareto(rows, rows[0])
    (low, high), (bottom, _) = figure.axes[0].get_xlim(), figure.axes[0].get_ylim()
    assert low < -80.0 and high > 0.0 and bottom == -0.1


@pytest.mark.parametrize(
    ("losses", "scale"),
    [
        ((1.0, 5.0), "linear"),
        ((0.0, 1.0, 50.0), "log"),
        ((-3.0, -2.0), "linear"),
        ((-3.0, 1e9), "symlog"),
        ((-90.0, 0.0, 1.0), "symlog"),
    ],
)
def test_the_scale_of_the_losses(figure, losses, scale):
    fitness([Evaluation(number, 0, {}, 1, loss=loss) for number, loss in enumerate(losses)])
    assert figure.axes[0].get_yscale() == scale


@pytest.mark.parametrize(("fields", "bands"), [({"value": 17.0}, 1), ({"weight": 0.0}, 0), ({"form": "maximize"}, 0)])
def test_only_a_wish_is_green_beside_the_rates(figure, fields, bands):
    kept = recording([1.0, 500.0], [250.0], S=[0], M=[1])
    raster(kept, [Target("t", "rate", population="M", window_ms=(0.0, 400.0), unit="Hz", **fields)], "title")
    rates = next(axes for axes in figure.axes if axes.get_xlabel() == "mean rate [Hz]")
    # Three bars of rates: of S, of M in the target's window, and of all.
    assert len(rates.patches) == 3 + bands and rates.get_title() == ("target: green" if bands else "")
    assert "M\n0-400 ms" in [label.get_text() for label in rates.get_yticklabels()]


@pytest.mark.parametrize(("duration_ms", "bins"), [(5.0, 1), (40.0, 4), (5000.0, 500), (5_260_000.0, 500)])
def test_the_rate_over_time_has_no_more_bins_than_room(figure, duration_ms, bins):
    raster(recording([1.0], [3.0], duration_ms=duration_ms), [], "title")
    over_time = next(axes for axes in figure.axes if axes.get_ylabel() == "rate [Hz]")
    values, edges, _ = over_time.patches[0].get_data()
    assert (len(values), edges[-1]) == (bins, duration_ms)
    assert sum(values * (edges[1:] - edges[:-1])) / 1000.0 == pytest.approx(1.0)


def test_page_has_what_has_no_end(tmp_path):
    make_run(tmp_path)
    study = make_study(
        parameters={"weight": {"low": 0.001, "high": 0.1}, "kind": {"kind": "choice", "choices": ["a", "b<c"]}},
        targets={
            "gain": {"feature": "fitness", "form": "maximize"},
            "mean_rate": {"feature": "rate", "form": "minimize", "population": "S", "window_ms": [0, 400]},
        },
    )
    (tmp_path / "study.toml").write_text(study.dump())
    rows = [
        Evaluation(number, 0, {"weight": 0.01, "kind": "a"}, 1, loss=2.5 - gain, objectives={"loss": 2.5 - gain},
                   features={"gain": gain, "mean_rate": 2.5}) for number, gain in enumerate((10.0, 700.0))
    ]  # fmt: skip
    (tmp_path / "evaluations.jsonl").write_text("".join(e.to_line() + "\n" for e in rows))
    page = write(tmp_path).read_text()
    assert "<td>gain</td><td>fitness</td><td>all</td><td>as high as possible</td><td>700</td>" in page
    assert page.count("<td>not yet</td><td></td></tr>") == 2
    assert "<td>as low as possible</td><td>2.5 Hz</td>" in page and 'class="missed"' not in page


def test_what_violates_a_constraint_is_not_on_the_front():
    def both(number, a, b, violation):
        return Evaluation(number, 0, {}, 1, loss=a + b, objectives={"a": a, "b": b}, violation=violation)

    first, second, violating = both(0, 1.0, 3.0, 0.0), both(1, 2.0, 2.0, 0.0), both(2, 0.0, 0.0, 0.1)
    assert pareto_front([second, violating, first]) == [first, second]
    assert pareto_front([violating, both(3, 0.0, 0.0, 0.2)]) == [violating]


def test_fitness_with_constraints_is_drawn_apart():
    allowed = [Evaluation(n, 0, {}, 1, loss=3.0 - n) for n in range(2)]
    violating = [Evaluation(2, 0, {}, 1, loss=0.5, violation=1.0)]
    with_one, all_of_them = fitness([*allowed, *violating]), fitness(violating)
    assert with_one != fitness(allowed) and all_of_them[:4] == b"\x89PNG"


def test_full_disk_says_what_is_stored_and_how_to_go_on(tmp_path, monkeypatch):
    make_run(tmp_path)

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    done = main("report", tmp_path)
    assert done.returncode == 5
    kept = "the 4 evaluations before are stored: free some space, then run the same command"
    assert done.stderr.endswith(f"cannot be written: No space left on device; {kept}\n")
