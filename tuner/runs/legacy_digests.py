"""Digests of the project's Python files in runs of format 1, which were of all bytes, and their successors.

The table legacy_digests.txt beside this module is written by `python -m tuner.runs.legacy_digests f817a47`: f817a47 is
the last commit that made runs of format 1. It needs that commit in the git checkout, and is to be written again only if
`tuner.model.source_code` cuts otherwise, which changes the digests of all runs.
"""

import hashlib
import subprocess
import sys
from functools import cache
from pathlib import Path

from tuner.layout import CELLS, MODELS, ROOT
from tuner.model.source_code import code_of

TABLE = Path(__file__).with_name("legacy_digests.txt")


@cache
def successors() -> dict[str, str]:
    """Return the digest of the code of each file by the digest of its bytes."""
    lines = [line.split() for line in TABLE.read_text(encoding="utf-8").splitlines()]
    return {was: now for was, now, _ in lines}


def table_of(commit: str) -> str:
    """Return the lines of the table for the models and cells of a commit: digest of bytes, digest of code, file."""
    folders = [str(folder.relative_to(ROOT)) for folder in (CELLS, MODELS)]
    names = _git("ls-tree", "-r", "--name-only", commit, *folders).decode().splitlines()
    contents = {name: _git("show", f"{commit}:{name}") for name in names if name.endswith(".py")}
    return "".join(f"{_sha256(content)} {_sha256(code_of(content))} {name}\n" for name, content in contents.items())


def _git(*words: str) -> bytes:
    return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, check=True).stdout


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    TABLE.write_text(table_of(sys.argv[1]), encoding="utf-8")
