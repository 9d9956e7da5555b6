"""A run that was broken anywhere and resumed equals the unbroken one."""

import json
import os
import shutil

import pytest

from tests.commands import SMALL, alive, children, kill, main, rows, start, tuner, wait_for_rows, wait_until
from tests.loops import loop_over

pytestmark = pytest.mark.simulation
INLINE = ("--executor", "inline")


@pytest.mark.exhaustive
def test_two_workers_give_the_run_of_one(serial_run, tmp_path):
    assert tuner(SMALL, "--runs", tmp_path, "--workers", 2).returncode == 0
    assert rows(tmp_path / "small") == rows(serial_run)


@pytest.mark.parametrize("stored", [pytest.param(1, marks=pytest.mark.exhaustive), 7])
def test_killed_master_is_resumed_and_its_workers_end(serial_run, tmp_path, stored):
    master = start(SMALL, "--runs", tmp_path, "--workers", 2, "--set", "simulation.timeout_s=100")
    wait_for_rows(tmp_path / "small", stored)
    workers = children(master.pid)
    assert workers
    kill(master)
    wait_until(lambda: not any(alive(worker) for worker in workers))
    assert len(rows(tmp_path / "small")) < 18
    again = tuner(SMALL, "--runs", tmp_path, "--executor", "inline")
    assert again.returncode == 0, again.stderr
    assert rows(tmp_path / "small") == rows(serial_run)


@pytest.mark.slow
def test_killed_worker_costs_nothing(serial_run, tmp_path):
    master = start(SMALL, "--runs", tmp_path, "--workers", 2)
    for stored in (1, 9):
        wait_for_rows(tmp_path / "small", stored)
        for worker in children(master.pid)[:1]:
            os.kill(worker, 9)
    _, errors = master.communicate()
    assert master.returncode == 0, errors
    assert rows(tmp_path / "small") == rows(serial_run)


@pytest.mark.parametrize(
    "fraction", [0.62, *(pytest.param(fraction, marks=pytest.mark.exhaustive) for fraction in (0.31, 0.999))]
)
def test_file_cut_at_any_byte_is_completed(serial_run, tmp_path, fraction):
    shutil.copytree(serial_run, tmp_path / "small")
    whole = (serial_run / "evaluations.jsonl").read_bytes()
    (tmp_path / "small" / "evaluations.jsonl").write_bytes(whole[: int(fraction * len(whole))])
    again = tuner(SMALL, "--runs", tmp_path, "--executor", "inline")
    assert again.returncode == 0, again.stderr
    assert rows(tmp_path / "small") == rows(serial_run)


@pytest.mark.slow
def test_raised_budget_continues_as_the_longer_run(serial_run, tmp_path):
    shutil.copytree(serial_run, tmp_path / "short" / "small")
    # 20 ends within a generation, which 24 completes.
    for evaluations in (20, 24):
        longer = tuner(SMALL, "--runs", tmp_path / "short", *INLINE, "--set", f"budget.evaluations={evaluations}")
        assert longer.returncode == 0, longer.stderr
        assert len(rows(tmp_path / "short" / "small")) == evaluations
    assert tuner(SMALL, "--runs", tmp_path / "long", *INLINE, "--set", "budget.evaluations=24").returncode == 0
    assert rows(tmp_path / "short" / "small") == rows(tmp_path / "long" / "small")
    best = json.loads((tmp_path / "short" / "small" / "best.json").read_text())
    assert best["evaluations"] == 24


def test_finished_run_says_its_end_again_without_neuron(serial_run, tmp_path):
    shutil.copytree(serial_run, tmp_path / "small")
    # A worker would find no NEURON on this path and fail.
    (tmp_path / "neuron.py").write_text("raise ImportError('no NEURON here')")
    again = tuner(SMALL, "--runs", tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert again.returncode == 0, again.stderr
    assert "Ended by budget.evaluations after 18 evaluations" in again.stdout
    assert rows(tmp_path / "small") == rows(serial_run)


@loop_over(
    ("change", "words"),
    [
        ("seed=4", "seed was 3, is 4"),
        ("parameters.weight.high=0.2", "parameters.weight.high was 0.1, is 0.2"),
        ("targets.mean_rate.value=31", "targets.mean_rate.value was 30.0, is 31.0"),
        ("optimizer.mutation_rate=0.3", "optimizer.mutation_rate was 0.2, is 0.3"),
        ("duration_ms=300", "duration_ms was 200.0, is 300.0"),
    ],
)
def test_other_study_in_the_same_folder_is_refused(serial_run, tmp_path, change, words):
    shutil.copytree(serial_run, tmp_path / "small")
    refused = main(SMALL, "--runs", tmp_path, "--set", change, *INLINE)
    assert refused.returncode == 5
    assert words in refused.stderr
    assert rows(tmp_path / "small") == rows(serial_run)


@pytest.mark.slow
def test_changed_model_is_refused_and_fresh_keeps_the_old(tmp_path):
    study = shutil.copytree(SMALL.parent, tmp_path / "study") / "small.toml"
    short = ("--runs", tmp_path / "runs", "--executor", "inline", "--set", "budget.evaluations=6")
    assert tuner(study, *short).returncode == 0
    model = study.with_name("model.py")
    model.write_text(model.read_text().replace('"numCells": 5', '"numCells": 6'))
    refused = tuner(study, *short)
    assert refused.returncode == 5
    assert "model.py" in refused.stderr
    old = rows(tmp_path / "runs" / "small")
    assert tuner(study, *short, "--fresh").returncode == 0
    assert rows(tmp_path / "runs" / "small.1") == old
    assert rows(tmp_path / "runs" / "small") != old
