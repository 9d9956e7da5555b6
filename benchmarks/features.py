"""Measure the CPU time of features for a million spikes, relative to a simulation, and relative to elephant.

All CPU times are medians. The time of a feature starts after the spikes of the population were sorted and selected;
nothing else has been computed from them. The time of elephant starts after the spike trains were created.
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
from tuner.evaluate.simulations import record
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
    """Return a seeded raster with spikes of random cells at random times.

    The mean rate is RATE_HZ.
    """
    random = np.random.default_rng(1)
    n_spikes = round(n_cells * RATE_HZ * duration_ms / 1000.0)
    times, cells = random.uniform(0.0, duration_ms, n_spikes), random.integers(n_cells, size=n_spikes)
    return Recording(times, cells, {"cells": np.arange(n_cells)}, duration_ms)


def again(recording: Recording) -> Recording:
    """Return a copy of a recording, with nothing computed but the selection of all spikes."""
    fresh = Recording(recording.spike_times, recording.spike_cells, recording.populations, recording.duration_ms)
    fresh.spikes(ALL)
    return fresh


def own_arguments(feature: Feature, duration_ms: float) -> dict[str, object]:
    """Return the arguments that a feature requires: onsets of a stimulus, two per second."""
    onsets_ms = {"stimulus_ms": tuple(np.arange(250.0, duration_ms, 500.0))}
    return {name: onsets_ms[name] for name in feature.required}


def cost_ms(feature: Feature, recording: Recording, count: int) -> float:
    """Return the CPU time of the first use of a feature on a recording [ms]."""
    given = own_arguments(feature, recording.duration_ms)
    compute = partial(feature.compute, **given)
    # The first call imports what the feature needs, so that the imports are not timed.
    compute(again(poisson(10, 2000.0)))
    return 1000.0 * median(timed(compute, again(recording))[1].cpu_s for _ in range(count))


def costs_a_million(duration_ms: float, count: int) -> dict[str, float]:
    """Return the CPU time of each spike feature per million spikes [ms], by name."""
    recording = poisson(CELLS, duration_ms)
    n_spikes = len(recording.spike_times)
    say(f"{len(SPIKE_FEATURES)} features of a raster with {n_spikes} spikes, {CELLS} cells, {duration_ms / 1000:g} s")
    return {f.name: cost_ms(f, recording, count) * 1e6 / n_spikes for f in SPIKE_FEATURES}


@dataclass(frozen=True)
class Shares:
    """Store the CPU times of a simulation and of measuring targets on the recording [s].

    `own_s` is for the targets of the study, `all_s` for one target per spike feature.
    """

    simulation_s: float
    own_s: float
    all_s: float

    @property
    def own(self) -> float:
        """Return the time of the study's targets over the time of the simulation."""
        return self.own_s / self.simulation_s

    @property
    def all(self) -> float:
        """Return the time of all features over the time of the simulation."""
        return self.all_s / self.simulation_s


def all_targets(duration_ms: float) -> list[Target]:
    """Return one target per spike feature, with the arguments that the feature requires."""
    return [
        Target(f.name, f.name, POPULATION, weight=0.0, arguments=tuple(own_arguments(f, duration_ms).items()))
        for f in SPIKE_FEATURES
    ]


def measured(targets: Sequence[Target], recording: Recording) -> float:
    """Return the CPU time of measuring targets on a recording from which nothing has been computed yet [s]."""
    fresh = Recording(recording.spike_times, recording.spike_cells, recording.populations, recording.duration_ms)
    return timed(measure, targets, {DEFAULT: fresh})[1].cpu_s


def shares(task: Task, count: int) -> Shares:
    """Return medians over simulations of the values of a task on one warm network in this process."""
    every, found = all_targets(task.study.duration_ms), []
    recording, _ = record(task)
    # The first call imports what the features need, so that the imports are not timed.
    measured(every, recording)
    for _ in range(count):
        with timing_calls(evaluating, "simulate") as simulations:
            recording, _ = record(task)
        found.append((simulations[0].cpu_s, measured(task.study.targets, recording), measured(every, recording)))
    return Shares(*map(median, zip(*found, strict=True)))


def simulated_shares(count: int) -> Shares:
    """Return the shares of the study, at the start point and with the speed-ups of the tuner."""
    say(f"study {STUDY}: {count} simulations of the start point")
    with processes() as pool:
        task = prepared(resolution.resolve(Study.load(STUDY)), pool)
        return call(pool, partial(shares, count=count), task)[0]


def peers(recording: Recording) -> dict[str, Callable[[], float]]:
    """Return elephant's computation of each feature that elephant has, by name, on trains that exist already.

    Where elephant accepts plain arrays of times [s], it gets them. This saves elephant the handling of units.
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
    """Yield the name of a feature, and the CPU times of the tuner and of elephant on a small raster [ms].

    Raises RuntimeError if tuner and elephant compute different numbers.
    """
    recording = poisson(n_cells, SMALL_MS)
    n_spikes = len(recording.spike_times)
    say(f"elephant on a raster with {n_spikes} spikes, {n_cells} cells, {SMALL_MS / 1000:g} s")
    for name, theirs in peers(recording).items():
        ours = FEATURES[name].compute(again(recording))
        if not np.isclose(theirs(), ours, rtol=1e-9, atol=0.0):
            raise RuntimeError(f"feature {name}: elephant computes {theirs()}, netpyne-tuner computes {ours}")
        elephant_ms = 1000.0 * median(timed(theirs)[1].cpu_s for _ in range(count))
        yield name, cost_ms(FEATURES[name], recording, 5 * count), elephant_ms


def print_shares(found: Shares) -> None:
    """Print the table of the simulation and the features."""
    rows = [
        (f"simulation of {STUDY}", f"{1000 * found.simulation_s:.1f}", ""),
        ("targets of the study", f"{1000 * found.own_s:.3f}", f"{found.own:.2%}"),
        (
            f"{len(SPIKE_FEATURES)} targets on population {POPULATION}, one per feature",
            f"{1000 * found.all_s:.2f}",
            f"{found.all:.1%}",
        ),
    ]
    print_table(("", "CPU time, ms", "share of simulation"), rows)


def rounded(value: float) -> float:
    """Round a figure to four significant digits."""
    return float(f"{value:.4g}")


def main() -> None:
    """Measure everything, and print the tables and the figures."""
    quick = arguments(__doc__).quick
    require("elephant", "the comparison of features with elephant")
    say(machine())
    costs = costs_a_million(*((10000.0, 3) if quick else (100000.0, 5)))
    found = simulated_shares(7 if quick else 31)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pairs = list(versus_elephant(*((100, 1) if quick else (CELLS, 3))))
    print_table(("feature", "CPU ms per 1e6 spikes"), [(name, f"{cost:.1f}") for name, cost in costs.items()])
    rows = [(name, f"{ours:.3g}", f"{theirs:.3g}", f"{theirs / ours:.3g}") for name, ours, theirs in pairs]
    print_table(("feature", "netpyne-tuner, CPU ms", "elephant, CPU ms", "ratio"), rows)
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
