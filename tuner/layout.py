"""Locate the project's own folders: studies, models, cells, NMODL files and compiled mechanisms.

All of them are found through `tuner/library/`. In a checkout it holds links to the folders beside tuner/; in an
installation it holds the folders themselves.
"""

import os
from pathlib import Path

import platformdirs

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = ROOT / "tuner" / "library"
STUDIES = (LIBRARY / "studies").resolve()
JOB_SCRIPTS = STUDIES / "scripts"
MODELS = (LIBRARY / "netparams").resolve()
CELLS = (LIBRARY / "cells").resolve()
MECHANISMS = (LIBRARY / "mod").resolve()
# By their names in a checkout. Digests contain these names, and are the same in a checkout and in an installation.
FOLDERS = {"batch": STUDIES, "cells": CELLS, "mod": MECHANISMS, "netparams": MODELS}
CHECKOUT = ROOT if CELLS.parent == ROOT else None
# Compiled mechanisms. The folder of an installation may be read-only, and an update replaces it.
BUILDS = (
    CHECKOUT / ".build" / "mechanisms"
    if CHECKOUT and os.access(CHECKOUT, os.W_OK)
    else platformdirs.user_cache_path("netpyne-tuner") / "mechanisms"
)


def is_ours(file: Path) -> bool:
    """Return whether a file lies in one of the project's FOLDERS."""
    return any(file.is_relative_to(folder) for folder in FOLDERS.values())


def name_of(file: Path) -> str | None:
    """Return the name of a file of the project, such as 'cells/adex.py'. The result is None for other files."""
    homes = {**FOLDERS, **({"": CHECKOUT} if CHECKOUT else {})}
    names = (Path(name, file.relative_to(home)) for name, home in homes.items() if file.is_relative_to(home))
    return next((name.as_posix() for name in names), None)


def file_of(name: str) -> Path:
    """Return the file of a name that `name_of` returned."""
    first, _, rest = name.partition("/")
    return FOLDERS[first] / rest if first in FOLDERS else ROOT / name
