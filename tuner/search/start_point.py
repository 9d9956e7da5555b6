"""Simulate the start point of a run: the time-out, the abort rules that hold, and silent populations."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from tuner.evaluate.evaluate import evaluate, evaluate_surveyed, evaluate_weighed
from tuner.evaluate.task import Observation, Result, Task, result_of
from tuner.evaluation import Evaluation
from tuner.executors.base import Executor
from tuner.recording import Recording
from tuner.search import silence
from tuner.search.stages import stage
from tuner.simulation import broken_rules
from tuner.study.study import Study

SHORTEST_TIMEOUT_S = 60.0
TIMEOUT_OVER_START = 20.0
LONGEST_START_S = 3600.0
WORDS = "simulating the start point"


def default_timeout_s(start: Evaluation) -> float:
    """Return the time-out for a study without one [s]: 20 times the duration of the start point, at least 60 s."""
    seconds = start.seconds if start.status == "done" else 0.0
    return max(SHORTEST_TIMEOUT_S, TIMEOUT_OVER_START * seconds)


def warm_up_s(pool: Executor) -> float:
    """Return the time until a worker is ready [s], which is the time of an import of NetPyNE."""
    began_s = time.perf_counter()
    list(pool.map(abs, [0]))
    return time.perf_counter() - began_s


def measure_start(task: Task, pool: Executor, function: Callable[[Task], Result] = evaluate) -> Result:
    """Return the result of the start point, evaluated alone and with a long time-out."""
    (outcome,) = pool.map(function, [task], task.study.simulation.timeout_s or LONGEST_START_S)
    return result_of(outcome)


@dataclass(frozen=True)
class StartPoint:
    """Hold the start point as an evaluation of the run, and simulated to the end.

    `broken` are the limits of simulation.abort that the start point breaks, by key. They are off in the run.
    """

    result: Result
    whole: Result
    broken: Mapping[str, str]

    @property
    def observations(self) -> dict[str, Observation] | None:
        """Return the observations by protocol; `None` if the simulation did not come to the end."""
        return self.whole.observations

    @property
    def recordings(self) -> dict[str, Recording] | None:
        """Return the rasters by protocol; `None` if the simulation did not come to the end."""
        return self.whole.recordings

    @property
    def timeout_s(self) -> float | None:
        """Return the time-out for a study without one [s]; `None` if the simulation took longer than the study's."""
        return None if self.whole.evaluation.status == "timeout" else default_timeout_s(self.whole.evaluation)

    def warnings(self, study: Study) -> list[str]:
        """Return a line about silent populations, if there are any."""
        return silence.at_start(study, self.recordings) if self.recordings else []


def measured(task: Task, pool: Executor) -> StartPoint:
    """Return the start point of a task, simulated under the rules that the start point does not break."""
    task = replace(task, raster_below=math.inf)
    with stage(WORDS):
        result = measure_start(task, pool)
    if result.evaluation.status != "aborted":
        return StartPoint(result, result, {})
    # An aborted simulation is too short to set the time-out, and to show all rules that it would break.
    with stage(f"{WORDS} to the end"):
        whole = measure_start(task, pool, evaluate_surveyed)
        if whole.broken:
            result = measure_start(replace(task, rules_off=tuple(whole.broken)), pool)
    return StartPoint(result, whole, whole.broken)


def surveyed(task: Task, pool: Executor) -> tuple[Result, tuple[str, ...]]:
    """Return the start point simulated to the end, and notes on silent populations and broken rules."""
    with stage(WORDS):
        result = measure_start(task, pool, evaluate_surveyed)
    silent = silence.at_start(task.study, result.recordings) if result.recordings else []
    return result, (*silent, *of_rules(task.study, result.broken))


def weighed(task: Task, pool: Executor) -> Result:
    """Return the start point, evaluated as a run evaluates candidates, with the peak memory of the process.

    The network is the network of another candidate, and ranks are started anew.
    """
    with stage(f"{WORDS} again") as again:
        result = measure_start(task, pool, evaluate_weighed)
    return replace(result, evaluation=replace(result.evaluation, seconds=again.seconds)) if pool.launcher else result


def of_rules(study: Study, broken: Mapping[str, str] | None) -> list[str]:
    """Return a line for each abort rule that is off."""
    return broken_rules.words(study.simulation.abort, broken or {})
