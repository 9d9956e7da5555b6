"""Turn a script of NetPyNE's batch mode into a study: `netpyne-tuner run batch.py`.

The script runs only up to the start of its search (`tuner.model.batch_script`). Its params become parameters, its
fitnessFunc the target "fitness", and its settings those of the optimiser of the same name. Each setting without a
counterpart is reported in one line.
"""

import ast
import csv
import logging
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeGuard

from tuner.bridge import searches
from tuner.bridge.searches import Facts
from tuner.errors import ModelError, StudyError, TunerError
from tuner.executors import registry
from tuner.interfaces.netpyne_types import BatchSearch
from tuner.model import batch_script, models
from tuner.model.base import Model
from tuner.model.batch_script import BatchScript
from tuner.model.foreign import ForeignModel
from tuner.optimizers.registry import OPTIMIZERS
from tuner.regular_files import MOST_CODE_BYTES, read_named, read_regular
from tuner.simulation.network.difference import plain_table
from tuner.simulation.simulate import warm_up
from tuner.study import python_text, study_file
from tuner.study.find_source import find_source
from tuner.study.schema import Place
from tuner.study.sources import BATCH, BATCHTOOLS
from tuner.study.study import Study
from tuner.words import short

KINDS = (BATCH, BATCHTOOLS)
# NetPyNE's own searches have no start point; those of the tuner start at the model's values.
BEGIN_ANYWHERE = (None, "netpyne_custom", "netpyne_genetic")
SEEDS = 2**31
# NetPyNE's default label has the date of today, but the same command must resume the run tomorrow.
DATED = re.compile(r"batch_\d{4}-\d\d-\d\d")

log = logging.getLogger(__name__)


def is_script(study: str | Path) -> bool:
    """Return whether the name of a study is the path of a Python script."""
    return Path(study).suffix == ".py" and study_file.is_file(Path(study))


def load(script: str | Path, overrides: Iterable[str] = ()) -> tuple[Study, Facts]:
    """Return the study of a script, with overrides, and the facts of the script.

    Settings without a counterpart are logged as warnings. Raises StudyError for a search that the tuner cannot do, and
    ModelError with the line at which the script or the model raises.
    """
    file = Path(script).resolve()
    if _kind(file) not in KINDS:
        words = "is not a study: a Python script must call NetPyNE's Batch(...).run() or search(...)"
        raise StudyError(f"{script}: {words}; for a model, `netpyne-tuner new` writes a study")
    facts = _facts(file)
    study = study_of(facts, file, overrides)
    if python_text.runs_again(file) and not facts.is_evol:
        log.warning("%s: the script starts more than one search; only the first is used", file.name)
    return study, facts


def study_of(facts: Facts, file: Path, overrides: Iterable[str] = ()) -> Study:
    """Return the study of the facts of a script; settings without a counterpart are logged as warnings.

    Raises StudyError for a search that the tuner cannot do.
    """
    place = Place(short(file))
    try:
        table = table_of(facts, file.name, _named(overrides))
        notes = [*searches.notes(facts, _at_a_time(table["optimizer"])), *_windows_left_out(facts)]
    except StudyError as error:
        raise place.error(str(error)) from None
    except (ArithmeticError, ValueError, TypeError, LookupError, AttributeError) as error:
        words = f"{type(error).__name__}: {error}".splitlines()[0][:80]
        raise place.error(f"params or settings do not have the format of NetPyNE's batch mode ({words})") from error
    for note in notes:
        log.warning("%s: %s", file.name, note)
    return Study.from_table(study_file.override(table, overrides), place, file.parent, default_name=file.stem)


def _kind(file: Path) -> str:
    """Return the kind of a script; "" if the file is not a model either.

    Raises StudyError with the line if the file is not valid Python.
    """
    try:
        ast.parse(read_named(file, StudyError, MOST_CODE_BYTES))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        words = getattr(error, "msg", str(error)) or "nested too deeply"
        raise StudyError(f"{file.name}:{getattr(error, 'lineno', '')}: is not valid Python: {words}") from None
    try:
        return find_source(file.name, file.parent).kind
    except StudyError:
        return ""


def _named(overrides: Iterable[str]) -> str | None:
    """Return the name of the optimiser in the overrides."""
    name: str | None = study_file.override({}, overrides).get("optimizer", {}).get("name")
    return name


def _facts(file: Path) -> Facts:
    """Return the facts of a script, which a separate process reads."""
    with registry.make("serial", 1, warm_up) as pool:
        (outcome,) = pool.map(read, [file])
    if outcome.value is not None:
        return outcome.value
    if isinstance(outcome.error, TunerError):
        raise outcome.error
    raise ModelError(f"{file.name}: {outcome.reason}")


def read(file: Path) -> Facts:
    """Return the facts of a script; call this function in a separate process."""
    found = models.load(find_source(file.name, file.parent))
    try:
        script = _script_of(found)
        net_params, sim_config = found.plain_specs()
        with found.at_home():
            what = _of_search(script) if script.batch is None else _of_batch(script, script.batch)
    except TunerError:
        raise
    except (Exception, SystemExit) as error:
        raise ModelError(f"{file.name}: {models.blame(error, found.folder)}") from error
    return Facts(
        **what,
        populations=tuple(map(str, net_params.popParams)),
        windows=batch_script.plain(getattr(sim_config, "printPopAvgRates", False)),
        config=batch_script.plain(plain_table(sim_config)),
        has_fitness=script.has_fitness,
    )


def _script_of(model: Model) -> BatchScript:
    script = model.script if isinstance(model, ForeignModel) else None
    if script is None:
        raise ModelError(f"{model.given}: is not a script of NetPyNE's batch mode")
    return script


def _of_batch(script: BatchScript, batch: BatchSearch) -> dict[str, Any]:
    plain, path = batch_script.plain, batch_script.label_path
    given = [(path(each["label"]), plain(each["values"]), bool(each.get("group"))) for each in batch.params]
    if batch.method == "list":
        given = _listed(Path(batch.runCfg.get("paramListFile", "params.csv")))
    return {
        "method": str(batch.method),
        "label": str(batch.batchLabel),
        "parameters": tuple(searches.Searched(*each) for each in given),
        "settings": plain(script.settings),
        "run": {**plain(batch.runCfg), "found": script.script},
        "seed": batch.seed,
    }


def _listed(file: Path) -> list[tuple[str, list[Any], bool]]:
    """Return the parameters of a table of candidates: each column is a parameter, and all move together."""
    try:
        lines = read_regular(file).decode().splitlines(keepends=True)
        head, *rows = [row for row in csv.reader(lines) if row]
    except (OSError, ValueError, csv.Error) as error:
        raise StudyError(f"paramListFile is {str(file)!r}, which cannot be read: {error}") from None
    for number, row in enumerate(rows, 1):
        if len(row) != len(head):
            words = f"but row {number} below the header has {len(row)} values, not {len(head)}"
            raise StudyError(f"paramListFile is {str(file)!r}, {words}")
    columns = [list(map(_as_number, column)) for column in zip(*rows, strict=True)]
    return [(path, column, True) for path, column in zip(head, columns, strict=True)]


def _as_number(text: str) -> bool | float | str:
    if text in ("True", "False"):
        return text == "True"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _of_search(script: BatchScript) -> dict[str, Any]:
    given = batch_script.plain(script.search)
    return {
        "method": "search",
        "label": str(given.get("label", "search")),
        "parameters": tuple(searches.Searched(path, values) for path, values in (given.get("params") or {}).items()),
        "settings": {key: value for key, value in given.items() if key not in ("params", "run_config")},
        "run": {"type": given.get("job_type"), "found": script.script},
        "seed": (given.get("algorithm_config") or {}).get("seed"),
    }


def table_of(facts: Facts, script: str, wanted: str | None = None) -> dict[str, Any]:
    """Return the study as a table.

    If another optimiser is `wanted`, only those settings of the script are kept that this optimiser has. Raises
    StudyError if the script's search has no counterpart.
    """
    name, settings, budget = searches.of(facts, wanted)
    values, parameters = searches.parameters(facts)
    if first := searches.first(facts, parameters):
        settings["first"] = first
    if wanted in BEGIN_ANYWHERE:
        settings["start_point"] = False
    return {
        "name": _name(facts, script),
        "model": script,
        "seed": _seed(facts),
        "values": values,
        "parameters": parameters,
        "targets": targets_of(facts, name),
        "optimizer": {"name": name, **settings},
        "budget": budget,
        "simulation": searches.simulation(facts, _at_a_time(settings)),
    }


def _at_a_time(settings: Mapping[str, Any]) -> int:
    """Return the number of candidates of a generation."""
    return int(settings.get("population_size", searches.POINTS_AT_A_TIME))


def _name(facts: Facts, script: str) -> str:
    label = Path(script).stem if DATED.fullmatch(facts.label) else facts.label
    return re.sub(r"[^\w.+-]+", "_", label).strip("._") or "batch"


def _seed(facts: Facts) -> int:
    given = [seed for seed in (facts.seed, facts.settings.get("randseed")) if seed is not None]
    return int(given[0]) % SEEDS if given else 1


def targets_of(facts: Facts, optimizer: str) -> dict[str, Any]:
    """Return the targets: the fitness, and the rates from which the fitness is computed.

    The rates are only recorded (weight 0), unless the optimiser uses features behind a fitness. Then the rates count,
    and the fitness is only recorded. Without a fitness, the rates of all populations are recorded.
    """
    rates = usual_rates(facts)
    if not facts.has_fitness:
        return {f"{pop}_rate": {"feature": "rate", "population": pop, "weight": 0.0} for pop in facts.populations}
    if looks_behind(optimizer) and rates and not facts.is_maximized:
        return {"fitness": {"feature": "fitness", "weight": 0.0}, "rates": rates}
    fitness = {"feature": "fitness", "form": "maximize" if facts.is_maximized else "minimize"}
    return {"fitness": fitness} | ({"rates": {**rates, "weight": 0.0}} if rates else {})


def looks_behind(optimizer: str) -> bool:
    """Return whether an optimiser uses the features behind a fitness, and not only the fitness."""
    several = optimizer in OPTIMIZERS and OPTIMIZERS[optimizer].MULTI_OBJECTIVE
    # optuna's samplers have one objective by default.
    return optimizer == "least_squares" or several and optimizer != "optuna"


def usual_rates(facts: Facts) -> dict[str, Any]:
    """Return the rates of NetPyNE's usual fitness as an entry of targets; empty for another fitness.

    The rates are read from the arguments of the fitness function.
    """
    arguments = facts.settings.get("fitnessFuncArgs") or {}
    pops = arguments.get("pops")
    if not _is_usual(pops) or not set(pops) <= set(facts.populations) or "maxFitness" not in arguments:
        return {}
    if any(True for _ in _windows_left_out(facts)):
        return {}
    goals = {pop: {k: goal[k] for k in ("target", "width", "min") if k in goal} for pop, goal in pops.items()}
    windows = {"tranges": windows_of(facts.windows)} if windows_of(facts.windows) else {}
    return {"pops": goals, "maxFitness": arguments["maxFitness"], **windows}


def _is_usual(pops: object) -> TypeGuard[Mapping[str, Mapping[str, Any]]]:
    if not isinstance(pops, Mapping) or not pops:
        return False
    return all(isinstance(goal, Mapping) and {"target", "width"} <= goal.keys() for goal in pops.values())


def _windows_left_out(facts: Facts) -> Iterator[str]:
    """Yield a note for each window of rates that is not within the run, in which NetPyNE would count all the same."""
    duration_ms = float(facts.config.get("duration", math.inf))
    for start, end in windows_of(facts.windows):
        if not 0 <= start < end <= duration_ms:
            window = f"{start:g}-{end:g} ms"
            words = f"which is not within the run of {duration_ms:g} ms; no rates are recorded"
            yield f"printPopAvgRates has the window {window}, {words}"


def windows_of(given: Any) -> list[list[float]]:
    """Return the windows [ms] of simConfig's printPopAvgRates; empty without windows."""
    if not isinstance(given, list) or not given:
        return []
    return [list(map(float, each)) for each in (given if isinstance(given[0], list) else [given])]
