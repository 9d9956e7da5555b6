"""Signals that ask a run to end: SIGINT and SIGTERM for good, SIGUSR1 for now, as before a cluster's time limit.

And the signal that ends nothing: whether a process is alive.
"""

import os
import signal
from types import FrameType

from tuner.errors import INTERRUPTED, STOPPED

# Those that came.
received: list[int] = []


def heed() -> None:
    """From now on they raise KeyboardInterrupt in the main thread."""
    received.clear()
    for signum in (signal.SIGTERM, signal.SIGUSR1):
        signal.signal(signum, on_signal)
    # In the background a shell has it ignored, and so it stays.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, on_signal)


def on_signal(signum: int, frame: FrameType | None) -> None:
    """Raises KeyboardInterrupt, and notes it: Python swallows what is raised while an object is finalised."""
    received.append(signum)
    if signum != signal.SIGINT:
        # Once only: the second signal of an impatient sender must not break the ending.
        signal.signal(signum, signal.SIG_IGN)
    raise KeyboardInterrupt


def exit_status() -> int:
    """What a command that was interrupted ends with."""
    return STOPPED if set(received) == {signal.SIGUSR1} else INTERRUPTED


def is_alive(pid: object) -> bool:
    """Return whether this machine has a process of that number, whoever owns it; False for what is no number."""
    if not isinstance(pid, int) or pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
