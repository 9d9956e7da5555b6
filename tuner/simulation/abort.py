"""Rules that stop a simulation whose candidate is hopeless; docs/abort.md says when, and what it then costs."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from tuner.objective.loss import largest_part
from tuner.objective.targets import Target
from tuner.recording import Recording
from tuner.simulation.stimuli import Stimuli
from tuner.study.settings import Abort

WAIT_MS = 200.0
BLOCK_MS = 200.0
REST_MV = 0.01
SHORTEST_CHUNK_MS = 100.0
# On CoreNEURON each chunk is handed over anew: 0.13 s against 0.95 s of simulation in 100 ms of NetPyNE's CA3.
SHORTEST_CORENEURON_CHUNK_MS = 500.0
CHUNKS = 20
# How far from block_mv lies a voltage that stands half-way between the mildest case and the worst.
HALF_WAY_MV = 10.0
# No candidate is hopeless by the rounding of a mean.
ROUNDING = 1e-12


class Aborted(Exception):
    """A rule's reason; `severity` (above 0, at most 1) says how far past the rule's limit the candidate is."""

    def __init__(self, reason: str, severity: float) -> None:
        super().__init__(reason)
        self.severity = severity


@dataclass(frozen=True)
class Scene:
    """What stays the same during a run: cell ids of populations, stimuli, and the cells whose voltages are seen.

    `segment_cells` (n_segments,) are the cells of all segments, -1 where there is none; `detector_cells` (n_detectors,)
    those with a segment at which spikes are detected.
    """

    populations: dict[str, np.ndarray]
    duration_ms: float
    stimuli: Stimuli = Stimuli()
    segment_cells: np.ndarray = field(default_factory=lambda: np.array([], int))
    detector_cells: np.ndarray = field(default_factory=lambda: np.array([], int))

    def recording(self, times: np.ndarray, cells: np.ndarray) -> Recording:
        """The whole run's recording if no other spikes come."""
        return Recording(times, cells, self.populations, self.duration_ms)

    def words(self, cell: int) -> str:
        """A cell and its population, for reasons."""
        name = next((name for name, cells in self.populations.items() if cell in cells), "no population")
        return f"cell {cell if cell >= 0 else None} ({name})"


@dataclass(frozen=True)
class Moment:
    """A network at the end of a chunk: all spikes so far, and voltages [mV] of the scene's segments and detectors."""

    time_ms: float
    spike_times: np.ndarray
    spike_cells: np.ndarray
    voltages: np.ndarray = field(default_factory=lambda: np.array([]))
    detector_voltages: np.ndarray = field(default_factory=lambda: np.array([]))


class Watch:
    """Looks at a simulation after each chunk and raises Aborted where a rule says that its candidate is hopeless.

    `settings` are those of the table simulation.abort. After `begin` it may watch another run.
    """

    def __init__(self, settings: Abort, targets: Sequence[Target]) -> None:
        self._settings = settings
        self._targets = tuple(targets)

    def chunk_ends_ms(self, duration_ms: float, *, coreneuron: bool = False) -> list[float]:
        """Ends of the chunks of a run; the last is its duration."""
        shortest = SHORTEST_CORENEURON_CHUNK_MS if coreneuron else SHORTEST_CHUNK_MS
        chunk = self._settings.chunk_ms or max(shortest, duration_ms / CHUNKS)
        ends = [number * chunk for number in range(1, math.ceil(duration_ms / chunk))]
        return [*(end for end in ends if end < duration_ms), duration_ms]

    def begin(self, scene: Scene) -> None:
        """A run of this scene begins."""
        self._scene = scene
        self._tallies = [_Tally(target, scene, self._settings.block_mv) for target in self._targets]
        # Without a target on spikes no number of them is hopeless.
        begun = max(scene.stimuli.onset_ms, min((tally.start_ms for tally in self._tallies), default=math.inf))
        self._earliest_ms = begun + WAIT_MS
        self._last_spike_ms = begun
        self._seen = 0
        self._looked_ms = 0.0
        self._voltages: np.ndarray | None = None

    def look(self, moment: Moment) -> None:
        """Holds all rules against the end of a chunk; a run that has come to its end is past all but the voltages'."""
        self._check_voltages(moment)
        new = moment.spike_times[self._seen :], moment.spike_cells[self._seen :]
        self._seen = len(moment.spike_times)
        self._last_spike_ms = float(new[0].max(initial=self._last_spike_ms))
        for tally in self._tallies:
            tally.add(*new, moment)
        if self._earliest_ms <= moment.time_ms < self._scene.duration_ms:
            self._check_runaway(moment)
            self._check_block(moment)
            self._check_silence(moment)
        self._voltages, self._looked_ms = moment.voltages, moment.time_ms

    def _check_voltages(self, moment: Moment) -> None:
        limit, sizes = self._settings.voltage_mv, np.abs(moment.voltages)
        if np.all(sizes <= limit):
            return
        # NumPy takes nan for the largest.
        worst = int(np.argmax(sizes))
        is_nan = math.isnan(sizes[worst])
        shown = "not a number (NaN)" if is_nan else f"{moment.voltages[worst]:.4g} mV"
        cell = self._scene.words(self._scene.segment_cells[worst])
        severity = 1.0 if is_nan else 1.0 - limit / sizes[worst]
        raise Aborted(f"the voltage of {cell} is {shown} at {moment.time_ms:g} ms", severity)

    def _check_runaway(self, moment: Moment) -> None:
        found = [tally.runaway(moment) for tally in self._tallies]
        limit = self._settings.rate_hz
        if limit is not None:
            found += [self._too_fast(moment, name, limit) for name in self._scene.populations]
        when_ms, reason = min(found)
        if when_ms <= moment.time_ms:
            raise Aborted(f"runaway: {reason}", 1.0 - when_ms / self._scene.duration_ms)

    def _too_fast(self, moment: Moment, population: str, limit: float) -> tuple[float, str]:
        """When the last chunk (of 100 ms at least) had more spikes than rate_hz allows it, and words for that."""
        cells = self._scene.populations[population]
        window = max(moment.time_ms - self._looked_ms, SHORTEST_CHUNK_MS)
        recent = moment.spike_times[np.isin(moment.spike_cells, cells) & (moment.spike_times > moment.time_ms - window)]
        cell_seconds = len(cells) * window / 1000.0
        needed = math.floor(limit * cell_seconds) + 1
        if len(recent) < needed:
            return math.inf, ""
        return _time_of(needed, recent), f"{population} fires at {len(recent) / cell_seconds:.4g} Hz, limit {limit:g}"

    def _check_block(self, moment: Moment) -> None:
        explicit = self._settings.block_ms is not None
        # A stimulus that ends may end the block too.
        begun_ms = 0.0 if explicit else self._scene.stimuli.settled_ms
        for tally in self._tallies:
            blocked_ms = moment.time_ms - max(tally.blocked_since_ms, begun_ms)
            if blocked_ms < (self._settings.block_ms or BLOCK_MS):
                continue
            if explicit or self._at_cap([tally.target], moment):
                voltage = float(moment.detector_voltages[tally.detectors].mean())
                words = f"{tally.target.population} at {voltage:.4g} mV in the mean, no spike since"
                reason = f"depolarisation block: {words} {tally.blocked_since_ms:g} ms"
                raise Aborted(reason, self._severity(voltage))

    def _check_silence(self, moment: Moment) -> None:
        silent_ms = moment.time_ms - self._last_spike_ms
        if self._settings.silence_ms is not None:
            hopeless = silent_ms >= self._settings.silence_ms and self._missed(moment)
        else:
            hopeless = silent_ms >= WAIT_MS and self._at_rest(moment) and self._at_cap(self._targets, moment)
        if hopeless:
            voltage = float(moment.detector_voltages.mean()) if len(moment.detector_voltages) else -math.inf
            raise Aborted(f"silence: no spike since {self._last_spike_ms:g} ms", self._severity(voltage))

    def _at_rest(self, moment: Moment) -> bool:
        """Whether no voltage moves and nothing is on its way."""
        stimuli = self._scene.stimuli
        over_ms = max(stimuli.over_ms, self._last_spike_ms) + stimuli.longest_delay_ms
        if self._voltages is None or moment.time_ms < over_ms:
            return False
        return float(np.abs(moment.voltages - self._voltages).max(initial=0.0)) < REST_MV

    def _at_cap(self, targets: Sequence[Target], moment: Moment) -> bool:
        """Whether a target's part is as large as it can be if no further spike comes."""
        recording = self._scene.recording(moment.spike_times, moment.spike_cells)
        return any(target.part(target.measure(recording)) >= largest_part(target) for target in targets)

    def _missed(self, moment: Moment) -> bool:
        """Whether a target that has a wish is missed if no further spike comes."""
        recording = self._scene.recording(moment.spike_times, moment.spike_cells)
        return not all(target.reached(target.measure(recording)) for target in self._targets if target.has_wish)

    def _severity(self, voltage_mv: float) -> float:
        """From how far the mean voltage lies from block_mv, about which cells spike."""
        distance = abs(voltage_mv - self._settings.block_mv)
        return 1.0 - HALF_WAY_MV / (HALF_WAY_MV + distance)


class _Tally:
    """One target: the spikes of its population in its window, and since when the population is blocked (inf: is not).

    `detectors` are places among the scene's; the population is seen whole or not at all.
    """

    def __init__(self, target: Target, scene: Scene, block_mv: float) -> None:
        self.target = target
        self.cells = scene.recording(np.array([]), np.array([], int)).cells_of(target.population)
        self.start_ms, self.end_ms = target.window_ms or (0.0, scene.duration_ms)
        self.detectors = np.flatnonzero(np.isin(scene.detector_cells, self.cells))
        self.count = 0
        self.blocked_since_ms = math.inf
        self._block_mv = block_mv

    def add(self, times: np.ndarray, cells: np.ndarray, moment: Moment) -> None:
        """Takes the new spikes and the voltages of a moment."""
        own = times[np.isin(cells, self.cells)]
        self.count += len(self._in_window(own))
        voltages = moment.detector_voltages[self.detectors]
        if not len(voltages) or len(voltages) < len(self.cells) or voltages.min() <= self._block_mv:
            self.blocked_since_ms = math.inf
        elif len(own) or math.isinf(self.blocked_since_ms):
            self.blocked_since_ms = moment.time_ms

    def _in_window(self, times: np.ndarray) -> np.ndarray:
        return times[(times >= self.start_ms) & (times <= self.end_ms)]

    def runaway(self, moment: Moment) -> tuple[float, str]:
        """When the spike came that put the part at its cap, whatever follows (inf: none did), and words for it."""
        if not self._is_certain(self.count):
            return math.inf, ""
        needed = bisect_left(range(self.count), True, key=self._is_certain)
        own = moment.spike_times[np.isin(moment.spike_cells, self.cells)]
        when_ms = _time_of(needed, self._in_window(own))
        name = self.target.population
        return when_ms, f"by {when_ms:.4g} ms {name} had the {needed} spikes that put {self.target.name} at its cap"

    def _is_certain(self, count: int) -> bool:
        """Whether that many spikes put the part at its cap: parts grow with the rate once it is above the wish."""
        target = self.target
        wish = target.high if target.value is None else target.value
        if target.feature != "rate" or wish is None or not len(self.cells):
            return False
        rate = 1000.0 * count / (len(self.cells) * (self.end_ms - self.start_ms)) * (1.0 - ROUNDING)
        return rate > max(wish, target.min, 0.0) and target.part(rate) >= largest_part(target)


def _time_of(number: int, times: np.ndarray) -> float:
    """The time of the spike of that number, counted from 1."""
    return float(np.partition(times, number - 1)[number - 1])
