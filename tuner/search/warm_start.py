"""Reuse another run (`optimizer.start_from`): all evaluations, or only the best values as first candidates.

Evaluations of the other run are reused if both runs have the same model and settings, and if the other run has
measured all features that the targets of this run need. Their losses are then computed with this run's targets.
Otherwise only the best values of the other run are taken, and are simulated again. Everything that is reused is copied
into the run folder, so that the run does not depend on the other folder.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from tuner.errors import StoreError, StudyError
from tuner.evaluation import Evaluation, Values, best_of, finite, ranked
from tuner.objective.loss import Objectives, combine, combine_features
from tuner.optimizers import resolution
from tuner.runs import json_lines, run_folder
from tuner.runs.digests import translated
from tuner.runs.json_files import write_whole
from tuner.runs.manifest import DECISIVE_VERSIONS, MANIFEST, Manifest, read_manifest
from tuner.runs.store import read_evaluations
from tuner.study.entries.read_targets import TARGET_KEYS
from tuner.study.resolved import ResolvedStudy
from tuner.study.settings import OptimizerSettings
from tuner.study.space import Parameter
from tuner.study.study import Study

KNOWN = run_folder.KNOWN
ADVICE = "start again with --fresh"
# Settings that decide a feature, besides the values of the parameters.
DECISIVE = (
    "model",
    "values",
    "duration_ms",
    "seed",
    "protocols",
    "share_synapses",
    "seeds",
    "repeats",
    "vary",
    "combine",
)
MEASURED = ("feature", "population", "protocol", "window_ms", "reference")


@dataclass(frozen=True)
class WarmStart:
    """Hold the evaluations that are known, the values to evaluate first, and a sentence about both for the log."""

    known: tuple[Evaluation, ...]
    first: tuple[dict[str, Any], ...]
    words: str = ""

    def contradicted_by(self, evaluation: Evaluation) -> str:
        """Return a warning if evaluation 0 has other features than a known evaluation of the same values, else ""."""
        for known in self.known if evaluation.number == 0 and evaluation.done else ():
            if known.values == evaluation.values and finite(known.features) != finite(evaluation.features):
                return f"{self.words}, but its best values give other features in this run: the runs are not comparable"
        return ""

    def write(self, folder: Path) -> None:
        """Write the warm start into a run folder."""
        lines = [evaluation.to_line() for evaluation in self.known]
        lines.append(json.dumps({"first": self.first, "words": self.words}))
        write_whole(folder / KNOWN, "\n".join(lines).encode() + b"\n")


def read(folder: Path) -> WarmStart:
    """Read the warm start of a run folder; raise StoreError if the file is missing or damaged."""
    file = folder / KNOWN
    lines = list(json_lines.lines(file, ADVICE))
    if not lines:
        raise StoreError(f"{file}: cannot be read (missing or damaged); {ADVICE}")
    known = tuple(json_lines.record(line, Evaluation.of, file, ADVICE) for line in lines[:-1])
    last = json_lines.record(lines[-1], _last, file, ADVICE)
    return WarmStart(known, tuple(last.first), last.words)


class _Last(msgspec.Struct):
    """Describe the last line of the file."""

    first: list[Values]
    words: str


def _last(table: Any) -> _Last:
    return msgspec.convert(table, _Last)


def cold(study: ResolvedStudy, start: dict[str, Any]) -> WarmStart:
    """Return the first values of a run without `start_from`: the start point and `optimizer.first`.

    The start point is left out if `optimizer.start_point` is false. Parameters that a candidate of `first` does not
    name have their values at the start point.
    """
    first = tuple({**start, **_typed(study, values)} for values in study.optimizer.first)
    return WarmStart((), ((start,) if study.optimizer.start_point else ()) + first)


def _typed(study: ResolvedStudy, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values with the types of the parameters: 1 becomes 1.0 for a real parameter."""
    kinds = {parameter.name: parameter.kind for parameter in study.space.parameters}
    kept: dict[str, Callable[[Any], Any]] = {"float": float, "int": int, "choice": lambda value: value}
    return {name: kept[kinds[name]](value) for name, value in values.items()}


def source(study: Study, optimizer: OptimizerSettings, folder: Path, runs: Path) -> Path | None:
    """Return the run folder that the study starts from; raise StudyError for a missing run or the study's own."""
    if optimizer.start_from is None:
        return None
    place = study.place.at("optimizer").at("start_from")
    try:
        other = run_folder.find(optimizer.start_from, runs)
    except StudyError as error:
        raise place.error(str(error)) from None
    if other.resolve() == folder.resolve():
        raise place.error(f"is {optimizer.start_from!r}, the run of this study itself; name another run or study")
    return other


def take_over(study: ResolvedStudy, manifest: Manifest, other: Path, objectives: Objectives) -> WarmStart:
    """Return the warm start of a new run from the run folder `other`; raise StudyError if nothing can be reused."""
    place = study.place.at("optimizer").at("start_from")
    try:
        theirs = read_manifest(other)
        stored, _ = read_evaluations(other)
    except StoreError as error:
        raise place.error(f"is {other.name!r}, which cannot be read: {str(error).partition(';')[0]}") from None
    ran = [evaluation for evaluation in stored.values() if evaluation.done]
    names = {parameter.name for parameter in study.space.parameters}
    if not ran or not names & ran[0].values.keys():
        lacks = "no parameter of this study" if ran else "no finished evaluation"
        raise place.error(f"is {other.name!r}, which has {lacks}")
    has_all = {"identity", "files", "versions"} <= theirs.table.keys()
    if not has_all or not {"parameters", "targets", "simulation"} <= theirs.identity.keys():
        raise place.error(f"is {other.name!r}, whose {MANIFEST} is damaged")
    if reason := _difference(study, manifest, theirs):
        fitted = [_fitted(study, evaluation.values, manifest.start) for evaluation in ranked(ran)]
        different = list({json.dumps(values): values for values in fitted}.values())
        words = f"start_from {other.name}: {reason}, so only its best values are used, and evaluated again"
        return WarmStart((), tuple(different[: resolution.n_first(study)]), words)
    usable = [e for _, e in sorted(stored.items()) if _is_usable(study, manifest, theirs, e)]
    known = [_judged(study, theirs, evaluation, objectives) for evaluation in usable]
    best = best_of(known)
    words = f"start_from {other.name}: {len(known)} of its {len(stored)} evaluations are reused"
    return WarmStart(tuple(known), (best.values,) if best and study.optimizer.start_point else (), words)


def _difference(study: ResolvedStudy, manifest: Manifest, theirs: Manifest) -> str:
    """Return the reason why features of the other run cannot be reused, or "" without such a reason."""
    ours, other = manifest.identity, theirs.identity
    for key in DECISIVE:
        if ours.get(key, ours["simulation"].get(key)) != other.get(key, other["simulation"].get(key)):
            return f"its {key} differs"
    if manifest.files != translated(theirs.files):
        return "its model's files differ"
    versions = [[each.versions.get(name) for name in DECISIVE_VERSIONS] for each in (manifest, theirs)]
    if versions[0] != versions[1]:
        return "its versions of " + ", ".join(DECISIVE_VERSIONS) + " differ"
    paths = [{name: p.get("paths") for name, p in each["parameters"].items()} for each in (ours, other)]
    if paths[0] != paths[1]:
        return "its parameters differ"
    missing = [target.name for target in study.targets if _same_feature(ours, other, target.name) is None]
    return f"it has not measured {', '.join(missing)}" if missing else ""


def _same_feature(ours: Mapping[str, Any], other: Mapping[str, Any], name: str) -> str | None:
    """Return the name of the other run's target with the same feature as target `name`, or `None`."""
    measured = [(n, _measured(table)) for n, table in other["targets"].items()]
    return next((n for n, table in measured if table == _measured(ours["targets"][name])), None)


def _measured(target: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in target.items() if key in MEASURED or key not in TARGET_KEYS}


def _is_usable(study: ResolvedStudy, manifest: Manifest, theirs: Manifest, evaluation: Evaluation) -> bool:
    """Return whether an evaluation is possible in this run: within the bounds, with the values of fixed parameters."""
    values, start = evaluation.values, manifest.start
    pinned = [] if resolution.keeps_fixed(study) else [p.name for p in study.space.parameters if p.fixed]
    has_features = not evaluation.done or evaluation.features.keys() >= theirs.identity["targets"].keys()
    within = all(parameter.holds(values.get(parameter.name)) for parameter in study.space.parameters)
    return has_features and within and all(values[name] == start[name] for name in pinned)


def _judged(study: ResolvedStudy, theirs: Manifest, evaluation: Evaluation, objectives: Objectives) -> Evaluation:
    """Return an evaluation of the other run with the loss of this run's targets; a negative number marks the origin."""
    evaluation = replace(evaluation, number=-1 - evaluation.number, order=None)
    if not evaluation.done:
        return replace(evaluation, status="failed", loss=None, objectives={}, features={}, parts={})
    ours, other = json.loads(json.dumps(study.identity())), theirs.identity
    theirs_of = {target.name: _same_feature(ours, other, target.name) for target in study.targets}
    runs = [run["features"] for run in evaluation.runs] or [evaluation.features]
    measured = [{name: run[their] for name, their in theirs_of.items()} for run in runs]
    how = study.simulation.combine
    features = combine_features(study.targets, measured, how)
    loss = combine([objectives.judge(run) for run in measured], how)
    evaluation = replace(evaluation, loss=loss.total, violation=loss.violation, objectives=loss.objectives)
    return replace(evaluation, parts=loss.parts, features=features, runs=[])


def _fitted(study: ResolvedStudy, values: Mapping[str, Any], start: Mapping[str, Any]) -> dict[str, Any]:
    """Return the other run's values, moved to the nearest bound if needed; missing values are the start point's."""
    varied = {p.name for p in study.space.parameters if resolution.keeps_fixed(study) or not p.fixed}
    taken = {name: value for name, value in values.items() if name in varied}
    return {p.name: _nearest(p, taken.get(p.name, start[p.name]), start[p.name]) for p in study.space.parameters}


def _nearest(parameter: Parameter, value: Any, start: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if parameter.holds(value):
        return value
    if parameter.low is None or parameter.high is None or not is_number:
        return start
    return parameter.from_scaled(parameter.to_scaled(min(max(value, parameter.low), parameter.high)))
