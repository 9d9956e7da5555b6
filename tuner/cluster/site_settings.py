"""Read site settings: the resources of a job on a cluster, and the requirements of the site."""

import datetime
import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

from tuner.study import study_file
from tuner.study.schema import Key, Place, fill
from tuner.words import cut, short, shown

SCHEDULERS = ("slurm", "torque", "sge")
SITE_KEYS = {
    "scheduler": Key("text", one_of=SCHEDULERS),
    "nodes": Key("whole", at_least=1),
    "tasks_per_node": Key("whole", at_least=1),
    "time": Key("text"),
    "partition": Key("text"),
    "account": Key("text"),
    "setup": Key("list"),
    "options": Key("list"),
    "launcher": Key("text"),
    "margin_s": Key("whole", at_least=1, at_most=65535),
    "python": Key("text"),
    "parallel_environment": Key("text"),
}
# Seconds of each number of a time limit, by the count of numbers. After days and a dash, hours come first.
_UNITS = {1: (60,), 2: (60, 1), 3: (3600, 60, 1)}
_UNITS_AFTER_DAYS = (3600, 60, 1)


@dataclass(frozen=True)
class Site:
    """Represent the site settings of a job.

    Attributes
    ----------
    time
        Time limit, in one of the formats of `seconds`.
    partition
        Partition of Slurm, queue of Torque and SGE.
    account
        Account; the project of SGE.
    setup
        Lines of bash that run before the study, such as `module load`.
    options
        Further directives of the scheduler, copied as they are.
    launcher
        Command that starts the ranks; `{tasks}` is replaced by the number of ranks.
    margin_s
        Time [s] before the time limit at which the job stops.
    python
        Path of the Python interpreter.
    parallel_environment
        Parallel environment; only for SGE.
    """

    tasks_per_node: int
    time: str
    nodes: int = 1
    scheduler: str = "slurm"
    partition: str = ""
    account: str = ""
    setup: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    launcher: str = "mpiexec -n {tasks}"
    margin_s: int = 120
    python: str = sys.executable
    parallel_environment: str = "mpi"

    @property
    def tasks(self) -> int:
        """Return the number of ranks of the job, including the leader."""
        return self.nodes * self.tasks_per_node

    @property
    def seconds(self) -> int:
        """Return the time limit [s]."""
        return seconds(self.time)

    @property
    def clock(self) -> str:
        """Return the time limit as HH:MM:SS, which every scheduler accepts."""
        return f"{self.seconds // 3600:02d}:{self.seconds // 60 % 60:02d}:{self.seconds % 60:02d}"


def seconds(time: str) -> int:
    """Return the seconds of a time limit in a format of Slurm.

    Formats: minutes, MM:SS, HH:MM:SS, D-HH, D-HH:MM and D-HH:MM:SS. Raises ValueError for any other text.
    """
    found = re.fullmatch(r"(?:(\d+)-)?(\d+(?::\d+){0,2})", time)
    if not found:
        raise ValueError(f"{shown(time)} is not a time limit")
    numbers = [int(number) for number in found[2].split(":")]
    units = _UNITS[len(numbers)] if found[1] is None else _UNITS_AFTER_DAYS
    return 86400 * int(found[1] or 0) + sum(n * unit for n, unit in zip(numbers, units, strict=False))


def users_file() -> Path:
    """Return the path of the user's site settings, which hold for all studies."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "netpyne-tuner" / study_file.SITE


def read(folder: str | Path, given: Mapping[str, Any], script: Mapping[str, Any] | None = None) -> Site:
    """Read the site settings of a study from all sources.

    The sources are, from the lowest to the highest priority: the user's cluster.toml, `script` (the runCfg of a batch
    script), cluster.toml in the study's `folder`, and `given` (the command line). A None in `given` is ignored.

    Raises
    ------
    StudyError
        If a key is wrong or missing; names the file.
    """
    tables = [
        *_file(users_file()),
        (Place("runCfg"), script or {}),
        *_file(Path(folder) / study_file.SITE),
        (Place("command line"), {key: value for key, value in given.items() if value is not None}),
    ]
    settings: dict[str, Any] = {}
    places: dict[str, Place] = {}
    for place, table in tables:
        checked = _checked(table, place)
        settings |= checked
        places |= {key: place.at(key) for key in checked}
    _check_complete(settings, Path(folder) / study_file.SITE)
    site = Site(**settings)
    if site.margin_s >= site.seconds:
        place = places.get("margin_s", places["time"])
        limit = f"the time limit is only {site.seconds} s ({cut(site.time)}); raise time, or lower margin_s"
        raise place.error(f"the job stops {site.margin_s} s (margin_s) before its time limit, but {limit}")
    return site


def _file(file: Path) -> list[tuple[Place, dict[str, Any]]]:
    return [(Place(short(file)), study_file.read(file))] if os.path.lexists(file) else []


def _checked(table: Mapping[str, Any], place: Place) -> dict[str, Any]:
    settings: dict[str, Any] = fill({key: _written(key, value) for key, value in table.items()}, SITE_KEYS, place)
    for key in ("setup", "options"):
        if key in settings:
            lines = [Key("text").check(line, place.at(key)) for line in settings[key]]
            settings[key] = tuple(lines)
    for key, value in settings.items():
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str) and not text.isprintable():
                raise place.at(key).error(f"is {shown(text)}, must be one line of printable characters")
    if "time" in settings:
        _check_time(settings["time"], place.at("time"))
    if "launcher" in settings:
        _check_launcher(settings["launcher"], place.at("launcher"))
    if "python" in settings:
        settings["python"] = _program(settings["python"], place.at("python"))
    return settings


def _written(key: str, value: Any) -> Any:
    """Convert a value to text if TOML reads another type: 02:00:00 is a time of day, 2025-01-01 a date."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if isinstance(value, datetime.time | datetime.date) or (key == "time" and is_number) else value


def _check_launcher(launcher: str, place: Place) -> None:
    # ${NAME} is a variable of bash, not a placeholder.
    wrong = [name for name in re.findall(r"(?<!\$)\{([^{}]*)\}", launcher) if name != "tasks"]
    if wrong:
        raise place.error(f"is {shown(launcher)}, but {{{wrong[0]}}} is not a placeholder; allowed: {{tasks}}")


def _program(python: str, place: Place) -> str:
    """Return the absolute path of an interpreter; `~` is the home folder."""
    found = shutil.which(os.path.expanduser(python))
    if found is None:
        raise place.error(
            f"is {shown(python)}, but there is no such program on this machine; give the path of a Python interpreter"
        )
    return os.path.abspath(found)


def _check_time(time: str, place: Place) -> None:
    try:
        if seconds(time) > 0:
            return
    except ValueError:
        pass
    raise place.error(f"is {shown(time)}, must be a time limit: HH:MM:SS, D-HH:MM:SS, or minutes")


def _check_complete(settings: Mapping[str, Any], file: Path) -> None:
    for field in fields(Site):
        if field.default is MISSING and field.name not in settings:
            option = "--" + field.name.replace("_", "-")
            raise Place("command line").error(
                f"{option} is missing; give it, or write {field.name} into {short(file)} or {users_file()}"
            )
