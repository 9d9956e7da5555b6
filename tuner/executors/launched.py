"""Run each task on several MPI ranks, which `srun` or `mpiexec` starts and which end with the task.

For networks that are too large for a single process. Task and outcome pass through pipes, because a file could be left
over from an earlier attempt. If Slurm runs the ranks, it is also asked from time to time whether the ranks still exist.
"""

import base64
import math
import os
import pickle
import secrets
import select
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Any

from tuner.errors import TunerError
from tuner.executors import slurm
from tuner.executors.base import Executor, Function, Request
from tuner.executors.flow import flow
from tuner.executors.outcome import Outcome, Task, Value, late
from tuner.executors.processes import ATTEMPTS, all_cores
from tuner.executors.registry import EXECUTORS, ExecutorKind
from tuner.executors.tethered import END_S, Tethered, end, tethered

LOOK_S = 0.5
ASK_SLURM_S = 30.0
PROGRAM = (sys.executable, "-m", "tuner.executors.launched_rank")
STARTED, BROKEN, VALUE = b"started", b"broken", b"value"
# Prefix of the last line of a rank that gives up. It tells the line from the output of the model and of MPI.
OWN_WORDS = "tuner: "
READ_BYTES = 1 << 20
ENDED = "ended without a result (a call of exit, quit or os._exit)"
# Sent to the ranks: warm-up, function and task. Sent back: a value or an error; the other one is None.
Call = tuple[Callable[[], None], Function[Task, Value], Task]
Found = tuple[Value | None, BaseException | None]


class Launched(Executor):
    """Run at most `workers` tasks at once, each on `ranks` MPI ranks.

    Parameters
    ----------
    workers
        Largest number of tasks in progress at once.
    warm_up
        Called on each rank before the task; the time limit does not include this call. A `TunerError` that `warm_up`
        raises ends the whole run.
    ranks
        Number of ranks of each task.
    launcher
        Command that starts `{ranks}` copies of a program, such as "mpiexec -n {ranks}".

    Raises
    ------
    TunerError
        If the program of `launcher` is not found.

    Notes
    -----
    A task whose ranks die is tried once more.
    """

    def __init__(self, workers: int, warm_up: Callable[[], None], ranks: int, launcher: str) -> None:
        program, *options = shlex.split(launcher.format(ranks=ranks))
        found = find_program(program)
        if found is None:
            raise TunerError(
                f"the launcher {program} was not found; it starts the ranks of each evaluation:"
                " install it, or name another one in simulation.launcher"
            )
        # Without --kill-on-bad-exit, the other ranks would wait for ever for a rank that died.
        own = ("--input=0", "--kill-on-bad-exit=1") if Path(program).name == "srun" else ()
        self.launcher = (found, *own, *options)
        self.ranks = ranks
        self.workers = workers
        self._warm_up = warm_up
        self._asks_slurm = Path(program).name == "srun"
        self._threads = ThreadPoolExecutor(self.workers)
        self._ending = threading.Event()

    def __exit__(self, *exception: object) -> None:
        self._ending.set()
        self._threads.shutdown()

    def run(
        self, function: Function[Task, Value], next_task: Callable[[], Task | None], timeout_s: float | None = None
    ) -> Iterator[Outcome[Task, Value]]:
        """Yield the outcome of each task as soon as the task finishes; if closed early, end the busy ranks."""
        self._ending.clear()
        yield from flow(next_task, self.workers, partial(self._submit, function, timeout_s), self._ending.set)

    def _submit(
        self, function: Function[Task, Value], timeout_s: float | None, task: Task
    ) -> Future[Outcome[None, Value]]:
        return self._threads.submit(self._attempts, (self._warm_up, function, task), timeout_s)

    def _attempts(self, call: Call[Task, Value], timeout_s: float | None) -> Outcome[None, Value]:
        started = time.perf_counter()
        command = (*self.launcher, *PROGRAM, str(self.ranks))
        for _ in range(ATTEMPTS):
            outcome = _Launch(command, timeout_s, self._ending, asks_slurm=self._asks_slurm).run(call)
            if isinstance(outcome, Outcome):
                return outcome
        reason = f"{outcome}, in {ATTEMPTS} of {ATTEMPTS} attempts"
        return Outcome(None, "failed", reason=reason, seconds=time.perf_counter() - started)


def find_program(name: str) -> str | None:
    """Find a program beside the Python interpreter (where pip installs an MPI), else on PATH. None if not found."""
    return shutil.which(name, path=Path(sys.executable).parent) or shutil.which(name)


def _slurm_tasks() -> int:
    """Return the number of ranks that fit into the Slurm allocation; 1 without an allocation."""
    count = os.environ.get("SLURM_NTASKS", "")
    return int(count) if count.isdigit() else 1


@dataclass
class _Launch:
    """Launch the ranks of a task once."""

    command: tuple[str, ...]
    timeout_s: float | None
    ending: threading.Event
    asks_slurm: bool = field(kw_only=True)
    name: str = field(default_factory=lambda: f"tuner-{secrets.token_hex(6)}")

    def run(self, call: Call[Task, Value]) -> Outcome[None, Value] | str:
        """Return the outcome of the task, or the reason in words if the ranks died."""
        with tempfile.TemporaryFile() as words:
            process = self._start(words)
            try:
                return self._follow(process, call) or self._death(process, words)
            finally:
                end(process)

    def _start(self, words: IO[bytes]) -> Tethered:
        named = ["--job-name", self.name] if self.asks_slurm else []
        command = (self.command[0], *named, *self.command[1:])
        return tethered(command, stdin=subprocess.PIPE, stderr=words, env=environment())

    def _follow(self, process: Tethered, call: Call[Task, Value]) -> Outcome[None, Value] | None:
        """Wait for the outcome. None if the ranks end or are lost before."""
        # Sent from a thread: ranks that still wait in the queue do not read, and a pipe holds only some KiB.
        threading.Thread(target=_send, args=(process, pickle.dumps(call)), daemon=True).start()
        lines, started_s, asked_s = _Lines(process.stdout), math.inf, time.perf_counter()
        while not lines.closed:
            lines.wait(LOOK_S)
            now_s = time.perf_counter()
            if BROKEN in lines:
                raise TunerError(_read(lines[BROKEN]))
            if STARTED in lines:
                started_s = min(now_s, started_s)
            if self.ending.is_set():
                return Outcome(None, "failed", reason="the run was stopped")
            if self.timeout_s is not None and now_s - started_s > self.timeout_s and VALUE not in lines:
                return Outcome(None, "timeout", reason=late(self.timeout_s), seconds=self.timeout_s)
            # Slurm does not list a step that still waits for free cores, so it is asked only after the start.
            if self.asks_slurm and STARTED in lines and now_s - asked_s > ASK_SLURM_S:
                asked_s = now_s
                if slurm.is_lost(self.name):
                    return None
        if VALUE not in lines or process.wait() != 0:
            return None
        return _outcome(_read(lines[VALUE]), time.perf_counter() - started_s)

    def _death(self, process: Tethered, words: IO[bytes]) -> str:
        try:
            status = process.wait(END_S)
            how = f"ended with exit status {status}" if status else ENDED
        except subprocess.TimeoutExpired:
            how = "were lost (the launcher still runs, but the ranks do not answer)"
        says = slurm.state(self.name) if self.asks_slurm else ""
        last = self._last_words(words)
        return f"the ranks {how}" + (f" (Slurm: {says})" if says else "") + (f": {last}" if last else "")

    def _last_words(self, words: IO[bytes]) -> str:
        """Return the last line that a rank wrote, else the last line of the launcher, which says less."""
        words.seek(-min(words.seek(0, os.SEEK_END), READ_BYTES), os.SEEK_END)
        said = [line.strip() for line in words.read().decode(errors="replace").splitlines() if line.strip()]
        program = Path(self.command[0]).name
        known = [line.removeprefix(OWN_WORDS) for line in said if line.startswith(OWN_WORDS)]
        own = [line for line in said if not line.startswith((f"{program}:", "slurmstepd:", "Abort("))]
        return next((some[-1] for some in (known, own, said) if some), "")


class _Lines(dict[bytes, bytes]):
    """Collect the lines that the ranks write: the first word of a line is the key, the rest the value."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._begun: list[bytes] = []
        self.closed = False

    def wait(self, seconds: float) -> None:
        """Read the output that arrives within `seconds`."""
        if not select.select([self._pipe], [], [], seconds)[0]:
            return
        new = os.read(self._pipe.fileno(), READ_BYTES)
        self.closed = not new
        *whole, rest = new.split(b"\n")
        for piece in whole:
            word, _, content = b"".join([*self._begun, piece]).partition(b" ")
            self._begun.clear()
            self[word] = content
        self._begun.append(rest)


def line(word: bytes, value: object) -> bytes:
    """Return a line in the format of `_Lines`."""
    return word + b" " + base64.b64encode(pickle.dumps(value)) + b"\n"


def _read(content: bytes) -> Any:
    return pickle.loads(base64.b64decode(content))


def _send(process: Tethered, content: bytes) -> None:
    assert process.stdin is not None, "standard input is a pipe"
    try:
        # The pipe stays open. Its end tells the ranks that this process has ended, and they end too.
        process.stdin.write(len(content).to_bytes(8, "big") + content)
        process.stdin.flush()
    except (OSError, ValueError):
        # The launcher has ended, so nothing can be sent. The exit status tells the reason.
        return


def _outcome(found: Found[Value], seconds: float) -> Outcome[None, Value]:
    value, error = found
    if error is None:
        return Outcome(None, "done", value, seconds=seconds)
    return Outcome(None, "failed", reason=f"{type(error).__name__}: {error}", error=error, seconds=seconds)


def environment() -> dict[str, str]:
    """Return the environment of the ranks.

    NEURON does not find the MPI library that pip installs beside the interpreter, so its path is added here.
    """
    library = Path(sys.prefix, "lib", "libmpi.so.12")
    return ({"MPI_LIB_NRN_PATH": str(library)} if library.exists() else {}) | os.environ


def _enter(name: str, launcher: str, room: Callable[[], int], place: int) -> None:
    def make(asked: Request) -> Executor:
        workers = asked.workers or max(1, room() // asked.ranks)
        return Launched(workers, asked.warm_up, asked.ranks, asked.launcher or launcher)

    words = f"each evaluation on several ranks, started by {name}"
    EXECUTORS.enter(name, ExecutorKind(make, words=words, launcher=launcher, spans_nodes=True), __name__, place)


_enter("srun", "srun -n {ranks} --exact", _slurm_tasks, place=5)
_enter("mpiexec", "mpiexec -n {ranks}", all_cores, place=6)
