"""Handle the signals that end a run, and test whether a process is alive.

SIGINT and SIGTERM interrupt a run. SIGUSR1 asks a run to stop for now, as a cluster does before the time limit. The
exit statuses differ (see `tuner.errors`); in both cases the same command resumes the run.
"""

import os
import signal
from types import FrameType

from tuner.errors import INTERRUPTED, STOPPED

# Signals that have arrived.
received: list[int] = []


def heed() -> None:
    """Install the handlers: from now on, each signal raises KeyboardInterrupt in the main thread."""
    received.clear()
    for signum in (signal.SIGTERM, signal.SIGUSR1):
        signal.signal(signum, on_signal)
    # A shell starts background jobs with SIGINT ignored; that must not change.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, on_signal)


def on_signal(signum: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt, and note the signal in `received`.

    The note is needed because Python swallows exceptions that are raised while an object is finalised.
    """
    received.append(signum)
    if signum != signal.SIGINT:
        # Only the first signal counts: a second one must not interrupt the shutdown.
        signal.signal(signum, signal.SIG_IGN)
    raise KeyboardInterrupt


def exit_status() -> int:
    """Return the exit status of an interrupted command: STOPPED if only SIGUSR1 has arrived, else INTERRUPTED."""
    return STOPPED if set(received) == {signal.SIGUSR1} else INTERRUPTED


def is_alive(pid: object) -> bool:
    """Return whether this machine has a process with that number, of any user; False unless a positive int."""
    if not isinstance(pid, int) or pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
