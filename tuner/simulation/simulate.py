"""Simulate a built network; besides simulation/network/, this is the only place that runs NetPyNE."""

import gc
import importlib
import math
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, nullcontext, redirect_stderr, redirect_stdout
from typing import IO, Protocol

import numpy as np
from tqdm import tqdm

from tuner.errors import TunerError
from tuner.interfaces.netpyne_private import PostRun, replace_post_run
from tuner.interfaces.netpyne_types import Cell, simulator
from tuner.interfaces.neuron_types import Section, Segment, coreneuron, interpreter
from tuner.recording import Recording
from tuner.simulation import ranks
from tuner.simulation.abort import Moment, Scene, Watch
from tuner.simulation.stimuli import latest, read_stimuli
from tuner.simulation.traces import collect, step_ms

# A model may set another folder for temporary files.
SCRATCH = tempfile.gettempdir()
# Called with the time [ms] after each interval of a simulation in intervals.
Look = Callable[[float], None]
# Simulates the network; the argument is called after each interval.
Run = Callable[[Look], None]


class SimulationError(Exception):
    """Give the reason why a simulation gives no raster."""


class Populated(Protocol):
    """Describe a built network by the cell ids of each population."""

    populations: dict[str, list[int]]


@contextmanager
def quiet() -> Iterator[None]:
    """Suppress all output of NetPyNE and NEURON in the `with` block.

    If a RuntimeError is raised, the last line that NEURON wrote is added to the message.
    """
    scratch = tempfile.TemporaryFile("w+", errors="replace", dir=SCRATCH)
    with scratch as words, redirect_stdout(words), redirect_stderr(words):
        if sys.__stdout__ is not None:
            sys.__stdout__.flush()
        saved = os.dup(1), os.dup(2)
        try:
            os.dup2(words.fileno(), 1)
            os.dup2(words.fileno(), 2)
            yield
        except RuntimeError as error:
            raise RuntimeError(_with_last_words(error, words)) from error
        finally:
            words.flush()
            for descriptor, original in zip((1, 2), saved, strict=True):
                os.dup2(original, descriptor)
                os.close(original)


def _with_last_words(error: RuntimeError, words: IO[str]) -> str:
    """Return the message of an error with the last line that NEURON wrote.

    NEURON's exceptions say only "hocobj_call error"; the cause is in the output.
    """
    words.flush()
    words.seek(0)
    lines = [line.strip() for line in words.read().splitlines() if line.strip().startswith(("NEURON:", "nrn"))]
    return f"{error}; {lines[-1]}" if lines else str(error)


def simulate(
    network: Populated, watch: Watch | None = None, traces: Collection[str] = (), run: Run | None = None
) -> Recording:
    """Run the network that NetPyNE has built, and return the recording.

    Parameters
    ----------
    watch
        If given, the simulation runs in the chunks of this watch.
    traces
        Names of the traces to copy. Other recorded data except the spikes are not copied.
    run
        Simulates a network that has not run before, in place of NetPyNE's runSim.

    Raises
    ------
    Aborted
        If a rule of the watch stops the simulation.
    SimulationError
        Without a watch, if a voltage is not finite at the end.
    """
    sim = simulator()
    populations = {name: np.array(cells, int) for name, cells in network.populations.items()}
    with quiet():
        if run is None:
            # Otherwise the handlers of an earlier run of the same network would run again.
            sim.fih.clear()
        try:
            with _watched(watch, populations) if watch else nullcontext(_ignore) as look:
                run(look) if run else sim.runSim()
        finally:
            # NetPyNE turns CoreNEURON and local time steps on if simConfig asks for them, but never off. With
            # CoreNEURON on, some cells could not be built. With local time steps on, traces have no fixed step.
            coreneuron().enable = False
            sim.cvode.active(False)
            sim.cvode.use_local_dt(False)
    if watch is None:
        _check_voltages(network.populations)
    return Recording(
        *ranks.in_order(np.array(sim.simData["spkt"]), np.array(sim.simData["spkid"])),
        populations,
        float(sim.cfg.duration),
        ranks.united(collect(sim.simData, traces)),
        # The step may be something other than a number only if no trace is copied.
        step_ms(sim.cfg.recordStep) if traces else Recording.trace_step_ms,
    )


def _ignore(time_ms: float) -> None:
    pass


@contextmanager
def _watched(watch: Watch, populations: dict[str, np.ndarray]) -> Iterator[Look]:
    """Make NetPyNE's runSim, which ends in postRun, solve in chunks instead of in one call.

    Yields the function to call after each interval of a simulation in intervals.
    """
    looks = _Looks(watch, populations)
    post_run = replace_post_run(lambda *_: _run_in_chunks(post_run, looks))
    try:
        yield looks.at
    finally:
        replace_post_run(post_run)


class _Looks:
    """Show a watch the state of the network during a run."""

    def __init__(self, watch: Watch, populations: dict[str, np.ndarray]) -> None:
        self.watch = watch
        self._populations = populations
        self._view: _View | None = None

    def at(self, time_ms: float) -> None:
        """Show the watch the present state; the first look begins the watch."""
        view = self.begin()
        self.watch.look(view.moment(time_ms))

    def begin(self) -> "_View":
        """Begin the watch, once, after NetPyNE has initialised the run."""
        if self._view is None:
            self._view = _View(self._populations, float(simulator().cfg.duration))
            self.watch.begin(self._view.scene)
        return self._view


def _run_in_chunks(post_run: PostRun, looks: _Looks) -> None:
    """Solve from the present time to the end, in the chunks of the watch."""
    sim = simulator()
    duration_ms = float(sim.cfg.duration)
    looks.begin()
    # A chunk's end would change a variable time step, and so the raster.
    whole = bool(sim.cfg.cvode_active)
    ends = [duration_ms] if whole else looks.watch.chunk_ends_ms(duration_ms, coreneuron=bool(sim.cfg.coreneuron))
    done_ms = sim.h.t + sim.h.dt / 2
    for end_ms in ends:
        # A simulation in intervals has passed the first ends before.
        if end_ms > done_ms:
            sim.pc.psolve(end_ms)
            looks.at(end_ms)
    # With the time at which the run has stopped, NetPyNE does not solve again.
    post_run(sim.cfg.duration)


class _View:
    """Read from the running network the data that a watch needs."""

    def __init__(self, populations: dict[str, np.ndarray], duration_ms: float) -> None:
        sim = simulator()
        owners = {section: cell.gid for cell in sim.net.cells for section in _sections(cell)}
        self._segments = [segment for section in interpreter().allsec() for segment in section]
        found = {cell.gid: _detector(cell) for cell in sim.net.cells}
        detectors = {cell: segment for cell, segment in found.items() if segment is not None}
        self._detectors = list(detectors.values())
        self.scene = Scene(
            populations,
            duration_ms,
            latest(ranks.gathered(read_stimuli())),
            ranks.joined(np.array([owners.get(segment.sec, -1) for segment in self._segments], int)),
            ranks.joined(np.array(list(detectors), int)),
        )

    def moment(self, time_ms: float) -> Moment:
        data = simulator().simData
        spikes = ranks.in_order(data["spkt"].as_numpy(), data["spkid"].as_numpy())
        voltages = (np.array([segment.v for segment in some]) for some in (self._segments, self._detectors))
        return Moment(time_ms, *spikes, *map(ranks.joined, voltages))


def _detector(cell: Cell) -> Segment | None:
    """Return the segment at which NetPyNE detects a cell's spikes; `None` if the cell has a different spike source."""
    if not _sections(cell):
        return None
    place, section = cell.spikeGenLocAndSec(cell.secs)
    if any("vref" in point_process for point_process in section.get("pointps", {}).values()):
        return None
    found: Segment = section["hObj"](place)
    return found


def _check_voltages(populations: dict[str, list[int]]) -> None:
    broken = [s for s in interpreter().allsec() if not all(math.isfinite(segment.v) for segment in s)]
    # Every rank raises the error. Otherwise the other ranks would continue alone.
    for cell in (cell for cells in ranks.gathered([_cell_of(section) for section in broken[:1]]) for cell in cells):
        where = next((name for name, cells in populations.items() if cell in cells), "no population")
        raise SimulationError(f"the voltage of cell {cell} ({where}) is not a number (NaN)")


def final_voltages() -> np.ndarray | None:
    """Return the voltages of all segments of this process [mV] (n_segments,), or None on several ranks."""
    if ranks.count() > 1:
        return None
    return np.array([segment.v for section in interpreter().allsec() for segment in section], float)


def _cell_of(section: Section) -> int | None:
    return next((cell.gid for cell in simulator().net.cells if section in _sections(cell)), None)


def _sections(cell: Cell) -> list[Section]:
    return [section["hObj"] for section in vars(cell).get("secs", {}).values() if "hObj" in section]


def warm_up_on(wanted: int) -> None:
    """Import NetPyNE in advance on each of several ranks; TunerError if NEURON does not run on all ranks."""
    interpreter().nrnmpi_init()
    warm_up()
    if ranks.count() != wanted:
        raise TunerError(
            f"{wanted} ranks were asked for, but NEURON runs on {ranks.count()}: each rank would simulate the whole"
            " network; if NEURON does not find MPI, set MPI_LIB_NRN_PATH to the MPI library (libmpi.so)"
        )


def warm_up() -> None:
    """Import NetPyNE in advance, so that the first simulation takes no longer than others."""
    # With tqdm's default lock, NetPyNE's progress bars would leave a system-wide semaphore when a worker is killed.
    tqdm.set_lock(threading.RLock())
    here = os.getcwd()
    with quiet(), tempfile.TemporaryDirectory() as nothing:
        # NEURON loads any compiled mechanisms of the working directory, also those of another model.
        os.chdir(nothing)
        try:
            importlib.import_module("netpyne.sim")
        finally:
            os.chdir(here)
    # Imported modules live as long as the process. Searching them for garbage would take longer than a small run.
    gc.collect()
    gc.freeze()
