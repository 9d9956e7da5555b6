"""The results of a search by NetPyNE's Batch: its candidates and the best of them."""

import pytest

from tests.bridge.batch_folders import data_file, written
from tests.commands import SMALL
from tests.loops import loop_over
from tuner.bridge import batch_folder
from tuner.bridge.batch_results import Candidate, account, best, candidates
from tuner.errors import StoreError, TunerError

pytest.importorskip("psutil")


def test_candidates_in_order_and_the_best_of_those_that_came_to_their_end(tmp_path, at_middle):
    written(tmp_path)
    for place, fitness in (((10, 0), 3.0), ((2, 11), 1.5), ((2, 3), 9.0)):
        values = {"rate": fitness, "weight": 0.01}
        data_file(tmp_path, place[0], "gen_{}_cand_{}".format(*place), fitness=fitness, values=values)
    data_file(tmp_path, 4, "trial_4", fitness=0.5, values={"rate": 0.5, "weight": 0.01}, reason="gone")
    found = candidates(tmp_path)
    assert [(each.generation, each.number) for each in found] == [(2, 3), (2, 11), (4, 0), (10, 0)]
    assert found[2] == Candidate(4, 0, {"weight": 0.01, "rate": 0.5}, 0.5, "gone")
    assert best(tmp_path) == ({"weight": 0.01, "rate": 1.5}, 1.5)
    assert list(account(tmp_path)) == [
        "Best of 4 candidates: fitness 1.5", "  weight = 0.01", "  rate = 1.5", "1 failed; the first gone",
    ]  # fmt: skip


@loop_over("text", ["", '{"simData": {"val', "[]", "{}", '{"simData": {"values": {}}}', '{"simData": {"values": 3}}'])
def test_data_that_is_cut_off_is_named(tmp_path, at_middle, capsys, text):
    written(tmp_path)
    data_file(tmp_path, 0, "gen_0_cand_0", fitness=1.0, values={"rate": 1.0, "weight": 0.01})
    torn = tmp_path / "data" / "gen_0" / "gen_0_cand_1_data.json"
    torn.write_text(text)
    assert batch_folder.main([str(SMALL), "--to", str(tmp_path), "--best"]) == StoreError.exit_status
    words = "the candidate's data are incomplete; the file is damaged, or still being written"
    assert capsys.readouterr().err == f"netpyne_batch: {torn}: {words}\n"


def test_a_file_that_is_no_candidates_is_left_alone(tmp_path, at_middle):
    written(tmp_path)
    data_file(tmp_path, 0, "gen_0_cand_0", fitness=1.0, values={"rate": 1.0, "weight": 0.01})
    data_file(tmp_path, 0, "mine", fitness=0.0)
    assert len(candidates(tmp_path)) == 1


def test_no_best_where_all_failed(tmp_path, at_middle):
    written(tmp_path)
    data_file(tmp_path, 0, "trial_0", fitness=500.0, values={"rate": 1.0, "weight": 0.01}, reason="gone")
    with pytest.raises(TunerError, match="no candidate was simulated to its end"):
        best(tmp_path)
