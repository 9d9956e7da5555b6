"""How NetPyNE's Batch is to search a study: the tables of search.toml, and what they may hold; see netpyne_batch."""

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

# The methods, and by what name Batch has the settings of each.
METHODS = {"evol": "evolCfg", "optuna": "optimCfg"}
RUNS = ("mpi_direct", "mpi_bulletin", "hpc_slurm")
POPULATION = 10
# NetPyNE looks for results every time_sleep [s], maxiter_wait times a generation; what is not there then has failed.
PATIENCE = {"time_sleep": 1, "maxiter_wait": 5000}
# NetPyNE's own: one minute, and mail to a stranger.
SLURM = {"walltime": "01:00:00", "email": ""}
COUNT = Key("whole", at_least=1)
WORDS, SECONDS = Key("scalar"), Key("number", at_least=0)
# What Batch reads of runCfg; it overlooks any other key.
RUN_KEYS = {
    "type": Key("text", one_of=RUNS),
    **dict.fromkeys(("script", "folder", "executor", "mpiCommand", "nrnCommand"), WORDS),
    **dict.fromkeys(("allocation", "walltime", "email", "reservation", "custom", "scancelUser"), WORDS),
    **dict.fromkeys(("nodes", "coresPerNode"), COUNT),
    "sleepInterval": SECONDS,
}
# Of the other tables: what each search needs. All else is inspyred's or optuna's own.
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
    """How NetPyNE is to search, as search.toml has it: Batch's own tables, and entries that override them.

    Generations and population are the study's unless given; a generation of optuna is one candidate. Raises TunerError
    where something is missing that NetPyNE needs, or is there that it does not read.
    """
    if method == "optuna" and population not in (None, 1):
        raise StudyError(f"--population {population}: a generation of optuna is one candidate; say --generations alone")
    size = 1 if method == "optuna" else population or study.optimizer_table.get("population_size", POPULATION)
    wanted = generations or study.budget.generations or study.most_evaluations / size
    if math.isinf(wanted):
        raise study.place.at("budget").error("has neither evaluations nor generations; NetPyNE needs --generations")
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
            raise TunerError("NetPyNE writes an account into each Slurm job; say which: --cfg runCfg.allocation=NAME")
        table["runCfg"] = SLURM | table["runCfg"]
    return table


def _override(table: dict[str, Any], entry: str) -> dict[str, Any]:
    try:
        return study_file.override(table, [entry])
    except StudyError:
        raise StudyError(f"--cfg {entry}: must be KEY=VALUE, for example evolCfg.num_elites=1") from None


def check_search(table: dict[str, Any]) -> dict[str, Any]:
    """The table as NetPyNE takes it; raises StudyError for what it would not read, or could not search by."""
    place = Place(SEARCH)
    table = fill(table, SEARCH_KEYS, place)
    own = METHODS[table["method"]]
    for other in set(METHODS.values()) & table.keys() - {own}:
        raise place.at(other).error(f"is not for the method {table['method']}, which has {own}; choose by --method")
    # TOML takes 02:00:00 for a time of day.
    run = {name: str(value) if isinstance(value, time) else value for name, value in table["runCfg"].items()}
    for name in [name for name in OWN_KEYS if name in table[own]]:
        OWN_KEYS[name].check(table[own][name], place.at(own).at(name))
    return table | {"runCfg": fill(run, RUN_KEYS, place.at("runCfg"))}
