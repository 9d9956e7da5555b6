"""Shared synapses: where they are exact they are used, where that is not known they are not."""

import json

import numpy as np
import pytest

from tests.commands import ROOT, SMALL, tuner
from tests.samples import make_study, task_of
from tuner.errors import StudyError
from tuner.evaluate import evaluate, simulations
from tuner.mechanisms import libraries, nmodl
from tuner.model import checks
from tuner.report import summary
from tuner.search import preparation
from tuner.simulation.network.sharing import refusals, unshared
from tuner.study.paths import Specs
from tuner.study.study import Study

pytestmark = pytest.mark.simulation
RECORDED = json.loads((ROOT / "tests/data/net_tut_optimization.json").read_text())["results"]
SYNAPSES = ROOT / "tests" / "data" / "synapses"
NONLINEARITIES = nmodl.read(sorted(SYNAPSES.glob("*.mod")))
LINEAR = [name for name, reason in NONLINEARITIES.items() if not reason]
# Where one place of "cells" has a synapse for each of its connections, and where it has one.
SINGLE, SHARED = {"own": 299, "fast": 151}, {"own": 24, "fast": 24}


def task(study: Study, values: dict, **fields: object) -> evaluate.Task:
    return task_of(study, None, 0, 0, values, **fields)


@pytest.mark.parametrize("recorded", RECORDED[:6], ids=lambda row: row["name"])
def test_shared_synapses_give_the_recorded_raster_bit_for_bit(recorded):
    values = {key: recorded[key] for key in ("probability", "weight", "delay")}
    study = Study.load("tutorial")
    shared, _ = simulations.record(task(study, values, shared=True))
    single, _ = simulations.record(task(study, values))
    assert np.array_equal(shared.spike_times, single.spike_times)
    assert np.array_equal(shared.spike_cells, single.spike_cells)
    assert len(shared.spike_times) == recorded["n_spikes"]


def test_number_of_synapses_is_that_of_the_places():
    from neuron import h

    study = Study.load("tutorial", ["duration_ms=1"])
    values = {"probability": 0.5, "weight": 0.01, "delay": 5.0}
    simulations.record(task(study, values, shared=True))
    assert int(h.List("Exp2Syn").count()) == 40
    simulations.record(task(study, values))
    assert int(h.List("Exp2Syn").count()) > 200


def converging(mechanism: str, **share_synapses: bool) -> Study:
    """A network in which events arrive at synapses of a mechanism, "own", and of Exp2Syn, "fast"."""
    return make_study(
        SYNAPSES, model="converging.py", duration_ms=200, seed=3, values={"mechanism": mechanism},
        parameters={"weight": {"low": 0.0, "high": 1.0}},
        targets={"rate": {"feature": "rate", "population": "cells", "value": 70}},
        simulation={"share_synapses": share_synapses},
    )  # fmt: skip


def converge(study: Study, shared: bool, weight: float = 0.003) -> tuple:
    """The recording, and how many synapses of each label the network has."""
    from neuron import h

    library = libraries.build(SYNAPSES)
    recording, _ = simulations.record(task_of(study, library, 0, 0, {"weight": weight}, shared=shared))
    return recording, {"own": int(h.List(study.values["mechanism"]).count()), "fast": int(h.List("Exp2Syn").count())}


@pytest.mark.parametrize("mechanism", LINEAR)
def test_linear_synapses_of_the_model_are_shared_with_the_same_raster(mechanism):
    study = converging(mechanism)
    (single, many), (shared, few) = converge(study, False), converge(study, True)
    assert (many, few) == (SINGLE, SHARED)
    assert np.array_equal(shared.spike_times, single.spike_times)
    assert np.array_equal(shared.spike_cells, single.spike_cells)
    assert not single.same_raster(converge(study, False, weight=0.0)[0]), "the synapse does nothing"


@pytest.mark.parametrize("mechanism", sorted(set(NONLINEARITIES) - set(LINEAR)))
def test_beside_one_that_is_not_linear_the_others_are_shared(mechanism):
    study = converging(mechanism)
    (single, _), (shared, few) = converge(study, False), converge(study, True)
    assert few == {"own": SINGLE["own"], "fast": SHARED["fast"]}
    assert shared.same_raster(single)


@pytest.mark.parametrize(
    ("mechanism", "same"),
    [
        ("SaturatingSynapse", False),
        ("CooperativeSynapse", False),
        ("DepletedSynapse", False),
        ("RefractorySynapse", False),
        # What a connection keeps beside its weight it keeps also where the synapse is shared.
        ("DepletedConnection", True),
    ],
)
def test_sharing_what_is_not_known_to_be_linear_is_the_users_word(mechanism, same):
    single, _ = converge(converging(mechanism), False)
    shared, few = converge(converging(mechanism, own=True), True)
    assert few == SHARED
    assert shared.same_raster(single) is same


def test_false_keeps_a_linear_synapse_apart():
    assert converge(converging("CoupledAlpha", own=False), True)[1] == {"own": SINGLE["own"], "fast": SHARED["fast"]}
    assert converging("CoupledAlpha", own=False).identity() != converging("CoupledAlpha").identity()


OWN = "  own: one synapse for each connection (DepletedConnection: NET_RECEIVE stores spent, last for each connection)"


@pytest.mark.parametrize(
    ("mechanism", "goals", "lines"),
    [
        # 236 spikes are the sources'.
        ("CoupledAlpha", {}, ["used (shared synapses): the same 534 spikes as with a synapse for each connection"]),
        (
            "DepletedConnection",
            {},
            ["used (shared synapses): the same 584 spikes as with a synapse for each connection; not shared: own", OWN],
        ),
        (
            "DepletedConnection",
            {"fast": False},
            [
                "not used (shared synapses): no synapse can be shared (own, fast)",
                OWN,
                "  fast: one synapse for each connection (simulation.share_synapses is false)",
            ],
        ),
        (
            "SaturatingSynapse",
            {"own": True},
            ["not used (shared synapses): shared synapses gave a different result: 589 spikes instead of 562"],
        ),
    ],
)
def test_check_says_which_synapses_are_not_shared_and_why(mechanism, goals, lines):
    checked = list(summary.of_check(preparation.check(converging(mechanism, **goals), "inline")))
    first, last = (next(i for i, x in enumerate(checked) if x.startswith(word)) for word in ("Speed-up ", "Engine"))
    assert checked[first:last] == [f"Speed-up {lines[0]}", *lines[1:]]


@pytest.mark.parametrize(
    ("goals", "words"),
    [
        ({"owm": True}, "simulation.share_synapses.owm: the model has no synMech of this name; "
                        "allowed: fast, own; did you mean 'own'?"),
        ({"own": 1}, "simulation.share_synapses.own: is 1, must be true or false"),
    ],
)  # fmt: skip
def test_a_wish_must_be_true_or_false_for_a_synapse_of_the_model(goals, words):
    with pytest.raises(StudyError) as caught:
        checks.describe(converging("ExpSyn", **goals))
    assert words in str(caught.value)


def model_specs(change: object) -> tuple:
    from tuner.library.netparams import sensory_motor

    params = sensory_motor.net_params(sensory_motor.DEFAULTS)
    config = sensory_motor.sim_config(sensory_motor.DEFAULTS, 1, 100.0)
    change(params, config)
    return Specs(params, config)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p, c: p.connParams["S->M"].update(plast={"mech": "STDP"}), "connParams['S->M'] has plast"),
        (lambda p, c: p.connParams["S->M"].update(gapJunction=True), "connParams['S->M'] has gapJunction"),
        (lambda p, c: c.recordTraces.update(g={"synMech": "exc", "var": "g"}), "the trace 'g' records a synapse"),
        (
            lambda p, c: setattr(c, "oneSynPerNetcon", False),
            "the model shares synapses itself (oneSynPerNetcon is False)",
        ),
        (lambda p, c: p.synMechParams.clear(), "the model has no synapses"),
    ],
)
def test_what_is_not_known_to_be_exact_is_refused_with_its_reason(change, words):
    assert refusals(*model_specs(lambda p, c: None)) == []
    assert words in refusals(*model_specs(change))


@pytest.mark.parametrize(
    ("change", "goals", "reason"),
    [
        ({"mod": "NMDA"}, {}, "NMDA: not known to be linear"),
        ({"mod": "Saturating"}, {}, "Saturating: it uses VERBATIM"),
        ({"mod": "Saturating"}, {"exc": True}, None),
        ({}, {"exc": False}, "simulation.share_synapses is false"),
        ({"tau2": "5 + post_dist_path"}, {"exc": True}, "not a plain number: tau2"),
    ],
)
def test_a_synapse_that_is_not_shared_has_a_reason(change, goals, reason):
    params, _ = model_specs(lambda p, c: p.synMechParams["exc"].update(change))
    found = unshared(params, {"Saturating": "it uses VERBATIM"}, goals)
    assert found == ({"exc": reason} if reason else {})


@pytest.mark.slow
def test_silent_start_proves_nothing_until_a_candidate_spikes(tmp_path):
    # Without drive nothing spikes; the first generation's other candidates do.
    done = tuner(SMALL, "--runs", tmp_path, "--executor", "inline", "--set", "parameters.rate.low=0.001",
                 "--set", "parameters.rate.start=0.001", "--set", "duration_ms=50")  # fmt: skip
    assert done.returncode == 0, done.stderr
    log = (tmp_path / "small" / "run.log").read_text()
    assert "Speed-ups not tested: no cell spikes; NEURON is used, without shared synapses" in log
    assert "INFO Speed-up used (shared synapses): the same" in log
    assert json.loads((tmp_path / "small" / "manifest.json").read_text())["sharing"]["shared"] is True


@pytest.mark.slow
def test_engine_neuron_takes_no_short_cut(tmp_path):
    settings = ("--set", "simulation.engine='neuron'", "--set", "budget.evaluations=6")
    assert tuner(SMALL, "--runs", tmp_path, "--executor", "inline", *settings).returncode == 0
    sharing = json.loads((tmp_path / "small" / "manifest.json").read_text())["sharing"]
    reason = 'the study sets simulation.engine = "neuron"'
    assert sharing == {"shared": False, "reason": reason, "decided": True, "unshared": {}}
