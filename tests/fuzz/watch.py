"""Watch an attempt: it ends in time, without a traceback, in a bounded memory, and writes nowhere else."""

import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

LONGEST_S = 30
MOST_BYTES = 2 * 1024**3
STATUSES = (0, 1, 2, 3, 4, 5, 75, 130)
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Events of Python's audit hook that change a file, with the places of the paths among the arguments.
_EVENTS = {"os.mkdir": (0,), "os.rename": (0, 1), "os.link": (1,), "os.symlink": (1,), "os.truncate": (0,),
           "os.remove": (0,), "os.rmdir": (0,), "os.chmod": (0,)}  # fmt: skip
_allowed: list[Path] = []
_outside: list[str] = []


class Found(AssertionError):
    """Report an attempt that does harm."""


def _on_event(event: str, arguments: tuple) -> None:
    if not _allowed:
        return
    if event == "open" and not _means_to_write(*arguments[1:]):
        return
    places = (0,) if event == "open" else _EVENTS.get(event, ())
    for path in (arguments[place] for place in places):
        if isinstance(path, str | bytes | os.PathLike):
            name = _place(os.fsdecode(path), follows=event == "open")
            if not _is_of_hypothesis(name) and not any(Path(name).is_relative_to(home) for home in _allowed):
                _outside.append(f"{event} {name}")


def _is_of_hypothesis(path: str) -> bool:
    """Whether a path is of the folder in which hypothesis keeps what it learns of the code under test."""
    return ".hypothesis" in Path(path).parts


def _place(path: str, *, follows: bool) -> str:
    """The place that a call changes: a file that is opened may be behind a link, others change the link itself."""
    if follows:
        return os.path.realpath(path)
    folder, name = os.path.split(os.path.abspath(path))
    return os.path.join(os.path.realpath(folder), name)


def _means_to_write(mode: object, flags: object) -> bool:
    if isinstance(mode, str):
        return bool(set(mode) & set("wax+"))
    # A file without a name is no file elsewhere.
    unnamed = getattr(os, "O_TMPFILE", -1)
    return isinstance(flags, int) and bool(flags & _WRITES) and flags & unnamed != unnamed


sys.addaudithook(_on_event)


def _late(*_: object) -> None:
    raise Found(f"it takes longer than {LONGEST_S} s")


@contextmanager
def _limits(homes: tuple[Path, ...]) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    handler = signal.signal(signal.SIGALRM, _late)
    _allowed[:] = [*homes, Path("/dev")]
    _outside.clear()
    resource.setrlimit(resource.RLIMIT_AS, (used + MOST_BYTES, before[1]))
    signal.alarm(LONGEST_S)
    try:
        yield
    finally:
        signal.alarm(0)
        resource.setrlimit(resource.RLIMIT_AS, before)
        _allowed.clear()
        signal.signal(signal.SIGALRM, handler)


def harmless(attempt: Callable[[], object], *homes: Path) -> None:
    """Make an attempt, which may write below `homes` only; raise Found if it does harm."""
    with _limits(homes):
        try:
            attempt()
        except Found:
            raise
        except BaseException as error:
            raise Found(f"it raises {type(error).__name__}: {error}"[:300]) from error
    if _outside:
        raise Found(f"it writes elsewhere: {_outside[0]}")
