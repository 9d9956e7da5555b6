"""Abort rules in simulations: the chunks against one call, the loss in sweeps, and rules on against off."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from tests.commands import SMALL
from tests.loops import loop_over
from tests.samples import task_of
from tests.simulation.abort_studies import BLOCK, CV, CV_TABLE, study_of
from tuner.evaluate.evaluate import evaluate
from tuner.mechanisms import libraries
from tuner.model import models
from tuner.objective.loss import Objectives, largest_part
from tuner.simulation.abort import Aborted, Watch
from tuner.study import study_file
from tuner.study.paths import Specs
from tuner.study.settings import Abort
from tuner.study.study import Study

simulation = pytest.mark.simulation


@simulation
@loop_over(("chunk", "cvode"), [(100.0, False), (33.3, False), (7.77, False), (7.77, True)])
def test_chunks_give_the_raster_of_one_call_bit_for_bit(chunk, cvode):
    from tuner.library.netparams import sensory_motor
    from tuner.simulation.network.warm import Network
    from tuner.simulation.simulate import simulate

    config = sensory_motor.sim_config(sensory_motor.DEFAULTS, 1, 487.33)
    config.cvode_active = cvode
    network = Network()
    network.bring_to(Specs(sensory_motor.net_params(sensory_motor.DEFAULTS), config))
    one = simulate(network)
    if not cvode:
        with pytest.raises(Aborted, match="runaway"):
            simulate(network, Watch(Abort(chunk_ms=chunk, rate_hz=1.0), [CV_OF_ALL]))
    several = simulate(network, Watch(Abort(chunk_ms=chunk), [CV_OF_ALL]))
    assert len(one.spike_times) > 400
    assert np.array_equal(several.spike_times, one.spike_times)
    assert np.array_equal(several.spike_cells, one.spike_cells)


CV_OF_ALL = replace(CV, population="all")


def evaluated(study, watched=True, **values):
    library = libraries.build(models.mod_folder(study))
    return evaluate(task_of(study, library, 0, 0, values, watched=watched)).evaluation


@simulation
def test_loss_grows_with_the_runaway():
    target = {"rate": {"feature": "rate", "value": 5, "tolerance": 1, "cap": 3}}
    study = study_of("sensory_motor", {"drive_rate": (0, 20)}, target)
    found = [evaluated(study, drive_rate=rate) for rate in (1.0, 2.0, 3.0, 5.0, 8.0)]
    assert [e.status for e in found] == ["done", *["aborted"] * 4]
    losses = [e.loss for e in found]
    assert losses == sorted(set(losses)) and losses[0] <= 3.0 < losses[1] and losses[-1] < 6.0
    assert found[1].parts == found[1].features == {} and found[1].objectives == {"loss": losses[1]}


@simulation
def test_loss_grows_with_the_block():
    study = study_of("model.py", {"amp": (0, 20)}, CV_TABLE, folder=BLOCK)
    found = [evaluated(study, amp=amp) for amp in (0.3, 3.0, 5.0, 10.0, 20.0)]
    assert [e.status for e in found] == ["done", *["aborted"] * 4]
    assert all(e.reason.startswith("depolarisation block: E at ") for e in found[1:])
    losses = [e.loss for e in found]
    assert losses == sorted(set(losses)) and 250.0 < losses[1] and losses[-1] < 500.0


@simulation
def test_block_that_its_stimulus_ends_is_none():
    study = study_of("model.py", {"amp": (0, 20)}, CV_TABLE, folder=BLOCK, values={"dur": 600.0})
    found = evaluated(study, amp=10.0)
    assert (found.status, found.reason[:8]) == ("aborted", "silence:")


@simulation
@pytest.mark.parametrize(
    ("overrides", "status", "loss", "reason"),
    [
        ([], "aborted", 500.0, "the voltage of cell 0 (S) is not a number (NaN) at 100 ms"),
        (["simulation.abort.rules=false"], "failed", None,
         "SimulationError: the voltage of cell 0 (S) is not a number (NaN)"),
    ],
)  # fmt: skip
def test_voltage_that_is_no_number(overrides, status, loss, reason):
    study = Study.load(SMALL, ['values.trouble="nan"', *overrides])
    found = evaluated(study, weight=0.01, rate=10.0)
    assert (found.status, found.loss, found.reason) == (status, loss, reason)


# Not cut where targets have windows.
SHORT = {"rhythm": ["values.cells_e=40", "values.cells_i=10"], "granule": []}


def corners(space, limit):
    """Values at the start of the scale's middle and at corners of the bounds, the highest and the lowest first."""
    n = len(space)
    points = [np.ones(n), np.zeros(n), *map(np.array, itertools.product([1.0, 0.0], repeat=n))]
    return [space.decode(point) for point in points[:limit]]


# Fits of the claustrum have no rules, and where there is chemistry alone there are no spikes.
STUDIES = [name for name in study_file.names() if not name.startswith(("claustrum", "spine", "rxd"))]
EVERYDAY = {("sensory_motor", 2): (), ("rhythm", 2): pytest.mark.slow, ("tutorial", 18): pytest.mark.slow}
CORNERS = [
    (name, limit) for name in STUDIES for limit in (2, 18) if limit == 2 or name not in ("nine_cells", "granule")
]


@simulation
@pytest.mark.parametrize(
    ("name", "limit"), [pytest.param(*each, marks=EVERYDAY.get(each, pytest.mark.exhaustive)) for each in CORNERS]
)
def test_no_candidate_below_its_caps_is_ever_aborted(name, limit):
    study = Study.load(name, SHORT.get(name, ["duration_ms=600"]) if limit == 2 else [])
    tight = replace(study, targets=tuple(replace(target, cap=1.0) for target in study.targets))
    for values in corners(study.space, limit):
        plain = evaluated(study, watched=False, **values)
        for each in (study, tight):
            found, whole = evaluated(each, **values), Objectives(each.targets).judge(plain.features)
            if found.status == "aborted":
                assert any(whole.parts[target.name] >= largest_part(target) for target in each.targets)
                assert found.loss > whole.total
            else:
                assert (found.loss, found.parts) == (whole.total, whole.parts)
