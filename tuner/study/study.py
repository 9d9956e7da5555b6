"""Represent a study: read from a file or a table, checked against the schema, and written back with defaults."""

import copy
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import tomli_w

from tuner.objective.targets import Target
from tuner.protocols import Protocol, Trial
from tuner.study import study_file
from tuner.study.entries.labels import drop_empty
from tuner.study.entries.read_parameters import parameter_table, read_space, read_values
from tuner.study.entries.read_protocols import check_name, read_protocols
from tuner.study.entries.read_targets import target_table
from tuner.study.find_source import default_duration_ms
from tuner.study.schema import Place, fill
from tuner.study.settings import Budget, Simulation, check_homes, read_budget, read_simulation
from tuner.study.space import SearchSpace
from tuner.study.study_table import (
    CHANGEABLE_SIMULATION,
    STUDY_KEYS,
    TEXTS,
    check_values,
    protocol_tables,
    read_targets_of,
    read_validations,
    without_values,
)
from tuner.words import short

StudyType = TypeVar("StudyType", bound="Study")
# Name in error messages of a table that was not read from a file.
TABLE = Place("study")


@dataclass(frozen=True)
class Study:
    """Represent a checked study, created by `load` or `from_table`.

    The optimiser's settings and perhaps the duration are not known yet; `tuner.study.resolved` fills them in.

    Attributes
    ----------
    name, model : str
        Name of the study and of the run folder; name or path of the model.
    duration_ms : float or None
        Duration of a simulation [ms]; None for the model's own duration, unknown before the model is loaded.
    seed, values : int, dict
        Seed of everything that is random; fixed values of the model by name or path.
    space, targets, protocols : SearchSpace, tuple, tuple
        Parameters of the search; targets; conditions under which each candidate is simulated.
    optimizer_table : mapping
        Table `optimizer` as written.
    budget, simulation, validation : Budget, Simulation, tuple of dict
        Limits that end the run; settings of the simulations; entries in which each held-out test differs.
    file, keys : str, tuple of str
        File of the study; keys of a held-out test in that file, else empty.
    folder : str
        Folder from which relative paths count.
    trust_pickle, imports : bool
        Whether a pickle may be loaded as a model, which can execute any code; whether files of features are imported.
    table : mapping
        Table from which the study was read.
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
    imports: bool = field(default=True, compare=False)
    table: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def place(self) -> Place:
        """Return the place of the study for error messages: the file, and the keys of a held-out test."""
        return Place(self.file, self.keys)

    @property
    def objectives(self) -> list[str]:
        """Return the distinct names of objectives in the targets, in the order of the targets."""
        return list(dict.fromkeys(target.objective for target in self.targets if target.objective and target.counts))

    @property
    def seeds(self) -> tuple[int | None, ...]:
        """Return the seeds under which each candidate is simulated. (None,) stands for the study's own seed alone."""
        if self.simulation.seeds is not None:
            return self.simulation.seeds
        repeats = self.simulation.repeats or 1
        return tuple(range(self.seed, self.seed + repeats)) if repeats > 1 else (None,)

    @property
    def fresh_seeds(self) -> tuple[int, ...]:
        """Return the held-out seeds, under which the best evaluation is simulated again after the search."""
        highest = max(self.seed, *(seed or 0 for seed in self.seeds))
        return tuple(highest + 1 + number for number in range(self.simulation.fresh_seeds))

    @property
    def most_evaluations(self) -> float:
        """Return the number of evaluations that the budget allows; inf without a limit."""
        evaluations, simulations = self.budget.evaluations, self.budget.simulations
        affordable = None if simulations is None else simulations // self.simulations_each
        return min((n for n in (evaluations, affordable) if n is not None), default=math.inf)

    @property
    def simulations_each(self) -> int:
        """Return the largest number of simulations of one evaluation."""
        return len(self.seeds) * len(self.protocols)

    @property
    def files(self) -> tuple[Path, ...]:
        """Return the files that targets use: references, and the user's features with the files that these import."""
        return tuple(sorted({file for target in self.targets for file in target.files}))

    def trials(self, seed: int | None) -> list[Trial]:
        """Return the trials of a candidate under one seed, one for each protocol."""
        return [Trial(protocol, seed) for protocol in self.protocols]

    def validations(self) -> Sequence["Study"]:
        """Return the held-out tests, each as a study."""
        return [self._validation(number, changes) for number, changes in enumerate(self.validation)]

    def _validation(self, number: int, changes: Mapping[str, Any]) -> "Study":
        changes = {"name": f"validation {number + 1}", **changes}
        dropped = ("racing", "seeds", "repeats") if "seed" in changes else ("racing",)
        simulation = {key: value for key, value in self.simulation.to_table().items() if key not in dropped}
        values = self.values | dict(changes.get("values", {}))
        # A changed value replaces the value of each protocol too.
        protocols = {name: without_values(protocol, changes) for name, protocol in self.to_table()["protocols"].items()}
        own = {"values": values, "simulation": simulation}
        merged = self.to_table() | {"protocols": protocols} | changes | own
        merged.pop("validation", None)
        where = self.place.at("validation").at(number + 1), self.folder
        validation = Study.from_table(merged, *where, imports=self.imports)
        return replace(validation, trust_pickle=self.trust_pickle)

    @classmethod
    def load(cls, study: str | Path, overrides: Iterable[str] = (), folder: str | Path | None = None) -> "Study":
        """Read a study from a TOML file.

        Parameters
        ----------
        study : str or Path
            Name of a study in batch/, or path of a TOML file.
        overrides : iterable of str
            Entries to override, each as "key=value".
        folder : str or Path, optional
            Folder from which relative paths count; by default the folder of the file.

        Raises
        ------
        StudyError
            If the file or an entry is wrong; the message names file, key, value and allowed values.

        Examples
        --------
        >>> study = Study.load("sensory_motor", ["budget.evaluations=20"])
        """
        file = study_file.find(study)
        table = study_file.override(study_file.read(file), overrides)
        return cls.from_table(table, Place(short(file)), folder or file.resolve().parent, default_name=file.stem)

    @classmethod
    def from_table(
        cls,
        table: Mapping[str, Any],
        place: Place = TABLE,
        folder: str | Path | None = None,
        default_name: str = "",
        *,
        imports: bool = True,
    ) -> "Study":
        """Read a study from a table of plain data; raise StudyError if an entry is wrong.

        Parameters
        ----------
        table : mapping
            Entries of a study file (docs/reference/study-file.md). They are copied, so later changes have no effect.
        place : Place, optional
            Place of the table, for error messages.
        folder : str or Path, optional
            Folder from which relative paths count; by default the working directory.
        default_name : str
            Name of a study without the key `name`.
        imports : bool
            If False, the files of the user's features are not imported.
        """
        folder = Path.cwd() if folder is None else folder
        table = copy.deepcopy(table)
        if not table:
            raise place.error("is empty; a study needs model, parameters, targets and budget")
        check_homes(table, STUDY_KEYS, place)
        filled = fill(table, STUDY_KEYS, place)
        name = filled.get("name", default_name)
        if not place.keys:
            check_name(name, place.at("name"))
        values = read_values(filled["values"], place.at("values"))
        duration_ms = filled.get("duration_ms")
        if duration_ms is None:
            duration_ms = default_duration_ms(filled["model"], folder)
        protocols = read_protocols(filled["protocols"], duration_ms, place.at("protocols"))
        study = cls(
            name=name,
            model=filled["model"],
            duration_ms=duration_ms,
            seed=filled["seed"],
            values=values,
            space=read_space(filled["parameters"], place.at("parameters")),
            targets=read_targets_of(filled, protocols, str(folder), place, imports=imports),
            protocols=protocols,
            optimizer_table=dict(filled["optimizer"]),
            budget=read_budget(filled["budget"], place.at("budget")),
            simulation=read_simulation(filled["simulation"], place.at("simulation")),
            validation=read_validations(filled.get("validation", ()), place.at("validation")),
            file=place.file,
            folder=str(folder),
            keys=place.keys,
            imports=imports,
            table=table,
        )
        of_protocols = {place.at("protocols").at(p.name).at("values"): p.values for p in protocols}
        check_values(study.space, {place.at("values"): values, **of_protocols})
        study._check_simulations(place)
        study.validations()
        return study

    def _check_simulations(self, place: Place) -> None:
        if self.most_evaluations < 1 and not self.keys:
            words = f"{len(self.seeds)} seeds in {len(self.protocols)} protocols"
            at_least = f"is {self.budget.simulations}, must be at least {self.simulations_each}"
            raise place.at("budget").at("simulations").error(f"{at_least}: the simulations of one evaluation ({words})")

    def to_table(self) -> dict[str, Any]:
        """Return the study as a table of plain data, with defaults filled in and unset entries left out."""
        return {
            "name": self.name,
            "model": self.model,
            **({} if self.duration_ms is None else {"duration_ms": self.duration_ms}),
            "seed": self.seed,
            "values": self.values,
            "parameters": {p.name: parameter_table(p) for p in self.space.parameters},
            "targets": {t.name: target_table(t, names_protocol=len(self.protocols) > 1) for t in self.targets},
            "protocols": protocol_tables(self.protocols, self.duration_ms),
            "optimizer": dict(self.optimizer_table),
            "budget": drop_empty(asdict(self.budget)),
            "simulation": self.simulation.to_table(),
            **({"validation": list(self.validation)} if self.validation else {}),
        }

    def dump(self) -> str:
        """Return the study as TOML, with defaults filled in."""
        return tomli_w.dumps(self.to_table())

    def identity(self) -> dict[str, Any]:
        """Return the entries that must agree for two studies to share a run, as a table of plain data."""
        table = self.to_table()
        del table["budget"], table["name"]
        table.pop("validation", None)
        # Only the name of the model counts; the digests of the model's files are compared separately.
        table["model"] = Path(self.model).name
        simulation = {k: v for k, v in self.simulation.to_table().items() if k not in CHANGEABLE_SIMULATION}
        for group in ("parameters", "targets"):
            table[group] = {n: {k: v for k, v in t.items() if k not in TEXTS} for n, t in table[group].items()}
        return {**table, "simulation": simulation}

    def lasting(self, duration_ms: float) -> "Study":
        """Return the study with the duration of the model [ms]; a study with a duration is returned unchanged.

        Protocols without a duration get this one. StudyError is raised if the window of a target does not fit.
        """
        if self.duration_ms is not None:
            return self
        protocols = tuple(
            p if p.duration_ms is not None else replace(p, duration_ms=duration_ms) for p in self.protocols
        )
        where = self.folder, self.place
        targets = read_targets_of(self.table, protocols, *where, imports=self.imports) if self.targets else ()
        study = replace(self, duration_ms=duration_ms, protocols=protocols, targets=targets)
        study.validations()
        return study

    def with_seeds(self: StudyType, seeds: Iterable[int]) -> StudyType:
        """Return the same study with other seeds for the trials."""
        return replace(self, simulation=self.simulation.with_seeds(tuple(seeds)))
