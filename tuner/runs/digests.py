"""Digests of the files that a model is made of, by names that survive a move of project or study."""

import os
from collections.abc import Mapping
from pathlib import Path

from tuner.layout import ROOT
from tuner.mechanisms import libraries
from tuner.model import model_files, models
from tuner.study.study import Study


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
