"""A study: the text file that says what is tuned, read, held against the schema, and written back resolved."""

import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import tomli_w

from tuner.entries import drop_empty, parameter_table, read_space, read_targets, read_values, target_table
from tuner.errors import StudyError, nearest
from tuner.schema import REQUIRED, Key, Place, fill, shown
from tuner.space import SearchSpace
from tuner.targets import Target

try:
    import tomllib
except ModuleNotFoundError:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
STUDIES = ROOT / "batch"
LONGEST_NAME = 200

STUDY_KEYS = {
    "name": Key("text"),
    "model": Key("text", REQUIRED),
    "duration_ms": Key("number", 1000.0, above=0),
    "seed": Key("whole", 1, at_least=0, at_most=2**31 - 1),
    "values": Key("table", {}),
    "parameters": Key("table", REQUIRED),
    "targets": Key("table", REQUIRED),
    "optimizer": Key("table", {}),
    "budget": Key("table", REQUIRED),
    "simulation": Key("table", {}),
}
BUDGET_KEYS = {
    "evaluations": Key("whole", at_least=1),
    "simulations": Key("whole", at_least=1),
    "generations": Key("whole", at_least=1),
    "wall_time_s": Key("number", above=0),
    "loss": Key("number", at_least=0),
    "stagnation": Key("whole", at_least=1),
}
SIMULATION_KEYS = {
    "engine": Key("text", "auto", one_of=("auto", "neuron", "coreneuron")),
    "timeout_s": Key("number", above=0),
    "workers": Key("whole", at_least=1),
    "executor": Key("text", one_of=("serial", "processes", "inline")),
    "verify": Key("whole", 5, at_least=1),
    "recycle_after": Key("whole", 2000, at_least=1),
    "recycle_growth_mb": Key("number", 1000.0, above=0),
    "abort": Key("table", {}),
    "share_synapses": Key("table", {}),
}
ABORT_KEYS = {
    "rules": Key("flag", True),
    "chunk_ms": Key("number", above=0),
    "rate_hz": Key("number", above=0),
    "silence_ms": Key("number", above=0),
    "block_ms": Key("number", above=0),
    "block_mv": Key("number", -40.0),
    "voltage_mv": Key("number", 1000.0, above=0),
}
# What may change between two starts of one run; everything else makes it another run.
CHANGEABLE_SIMULATION = ("timeout_s", "workers", "executor", "verify", "recycle_after", "recycle_growth_mb")
# What only people read.
TEXTS = ("doc", "source")


@dataclass(frozen=True)
class Budget:
    """When a run ends: at the first of these that is met. `stagnation` counts generations without a better loss."""

    evaluations: int | None = None
    simulations: int | None = None
    generations: int | None = None
    wall_time_s: float | None = None
    loss: float | None = None
    stagnation: int | None = None

    @property
    def most_evaluations(self) -> float:
        """Evaluations that may be made; inf if no entry limits them."""
        return min((n for n in (self.evaluations, self.simulations) if n is not None), default=math.inf)


@dataclass(frozen=True)
class Study:
    """What is tuned. `optimizer` and `simulation` are tables of settings; relative paths count from `folder`."""

    name: str
    model: str
    duration_ms: float
    seed: int
    values: dict[str, object]
    space: SearchSpace
    targets: tuple[Target, ...]
    optimizer: dict[str, object]
    budget: Budget
    simulation: dict[str, object]
    file: str
    folder: str

    @property
    def place(self) -> Place:
        """The study's file, for errors."""
        return Place(self.file)

    @property
    def objectives(self) -> list[str]:
        """Different names of objectives that the targets bear, in order."""
        return list(dict.fromkeys(target.objective for target in self.targets if target.objective and target.weight))

    @classmethod
    def load(cls, study: str | Path, overrides: Iterable[str] = (), folder: str | Path | None = None) -> "Study":
        """The study of that name in batch/, or of that TOML file, with `key=value` overrides.

        Raises StudyError with file, key, value and what is allowed. `folder` is where relative paths count from if
        not the file's own.
        """
        file = find(study)
        table = _override(_read(file), overrides)
        return cls.from_table(table, Place(_short(file)), folder or file.resolve().parent, default_name=file.stem)

    @classmethod
    def from_table(cls, table: Mapping, place: Place, folder: str | Path, default_name: str = "") -> "Study":
        """The study of a table as TOML gives it."""
        if not table:
            raise place.error("is empty; a study needs model, parameters, targets and budget")
        filled = fill(table, STUDY_KEYS, place)
        name = filled.get("name", default_name)
        _check_name(name, place.at("name"))
        study = cls(
            name=name,
            model=filled["model"],
            duration_ms=filled["duration_ms"],
            seed=filled["seed"],
            values=read_values(filled["values"], place.at("values")),
            space=read_space(filled["parameters"], place.at("parameters")),
            targets=read_targets(filled["targets"], filled["duration_ms"], place.at("targets")),
            optimizer=dict(filled["optimizer"]),
            budget=_budget(filled["budget"], place.at("budget")),
            simulation=_simulation(filled["simulation"], place.at("simulation")),
            file=place.file,
            folder=str(folder),
        )
        for parameter in study.space.parameters:
            if parameter.name in study.values:
                raise place.at("values").at(parameter.name).error("is a free parameter too; keep one of the two")
        return study

    def to_table(self) -> dict:
        """The resolved study as a table: every default filled in, nothing that is None."""
        return {
            "name": self.name,
            "model": self.model,
            "duration_ms": self.duration_ms,
            "seed": self.seed,
            "values": self.values,
            "parameters": {p.name: parameter_table(p) for p in self.space.parameters},
            "targets": {t.name: target_table(t) for t in self.targets},
            "optimizer": self.optimizer,
            "budget": drop_empty(asdict(self.budget)),
            "simulation": self.simulation,
        }

    def dump(self) -> str:
        """The resolved study as TOML."""
        return tomli_w.dumps(self.to_table())

    def identity(self) -> dict:
        """What makes two studies the same run, as a table of plain data."""
        table = self.to_table()
        del table["budget"], table["name"]
        # Where the model lies is no matter; the digests of its files are part of the identity.
        table["model"] = Path(self.model).name
        simulation = {k: v for k, v in self.simulation.items() if k not in CHANGEABLE_SIMULATION}
        for group in ("parameters", "targets"):
            table[group] = {n: {k: v for k, v in t.items() if k not in TEXTS} for n, t in table[group].items()}
        return {**table, "simulation": simulation}

    def with_optimizer(self, settings: Mapping[str, object]) -> "Study":
        """The same study with these optimiser settings."""
        return replace(self, optimizer=dict(settings))


def find(study: str | Path) -> Path:
    """The file of a study: a name in batch/, or a path."""
    names = [p.stem for p in STUDIES.glob("*.toml")]
    if str(study) in names:
        return STUDIES / f"{study}.toml"
    path = Path(study)
    if is_file(path):
        return path
    if path.suffix == ".toml" or len(path.parts) > 1 or os.path.isdir(path):
        raise StudyError(f"{study}: is no study file; give the path of a TOML file, or a name in batch/")
    raise StudyError(f"{study}: there is no such study; {nearest(str(study), names)}, or the path of a TOML file")


def is_file(path: Path) -> bool:
    """Whether there is such a file; a name that no file system takes is none."""
    try:
        return path.is_file()
    except OSError:
        return False


def _short(file: Path) -> str:
    relative = os.path.relpath(file)
    return relative if not relative.startswith("..") else str(file)


def _read(file: Path) -> dict:
    try:
        return tomllib.loads(file.read_bytes().decode("utf-8"))
    except OSError as error:
        raise StudyError(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise StudyError(f"{file}: is not text; a study is a TOML file in UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise StudyError(f"{file}: is no TOML: {error}") from None


def _override(table: dict, overrides: Iterable[str]) -> dict:
    for override in overrides:
        key, equals, value = override.partition("=")
        if not equals or not key.strip():
            raise StudyError(f"--set {override}: must be key=value, for example optimizer.population_size=20")
        _merge(table, _parse_override(key, value))
    return table


def _parse_override(key: str, value: str) -> dict:
    for text in (value, tomli_w.dumps({"v": value}).partition("=")[2]):
        try:
            return tomllib.loads(f"{key} = {text}")
        except (ValueError, RecursionError):
            continue
    raise StudyError(f"--set {key}={value}: {key!r} is no key; write it as in the study, e.g. budget.evaluations")


def _merge(table: dict, change: Mapping) -> None:
    for key, value in change.items():
        if isinstance(value, Mapping) and isinstance(table.get(key), dict):
            _merge(table[key], value)
        else:
            table[key] = value


def _check_name(name: str, place: Place) -> None:
    size = len(name.encode(errors="surrogatepass"))
    if size > LONGEST_NAME:
        raise place.error(f"is {size} bytes long, may have {LONGEST_NAME}")
    if any("\ud800" <= character <= "\udfff" for character in name):
        raise place.error(f"is {ascii(name)}, which is no text")
    if name in (".", "..") or name != name.strip() or any(c in "/\\" or ord(c) < 32 or ord(c) == 127 for c in name):
        raise place.error(f"is {shown(name)}, must be a plain file name (it names the run folder)")


def _simulation(table: object, place: Place) -> dict[str, object]:
    filled = fill(table, SIMULATION_KEYS, place)
    for label, wish in filled["share_synapses"].items():
        Key("flag").check(wish, place.at("share_synapses").at(label))
    return {**filled, "abort": fill(filled["abort"], ABORT_KEYS, place.at("abort"))}


def _budget(table: object, place: Place) -> Budget:
    budget = Budget(**fill(table, BUDGET_KEYS, place))
    if budget == Budget():
        raise place.error(f"is empty; give at least one of {', '.join(BUDGET_KEYS)}")
    return budget
