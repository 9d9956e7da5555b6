"""Commands that end with this process, whatever ends it: each behind a tether."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from tuner.executors import tether

END_S = 10.0


class Tethered(subprocess.Popen[bytes]):
    """A command behind its tether: streams, status and signals are the command's."""

    cord: socket.socket
    stdout: IO[bytes]


def tethered(
    command: Sequence[str],
    *,
    stdin: int,
    stderr: int | IO[bytes],
    env: Mapping[str, str],
    cwd: Path | None = None,
) -> Tethered:
    """Start a command in a session of its own, to be ended by `end`; its standard output is a pipe.

    What this process's end has srun do is SIGTERM, other commands get SIGKILL with all of their process group. Raises
    the OSError of a command that cannot be started.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        words = (sys.executable, "-I", "-S", tether.__file__, str(theirs.fileno()), str(END_S), *command)
        process = Tethered(
            words, stdin=stdin, stdout=subprocess.PIPE, stderr=stderr, env=env, cwd=cwd,
            start_new_session=True, pass_fds=[theirs.fileno()],
        )  # fmt: skip
    process.cord = ours
    error = int(ours.recv(16) or 0)
    if error:
        end(process)
        raise OSError(error, os.strerror(error), command[0])
    return process


def end(process: Tethered) -> None:
    """End what is left of a command: a launcher that is told to has its ranks end too."""
    with process.cord:
        for _ in range(2):
            with suppress(subprocess.TimeoutExpired):
                if process.poll() is None:
                    process.send_signal(signal.SIGTERM)
                    process.wait(END_S / 2)
    # Without the cord, the tether does what it would do without this process.
    with suppress(subprocess.TimeoutExpired):
        process.wait(2 * END_S)
    for pipe in filter(None, (process.stdin, process.stdout, process.stderr)):
        with suppress(BrokenPipeError):
            pipe.close()
