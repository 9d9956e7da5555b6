"""Prove on the model that a reused network, or a reused process, gives the results of plain NetPyNE.

The start point is simulated first with plain NetPyNE, then another candidate, then the start point again. What differs
the second time was kept from the run of the other candidate. Rasters, traces, numbers of the model's code and the
voltages of all segments at the end are compared.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from tuner.evaluate.simulations import bring, foresee, observe, simulated
from tuner.evaluate.task import Observation, Task
from tuner.simulation.abort import Aborted
from tuner.simulation.network.warm import FRESH_PROCESS, IN_PLACE, REBUILT

Observations = Mapping[str, Observation]
# Traces and numbers are results of the same operations, so only the last digits may differ.
RELATIVE = 1e-9
# Largest difference of a voltage at the end [mV]. Chosen: shared synapses add conductances in another order, and the
# differences of rounding grow, but stay far below this as long as all spikes are the same.
VOLTAGE_MV = 1e-3


def difference(found: Observations, reference: Observations) -> str:
    """Return the first difference between two sets of observations, in words; "" without a difference."""
    each = (_difference(observation, reference[name]) for name, observation in found.items())
    return next(filter(None, each), "")


def _difference(found: Observation, reference: Observation) -> str:
    ours, plain = found.recording, reference.recording
    if not ours.same_raster(plain):
        n, wanted = len(ours.spike_times), len(plain.spike_times)
        return f"{n} spikes instead of {wanted}" if n != wanted else f"other times or cells of its {n} spikes"
    for name, trace in plain.traces.items():
        if not _close(ours.traces.get(name, np.array([])), trace):
            return f"another trace {name}"
    for name, number in plain.numbers.items():
        if not _close(np.array([ours.numbers.get(name, np.nan)]), np.array([number])):
            return f"{name} = {ours.numbers.get(name, np.nan):.6g} instead of {number:.6g}"
    if found.voltages is None or reference.voltages is None:
        return ""
    if found.voltages.shape != reference.voltages.shape:
        return f"{len(found.voltages)} segments instead of {len(reference.voltages)}"
    apart_mv = np.max(np.abs(found.voltages - reference.voltages), initial=0.0)
    return f"voltages at the end that differ by {apart_mv:.2g} mV" if not apart_mv <= VOLTAGE_MV else ""


def _close(found: np.ndarray, reference: np.ndarray) -> bool:
    if found.shape != reference.shape:
        return False
    return bool(np.allclose(found, reference, rtol=RELATIVE, atol=RELATIVE, equal_nan=True))


@dataclass(frozen=True)
class Attempt:
    """Ask for a proof at the values of a task.

    `reference` are the observations of plain NetPyNE. `step` says how far the other candidate is from the start point,
    as a share of the way to the parameters' other values.
    """

    task: Task
    reference: Observations
    step: float = 1.0


@dataclass(frozen=True)
class Proof:
    """Hold the most that simulations may share, and the differences that were found on the way down."""

    way: str
    n_others: int
    differences: dict[str, str]


def prove(attempt: Attempt) -> Proof:
    """Return the first way, from `task.reuse` on, in which the start point is plain NetPyNE's after other candidates.

    Raises the exception of the model if the other candidate cannot be simulated.
    """
    ways = (IN_PLACE, REBUILT)
    found: dict[str, str] = {}
    made = 0
    for way in ways[ways.index(attempt.task.reuse) :]:
        task = replace(attempt.task, reuse=way, watched=False)
        differs = ""
        for other in _others(task, attempt.step):
            _run(other)
            made += 1
            differs = differs or difference(observe(task), attempt.reference)
        if not differs:
            return Proof(way, made, found)
        found[way] = differs
    return Proof(FRESH_PROCESS, made, found)


def _others(task: Task, step: float) -> Iterator[Task]:
    """Yield the other candidates: one for the parameters that need a new build, and one for the others."""
    moved = {p.name: p.elsewhere(task.values[p.name], step) for p in task.study.space.parameters}
    if task.reuse != IN_PLACE:
        yield replace(task, values=moved)
        return
    bring(task)
    needs_build = {name: foresee(task, {**task.values, name: value}) == REBUILT for name, value in moved.items()}
    for wanted in sorted(set(needs_build.values())):
        chosen = {name: value for name, value in moved.items() if needs_build[name] == wanted}
        yield replace(task, values={**task.values, **chosen})


def _run(task: Task) -> None:
    """Simulate a candidate; an early abort counts as a run."""
    for trial in task.trials[0]:
        try:
            simulated(task, trial, watched=True)
        except Aborted:
            continue
