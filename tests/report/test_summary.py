"""The lines in which a person reads what a run has come to."""

import math
from pathlib import Path

import pytest

from tests.loops import loop_over
from tests.samples import make_study
from tuner.evaluation import Evaluation
from tuner.executors.memory import Demand, Held, Room
from tuner.optimizers.resolution import resolve
from tuner.report.results import Run
from tuner.report.summary import of_generation, of_memory, of_run, of_tests
from tuner.runs.best_file import Best, Fresh, Verified

TARGETS = {
    "mean_rate": {"feature": "rate", "value": 17, "tolerance": 0.25},
    "gain": {"feature": "fitness", "form": "maximize"},
    "cost": {"feature": "cv_isi", "form": "minimize"},
    "seen": {"feature": "fano", "weight": 0},
}


def lines_of(features, runs=()):
    """The list of targets of a run with these features of the best; as a page has them, None is undefined."""
    study = resolve(make_study(parameters={"weight": {"low": 0.001, "high": 0.1, "unit": "uS"}}, targets=TARGETS))
    values = {"weight": 0.01}
    best = {
        "number": 0, "evaluations": 1, "loss": -40.0, "violation": 0.0,
        "values": values, "features": features, "runs": list(runs),
        "verified": {"loss": -40.0, "features": features, "n_spikes": 3, "equal": True},
        "fresh": {"losses": []}, "validation": [],
    }  # fmt: skip
    of_best = {name: math.nan if value is None else value for name, value in features.items()}
    evaluations = [Evaluation(0, 0, values, 1, loss=-40.0, features=of_best)]
    run = Run(study, Path("folder"), "budget.evaluations", evaluations, best, {"units": {}})
    lines = list(of_run(run))
    begin = lines.index("Targets:") + 1
    return lines[begin : begin + 4], lines


def test_what_has_no_end_is_neither_reached_nor_missed():
    features = {"mean_rate": 18.0, "gain": 41.5, "cost": None, "seen": 1.0}
    targets, lines = lines_of(features, [{"features": features}, {"features": features}])
    assert targets == [
        "  mean_rate  18 Hz  target 17 +- 0.25 Hz  MISSED by 1 Hz, missed under 2 of 2 seeds",
        "  gain       41.5  target as high as possible",
        "  cost       undefined  target as low as possible",
        "  seen       1  recorded",
    ]
    assert lines[1] == "Best: evaluation 0, loss -40"
    assert sum("missed by" in line.lower() for line in lines) == 2


@pytest.mark.parametrize("rate", [17.0, 17.25])
def test_a_wish_is_reached_beside_it(rate):
    targets, lines = lines_of({"mean_rate": rate, "gain": 41.5, "cost": 0.5, "seen": 1.0})
    assert targets[0].endswith("reached") and not any("missed" in line.lower() for line in lines)


def test_the_best_of_a_generation_is_one_that_keeps_the_constraints():
    losses = {0: (0.4, 2.0), 1: (1.5, 0.0), 2: (2.6, 0.0)}
    evaluations = [Evaluation(n, 0, {}, 1, loss=loss, violation=missed) for n, (loss, missed) in losses.items()]
    said = of_generation(9, 0, evaluations, evaluations)
    assert said == "generation   0: 3/9 evaluations, best loss 1.5 (this generation: 1.5, median 1.5)"
    broken = of_generation(9, 0, evaluations[:1], evaluations[:1])
    assert "this generation: 0.4 (constraints violated by 2), median 0.4" in broken


@loop_over(
    ("demand", "line"),
    [
        (
            Demand(Held(1300.0), 4, Room(3100.0)),
            "NOT enough memory: 4 workers need about 5.2 GB (1.3 GB each, peak at the start point), "
            "3.1 GB are available: use --workers 2",
        ),
        (
            Demand(Held(1300.0, 100.0), 4, Room(24000.0)),
            "Memory: 4 workers need about 4.9 GB (1.3 GB each, peak at the start point, 100 MB of it shared), "
            "24 GB are available",
        ),
        (
            Demand(Held(214.0), 1, Room(64000.0, is_all=True)),
            "Memory: 1 worker needs about 210 MB (peak at the start point), 64 GB is the total of this machine",
        ),
        (
            Demand(Held(9960.0), 2, Room(8000.0)),
            "NOT enough memory: 2 workers need about 20 GB (10 GB each, peak at the start point), "
            "8.0 GB are available: not even one worker fits",
        ),
        (Demand(Held(1300.0), 4), "Memory: about 1.3 GB for each worker, peak at the start point"),
        (Demand(Held(32.4), 4, is_of_rank=True), "Memory: about 32 MB for each rank, peak at the start point"),
    ],
)
def test_memory_is_said_with_units_and_advice(demand, line):
    assert of_memory(demand) == line


@pytest.mark.parametrize(
    ("target", "losses", "lines"),
    [
        ({"value": 17}, (1.0, 2.0), ["Held-out seeds 4, 5: loss 1.5 (each: 1, 2); in the search 0.5"]),
        ({"value": 17}, (1.5,), ["Held-out seed 4: loss 1.5; in the search 0.5"]),
        ({"weight": 0}, (0.0, 0.0), []),
        ({"weight": 0}, (0.0, None), ["Held-out seeds 4, 5: no room (each: 0, failed); in the search 0.5"]),
    ],
)
def test_held_out_seeds_are_shown_if_a_loss_or_a_failure_is_to_tell(target, losses, lines):
    study = make_study(targets={"seen": {"feature": "rate", **target}}, optimizer={"name": "grid", "points": 2})
    fresh = Fresh((4, 5)[: len(losses)], losses, None if None in losses else 1.5, reason="no room")
    best = Best(0, {}, 0.5, 1, Verified(), fresh=fresh)
    assert list(of_tests(study, best)) == lines
