"""Abort rules against closed forms, the loss of what is aborted, and the settings of the rules."""

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.loops import loop_over
from tests.samples import evaluation, make_study
from tests.simulation.abort_studies import CV
from tuner.errors import StudyError
from tuner.evaluation import not_done
from tuner.objective.loss import Objectives
from tuner.objective.targets import Target
from tuner.simulation.abort import Aborted, Moment, Scene, Watch
from tuner.simulation.stimuli import Stimuli
from tuner.study.settings import Abort
from tuner.study.study import Study
from tuner.verification import best_result

INF, NAN = math.inf, math.nan
# Ten cells that fire faster than 30 Hz for a second are at the cap, whatever comes.
RATE = Target("rate", "rate", population="E", value=20.0, tolerance=1.0, cap=10.0)
# Silence is far from this goal, but below its cap.
WIDE = replace(RATE, cap=250.0)
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
