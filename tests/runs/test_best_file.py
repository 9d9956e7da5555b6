"""The best of a run folder, which is made again where it is damaged."""

import json

import pytest

from tests.commands import ROOT
from tests.loops import loop_over
from tuner.runs.best_file import BEST, Best, Fresh, read_best
from tuner.runs.json_files import read_json, write_json

DATA = ROOT / "tests" / "data" / "run_f817a47"


def test_file_of_f817a47_is_read():
    best = read_best(DATA)
    assert (best.number, best.evaluations, best.loss) == (3, 12, 4.333333333333343)
    assert (best.verified.equal, best.verified.n_spikes, best.verified.reason) == (True, 217, "")
    assert best.fresh.seeds == (2, 3, 4) and best.fresh.features == {"mean_rate": pytest.approx(17.0833, abs=1e-4)}
    assert best.validation == () and best.table == read_json(DATA / BEST)


def test_held_out_results_are_read(tmp_path):
    table = json.loads((DATA / BEST).read_text())
    test = {
        "name": "louder",
        "asked": {"values.drive": 2},
        "status": "failed",
        "loss": None,
        "reason": "the cell is gone",
    }
    table |= {"fresh": {"seeds": [5], "losses": [None], "loss": None, "reason": "gone"}, "validation": [test]}
    write_json(tmp_path / BEST, table)
    best = read_best(tmp_path)
    assert best.fresh == Fresh((5,), (None,), reason="gone")
    assert (best.validation[0].asked, best.validation[0].loss) == ({"values.drive": 2}, None)


@loop_over("change", [{"number": "3"}, {"loss": None}, {"verified": {"equal": 1}}, {"validation": [{"name": "x"}]}])
def test_damaged_file_is_none(tmp_path, change):
    write_json(tmp_path / BEST, {**read_json(DATA / BEST), **change})
    assert read_best(tmp_path) is None


@loop_over("key", ["number", "values", "loss", "evaluations", "verified"])
def test_file_that_lacks_an_entry_is_none(tmp_path, key):
    table = read_json(DATA / BEST)
    del table[key]
    write_json(tmp_path / BEST, table)
    assert read_best(tmp_path) is None


def test_no_file_is_none(tmp_path):
    assert read_best(tmp_path) is None


def test_unknown_entries_are_left_alone():
    table = {**read_json(DATA / BEST), "new": 1}
    assert Best.of(table).table["new"] == 1
