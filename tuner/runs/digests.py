"""Compute digests of the files of a model.

The names of files are relative to the project or the study, so they survive a move of either folder.
"""

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
    """Return the SHA-256 of each file of a model, including mechanisms, by name.

    Only content that can change results counts. The files are `loaded` (the files that the model has loaded), and the
    files whose digests `recorded` holds, as a manifest does.
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
    """Translate the digests of a manifest to the digests of this version.

    In format 1, a digest was of all bytes of a file. Files that a user has added to the project's folders are not in
    the table of old digests. They are translated as long as they are unchanged.
    """
    return {name: successors().get(digest) or _of_unchanged(name, digest) for name, digest in recorded.items()}


def _of_unchanged(name: str, digest: str) -> str:
    home, _, rest = name.partition("/")
    file = file_of(rest)
    if home != "project" or not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != digest:
        return digest
    return model_files.digest((str(file),))[str(file)]
