"""Check that the stored evaluations and probes of a run fit the parameters and targets of the study."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from tuner.errors import StoreError
from tuner.evaluation import Evaluation
from tuner.runs.json_files import ADVICE
from tuner.runs.probe_file import PROBES, Probe
from tuner.runs.store import EVALUATIONS
from tuner.study.space import Parameter
from tuner.study.study import Study
from tuner.words import shown

KINDS = {"choice": "one of the choices", "float": "a number", "int": "a whole number"}


def check_rows(study: Study, folder: Path, evaluations: Iterable[Evaluation], probes: Iterable[Probe] = ()) -> None:
    """Raise StoreError if an evaluation or a probe lacks a parameter of the study, or has a value of another kind."""
    for each in evaluations:
        _check_values(study, each.values, f"{folder / EVALUATIONS}: evaluation {each.number}")
    for probe in probes:
        _check_values(study, probe.values, f"{folder / PROBES}: a probe of {probe.parameter!r:.80}")


def fits(study: Study, values: Mapping[str, object]) -> bool:
    """Return whether values name all parameters of the study, each with a value of the right kind."""
    parameters = study.space.parameters
    return all(parameter.name in values and _fits(parameter, values[parameter.name]) for parameter in parameters)


def check_features(study: Study, folder: Path, evaluations: Iterable[Evaluation]) -> None:
    """Raise StoreError if a finished evaluation lacks the feature of a target, which an optimiser may need."""
    for each in evaluations:
        measured = [each.features, *(run["features"] for run in each.runs)] if each.done else []
        lacking = [t.name for features in measured for t in study.targets if t.name not in features]
        if lacking:
            place = f"{folder / EVALUATIONS}: evaluation {each.number}"
            raise StoreError(f"{place}: features: the target {lacking[0]!r:.80} is missing; {ADVICE}")


def _check_values(study: Study, values: Mapping[str, object], place: str) -> None:
    for parameter in study.space.parameters:
        if parameter.name not in values:
            raise StoreError(f"{place}: values: the parameter {parameter.name!r:.80} is missing; {ADVICE}")
        value = values[parameter.name]
        if not _fits(parameter, value):
            words = f"is {shown(value)}, must be {KINDS[parameter.kind]}" + " above 0" * (parameter.scale == "log")
            raise StoreError(f"{place}: values.{parameter.name:.80}: {words}; {ADVICE}")


def _fits(parameter: Parameter, value: object) -> bool:
    """Return whether a value has the kind of the parameter; bounds may have been wider in another run."""
    if parameter.kind == "choice":
        return parameter.holds(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    is_whole = parameter.kind != "int" or float(value).is_integer()
    return is_whole and (value > 0 or parameter.scale != "log")
