"""Translate the searches of NetPyNE's batch mode: optimiser, settings, budget and parameters."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tuner.bridge import run_cfg
from tuner.errors import StudyError
from tuner.optimizers.registry import OPTIMIZERS
from tuner.words import shown

# The keys of evolCfg that NetPyNE reads besides the settings of the algorithm.
EVOL_KEYS = {
    "evolAlgorithm", "fitnessFunc", "fitnessFuncArgs", "pop_size", "maximize", "max_generations", "time_sleep",
    "maxiter_wait", "defaultFitness", "seeds", "crossover",
}  # fmt: skip
# The algorithms of batchtools, and the optimisers of the tuner.
ALGORITHMS = {"optuna": "optuna", "variant_generator": "grid", "grid": "grid", "random": "random"}
RATES = ("mutation_rate", "crossover_rate")
POINTS_AT_A_TIME = 10
SHORTEST_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Searched:
    """Represent one of a script's params: path, bounds or values, and whether grouped with other params."""

    path: str
    values: Any
    grouped: bool = False


@dataclass(frozen=True)
class Facts:
    """Hold the facts of a script as plain data.

    `settings` are the settings of the method. `run` is runCfg; its entry `found` is the script for candidates that
    exists. `windows` is simConfig's printPopAvgRates, `config` the whole simConfig.
    """

    method: str
    label: str
    parameters: tuple[Searched, ...]
    settings: dict[str, Any]
    run: dict[str, Any]
    seed: int | None
    populations: tuple[str, ...]
    windows: Any
    config: dict[str, Any]
    has_fitness: bool

    @property
    def is_maximized(self) -> bool:
        """Return whether the script maximises the fitness."""
        given = self.settings
        return bool(given.get("maximize")) or given.get("direction") == "maximize" or given.get("mode") == "max"

    @property
    def worst(self) -> float:
        """Return the fitness that NetPyNE gives a failed candidate."""
        return float(self.settings.get("defaultFitness") or self.settings.get("maxFitness") or 1000.0)

    @property
    def is_evol(self) -> bool:
        """Return whether NetPyNE would end the process after the script's first search."""
        return self.method in ("evol", "asd", "optuna")

    @property
    def is_grid(self) -> bool:
        """Return whether each parameter has a list of values, and no bounds."""
        algorithm = self.settings.get("algorithm", "grid")
        return self.method in ("grid", "list") or self.method == "search" and ALGORITHMS.get(algorithm) == "grid"


Search = tuple[str, dict[str, Any], dict[str, Any]]


def of(facts: Facts, wanted: str | None = None) -> Search:
    """Return the optimiser's name, the settings and the budget.

    If another optimiser is `wanted`, only those settings are kept that this optimiser has.
    """
    if facts.method not in METHODS:
        words = f"allowed: {', '.join(METHODS)} (NetPyNE itself cannot run sbi)"
        raise StudyError(f"method is {shown(facts.method)}; {words}")
    if (direction := facts.settings.get("direction", "minimize")) not in ("minimize", "maximize"):
        raise StudyError(f"direction is {shown(direction)}, must be minimize or maximize")
    name, settings, budget = METHODS[facts.method](facts, wanted)
    known = OPTIMIZERS[name].SETTINGS if name in OPTIMIZERS else {}
    return name, {key: value for key, value in settings.items() if key in known and value is not None}, budget


def _evol(facts: Facts, wanted: str | None) -> Search:
    given = facts.settings
    name = wanted or str(given.get("evolAlgorithm", "custom"))
    if name not in OPTIMIZERS and not wanted:
        words = "which the tuner does not have; choose another, for example --set optimizer.name=custom"
        raise StudyError(f"evolAlgorithm is {shown(name)}, {words}")
    # Users write crossover, but inspyred reads crossover_rate, so that NetPyNE's own searches never use the value.
    is_heard = "crossover" in given and not name.startswith("netpyne_")
    crossover = {"crossover_rate": given["crossover"]} if is_heard else {}
    size = max(2, int(given.get("pop_size", 10)), len(given.get("seeds") or ()))
    settings = {"population_size": size, **crossover, **given}
    # NetPyNE accepts values that make no sense; they are limited here.
    settings |= {name: min(1.0, float(settings[name])) for name in RATES if name in settings}
    settings |= {"num_elites": min(int(given["num_elites"]), size - 1)} if "num_elites" in given else {}
    # NetPyNE does not count the first generation.
    return name, settings, {"generations": int(given.get("max_generations", 1)) + 1}


def _optuna(facts: Facts, wanted: str | None) -> Search:
    given = facts.settings
    n = None if given.get("maxiters", 1000) is None else int(given.get("maxiters", 1000))
    limit = {} if n is None and given.get("maxtime") else {"evaluations": n or 1000}
    return wanted or "optuna", _points(n or POINTS_AT_A_TIME), limit | _wall_time(given)


def _asd(facts: Facts, wanted: str | None) -> Search:
    given = facts.settings
    size, budget = walkers(facts), {"generations": int(given.get("maxiters") or 1000) + 1}
    if wanted not in (None, "asd"):
        budget = {"evaluations": budget["generations"] * size}
    return wanted or "asd", {**given, "population_size": size}, budget | _wall_time(given)


def walkers(facts: Facts) -> int:
    """Return the population size of asd: the number of starts, else popsize."""
    starts = [each.values[2] for each in facts.parameters if len(each.values) > 2 and isinstance(each.values[2], list)]
    return min(map(len, starts)) if starts else int(facts.settings.get("popsize") or 1)


def _grid(facts: Facts, wanted: str | None) -> Search:
    n = math.prod(len(_choices(each)) for each in parameters(facts)[1].values())
    return wanted or "grid", _points(n), {"evaluations": n}


def _search(facts: Facts, wanted: str | None) -> Search:
    given = facts.settings
    algorithm = str(given.get("algorithm", "variant_generator"))
    if algorithm not in ALGORITHMS and not wanted:
        words = "which only Ray has; choose another, for example --set optimizer.name=cma_es"
        raise StudyError(f"algorithm is {shown(algorithm)}, {words}")
    if isinstance(given.get("metric"), list):
        raise StudyError(f"metric is {shown(given['metric'])}; give only one, or write a study with several objectives")
    if ALGORITHMS.get(algorithm) == "grid":
        return _grid(facts, wanted)
    n = int(given.get("num_samples", 1))
    return wanted or ALGORITHMS[algorithm], _points(n), {"evaluations": n}


METHODS = {"evol": _evol, "optuna": _optuna, "asd": _asd, "grid": _grid, "list": _grid, "search": _search}


def _points(evaluations: int) -> dict[str, Any]:
    return {"population_size": min(POINTS_AT_A_TIME, evaluations)}


def _wall_time(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"wall_time_s": float(given["maxtime"])} if given.get("maxtime") else {}


def simulation(facts: Facts, candidates: int) -> dict[str, Any]:
    """Return the table simulation for `candidates` at a time.

    NetPyNE gives a generation up after maxiter_wait looks for results, so the timeout of an evaluation is that long.
    """
    given, started = facts.settings, run_cfg.simulation(facts.run, candidates)
    if "maxiter_wait" not in given:
        return started
    patience_s = float(given["maxiter_wait"]) * float(given.get("time_sleep", 1))
    return started | {"timeout_s": max(SHORTEST_TIMEOUT_S, patience_s)}


def parameters(facts: Facts) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return the fixed values by path, and the tables of free parameters by name."""
    grouped = {each.path: list(each.values) for each in facts.parameters if each.grouped}
    single = [each for each in facts.parameters if not each.grouped]
    if facts.is_grid:
        free = {each.path: _of_values(each.path, _values(each.values)) for each in single}
        together = {", ".join(grouped): _moving_together(grouped)} if grouped else {}
        # As in NetPyNE's grid, grouped parameters come first, and the last parameter changes fastest.
        return {}, together | free
    if grouped:
        words = f"{facts.method} searches between bounds, so {', '.join(grouped)} cannot be grouped"
        raise StudyError(f"groupedParams are for method grid only; {words}")
    fixed = {each.path: each.values[0] for each in single if _is_fixed(each.values)}
    table = _space if facts.method == "search" else _range
    return fixed, {each.path: table(each.values) for each in single if each.path not in fixed}


def _is_fixed(values: Any) -> bool:
    return isinstance(values, list) and len(values) > 1 and values[0] == values[1]


def _values(given: Sequence[Any] | Mapping[str, Sequence[Any]]) -> list[Any]:
    """Return the values of a grid's parameter, each once."""
    values = next(iter(given.values()), []) if isinstance(given, Mapping) else given
    return [value for place, value in enumerate(values) if value not in values[:place]]


def _of_values(path: str, values: list[Any]) -> dict[str, Any]:
    """Return a parameter with choices.

    Values that a study cannot name by themselves, such as lists, are choices at the path.
    """
    plain = all(isinstance(value, int | float | str) for value in values) and len(set(values)) == len(values)
    return {"kind": "choice", "choices": values} if plain else _moving_together({path: values})


def _moving_together(given: Mapping[str, list[Any]]) -> dict[str, Any]:
    shortest = min(map(len, given.values()))
    return {"kind": "choice", "paths": [{"path": path, "choices": list(v)[:shortest]} for path, v in given.items()]}


def _choices(table: Mapping[str, Any]) -> list[Any]:
    found: list[Any] = table["choices"] if "choices" in table else table["paths"][0]["choices"]
    return found


def _range(given: Sequence[float]) -> dict[str, Any]:
    return {"low": float(given[0]), "high": float(given[1])}


def _space(given: Any) -> dict[str, Any]:
    """Return a parameter for a search space of batchtools: two numbers, several values, or one of Ray's spaces."""
    kind, numbers = next(iter(given.items())) if isinstance(given, Mapping) else ("", list(given))
    if kind == "choice" or kind == "" and (len(numbers) > 2 or not all(isinstance(n, int | float) for n in numbers)):
        return {"kind": "choice", "choices": numbers}
    if kind == "randint":
        return {"kind": "int", "low": numbers[0], "high": numbers[1]}
    if kind in ("", "uniform", "loguniform"):
        return _range(numbers) | ({"scale": "log"} if kind == "loguniform" else {})
    raise StudyError(f"params has {shown(given)}; allowed: choice, uniform, loguniform, randint")


def first(facts: Facts, free: Mapping[str, Mapping[str, Any]]) -> list[dict[str, float]]:
    """Return the script's first candidates as values by parameter: evolCfg's seeds, asd's third items."""
    if facts.method == "asd":
        given = {each.path: each.values[2] for each in facts.parameters if each.path in free and len(each.values) > 2}
        # NetPyNE draws the starts if one is not a list.
        if len(given) < len(free) or not all(isinstance(start, list) for start in given.values()):
            return []
        return [{path: _within(free[path], start[n]) for path, start in given.items()} for n in range(walkers(facts))]
    paths = [each.path for each in facts.parameters]
    seeds = facts.settings.get("seeds") if facts.method == "evol" else None
    named = [dict(zip(paths, seed, strict=False)) for seed in seeds or ()]
    return [{path: _within(free[path], seed[path]) for path in free if path in seed} for seed in named]


def _within(table: Mapping[str, Any], value: float) -> float:
    """Return a start value; beyond a bound, return the bound."""
    low: float = table["low"]
    high: float = table["high"]
    return min(max(float(value), low), high)


def size_asked(facts: Facts) -> int:
    """Return the pop_size of evolCfg."""
    return int(facts.settings.get("pop_size") or POINTS_AT_A_TIME)


def notes(facts: Facts, candidates: int) -> Iterator[str]:
    """Yield a note for each setting that is ignored, or that the tuner does not handle as NetPyNE does.

    `candidates` is the number of candidates at a time.
    """
    given, run = facts.settings, facts.run
    algorithm = given.get("evolAlgorithm", "custom") if facts.method == "evol" else ""
    if algorithm == "custom":
        words = "custom is corrected here (it obeys mutation_rate)"
        yield f"{words}; for NetPyNE's own version add --set optimizer.name=netpyne_custom"
    if algorithm in OPTIMIZERS and (unread := sorted(given.keys() - EVOL_KEYS - OPTIMIZERS[algorithm].SETTINGS.keys())):
        yield f"evolCfg has {', '.join(unread)}, which {algorithm} does not read: ignored"
    if not run["found"]:
        words = "cfg and netParams are read without a script"
        yield f"runCfg's script {run.get('script', 'init.py')!r} does not exist; {words}"
    seeds = given.get("seeds") or () if facts.method == "evol" else ()
    if any(len(seed) != len(facts.parameters) for seed in seeds):
        words = "missing values are taken from the start point"
        yield f"evolCfg's seeds do not have {len(facts.parameters)} values each; {words}"
    if size_asked(facts) < int(given.get("num_elites") or 0) + 1 or len(seeds) > size_asked(facts):
        yield "pop_size is too small for num_elites or for the number of seeds; num_elites or pop_size is adjusted"
    spaces = {each.path: each.values for each in facts.parameters if isinstance(each.values, Mapping)}
    if stepped := [path for path, space in spaces.items() if "step" in space]:
        yield f"{', '.join(stepped)}: steps are ignored, any value between the bounds may be tried"
    yield from run_cfg.notes(run, candidates)
