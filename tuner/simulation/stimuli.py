"""Find when the stimuli of the built network start, change and end, from the NEURON objects of the stimuli."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, dataclass, replace

import numpy as np

from tuner.interfaces.netpyne_types import Sim, simulator
from tuner.interfaces.neuron_types import PointProcess, interpreter

# A spike train that continues after a longer pause counts as a new onset.
PAUSE_MS = 200.0


@dataclass(frozen=True)
class Stimuli:
    """Hold times of the stimuli in a run [ms]; unknown times are inf.

    At `onset_ms` every stimulus has started. After `settled_ms` no stimulus starts, steps or ends. After `over_ms` no
    stimulus is random or sends an event.
    """

    onset_ms: float = 0.0
    settled_ms: float = 0.0
    over_ms: float = 0.0
    longest_delay_ms: float = 0.0


NONE = Stimuli()
UNKNOWN = Stimuli(math.inf, math.inf, math.inf)


def read_stimuli() -> Stimuli:
    """Return the stimuli of the network that NetPyNE has built, during a run.

    A point process or artificial cell of an unknown kind, other than a synapse, makes all times inf.
    """
    sim = simulator()
    duration_ms = float(sim.cfg.duration)
    found = [NONE, *_of_mechanisms(sim, duration_ms), *_of_trains(sim, duration_ms), *_of_waveforms(sim, duration_ms)]
    all_of_them = latest(found)
    return replace(all_of_them, longest_delay_ms=0.0 if math.isinf(all_of_them.over_ms) else _longest_delay_ms())


def latest(stimuli: Iterable[Stimuli]) -> Stimuli:
    """Return the latest of all times, and the longest delay."""
    return Stimuli(*map(max, zip(*map(astuple, stimuli), strict=True)))


def _last(times_ms: Iterable[float], duration_ms: float) -> float:
    return max((float(time) for time in times_ms if time < duration_ms), default=0.0)


def _of_net_stim(stimulus: PointProcess, duration_ms: float) -> Stimuli:
    start, interval, number = max(stimulus.start, 0.0), stimulus.interval, stimulus.number
    if number < 1 or start >= duration_ms:
        return NONE
    end = start + number * interval
    # Noise shifts the end of a train. Only a much longer train certainly lasts until the end of the run.
    if end >= 2 * duration_ms:
        return Stimuli(start, start, math.inf)
    return Stimuli(start, math.inf, math.inf) if stimulus.noise else _steps([start, end], duration_ms, onset_ms=start)


def _steps(times_ms: Iterable[float], duration_ms: float, onset_ms: float | None = None) -> Stimuli:
    last = _last(times_ms, duration_ms)
    return Stimuli(last if onset_ms is None else onset_ms, last, last)


def _of_current_clamp(clamp: PointProcess, duration_ms: float) -> Stimuli:
    times = clamp.delay, clamp.delay + clamp.dur
    return _steps(times, duration_ms, onset_ms=_last(times[:1], duration_ms))


MECHANISMS: dict[str, Callable[[PointProcess, float], Stimuli]] = {
    "NetStim": _of_net_stim,
    "IClamp": _of_current_clamp,
    "AlphaSynapse": lambda synapse, duration_ms: _steps([synapse.onset], duration_ms),
    "SEClamp": lambda clamp, duration_ms: _steps(np.cumsum([clamp.dur1, clamp.dur2, clamp.dur3]), duration_ms),
    "VClamp": lambda clamp, duration_ms: _steps(np.cumsum([clamp.dur[i] for i in range(3)]), duration_ms),
    # These cells fire in response to their input, but their state is not known.
    **{f"IntFire{kind}": lambda *_: Stimuli(over_ms=math.inf) for kind in (1, 2, 4)},
    # The trains of VecStims are read from NetPyNE's cells.
    "VecStim": lambda *_: NONE,
    "APCount": lambda *_: NONE,
    "PointProcessMark": lambda *_: NONE,
}


def _of_mechanisms(sim: Sim, duration_ms: float) -> Iterator[Stimuli]:
    h = interpreter()
    kinds, name = h.MechanismType(1), h.ref("")
    synapses = {str(synapse.get("mod")) for synapse in sim.net.params.synMechParams.values()}
    for kind in range(int(kinds.count())):
        kinds.select(kind)
        kinds.selected(name)
        instances = h.List(name[0])
        if not instances.count() or name[0] in synapses:
            continue
        if name[0] in MECHANISMS:
            yield from (MECHANISMS[name[0]](instances.o(i), duration_ms) for i in range(int(instances.count())))
        elif kinds.is_artificial(kind) or not kinds.is_netcon_target(kind):
            yield UNKNOWN


def _of_trains(sim: Sim, duration_ms: float) -> Iterator[Stimuli]:
    """Yield the stimuli of artificial cells that play a spike train, one for each population."""
    trains: dict[str, list[np.ndarray]] = {}
    for cell in sim.net.cells:
        # NetPyNE's point cells return a value for any attribute, so hasattr cannot be used.
        if "hSpkTimes" in vars(cell):
            trains.setdefault(cell.tags["pop"], []).append(cell.hSpkTimes.as_numpy())
        elif cell.tags.get("cellModel") == "VecStim":
            yield UNKNOWN
    for each in trains.values():
        times = np.sort(np.concatenate(each))
        begins = np.diff(times, prepend=-math.inf) > PAUSE_MS
        yield _steps(times, duration_ms, onset_ms=_last(times[begins], duration_ms))


def _of_waveforms(sim: Sim, duration_ms: float) -> Iterator[Stimuli]:
    """Yield the stimuli that NetPyNE plays into the network: changing rates, shaped weights and fields."""
    for cell in sim.net.cells:
        if "hVectorTimes" in vars(cell):
            last = _last(cell.hVectorTimes, duration_ms)
            yield Stimuli(last, last, math.inf)
        if any(stimulus.get("type") == "XStim" for stimulus in vars(cell).get("stims", ())):
            yield UNKNOWN
    tables = sim.net.params.connParams, sim.net.params.stimTargetParams
    if any("shape" in rule for table in tables for rule in table.values()):
        yield UNKNOWN


def _longest_delay_ms() -> float:
    connections = interpreter().List("NetCon")
    every = (connections.o(i) for i in range(int(connections.count())))
    # A NetCon of an earlier network may have lost its ends. Reading its delay would then end the process.
    return max((connection.delay for connection in every if connection.valid()), default=0.0)
