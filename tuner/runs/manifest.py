"""The manifest of a run: which study, model and versions made it, and who has run it."""

import hashlib
import importlib.metadata
import json
import os
import shlex
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any

import msgspec

from tuner.errors import StoreError
from tuner.layout import ROOT
from tuner.model.base import Description
from tuner.runs.decisions import Engine, Sharing
from tuner.runs.digests import digest_files
from tuner.runs.json_files import read_json
from tuner.runs.typed_tables import typed
from tuner.study.study import Study

MANIFEST = "manifest.json"
# 1, without a number: digests are of all bytes. 2: those of the project's Python files are of their code alone.
FORMAT = 2
DECISIVE_VERSIONS = ("numpy", "neuron", "netpyne")
VERSIONS = (*DECISIVE_VERSIONS, "scipy", "inspyred", "netpyne-tuner")


@dataclass(frozen=True)
class Start:
    """A start of a run: when, where, by which command, and on how many workers."""

    time: str = ""
    host: str = ""
    pid: int = 0
    command: str = ""
    workers: int = 0
    executor: str = ""


@dataclass(frozen=True)
class Manifest:
    """The manifest of a run; what an older or damaged file lacks has the default.

    `identity` is `Study.identity()`, `files` are digests by name, `start` is the start point. The entries from
    `timeout_s` on come while the run goes on. `table` is the file's own content, with keys that are not known here.
    """

    format: Annotated[int, msgspec.Meta(ge=1)] = 1
    name: str = ""
    study_file: str | None = None
    study_folder: str | None = None
    trust_pickle: bool = False
    study_digest: str = ""
    identity: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    git_commit: str | None = None
    created: str = ""
    start: dict[str, Any] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    populations: tuple[str, ...] = ()
    starts: tuple[Start, ...] = ()
    wall_time_s: float = 0.0
    timeout_s: float | None = None
    sharing: Sharing | None = None
    engine: Engine | None = None
    changes: dict[str, int] = field(default_factory=dict)
    ended: str = ""
    slopes: dict[str, Any] | None = None
    accepted_versions: tuple[tuple[str, ...], ...] = ()
    table: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, table: dict[str, Any], file: Path = Path(MANIFEST)) -> "Manifest":
        """Return the manifest of a table; StoreError if it is damaged."""
        return typed(cls, table, file)

    def updated(self, **entries: Any) -> "Manifest":
        """Return the manifest with other entries, given as plain data; all else of the table stays.

        TypeError if there is no such entry.
        """
        if unknown := entries.keys() - {entry.name for entry in fields(self)}:
            raise TypeError(f"a manifest has no {', '.join(sorted(unknown))}")
        return Manifest.of({**self.table, **_as_read(entries)})

    @property
    def decisions(self) -> tuple[Sharing, Engine] | None:
        """Return what was decided on shared synapses and the engine; None while one of them is open."""
        if self.sharing is None or self.engine is None or not (self.sharing.decided and self.engine.decided):
            return None
        return self.sharing, self.engine


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a run folder, empty if it has none; StoreError if it is damaged, or of a newer version."""
    file = folder / MANIFEST
    table = read_json(file) or {}
    number = table.get("format")
    if isinstance(number, int) and number > FORMAT:
        raise StoreError(
            f"{file}: has format {number} of a newer netpyne-tuner, this version knows formats up to {FORMAT};"
            " nothing was changed (update netpyne-tuner, or give the study another name)"
        )
    return Manifest.of(table, file)


def versions() -> dict[str, str]:
    """Versions of what decides a result, and of Python."""
    found = {name: importlib.metadata.version(name) for name in VERSIONS}
    return {**found, "python": sys.version.split()[0]}


def new_manifest(study: Study, description: Description) -> Manifest:
    """Return the manifest of a run that is about to begin."""
    identity = study.identity()
    text = json.dumps(identity, sort_keys=True).encode()
    table = {
        "format": FORMAT,
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
    return Manifest.of(_as_read(table))


def _as_read(table: dict[str, Any]) -> dict[str, Any]:
    """Return a table as its file will give it again: without tuples, and without NumPy's numbers."""
    read: dict[str, Any] = json.loads(json.dumps(table))
    return read


def this_start(workers: int, executor: str) -> Start:
    """Return the start of a run by this process."""
    now = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    return Start(now, socket.gethostname(), os.getpid(), shlex.join(sys.argv), workers, executor)


def _git_commit() -> str | None:
    """The project's commit, marked if files differ from it; None outside a git checkout of its own."""
    if not (ROOT / ".git").exists():
        return None
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None
