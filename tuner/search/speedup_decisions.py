"""Decide on the speed-ups of a run, each by comparisons with plain NetPyNE at the start point."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from tuner.errors import MechanismError
from tuner.evaluate.proof import Attempt, Observations, Proof, difference, prove
from tuner.evaluate.simulations import observe
from tuner.evaluate.speedups import (
    CORENEURON,
    NEURON,
    compare_engines,
    compare_shared,
    coreneuron_lacks,
    facts_of,
    plain_observations,
    rasters_of,
    silent_populations,
)
from tuner.evaluate.task import Task
from tuner.executors.base import Executor
from tuner.executors.registry import EXECUTORS
from tuner.mechanisms import libraries
from tuner.model import models
from tuner.recording import ALL, Recording
from tuner.runs.decisions import Decisions, Engine, Reuse, Sharing
from tuner.runs.manifest import Manifest
from tuner.search import proof_cache
from tuner.search.applied_speedups import with_speedups
from tuner.simulation.network.warm import FRESH_PROCESS, IN_PLACE, REBUILT

SET_BY_STUDY = 'the study sets simulation.engine = "{}"'
# The other candidate of a proof: half way to the more distant bounds, and nearer if that cannot be simulated.
STEPS = (1.0, 0.1)
TRIED = {IN_PLACE: "changed in place", REBUILT: "built again"}
# Time limit of a proof: its largest number of simulations, on a network that is built for each.
SIMULATIONS_OF_PROOF = 10

Answer = TypeVar("Answer")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Tests:
    """Run the comparisons of one run: the executor, by name, and the time limit of one simulation [s]."""

    name: str
    pool: Executor
    timeout_s: float

    def ask(self, function: Callable[[Task], Answer], task: Task, times: int = 1) -> tuple[Answer | None, str]:
        """Return the value of a function in a worker; None and the reason if the worker fails."""
        (outcome,) = self.pool.map(function, [task], times * self.timeout_s)
        return outcome.value, ending(outcome.status, outcome.reason)

    @property
    def launches(self) -> bool:
        """Return whether processes are started for each evaluation."""
        return bool(EXECUTORS[self.name].launcher)

    @property
    def isolates(self) -> bool:
        """Return whether each worker is a process of this machine that can be replaced."""
        kind = EXECUTORS[self.name]
        return kind.isolated and not kind.launcher


def ending(status: str, reason: str) -> str:
    """Return the end of an evaluation in words."""
    return f"{'timed out' if status == 'timeout' else status}: {reason}"


def of_start(task: Task, name: str) -> Task:
    """Return the task that simulates the start point with plain NetPyNE; `name` is the name of the executor."""
    kind = EXECUTORS[name]
    # The start point comes first, so that a process that is not a worker is as good as fresh.
    return replace(task, observed=True, reuse=unproved(name) if kind.isolated else REBUILT)


def unproved(name: str) -> str:
    """Return the most that simulations of an executor may share before a proof."""
    return REBUILT if EXECUTORS[name].launcher else FRESH_PROCESS


def decide(
    task: Task,
    name: str,
    pool: Executor,
    timeout_s: float,
    plain: Observations | None = None,
    known: tuple[Sharing, Engine] | None = None,
) -> Decisions:
    """Decide on shared synapses, the engine, and the reuse of networks, at the task's values.

    If a population that a target reads does not spike, equal rasters are no evidence: the decisions stay open, and each
    candidate is simulated in a fresh process. `with_speedups` applies the decisions.

    Parameters
    ----------
    task
        The task, with the mechanisms of the model's own files.
    name
        Name of the executor.
    plain
        Observations of plain NetPyNE, if they are known already.
    known
        Decisions on shared synapses and the engine of an earlier start of the run.
    """
    tests = _Tests(name, pool, timeout_s)
    reason = ""
    if plain is None:
        plain, reason = tests.ask(observe if tests.launches else plain_observations, task)
    if plain is None:
        return _undecided(tests, f"the start point {reason}")
    task, retained = _mended(task, tests)
    if silent := silent_populations(task, rasters_of(plain)):
        return _undecided(tests, _silence(silent), retained)
    sharing, engine = known or _speedups(task, tests, plain)
    task = with_speedups(task, Decisions(sharing, engine, Reuse(task.reuse, "", mended=task.mended)), pool)
    return Decisions(sharing, engine, replace(_reuse(task, tests, plain), retained=retained))


def recall_or_decide(
    task: Task,
    manifest: Manifest,
    name: str,
    pool: Executor,
    timeout_s: float,
    plain: Observations | None = None,
) -> Decisions:
    """Return the decisions of an earlier run of the same model on such a machine, else `decide`, and keep these."""
    # A run of an older version has decided on shared synapses and the engine, but not on reuse.
    known = (manifest.sharing, manifest.engine) if manifest.sharing and manifest.engine else None
    settled = known if known and all(each.decided for each in known) else None
    key = proof_cache.key_of(manifest, name)
    if settled is None and (found := proof_cache.read(key)):
        log.info("The speed-ups of this model were compared with plain NetPyNE before, with the same versions:")
        return found
    found = decide(task, name, pool, timeout_s, plain, settled)
    proof_cache.write(key, found)
    return found


def _undecided(tests: _Tests, reason: str, retained: dict[str, str] | None = None) -> Decisions:
    return Decisions(
        Sharing(False, reason, decided=False),
        Engine(NEURON, reason, decided=False),
        Reuse(unproved(tests.name), reason, decided=False, retained=retained or {}),
    )


def _silence(populations: Sequence[str]) -> str:
    if ALL in populations:
        return "no cell spikes"
    is_one = len(populations) == 1
    return f"population{'' if is_one else 's'} {', '.join(populations)} {'does' if is_one else 'do'} not spike"


def _mended(task: Task, tests: _Tests) -> tuple[Task, dict[str, str]]:
    """Return the task with the most reuse that the model allows, and the mechanisms that keep state, with the reasons.

    Mechanisms are completed where this is certain. Where it is not, the network is built for each simulation.
    """
    facts, _ = tests.ask(facts_of, task)
    found = {
        name: each
        for name, each in libraries.retained(task.library).items()
        if facts is None or name in facts.mechanisms
    }
    reasons = {name: each.reason for name, each in found.items()}
    if facts is None or facts.live or not all(each.mendable for each in found.values()):
        return replace(task, reuse=REBUILT), reasons
    if found and not tests.isolates:
        return replace(task, reuse=REBUILT), reasons
    return replace(task, reuse=IN_PLACE, mended=bool(found)), reasons


def _speedups(task: Task, tests: _Tests, plain: Observations) -> tuple[Sharing, Engine]:
    """Decide on shared synapses and the engine."""
    setting, kind = task.study.simulation.engine, EXECUTORS[tests.name]
    if setting == NEURON:
        reason = SET_BY_STUDY.format(NEURON)
        return Sharing(False, reason), Engine(NEURON, reason)
    task = with_speedups(task, Decisions(Sharing(False, ""), Engine(NEURON, ""), _of(task)), tests.pool)
    shared, words = tests.ask(partial(compare_shared, plain=plain), task)
    sharing = shared or Sharing(False, f"with shared synapses, the start point {words}")
    task = replace(task, shared=sharing.shared)
    if setting == "auto" and not kind.isolated:
        reason = f"CoreNEURON may crash, and executor {tests.name} has no separate worker processes"
        return sharing, Engine(NEURON, reason)
    if tests.launches:
        return sharing, Engine(NEURON, "CoreNEURON is not used if ranks are started for each evaluation")
    # A process cannot load a second version of mechanisms that it has loaded already.
    forms = (False, True) if kind.isolated else (False,)
    return sharing, _find_engine(task, rasters_of(plain), tests, forms)


def _of(task: Task) -> Reuse:
    return Reuse(task.reuse, "", mended=task.mended)


def _find_engine(task: Task, plain: dict[str, Recording], tests: _Tests, forms: tuple[bool, ...]) -> Engine:
    lacks, reason = tests.ask(coreneuron_lacks, task)
    if lacks is None or lacks:
        words = f"does not support {'; '.join(lacks)}" if lacks else f"was not tested: {reason}"
        return Engine(NEURON, f"CoreNEURON {words}")
    wanted = task.study.simulation.engine == CORENEURON
    reasons = []
    for ranged in forms:
        try:
            engine = Engine(CORENEURON, "", ranged=ranged)
            compiled = with_speedups(task, Decisions(Sharing(task.shared, ""), engine, _of(task)), tests.pool)
        except MechanismError as error:
            log.debug("CoreNEURON: %s", error)
            reasons.append(str(error).partition("\n")[0].removesuffix("; last lines of the compiler:"))
            continue
        return _compared(compiled, plain, tests, ranged=ranged, wanted=wanted)
    if wanted:
        raise MechanismError(reasons[0])
    return Engine(NEURON, f"CoreNEURON cannot compile the mechanisms: {reasons[0]}")


def _compared(compiled: Task, plain: dict[str, Recording], tests: _Tests, *, ranged: bool, wanted: bool) -> Engine:
    """Return the engine after a comparison of CoreNEURON with NEURON; a `wanted` CoreNEURON is used in any case."""
    compared, reason = tests.ask(partial(compare_engines, plain=plain), compiled, times=4)
    words = f"with CoreNEURON, the start point {reason}"
    engine = replace(compared or Engine(NEURON, words), ranged=ranged)
    if wanted and engine.name != CORENEURON and compared:
        reason = f"{SET_BY_STUDY.format(CORENEURON)}, although {engine.reason}"
        return replace(engine, name=CORENEURON, reason=reason, decided=True)
    if engine.name != CORENEURON and ranged:
        tests.pool.renew()
    return engine


def _reuse(task: Task, tests: _Tests, plain: Observations) -> Reuse:
    """Prove the most that simulations may share, from `task.reuse` on."""
    if tests.launches:
        return Reuse(REBUILT, "each evaluation has processes of its own")
    if task.study.simulation.engine == CORENEURON and task.coreneuron:
        plain = _of_engine(task, tests, plain)
    proof, words = _proof(task, tests, plain)
    if proof is None:
        return _unshared(task, tests, plain, f"no other candidate could be simulated to compare with: {words}")
    differs = "; ".join(f"{TRIED[way]}, the start point had {words}" for way, words in proof.differences.items())
    if proof.way == FRESH_PROCESS:
        return _unshared(task, tests, plain, differs)
    n_spikes = sum(len(recording.spike_times) for recording in rasters_of(plain).values())
    said = f"after another candidate, the start point has the same {n_spikes} spikes as plain NetPyNE"
    return Reuse(proof.way, "; ".join(filter(None, (differs, said))), mended=task.mended)


def _of_engine(task: Task, tests: _Tests, plain: Observations) -> Observations:
    """Return the observations of the engine that the study names."""
    found, _ = tests.ask(observe, replace(task, reuse=FRESH_PROCESS))
    return found or plain


def _proof(task: Task, tests: _Tests, plain: Observations) -> tuple[Proof | None, str]:
    words = ""
    for step in STEPS:
        (outcome,) = tests.pool.map(prove, [Attempt(task, plain, step)], SIMULATIONS_OF_PROOF * tests.timeout_s)
        if outcome.value is not None:
            return outcome.value, ""
        words = ending(outcome.status, outcome.reason)
    return None, words


def _unshared(task: Task, tests: _Tests, plain: Observations, reason: str) -> Reuse:
    """Return the decision for a fresh process for each simulation, after one such simulation of the start point."""
    tests.pool.renew()
    own = libraries.build(models.mod_folder(task.study))
    found, words = tests.ask(observe, replace(task, reuse=FRESH_PROCESS, library=own))
    differs = difference(found, plain) if found else words
    again = f"; even in a fresh process, the start point had {differs}" if differs else ""
    return Reuse(FRESH_PROCESS, f"{reason}{again}")
