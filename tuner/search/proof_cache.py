"""Keep decisions on speed-ups in the user's cache, so that the same model is not proved again.

The key of an entry has all that can change a comparison: files of the model, settings, versions, the program itself and
the kind of machine.
"""

import hashlib
import json
import logging
import os
import platform
import tempfile
from functools import cache
from pathlib import Path

import msgspec

from tuner.executors.registry import EXECUTORS
from tuner.layout import BUILDS, ROOT
from tuner.mechanisms import libraries
from tuner.runs.decisions import Decisions
from tuner.runs.manifest import Manifest

PROOFS = BUILDS.parent / "proofs"
# Parts of a study that do not change a simulation.
NOT_READ = ("optimizer",)

log = logging.getLogger(__name__)


def key_of(manifest: Manifest, executor: str) -> str:
    """Return the key of a run's proof, from model, settings, versions, machine, and whether workers are processes."""
    kind = EXECUTORS[executor]
    identity = {name: value for name, value in manifest.identity.items() if name not in NOT_READ}
    files = {name.partition("/")[2]: digest for name, digest in manifest.files.items()}
    parts = {
        "identity": identity,
        "files": files,
        "start": manifest.start,
        "versions": manifest.versions,
        "machine": (platform.platform(), libraries.processor()),
        "executor": (kind.isolated, bool(kind.launcher)),
        "program": _digest_of_program(),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=repr).encode()).hexdigest()


@cache
def _digest_of_program() -> str:
    digest = hashlib.sha256()
    for file in sorted((ROOT / "tuner").rglob("*.py")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def read(key: str, folder: Path = PROOFS) -> Decisions | None:
    """Return the decisions of an earlier proof; None without a proof, or if the file is damaged."""
    try:
        return msgspec.json.decode((folder / f"{key}.json").read_bytes(), type=Decisions)
    except (OSError, msgspec.DecodeError):
        return None


def write(key: str, decisions: Decisions, folder: Path = PROOFS) -> None:
    """Keep decisions that are made; a cache that cannot be written is no error."""
    if not decisions.decided:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(decisions))
        os.replace(name, folder / f"{key}.json")
    except OSError as error:
        log.debug("the proof was not kept: %s", error)
