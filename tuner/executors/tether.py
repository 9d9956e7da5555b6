"""The program between a master and a command: it ends the command when the master has ended, by kill -9 too.

`python -I -S tether.py CORD GRACE_S COMMAND ...`: CORD is one end of a pair of sockets whose other end the master alone
holds. On it goes the number of the error that kept the command from starting, or 0. Signals pass to the command, its
exit status passes back; who does not end within GRACE_S is killed. Each start pays for what is imported here.
"""

import os
import select
import signal
import sys
from collections.abc import Callable

PASSED_ON = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)
# Python ignores them, and no other program expects that.
IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)


def main() -> None:
    """Starts the command, and ends as it ends."""
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
    """Return a descriptor on which the numbers of signals arrive."""
    bell, rope = os.pipe()
    os.set_blocking(rope, False)
    signal.set_wakeup_fd(rope, warn_on_full_buffer=False)
    for number in (*PASSED_ON, signal.SIGCHLD):
        # What is ignored here is ignored by the command as well.
        if number == signal.SIGCHLD or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _note)
    return bell


def _note(*_: object) -> None:
    """Do nothing: the bell has rung."""


def _answer(cord: int, error: int) -> None:
    try:
        os.write(cord, str(error).encode())
    except OSError:
        # The master has ended meanwhile, which the cord tells as well.
        return


def _let_streams_go() -> None:
    """Leave the standard streams to the command, so that they are closed where it closes them."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)


def _follow(child: int, cord: int, bell: int, grace_s: float, *, is_srun: bool) -> int:
    """Return the status with which the command has ended, of itself or with the master."""
    # Told to end, srun has Slurm end the step; killed, a helper process of its own does. Ranks of mpiexec have process
    # groups of their own, and notice that it is gone.
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
        # It has ended, and its SIGCHLD is on the way.
        return


def _end_as(status: int) -> None:
    """End by the same signal, or with the same exit status."""
    if os.WIFSIGNALED(status):
        import resource

        # Of one death one core is enough.
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
        number = os.WTERMSIG(status)
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
