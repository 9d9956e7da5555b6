"""A run folder: its name, the study and the log in it, and how it is claimed, cleared and set aside."""

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tuner.errors import StudyError, nearest
from tuner.runs.best_file import BEST
from tuner.runs.json_files import writing
from tuner.runs.manifest import MANIFEST, Manifest, read_manifest
from tuner.runs.owner import Owner
from tuner.runs.rasters import RASTER, SPIKES
from tuner.runs.store import EVALUATIONS
from tuner.study.resolved import ResolvedStudy, of_run
from tuner.study.study import Study
from tuner.study.study_file import is_file

STUDY, PARETO, LOG = "study.toml", "pareto.json", "run.log"
KNOWN = "known.jsonl"


def claim(folder: Path, *, fresh: bool) -> None:
    """Makes a run's folder if need be and sees that it can be written; with `fresh` an old one is renamed.

    StoreError if it cannot be written, or if it would be renamed under the master that is writing it.
    """
    with writing(folder):
        if fresh and folder.exists():
            with Owner(folder):
                pass
            set_aside(folder)
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        try:
            with open(probe, "wb") as file:
                file.write(bytes(4096))
                file.flush()
                os.fsync(file.fileno())
        finally:
            probe.unlink(missing_ok=True)


def clear_results(folder: Path) -> None:
    """Removes what an earlier run has left in a folder that holds no evaluation: nothing stale is ever read."""
    with writing(folder):
        for name in (BEST, PARETO, RASTER, KNOWN):
            (folder / name).unlink(missing_ok=True)
        for name in ("export", "report", SPIKES):
            shutil.rmtree(folder / name, ignore_errors=True)


def has_evaluations(folder: Path) -> bool:
    """Whether a folder is a run's that has begun: it has a whole line."""
    if not is_file(folder / MANIFEST) or not is_file(folder / EVALUATIONS):
        return False
    with open(folder / EVALUATIONS, "rb") as file:
        return file.readline().endswith(b"\n")


def set_aside(folder: Path) -> Path:
    """Renames a run folder to the first free NAME.1, NAME.2, ...; gives the new path."""
    number = 1
    while (aside := folder.with_name(f"{folder.name}.{number}")).exists():
        number += 1
    return folder.rename(aside)


def find(run: str, runs: Path) -> Path:
    """The folder of a run that exists: a name in the runs folder, or a path."""
    for folder in (runs / run, Path(run)):
        if is_file(folder / MANIFEST):
            return folder
    names = [path.parent.name for path in runs.glob(f"*/{MANIFEST}")]
    raise StudyError(f"{run}: there is no such run in {runs}; {nearest(run, names)}, or the path of a run folder")


def load_study(folder: Path) -> tuple[ResolvedStudy, Manifest]:
    """The resolved study and the manifest of a run."""
    manifest = read_manifest(folder)
    study = Study.load(folder / STUDY, folder=manifest.study_folder)
    # Who trusted it once said so; its digest is the run's.
    return of_run(replace(study, trust_pickle=manifest.trust_pickle)), manifest


class LogFile(logging.FileHandler):
    """run.log; a disk that is full is the store's to report."""

    def __init__(self, folder: Path) -> None:
        with writing(folder):
            super().__init__(folder / LOG, encoding="utf-8")
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))

    def handleError(self, record: logging.LogRecord) -> None:
        """Says nothing."""


@contextmanager
def logging_to(folder: Path) -> Iterator[None]:
    """Everything that is logged goes to the folder's run.log too; warnings are shown as if there were no such file."""
    log = logging.getLogger("tuner")
    # Python shows what nobody handles, which would end with the file's handler.
    unhandled = None if log.hasHandlers() else logging.lastResort
    file, level = LogFile(folder), log.level
    handlers: list[logging.Handler] = [file] if unhandled is None else [unhandled, file]
    for handler in handlers:
        log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        for handler in handlers:
            log.removeHandler(handler)
        log.setLevel(level)
        file.close()
