"""The files of a written folder: a candidate's network, its fitness and its failures."""

import importlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bridge.batch_folders import ALL_KINDS, KINDS, written
from tests.commands import SMALL, wait_until
from tests.samples import task_of
from tuner.bridge import batch_folder
from tuner.evaluate.evaluate import evaluate
from tuner.executors.registry import make
from tuner.mechanisms import libraries
from tuner.model import models
from tuner.simulation.simulate import warm_up
from tuner.study.study import Study

pytest.importorskip("psutil")

TROUBLE = "parameters.trouble={kind='choice', choices=['none', 'raise', 'segfault', 'quit', 'nan', 'hang']}"


def tuned_network(folder, monkeypatch):
    """The module of a written folder."""
    monkeypatch.syspath_prepend(folder)
    sys.modules.pop("tuned_network", None)
    return importlib.import_module("tuned_network")


def test_the_numbers_of_netpyne_become_values(tmp_path, at_middle, monkeypatch):
    network = tuned_network(written(tmp_path, *ALL_KINDS), monkeypatch)
    values = network.values_of(KINDS)
    assert values.pop("weight") == pytest.approx(10**-1.5, rel=1e-14)
    assert values == {"rate": 40.0, "cells": 7, "delay": 11.0, "drive": 0.004, "celsius": 9.0}
    assert network.values_of({**KINDS, "weight": -9.0, "delay": -0.5})["weight"] == 0.001


def test_the_worst_fitness_is_behind_every_loss(tmp_path, at_middle, monkeypatch):
    # The cap is 250; a failure counts twice the most.
    network = tuned_network(written(tmp_path, "targets.mean_rate.weight=3"), monkeypatch)
    assert network.WORST == 1500.0
    failure = network.failure({"weight": -2.0, "rate": 5.0}, "gone")
    assert failure == {"values": {"weight": pytest.approx(0.01), "rate": 5.0}, "fitness": 1500.0, "reason": "gone"}


def start_candidate(folder, tune):
    """One candidate as NetPyNE starts it."""
    place = folder / "data" / "gen_0"
    place.mkdir(parents=True)
    configuration = {"tune": tune, "simLabel": "gen_0_cand_0", "saveFolder": "data/gen_0"}
    (place / "gen_0_cand_0_cfg.json").write_text(json.dumps({"simConfig": configuration}))
    files = ("simConfig=data/gen_0/gen_0_cand_0_cfg.json", "netParams=netParams.py")
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "start_new_session": True}
    started = [sys.executable, "init.py", *files]
    return subprocess.Popen(started, cwd=folder, env=batch_folder.environment(), **options)


def run_candidate(folder, tune):
    """What it leaves."""
    process = start_candidate(folder, tune)
    _, words = process.communicate(timeout=120)
    assert process.returncode == 0, words
    return json.loads((folder / "data" / "gen_0" / "gen_0_cand_0_data.json").read_text())["simData"]


@pytest.mark.slow
@pytest.mark.simulation
def test_a_candidate_is_the_network_that_the_tuner_simulates(tmp_path):
    study = Study.load(SMALL, ALL_KINDS)
    data = run_candidate(written(tmp_path, *ALL_KINDS), KINDS)
    task = task_of(study, libraries.build(models.mod_folder(study)), 0, 0, data["values"], watched=False)
    with make("serial", 1, warm_up) as pool:
        (outcome,) = pool.map(evaluate, [task])
    ours = outcome.value
    recording = ours.recordings["default"]
    # 7 + 5 cells.
    assert data["features"]["mean_rate"] == pytest.approx(len(data["spkt"]) / 12 / 0.2)
    assert sorted(zip(map(int, data["spkid"]), data["spkt"], strict=True)) == list(
        zip(recording.spike_cells.tolist(), recording.spike_times.tolist(), strict=True)
    )
    assert data["fitness"] == pytest.approx(ours.evaluation.loss, abs=1e-9)
    assert data["features"] == pytest.approx(ours.evaluation.features, abs=1e-9)
    assert len(data["spkt"]) > 20


@pytest.mark.slow
@pytest.mark.simulation
@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (1, "ended with exit status 1, see gen_0_cand_0.err"),
        (2, "ended by SIGSEGV, see gen_0_cand_0.err"),
        (3, "ended with exit status 0, see gen_0_cand_0.err"),
        (4, "ended with exit status 1, see gen_0_cand_0.err"),
    ],
)
def test_a_candidate_that_fails_leaves_the_worst_fitness(tmp_path, at_middle, trouble, reason):
    folder = written(tmp_path, TROUBLE)
    data = run_candidate(folder, {"weight": -2.0, "rate": 10.0, "trouble": trouble})
    assert (data["fitness"], data["reason"]) == (500.0, reason)


def ignores_sigterm(pid):
    (mask,) = (line.split()[1] for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "SigIgn" in line)
    return bool(int(mask, 16) >> (signal.SIGTERM - 1) & 1)


@pytest.mark.simulation
def test_a_candidate_at_its_jobs_time_limit_leaves_the_worst_fitness(tmp_path, at_middle):
    process = start_candidate(written(tmp_path, TROUBLE), {"weight": -2.0, "rate": 10.0, "trouble": 5})
    wait_until(lambda: ignores_sigterm(process.pid))
    os.killpg(process.pid, signal.SIGTERM)
    process.communicate(timeout=120)
    data = json.loads((tmp_path / "data" / "gen_0" / "gen_0_cand_0_data.json").read_text())["simData"]
    assert data["reason"] == "ended by SIGTERM, see gen_0_cand_0.err"
