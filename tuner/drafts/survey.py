"""Find the values of a model that can be tuned, and the values that each setting of the model sets."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from numbers import Integral, Number
from typing import Any

from tuner.drafts.quantities import last_name, steps_of, unit_of
from tuner.errors import StudyError
from tuner.evaluate.simulations import specs_of
from tuner.evaluate.task import Task
from tuner.interfaces.netpyne_types import NetParams, Table
from tuner.model import models
from tuner.model.models import blame, source
from tuner.simulation.network.difference import MISSING, Change, differences, plain_table, without_own
from tuner.study import paths
from tuner.study.paths import Specs

# NetPyNE's own settings in simConfig that belong to a model.
TUNABLE = ("dt", "hParams")
# Entries that may hold a text, which NetPyNE evaluates; a number may replace the text.
FUNCTIONS = {
    "weight", "delay", "probability", "convergence", "divergence", "synsPerConn", "loc",
    "rate", "interval", "noise", "start", "amp", "dur", "density",
}  # fmt: skip
# Entries that only affect pictures.
UNTUNABLE = ("cellsVisualizationSpacingMultiplier",)
# Cell models of populations that are sources of spikes, not cells.
ARTIFICIAL = ("NetStim", "VecStim")


@dataclass(frozen=True)
class Entry:
    """Represent a value of a model that can be tuned.

    Attributes
    ----------
    path : str
        Path into the specs, or name of a value of a native model.
    value : object
        Present value: a number or a text.
    unit : str
        Unit; "" if unknown.
    is_setting : bool
        True for a value that the model reads before netParams is built.
    sets : tuple of str or None
        Paths of the values that change with a setting, including the setting's own path if NetPyNE reads it; None if
        unknown.
    failure : str
        Reason why `sets` is unknown.
    is_switch : bool
        True if whole tables appear or disappear with a setting.
    """

    path: str
    value: Any
    unit: str = ""
    is_setting: bool = False
    sets: tuple[str, ...] | None = None
    failure: str = "not tried"
    is_switch: bool = False

    @property
    def is_number(self) -> bool:
        """Return whether the value is a finite number."""
        return isinstance(self.value, int | float) and not isinstance(self.value, bool) and math.isfinite(self.value)

    @property
    def has_effect(self) -> bool:
        """Return whether some value is known to change with the setting."""
        return bool(self.sets)

    @property
    def note(self) -> str:
        """Return a note about the values that a setting sets; "" for other entries and for settings of NetPyNE."""
        if not self.is_setting or not self.is_number or self.sets == (self.path,):
            return ""
        if self.sets is None:
            return self.failure
        if not self.sets:
            return "no effect"
        return f"-> {self.sets[0]}" if len(self.sets) == 1 else f"-> {len(self.sets)} values"


@dataclass(frozen=True)
class Survey:
    """Represent the result of a survey.

    Attributes
    ----------
    entries : tuple of Entry
        Values that can be tuned; values that the author of the model named come first.
    dt_ms : float
        Time step of the simulation [ms].
    populations : dict of str to bool
        Names of the populations, with True for sources of spikes.
    """

    entries: tuple[Entry, ...]
    dt_ms: float
    populations: dict[str, bool]


def survey(task: Task) -> Survey:
    """Return the survey of the task's model, before the effects of settings are tried."""
    specs = specs_of(task, {})
    names = tuple(_named(task))
    config = sorted(_of_config(specs, has_names=bool(names)), key=lambda entry: steps_of(entry.path)[1] in TUNABLE)
    entries = *names, *config, *_entries(specs, "netParams")
    populations = {str(label): _is_artificial(rule) for label, rule in specs.net_params.popParams.items()}
    return Survey(entries, float(specs.sim_config.dt), populations)


def _is_artificial(rule: Table) -> bool:
    return rule.get("cellModel") in ARTIFICIAL


def _named(task: Task) -> Iterator[Entry]:
    """Yield the named values of a native model."""
    found = models.of(task.study)
    for name, value in found.defaults.items():
        yield Entry(name, _plain(value), found.units.get(name, ""), is_setting=True)


def _of_config(specs: Specs, *, has_names: bool) -> Iterator[Entry]:
    """Yield the author's own entries of simConfig, and the settings of NetPyNE that belong to a model."""
    table = plain_table(specs.sim_config)
    own = table.keys() - without_own(table, specs.net_params).keys() if not has_names else set()
    for entry in _entries(specs, "simConfig"):
        if steps_of(entry.path)[1] in {*own, *TUNABLE} and entry.is_number:
            yield replace(entry, is_setting=not has_names)


def _entries(specs: Specs, root: str) -> Iterator[Entry]:
    for path, value in paths.listed(specs):
        if _is_readable(specs, path) and steps_of(path)[0] == root and steps_of(path)[1] not in UNTUNABLE:
            if isinstance(value, Number) or _is_function(path):
                yield Entry(path, _plain(value), unit_of(path, specs.net_params))


def _is_function(path: str) -> bool:
    """Return whether NetPyNE evaluates a text at this path; a text directly below a rule's label is not evaluated."""
    steps = steps_of(path)
    return len(steps) > 3 and (last_name(path) in FUNCTIONS or "mechs" in steps)


def _is_readable(specs: Specs, path: str) -> bool:
    """Return whether a study can name the path; a label that is a tuple cannot be named."""
    try:
        paths.read(specs, path)
    except StudyError:
        return False
    return True


def _plain(value: Any) -> Any:
    """Return a NumPy number as a Python number."""
    return value.item() if hasattr(value, "item") else value


@dataclass(frozen=True)
class Question:
    """Represent the question which values a setting of the task's model sets."""

    task: Task
    entry: Entry


def answer(question: Question) -> Entry:
    """Return the setting with the paths that follow a change; for this the specs are rebuilt with other values."""
    model_name = question.task.study.model
    if model_name not in _known:
        _known[model_name] = _Trials(question.task)
    return _known[model_name].of(question.entry)


class _Trials:
    """Change the settings of a model one at a time, and compare the specs before and after."""

    def __init__(self, task: Task) -> None:
        self._task, self._before = task, _tables(specs_of(task, {}))
        # Values that differ between two builds with equal settings, such as random numbers, are ignored.
        self._restless = {change.path for change in self._changes({})}

    def of(self, entry: Entry) -> Entry:
        """Return the entry with the paths that change with the setting."""
        failure = ""
        for value in _others(entry.value):
            try:
                found = [each for each in self._changes({entry.path: value}) if each.path not in self._restless]
            except (Exception, SystemExit) as error:
                where = source(self._task.study).root
                failure = failure or f"with {value:g} the model raises {blame(error, where)}"
                continue
            if found:
                return _with(entry, found, self._specs.net_params)
        if not failure and models.of(self._task.study).live_steps.reason:
            failure = "only the script's changes of the network may read it"
        return replace(entry, failure=failure) if failure else replace(entry, sets=())

    def _changes(self, values: dict[str, Any]) -> list[Change]:
        study = replace(self._task.study, values=values)
        self._specs = specs_of(replace(self._task, study=study), {})
        after = _tables(self._specs)
        return [
            replace(change, path=(root, *change.path))
            for root, old, new in zip(("netParams", "cfg"), self._before, after, strict=True)
            for change in differences(old, new)
        ]


# Trials of this process, by model.
_known: dict[str, _Trials] = {}


def _tables(specs: Specs) -> tuple[Table, Table]:
    return plain_table(specs.net_params), without_own(plain_table(specs.sim_config), specs.net_params)


def _others(value: int | float) -> list[int | float]:
    """Return values to try in place of a value: slightly larger, then twice as large, then 0."""
    if value == 0:
        return [1] if isinstance(value, Integral) else [0.01, 1.0]
    return [value + 1 if isinstance(value, Integral) else value * 1.01, 2 * value, 0 * value]


def _with(entry: Entry, changes: list[Change], net_params: NetParams) -> Entry:
    """Return the entry with the changed paths, and with the unit of these paths if the entry's value is passed on."""
    sets = tuple(paths.joined(change.path) for change in changes)
    same = all(isinstance(change.old, Number) and change.old == entry.value for change in changes)
    units = {_unit(path, net_params) for path in sets} if same and not entry.unit else set()
    is_switch = not all(_is_leaf(change.old) and _is_leaf(change.new) for change in changes)
    return replace(entry, sets=sets, unit=units.pop() if len(units) == 1 else entry.unit, is_switch=is_switch)


def _is_leaf(value: object) -> bool:
    return isinstance(value, Number | str) and value != MISSING


def _unit(path: str, net_params: NetParams) -> str:
    try:
        return unit_of(path, net_params)
    except StudyError:
        return ""
