"""Digests of the files that a model is made of, by names that survive a move of project or study."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from tuner.layout import file_of, name_of
from tuner.mechanisms import libraries
from tuner.model import model_files, models
from tuner.runs.legacy_digests import successors
from tuner.study.study import Study

HOMES = ("project", "study")


def digest_files(
    study: Study, recorded: Mapping[str, str] | None = None, loaded: tuple[str, ...] = ()
) -> dict[str, str]:
    """Return the SHA-256 of what decides results in the model's files and mechanisms, by name.

    The model's files are those it `loaded`, or those that a manifest has `recorded`.
    """
    files = {str(file) for file in loaded}
    for name in recorded or ():
        home, _, rest = name.partition("/")
        files |= {str(_file(home, rest, study))} if home in HOMES else set()
    texts = [model_files.contents(Path(file)) for file in sorted(files) if Path(file).is_file()]
    text = b" ".join(texts).decode(errors="replace")
    files |= {str(file) for file in (*libraries.used(models.mod_folder(study), text), *study.files)}
    named = {}
    for file, digest in model_files.digest(tuple(sorted(files))).items():
        ours = name_of(Path(file))
        named[f"project/{ours}" if ours else f"study/{os.path.relpath(file, study.folder)}"] = digest
    return named


def _file(home: str, rest: str, study: Study) -> Path:
    return file_of(rest) if home == "project" else Path(study.folder, rest)


def translated(recorded: Mapping[str, str]) -> dict[str, str]:
    """Return a manifest's digests as this version gives them: in format 1 they were of all bytes of a file.

    Files of a user's own in the project's folders, which no table knows, are translated while they are unchanged.
    """
    return {name: successors().get(digest) or _of_unchanged(name, digest) for name, digest in recorded.items()}


def _of_unchanged(name: str, digest: str) -> str:
    home, _, rest = name.partition("/")
    file = file_of(rest)
    if home != "project" or not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != digest:
        return digest
    return model_files.digest((str(file),))[str(file)]
