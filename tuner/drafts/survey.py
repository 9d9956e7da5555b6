"""What can be tuned in a model, found in a worker: its numbers by their paths, and what each of its settings sets."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from numbers import Integral, Number
from typing import Any

from tuner.drafts.quantities import last_name, steps_of, unit_of
from tuner.errors import StudyError
from tuner.evaluate.evaluate import specs_of
from tuner.evaluate.task import Task
from tuner.interfaces.netpyne_types import NetParams, Table
from tuner.model import models
from tuner.model.models import blame, source
from tuner.simulation.network.difference import MISSING, Change, differences, plain_table, without_own
from tuner.study import paths
from tuner.study.paths import Specs

# Of a simConfig's own settings, those that are a model's.
TUNABLE = ("dt", "hParams")
# What NetPyNE computes where it is given a text; a number may take its place.
FUNCTIONS = {
    "weight", "delay", "probability", "convergence", "divergence", "synsPerConn", "loc",
    "rate", "interval", "noise", "start", "amp", "dur", "density",
}  # fmt: skip
# What only pictures show.
UNTUNABLE = ("cellsVisualizationSpacingMultiplier",)
# Populations that are no cells, but sources of spikes.
ARTIFICIAL = ("NetStim", "VecStim")


@dataclass(frozen=True)
class Entry:
    """What can be tuned: its path, or its name in one of our own models, what stands there, its unit ("" if unknown).

    A setting is read before netParams is made: `sets` are the paths that follow it, itself included where NetPyNE reads
    it; None where that is not known, for the reason `failure`. With a switch whole tables come and go.
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
        """Whether a finite number stands there."""
        return isinstance(self.value, int | float) and not isinstance(self.value, bool) and math.isfinite(self.value)

    @property
    def has_effect(self) -> bool:
        """Whether something is known to follow it."""
        return bool(self.sets)

    @property
    def note(self) -> str:
        """What a setting sets, in words; "" where there is nothing to say."""
        if not self.is_setting or not self.is_number or self.sets == (self.path,):
            return ""
        if self.sets is None:
            return self.failure
        if not self.sets:
            return "no effect"
        return f"-> {self.sets[0]}" if len(self.sets) == 1 else f"-> {len(self.sets)} values"


@dataclass(frozen=True)
class Survey:
    """What can be tuned in a model, what its author named first; its time step [ms]; its populations, and whether each
    is a source of spikes alone."""

    entries: tuple[Entry, ...]
    dt_ms: float
    populations: dict[str, bool]


def survey(task: Task) -> Survey:
    """What can be tuned in the task's model; what its settings set is not tried yet."""
    specs = specs_of(task, {})
    names = tuple(_named(task))
    config = sorted(_of_config(specs, has_names=bool(names)), key=lambda entry: steps_of(entry.path)[1] in TUNABLE)
    entries = *names, *config, *_entries(specs, "netParams")
    populations = {str(label): _is_artificial(rule) for label, rule in specs.net_params.popParams.items()}
    return Survey(entries, float(specs.sim_config.dt), populations)


def _is_artificial(rule: Table) -> bool:
    return rule.get("cellModel") in ARTIFICIAL


def _named(task: Task) -> Iterator[Entry]:
    """The values of one of our own models."""
    found = models.of(task.study)
    for name, value in found.defaults.items():
        yield Entry(name, _plain(value), found.units.get(name, ""), is_setting=True)


def _of_config(specs: Specs, *, has_names: bool) -> Iterator[Entry]:
    """What the author has put into simConfig, and what is the model's of NetPyNE's settings there."""
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
    """Whether a text there is one that NetPyNE computes; what stands at a rule's label is none."""
    steps = steps_of(path)
    return len(steps) > 3 and (last_name(path) in FUNCTIONS or "mechs" in steps)


def _is_readable(specs: Specs, path: str) -> bool:
    """Whether a study could name the path; a label that is a tuple has none."""
    try:
        paths.read(specs, path)
    except StudyError:
        return False
    return True


def _plain(value: Any) -> Any:
    """Python's own number of NumPy's."""
    return value.item() if hasattr(value, "item") else value


@dataclass(frozen=True)
class Question:
    """What does this setting of the task's model set?"""

    task: Task
    entry: Entry


def answer(question: Question) -> Entry:
    """The setting with what it sets: it is changed, and the model's specs are made again."""
    model_name = question.task.study.model
    if model_name not in _known:
        _known[model_name] = _Trials(question.task)
    return _known[model_name].of(question.entry)


class _Trials:
    """A model's settings changed one at a time, and what becomes other in its specs."""

    def __init__(self, task: Task) -> None:
        self._task, self._before = task, _tables(specs_of(task, {}))
        # What differs by itself says nothing.
        self._restless = {change.path for change in self._changes({})}

    def of(self, entry: Entry) -> Entry:
        """The entry, and what it sets."""
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


# What this process has found out, by model.
_known: dict[str, _Trials] = {}


def _tables(specs: Specs) -> tuple[Table, Table]:
    return plain_table(specs.net_params), without_own(plain_table(specs.sim_config), specs.net_params)


def _others(value: int | float) -> list[int | float]:
    """Other values than this: a little more; and where nothing follows, perhaps much more, or nothing."""
    if value == 0:
        return [1] if isinstance(value, Integral) else [0.01, 1.0]
    return [value + 1 if isinstance(value, Integral) else value * 1.01, 2 * value, 0 * value]


def _with(entry: Entry, changes: list[Change], net_params: NetParams) -> Entry:
    """The entry with what it sets, and with the unit of that where it is set to the same number."""
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
