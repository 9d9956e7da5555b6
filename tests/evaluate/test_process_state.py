"""A candidate after one that damages the process is the candidate of a fresh process."""

import os
import resource
import signal
import threading

import numpy as np
import pytest

from tests.commands import alive, wait_until
from tests.evaluate import damages
from tests.evaluate.damages import task
from tests.loops import loop_over
from tuner.evaluate.evaluate import evaluate
from tuner.evaluate.simulations import changes
from tuner.evaluate.task import template
from tuner.executors import worker
from tuner.executors.registry import make
from tuner.optimizers.resolution import resolve
from tuner.simulation import process_state
from tuner.simulation.simulate import warm_up
from tuner.study.study import Study

pytestmark = pytest.mark.simulation


def raster(result):
    assert result.evaluation.status == "done", result.evaluation.reason
    (recording,) = result.recordings.values()
    return recording.spike_times.tolist(), recording.spike_cells.tolist(), result.evaluation.features


@pytest.fixture(scope="module")
def fresh():
    """The raster of the serial executor's worker, before anything has damaged it."""
    with make("serial", 1, warm_up) as executor:
        (outcome,) = executor.map(evaluate, [task()])
    return raster(outcome.value)


@pytest.fixture
def calm():
    """Nothing may ask for another process."""
    evaluate(task())
    worker.reasons_for_replacement()
    yield
    assert worker.reasons_for_replacement() == []


def test_the_network_spikes_enough_to_show_a_difference(fresh):
    assert len(fresh[0]) >= 10


@loop_over("damage", damages.names("DAMAGES"))
def test_what_is_put_back(fresh, calm, damage):
    state = process_state._State()
    evaluate(task(damage))
    if damage == "priority" and os.geteuid():
        assert worker.reasons_for_replacement() == ["the priority"]
        return
    assert {**state.changes(), **state.others.changed()} == {}
    assert raster(evaluate(task())) == fresh


@loop_over("damage", ["global index", "temperature", "connectCells", "second order"])
def test_damages_of_a_simulation_count_in_the_candidate_itself(fresh, damage):
    assert raster(evaluate(task(damage))) != fresh


@loop_over("damage", ["a FInitializeHandler of NEURON", "a Vector of NEURON", "a Section of NEURON",
                      "a NetCon of NEURON", "the hoc variable damaged", "a thread"])  # fmt: skip
def test_what_cannot_be_put_back_is_named(damage):
    worker.reasons_for_replacement()
    try:
        evaluate(task(damage))
        assert worker.reasons_for_replacement() == [damage]
    finally:
        for kept in damages.module().KEPT:
            if isinstance(kept, threading.Event):
                kept.set()
        damages.module().KEPT.clear()


def test_open_files_that_become_short_are_named():
    worker.reasons_for_replacement()
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(400, limits[1]), limits[1]))
    try:
        evaluate(task("open files"))
        assert worker.reasons_for_replacement() == ["open files"]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        for descriptor in damages.module().KEPT:
            os.close(descriptor)
        damages.module().KEPT.clear()


def test_each_trial_begins_with_the_same_state(fresh, calm):
    seeds = {"simulation": {"seeds": [1, 2]}}
    values = {"one": {}, "two": {"values": {"damage": "global index"}}, "three": {}}
    targets = {name: {"feature": "rate", "value": 30, "protocol": name} for name in values}
    result = evaluate(task(protocols=values, targets=targets))
    one, two, three = (result.recordings[name].spike_times.tolist() for name in values)
    assert one == three == fresh[0] and two != one
    runs = evaluate(task("global index", **seeds)).evaluation.runs
    alone = [evaluate(task("global index", simulation={"seeds": [seed]})).evaluation.features for seed in (1, 2)]
    assert [run["features"] for run in runs] == alone


def test_equal_changes_of_each_candidate_keep_the_network_warm(calm):
    ways = [evaluate(task("temperature")).change for _ in range(3)]
    assert ways[1:] == ["untouched", "untouched"]
    assert evaluate(task()).change == "rebuilt"
    found = changes(task("temperature"))
    assert found == {"weight": ("in place", "connParams.S->M.weight")}
    # The function that a candidate puts in is another one each time.
    assert [evaluate(task("np.exp")).change for _ in range(2)] == ["rebuilt", "rebuilt"]


def test_connections_that_the_tuner_makes_are_none_of_the_models_code():
    study = Study.load("sensory_motor", ["duration_ms=50"])
    found = changes(template(resolve(study)).at(0, 0, {"probability": 0.25, "weight": 0.01, "delay": 5.0}))
    assert {name: change for name, (change, _) in found.items()} == {
        "probability": "rewired", "weight": "in place", "delay": "in place",
    }  # fmt: skip


@pytest.mark.slow
def test_a_worker_that_cannot_be_restored_is_replaced(fresh):
    with make("serial", 1, warm_up) as executor:
        found = list(executor.map(evaluate, [task(), task("a Vector of NEURON"), task(), task("a NetCon of NEURON")]))
        assert [raster(outcome.value) == fresh for outcome in found[:3]] == [True, False, True]


@pytest.mark.slow
def test_processes_of_a_model_end_with_the_evaluation(fresh, tmp_path, monkeypatch):
    notes = tmp_path / "pids"
    monkeypatch.setenv("DAMAGES_PIDS", str(notes))
    with make("serial", 1, warm_up) as executor:
        for name in damages.names("CHILDREN"):
            notes.unlink(missing_ok=True)
            (outcome,) = executor.map(evaluate, [task(name)])
            status = "failed" if "error" in name else "done"
            assert outcome.value.evaluation.status == status, (name, outcome.value.evaluation.reason)
            started = set(map(int, notes.read_text().split()))
            assert started and not any(map(alive, started)), name
            (after,) = executor.map(evaluate, [task()])
            assert raster(after.value) == fresh, name


@pytest.mark.slow
@pytest.mark.parametrize(("name", "status"), [("fork, then no end", "timeout"), ("fork, then a crash", "failed")])
def test_processes_of_a_model_end_with_the_worker(tmp_path, monkeypatch, name, status):
    notes = tmp_path / "pids"
    monkeypatch.setenv("DAMAGES_PIDS", str(notes))
    with make("serial", 1, warm_up) as executor:
        (outcome,) = executor.map(evaluate, [task(name)], 2)
        assert outcome.status == status
        started = set(map(int, notes.read_text().split()))
        assert len(started) >= 3
        wait_until(lambda: not any(map(alive, started)))


def test_processes_from_before_the_evaluation_go_on(calm):
    child = os.fork()
    if not child:
        signal.pause()
    try:
        evaluate(task())
        assert alive(child)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_inline_says_once_what_cannot_be_put_back(caplog):
    with make("inline", 1, warm_up) as executor:
        list(executor.map(evaluate, [task("the hoc variable damaged"), task()]))
    assert np.sum(["the hoc variable damaged cannot be put back" in line for line in caplog.messages]) <= 1
