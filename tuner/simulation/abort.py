"""Stop simulations of hopeless candidates.

docs/how-to/stop-hopeless-candidates.md describes the rules and the loss of an aborted candidate."""

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
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
# Each chunk is transferred to CoreNEURON again. In 100 ms of NetPyNE's CA3 this takes 0.13 s, the simulation 0.95 s.
SHORTEST_CORENEURON_CHUNK_MS = 500.0
CHUNKS = 20
# Distance from block_mv at which the severity is half-way between the mildest and the worst case.
HALF_WAY_MV = 10.0
# Beginning of the reason of a candidate that the rule on silence has stopped.
SILENCE = "silence: "
# Rounding of a mean must not make a candidate hopeless.
ROUNDING = 1e-12


class Aborted(Exception):
    """Give the reason why a rule stopped a simulation.

    `severity` (above 0, at most 1) says how far the candidate is beyond the limit of the rule. `key` is the key of
    simulation.abort with this limit, "" for a rule that follows from the targets. `breach` continues a sentence that
    begins with the candidate.
    """

    def __init__(self, reason: str, severity: float, key: str = "", breach: str = "") -> None:
        super().__init__(reason)
        self.severity, self.key, self.breach = severity, key, breach

    def __reduce__(self) -> tuple[type["Aborted"], tuple[str, float]]:
        """Return class and arguments, for a copy in another process."""
        return Aborted, (str(self), self.severity)


@dataclass(frozen=True)
class Scene:
    """Describe the constant data of a run: cell ids of populations, stimuli, and the cells with a known voltage.

    `segment_cells` (n_segments,) are the cells of all segments, -1 for a segment without a cell. `detector_cells`
    (n_detectors,) are the cells with a segment at which spikes are detected.
    """

    populations: dict[str, np.ndarray]
    duration_ms: float
    stimuli: Stimuli = Stimuli()
    segment_cells: np.ndarray = field(default_factory=lambda: np.array([], int))
    detector_cells: np.ndarray = field(default_factory=lambda: np.array([], int))

    def recording(self, times: np.ndarray, cells: np.ndarray) -> Recording:
        """Return the recording of the whole run if no further spikes come."""
        return Recording(times, cells, self.populations, self.duration_ms)

    def words(self, cell: int) -> str:
        """Return a cell and the cell's population, as text for reasons."""
        name = next((name for name, cells in self.populations.items() if cell in cells), "no population")
        return f"cell {cell if cell >= 0 else None} ({name})"


@dataclass(frozen=True)
class Moment:
    """Hold the state at the end of a chunk: all spikes so far, and the voltages [mV] of segments and detectors.

    The order of the voltages is the order of the scene's segments and detectors.
    """

    time_ms: float
    spike_times: np.ndarray
    spike_cells: np.ndarray
    voltages: np.ndarray = field(default_factory=lambda: np.array([]))
    detector_voltages: np.ndarray = field(default_factory=lambda: np.array([]))


class Watch:
    """Check a simulation after each chunk, and raise Aborted if a rule says that the candidate is hopeless.

    `settings` are the table simulation.abort of the study. Call `begin` before each run and `look` after each chunk.
    """

    def __init__(self, settings: Abort, targets: Sequence[Target]) -> None:
        self._settings = settings
        self._targets = tuple(targets)

    def chunk_ends_ms(self, duration_ms: float, *, coreneuron: bool = False) -> list[float]:
        """Return the end times of the chunks of a run [ms]; the last one is the duration."""
        shortest = SHORTEST_CORENEURON_CHUNK_MS if coreneuron else SHORTEST_CHUNK_MS
        chunk = self._settings.chunk_ms or max(shortest, duration_ms / CHUNKS)
        ends = [number * chunk for number in range(1, math.ceil(duration_ms / chunk))]
        return [*(end for end in ends if end < duration_ms), duration_ms]

    def begin(self, scene: Scene) -> None:
        """Start watching a run of this scene."""
        self._scene = scene
        self._tallies = [_Tally(target, scene, self._settings.block_mv) for target in self._targets]
        # Without a target on spikes, no number of spikes is hopeless.
        begun = max(scene.stimuli.onset_ms, min((tally.start_ms for tally in self._tallies), default=math.inf))
        self._earliest_ms = begun + WAIT_MS
        self._last_spike_ms = begun
        self._seen = 0
        self._looked_ms = 0.0
        self._voltages: np.ndarray | None = None

    def look(self, moment: Moment) -> None:
        """Check all rules at the end of a chunk.

        At the end of the run only the rule on voltages is checked.
        """
        self._apply(self._check_voltages, moment)
        new = moment.spike_times[self._seen :], moment.spike_cells[self._seen :]
        self._seen = len(moment.spike_times)
        self._last_spike_ms = float(new[0].max(initial=self._last_spike_ms))
        for tally in self._tallies:
            tally.add(*new, moment)
        if self._earliest_ms <= moment.time_ms < self._scene.duration_ms:
            for check in (self._check_runaway, self._check_block, self._check_silence):
                self._apply(check, moment)
        self._voltages, self._looked_ms = moment.voltages, moment.time_ms

    def _apply(self, check: Callable[[Moment], None], moment: Moment) -> None:
        """Apply one rule; a subclass may handle the exception."""
        check(moment)

    def _check_voltages(self, moment: Moment) -> None:
        limit, sizes = self._settings.voltage_mv, np.abs(moment.voltages)
        if np.all(sizes <= limit):
            return
        # argmax returns the place of a nan, if there is one.
        worst = int(np.argmax(sizes))
        is_nan = math.isnan(sizes[worst])
        shown = "not a number (NaN)" if is_nan else f"{moment.voltages[worst]:.4g} mV"
        cell = self._scene.words(self._scene.segment_cells[worst])
        severity = 1.0 if is_nan else 1.0 - limit / sizes[worst]
        key = "voltage_mv" if math.isfinite(sizes[worst]) else ""
        reason = f"the voltage of {cell} is {shown} at {moment.time_ms:g} ms"
        raise Aborted(reason, severity, key, f"reaches {shown} in {cell}")

    def _check_runaway(self, moment: Moment) -> None:
        of_targets = [(*tally.runaway(moment), "") for tally in self._tallies]
        self._judge_runaway(moment, of_targets + self._above_limit(moment))

    def _judge_runaway(self, moment: Moment, found: list[tuple[float, str, str]]) -> None:
        """Raise Aborted for the earliest runaway in a list of time, reason and key."""
        when_ms, reason, key = min(found)
        if when_ms <= moment.time_ms:
            breach = f"breaks the rule: {reason}"
            raise Aborted(f"runaway: {reason}", 1.0 - when_ms / self._scene.duration_ms, key, breach)

    def _above_limit(self, moment: Moment) -> list[tuple[float, str, str]]:
        """Return time, reason and key of the rule on rates for each population; empty without this rule."""
        limit = self._settings.rate_hz
        if limit is None:
            return []
        return [(*self._too_fast(moment, name, limit), "rate_hz") for name in self._scene.populations]

    def _too_fast(self, moment: Moment, population: str, limit: float) -> tuple[float, str]:
        """Return the time at which a population exceeded rate_hz in the last chunk, and the reason as text.

        The time is inf if the limit holds. The rate is measured over at least 100 ms.
        """
        cells = self._scene.populations[population]
        window = max(moment.time_ms - self._looked_ms, SHORTEST_CHUNK_MS)
        recent = moment.spike_times[np.isin(moment.spike_cells, cells) & (moment.spike_times > moment.time_ms - window)]
        cell_seconds = len(cells) * window / 1000.0
        needed = math.floor(limit * cell_seconds) + 1
        if len(recent) < needed:
            return math.inf, ""
        words = f"{population} fires at {len(recent) / cell_seconds:.4g} Hz, above rate_hz = {limit:g}"
        return _time_of(needed, recent), words

    def _check_block(self, moment: Moment) -> None:
        explicit = self._settings.block_ms is not None
        # The end of a stimulus may end the block.
        begun_ms = 0.0 if explicit else self._scene.stimuli.settled_ms
        for tally in self._tallies:
            blocked_ms = moment.time_ms - max(tally.blocked_since_ms, begun_ms)
            if blocked_ms < (self._settings.block_ms or BLOCK_MS):
                continue
            if explicit or self._at_cap([tally.target], moment):
                voltage = float(moment.detector_voltages[tally.detectors].mean())
                words = f"{tally.target.population} at {voltage:.4g} mV on average, no spike since"
                reason = f"depolarisation block: {words} {tally.blocked_since_ms:g} ms"
                breach = f"is in depolarisation block: {words} {tally.blocked_since_ms:g} ms"
                raise Aborted(reason, self._severity(voltage), "block_ms" if explicit else "", breach)

    def _check_silence(self, moment: Moment) -> None:
        silent_ms = moment.time_ms - self._last_spike_ms
        if self._settings.silence_ms is not None:
            hopeless = silent_ms >= self._settings.silence_ms and self._missed(moment)
        else:
            hopeless = silent_ms >= WAIT_MS and self._at_rest(moment) and self._at_cap(self._targets, moment)
        if hopeless:
            voltage = float(moment.detector_voltages.mean()) if len(moment.detector_voltages) else -math.inf
            key = "" if self._settings.silence_ms is None else "silence_ms"
            words = f"no spike since {self._last_spike_ms:g} ms"
            raise Aborted(f"{SILENCE}{words}", self._severity(voltage), key, f"is silent: {words}")

    def _at_rest(self, moment: Moment) -> bool:
        """Return whether no voltage changes and no stimulus or event is pending."""
        stimuli = self._scene.stimuli
        over_ms = max(stimuli.over_ms, self._last_spike_ms) + stimuli.longest_delay_ms
        if self._voltages is None or moment.time_ms < over_ms:
            return False
        return float(np.abs(moment.voltages - self._voltages).max(initial=0.0)) < REST_MV

    def _at_cap(self, targets: Sequence[Target], moment: Moment) -> bool:
        """Return whether the term of any target is at the largest possible value if no further spike comes."""
        recording = self._scene.recording(moment.spike_times, moment.spike_cells)
        return any(target.part(target.measure(recording)) >= largest_part(target) for target in targets)

    def _missed(self, moment: Moment) -> bool:
        """Return whether any target with a target value is missed if no further spike comes."""
        recording = self._scene.recording(moment.spike_times, moment.spike_cells)
        return not all(target.reached(target.measure(recording)) for target in self._targets if target.has_goal)

    def _severity(self, voltage_mv: float) -> float:
        """Return the severity for a mean voltage, which grows with the distance from block_mv."""
        distance = abs(voltage_mv - self._settings.block_mv)
        return 1.0 - HALF_WAY_MV / (HALF_WAY_MV + distance)


class _Tally:
    """Count the spikes of one target's population in the window, and note since when the population is blocked.

    `detectors` are indices into the scene's detectors. A population counts as blocked only if all cells have a
    detector. `blocked_since_ms` is inf while the population is not blocked.
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
        """Add the new spikes and the voltages of a moment."""
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
        """Return the time of the spike that brought the term to the cap, and the reason as text.

        The time is inf if there was no such spike. Later spikes cannot lower the term.
        """
        if not self._is_certain(self.count):
            return math.inf, ""
        needed = bisect_left(range(self.count), True, key=self._is_certain)
        own = moment.spike_times[np.isin(moment.spike_cells, self.cells)]
        when_ms = _time_of(needed, self._in_window(own))
        name = self.target.population
        return when_ms, f"{name} had {needed} spikes by {when_ms:.4g} ms: target {self.target.name} is at its cap"

    def _is_certain(self, count: int) -> bool:
        """Return whether this number of spikes brings the term to the cap.

        The term only grows with the rate once the rate is above the target value.
        """
        target = self.target
        goal = target.high if target.value is None else target.value
        if target.feature != "rate" or goal is None or not len(self.cells):
            return False
        rate = 1000.0 * count / (len(self.cells) * (self.end_ms - self.start_ms)) * (1.0 - ROUNDING)
        return rate > max(goal, target.min, 0.0) and target.part(rate) >= largest_part(target)


def _time_of(number: int, times: np.ndarray) -> float:
    """Return the time of the spike with this number, counted from 1."""
    return float(np.partition(times, number - 1)[number - 1])
