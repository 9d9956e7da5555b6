"""Simulate each parameter at both bounds, with the others at the best evaluation: the probes of a run.

Probes show the influence of a parameter, which the evaluations of a converging search do not. They are stored in
`probes.jsonl`, and are no evaluations: they count for no budget, and the optimiser is never told of them.
"""

import logging
import math
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from tuner.evaluate.evaluate import evaluate
from tuner.evaluate.task import Task, result_of
from tuner.evaluation import Evaluation, finite
from tuner.executors.base import Executor
from tuner.optimizers import resolution
from tuner.report.result_data import RunData
from tuner.runs.probe_file import Probe, appending, text_of
from tuner.search.doubt import doubtful
from tuner.search.observers import Observers
from tuner.study.resolved import ResolvedStudy
from tuner.study.space import Parameter
from tuner.study.study_table import DESIGNS
from tuner.words import count, short

# The probes of a search cost at most this part of the simulations of the search.
SHARE = 5
# Choices that are probed beside the choice of the best evaluation.
MOST_CHOICES = 2
TOO_COSTLY = "probes take at most a fifth of the simulations of the search"
OUT_OF_TIME = "the wall time is used up"

log = logging.getLogger(__name__)


def needless(study: ResolvedStudy) -> str:
    """Return the reason why a study needs no probes, as the end of a sentence; "" if the study needs probes."""
    if study.optimizer.name in DESIGNS:
        return f"the evaluations of {study.optimizer.name} cover the whole range of each parameter"
    if not any(target.weight > 0 for target in study.targets):
        return "no target counts in the loss"
    return ""


def n_probes(study: ResolvedStudy, n_evaluations: float) -> int:
    """Return the largest number of probes after a search of so many evaluations.

    Each probe costs `study.simulations_each` simulations. `n_evaluations` may be inf.
    """
    if needless(study) or not study.simulation.probes:
        return 0
    n_bests = len(resolution.objectives(study).names)
    costs = {each.name: n_bests * _n_values(each) for each in study.space.parameters}
    limit = n_evaluations // SHARE if math.isfinite(n_evaluations) else math.inf
    return sum(costs[name] for name in _affordable(costs, limit, costs))


def _n_values(parameter: Parameter) -> int:
    if not parameter.varies:
        return 0
    return min(MOST_CHOICES, len(parameter.choices) - 1) if parameter.kind == "choice" else 2


def _affordable(costs: Mapping[str, int], limit: float, in_doubt: Iterable[str]) -> list[str]:
    """Return the parameters to probe: all if the limit allows, else only parameters in doubt."""
    if sum(costs.values()) <= limit:
        return list(costs)
    chosen = [name for name, cost in costs.items() if not cost]
    for name in in_doubt:
        if 0 < costs.get(name, 0) <= limit:
            chosen.append(name)
            limit -= costs[name]
    return chosen


def bests(run: RunData) -> list[Evaluation]:
    """Return the evaluations to probe: the best one, or on a front the distinct best evaluations of the objectives."""
    if run.outcome is None or run.best_evaluation is None:
        return []
    names = resolution.objectives(run.study).names
    done = [evaluation for evaluation in run.evaluations if evaluation.done]
    if len(names) == 1 or not done:
        return [run.best_evaluation] if run.best_evaluation.done else []
    least = min(evaluation.violation for evaluation in done)
    allowed = [evaluation for evaluation in done if evaluation.violation == least]
    chosen = (min(allowed, key=partial(_place, name)) for name in names)
    return list({evaluation.number: evaluation for evaluation in chosen}.values())


def _place(objective: str, evaluation: Evaluation) -> tuple[float, int]:
    return evaluation.objectives.get(objective, math.inf), evaluation.number


def probes_of(parameter: Parameter, best: Evaluation) -> list[Probe]:
    """Return the probes of a parameter, not simulated yet; a bound that equals the best value has the same type."""
    own = best.values[parameter.name]
    if not parameter.varies:
        return []
    if parameter.kind == "choice":
        place = parameter.to_scaled(own)
        others = [choice for number, choice in enumerate(parameter.choices) if number != place]
        asked = [("choice", choice) for choice in (others if len(others) <= MOST_CHOICES else (others[0], others[-1]))]
    else:
        bounds = parameter.whole_bounds if parameter.kind == "int" else parameter.bounds
        asked = [(name, own if own == bound else bound) for name, bound in zip(("lower", "upper"), bounds, strict=True)]
    return [Probe(parameter.name, name, best.number, {**best.values, parameter.name: value}) for name, value in asked]


@dataclass(frozen=True)
class Plan:
    """Hold the probes to add to a run: `known` ones have a result already, `missing` ones are simulated.

    `left_out` are the parameters whose probes together would cost too much.
    """

    known: tuple[Probe, ...] = ()
    missing: tuple[Probe, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Return whether there is no probe to add."""
        return not (self.known or self.missing)


def parameters_of(probes: Iterable[Probe]) -> list[str]:
    """Return the names of the parameters of probes, each once."""
    return list(dict.fromkeys(probe.parameter for probe in probes))


def plan(run: RunData, *, everything: bool, in_doubt: Callable[[RunData], list[str]] = doubtful) -> Plan:
    """Return the probes that a finished run lacks; without `everything`, at most the allowed part of the search.

    A simulation that was stored before counts too, also for an earlier best evaluation. So a run that is resumed makes
    the same choice again.
    """
    if needless(run.study):
        return Plan()
    stored = {probe.key for probe in run.probes}
    every = [probe for best in bests(run) for each in run.study.space.parameters for probe in probes_of(each, best)]
    lacking = [probe for probe in every if probe.key not in stored]
    results = _results(run)
    costs = dict.fromkeys((probe.parameter for probe in every), 0)
    for probe in lacking:
        costs[probe.parameter] += text_of(probe.values) not in results
    limit = math.inf if everything else _limit(run)
    chosen = _affordable(costs, limit, in_doubt(run) if sum(costs.values()) > limit else ())
    wanted = [probe for probe in lacking if probe.parameter in chosen]
    known = [_with(probe, results[text]) for probe in wanted if (text := text_of(probe.values)) in results]
    missing = [probe for probe in wanted if text_of(probe.values) not in results]
    return Plan(tuple(known), tuple(missing), tuple(name for name in costs if name not in chosen and costs[name]))


def _limit(run: RunData) -> int:
    """Return the number of probes that may be simulated; racing may have saved simulations of the search."""
    simulations = sum(evaluation.repeats for evaluation in run.evaluations) * len(run.study.protocols)
    made = sum(probe.seconds > 0 for probe in run.probes)
    return max(0, simulations // (SHARE * run.study.simulations_each) - made)


def _results(run: RunData) -> dict[str, Evaluation | Probe]:
    """Return complete evaluations and stored probes by the text of the values, which are not simulated again."""
    whole = len(run.study.seeds)
    complete = (evaluation for evaluation in run.evaluations if evaluation.done and evaluation.repeats == whole)
    results: list[Evaluation | Probe] = [*run.probes, *complete]
    return {text_of(each.values): each for each in results}


def _with(probe: Probe, result: Evaluation | Probe) -> Probe:
    features = finite(result.features)
    return replace(probe, status=result.status, loss=result.loss, features=features, reason=result.reason)


def after_search(
    run: RunData, task: Task, pool: Executor, timeout_s: Callable[[], float], watch: "Watch", *, hurry: str
) -> None:
    """Make the missing probes of a search that has just ended; `hurry` is the reason to make no probes now, or ""."""
    if not run.study.simulation.probes:
        return
    found = plan(run, everything=False)
    if hurry and found.missing:
        log.info(of_left_out(run, [*parameters_of(found.missing), *found.left_out], hurry))
        return
    if not found.is_empty:
        not_made = make(run, found, task, pool, timeout_s(), watch)
        if not_made:
            log.info(of_left_out(run, parameters_of(not_made), OUT_OF_TIME))
    if found.left_out:
        log.info(of_left_out(run, found.left_out, TOO_COSTLY))


def make(
    run: RunData, to_make: Plan, task: Task, pool: Executor, timeout_s: float | None, watch: "Watch"
) -> list[Probe]:
    """Simulate and store the missing probes like evaluations of the search, and return the probes not made.

    Each probe is stored as soon as it is finished. `watch` may end the work early.
    """
    left = dict(enumerate(to_make.missing))
    with appending(run.folder) as append:
        for probe in to_make.known:
            append(probe)
        if left:
            log.info(of_plan(to_make, run.study.simulations_each))
            for evaluation in _simulated(to_make.missing, task, pool, timeout_s, watch):
                probe = _with(left.pop(evaluation.number), evaluation)
                append(replace(probe, seconds=evaluation.seconds))
    return list(left.values())


def _simulated(
    probes: Sequence[Probe], task: Task, pool: Executor, timeout_s: float | None, watch: "Watch"
) -> Iterator[Evaluation]:
    """Yield the evaluations of probes as soon as each is finished; the number is the place of the probe."""
    with watch.observers.stage("probes", len(probes)) as step:
        for outcome in pool.map(evaluate, _tasks(probes, task, watch), timeout_s):
            watch.check()
            yield result_of(outcome).evaluation
            step()


@dataclass(frozen=True)
class Watch:
    """Watch the probing: `observers` are told of the progress, `check` may raise, and `is_due` ends the probing."""

    observers: Observers
    check: Callable[[], None]
    is_due: Callable[[], bool] = bool


def _tasks(probes: Sequence[Probe], task: Task, watch: Watch) -> Iterator[Task]:
    for place, probe in enumerate(probes):
        if watch.is_due():
            return
        yield task.at(place, 0, probe.values, raster_below=-math.inf)


def of_plan(to_make: Plan, simulations_each: int) -> str:
    """Return the line about the probes that begin now."""
    simulations = count(len(to_make.missing) * simulations_each, "simulation")
    parameters = count(len(parameters_of(to_make.missing)), "parameter")
    return f"probing {parameters}: {simulations} at bounds, the others at the best"


def of_left_out(run: RunData, names: Sequence[str], reason: str) -> str:
    """Return the line about parameters without probes, with the command that makes these probes."""
    command = f"netpyne-tuner probe {shlex.quote(short(run.folder))}"
    return f"not probed: {', '.join(names)} ({reason}); {command} makes these probes"
