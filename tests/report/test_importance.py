"""The tables of the report: the change of each target over each parameter's range, and indices over a design."""

import json
import re
from dataclasses import replace

import pytest

from tests.analysis.accounts import evaluated, probed
from tests.samples import make_study
from tuner.evaluation import best_of
from tuner.optimizers.resolution import resolve
from tuner.report.result_data import RunData
from tuner.report.sections import importance as section
from tuner.report.summary import of_account

GOAL = {"feature": "rate", "value": 5, "tolerance": 0.5}


def run_of(folder, model, points, optimizer="cma_es", change=None, weight=1, targets=("one", "two<E>")):
    """The data of a run folder with evaluations at points, and with probes that `change` changes."""
    names = [f"p{place}" for place in range(len(points[0]))]
    study = resolve(
        make_study(
            folder,
            parameters={name: {"low": 0.0, "high": 1.0} for name in names},
            targets={name: {**GOAL, "weight": weight} for name in targets},
            optimizer={"name": optimizer, "start_point": False},
        )
    )
    (folder / "study.toml").write_text(study.dump())
    evaluations = evaluated(model, study.space, study.targets, points)
    (folder / "evaluations.jsonl").write_text("".join(each.to_line() + "\n" for each in evaluations))
    (folder / "manifest.json").write_text(json.dumps({"units": {}, "starts": []}))
    probes = change(probed(model, study.space, study.targets, best_of(evaluations))) if change else []
    (folder / "probes.jsonl").write_text("".join(each.to_line() + "\n" for each in probes))
    return RunData.read(folder)


def rows_of(page):
    """The text of the cells."""
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", page)]
    return [[re.sub(r"<[^>]+>", " ", cell).strip() for cell in row] for row in cells]


def model(*x):
    return [5 + x[0] - 0.001 * x[1], 5 + 8 * (x[1] - 0.5) ** 2]


def test_a_cell_is_the_change_in_tolerances(tmp_path):
    page = section.importance(run_of(tmp_path, model, [[0.5, 0.5, 0.5]], change=list))
    assert rows_of(page) == [
        ["parameter", "one", "two&lt;E&gt;"], ["p0", "+2.0", "0"], ["p1", "-0.0", "up to 4.0"], ["p2", "0", "0"],
    ]  # fmt: skip
    coloured = re.findall(r"background:rgba\((\d+), \d+, \d+, [\d.]+\)\">([^&<]+)<", page)
    assert coloured == [(section.RISE.split(",")[0], "+2.0"), (section.NO_DIRECTION.split(",")[0], "up to 4.0")]


def test_broken_and_missing_ends(tmp_path):
    def change(probes):
        broken = [replace(probe, status="aborted", features={}, reason="runaway") for probe in probes[:2]]
        late = replace(probes[2], status="timeout", features={})
        return [*broken, late, probes[3]]

    page = section.importance(run_of(tmp_path, model, [[0.5, 0.5, 0.5]], change=change))
    assert rows_of(page)[1:] == [
        ["p0  aborted at its lower bound; aborted at its upper bound", "aborted", "aborted"],
        ["p1  timed out at its lower bound", "-0.0", "+4.0"],
        ["p2", "-", "-"],
    ]


def test_nothing_without_probes_and_without_a_target_that_counts(tmp_path):
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    assert section.importance(run_of(tmp_path / "a", model, [[0.5, 0.5, 0.5]])) == ""
    silent = run_of(tmp_path / "b", model, [[0.5, 0.5, 0.5]] * 3, "grid", list, weight=0)
    assert section.importance(silent) == ""
    assert not any("bound" in line or "resolved" in line for line in of_account(silent))


@pytest.mark.long
def test_a_design_has_indices_and_optuna_is_named_only_where_it_is_missing(tmp_path, monkeypatch):
    import numpy as np

    run = run_of(tmp_path, model, np.random.default_rng(0).random((60, 3)).tolist(), "sobol")
    page = section.importance(run)
    assert "one (n = 60, Q\u00b2 1.00)" in page and "best tenth of 60 evaluations" in page
    assert "pip install" not in page
    monkeypatch.setattr(section, "missing", lambda settings: "needs optuna 5: pip install x")
    page = section.importance(run)
    assert "(PED-ANOVA) needs optuna 5: pip install x" in page
    lines = list(of_account(run))
    assert lines[-1] == "Not resolved: whether p2 matters" and not any("probe" in line for line in lines)
