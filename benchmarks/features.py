"""The features' cost: of a million spikes, beside the simulation that they are measured on, and beside elephant's.

CPU times, medians. A feature's time begins when the spikes of the population have been sorted and selected, with
nothing else computed from them; elephant's begins with its trains made.
"""

import json
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median

import numpy as np
from common import arguments, call, machine, prepared, print_table, processes, require, say, timed, timing_calls

from tuner.evaluate import evaluate as evaluating
from tuner.evaluate.evaluate import record
from tuner.evaluate.task import Task
from tuner.features.registry import FEATURES, Feature
from tuner.objective.loss import measure
from tuner.objective.targets import Target
from tuner.optimizers import resolution
from tuner.protocols import DEFAULT
from tuner.recording import ALL, Recording
from tuner.study.study import Study

STUDY = "sensory_motor"
POPULATION = "M"
SPIKE_FEATURES = [f for f in FEATURES.values() if not (f.needs_trace or f.needs_reference or f.is_given)]
CELLS, RATE_HZ = 1000, 10.0
SMALL_MS = 10000.0
BIN_MS = {name: FEATURES[name].compute.__defaults__[-1] for name in ("fano", "correlation")}


def poisson(n_cells: int, duration_ms: float) -> Recording:
    """A seeded raster whose spikes fall on any cell at any time, RATE_HZ a cell in the mean."""
    random = np.random.default_rng(1)
    n_spikes = round(n_cells * RATE_HZ * duration_ms / 1000.0)
    times, cells = random.uniform(0.0, duration_ms, n_spikes), random.integers(n_cells, size=n_spikes)
    return Recording(times, cells, {"cells": np.arange(n_cells)}, duration_ms)


def again(recording: Recording) -> Recording:
    """The same recording with nothing computed but the selection of all its spikes."""
    fresh = Recording(recording.spike_times, recording.spike_cells, recording.populations, recording.duration_ms)
    fresh.spikes(ALL)
    return fresh


def own_arguments(feature: Feature, duration_ms: float) -> dict[str, object]:
    """What a feature cannot do without: onsets of a stimulus, two a second."""
    onsets_ms = {"stimulus_ms": tuple(np.arange(250.0, duration_ms, 500.0))}
    return {name: onsets_ms[name] for name in feature.required}


def cost_ms(feature: Feature, recording: Recording, count: int) -> float:
    """CPU time of a feature's first use on a recording [ms]."""
    given = own_arguments(feature, recording.duration_ms)
    compute = partial(feature.compute, **given)
    # What it imports is imported here.
    compute(again(poisson(10, 2000.0)))
    return 1000.0 * median(timed(compute, again(recording))[1].cpu_s for _ in range(count))


def costs_a_million(duration_ms: float, count: int) -> dict[str, float]:
    """CPU time of each spike feature [ms], by its name, for each million spikes."""
    recording = poisson(CELLS, duration_ms)
    n_spikes = len(recording.spike_times)
    say(f"{len(SPIKE_FEATURES)} features of {n_spikes} spikes in {CELLS} cells, {duration_ms / 1000:g} s")
    return {f.name: cost_ms(f, recording, count) * 1e6 / n_spikes for f in SPIKE_FEATURES}


@dataclass(frozen=True)
class Shares:
    """CPU seconds of a simulation, of measuring the study's targets on it, and a target of every spike feature."""

    simulation_s: float
    own_s: float
    all_s: float

    @property
    def own(self) -> float:
        """The study's targets over the simulation."""
        return self.own_s / self.simulation_s

    @property
    def all(self) -> float:
        """All features over the simulation."""
        return self.all_s / self.simulation_s


def all_targets(duration_ms: float) -> list[Target]:
    """A target of every spike feature, each with the arguments that it cannot do without."""
    return [
        Target(f.name, f.name, POPULATION, weight=0.0, arguments=tuple(own_arguments(f, duration_ms).items()))
        for f in SPIKE_FEATURES
    ]


def measured(targets: Sequence[Target], recording: Recording) -> float:
    """CPU time of measuring the targets on a recording of which nothing is computed yet [s]."""
    fresh = Recording(recording.spike_times, recording.spike_cells, recording.populations, recording.duration_ms)
    return timed(measure, targets, {DEFAULT: fresh})[1].cpu_s


def shares(task: Task, count: int) -> Shares:
    """Medians over simulations of the task's values on one warm network, in this process."""
    every, found = all_targets(task.study.duration_ms), []
    recording, _ = record(task)
    # What they import is imported here.
    measured(every, recording)
    for _ in range(count):
        with timing_calls(evaluating, "simulate") as simulations:
            recording, _ = record(task)
        found.append((simulations[0].cpu_s, measured(task.study.targets, recording), measured(every, recording)))
    return Shares(*map(median, zip(*found, strict=True)))


def simulated_shares(count: int) -> Shares:
    """The shares of the study, at its start point and with the short cuts that the tuner takes for it."""
    say(f"the study {STUDY}: {count} simulations of its start point")
    with processes() as pool:
        task = prepared(resolution.resolve(Study.load(STUDY)), pool)
        return call(pool, partial(shares, count=count), task)[0]


def peers(recording: Recording) -> dict[str, Callable[[], float]]:
    """Elephant's way to a number of ours, by our feature's name, on trains that are made already.

    Plain arrays of times [s] wherever it takes them, which saves it the handling of units.
    """
    import quantities
    from elephant import statistics
    from elephant.conversion import BinnedSpikeTrain
    from elephant.spike_train_correlation import correlation_coefficient
    from elephant.spike_train_synchrony import spike_contrast
    from neo import SpikeTrain

    end_s = recording.duration_ms / 1000.0
    times = [recording.spike_times[recording.spike_cells == cell] / 1000.0 for cell in recording.cells_of(ALL)]
    trains = [SpikeTrain(each, t_stop=end_s, units="s") for each in times]
    edges_s = np.arange(BIN_MS["fano"] / 1000.0, end_s - 1e-9, BIN_MS["fano"] / 1000.0)

    def mean(of_times: Callable[[np.ndarray], float]) -> float:
        return float(np.mean([of_times(each) for each in times]))

    def correlation() -> float:
        binned = BinnedSpikeTrain(trains, bin_size=BIN_MS["correlation"] * quantities.ms)
        return float(correlation_coefficient(binned)[np.triu_indices(len(trains), 1)].mean())

    return {
        "rate": lambda: mean(lambda each: statistics.mean_firing_rate(each, t_start=0.0, t_stop=end_s)),
        "isi_mean": lambda: 1000.0 * mean(lambda each: statistics.isi(each).mean()),
        "cv_isi": lambda: mean(lambda each: statistics.cv(statistics.isi(each))),
        "cv2": lambda: mean(lambda each: statistics.cv2(statistics.isi(each))),
        "lv": lambda: mean(lambda each: statistics.lv(statistics.isi(each))),
        "fano": lambda: mean(lambda each: statistics.fanofactor(np.split(each, np.searchsorted(each, edges_s)))),
        "correlation": correlation,
        "spike_contrast": lambda: float(spike_contrast(trains)),
    }


def versus_elephant(n_cells: int, count: int) -> Iterator[tuple[str, float, float]]:
    """Feature, our CPU time and elephant's [ms], on a small raster; RuntimeError where the numbers differ."""
    recording = poisson(n_cells, SMALL_MS)
    n_spikes = len(recording.spike_times)
    say(f"elephant on {n_spikes} spikes in {n_cells} cells, {SMALL_MS / 1000:g} s")
    for name, theirs in peers(recording).items():
        ours = FEATURES[name].compute(again(recording))
        if not np.isclose(theirs(), ours, rtol=1e-9, atol=0.0):
            raise RuntimeError(f"{name}: elephant has {theirs()}, we {ours}")
        elephant_ms = 1000.0 * median(timed(theirs)[1].cpu_s for _ in range(count))
        yield name, cost_ms(FEATURES[name], recording, 5 * count), elephant_ms


def print_shares(found: Shares) -> None:
    """The table of simulation and features."""
    rows = [
        (f"simulation of {STUDY}", f"{1000 * found.simulation_s:.1f}", ""),
        ("its own targets", f"{1000 * found.own_s:.3f}", f"{found.own:.2%}"),
        (
            f"{len(SPIKE_FEATURES)} targets on {POPULATION}, every feature",
            f"{1000 * found.all_s:.2f}",
            f"{found.all:.1%}",
        ),
    ]
    print_table(("", "CPU ms", "share"), rows)


def rounded(value: float) -> float:
    """A figure with four digits."""
    return float(f"{value:.4g}")


def main() -> None:
    """Measures all, prints the tables and the figures."""
    quick = arguments(__doc__).quick
    require("elephant", "the comparison of features")
    say(machine())
    costs = costs_a_million(*((10000.0, 3) if quick else (100000.0, 5)))
    found = simulated_shares(7 if quick else 31)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pairs = list(versus_elephant(*((100, 1) if quick else (CELLS, 3))))
    print_table(("ms for 1e6 spikes", "CPU"), [(name, f"{cost:.1f}") for name, cost in costs.items()])
    rows = [(name, f"{ours:.3g}", f"{theirs:.3g}", f"{theirs / ours:.3g}") for name, ours, theirs in pairs]
    print_table(("", "ours, CPU ms", "elephant's", "ratio"), rows)
    print_shares(found)
    figures = {
        "ms_per_1e6_spikes": {name: rounded(cost) for name, cost in costs.items()},
        "share_of_simulation": rounded(found.own),
        "share_of_simulation_all": rounded(found.all),
        "vs_elephant": {name: rounded(theirs / ours) for name, ours, theirs in pairs},
    }
    say(json.dumps(figures, allow_nan=False))


if __name__ == "__main__":
    main()
