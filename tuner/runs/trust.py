"""Decide whether the code that a run folder names may be executed.

A run folder is data that may come from anybody: study.toml names a model and files of features. This code is executed
only if a run of the same user made the folder, or if the user allows it. Each start of a run notes path and digest of
the folder in the user's own state folder.
"""

import hashlib
import json
import logging
from pathlib import Path
from typing import Any

import platformdirs

from tuner.errors import StoreError
from tuner.features import lookup
from tuner.regular_files import read_regular
from tuner.runs import run_folder
from tuner.runs.json_files import read_json, write_json
from tuner.runs.manifest import MANIFEST, read_manifest
from tuner.runs.run_folder import STUDY
from tuner.study import sources, study_file
from tuner.study.study import Study
from tuner.study.study_file import is_file

# Entries of the manifest that are written once, at the first start of a run.
FIXED = ("name", "study_file", "study_folder", "study_digest", "identity", "files", "created")

log = logging.getLogger(__name__)


def note(folder: Path) -> None:
    """Note that this user has made a run folder; a state folder that cannot be written is no error."""
    file = _file(folder)
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_json(file, {"folder": str(folder.resolve()), "digest": _digest(folder)})
    except (OSError, StoreError) as error:
        log.info("the commands export and probe will need --trust: %s", error)


def is_noted(folder: Path) -> bool:
    """Return whether a run of this user has made the folder, and study.toml and manifest.json are still the same."""
    try:
        noted: dict[str, Any] = read_json(_file(folder)) or {}
    except StoreError:
        return False
    return (noted.get("folder"), noted.get("digest")) == (str(folder.resolve()), _digest(folder))


def check(folder: Path, *, trust: bool) -> None:
    """Raise StoreError if code of a run folder that this user has not made would be executed without permission."""
    if not trust and not is_noted(folder) and (named := _code_of(run_folder.load_study(folder)[0])):
        raise _refusal(folder, f"{named} that {STUDY} names")


def check_study(study: str, *, trust: bool) -> None:
    """Raise StoreError if the file of a study or a script lies in a run folder that this user has not made."""
    file = study_file.find(study).resolve()
    for folder in file.parents:
        if not is_file(folder / MANIFEST) or not is_file(folder / STUDY):
            continue
        if file == folder / STUDY:
            check(folder, trust=trust)
        elif not trust and not is_noted(folder):
            raise _refusal(folder, file.name)


def _refusal(folder: Path, code: str) -> StoreError:
    return StoreError(
        f"{folder}: no run of yours made this folder as it is now, and the command would execute {code};"
        " read the files, then use --trust"
    )


def _code_of(study: Study) -> str:
    """Return the code that a study names, in words; "" if only this program's own models and features are named."""
    features = {target.feature for each in (study, *study.validations()) for target in each.targets}
    if study.model not in sources.names():
        return f"the model {study.model!r:.80}"
    if study.simulation.launcher:
        return f"the launcher {study.simulation.launcher!r:.80}"
    return next((f"the feature {name!r:.80}" for name in sorted(features) if lookup.is_own(name)), "")


def _file(folder: Path) -> Path:
    name = hashlib.sha256(str(folder.resolve()).encode(errors="surrogateescape")).hexdigest()[:32]
    return platformdirs.user_state_path("netpyne-tuner") / "runs" / f"{name}.json"


def _digest(folder: Path) -> str:
    """Return a digest of study.toml and of the fixed entries of the manifest."""
    table = read_manifest(folder).table
    fixed = json.dumps({name: table.get(name) for name in FIXED}, sort_keys=True)
    try:
        study = read_regular(folder / STUDY)
    except (OSError, ValueError):
        study = b""
    return hashlib.sha256(fixed.encode() + b"\0" + study).hexdigest()
