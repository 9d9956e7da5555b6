"""The lines in which a person reads how a run begins and goes on, and what a run or a check has come to."""

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tuner.analysis.findings import account, lines
from tuner.evaluate.speedups import CORENEURON
from tuner.evaluation import Evaluation, best_of, not_done
from tuner.executors.memory import Demand
from tuner.objective.targets import Target
from tuner.report.result_data import CheckData, RunData
from tuner.runs.best_file import Best, Verified
from tuner.runs.decisions import Engine, Sharing
from tuner.simulation.network.warm import UNTOUCHED
from tuner.study.resolved import ResolvedStudy
from tuner.words import count, memory, quantity


def of_run(run: RunData) -> Iterator[str]:
    """What has come of a run that has ended, and the report's path."""
    yield from of_result(run)
    yield f"Report: {run.report}"


def of_result(run: RunData) -> Iterator[str]:
    """What ended the run, the best values, each target reached or missed, the verification, the account."""
    best = run.outcome
    assert best is not None, "a run that has ended has a best"
    yield f"Ended by {run.ended} after {len(run.evaluations)} evaluations{not_done(run.evaluations, ' of them')}."
    if not any(target.counts for target in run.study.targets):
        yield "Nothing was wished, so no candidate is the best; the first is shown, all are in evaluations.jsonl"
        yield f"Evaluation {best.number}"
    else:
        yield f"Best: evaluation {best.number}, loss {best.loss:.4g}{_violated(best.violation)}"
    for parameter in run.study.space.parameters:
        unit = parameter.unit_among(run.units)
        yield f"  {parameter.name} = {quantity(best.values[parameter.name], unit)}"
    verified = best.verified
    features = verified.features or best.features
    yield "Targets:" if verified.features else "Targets (not verified):"
    yield from _targets(run.study, features, best.runs)
    yield _verified(verified)
    yield from of_tests(run.study, best)
    # The list of targets has said what is reached.
    yield from (line for line in of_account(run) if not line.endswith(": reached"))


def of_account(run: RunData) -> Iterator[str]:
    """What could be met and what could not, and which parameters matter; from plain NetPyNE's features if it ran."""
    best, study = run.best_evaluation, run.study
    if best is None:
        return iter(())
    features = run.verified_features or best.features
    slopes = run.made_by.slopes
    return lines(account(study.space, study.targets, run.evaluations, best, features, slopes, run.units))


def of_tests(study: ResolvedStudy, best: Best) -> Iterator[str]:
    """How the best did under other seeds than the search's, and in the study's validations."""
    fresh = best.fresh
    if fresh.losses:
        seeds = f"seeds {', '.join(map(str, fresh.seeds))} (not seen by the search)"
        losses = ", ".join("failed" if loss is None else f"{loss:.4g}" for loss in fresh.losses)
        loss = fresh.reason if fresh.loss is None else f"loss {fresh.loss:.4g}{_violated(fresh.violation)}"
        yield f"Under {seeds}: {loss} ({losses}); in the search {best.loss:.4g}"
    for of_test, asked in zip(study.validations(), study.validation, strict=True):
        test = next((test for test in best.validation if test.asked == asked), None)
        if test is None:
            yield f"Held out, {of_test.name}: not tested yet"
            continue
        loss = test.reason if test.loss is None else f"loss {test.loss:.4g}{_violated(test.violation)}"
        yield f"Held out, {test.name}: {loss}"
        yield from _targets(of_test, test.features, test.runs)


def _violated(violation: float) -> str:
    return f", constraints violated by {violation:.3g}" if violation else ""


def _targets(
    study: ResolvedStudy, features: Mapping[str, float | None], runs: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    width = max(len(target.name) for target in study.targets)
    for target in study.targets:
        value = features.get(target.name)
        feature = math.nan if value is None else value
        wish = f"wanted {target.wish}  " if target.has_wish or target.is_endless else ""
        protocol = f"{target.protocol}  " if len(study.protocols) > 1 else ""
        must = "must be met, " if target.must else ""
        shown = f"{protocol}{quantity(feature, target.unit)}"
        said = f"{wish}{must}{_outcome(target, feature)}{under_seeds(target, runs)}"
        yield f"  {target.name:{width}s}  {shown}  {said}".rstrip()


def under_seeds(target: Target, runs: Sequence[Mapping[str, Any]]) -> str:
    """Under how many of several seeds a target is missed; "" if under none."""
    values = [run["features"][target.name] for run in runs] if target.has_wish else []
    missed = sum(not target.reached(math.nan if value is None else value) for value in values)
    return f", missed under {missed} of {len(runs)} seeds" if missed else ""


def _outcome(target: Target, feature: float) -> str:
    outcome = target.outcome(feature)
    if outcome != "missed":
        return outcome
    undefined = math.isnan(feature)
    return "MISSED: the simulation does not define it" if undefined else f"MISSED by {target.missed_by(feature)}"


def _verified(verified: Verified) -> str:
    if verified.loss is None:
        return f"NOT verified: plain NetPyNE did not run it: {verified.reason or 'no reason given'}"
    raster = f"{verified.n_spikes} spikes, loss {verified.loss:.4g}"
    if not verified.equal:
        return f"Verified by plain NetPyNE with ANOTHER raster: {raster}"
    return f"Verified by plain NetPyNE: the same {raster}"


def of_check(check: CheckData) -> Iterator[str]:
    """The study in a line, every feature of the start point beside its target, and how long the study will take,
    and in how much memory."""
    study = check.study
    sizes = f"{count(len(study.space), 'parameter')}, {count(len(study.targets), 'target')}"
    size = study.optimizer.population_size
    optimizer = study.optimizer.name + (f" with generations of {size}" if size else "")
    yield f"{study.name}: model {study.model}, {sizes}, {optimizer}"
    yield f"Populations: {', '.join(f'{name} ({size})' for name, size in check.populations.items())}"
    yield "Start point:"
    for parameter in study.space.parameters:
        unit = parameter.unit_among(check.units)
        bounds = "" if parameter.choices else f"  ({parameter.low:g} to {parameter.high:g}, {parameter.scale})"
        yield f"  {parameter.name} = {quantity(check.evaluation.values[parameter.name], unit)}{bounds}"
    yield f"Features at the start point, loss {check.evaluation.shown_loss()}:"
    yield from _targets(study, check.evaluation.features, check.evaluation.runs)
    yield "A change of a parameter is made"
    for name, (change, reason) in check.changes.items():
        yield f"  {name}: {'no effect' if change == UNTOUCHED else change} ({reason})"
    yield from of_shortcuts(check.sharing, check.engine)
    yield f"Time: {check.evaluation.seconds:.2f} s an evaluation" + _how_long(check)
    if check.memory:
        yield of_memory(check.memory)


def of_memory(demand: Demand) -> str:
    """Say what the workers need, and that they would not fit where that is known."""
    each, room, peak = memory(demand.held.peak_mb), demand.room, "the peak of the start point"
    if room is None:
        return f"Memory: about {each} for each {'rank' if demand.is_of_rank else 'worker'}, {peak}"
    need = f"1 worker needs about {each} ({peak})"
    if demand.workers > 1:
        shared = f", {memory(demand.held.shared_mb)} of it shared" if demand.held.shared_mb else ""
        need = f"{demand.workers} workers need about {memory(demand.mb)} ({each} each, {peak}{shared})"
    need += f", {memory(room.mb)} {'is all that the machine has' if room.is_all else 'are available'}"
    if demand.fitting == demand.workers:
        return f"Memory: {need}"
    return f"NOT enough memory: {need}: {f'use --workers {demand.fitting}' if demand.fitting else 'not even one fits'}"


def of_shortcuts(sharing: Sharing, engine: Engine) -> Iterator[str]:
    """What is done otherwise than plain NetPyNE does it, and why."""
    yield f"Synapses are {'' if sharing.shared else 'not '}shared: {sharing.reason}"
    for label, reason in sharing.unshared.items():
        yield f"  {label}: one for each connection ({reason})"
    name = "CoreNEURON" if engine.name == CORENEURON else "NEURON"
    gain = f", {engine.gain:.2g} times as fast" if engine.gain else ""
    yield f"Engine: {name}: {engine.reason}{gain}"


def of_start(study: ResolvedStudy, most: float, stored: int, workers: int) -> str:
    """What begins, in a line; `most` is the most evaluations that it makes, inf if nothing says."""
    budget = f"{most} evaluations" if math.isfinite(most) else "until its budget ends it"
    again = f", {stored} evaluations stored already" if stored else ""
    parts = count(len(study.space), "parameter"), count(len(study.targets), "target"), study.optimizer.name, budget
    return f"{study.name}: {', '.join(parts)}, {count(workers, 'worker')}{again}"


def of_generation(most: float, generation: int, evaluations: list[Evaluation], told: list[Evaluation]) -> str:
    """How a generation went, in a line; `told` are all evaluations so far, of `most`."""
    total = f"/{most}" if math.isfinite(most) else ""
    best = best_of(e for e in evaluations if e.done)
    spread = "none came to its end"
    if best is not None:
        median = statistics.median(e.loss for e in evaluations if e.done and e.loss is not None)
        spread = f"of this generation {best.shown_loss()}, median {median:.4g}"
    return (
        f"generation {generation:3d}: {len(told)}{total} evaluations, "
        f"best loss {(best_of(told) or told[0]).shown_loss()} ({spread}){not_done(evaluations)}"
    )


def _how_long(check: CheckData) -> str:
    if math.isinf(check.most):
        return "; the budget does not limit the evaluations"
    seconds = check.evaluation.seconds * check.most / check.workers
    unit, length = next((u, n) for u, n in (("h", 3600), ("min", 60), ("s", 1)) if seconds >= 2 * n or n == 1)
    shown = f"{seconds / length:.0f} {unit}"
    return f"; the study's {check.most} evaluations take about {shown} on {count(check.workers, 'worker')}"
