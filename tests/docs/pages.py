"""Play the code blocks of a page in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

from tests.commands import ROOT

LIMIT = ROOT / "tests" / "docs" / "limit"
LONGEST_S = 600


def environment() -> dict[str, str]:
    """Return the environment of a page: the commands of this Python, and the limit on the evaluations of a run."""
    programs, paths = Path(sys.executable).parent, os.environ.get("PYTHONPATH")
    return {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join([str(LIMIT), *([paths] if paths else [])]),
        "MPLBACKEND": "agg",
    }


def play(page: str, folder: Path, mark: str = "") -> None:
    """Play a page in a folder; AssertionError with everything that it printed where a block fails."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.docs.play", page, str(folder), mark],
        cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LONGEST_S,
    )  # fmt: skip
    assert done.returncode == 0, f"docs/{page}\n{done.stdout}"
