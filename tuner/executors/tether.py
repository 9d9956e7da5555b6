"""Run a command, and end the command as soon as the master process ends, even after kill -9.

`python -I -S tether.py CORD GRACE_S COMMAND ...`: CORD is the descriptor of a socket, and only the master has the other
end. The tether writes 0 to CORD, or the number of the error if the command cannot start. It passes signals on to the
command, and ends with the exit status of the command. A command that does not end within GRACE_S seconds is killed.
Each start pays for the imports of this module, so there are few.
"""

import os
import select
import signal
import sys
from collections.abc import Callable

PASSED_ON = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)
# Python ignores these signals. The command gets the default actions back, because other programs rely on them.
IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)


def main() -> None:
    """Start the command, and end with the status or signal of the command."""
    cord, grace_s, command = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
    os.set_inheritable(cord, False)
    mask = signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    bell = _bell()
    try:
        child = os.posix_spawnp(
            command[0], command, os.environ, setpgroup=0, setsigmask=mask, setsigdef=IGNORED_BY_PYTHON
        )
    except OSError as error:
        _answer(cord, error.errno or 1)
        os._exit(127)
    _answer(cord, 0)
    _let_streams_go()
    _end_as(_follow(child, cord, bell, grace_s, is_srun=os.path.basename(command[0]) == "srun"))


def _bell() -> int:
    """Return a descriptor from which the numbers of received signals can be read."""
    bell, rope = os.pipe()
    os.set_blocking(rope, False)
    signal.set_wakeup_fd(rope, warn_on_full_buffer=False)
    for number in (*PASSED_ON, signal.SIGCHLD):
        # The command inherits ignored signals: a signal that is ignored here must stay ignored.
        if number == signal.SIGCHLD or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _note)
    return bell


def _note(*_: object) -> None:
    """Ignore the call: the number is already in the pipe."""


def _answer(cord: int, error: int) -> None:
    try:
        os.write(cord, str(error).encode())
    except OSError:
        # The master has ended. `_follow` sees this at the cord.
        return


def _let_streams_go() -> None:
    """Release the standard streams, so that readers see the end when the command closes the stream."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)


def _follow(child: int, cord: int, bell: int, grace_s: float, *, is_srun: bool) -> int:
    """Pass signals on until the command ends, and return the wait status.

    If the master ends first, the command is ended.
    """
    # After SIGTERM, srun has Slurm end the step. After SIGKILL, a helper process of srun does so. The ranks of mpiexec
    # are in other process groups; they notice that mpiexec is gone and end.
    send, last = (os.kill, signal.SIGTERM) if is_srun else (os.killpg, signal.SIGKILL)
    watched: list[int] = [bell, cord]
    patience_s: float | None = None
    while True:
        ready = select.select(watched, [], [], patience_s)[0]
        if cord in ready or not ready:
            _try(send, child, last)
            watched, patience_s, last = [bell], grace_s, signal.SIGKILL
        for number in os.read(bell, 256) if bell in ready else b"":
            if number != signal.SIGCHLD:
                _try(send, child, number)
                continue
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return status


def _try(send: Callable[[int, int], None], child: int, number: int) -> None:
    try:
        send(child, number)
    except OSError:
        # The command has ended, and its SIGCHLD is about to arrive.
        return


def _end_as(status: int) -> None:
    """End by the signal, or with the exit status, that ended the command."""
    if os.WIFSIGNALED(status):
        import resource

        # The command has written a core file. The tether must not write a second one.
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
        number = os.WTERMSIG(status)
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
