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
from pathlib import Path

from tuner.errors import StoreError
from tuner.layout import ROOT
from tuner.model.base import Description
from tuner.runs.digests import digest_files
from tuner.runs.json_files import read_json
from tuner.study.study import Study
from tuner.words import shown

MANIFEST = "manifest.json"
# 1, without a number: digests are of all bytes. 2: those of the project's Python files are of their code alone.
FORMAT = 2
DECISIVE_VERSIONS = ("numpy", "neuron", "netpyne")
VERSIONS = (*DECISIVE_VERSIONS, "scipy", "inspyred", "netpyne-tuner")


def read_manifest(folder: Path) -> dict:
    """Return the manifest of a run folder, empty if it has none; StoreError if a newer version wrote it."""
    file = folder / MANIFEST
    manifest = read_json(file) or {}
    number = manifest.get("format", 1)
    if type(number) is not int or number < 1:
        raise StoreError(f"{file}: is damaged: its format is {shown(number)}; start again with --fresh")
    if number > FORMAT:
        raise StoreError(
            f"{file}: has format {number} of a newer netpyne-tuner, this version knows formats up to {FORMAT};"
            " nothing was changed (update netpyne-tuner, or give the study another name)"
        )
    return manifest


def recorded_study(folder: Path) -> dict:
    """The study that a run folder was made by, as its manifest has it; empty if it has none."""
    return read_manifest(folder).get("identity", {})


def versions() -> dict[str, str]:
    """Versions of what decides a result, and of Python."""
    found = {name: importlib.metadata.version(name) for name in VERSIONS}
    return {**found, "python": sys.version.split()[0]}


def new_manifest(study: Study, description: Description) -> dict:
    """What made this run."""
    identity = study.identity()
    text = json.dumps(identity, sort_keys=True).encode()
    return {
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
