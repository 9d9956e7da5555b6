"""Write digests beside compiled libraries, and check the digests, so that a damaged library is never loaded.

A power cut after the compilation can leave an empty or truncated library, and loading such a file ends the process.
"""

import hashlib
import json
import os
import tempfile
from pathlib import Path

from tuner.mechanisms.toolchain import find_library

SEAL = "digests.json"
# Libraries that this process has found intact.
_intact: set[Path] = set()


def seal(folder: Path, library: Path) -> None:
    """Write the digests of a library and of the sources, and flush all files to the disk."""
    files = [library, *_sources(folder)]
    table = {str(file.relative_to(folder)): _digest(file) for file in files}
    (folder / SEAL).write_text(json.dumps(table, indent=1))
    for path in (*files, folder / SEAL, library.parent, folder):
        _flush(path)


def find_intact(folder: Path, name: str) -> Path | None:
    """Return the library with a given name in a sealed folder; None for a missing or damaged library or seal."""
    library = find_library(folder, name)
    if library is None or library in _intact:
        return library
    try:
        table = json.loads((folder / SEAL).read_bytes())
        files = {str(file.relative_to(folder)): _digest(file) for file in (library, *_sources(folder))}
    except (OSError, ValueError):
        return None
    if table != files:
        return None
    _intact.add(library)
    return library


def remove(folder: Path) -> None:
    """Remove a folder in one step; processes that use the library keep the removed file."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="scratch-", ignore_cleanup_errors=True) as aside:
        try:
            folder.rename(Path(aside, folder.name))
        except FileNotFoundError:
            # Another process has removed the folder.
            return


def _sources(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.is_file() and file.name != SEAL)


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
