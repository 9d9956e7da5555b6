"""The table of executors. A new one is a module of this package that enters itself here."""

from collections.abc import Callable
from dataclasses import dataclass

from tuner.errors import StudyError, nearest
from tuner.executors.base import USUAL_WEAR, Executor, Request, Wear
from tuner.registry import Registry


@dataclass(frozen=True)
class ExecutorKind:
    """An executor's factory, and the facts about it that matter before it is made.

    `words` describe it in --help. `launcher` is the command, with {ranks}, that starts the ranks of each task where
    the study names none; empty for executors without such ranks. `spans_nodes` says that its workers may be on several
    nodes of a cluster, `isolated` that a task's crash leaves the calling process alive.
    """

    make: Callable[[Request], Executor]
    words: str = ""
    launcher: str = ""
    spans_nodes: bool = False
    isolated: bool = True


EXECUTORS: Registry[ExecutorKind] = Registry("tuner.executors")


def find(name: str) -> ExecutorKind:
    """Return the executor kind of that name; StudyError where there is none."""
    if name not in EXECUTORS:
        raise StudyError(f"no executor is called {name!r}; {nearest(name, EXECUTORS)}")
    return EXECUTORS[name]


def launchers() -> dict[str, str]:
    """Return the default launchers of the executors that start ranks for each task, by name."""
    return {name: kind.launcher for name, kind in EXECUTORS.items() if kind.launcher}


def make(
    name: str,
    workers: int | None,
    warm_up: Callable[[], None],
    wear: Wear = USUAL_WEAR,
    ranks: int = 1,
    launcher: str | None = None,
) -> Executor:
    """Return an executor of that name; see Request for the other arguments."""
    return find(name).make(Request(workers, warm_up, wear, ranks, launcher))
