"""Models that know nothing of us, run unchanged: their rasters are those that plain NetPyNE has recorded.

All run in one process, one after the other: none may see another's modules, mechanisms or sections.
`python -m tests.test_foreign` records the rasters anew, each in a fresh interpreter without the tuner.
"""

import ast
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.foreign_models import CASES, FOREIGN, plain_raster
from tuner import mechanisms, model
from tuner.evaluate import Task, prepare, record
from tuner.schema import Place
from tuner.study import Study

RECORDED = FOREIGN / "rasters.json"
# Which file or folder is named where it is not the case's own entry.
ENTRIES = {
    "prefixed": "prefixed/tut_x_init.py",
    "batch_evol": "batch_evol",
    "batch_windows": "batch_windows",
    "batchtools": "batchtools/search.py",
}


# What a script changes in netParams comes before the value that is tuned.
LAST = {("prefixed", "netParams"): "create"}


def _path(statement: str) -> tuple[str, object]:
    """Path and value of a statement such as cfg.weight = 0.1."""
    node = ast.parse(statement).body[0]
    return ast.unparse(node.targets[0]), ast.literal_eval(node.value)


def _study(case: str, values: dict) -> Study:
    duration = {"duration_ms": values.pop("cfg.duration")} if "cfg.duration" in values else {}
    table = {
        "name": "foreign",
        "model": ENTRIES.get(case, CASES[case].entry),
        "values": values,
        "parameters": {"unread": {"low": 0.0, "high": 1.0, "path": "dt", "start": 0.05}},
        "targets": {"rate": {"feature": "rate", "value": 1.0}},
        "budget": {"evaluations": 1},
        **duration,
    }
    return replace(Study.from_table(table, Place("foreign.toml"), FOREIGN), trust_pickle=True)


def _raster(case: str, statement: str = "") -> tuple[list[float], list[int]]:
    study = _study(case, dict([_path(statement)]) if statement else {})
    task = Task(study, mechanisms.build(model.mod_folder(study)), 0, 0, {})
    task = replace(task, study=study.with_duration(prepare(task).duration_ms))
    # The parameter stays the model's.
    recording, _ = record(replace(task, values={}))
    return recording.spike_times.tolist(), recording.spike_cells.tolist()


def _expected() -> dict:
    return json.loads(RECORDED.read_text())


@pytest.mark.simulation
@pytest.mark.parametrize("kind", ["plain", "cfg", "netParams"])
@pytest.mark.parametrize("case", CASES)
def test_the_raster_is_plain_netpynes(case, kind):
    times, cells = _raster(case, CASES[case].tunable.get(kind, ""))
    expected = _expected()[case][kind]
    assert cells == expected["cells"]
    assert times == pytest.approx(expected["times"], abs=1e-6)


def test_every_recorded_change_shows():
    for case, rasters in _expected().items():
        assert rasters["plain"] != rasters["cfg"] and rasters["plain"] != rasters["netParams"], case


def _listing(folder: Path) -> dict[str, tuple]:
    return {
        str(file): (file.stat().st_mtime_ns, file.stat().st_size)
        for file in sorted(folder.rglob("*"))
        if "__pycache__" not in file.parts
    }


@pytest.mark.simulation
@pytest.mark.parametrize("case", ["interactive", "indexed", "shadowing", "batchtools"])
def test_nothing_is_written_into_a_models_folder(case):
    before, here = _listing(FOREIGN), os.getcwd()
    _raster(case)
    assert _listing(FOREIGN) == before and os.getcwd() == here
    assert not list((FOREIGN / CASES[case].folder).rglob("__pycache__"))


def main() -> None:
    """Records all rasters."""
    recorded = {}
    for case, known in CASES.items():
        changed = {kind: {LAST.get((case, kind), kind): words} for kind, words in known.tunable.items()}
        runs = {"plain": {}, **changed}
        rasters = {kind: plain_raster(case, changes) for kind, changes in runs.items()}
        recorded[case] = {kind: {"times": times, "cells": cells} for kind, (times, cells) in rasters.items()}
    RECORDED.write_text(json.dumps(recorded) + "\n")


if __name__ == "__main__":
    main()
