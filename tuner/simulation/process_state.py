"""Keep the changes that a candidate's code makes in the process from the candidates that follow.

After each evaluation, settings of Python, of the operating system and of NEURON have the values from before. Processes
that the code has started are ended. A worker asks for its replacement if something cannot be put back.
"""

import gc
import os
import resource
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from tuner.executors import children, worker
from tuner.executors.patches import Patches
from tuner.executors.process_settings import OTHERS, Settings, is_same
from tuner.interfaces.netpyne_types import simulator
from tuner.simulation import neuron_state, ranks
from tuner.simulation.network import warm

# NetPyNE's progress bars leave a thread that waits.
WAITING = "tqdm"
# Time that a thread gets to end by itself.
THREAD_S = 0.05
CHANGED = "the model's code has changed the process"


class Forgetful(Protocol):
    """Describe a network that can be told to build anew."""

    def forget(self, reason: str) -> None:
        """Build a new network for the next specs."""


@dataclass(frozen=True)
class Reach:
    """Describe the changes in NEURON to look for after a model's code; each look takes time."""

    makes_objects: bool = field(default=True, kw_only=True)
    defines_names: bool = field(default=True, kw_only=True)


EVERYTHING = Reach()


class _State:
    """Hold the state of the process at the start of an evaluation.

    `deciding` has the settings that can change a simulation, `others` has all others. `is_used` is true once the
    model's code has run. `last` is a state that is known to be the present one, except of new imports and mechanisms.
    """

    def __init__(self, reach: Reach = EVERYTHING, last: "_State | None" = None) -> None:
        self.pid, self.reach = os.getpid(), reach
        table = neuron_state.settings()
        self.deciding: Settings = last.deciding if last and last.deciding.are_of(table) else Settings(table)
        self.others: Settings = last.others if last else Settings(OTHERS)
        self.patches: Patches = last.patches if last and last.patches.is_whole else Patches()
        self.children = children.children()
        self.threads = set(threading.enumerate())
        self.count_objects()
        self.network: Forgetful | None = None
        self.is_used = self.has_made_objects = False

    def changes(self) -> dict[Any, Any]:
        """Return the present values of settings and functions that have changed and can change a simulation."""
        return {**self.deciding.changed(), **self.patches.changed()}

    def count_objects(self) -> None:
        """Count the objects of NEURON that exist before the model's code runs."""
        self.objects = neuron_state.objects() if self.reach.makes_objects else Counter()

    def look_for_objects(self) -> None:
        """Note whether the model's code has made objects of NEURON, before the network is built."""
        if self.reach.makes_objects:
            self.has_made_objects |= bool(neuron_state.objects() - self.objects)

    def put_back(self) -> None:
        """Put everything back, and ask for another worker if something cannot be put back."""
        try:
            for words in self._lost():
                worker.ask_for_replacement(words)
        except Exception as error:
            worker.ask_for_replacement(f"{type(error).__name__}: {error}")
        self.is_used = self.has_made_objects = False

    def _lost(self) -> Iterator[str]:
        yield from self.patches.put_back()
        yield from self.others.put_back()
        yield from self.deciding.put_back()
        if self.reach.defines_names:
            yield from (f"the hoc variable {name}" for name in neuron_state.adopt_hoc_files())
        if not children.end_new(self.children):
            yield "a process"
        if any(map(_goes_on, set(threading.enumerate()) - self.threads)):
            yield "a thread"
        if _are_files_short():
            yield "open files"
        if self.has_made_objects and self.network:
            self.network.forget(CHANGED)
            yield from _objects_left()

    def adopt(self, other: "_State", delta: Counter[str]) -> None:
        """Take over all changes since the other state; `delta` counts the new objects of NEURON."""
        self.deciding.adopt(other.deciding)
        self.others.adopt(other.others)
        self.patches.adopt(other.patches)
        self.children |= children.children()
        self.threads |= set(threading.enumerate())
        self.objects.update(delta)


def _goes_on(thread: threading.Thread) -> bool:
    if type(thread).__module__.partition(".")[0] == WAITING:
        return False
    thread.join(THREAD_S)
    return thread.is_alive()


def _are_files_short() -> bool:
    """Return whether half of the files that this process may open are open."""
    free = os.open(os.devnull, os.O_RDONLY)
    os.close(free)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return limit != resource.RLIM_INFINITY and free > limit / 2


# States of the evaluation in progress: none or one.
_states: list[_State] = []
# State of the last evaluation, in a worker.
_last: list[_State] = []
# Objects of NEURON in a process without a network; unknown before the process has been seen without one.
_bare: list[Counter[str]] = []
# Changes under which the network was built.
_built_under: dict[Any, Any] = {}


def _has_network() -> bool:
    return hasattr(simulator(), "net")


def _objects_left() -> Iterator[str]:
    """Release the network, and yield the kinds of objects that an empty process does not have."""
    warm.release(simulator())
    gc.collect()
    left = neuron_state.objects() - (_bare[0] if _bare else Counter())
    yield from (f"a {kind} of NEURON" for kind in left)


@contextmanager
def restored(reach: Reach = EVERYTHING) -> Iterator[None]:
    """Put the state of the process back at the end of the outermost `with` block.

    A copy of the process that the model's code has forked, and that goes on with the tuner's code, ends there.
    """
    if _states:
        yield
        return
    state = _State(reach, _last[0] if _last else None)
    if not _bare and reach.makes_objects and not _has_network():
        _bare.append(Counter(state.objects))
    with children.adopting():
        _states.append(state)
        try:
            yield
        finally:
            end_copy()
            state.put_back()
            _states.clear()
            # Between two tasks of a worker, nothing changes the state.
            _last[:] = [state] if worker.is_worker() else []


def end_copy() -> None:
    """End this process if the model's code has made the process by a fork during an evaluation."""
    if _states and os.getpid() != _states[0].pid:
        os._exit(0)


def begin_in_child() -> None:
    """Begin without the state of the parent process, in a child that the tuner has forked."""
    _states.clear()


def begin_trial() -> None:
    """Put the state of the process back if the model's code has run before in the same evaluation."""
    if _states and _states[0].is_used:
        _states[0].put_back()
        # The tuner has built or changed the network since the last count.
        _states[0].count_objects()


@contextmanager
def lasting() -> Iterator[None]:
    """Keep the changes of a `with` block with code that runs once per process.

    Changes are put back like all others if the block raises an exception.
    """
    if not _states:
        yield
        return
    before, was_bare = _State(), not _has_network()
    yield
    end_copy()
    neuron_state.adopt_names()
    delta = neuron_state.objects()
    delta.subtract(before.objects)
    _states[0].adopt(before, delta)
    if _bare and was_bare and not _has_network():
        _bare[0].update(delta)


def prepare_for(network: Forgetful) -> None:
    """Make the network build anew if other settings are changed now than at the last build.

    Called after the model's code has run, and before the network is brought to the specs.
    """
    global _built_under
    if not _states:
        return
    end_copy()
    state = _states[0]
    state.is_used, state.network = True, network
    state.look_for_objects()
    changes = state.changes()
    is_new = state.has_made_objects or not is_same(changes, _built_under)
    # If one rank built and another did not, the network would be inconsistent.
    if any(ranks.gathered(is_new)):
        network.forget(CHANGED)
    _built_under = changes
