"""Read and write the manifest of a run: study, model, versions, and the starts of the run."""

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
from typing import Annotated, Any, TypedDict

import msgspec

from tuner.errors import StoreError
from tuner.evaluation import Features, Real
from tuner.layout import ROOT
from tuner.model.base import Description
from tuner.runs.decisions import Decisions, Engine, Reuse, Sharing
from tuner.runs.digests import digest_files
from tuner.runs.json_files import read_json
from tuner.runs.typed_tables import converted, typed
from tuner.study.study import Study

MANIFEST = "manifest.json"
# Format 1 has no number; its digests cover all bytes of a file. Format 2: digests of the project's Python files cover
# only the code.
FORMAT = 2
DECISIVE_VERSIONS = ("numpy", "neuron", "netpyne")
VERSIONS = (*DECISIVE_VERSIONS, "scipy", "inspyred", "netpyne-tuner")


class _SlopeTable(TypedDict):
    slopes: dict[str, Features]


class Slopes(_SlopeTable, total=False):
    """Describe the result of `LeastSquares.slopes`: slopes by target and parameter."""

    number: int | None
    errors: dict[str, Features]
    scatter: Features
    freedom: Features


class Identity(TypedDict, total=False):
    """Describe the entries of `Study.identity()` that are read; all others are only compared."""

    parameters: dict[str, dict[str, Any]]
    targets: dict[str, dict[str, Any]]
    optimizer: dict[str, Any]
    simulation: dict[str, Any]
    duration_ms: Real


class _OfIdentity(TypedDict, total=False):
    identity: Identity


@dataclass(frozen=True)
class Start:
    """Represent a start of a run: time, host, process, command and workers."""

    time: str = ""
    host: str = ""
    pid: int = 0
    command: str = ""
    workers: int = 0
    executor: str = ""


@dataclass(frozen=True)
class Manifest:
    """Represent the manifest of a run.

    An entry that is missing in the file, as in an older run, has its default. `identity` is `Study.identity()`, `files`
    are digests by name, and `start` is the start point. Entries from `timeout_s` on are added while the run goes on.
    `rules_off` are limits of simulation.abort that the start point breaks (`tuner.simulation.broken_rules`). Before the
    simulation of the start point, the entry is missing. `distinct` is true if a grid does not repeat the start point.
    `table` is the content of the file, including unknown keys.
    """

    format: Annotated[int, msgspec.Meta(ge=1)] = 1
    name: str = ""
    study_file: str | None = None
    study_folder: str | None = None
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
    rules_off: dict[str, str] | None = None
    distinct: bool = False
    sharing: Sharing | None = None
    engine: Engine | None = None
    reuse: Reuse | None = None
    changes: dict[str, int] = field(default_factory=dict)
    ended: str = ""
    slopes: Slopes | None = None
    accepted_versions: tuple[tuple[str, ...], ...] = ()
    table: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, table: dict[str, Any], file: Path = Path(MANIFEST)) -> "Manifest":
        """Return the manifest from a table; raise StoreError if the table is damaged."""
        converted(_OfIdentity, table, file)
        return typed(cls, table, file)

    def updated(self, **entries: Any) -> "Manifest":
        """Return a manifest with changed entries, which are given as plain data.

        All other keys of the table stay. Raises TypeError for an unknown entry.
        """
        if unknown := entries.keys() - {entry.name for entry in fields(self)}:
            raise TypeError(f"a manifest has no entry {', '.join(sorted(unknown))}")
        return Manifest.of({**self.table, **_as_read(entries)})

    @property
    def decisions(self) -> Decisions | None:
        """Return the decisions on speed-ups. None until all are made, and for runs that have not decided on reuse."""
        if self.sharing is None or self.engine is None or self.reuse is None:
            return None
        found = Decisions(self.sharing, self.engine, self.reuse)
        return found if found.decided else None


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a run folder; an empty one if there is no file.

    Raises StoreError if the file is damaged, or was written by a newer version with another format.
    """
    file = folder / MANIFEST
    table = read_json(file) or {}
    number = table.get("format")
    if isinstance(number, int) and number > FORMAT:
        raise StoreError(
            f"{file}: has format {number} of a newer netpyne-tuner, this version reads formats up to {FORMAT};"
            " nothing was changed (update netpyne-tuner, or give the study another name)"
        )
    return Manifest.of(table, file)


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that affect results."""
    found = {name: importlib.metadata.version(name) for name in VERSIONS}
    return {**found, "python": sys.version.split()[0]}


def new_manifest(study: Study, description: Description) -> Manifest:
    """Return the manifest of a new run."""
    identity = study.identity()
    text = json.dumps(identity, sort_keys=True).encode()
    table = {
        "format": FORMAT,
        "name": study.name,
        "study_file": study.file,
        "study_folder": study.folder,
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
        "distinct": True,
    }
    return Manifest.of(_as_read(table))


def _as_read(table: dict[str, Any]) -> dict[str, Any]:
    """Return a table as read from a JSON file: with lists for tuples, and plain numbers for NumPy's."""
    read: dict[str, Any] = json.loads(json.dumps(table))
    return read


def this_start(workers: int, executor: str) -> Start:
    """Return the entry for a start of the run by this process."""
    now = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    return Start(now, socket.gethostname(), os.getpid(), shlex.join(sys.argv), workers, executor)


def _git_commit() -> str | None:
    """Return the project's commit, with "-dirty" if files differ. None without a git checkout."""
    if not (ROOT / ".git").exists():
        return None
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None
