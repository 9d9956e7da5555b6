"""Ensure that every file that a command writes into a run folder lies inside this folder."""

import re
import shutil
from pathlib import Path

from tuner.errors import StoreError

LONGEST_NAME = 80


def check_links(folder: Path) -> None:
    """Raise StoreError if an entry of a run folder is a link that leads out of the folder."""
    for entry in sorted(folder.iterdir()) if folder.is_dir() else ():
        if entry.is_symlink():
            inside(folder, entry)


def inside(folder: Path, path: Path) -> Path:
    """Return a path below a run folder; raise StoreError if a link leads the path out of the folder."""
    try:
        lies_inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):
        # A link that leads to itself.
        lies_inside = False
    if not lies_inside:
        raise StoreError(f"{path}: leads out of the run folder, so nothing is written there; remove the link")
    return path


def plain_name(name: str) -> str:
    """Return a name from data as a part of a file name, without separators, control characters and leading dots."""
    return re.sub(r"^\.+|[\x00-\x1f\x7f-\x9f/\\]", "_", name)[:LONGEST_NAME]


def copy_tree(source: Path, target: Path) -> None:
    """Copy a folder into another one; a link in the place of a file or folder is replaced, not followed."""
    target.mkdir(parents=True, exist_ok=True)
    for entry in sorted(source.iterdir()):
        place = target / entry.name
        if place.is_symlink() or (entry.is_symlink() and place.is_file()):
            place.unlink()
        if entry.is_dir() and not entry.is_symlink():
            copy_tree(entry, place)
        else:
            shutil.copy2(entry, place, follow_symlinks=False)
