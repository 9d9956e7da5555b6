"""Find populations that are silent at the start point, and end a search in which all targets stand at the cap."""

import math
from collections.abc import Mapping, Sequence

from tuner.errors import TunerError
from tuner.evaluation import Evaluation
from tuner.objective.loss import largest_part
from tuner.objective.targets import Target
from tuner.recording import ALL, Recording
from tuner.simulation.abort import SILENCE
from tuner.study.resolved import ResolvedStudy
from tuner.study.study import Study
from tuner.study.study_table import DESIGNS

FEWEST = 10
# Samplers of Optuna that ignore the loss.
SAMPLERS_OF_DESIGNS = ("qmc", "random")
# Relative spread of the losses of aborted candidates that gives a search a direction. Of silent cells near -65 mV,
# this is about 2 mV.
DIRECTION = 0.01
MOST_NAMES = 3
ADVICE = (
    "raise the drive or the weights, widen the bounds, or raise the tolerances; --keep-going continues the run with all"
    " finished evaluations"
)


def at_start(study: Study, recordings: Mapping[str, Recording]) -> list[str]:
    """Return a warning if a population that a target reads does not spike at the start point; else an empty list."""
    targets = [target for target in study.targets if _needs_spikes(target, recordings[target.protocol])]
    read = {(target.protocol, name) for target in targets for name in target.populations.values()}
    spiking = {name for protocol, name in read if len(recordings[protocol].spikes(name).times)}
    silent = sorted({name for _, name in read} - spiking)
    if silent and not any(len(recording.spike_times) for recording in recordings.values()):
        return ["nothing spikes at the start point: raise the drive of the network or the weights of its connections"]
    if not silent or ALL in silent:
        return []
    if len(silent) == 1:
        words = "its targets say nothing until it does; raise its drive or the weights of its inputs"
        return [f"population {silent[0]} does not spike at the start point: {words}"]
    words = "their targets say nothing until they do; raise their drive or the weights of their inputs"
    return [f"populations {', '.join(silent)} do not spike at the start point: {words}"]


def _needs_spikes(target: Target, recording: Recording) -> bool:
    """Return whether a target reads spikes only, and is not satisfied with the present ones."""
    if not target.reads_spikes_alone or not (target.counts or target.must):
        return False
    return not target.reached(target.measure(recording)) and target.form != "minimize"


def has_direction(study: ResolvedStudy) -> bool:
    """Return whether the search follows the loss: designs do not, and some studies only record features."""
    optimizer = study.optimizer
    is_design = optimizer.name in DESIGNS or optimizer.own.get("sampler") in SAMPLERS_OF_DESIGNS
    return not is_design and any(target.counts for target in study.targets)


def check(study: ResolvedStudy, evaluations: Sequence[Evaluation]) -> None:
    """Raise TunerError with advice if all targets have stood at the cap in all evaluations so far.

    At least 10 evaluations are needed. With `simulation.keep_going`, in a design and in a run that starts from another
    run, the search goes on.
    """
    if study.simulation.keep_going or len(evaluations) < FEWEST:
        return
    if study.optimizer.start_from is not None or not has_direction(study) or not are_silent(study, evaluations):
        return
    words = f"all targets stand at their cap in all {len(evaluations)} evaluations so far"
    raise TunerError(f"{words} ({_seen(study, evaluations)}), so the search has no direction: {ADVICE}")


def are_silent(study: Study, evaluations: Sequence[Evaluation]) -> bool:
    """Return whether all targets stand at the cap in all evaluations, and the losses give no direction.

    Failed evaluations have no features and count as undefined. Candidates that the rule on silence has stopped count as
    silent; if there are only such candidates, their losses must be equal.
    """
    counting = [target for target in study.targets if target.counts]
    # Most runs end here at one of the first evaluations.
    if any(e.loss is not None and not _is_silent(e, counting) for e in evaluations):
        return False
    ran = [evaluation for evaluation in evaluations if evaluation.loss is not None]
    done = [evaluation for evaluation in ran if evaluation.done]
    losses = [evaluation.loss or 0.0 for evaluation in ran]
    if done or not ran:
        return len({evaluation.violation for evaluation in done}) == 1
    return max(losses) - min(losses) <= DIRECTION * abs(min(losses))


def has_silent(evaluations: Sequence[Evaluation]) -> bool:
    """Return whether the rule on silence has stopped a candidate."""
    return any(not evaluation.done and evaluation.reason.startswith(SILENCE) for evaluation in evaluations)


def _is_silent(evaluation: Evaluation, counting: Sequence[Target]) -> bool:
    if not evaluation.done:
        return evaluation.reason.startswith(SILENCE)
    return all(evaluation.parts[target.name] >= largest_part(target) for target in counting)


def _seen(study: Study, evaluations: Sequence[Evaluation]) -> str:
    """Return the features of the first targets as text, such as "rate is 0 Hz"."""
    counting = [target for target in study.targets if target.counts]
    shown = [f"{t.name} is {_values(t, evaluations)}" for t in counting[:MOST_NAMES]]
    return ", ".join(shown + ["..."] * (len(counting) > MOST_NAMES))


def _values(target: Target, evaluations: Sequence[Evaluation]) -> str:
    found = [value for e in evaluations if not math.isnan(value := e.features.get(target.name, math.nan))]
    if not found:
        return "undefined"
    low, high = f"{min(found):.4g}", f"{max(found):.4g}"
    return f"{low if low == high else f'{low} to {high}'} {target.unit if target.unit != '1' else ''}".rstrip()
