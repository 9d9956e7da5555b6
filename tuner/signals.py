"""Handle the signals that end a run, and test whether a process is alive.

SIGINT and SIGTERM interrupt a run. SIGUSR1 asks a run to stop for now, as a cluster does before the time limit. The
exit statuses differ (see `tuner.errors`); in both cases the same command resumes the run.
"""

import _thread
import os
import signal
import time
from contextlib import suppress
from types import FrameType

from tuner.errors import INTERRUPTED, STOPPED

HEEDED = signal.SIGINT, signal.SIGTERM, signal.SIGUSR1
# Module and name of the function that starts a worker process.
START = "tuner.executors.processes", "_started"
SOON_S = 0.02
# Signals that have arrived.
received: list[int] = []
_is_over = False


def end_at_once() -> None:
    """Install handlers that write a line and end the process, for the start, when nothing is worth keeping.

    An exception would not do: an import of C code may swallow it, or make an ImportError of it.
    """
    for signum in HEEDED:
        if signal.getsignal(signum) is not signal.SIG_IGN:
            signal.signal(signum, _end)


def _end(signum: int, frame: FrameType | None) -> None:
    received.append(signum)
    with suppress(OSError):
        os.write(2, f"netpyne-tuner: {reason()}\n".encode())
    os._exit(exit_status())


def heed() -> None:
    """Install the handlers: from now on, each signal raises KeyboardInterrupt in the main thread."""
    received.clear()
    for signum in (signal.SIGTERM, signal.SIGUSR1):
        signal.signal(signum, on_signal)
    # A shell starts background jobs with SIGINT ignored; that must not change.
    if signal.getsignal(signal.SIGINT) in (signal.default_int_handler, _end):
        signal.signal(signal.SIGINT, on_signal)


def ignore() -> None:
    """Ignore all signals from now on, for the end of the process, when the exit status is decided."""
    global _is_over
    # A signal may arrive during the calls below.
    _is_over = True
    for signum in HEEDED:
        signal.signal(signum, signal.SIG_IGN)


def on_signal(signum: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt, and note the signal in `received`.

    The note is needed because Python swallows exceptions that are raised while an object is finalised. Where an
    exception would do harm, the signal is sent again soon.
    """
    if _is_over:
        return
    if _is_in_import(frame) or _is_starting(frame):
        _thread.start_new_thread(_send_soon, (_thread.get_ident(), signum))
        return
    received.append(signum)
    if signum != signal.SIGINT:
        # Only the first signal counts: a second one must not interrupt the shutdown.
        signal.signal(signum, signal.SIG_IGN)
    raise KeyboardInterrupt


def _is_in_import(frame: FrameType | None) -> bool:
    """Return whether a frame is Python's own code for imports, or C code that this code imports.

    There, exceptions may be written as a traceback and lost.
    """
    return frame is not None and frame.f_code.co_filename.startswith("<frozen importlib")


def _is_starting(frame: FrameType | None) -> bool:
    """Return whether a frame belongs to the start of a worker.

    A worker that is never told what to do would write a traceback.
    """
    while frame is not None and (frame.f_globals.get("__name__"), frame.f_code.co_name) != START:
        frame = frame.f_back
    return frame is not None


def _send_soon(thread: int, signum: int) -> None:
    time.sleep(SOON_S)
    signal.pthread_kill(thread, signum)


def exit_status() -> int:
    """Return the exit status of an interrupted command: STOPPED if only SIGUSR1 has arrived, else INTERRUPTED."""
    return STOPPED if set(received) == {signal.SIGUSR1} else INTERRUPTED


def reason() -> str:
    """Return the word for an interrupted command."""
    return "stopped" if exit_status() == STOPPED else "interrupted"


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
