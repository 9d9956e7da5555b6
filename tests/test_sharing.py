"""Shared synapses: where they are exact they are used, where that is not known they are not."""

import json

import numpy as np
import pytest

from tests.commands import ROOT, SMALL, tuner
from tuner import evaluate
from tuner.network.sharing import refusals
from tuner.study import Study

pytestmark = pytest.mark.simulation
RECORDED = json.loads((ROOT / "tests/data/net_tut_optimization.json").read_text())["results"]


def task(study: Study, values: dict, **fields: object) -> evaluate.Task:
    return evaluate.Task(study, None, 0, 0, values, **fields)


@pytest.mark.parametrize("recorded", RECORDED[:6], ids=lambda row: row["name"])
def test_shared_synapses_give_the_recorded_raster_bit_for_bit(recorded):
    values = {key: recorded[key] for key in ("probability", "weight", "delay")}
    study = Study.load("tutorial")
    shared, _ = evaluate.record(task(study, values, shared=True))
    single, _ = evaluate.record(task(study, values))
    assert np.array_equal(shared.spike_times, single.spike_times)
    assert np.array_equal(shared.spike_cells, single.spike_cells)
    assert len(shared.spike_times) == recorded["n_spikes"]


def test_number_of_synapses_is_that_of_the_places():
    from neuron import h

    study = Study.load("tutorial", ["duration_ms=1"])
    values = {"probability": 0.5, "weight": 0.01, "delay": 5.0}
    evaluate.record(task(study, values, shared=True))
    assert int(h.List("Exp2Syn").count()) == 40
    evaluate.record(task(study, values))
    assert int(h.List("Exp2Syn").count()) > 200


def model_specs(change: object) -> tuple:
    from netparams import sensory_motor

    params = sensory_motor.net_params(sensory_motor.DEFAULTS)
    config = sensory_motor.sim_config(sensory_motor.DEFAULTS, 1, 100.0)
    change(params, config)
    return params, config


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p, c: p.synMechParams["exc"].update(mod="NMDA"), "synapse 'exc': NMDA is not known to be linear"),
        (
            lambda p, c: p.synMechParams["exc"].update(tau2="5 + post_dist_path"),
            "synapse 'exc': tau2 is no plain number",
        ),
        (lambda p, c: p.connParams["S->M"].update(plast={"mech": "STDP"}), "connParams['S->M'] has plast"),
        (lambda p, c: p.connParams["S->M"].update(gapJunction=True), "connParams['S->M'] has gapJunction"),
        (lambda p, c: c.recordTraces.update(g={"synMech": "exc", "var": "g"}), "the trace 'g' is of a synapse"),
        (lambda p, c: setattr(c, "oneSynPerNetcon", False), "the model shares them itself"),
        (lambda p, c: p.synMechParams.clear(), "the model has no synapses"),
    ],
)
def test_what_is_not_known_to_be_exact_is_refused_with_its_reason(change, words):
    assert refusals(*model_specs(lambda p, c: None)) == []
    assert words in refusals(*model_specs(change))


def test_silent_start_proves_nothing_until_a_candidate_spikes(tmp_path):
    # Without drive nothing spikes; the first generation's other candidates do.
    done = tuner(SMALL, "--runs", tmp_path, "--executor", "inline", "--set", "parameters.rate.low=0.001",
                 "--set", "parameters.rate.start=0.001", "--set", "duration_ms=50")  # fmt: skip
    assert done.returncode == 0, done.stderr
    log = (tmp_path / "small" / "run.log").read_text()
    assert "synapses are not shared: no spike in all, which proves nothing" in log
    assert "INFO synapses are shared: the same" in log
    assert json.loads((tmp_path / "small" / "manifest.json").read_text())["sharing"]["shared"] is True


def test_engine_neuron_takes_no_short_cut(tmp_path):
    settings = ("--set", "simulation.engine='neuron'", "--set", "budget.evaluations=6")
    assert tuner(SMALL, "--runs", tmp_path, "--executor", "inline", *settings).returncode == 0
    sharing = json.loads((tmp_path / "small" / "manifest.json").read_text())["sharing"]
    assert sharing == {"shared": False, "reason": "engine is neuron", "decided": True}
