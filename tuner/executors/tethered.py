"""Start commands that end with this process, even if this process is killed."""

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
    """Represent a running command behind a tether; streams, status and signals belong to the command."""

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
    """Start a command in a new session, with a pipe as standard output.

    Use `end` to end the command. If this process ends first, srun gets SIGTERM; any other command is killed with its
    whole process group.

    Raises
    ------
    OSError
        If the command cannot be started.
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
    """End a command, and close all pipes.

    SIGTERM comes first, so that a launcher can end its ranks. If the command still runs, the tether kills it.
    """
    with process.cord:
        for _ in range(2):
            with suppress(subprocess.TimeoutExpired):
                if process.poll() is None:
                    process.send_signal(signal.SIGTERM)
                    process.wait(END_S / 2)
    # The cord is closed now, so the tether ends the command as if this process had ended.
    with suppress(subprocess.TimeoutExpired):
        process.wait(2 * END_S)
    for pipe in filter(None, (process.stdin, process.stdout, process.stderr)):
        with suppress(BrokenPipeError):
            pipe.close()
