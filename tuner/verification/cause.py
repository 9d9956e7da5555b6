"""Find the cause of a difference between a stored evaluation and plain NetPyNE, and advise the user.

Only if there is a difference, the same values are simulated again: by plain NetPyNE, and by the tuner in a fresh
process.
"""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tuner.evaluate.evaluate import evaluate
from tuner.evaluate.speedups import CORENEURON
from tuner.evaluate.task import Result, Task
from tuner.evaluation import Evaluation
from tuner.executors.base import Executor
from tuner.verification import comparison, fresh_process
from tuner.verification.comparison import Measured
from tuner.verification.plain_run import ANSWER, run_plain
from tuner.verification.verify import Verification, verify_all

UNSEEDED = (
    "Plain NetPyNE gives another result each time it runs these values: the model draws numbers without a seed, reads"
    " the clock, or reads a file that changes. Use simConfig.seeds for all numbers, then run again with --fresh"
)
STATE = (
    "A fresh process of the tuner gives plain NetPyNE's result. So the stored result depends on earlier candidates of"
    " its process, because the model's code or a mechanism keeps state, or the stored line was changed. Remove the"
    " state, or run again with --fresh --executor processes --set simulation.recycle_after=1: each candidate then has"
    " a process of its own"
)
SPEEDUPS = (
    "Without shared synapses and CoreNEURON, the tuner gives plain NetPyNE's result."
    " Run again with --fresh --set simulation.engine=neuron"
)
SYSTEMATIC = (
    "A fresh process of the tuner gives the stored result again. So the tuner does not simulate this model as plain"
    " NetPyNE does. Trust only plain NetPyNE's numbers, and check that the folder export/ holds all of the model"
)
UNCLEAR = (
    "A fresh process of the tuner gives a third result. Look in the model for random numbers without a seed, for the"
    " clock, and for data that its code keeps between two calls, then run again with --fresh"
)
REQUESTED = "The study asks for CoreNEURON, and CoreNEURON gives another raster than NEURON for these values"


class Cause(NamedTuple):
    """Hold the advice to the user; `is_requested` if the engine that the study asks for makes the difference."""

    advice: str
    is_requested: bool = False


def find(task: Task, stored: Evaluation, found: Verification, pool: Executor, home: Path, timeout_s: float) -> Cause:
    """Return the cause of a difference; `home` is as in `verify_all`. A test that fails counts as a third result."""
    plain = found.measured
    (second,) = verify_all([task], {task.number: stored}, pool, home / "second", timeout_s)
    if second.done and not _alike(task, plain, second.measured):
        return Cause(UNSEEDED)
    task = replace(task, watched=False, raster_below=float("-inf"), race_below=float("inf"))
    if stored.repeats < len(task.study.seeds):
        task = task.of(task.study.with_seeds(seed for seed in task.study.seeds[: stored.repeats] if seed is not None))
    again = _evaluated(task, pool, home / "again", timeout_s)
    if again and _alike(task, plain, again):
        return Cause(STATE)
    if task.coreneuron is not None and task.study.simulation.engine == CORENEURON:
        return Cause(REQUESTED, is_requested=True)
    if task.shared or task.coreneuron is not None:
        without = _evaluated(replace(task, shared=False, coreneuron=None), pool, home / "without", timeout_s)
        if without and _alike(task, plain, without):
            return Cause(SPEEDUPS)
    return Cause(SYSTEMATIC if again and _alike(task, Measured.of(stored), again) else UNCLEAR)


def _alike(task: Task, some: Measured, other: Measured) -> bool:
    return not comparison.reason(task.number, some, other, task.study.targets)


def _evaluated(task: Task, pool: Executor, home: Path, timeout_s: float) -> Measured | None:
    """Return the results of the tuner in a fresh process; `None` if the evaluation fails."""
    function = evaluate if pool.launcher else partial(_evaluate_apart, home=home, timeout_s=timeout_s)
    (outcome,) = pool.map(function, [task])
    return Measured.of(outcome.value.evaluation) if outcome.value and outcome.value.evaluation.done else None


def _evaluate_apart(task: Task, home: Path, timeout_s: float) -> Result:
    fresh_process.prepare(home, task.study, evaluate, task)
    run_plain([home], timeout_s=timeout_s, steps=[ANSWER])
    result: Result = fresh_process.value_of(home)
    return result
