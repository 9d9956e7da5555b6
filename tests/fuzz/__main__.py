"""Try hostile input for a while: `python -m tests.fuzz --seconds 60`; a harm is printed with a number to repeat it."""

import argparse
import logging
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path
from random import Random

from tests.fuzz.surfaces import SURFACES
from tests.fuzz.watch import Found, harmless


def attempt(name: str, number: int, folder: Path) -> str:
    """Return the harm of an attempt in words, or ""."""
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    try:
        harmless(lambda: SURFACES[name](Random(f"{name} {number}"), home), folder)
    except Found as found:
        return "".join(traceback.format_exception(found))
    return ""


def fuzz(seconds: float, first: int, names: list[str], folder: Path) -> tuple[dict[str, int], int]:
    """Return the number of attempts of each surface, and the number of attempts that do harm."""
    tried, harm, number, end = dict.fromkeys(names, 0), 0, first, time.monotonic() + seconds
    while time.monotonic() < end:
        for name in names:
            tried[name] += 1
            if words := attempt(name, number, folder):
                harm += 1
                sys.stdout.write(f"\n{name}, number {number}:\n{words}")
        number += 1
    return tried, harm


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.fuzz", description=__doc__)
    parser.add_argument("surfaces", nargs="*", metavar="SURFACE", help=f"default: all of {', '.join(SURFACES)}")
    parser.add_argument("--seconds", type=float, default=60.0, help="time budget (default: 60)")
    parser.add_argument("--first", type=int, help="number of the first attempt (default: by the clock)")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="repeat one attempt of the surface")
    given = parser.parse_args()
    names = given.surfaces or list(SURFACES)
    logging.getLogger("tuner").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        os.environ |= {"XDG_STATE_HOME": str(folder / "state"), "MPLCONFIGDIR": str(folder / "matplotlib")}
        os.chdir(folder)
        if given.only is not None:
            sys.stdout.write(attempt(names[0], given.only, folder) or "no harm\n")
            return 0
        first = int(time.time()) if given.first is None else given.first
        tried, harm = fuzz(given.seconds, first, names, folder)
        os.chdir("/")
    counts = ", ".join(f"{number} {surface}" for surface, number in tried.items())
    sys.stdout.write(f"{sum(tried.values())} attempts ({counts}), {harm} with harm\n")
    return 1 if harm else 0


if __name__ == "__main__":
    sys.exit(main())
