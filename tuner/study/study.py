"""A study: the text file that says what is tuned, read, held against the schema, and written back resolved."""

import copy
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import tomli_w

from tuner.objective.targets import Target, grouped
from tuner.protocols import DEFAULT, Protocol, Trial
from tuner.study import study_file
from tuner.study.entries.labels import drop_empty
from tuner.study.entries.read_parameters import parameter_table, read_space, read_values
from tuner.study.entries.read_protocols import check_name, read_protocols
from tuner.study.entries.read_targets import read_targets, target_table
from tuner.study.find_source import default_duration_ms
from tuner.study.schema import REQUIRED, Key, Place, fill
from tuner.study.settings import Budget, Simulation, check_homes, read_budget, read_simulation
from tuner.study.space import SearchSpace
from tuner.words import short

StudyType = TypeVar("StudyType", bound="Study")
# What errors call a table that is no file's.
TABLE = Place("study")

STUDY_KEYS = {
    "name": Key("text"),
    "model": Key("text", REQUIRED),
    "duration_ms": Key("number", above=0),
    "seed": Key("whole", 1, at_least=0, at_most=2**31 - 1),
    "values": Key("table", {}),
    "parameters": Key("table", REQUIRED),
    "targets": Key("table", REQUIRED),
    "objectives": Key("text", one_of=("protocol", "population", "feature")),
    "protocols": Key("table", {}),
    "optimizer": Key("table", {}),
    "budget": Key("table", REQUIRED),
    "simulation": Key("table", {}),
    "validation": Key("list"),
}
# What may be another in a validation; its keys are those of a study.
VALIDATION_KEYS = ("name", "duration_ms", "seed", "values", "targets", "protocols")
# What may change between two starts of one run; everything else makes it another run.
CHANGEABLE_SIMULATION = (
    "timeout_s",
    "workers",
    "executor",
    "launcher",
    "verify",
    "fresh_seeds",
    "keep_spikes",
    "recycle_after",
    "recycle_growth_mb",
)
# Optimisers that look at no loss: their studies may do without.
DESIGNS = ("grid", "random", "sobol", "latin_hypercube")
# What only people read.
TEXTS = ("doc", "source")


@dataclass(frozen=True)
class Study:
    """A study as its file says it: checked, but its optimiser's settings and perhaps its duration are not known yet.

    `tuner.study.resolved` makes a ResolvedStudy of it. `optimizer_table` is the table optimizer as it is written.
    `validation` holds for each held-out test the entries in which it differs from the study. A duration of None is the
    model's own, which is not known before the model is loaded. Relative paths count from `folder`. Only with
    `trust_pickle` is a pickle loaded. `table` is the table that the study was read from.
    """

    name: str
    model: str
    duration_ms: float | None
    seed: int
    values: dict[str, Any]
    space: SearchSpace
    targets: tuple[Target, ...]
    protocols: tuple[Protocol, ...]
    optimizer_table: Mapping[str, Any]
    budget: Budget
    simulation: Simulation
    validation: tuple[dict[str, Any], ...]
    file: str
    folder: str
    keys: tuple[str, ...] = ()
    trust_pickle: bool = False
    table: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def place(self) -> Place:
        """The study's file, and of a validation its place there, for errors."""
        return Place(self.file, self.keys)

    @property
    def objectives(self) -> list[str]:
        """Different names of objectives that the targets bear, in order."""
        return list(dict.fromkeys(target.objective for target in self.targets if target.objective and target.counts))

    @property
    def seeds(self) -> tuple[int | None, ...]:
        """The seeds under which a candidate is simulated; (None,) where it is only the study's own."""
        if self.simulation.seeds is not None:
            return self.simulation.seeds
        repeats = self.simulation.repeats or 1
        return tuple(range(self.seed, self.seed + repeats)) if repeats > 1 else (None,)

    @property
    def fresh_seeds(self) -> tuple[int, ...]:
        """Seeds under which the best is tried again, none of which the search has seen."""
        highest = max(self.seed, *(seed or 0 for seed in self.seeds))
        return tuple(highest + 1 + number for number in range(self.simulation.fresh_seeds))

    @property
    def most_evaluations(self) -> float:
        """Evaluations that the budget allows; inf if no entry limits them."""
        evaluations, simulations = self.budget.evaluations, self.budget.simulations
        affordable = None if simulations is None else simulations // self.simulations_each
        return min((n for n in (evaluations, affordable) if n is not None), default=math.inf)

    @property
    def simulations_each(self) -> int:
        """Simulations of an evaluation, at most."""
        return len(self.seeds) * len(self.protocols)

    @property
    def files(self) -> tuple[Path, ...]:
        """References, and features of the user's own with the files that these import."""
        return tuple(sorted({file for target in self.targets for file in target.files}))

    def trials(self, seed: int | None) -> list[Trial]:
        """The simulations of a candidate under one of the seeds."""
        return [Trial(protocol, seed) for protocol in self.protocols]

    def validations(self) -> Sequence["Study"]:
        """The held-out tests, each as the study that it is."""
        return [self._validation(number, changes) for number, changes in enumerate(self.validation)]

    def _validation(self, number: int, changes: Mapping[str, Any]) -> "Study":
        changes = {"name": f"validation {number + 1}", **changes}
        dropped = ("racing", "seeds", "repeats") if "seed" in changes else ("racing",)
        simulation = {key: value for key, value in self.simulation.to_table().items() if key not in dropped}
        values = self.values | dict(changes.get("values", {}))
        # What it changes is changed in each protocol.
        protocols = {name: self._without(protocol, changes) for name, protocol in self.to_table()["protocols"].items()}
        own = {"values": values, "simulation": simulation}
        merged = self.to_table() | {"protocols": protocols} | changes | own
        merged.pop("validation", None)
        validation = Study.from_table(merged, self.place.at("validation").at(number + 1), self.folder)
        return replace(validation, trust_pickle=self.trust_pickle)

    @staticmethod
    def _without(protocol: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
        changed = changes.get("values", {})
        return protocol | {"values": {name: v for name, v in protocol["values"].items() if name not in changed}}

    @classmethod
    def load(cls, study: str | Path, overrides: Iterable[str] = (), folder: str | Path | None = None) -> "Study":
        """The study of that name in batch/, or of that TOML file, with `key=value` overrides.

        Raises StudyError with file, key, value and what is allowed. `folder` is where relative paths count from if
        not the file's own.
        """
        file = study_file.find(study)
        table = study_file.override(study_file.read(file), overrides)
        return cls.from_table(table, Place(short(file)), folder or file.resolve().parent, default_name=file.stem)

    @classmethod
    def from_table(
        cls, table: Mapping[str, Any], place: Place = TABLE, folder: str | Path | None = None, default_name: str = ""
    ) -> "Study":
        """The study of a table as TOML gives it; relative paths count from `folder`, else the working directory."""
        folder = Path.cwd() if folder is None else folder
        # What its author changes afterwards makes another study.
        table = copy.deepcopy(table)
        if not table:
            raise place.error("is empty; a study needs model, parameters, targets and budget")
        check_homes(table, STUDY_KEYS, place)
        filled = fill(table, STUDY_KEYS, place)
        name = filled.get("name", default_name)
        if not place.keys:
            check_name(name, place.at("name"))
        values = read_values(filled["values"], place.at("values"))
        duration_ms = filled.get("duration_ms", default_duration_ms(filled["model"], folder))
        protocols = read_protocols(filled["protocols"], duration_ms, place.at("protocols"))
        study = cls(
            name=name,
            model=filled["model"],
            duration_ms=duration_ms,
            seed=filled["seed"],
            values=values,
            space=read_space(filled["parameters"], place.at("parameters")),
            targets=_targets(filled, protocols, str(folder), place),
            protocols=protocols,
            optimizer_table=dict(filled["optimizer"]),
            budget=read_budget(filled["budget"], place.at("budget")),
            simulation=read_simulation(filled["simulation"], place.at("simulation")),
            validation=_validation_tables(filled.get("validation", ()), place.at("validation")),
            file=place.file,
            folder=str(folder),
            keys=place.keys,
            table=table,
        )
        study._check_values(place)
        study._check_simulations(place)
        study.validations()
        return study

    def _check_simulations(self, place: Place) -> None:
        if self.most_evaluations < 1 and not self.keys:
            words = f"{len(self.seeds)} seeds in {len(self.protocols)} protocols"
            at_least = f"is {self.budget.simulations}, must be at least {self.simulations_each}"
            raise place.at("budget").at("simulations").error(f"{at_least}, what one evaluation needs ({words})")

    def _check_values(self, place: Place) -> None:
        tables = {place.at("values"): self.values}
        tables |= {place.at("protocols").at(p.name).at("values"): p.values for p in self.protocols}
        for parameter in self.space.parameters:
            for here, values in tables.items():
                if parameter.name in values:
                    raise here.at(parameter.name).error("is a free parameter too; keep one of the two")

    def to_table(self) -> dict[str, Any]:
        """The resolved study as a table: every default filled in, nothing that is None."""
        return {
            "name": self.name,
            "model": self.model,
            **({} if self.duration_ms is None else {"duration_ms": self.duration_ms}),
            "seed": self.seed,
            "values": self.values,
            "parameters": {p.name: parameter_table(p) for p in self.space.parameters},
            "targets": {t.name: target_table(t, names_protocol=len(self.protocols) > 1) for t in self.targets},
            "protocols": {p.name: self._protocol_table(p) for p in self.protocols if p != self._only_default},
            "optimizer": dict(self.optimizer_table),
            "budget": drop_empty(asdict(self.budget)),
            "simulation": self.simulation.to_table(),
            **({"validation": list(self.validation)} if self.validation else {}),
        }

    @property
    def _only_default(self) -> Protocol | None:
        """The protocol of a study that has none."""
        return Protocol(DEFAULT, self.duration_ms) if len(self.protocols) == 1 else None

    def _protocol_table(self, protocol: Protocol) -> dict[str, Any]:
        # Its duration is a validation's too, unless it has one of its own.
        own = {} if protocol.duration_ms == self.duration_ms else {"duration_ms": protocol.duration_ms}
        return {**own, "values": protocol.values}

    def dump(self) -> str:
        """The resolved study as TOML."""
        return tomli_w.dumps(self.to_table())

    def identity(self) -> dict[str, Any]:
        """What makes two studies the same run, as a table of plain data."""
        table = self.to_table()
        del table["budget"], table["name"]
        table.pop("validation", None)
        # Where the model lies is no matter; the digests of its files are part of the identity.
        table["model"] = Path(self.model).name
        simulation = {k: v for k, v in self.simulation.to_table().items() if k not in CHANGEABLE_SIMULATION}
        for group in ("parameters", "targets"):
            table[group] = {n: {k: v for k, v in t.items() if k not in TEXTS} for n, t in table[group].items()}
        return {**table, "simulation": simulation}

    def lasting(self, duration_ms: float) -> "Study":
        """Return the study with the duration of its model [ms]; itself if it has one of its own.

        Protocols last as long where they do not say otherwise, and targets are held against that: StudyError.
        """
        if self.duration_ms is not None:
            return self
        protocols = tuple(
            p if p.duration_ms is not None else replace(p, duration_ms=duration_ms) for p in self.protocols
        )
        targets = _targets(self.table, protocols, self.folder, self.place) if self.targets else ()
        study = replace(self, duration_ms=duration_ms, protocols=protocols, targets=targets)
        study.validations()
        return study

    def with_seeds(self: StudyType, seeds: Iterable[int]) -> StudyType:
        """Return the same study with these seeds for its trials."""
        return replace(self, simulation=self.simulation.with_seeds(tuple(seeds)))


def _targets(
    table: Mapping[str, Any], protocols: tuple[Protocol, ...], folder: str, place: Place
) -> tuple[Target, ...]:
    must_count = table.get("optimizer", {}).get("name") not in DESIGNS
    targets = read_targets(table["targets"], protocols, folder, place.at("targets"), must_count=must_count)
    return grouped(targets, table.get("objectives"))


def _validation_tables(tables: Sequence[Any], place: Place) -> tuple[dict[str, Any], ...]:
    for number, table in enumerate(tables, 1):
        fill(table, {key: replace(STUDY_KEYS[key], default=None) for key in VALIDATION_KEYS}, place.at(number))
    return tuple(dict(table) for table in tables)
