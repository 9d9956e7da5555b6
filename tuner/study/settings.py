"""Read the tables `budget`, `simulation` and `optimizer` of a study as frozen settings."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from tuner.executors.registry import EXECUTORS, find, launchers
from tuner.objective.loss import COMBINATIONS
from tuner.protocols import VARIED
from tuner.study.schema import Key, Place, fill
from tuner.words import shown

# Largest count, and longest time (32 years), that stand for no limit.
MOST, LONGEST_S = 10**9, 1e9
BUDGET_KEYS = {
    "evaluations": Key("whole", at_least=1, at_most=MOST),
    "simulations": Key("whole", at_least=1, at_most=MOST),
    "generations": Key("whole", at_least=1, at_most=MOST),
    "wall_time_s": Key("number", above=0, at_most=LONGEST_S),
    "loss": Key("number", at_least=0),
    "stagnation": Key("whole", at_least=1, at_most=MOST),
}
SIMULATION_KEYS = {
    "engine": Key("text", "auto", one_of=("auto", "neuron", "coreneuron")),
    "timeout_s": Key("number", above=0, at_most=LONGEST_S),
    "workers": Key("whole", at_least=1),
    "executor": Key("text", one_of=EXECUTORS),
    "ranks_per_evaluation": Key("whole", 1, at_least=1),
    "launcher": Key("text"),
    "verify": Key("whole", at_least=1),
    "seeds": Key("list"),
    "repeats": Key("whole", at_least=1, at_most=1000),
    "vary": Key("text", "both", one_of=tuple(VARIED)),
    "combine": Key("text", "mean", one_of=tuple(COMBINATIONS)),
    "racing": Key("flag", False),
    "fresh_seeds": Key("whole", 3, at_least=0, at_most=1000),
    "probes": Key("flag", True),
    "keep_spikes": Key("flag", False),
    "keep_going": Key("flag", False),
    "recycle_after": Key("whole", 2000, at_least=1, at_most=MOST),
    "recycle_growth_mb": Key("number", 1000.0, above=0),
    "abort": Key("table", {}),
    "share_synapses": Key("table", {}),
}
ABORT_KEYS = {
    "rules": Key("flag", True),
    "chunk_ms": Key("number", at_least=1),
    "rate_hz": Key("number", above=0),
    "silence_ms": Key("number", above=0),
    "block_ms": Key("number", above=0),
    "block_mv": Key("number", -40.0),
    "voltage_mv": Key("number", 1000.0, above=0),
}
OPTIMIZER_KEYS = {
    "name": Key("text"),
    "start_point": Key("flag", True),
    "start_from": Key("text"),
    "first": Key("list"),
}

# Tables by name; a key of one of these tables that is written outside the table gets its own error.
HOMES = {"budget": BUDGET_KEYS, "simulation": SIMULATION_KEYS, "optimizer": OPTIMIZER_KEYS}


@dataclass(frozen=True)
class Budget:
    """Define the end of a run: the first limit that is reached ends the run. None sets no limit.

    Attributes
    ----------
    evaluations, simulations, generations : int or None
        Largest number of evaluations, of simulations, and of generations.
    wall_time_s : float or None
        Largest wall time [s].
    loss : float or None
        Loss at which the run ends.
    stagnation : int or None
        Number of generations without a better loss.
    """

    evaluations: int | None = None
    simulations: int | None = None
    generations: int | None = None
    wall_time_s: float | None = None
    loss: float | None = None
    stagnation: int | None = None


@dataclass(frozen=True)
class Abort:
    """Define the rules that stop a hopeless simulation early; `None` means the default of a rule.

    docs/how-to/stop-hopeless-candidates.md explains the rules.
    """

    rules: bool = True
    chunk_ms: float | None = None
    rate_hz: float | None = None
    silence_ms: float | None = None
    block_ms: float | None = None
    block_mv: float = -40.0
    voltage_mv: float = 1000.0


@dataclass(frozen=True)
class Simulation:
    """Define the simulation of candidates: the table `simulation` with defaults filled in.

    None, and 0 of `verify`, stand for a key that is missing and has no default. docs/reference/study-file.md explains
    each key.
    """

    engine: str = "auto"
    timeout_s: float | None = None
    workers: int | None = None
    executor: str | None = None
    ranks_per_evaluation: int = 1
    launcher: str | None = None
    verify: int = 0
    seeds: tuple[int, ...] | None = None
    repeats: int | None = None
    vary: str = "both"
    combine: str = "mean"
    racing: bool = False
    fresh_seeds: int = 3
    probes: bool = True
    keep_spikes: bool = False
    keep_going: bool = False
    recycle_after: int = 2000
    recycle_growth_mb: float = 1000.0
    abort: Abort = Abort()
    share_synapses: Mapping[str, bool] = field(default_factory=dict)

    def to_table(self) -> dict[str, Any]:
        """Return the settings as a table of a study, without unset settings."""
        table = {key: value for key, value in asdict(self).items() if value is not None}
        table = {key: value for key, value in table.items() if key != "verify" or value}
        table |= {"seeds": list(self.seeds)} if self.seeds is not None else {}
        return table | {"abort": {key: value for key, value in table["abort"].items() if value is not None}}

    def with_seeds(self, seeds: tuple[int, ...]) -> "Simulation":
        """Return the settings with these seeds for the trials, and without racing."""
        return replace(self, seeds=seeds, repeats=None, racing=False)


@dataclass(frozen=True)
class OptimizerSettings:
    """Define the optimiser of a resolved study: name, settings that all optimisers share, and settings `own` to one."""

    name: str
    start_point: bool = True
    start_from: str | None = None
    first: tuple[Mapping[str, Any], ...] = ()
    own: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> "OptimizerSettings":
        """Return the settings of a filled table."""
        common = {key: value for key, value in table.items() if key in OPTIMIZER_KEYS}
        own = {key: value for key, value in table.items() if key not in OPTIMIZER_KEYS}
        return cls(**{**common, "first": tuple(common.get("first", ()))}, own=own)

    @property
    def population_size(self) -> int:
        """Return the number of points of a generation; 0 for an optimiser without this setting."""
        size: int = self.own.get("population_size", 0)
        return size

    @property
    def asynchronous(self) -> bool:
        """Return whether the search is asynchronous and has no generations."""
        return bool(self.own.get("asynchronous", False))

    @property
    def in_flight(self) -> int | None:
        """Return the number of points that an asynchronous search evaluates at a time. None stands for unknown."""
        number: int | None = self.own.get("in_flight")
        return number

    def to_table(self) -> dict[str, Any]:
        """Return the settings as a table of a study, without unset settings."""
        common = {"name": self.name, "start_point": self.start_point}
        common |= {"start_from": self.start_from} if self.start_from is not None else {}
        common |= {"first": [dict(values) for values in self.first]} if self.first else {}
        return {**common, **self.own}


def read_simulation(table: object, place: Place) -> Simulation:
    """Return the settings of the table `simulation`, with defaults filled in; raise StudyError for a wrong entry."""
    filled = fill(table, SIMULATION_KEYS, place)
    for label, wanted in filled["share_synapses"].items():
        Key("flag").check(wanted, place.at("share_synapses").at(label))
    abort = Abort(**fill(filled["abort"], ABORT_KEYS, place.at("abort")))
    simulation = Simulation(**{**filled, "abort": abort, "seeds": _seeds(filled, place)})
    if simulation.racing and len(simulation.seeds or ()) < 2 and (simulation.repeats or 1) < 2:
        raise place.at("racing").error("needs several seeds; give at least two seeds, or repeats = 2 or more")
    return simulation


def _seeds(filled: Mapping[str, Any], place: Place) -> tuple[int, ...] | None:
    if "seeds" not in filled:
        return None
    if "repeats" in filled:
        raise place.at("repeats").error("cannot be combined with seeds; keep one of the two")
    key = Key("whole", at_least=0, at_most=2**31 - 1)
    seeds = [key.check(seed, place.at("seeds")) for seed in filled["seeds"]]
    if len(set(seeds)) < len(seeds):
        raise place.at("seeds").error(f"is {shown(seeds)}, which contains a seed twice")
    return tuple(seeds)


def read_budget(table: object, place: Place) -> Budget:
    """Return the settings of the table `budget`; raise StudyError for a wrong entry or an empty table."""
    budget = Budget(**fill(table, BUDGET_KEYS, place))
    if budget == Budget():
        raise place.error(f"is empty; give at least one of {', '.join(BUDGET_KEYS)}")
    return budget


def check_executor(simulation: Simulation, name: str, place: Place) -> None:
    """Raise StudyError if the settings need something that the executor of that name does not support."""
    ranks = simulation.ranks_per_evaluation
    starts_ranks = bool(find(name).launcher)
    if ranks > 1 and not starts_ranks:
        wanted = " or ".join(launchers())
        words = f"is {ranks}, which executor {name} does not support; use {wanted}"
        raise place.at("ranks_per_evaluation").error(words)
    if starts_ranks and simulation.engine == "coreneuron":
        raise place.at("engine").error(f"is coreneuron, which executor {name} does not support; use neuron or auto")


def check_homes(table: Mapping[str, Any], keys_of_study: Mapping[str, Key], place: Place) -> None:
    """Raise StudyError if a key of another table is written at the top level of the study."""
    for name in table:
        for home, keys in HOMES.items():
            if name in keys and name not in keys_of_study:
                raise place.at(name).error(f"is outside its table; write {home}.{name}")
