"""Abort rules: each against closed forms, the chunks against one call, the loss in sweeps, and rules on against off."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from tests.commands import ROOT, SMALL
from tests.loops import loop_over
from tests.samples import evaluation, make_study, task_of
from tuner.errors import StudyError
from tuner.evaluate.evaluate import evaluate
from tuner.evaluation import not_done
from tuner.mechanisms import libraries
from tuner.model import models
from tuner.objective.loss import Objectives, largest_part
from tuner.objective.targets import Target
from tuner.simulation.abort import Aborted, Moment, Scene, Watch
from tuner.simulation.stimuli import Stimuli
from tuner.study import study_file
from tuner.study.paths import Specs
from tuner.study.settings import Abort
from tuner.study.study import Study
from tuner.verification import best_result

INF, NAN = math.inf, math.nan
SETTINGS = Abort()
# Ten cells that fire faster than 30 Hz for a second are at the cap, whatever comes.
RATE = Target("rate", "rate", population="E", value=20.0, tolerance=1.0, cap=10.0)
# Silence is far from this wish, but below its cap.
WIDE = replace(RATE, cap=250.0)
CV = Target("cv", "cv_isi", population="E", value=0.5, tolerance=0.1)
LOWEST, HIGHEST = (Target(form, "rate", population="E", form=form) for form in ("minimize", "maximize"))
POPULATIONS = {"E": np.arange(10), "I": np.arange(10, 12)}
AT_REST = np.full(12, -65.0)


def scene(**changes):
    return Scene(POPULATIONS, 1000.0, segment_cells=np.arange(12), detector_cells=np.arange(12)) if not changes else (
        replace(scene(), **changes))  # fmt: skip


def watched(targets, times=(), cells=None, voltages=lambda t: AT_REST, stage=None, **settings):
    """When a run with these spikes and voltages is aborted, the reason's first word, and severity; None if never."""
    times = np.asarray(times, float)
    cells = np.arange(len(times)) % 10 if cells is None else np.asarray(cells)
    stage = stage or scene()
    watch = Watch(Abort(**settings), targets)
    watch.begin(stage)
    for end in watch.chunk_ends_ms(stage.duration_ms):
        seen = times <= end
        try:
            watch.look(Moment(end, times[seen], cells[seen], voltages(end), voltages(end)[stage.detector_cells]))
        except Aborted as aborted:
            return end, str(aborted).partition(":")[0], pytest.approx(aborted.severity, rel=1e-9)
    return None


def train(hz, start=0.0, end=1000.0):
    """Spikes of all ten cells together at that rate, the first after one interval."""
    return start + np.arange(1, int(hz * (end - start) / 1000) + 1) * 1000.0 / hz


FORMS = [
    RATE,
    replace(RATE, form="squared", cap=100.0),
    replace(RATE, form="hinge", cap=9.0),
    replace(RATE, form="exponential", width=2.0, max=math.exp(5.0)),
    replace(RATE, value=None, low=5.0, high=20.0),
    replace(RATE, value=None, high=20.0),
]


@loop_over("target", FORMS)
@loop_over(("hz", "end"), [(290, None), (400, 800), (1000, 400), (5000, 200)])
def test_runaway_is_aborted_once_the_part_is_at_its_cap_whatever_comes(target, hz, end):
    found = watched([target], train(hz))
    if end is None:
        assert found is None
    else:
        # The 301st spike is the first that is certainly above 30 Hz; the count of an equal sign may be rounded.
        assert found in [(end, "runaway", 1.0 - n / hz) for n in (300, 301)]


@loop_over("chunk", [1.0, 10.0, 33.3, 100.0, 250.0, 700.0])
def test_severity_of_a_runaway_does_not_depend_on_the_chunk(chunk):
    assert watched([RATE], train(1000), chunk_ms=chunk)[2] == 1.0 - 0.301


@loop_over(
    ("targets", "spikes", "stage", "end"),
    [
        ([replace(RATE, value=None, low=5.0)], train(9000), None, None),
        ([replace(RATE, feature="rate_percentile")], train(9000), None, None),
        ([replace(RATE, population="I")], train(9000), None, None),
        ([replace(RATE, population="all")], train(1000), None, 400),
        ([], train(9000), None, None),
        ([replace(RATE, window_ms=(300.0, 600.0))], train(9000), None, 500),
        ([replace(WIDE, window_ms=(300.0, 600.0))], train(9000, end=299), None, None),
        ([replace(RATE, window_ms=(0.0, 100.0)), replace(CV, window_ms=(500.0, 600.0))], train(9000), None, 200),
        ([RATE], train(9000), scene(stimuli=Stimuli(onset_ms=250.0)), 500),
        ([RATE], train(9000), scene(stimuli=Stimuli(onset_ms=INF)), None),
        ([RATE], train(9000), scene(duration_ms=200.0), None),
    ],
)
def test_runaway_needs_a_target_that_bounds_the_rate_and_200_ms(targets, spikes, stage, end):
    found = watched(targets, spikes, stage=stage)
    assert found is None if end is None else found[:2] == (end, "runaway")


def test_rate_hz_bounds_every_population_over_the_last_chunk():
    # Between 100 and 200 ms the 51st spike, at 151 ms, is one too many for 50 Hz in ten cells.
    assert watched([CV], train(1000), rate_hz=50.0) == (200, "runaway", 1.0 - 0.151)
    assert watched([CV], train(1000), rate_hz=50.0, chunk_ms=10.0)[2] == 1.0 - 0.151
    assert watched([CV], train(1000), rate_hz=100.0) is None


OVER = scene(stimuli=Stimuli(over_ms=250.0, longest_delay_ms=30.0))


@loop_over(
    ("targets", "changes", "end"),
    [
        ([CV], {}, 200),
        ([WIDE, CV], {"times": [150.0]}, 400),
        ([CV], {"stage": OVER}, 300),
        ([CV], {"stage": scene(stimuli=Stimuli(over_ms=INF))}, None),
        ([CV], {"voltages": lambda t: AT_REST + t / 1000}, None),
        ([CV], {"voltages": lambda t: AT_REST + max(0.0, 400 - t) * 2e-4}, 500),
        ([WIDE], {}, None),
        ([RATE], {}, 200),
        ([replace(CV, population="I"), WIDE], {}, 200),
        ([WIDE], {"silence_ms": 300.0, "stage": scene(stimuli=Stimuli(0.0, INF, INF))}, 300),
        ([replace(WIDE, value=None, high=5.0)], {"silence_ms": 300.0}, None),
        ([WIDE], {"silence_ms": 300.0, "times": train(200)}, None),
        ([LOWEST, HIGHEST], {}, None),
        ([replace(CV, value=None, form="maximize")], {}, 200),
        ([LOWEST, HIGHEST], {"silence_ms": 300.0}, None),
        ([HIGHEST, WIDE, LOWEST], {"silence_ms": 300.0}, 300),
    ],
)
def test_silence(targets, changes, end):
    distance = 25.0 - (0.0 if "voltages" not in changes else changes["voltages"](500.0)[0] + 65.0)
    expected = None if end is None else (end, "silence", 1.0 - 10.0 / (10.0 + distance))
    assert watched(targets, **changes) == expected


def blocked(mv, cells=10):
    return lambda t: np.where(np.arange(12) < cells, mv, -65.0)


@loop_over(
    ("targets", "changes", "end"),
    [
        ([CV], {}, 300),
        ([CV], {"times": [250.0]}, 500),
        ([CV], {"times": [250.0], "cells": [11]}, 300),
        ([CV], {"voltages": blocked(-20.0, cells=9)}, None),
        ([replace(CV, population="all")], {}, None),
        ([CV], {"stage": scene(detector_cells=np.arange(9), stimuli=Stimuli(over_ms=INF))}, None),
        ([CV], {"stage": scene(stimuli=Stimuli(0.0, 450.0, INF))}, 700),
        ([WIDE], {}, None),
        ([CV], {"block_ms": 400.0, "stage": scene(stimuli=Stimuli(0.0, INF, INF))}, 500),
        ([WIDE], {"block_ms": 100.0, "chunk_ms": 50.0}, 200),
        ([CV], {"block_mv": -10.0, "stage": scene(stimuli=Stimuli(over_ms=INF))}, None),
    ],
)
def test_block(targets, changes, end):
    changes = {"voltages": blocked(-20.0), "stage": scene(stimuli=Stimuli(over_ms=INF)), **changes}
    expected = None if end is None else (end, "depolarisation block", 1.0 - 10.0 / 30.0)
    assert watched(targets, **changes) == expected


@loop_over("targets", [[], [RATE]])
@loop_over(
    ("wrong", "reason", "severity"),
    [
        (NAN, "the voltage of cell 11 (I) is not a number (NaN) at 1000 ms", 1.0),
        (INF, "the voltage of cell 11 (I) is inf mV at 1000 ms", 1.0),
        (-1500.0, "the voltage of cell 11 (I) is -1500 mV at 1000 ms", 1.0 / 3.0),
        (999.0, None, None),
    ],
)
def test_voltage_out_of_range_holds_to_the_end(targets, wrong, reason, severity):
    found = watched(targets, voltages=lambda t: np.append(AT_REST[:11], wrong if t == 1000 else -65.0),
                    stage=scene(stimuli=Stimuli(INF, INF, INF)))  # fmt: skip
    assert found == (None if reason is None else (1000, reason, severity))


@loop_over(
    ("duration", "coreneuron", "settings", "ends"),
    [
        (1000.0, False, {}, [100.0 * n for n in range(1, 11)]),
        (4000.0, False, {}, [200.0 * n for n in range(1, 21)]),
        (250.0, False, {}, [100.0, 200.0, 250.0]),
        (50.0, False, {}, [50.0]),
        (1200.0, True, {}, [500.0, 1000.0, 1200.0]),
        (100.0, True, {"chunk_ms": 40.0}, [40.0, 80.0, 100.0]),
        (0.3, False, {"chunk_ms": 0.1}, [0.1, 0.2, 0.3]),
    ],
)
def test_chunks(duration, coreneuron, settings, ends):
    assert Watch(Abort(**settings), []).chunk_ends_ms(duration, coreneuron=coreneuron) == pytest.approx(ends)


WEIGHTED = [replace(RATE, weight=2.0, objective="a"), replace(CV, form="exponential", width=1.0, max=50.0)]


@pytest.mark.parametrize(("split", "names"), [(False, ("a", "loss")), (True, ("a", "cv"))])
def test_aborted_loss_is_behind_every_loss_in_every_objective(split, names):
    loss = Objectives(tuple(WEIGHTED), split).judge_aborted(0.25)
    worst = Objectives(tuple(WEIGHTED), split).judge({"rate": 1e9, "cv": NAN})
    assert loss.objectives == dict(zip(names, (25.0, 62.5), strict=True)) and loss.total == 87.5 and loss.parts == {}
    assert worst.objectives == dict(zip(names, (20.0, 50.0), strict=True))
    assert Objectives((replace(RATE, weight=0.0),)).judge_aborted(0.5).total == 0.5


def test_aborted_is_best_only_where_nothing_came_to_its_end():
    aborted = [evaluation(n, loss=300.0 + n, status="aborted", parts={}, features={}) for n in range(2)]
    done, failed = evaluation(2, loss=250.0), evaluation(3, loss=None)
    for each, other in zip(aborted, (0.7, 0.8), strict=True):
        each.values["x"] = other
    assert best_result.best_evaluations([*aborted, done, failed]) == [done]
    assert best_result.best_evaluations([*aborted, failed]) == aborted
    assert [row["number"] for row in best_result.pareto_table([*aborted, done])] == [2]
    assert not_done([*aborted, done, failed], " of them") == ", 1 of them failed, 2 of them aborted"


def test_settings_of_a_study():
    study = make_study(simulation__abort={"rate_hz": 200})
    assert study.simulation.abort == Abort(rate_hz=200.0)
    assert make_study(simulation__abort=study.to_table()["simulation"]["abort"]).identity() == study.identity()
    assert study.identity() != make_study().identity()
    assert Study.load("tutorial", ["simulation.abort.rules=false"]).simulation.abort.rules is False


@loop_over(
    ("key", "value", "words"),
    [("rats_hz", 1.0, "rate_hz"), ("rate_hz", 0, "above 0"), ("rules", "no", "true or false"),
     ("block_mv", True, "a finite number")],
)  # fmt: skip
def test_wrong_settings_are_named(key, value, words):
    with pytest.raises(StudyError, match=rf"simulation\.abort\.{key}: .*{words}"):
        make_study(simulation__abort={key: value})


simulation = pytest.mark.simulation
BLOCK = ROOT / "tests" / "data" / "abort"


def build(**changes):
    """A built network of the block model, its specs changed by functions of netParams."""
    from tuner.model import models
    from tuner.simulation.network.warm import Network

    study = study_of("model.py", {"amp": (0, 5)}, CV_TABLE, folder=BLOCK)
    specs = models.of(study).specs(study, {"amp": 0.0})
    for change in changes.values():
        change(specs.net_params)
    network = Network()
    network.bring_to(specs)
    return network


def study_of(name, bounds, targets, folder=".", **entries):
    from tuner.study.schema import Place

    parameters = {parameter: {"low": low, "high": high} for parameter, (low, high) in bounds.items()}
    table = {"name": "sweep", "model": name, "parameters": parameters, "targets": targets, "budget": {"evaluations": 9}}
    return Study.from_table({**table, **entries}, Place("sweep.toml"), folder)


CV_TABLE = {"cv": {"feature": "cv_isi", "population": "E", "value": 0.5}}
STIMULI = {
    "current": ({"type": "IClamp", "delay": 100, "dur": 300, "amp": 1}, (100.0, 400.0, 400.0)),
    "late current": ({"type": "IClamp", "delay": 1000, "dur": 300, "amp": 1}, (0.0, 0.0, 0.0)),
    "long current": ({"type": "IClamp", "delay": 100, "dur": 1e9, "amp": 1}, (100.0, 100.0, 100.0)),
    "steps": ({"type": "SEClamp", "dur1": 50, "dur2": 100, "dur3": 2000}, (150.0, 150.0, 150.0)),
    "alpha": ({"type": "AlphaSynapse", "onset": 70}, (70.0, 70.0, 70.0)),
    "noise": ({"type": "NetStim", "rate": 10, "noise": 1, "start": 30}, (30.0, 30.0, INF)),
    "train": ({"type": "NetStim", "rate": 100, "noise": 0, "start": 30, "number": 10}, (30.0, 130.0, 130.0)),
    "short noise": ({"type": "NetStim", "rate": 100, "noise": 1, "start": 30, "number": 10}, (30.0, INF, INF)),
}


@simulation
@loop_over("kind", STIMULI)
def test_stimuli_are_read_from_the_network(kind):
    from netpyne import sim

    from tuner.simulation.stimuli import read_stimuli

    source, expected = STIMULI[kind]

    def add(params):
        params.synMechParams["exc"] = {"mod": "ExpSyn"}
        params.stimSourceParams["it"] = source
        target = {"source": "it", "conds": {"pop": "E"}, "sec": "soma", "loc": 0.5}
        synapse = {"weight": 0.0, "delay": 7, "synMech": "exc"} if source["type"] == "NetStim" else {}
        params.stimTargetParams["it->E"] = {**target, **synapse}

    build(add=add)
    found = read_stimuli()
    assert (found.onset_ms, found.settled_ms, found.over_ms) == expected and sim.cfg.duration == 1000
    assert found.longest_delay_ms == (7.0 if source["type"] == "NetStim" and math.isfinite(expected[2]) else 0.0)


@simulation
def test_stimuli_that_are_cells():
    from netpyne import sim
    from neuron import h

    from tuner.simulation.simulate import simulate
    from tuner.simulation.stimuli import read_stimuli

    def add(params):
        params.popParams["drive"] = {"cellModel": "NetStim", "numCells": 2, "rate": 50, "noise": 0.5, "start": 250}
        params.popParams["fire"] = {"cellModel": "IntFire2", "numCells": 2}

    network = build(add=add)
    assert read_stimuli() == Stimuli(250.0, 250.0, INF, 0.0)
    # The first spikes of the stimuli come at 250 ms; nothing of this network is ever at rest for the rules.
    assert simulate(network, Watch(SETTINGS, [CV])).spikes("drive").times.min() >= 250.0
    # A train of a population begins anew after a pause of more than 200 ms.
    for cell, times in ((0, [10, 100, 190, 600]), (1, [150, 380, 700, 2000])):
        sim.net.cells[cell].hSpkTimes = h.Vector(times)
    assert read_stimuli() == Stimuli(600.0, 700.0, INF, 0.0)

    def unknown(params):
        params.popParams["pattern"] = {"cellModel": "PatternStim", "numCells": 1}

    build(unknown=unknown)
    assert read_stimuli().onset_ms == INF


@simulation
@loop_over(("chunk", "cvode"), [(100.0, False), (33.3, False), (7.77, False), (7.77, True)])
def test_chunks_give_the_raster_of_one_call_bit_for_bit(chunk, cvode):
    from netparams import sensory_motor
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
