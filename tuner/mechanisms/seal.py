"""Write digests beside compiled libraries, and check the digests, so that a damaged library is never loaded.

A power cut after the compilation can leave an empty or truncated library, and loading such a file ends the process.
"""

import hashlib
import json
import os
from pathlib import Path

from tuner.mechanisms.toolchain import find_library

SEAL = "digests.json"
# Libraries that this process has found intact.
_intact: set[Path] = set()


def seal(folder: Path) -> None:
    """Write the digests of all files of a folder, and flush all files to the disk.

    Later builds read not only the library: a mended library takes over compiled code, and messages quote logs.
    """
    (folder / SEAL).write_text(json.dumps(_digests(folder), indent=1))
    for path in (folder, *filter(_is_no_link, folder.rglob("*"))):
        _flush(path)


def find_intact(folder: Path, name: str) -> Path | None:
    """Return the library with a given name in a sealed folder; None without a library, or if a file is damaged."""
    library = find_library(folder, name)
    if library is None or library in _intact:
        return library
    try:
        table = json.loads((folder / SEAL).read_bytes())
        files = _digests(folder)
    except (OSError, ValueError):
        return None
    if table != files:
        return None
    _intact.add(library)
    return library


def _digests(folder: Path) -> dict[str, str]:
    files = [file for file in folder.rglob("*") if _is_no_link(file) and file.is_file() and file != folder / SEAL]
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def _is_no_link(path: Path) -> bool:
    # A link may point to the scratch folder, which is renamed.
    return not path.is_symlink()


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
