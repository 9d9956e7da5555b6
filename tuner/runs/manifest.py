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

from tuner.layout import ROOT
from tuner.model.base import Description
from tuner.runs.digests import digest_files
from tuner.runs.json_files import read_json
from tuner.study.study import Study

MANIFEST = "manifest.json"
DECISIVE_VERSIONS = ("numpy", "neuron", "netpyne")
VERSIONS = (*DECISIVE_VERSIONS, "scipy", "inspyred", "netpyne-tuner")


def recorded_study(folder: Path) -> dict:
    """The study that a run folder was made by, as its manifest has it; empty if it has none."""
    return (read_json(folder / MANIFEST) or {}).get("identity", {})


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
