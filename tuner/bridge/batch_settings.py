"""Make and check the settings of a search with NetPyNE's Batch, the tables of search.toml; see netpyne_batch."""

import math
import sys
from collections.abc import Iterable
from datetime import time
from typing import Any

from tuner.bridge.batch_results import SEARCH
from tuner.errors import StudyError, TunerError
from tuner.study import study_file
from tuner.study.schema import Key, Place, fill
from tuner.study.study import Study

# Search methods, and the name of the table with the settings of each in Batch.
METHODS = {"evol": "evolCfg", "optuna": "optimCfg"}
RUNS = ("mpi_direct", "mpi_bulletin", "hpc_slurm")
POPULATION = 10
# NetPyNE looks for results every time_sleep [s], maxiter_wait times a generation.
# Candidates without results by then have failed.
PATIENCE = {"time_sleep": 1, "maxiter_wait": 5000}
# NetPyNE's defaults are one minute, and the mail address of a stranger.
SLURM = {"walltime": "01:00:00", "email": ""}
COUNT = Key("whole", at_least=1)
WORDS, SECONDS = Key("scalar"), Key("number", at_least=0)
# The keys of runCfg that Batch reads; it ignores any other key.
RUN_KEYS = {
    "type": Key("text", one_of=RUNS),
    **dict.fromkeys(("script", "folder", "executor", "mpiCommand", "nrnCommand"), WORDS),
    **dict.fromkeys(("allocation", "walltime", "email", "reservation", "custom", "scancelUser"), WORDS),
    **dict.fromkeys(("nodes", "coresPerNode"), COUNT),
    "sleepInterval": SECONDS,
}
# Keys of the other tables that each search needs. All other keys belong to inspyred or optuna.
OWN_KEYS = {
    **dict.fromkeys(("pop_size", "maxiters", "maxiter_wait"), COUNT),
    "max_generations": Key("whole", at_least=0),
    "time_sleep": SECONDS,
}
SEARCH_KEYS = {
    "method": Key("text", one_of=tuple(METHODS)),
    **dict.fromkeys(("runCfg", *METHODS.values()), Key("table")),
}


def search_table(
    study: Study,
    method: str = "evol",
    run: str = "mpi_direct",
    generations: int | None = None,
    population: int | None = None,
    overrides: Iterable[str] = (),
) -> dict[str, Any]:
    """Return the search settings as in search.toml: Batch's own tables, changed by `overrides` (KEY=VALUE).

    Generations and population are the study's unless given; a generation of optuna is one candidate. Raises TunerError
    if a setting that NetPyNE needs is missing, and StudyError if NetPyNE does not read a setting.
    """
    if method == "optuna" and population not in (None, 1):
        raise StudyError(f"--population {population}: a generation of optuna is one candidate; use only --generations")
    size = 1 if method == "optuna" else population or study.optimizer_table.get("population_size", POPULATION)
    wanted = generations or study.budget.generations or study.most_evaluations / size
    if math.isinf(wanted):
        raise study.place.at("budget").error("has neither evaluations nor generations; add --generations N")
    n = math.ceil(wanted)
    # NetPyNE does not count the first generation.
    evol = {"evolAlgorithm": "custom", "pop_size": size, "max_generations": n - 1}
    own: dict[str, dict[str, Any]] = {"evol": evol, "optuna": {"maxiters": n}}
    started = {"type": run, "script": "init.py", "mpiCommand": "", "nrnCommand": sys.executable}
    table: dict[str, Any] = {"method": method, "runCfg": started, METHODS[method]: own[method] | PATIENCE}
    for entry in overrides:
        table = _override(table, entry)
    table = check_search(table)
    if table["runCfg"]["type"] == "hpc_slurm":
        if "allocation" not in table["runCfg"]:
            words = "NetPyNE writes it into each Slurm job as its account; add --cfg runCfg.allocation=NAME"
            raise TunerError(f"runCfg.allocation is missing; {words}")
        table["runCfg"] = SLURM | table["runCfg"]
    return table


def _override(table: dict[str, Any], entry: str) -> dict[str, Any]:
    try:
        return study_file.override(table, [entry])
    except StudyError:
        raise StudyError(f"--cfg {entry}: must be KEY=VALUE, for example evolCfg.num_elites=1") from None


def check_search(table: dict[str, Any]) -> dict[str, Any]:
    """Return the checked search settings; raise StudyError for unknown keys and wrong values."""
    place = Place(SEARCH)
    table = fill(table, SEARCH_KEYS, place)
    own = METHODS[table["method"]]
    for other in set(METHODS.values()) & table.keys() - {own}:
        words = f"is not for the method {table['method']}, which reads {own}; choose a method by --method"
        raise place.at(other).error(words)
    # TOML reads 02:00:00 as a time of day.
    run = {name: str(value) if isinstance(value, time) else value for name, value in table["runCfg"].items()}
    for name in [name for name in OWN_KEYS if name in table[own]]:
        OWN_KEYS[name].check(table[own][name], place.at(own).at(name))
    return table | {"runCfg": fill(run, RUN_KEYS, place.at("runCfg"))}
