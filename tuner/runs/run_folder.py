"""Find, claim, clear and rename run folders, and read the study and write the log in a run folder."""

import logging
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tuner.errors import StoreError, StudyError, nearest
from tuner.runs.best_file import BEST
from tuner.runs.contained import check_links
from tuner.runs.json_files import ADVICE, writing
from tuner.runs.manifest import MANIFEST, Manifest, read_manifest
from tuner.runs.owner import Owner
from tuner.runs.probe_file import PROBES
from tuner.runs.rasters import RASTER, SPIKES
from tuner.runs.store import EVALUATIONS
from tuner.study import study_file
from tuner.study.resolved import ResolvedStudy, of_run
from tuner.study.schema import Place
from tuner.study.study import Study
from tuner.study.study_file import is_file
from tuner.words import cut, printable, short

STUDY, PARETO, LOG = "study.toml", "pareto.json", "run.log"
KNOWN = "known.jsonl"


def claim(folder: Path, *, fresh: bool) -> Path | None:
    """Create a run folder if needed, and check that files can be written there.

    If `fresh`, an existing folder is renamed first, and the new path is returned. Raises StoreError if the folder
    cannot be written, if an entry leads out of the folder, or if a live master is writing the folder to rename.
    """
    aside = None
    with writing(folder):
        if fresh and folder.exists():
            with Owner(folder):
                pass
            aside = set_aside(folder)
        folder.mkdir(parents=True, exist_ok=True)
        check_links(folder)
        probe = folder / f".probe-{secrets.token_hex(8)}"
        try:
            with open(probe, "xb") as file:
                file.write(bytes(4096))
                file.flush()
                os.fsync(file.fileno())
        finally:
            probe.unlink(missing_ok=True)
    return aside


def clear_results(folder: Path) -> None:
    """Delete old results from a run folder without evaluations, so that stale files are never read."""
    with writing(folder):
        for name in (BEST, PARETO, PROBES, RASTER, KNOWN):
            (folder / name).unlink(missing_ok=True)
        for name in ("export", "report", SPIKES):
            shutil.rmtree(folder / name, ignore_errors=True)


def has_evaluations(folder: Path) -> bool:
    """Return whether a run folder has a manifest and at least one complete line of evaluations."""
    if not is_file(folder / MANIFEST) or not is_file(folder / EVALUATIONS):
        return False
    with open(folder / EVALUATIONS, "rb") as file:
        return file.readline().endswith(b"\n")


def set_aside(folder: Path) -> Path:
    """Rename a run folder to the first free name of NAME.1, NAME.2, ..., and return the new path."""
    number = 1
    while (aside := folder.with_name(f"{folder.name}.{number}")).exists():
        number += 1
    return folder.rename(aside)


def find(run: str, runs: Path) -> Path:
    """Return the folder of an existing run, given as a name in the runs folder or as a path."""
    for folder in (runs / run, Path(run)):
        if is_file(folder / MANIFEST):
            return folder
    names = [path.parent.name for path in runs.glob(f"*/{MANIFEST}")] if study_file.is_folder(runs) else []
    raise StudyError(f"{cut(run)}: there is no such run in {runs}; {nearest(run, names)}, or the path of a run folder")


def load_study(folder: Path, *, imports: bool = False) -> tuple[ResolvedStudy, Manifest]:
    """Return the resolved study and the manifest of a run.

    The files of the user's features are imported only with `imports`; `tuner.runs.trust` says when this is allowed.
    Raises StoreError if the study is damaged.
    """
    manifest, file = read_manifest(folder), folder / STUDY
    home = manifest.study_folder or folder
    try:
        return of_run(Study.from_table(study_file.read(file), Place(short(file)), home, imports=imports)), manifest
    except StudyError as error:
        raise StoreError(f"{error}; {ADVICE}") from None


class LogFile(logging.FileHandler):
    """Write run.log; a full disk is ignored here, because the store reports this error."""

    def __init__(self, folder: Path) -> None:
        with writing(folder):
            super().__init__(folder / LOG, encoding="utf-8")
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as printable text; lines after the first are indented, so that only records begin a line."""
        return printable(super().format(record)).replace("\n", "\n  ")

    def handleError(self, record: logging.LogRecord) -> None:
        """Ignore errors while a record is written."""


@contextmanager
def logging_to(folder: Path) -> Iterator[None]:
    """Copy all log records to the folder's run.log, inside a `with` block.

    Warnings are still shown on the terminal.
    """
    log = logging.getLogger("tuner")
    # Without any handler, Python shows warnings through lastResort. The handler of the file would turn this off.
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
