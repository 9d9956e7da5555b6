"""Commands run as a user runs them, and what they left behind."""

import contextlib
import io
import json
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from tuner import cli

ROOT = Path(__file__).resolve().parent.parent
SMALL = ROOT / "tests" / "data" / "small" / "small.toml"
LAYERS = ROOT / "tests" / "data" / "layers" / "layers.toml"
LONGEST_S = 240


def command(*arguments: object) -> list[str]:
    return [sys.executable, str(ROOT / "tuner" / "run.py"), *map(str, arguments)]


def tuner(*arguments: object, **options: object) -> subprocess.CompletedProcess:
    """The finished process of `python tuner/run.py ARGUMENTS`, output captured as text."""
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=LONGEST_S, **options)


class Done(NamedTuple):
    """A command that has ended."""

    returncode: int
    stdout: str
    stderr: str


def main(*arguments: object) -> Done:
    """Run a command in this process; for one that simulates, `--executor inline` does so here too."""
    output, complaint = io.StringIO(), io.StringIO()
    log = logging.getLogger("tuner")
    handlers = list(log.handlers)
    heeded = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)}
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(complaint):
        try:
            status = cli.main(list(map(str, arguments)))
        except SystemExit as end:
            status = end.code
    log.handlers[:] = handlers
    for number, handler in heeded.items():
        signal.signal(number, handler)
    return Done(status, output.getvalue(), complaint.getvalue())


def start(*arguments: object, **options: object) -> subprocess.Popen:
    """The same, going on in the background."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command(*arguments), **streams, **options)


def rows(run: Path) -> dict[int, dict]:
    """The stored evaluations by number, without what may differ between equal runs; no number may come twice."""
    table = {}
    for line in (run / "evaluations.jsonl").read_text().splitlines():
        row = json.loads(line)
        assert row["number"] not in table
        del row["seconds"]
        row.pop("owner", None)
        table[row["number"]] = row
    return table


def wait_for_rows(run: Path, n: int) -> None:
    """Waits until n evaluations are stored."""
    path = run / "evaluations.jsonl"
    wait_until(lambda: path.exists() and path.read_bytes().count(b"\n") >= n)


def wait_until(condition: object) -> None:
    """Waits for a condition, for a bound far beyond what it takes."""
    deadline = time.monotonic() + LONGEST_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("waited in vain")
        time.sleep(0.02)


def children(pid: int) -> list[int]:
    """Worker processes of a master (not the helpers that Python starts beside them)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            line = stat.with_name("cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == pid and b"spawn_main" in line and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def kill(process: subprocess.Popen) -> None:
    """kill -9, and everything of it read."""
    os.kill(process.pid, 9)
    process.communicate()
