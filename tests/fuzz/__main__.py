"""Try hostile input for a while: `python -m tests.fuzz --seconds 60`; hypothesis makes a harmful input small.

Each harm is printed with the seed that repeats it.
"""

import argparse
import logging
import os
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.surfaces import SURFACES
from tests.fuzz.watch import harmless

EXAMPLES = 25
# The choices of a Random of hypothesis are hypothesis' own, so that a harmful input is made as small as possible.
RANDOM = st.randoms(use_true_random=False)


def attempt(name: str, random: Random, folder: Path) -> None:
    """Make an attempt at a surface; raise Found if it does harm."""
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    harmless(lambda: SURFACES[name](random, home), folder)


def harm_of(name: str, number: int, folder: Path, tried: Counter[str]) -> str:
    """Return the harm that some attempts from a seed do, in words, or ""."""

    @seed(number)
    @settings(max_examples=EXAMPLES, database=None, deadline=None, derandomize=False,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(RANDOM)
    def attempts(random: Random) -> None:
        tried[name] += 1
        attempt(name, random, folder)

    try:
        attempts()
    except Exception as error:
        return "".join(traceback.format_exception(error))
    return ""


def fuzz(seconds: float, first: int, names: list[str], folder: Path) -> tuple[Counter[str], int]:
    """Return the number of attempts at each surface, and the number of seeds with harm."""
    tried: Counter[str] = Counter()
    harm, number, end = 0, first, time.monotonic() + seconds
    while time.monotonic() < end:
        for name in names:
            if words := harm_of(name, number, folder, tried):
                harm += 1
                sys.stdout.write(f"\n{name}, seed {number}:\n{words}")
        number += 1
    return tried, harm


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.fuzz", description=__doc__)
    parser.add_argument("surfaces", nargs="*", metavar="SURFACE", help=f"default: all of {', '.join(SURFACES)}")
    parser.add_argument("--seconds", type=float, default=60.0, help="time budget (default: 60)")
    parser.add_argument("--first", type=int, help="first seed (default: by the clock)")
    given_words = parser.parse_args()
    logging.getLogger("tuner").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        os.environ |= {"XDG_STATE_HOME": str(folder / "state"), "MPLCONFIGDIR": str(folder / "matplotlib")}
        os.chdir(folder)
        first = int(time.time()) if given_words.first is None else given_words.first
        tried, harm = fuzz(given_words.seconds, first, given_words.surfaces or list(SURFACES), folder)
        os.chdir("/")
    counts = ", ".join(f"{number} {surface}" for surface, number in tried.items())
    sys.stdout.write(f"{tried.total()} attempts ({counts}), {harm} seeds with harm\n")
    return 1 if harm else 0


if __name__ == "__main__":
    sys.exit(main())
