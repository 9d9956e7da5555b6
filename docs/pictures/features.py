"""Draw rasters side by side, with the features that the tuner computes for each below.

python docs/pictures/features.py    writes features_*.png beside this file; needs the extra `distances`, but no NEURON
"""

import io
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np
from feature_panels import (
    CURRENT_MS,
    ONSET_MS,
    STEP_MS,
    STIMULUS_HZ,
    Number,
    Picture,
    histogram,
    phases,
    raster,
    spectrum,
    trace_of_voltage,
)
from PIL import Image

from tuner.features.references import Reference
from tuner.recording import ALL, Recording
from tuner.report.pictures.style import draw

HERE = Path(__file__).resolve().parent
WIDTH = 10.0

Trains = list[np.ndarray]


def slim(png: bytes) -> bytes:
    """Return the picture in 64 colours."""
    content = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(64).save(content, "png", optimize=True)
    return content.getvalue()


def recording(trains: Trains, duration_ms: float) -> Recording:
    """Return a recording in which cell i fires at the times of train i."""
    cells = np.concatenate([np.full(len(train), cell) for cell, train in enumerate(trains)])
    return Recording(np.concatenate(trains), cells, {ALL: np.arange(len(trains))}, duration_ms)


def thinned(
    random: np.random.Generator, n_cells: int, duration_ms: float, rate_hz: Callable[[np.ndarray], np.ndarray]
) -> Trains:
    """Draw Poisson trains; `rate_hz` gives the rate [Hz] at times [ms]."""
    times = np.arange(0.0, duration_ms, 0.1) + 0.05
    chances = rate_hz(times) * 1e-4
    return [times[random.random(len(times)) < chances] for _ in range(n_cells)]


def renewal(
    random: np.random.Generator, n_cells: int, duration_ms: float, shape: float, mean_ms: float = 100.0
) -> Trains:
    """Draw trains with gamma-distributed intervals; a `shape` of 1 is Poisson, larger shapes are more regular."""
    n_most = int(3 * duration_ms / mean_ms) + 10
    times = np.cumsum(random.gamma(shape, mean_ms / shape, (n_cells, n_most)), axis=1)
    times -= mean_ms * random.random((n_cells, 1))
    return [train[(train > 0) & (train < duration_ms)] for train in times]


def rates() -> Picture:
    """Return four recordings of 200 spikes of 20 cells in a second, distributed over the cells in four ways."""
    random = np.random.default_rng(1)
    shares = {
        "equally": np.ones(20),
        "some more, some less": np.sort(random.lognormal(0.0, 0.8, 20)),
        "among half of the cells": np.repeat([0.0, 1.0], 10),
        "equally, but late": np.ones(20),
    }
    made = {}
    for title, weights in shares.items():
        counts = random.multinomial(200, weights / weights.sum())
        first = 400.0 if "late" in title else 0.0
        made[title] = recording([random.uniform(first, 1000.0, count) for count in counts], 1000.0)
    percentile = Number("rate_percentile", {"percentile": 90.0}, "90")
    names = ("rate_std", "rate_cv", "active_fraction", "first_spike")
    return Picture(
        "rates", made, [(1.5, raster)], [*map(Number, ("rate", "rate_median")), percentile, *map(Number, names)]
    )


def irregularity() -> Picture:
    """Return four recordings with a mean of 10 Hz: clocks, clocks with a drifting rate, Poisson trains, bursts."""
    random, end_ms = np.random.default_rng(2), 3000.0
    clocks = renewal(random, 20, end_ms, 200.0)
    # A clock in distorted time has a drifting rate.
    drifting = [end_ms * (train / end_ms) ** (1 / 2.5) for train in clocks]
    bursts = [
        np.concatenate([start + np.arange(4) * 5.0 for start in train]) if len(train) else train
        for train in renewal(random, 20, end_ms - 20.0, 4.0, 400.0)
    ]
    made = {
        "clocks": clocks,
        "clocks that speed up": drifting,
        "Poisson": renewal(random, 20, end_ms, 1.0),
        "bursts of four": bursts,
    }
    names = ("rate", "isi_mean", "cv_isi", "cv2", "lv", "fano", "burst_index", "burst_rate")
    recordings = {title: recording(trains, end_ms) for title, trains in made.items()}
    return Picture("irregularity", recordings, [(1.5, raster)], list(map(Number, names)))


def volleys(random: np.random.Generator, jitter_ms: float) -> Trains:
    """Draw trains in which each cell joins 6 of 10 common volleys per second, and adds 4 independent spikes."""
    onsets = random.uniform(20, 1980, 20)
    joined = [onsets[random.random(20) < 0.6] for _ in range(20)]
    alone = renewal(random, 20, 2000.0, 1.0, 250.0)
    mixed = [np.append(j + random.normal(0, jitter_ms, len(j)), a) for j, a in zip(joined, alone, strict=True)]
    return [np.sort(np.clip(train, 0.0, 2000.0)) for train in mixed]


def synchrony() -> Picture:
    """Return four recordings: independent cells, common slow waves, loose volleys, sharp volleys."""
    random = np.random.default_rng(3)
    made = {
        "each alone": renewal(random, 20, 2000.0, 1.0),
        "common slow waves": thinned(random, 20, 2000.0, lambda t: 10 + 10 * np.sin(2 * np.pi * t / 500)),
        "volleys, 10 ms wide": volleys(random, 10.0),
        "volleys, 1 ms wide": volleys(random, 1.0),
    }
    bins = [Number("correlation", {"bin_ms": width}, f"{width:g} ms") for width in (2.0, 10.0, 100.0)]
    numbers = [Number("rate"), Number("cv_isi"), *bins, Number("synchrony"), Number("spike_contrast")]
    return Picture("synchrony", {t: recording(s, 2000.0) for t, s in made.items()}, [(1.5, raster)], numbers)


def rhythmic(random: np.random.Generator, frequency_hz: float, sharpness: float) -> Recording:
    """Draw 40 cells with a mean of 8 Hz and a rhythmic rate with von Mises peaks."""

    def rate_hz(times: np.ndarray) -> np.ndarray:
        peaks = np.exp(sharpness * np.cos(2 * np.pi * frequency_hz * times / 1000.0))
        return 8.0 * peaks / peaks.mean()

    return recording(thinned(random, 40, 2000.0, rate_hz), 2000.0)


def rhythm() -> Picture:
    """Return a recording without a rhythm and three recordings with rhythms."""
    random = np.random.default_rng(4)
    made = {
        "none": rhythmic(random, 40.0, 0.0),
        "40 Hz, faint": rhythmic(random, 40.0, 0.6),
        "40 Hz, strong": rhythmic(random, 40.0, 3.0),
        "12 Hz, strong": rhythmic(random, 12.0, 3.0),
    }
    names = ("rate", "peak_frequency", "band_power", "relative_band_power")
    panels = [(1.3, partial(raster, last_ms=500.0)), (1.0, spectrum)]
    return Picture("rhythm", made, panels, list(map(Number, names)))


def locking() -> Picture:
    """Return recordings with no, weak and strong locking to a stimulus of 10 Hz, and one with few spikes."""
    random = np.random.default_rng(5)

    def modulated(n_cells: int, part: float, rate_hz: float = 10.0) -> Recording:
        wave = partial(lambda m, t: rate_hz * (1 + m * np.sin(2 * np.pi * STIMULUS_HZ * t / 1000.0)), part)
        return recording(thinned(random, n_cells, 1000.0, wave), 1000.0)

    peaked = [np.sort((np.arange(10) + random.normal(0.25, 0.06, 10)) * 100.0) for _ in range(20)]
    made = {
        "not at all": modulated(20, 0.0),
        "not at all, few spikes": modulated(20, 0.0, 0.7),
        "half modulated": modulated(20, 0.5),
        "at one phase": recording(peaked, 1000.0),
    }
    numbers = [Number(name, {"frequency_hz": STIMULUS_HZ}) for name in ("phase_locking", "phase_consistency")]
    return Picture("locking", made, [(1.3, raster), (0.8, phases)], [Number("rate"), *numbers])


def responses() -> Picture:
    """Return recordings of 60 cells of 5 Hz before an onset, with four responses to the stimulus."""
    random, end_ms = np.random.default_rng(6), 250.0

    def answer(latency_ms: float, width_ms: float, height_hz: float, after_hz: float = 5.0) -> Recording:
        def rate_hz(times: np.ndarray) -> np.ndarray:
            peak = height_hz * np.exp(-0.5 * ((times - ONSET_MS - latency_ms) / width_ms) ** 2)
            return np.where(times < ONSET_MS, 5.0, after_hz) + peak * (times > ONSET_MS)

        return recording(thinned(random, 60, end_ms, rate_hz), end_ms)

    made = {
        "early and brief": answer(20.0, 4.0, 100.0),
        "late and brief": answer(60.0, 4.0, 100.0),
        "late and long": answer(60.0, 15.0, 40.0),
        "silence": answer(20.0, 4.0, 0.0, 0.0),
    }
    names = ("evoked_rate", "response_latency", "response_width")
    numbers = [Number(name, {"stimulus_ms": (ONSET_MS,)}) for name in names]
    return Picture("responses", made, [(1.3, raster), (1.0, histogram)], [Number("rate"), *numbers])


def voltage(times: np.ndarray, spikes: Iterable[float], step_mv: float, block_ms: float | None = None) -> Recording:
    """Return the voltage of a cell that a current lifts by `step_mv`, with spikes, and with a block from a time on."""
    on = (times >= CURRENT_MS[0]) & (times < CURRENT_MS[1])
    lifted = step_mv * np.where(on, 1 - np.exp(-(times - CURRENT_MS[0]) / 10), 0.0)
    lifted += step_mv * np.where(times >= CURRENT_MS[1], np.exp(-(times - CURRENT_MS[1]) / 10), 0.0)
    trace = -70.0 + lifted
    for spike in spikes:
        since = np.clip(times - spike, -5.0, None)
        trace += 90.0 * np.exp(-0.5 * (since / 0.6) ** 2)
        trace -= 12.0 * np.where(since > 1, (1 - np.exp(1 - since)) * np.exp((1 - since) / 15), 0.0)
    if block_ms is not None:
        blocked = (times >= block_ms) & (times < CURRENT_MS[1])
        since = np.clip(times - block_ms, 0.0, None)
        trace = np.where(blocked, -28.0 - 25.0 * np.exp(-since / 15) * np.cos(since / 6), trace)
    fired = np.array(list(spikes))
    populations = {ALL: np.array([0])}
    return Recording(fired, np.zeros(len(fired)), populations, 1000.0, {"V:0": trace}, STEP_MS)


def membrane() -> Picture:
    """Return voltages under a current: without spikes, with spikes, and with spikes and a block."""
    times = np.arange(0.0, 1000.0 + STEP_MS / 2, STEP_MS)
    made = {
        "below threshold": voltage(times, (), 12.0),
        "regular spikes": voltage(times, np.arange(225.0, 760.0, 72.0), 15.0),
        "adapting spikes": voltage(times, 215.0 + np.array([0, 15, 40, 80, 140, 230, 350, 500.0]), 15.0),
        "block": voltage(times, (215.0, 233.0, 252.0), 15.0, 265.0),
    }
    names = ("voltage_base", "voltage_deflection", "Spikecount", "AP_amplitude", "ISI_CV")
    numbers = [Number(f"efel:{name}", {"stimulus_ms": CURRENT_MS}) for name in names]
    return Picture("membrane", made, [(1.4, trace_of_voltage)], [Number("depolarisation_block"), *numbers])


def distances() -> Picture:
    """Return a reference and three recordings with a distance from the reference."""
    random, end_ms = np.random.default_rng(8), 1000.0
    trains = [np.append(t, u) for t, u in zip(volleys(random, 8.0), renewal(random, 20, 10.0, 1.0), strict=True)][:12]
    trains = [np.sort(train[train < end_ms]) for train in trains]
    original = recording(trains, end_ms)
    made = {
        "the reference itself": trains,
        "jitter of 5 ms": [np.sort(np.clip(t + random.normal(0, 5.0, len(t)), 0, end_ms)) for t in trains],
        "half of the spikes": [t[random.random(len(t)) < 0.5] for t in trains],
        "as many, elsewhere": [np.sort(random.uniform(0, end_ms, len(t))) for t in trains],
    }
    names = ("rate_distance", "psth_distance", "victor_purpura", "van_rossum", "spike_distance")
    numbers = [Number(name, {"reference": Reference("reference", original)}) for name in names]
    panels = [(1.5, partial(raster, below=original))]
    return Picture("distances", {t: recording(s, end_ms) for t, s in made.items()}, panels, numbers)


PICTURES = (rates, irregularity, synchrony, rhythm, locking, responses, membrane, distances)


def main() -> None:
    """Write all pictures."""
    for make in PICTURES:
        picture = make()
        (HERE / f"features_{picture.name}.png").write_bytes(slim(draw(picture.paint, WIDTH, picture.height)))


if __name__ == "__main__":
    main()
