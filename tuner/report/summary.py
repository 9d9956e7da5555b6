"""Write the lines about a run and a check for the terminal and the log."""

import math
import shlex
import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tuner.analysis.finding_lines import lines
from tuner.evaluate.speedups import CORENEURON
from tuner.evaluation import Evaluation, best_of, not_done
from tuner.executors.memory import Demand
from tuner.objective.targets import Target
from tuner.report import mismatch
from tuner.report.result_data import CheckData, RunData
from tuner.runs.best_file import Best
from tuner.runs.decisions import Engine, Reuse, Sharing
from tuner.simulation.network.warm import FRESH_PROCESS, IN_PLACE, REBUILT, UNTOUCHED
from tuner.study.resolved import ResolvedStudy
from tuner.study.study_table import DESIGNS
from tuner.words import count, memory, quantity, short, span

# Stages with a smaller share of the wall time are not named.
LEAST_SHARE = 0.1

WAYS = {
    IN_PLACE: "changed in place where possible",
    REBUILT: "built for each simulation",
    FRESH_PROCESS: "built in a fresh process for each simulation",
}


def of_run(run: RunData) -> Iterator[str]:
    """Yield the result of a finished run, and the path of the report."""
    yield from of_result(run)
    yield f"Report: {run.report}"


def of_result(run: RunData) -> Iterator[str]:
    """Yield the result of a finished run: the end, the best values, the targets, the verification, the findings."""
    best = run.outcome
    assert best is not None, "a finished run has a best evaluation"
    yield from mismatch.lines(best)
    made = count(len(run.evaluations), "evaluation")
    yield f"Ended by {run.ended} after {made}{not_done(run.evaluations, ' of them')}."
    if not any(target.counts for target in run.study.targets):
        yield "No target counts in the loss, so no evaluation is the best. One is shown; all are in evaluations.jsonl"
        yield f"Evaluation {best.number}"
    else:
        yield f"Best: evaluation {best.number}, loss {best.loss:.4g}{_violated(best.violation)}{_stored(best)}"
    for parameter in run.study.space.parameters:
        unit = parameter.unit_among(run.units)
        yield f"  {parameter.name} = {quantity(best.values[parameter.name], unit)}"
    verified = best.verified
    features = verified.features or best.features
    yield "Targets:" if verified.features else "Targets (not verified):"
    yield from _targets(run.study, features, best.runs)
    yield _verified(best)
    yield from of_tests(run.study, best)
    # The list of targets above shows already which targets are reached.
    yield from (line for line in of_account(run) if not line.endswith(": reached"))


def of_account(run: RunData) -> Iterator[str]:
    """Yield the findings: missed targets, conflicts, parameters at bounds, and the effects of the parameters."""
    # The command makes no probes of a design, whose evaluations cover the whole ranges.
    command = "" if run.study.optimizer.name in DESIGNS else f"netpyne-tuner probe {shlex.quote(short(run.folder))}"
    return lines(run.account, command) if run.account else iter(())


def of_tests(study: ResolvedStudy, best: Best) -> Iterator[str]:
    """Yield the results of the best evaluation with held-out seeds and in the validations of the study.

    Without a target in the loss and without a constraint there is no line for the held-out seeds, unless one failed.
    """
    fresh = best.fresh
    is_judged = any(target.counts or target.must for target in study.targets)
    if fresh.losses and (is_judged or fresh.loss is None):
        seeds = f"seed{'s' * (len(fresh.seeds) > 1)} {', '.join(map(str, fresh.seeds))}"
        losses = ", ".join("failed" if loss is None else f"{loss:.4g}" for loss in fresh.losses)
        loss = fresh.reason if fresh.loss is None else f"loss {fresh.loss:.4g}{_violated(fresh.violation)}"
        each = f" (each: {losses})" if len(fresh.losses) > 1 else ""
        yield f"Held-out {seeds}: {loss}{each}; in the search {best.loss:.4g}"
    for of_test, asked in zip(study.validations(), study.validation, strict=True):
        test = next((test for test in best.validation if test.asked == asked), None)
        if test is None:
            yield f"Held-out validation {of_test.name}: not tested yet"
            continue
        loss = test.reason if test.loss is None else f"loss {test.loss:.4g}{_violated(test.violation)}"
        yield f"Held-out validation {test.name}: {loss}"
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
        kind = "constraint" if target.must else "target"
        goal = f"{kind} {target.goal}  " if target.has_goal or target.is_endless else ""
        protocol = f"{target.protocol}  " if len(study.protocols) > 1 else ""
        shown = f"{protocol}{quantity(feature, target.unit)}"
        said = f"{goal}{_outcome(target, feature)}{under_seeds(target, runs)}"
        yield f"  {target.name:{width}s}  {shown}  {said}".rstrip()


def under_seeds(target: Target, runs: Sequence[Mapping[str, Any]]) -> str:
    """Return the number of seeds with which a target is missed, in words, or "" if no seed misses the target."""
    values = [run["features"].get(target.name) for run in runs] if target.has_goal else []
    missed = sum(not target.reached(math.nan if value is None else value) for value in values)
    return f", missed under {missed} of {len(runs)} seeds" if missed else ""


def _outcome(target: Target, feature: float) -> str:
    outcome = target.outcome(feature)
    if outcome != "missed":
        return outcome
    undefined = math.isnan(feature)
    return "MISSED: undefined in this simulation" if undefined else f"MISSED by {target.missed_by(feature)}"


def _stored(best: Best) -> str:
    ours, theirs = (f"{loss:.4g}" for loss in (best.loss, best.verified.loss or 0.0))
    differs = best.verified.loss is not None and not best.verified.equal and ours != theirs
    return f" as stored, {theirs} by plain NetPyNE" if differs else ""


def _verified(best: Best) -> str:
    verified = best.verified
    if verified.loss is None:
        return "NOT verified by plain NetPyNE (see the first line)"
    if not verified.equal:
        return f"Plain NetPyNE gives {verified.n_spikes} spikes, loss {verified.loss:.4g} (see the first line)"
    if not best.same_spikes:
        return f"Verified by plain NetPyNE: the same features, loss {verified.loss:.4g} ({verified.n_spikes} spikes)"
    return f"Verified by plain NetPyNE: the same {verified.n_spikes} spikes, loss {verified.loss:.4g}"


def of_check(check: CheckData) -> Iterator[str]:
    """Yield the lines of a check: the study, the features at the start point, the speed-ups, the time, the memory."""
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
    yield from (f"Warning: {note}" for note in check.notes)
    yield "How the network follows a change of each parameter:"
    for name, (change, reason) in check.changes.items():
        yield f"  {name}: {'no effect' if change == UNTOUCHED else change} ({reason})"
    yield from of_speedups(check.sharing, check.engine, check.reuse)
    yield f"Time: {check.evaluation.seconds:.2f} s per evaluation" + _how_long(check)
    if check.memory:
        yield of_memory(check.memory)


def of_memory(demand: Demand) -> str:
    """Return the memory that the workers need, with advice if the memory of this machine is known and too small."""
    each, room, peak = memory(demand.held.peak_mb), demand.room, "peak at the start point"
    if room is None:
        return f"Memory: about {each} for each {'rank' if demand.is_of_rank else 'worker'}, {peak}"
    need = f"1 worker needs about {each} ({peak})"
    if demand.workers > 1:
        shared = f", {memory(demand.held.shared_mb)} of it shared" if demand.held.shared_mb else ""
        need = f"{demand.workers} workers need about {memory(demand.mb)} ({each} each, {peak}{shared})"
    need += f", {memory(room.mb)} {'is the total of this machine' if room.is_all else 'are available'}"
    if demand.fitting == demand.workers:
        return f"Memory: {need}"
    advice = f"use --workers {demand.fitting}" if demand.fitting else "not even one worker fits"
    return f"NOT enough memory: {need}: {advice}"


def of_speedups(sharing: Sharing, engine: Engine, reuse: Reuse | None) -> Iterator[str]:
    """Yield the decisions on shared synapses, the engine and the reuse of networks, with reasons.

    An open decision means that no comparison with plain NetPyNE was possible; the run then uses no speed-up. `reuse` is
    None for runs of older versions.
    """
    if not sharing.decided and not engine.decided:
        alone = ", each simulation in a fresh process" if reuse and reuse.way == FRESH_PROCESS else ""
        yield f"Speed-ups not tested: {sharing.reason}; NEURON is used, without shared synapses{alone}"
        yield from _of_mechanisms(reuse)
        return
    yield f"Speed-up {'' if sharing.shared else 'not '}used (shared synapses): {sharing.reason}"
    for label, reason in sharing.unshared.items():
        yield f"  {label}: one synapse for each connection ({reason})"
    name = "CoreNEURON" if engine.name == CORENEURON else "NEURON"
    gain = f", {engine.gain:.2g} times as fast" if engine.gain else ""
    yield f"Engine: {name}: {engine.reason}{gain}"
    yield from _of_mechanisms(reuse)
    if reuse is not None:
        yield f"Networks: {WAYS.get(reuse.way, reuse.way)}: {reuse.reason}"


def _of_mechanisms(reuse: Reuse | None) -> Iterator[str]:
    """Yield a line for each mechanism that keeps state between runs."""
    mended = "; a copy with a completed INITIAL block is used, except by the verification"
    for mechanism, reason in reuse.retained.items() if reuse else ():
        yield f"Mechanism {mechanism} keeps state between runs: {reason}{mended if reuse and reuse.mended else ''}"


def of_start(study: ResolvedStudy, most: float, stored: int, workers: int) -> str:
    """Return the first line of a run; `most` is the maximum number of evaluations, `inf` without a limit."""
    budget = count(most, "evaluation") if math.isfinite(most) else "no limit on evaluations"
    again = f", {count(stored, 'evaluation')} stored already" if stored else ""
    sizes = count(len(study.space), "parameter"), count(len(study.targets), "target"), study.optimizer.name, budget
    return f"{study.name}: {', '.join(sizes)}, {count(workers, 'worker')}{again}"


def of_generation(most: float, generation: int, evaluations: list[Evaluation], told: list[Evaluation]) -> str:
    """Return a line about a generation; `told` are all evaluations so far, `most` is the maximum number."""
    total = f"/{most}" if math.isfinite(most) else ""
    best = best_of(e for e in evaluations if e.done)
    spread = "no simulation of this generation finished"
    if best is not None:
        median = statistics.median(e.loss for e in evaluations if e.done and e.loss is not None)
        spread = f"this generation: {best.shown_loss()}, median {median:.4g}"
    return (
        f"generation {generation:3d}: {len(told)}{total} evaluations, "
        f"best loss {(best_of(told) or told[0]).shown_loss()} ({spread}){not_done(evaluations)}"
    )


def _how_long(check: CheckData) -> str:
    if check.expected_s is None:
        return "; the budget does not limit the number of evaluations"
    whole = sum(check.expected_s.values())
    made = "the search takes" if math.isinf(check.most) else f"the study's {check.most} evaluations take"
    named = [f"{name} {span(s)}" for name, s in check.expected_s.items() if s >= LEAST_SHARE * whole]
    budget = check.study.budget
    ends = [f"budget.{name}" for name in ("loss", "stagnation") if getattr(budget, name) is not None]
    early = f"; less if {' or '.join(ends)} ends the run" if ends else ""
    return f"; {made} about {span(whole)} on {count(check.workers, 'worker')}: {', '.join(named)}{early}"
