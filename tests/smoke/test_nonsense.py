"""Nonsense is said in one line, by the commands, before the search."""

import pytest

from tests.commands import SMALL, main

pytestmark = pytest.mark.simulation
INLINE = ("--executor", "inline", "--set", "simulation.engine='neuron'")
NOTE = "connParams['X->M']: preConds {'pop': 'X'} matches no cell; the populations are M, S"
MORE = """

make = net_params


def net_params(values):
    params = make(values)
    %s
    return params
"""
RULE = "params.connParams['X->M'] = {**params.connParams['S->M'], %s}"


def _study(folder, rule):
    (folder / "model.py").write_text((SMALL.parent / "model.py").read_text() + MORE % (RULE % rule))
    (folder / "small.toml").write_text(SMALL.read_text())
    return folder / "small.toml"


@pytest.mark.parametrize("command", ["check", "run"])
def test_an_unknown_synapse_ends_with_status_3_before_anything_is_stored(tmp_path, command):
    study = _study(tmp_path, "'synMech': 'ecx'")
    words = () if command == "check" else ("--runs", tmp_path / "runs")
    done = main(command, study, *words, *INLINE)
    line = "connParams['X->M']: synMech 'ecx' is not in synMechParams; allowed: exc; did you mean 'exc'?"
    assert (done.returncode, done.stderr) == (3, f"netpyne-tuner: model.py: {line}\n")
    assert not (tmp_path / "runs").exists()


def test_a_run_says_it_once_and_a_resumed_run_does_not_repeat_it(tmp_path):
    study = _study(tmp_path, "'preConds': {'pop': 'X'}")
    budget = "--set", "budget.evaluations=6", "--set", "simulation.abort.rules=false"
    first = main("run", study, "--runs", tmp_path / "runs", *INLINE, *budget)
    assert (first.returncode, first.stderr) == (0, f"warning: model.py: {NOTE}\n")
    again = main("run", study, "--runs", tmp_path / "runs", *INLINE, *budget)
    assert (again.returncode, again.stderr) == (0, "")


def test_a_tolerance_far_too_small_is_said_of_the_start_point(tmp_path):
    study = _study(tmp_path, "'weight': 0.001")
    small = "--set", "targets.mean_rate.tolerance=0.001", "--set", "targets.mean_rate.value=500"
    budget = "--set", "budget.evaluations=6", "--set", "simulation.abort.rules=false"
    done = main("run", study, "--runs", tmp_path / "runs", *INLINE, *small, *budget)
    lines = [line for line in done.stderr.splitlines() if "is at its cap" in line]
    start = "warning: targets.mean_rate: at the start point, the tolerance of 0.001 Hz is small against the distance"
    assert len(lines) == 1 and lines[0].startswith(start)
