"""A run folder: what it is called, what makes it this run's, and what lies in it."""

import hashlib
import importlib.metadata
import io
import json
import logging
import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from tuner.mechanisms import libraries
from tuner.model import models, model_files
from tuner.errors import StoreError, StudyError, nearest
from tuner.model.base import Description
from tuner.runs.owner import Owner
from tuner.recording import Recording
from tuner.words import (shown)
from tuner.runs.store import EVALUATIONS, MANIFEST, Store, read_json, write_whole, writing
from tuner.study.resolved import ResolvedStudy, of_run
from tuner.study.study import Study
from tuner.layout import ROOT
from tuner.study.study_file import is_file

STUDY, BEST, PARETO, RASTER, LOG = "study.toml", "best.json", "pareto.json", "best_raster.npz", "run.log"
KNOWN = "known.jsonl"
SPIKES = "spikes"
DECISIVE_VERSIONS = ("numpy", "neuron", "netpyne")
VERSIONS = (*DECISIVE_VERSIONS, "scipy", "inspyred", "netpyne-tuner")


def claim(folder: Path, fresh: bool) -> None:
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


def load_study(folder: Path) -> tuple[ResolvedStudy, dict]:
    """The resolved study and the manifest of a run."""
    manifest = read_json(folder / MANIFEST) or {}
    study = Study.load(folder / STUDY, folder=manifest.get("study_folder"))
    # Who trusted it once said so; its digest is the run's.
    return of_run(replace(study, trust_pickle=manifest.get("trust_pickle", False))), manifest


def recorded_study(folder: Path) -> dict:
    """The study that a run folder was made by, as its manifest has it; empty if it has none."""
    return (read_json(folder / MANIFEST) or {}).get("identity", {})


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
    handlers = [] if log.hasHandlers() else [logging.lastResort]
    file, level = LogFile(folder), log.level
    handlers.append(file)
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


def check_identity(study: Study, store: Store, accept_versions: bool) -> None:
    """Holds the run that the folder belongs to against the study; StoreError names the first difference."""
    manifest = store.manifest
    if "identity" not in manifest or not store.evaluations:
        if store.evaluations:
            raise StoreError(f"{store.folder}: has evaluations but no {MANIFEST}; start again with --fresh")
        return
    missing = [key for key in ("files", "versions", "start", "units", "starts") if key not in manifest]
    if missing:
        raise StoreError(
            f"{store.folder / MANIFEST}: is damaged, it has no {', '.join(missing)}; start again with --fresh"
        )
    was, now = manifest["identity"], json.loads(json.dumps(study.identity()))
    if difference := _difference(was, now):
        raise StoreError(
            f"{store.folder}: belongs to another study: {difference}; nothing was changed"
            " (--fresh sets the old run aside, another name keeps both)"
        )
    check_files(study, manifest, store.folder)
    _check_versions(store, accept_versions)


def check_files(study: Study, manifest: Mapping, folder: Path) -> None:
    """Holds the model's files against those that made the run; StoreError names those that changed."""
    files = digest_files(study, manifest["files"])
    changed = [name for name, digest in manifest["files"].items() if files.get(name) != digest]
    changed += [name for name in files if name not in manifest["files"]]
    if changed:
        raise StoreError(f"{folder}: was made by another model: {', '.join(changed)} changed since (or --fresh)")


def _check_versions(store: Store, accept: bool) -> None:
    was, now = store.manifest["versions"], versions()
    changed = [f"{n} {was.get(n)} -> {now[n]}" for n in DECISIVE_VERSIONS if was.get(n) != now[n]]
    if changed and not accept:
        raise StoreError(
            f"{store.folder}: was made with other versions: {', '.join(changed)}; results may differ"
            " (--accept-versions goes on and records it, --fresh starts again)"
        )
    if changed:
        store.update_manifest(accepted_versions=[*store.manifest.get("accepted_versions", []), changed], versions=now)


def _difference(was: object, now: object, key: str = "") -> str:
    """The first difference of two tables in words; "" if there is none."""
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        for name in [*was, *(n for n in now if n not in was)]:
            inner = f"{key}.{name}" if key else name
            if name not in now:
                return f"{inner} was {shown(was[name])}, is not there now"
            if name not in was:
                return f"{inner} is {shown(now[name])}, was not there"
            if found := _difference(was[name], now[name], inner):
                return found
        return "" if list(was) == list(now) or key not in ("parameters", "targets") else f"the order of {key} changed"
    return "" if was == now else f"{key} was {shown(was)}, is {shown(now)}"


def digest_files(
    study: Study, recorded: Mapping[str, str] | None = None, loaded: tuple[str, ...] = ()
) -> dict[str, str]:
    """SHA-256 of the model's files and its mechanisms, by a name that survives a move of project or study.

    The model's files are those it `loaded`, or those that a manifest has `recorded`.
    """
    homes = {"project": ROOT, "study": Path(study.folder)}
    files = {str(file) for file in loaded}
    for name in recorded or ():
        home, _, rest = name.partition("/")
        files.add(str(homes[home] / rest))
    text = " ".join(Path(file).read_text(errors="replace") for file in sorted(files) if Path(file).is_file())
    files |= {str(file) for file in (*libraries.used(models.mod_folder(study), text), *study.files)}
    named = {}
    for file, digest in model_files.digest(tuple(sorted(files))).items():
        home = "project" if Path(file).is_relative_to(ROOT) else "study"
        named[f"{home}/{os.path.relpath(file, homes[home])}"] = digest
    return named


def versions() -> dict[str, str]:
    """Versions of what decides a result, and of Python."""
    found = {name: importlib.metadata.version(name) for name in VERSIONS}
    return {**found, "python": sys.version.split()[0]}


def new_manifest(study: Study, description: Description) -> dict:
    """What made this run."""
    identity = study.identity()
    text = json.dumps(identity, sort_keys=True).encode()
    return {
        "name": study.name,
        "study_file": study.file,
        "study_folder": study.folder,
        "trust_pickle": study.trust_pickle,
        "study_digest": hashlib.sha256(text).hexdigest(),
        "identity": identity,
        "files": digest_files(study, loaded=description.files),
        "versions": versions(),
        "git_commit": _git_commit(),
        "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "start": description.start,
        "units": description.units,
        "populations": list(description.populations),
        "starts": [],
        "wall_time_s": 0.0,
    }


def this_start(workers: int, executor: str) -> dict:
    """Who runs it now, and how."""
    return {
        "time": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "command": shlex.join(sys.argv),
        "workers": workers,
        "executor": executor,
    }


def _git_commit() -> str | None:
    """The project's commit, marked if files differ from it; None outside a git checkout."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None


def write_raster(folder: Path, number: int, recordings: Mapping[str, Recording]) -> None:
    """Keeps the rasters, by protocol, of the best evaluation so far."""
    write_whole(folder / RASTER, _packed(number, recordings))


def write_spikes(folder: Path, number: int, recordings: Mapping[str, Recording]) -> None:
    """Keeps the rasters, by protocol, of any evaluation."""
    home = folder / SPIKES
    with writing(home):
        home.mkdir(exist_ok=True)
    write_whole(home / f"{number}.npz", _packed(number, recordings))


def _packed(number: int, recordings: Mapping[str, Recording]) -> bytes:
    arrays: dict[str, object] = {"number": number, "protocols": list(recordings)}
    for place, recording in enumerate(recordings.values()):
        prefix = _prefix(place)
        arrays[f"{prefix}duration_ms"] = recording.duration_ms
        arrays[f"{prefix}times"], arrays[f"{prefix}cells"] = recording.spike_times, recording.spike_cells
        arrays |= {f"{prefix}population:{name}": cells for name, cells in recording.populations.items()}
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    return content.getvalue()


def _prefix(place: int) -> str:
    return f"{place}:" if place else ""


def read_best(folder: Path) -> dict | None:
    """best.json; None if there is none, or none that can be read: it can be made again."""
    try:
        best = read_json(folder / BEST)
    except StoreError:
        return None
    return best if best and {"number", "values", "loss", "evaluations", "verified"} <= best.keys() else None


def read_raster(folder: Path) -> tuple[int, dict[str, Recording]] | None:
    """Number, and recordings by protocol, of the best evaluation; None if they are not kept."""
    return _unpacked(folder / RASTER)


def read_spikes(folder: Path, number: int) -> dict[str, Recording] | None:
    """Recordings by protocol of an evaluation; None if they are not kept."""
    found = _unpacked(folder / SPIKES / f"{number}.npz")
    return found and found[1]


def _unpacked(file: Path) -> tuple[int, dict[str, Recording]] | None:
    try:
        with np.load(file) as data:
            names = data["protocols"].tolist()
            return int(data["number"]), {name: _recording(data, _prefix(i)) for i, name in enumerate(names)}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _recording(data: Mapping[str, np.ndarray], prefix: str) -> Recording:
    start = f"{prefix}population:"
    populations = {name.removeprefix(start): data[name] for name in data if name.startswith(start)}
    return Recording(data[f"{prefix}times"], data[f"{prefix}cells"], populations, float(data[f"{prefix}duration_ms"]))
