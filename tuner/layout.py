"""Where the project's own folders lie: studies, models, cells, NMODL files.

`tuner/library/` is the one door: in a checkout it holds links to the folders beside tuner/, installed the folders.
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
# By the names that they have in a checkout, which digests bear wherever the project lies.
FOLDERS = {"batch": STUDIES, "cells": CELLS, "mod": MECHANISMS, "netparams": MODELS}
CHECKOUT = ROOT if CELLS.parent == ROOT else None
# Compiled mechanisms; an installation may be others' to write, and an update replaces it.
BUILDS = (
    CHECKOUT / ".build" / "mechanisms"
    if CHECKOUT and os.access(CHECKOUT, os.W_OK)
    else platformdirs.user_cache_path("netpyne-tuner") / "mechanisms"
)


def is_ours(file: Path) -> bool:
    """Return whether a file lies in one of the project's FOLDERS."""
    return any(file.is_relative_to(folder) for folder in FOLDERS.values())


def name_of(file: Path) -> str | None:
    """Return the name of a file of the project, installed or in a checkout: 'cells/adex.py'; None for others."""
    homes = {**FOLDERS, **({"": CHECKOUT} if CHECKOUT else {})}
    names = (Path(name, file.relative_to(home)) for name, home in homes.items() if file.is_relative_to(home))
    return next((name.as_posix() for name in names), None)


def file_of(name: str) -> Path:
    """Return the file of a name that `name_of` has given."""
    first, _, rest = name.partition("/")
    return FOLDERS[first] / rest if first in FOLDERS else ROOT / name
