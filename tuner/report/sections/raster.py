"""Draw the raster of the best evaluation, with mean rates and rate targets in the margin."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tuner.evaluation import Evaluation
from tuner.features.rates import rate
from tuner.objective.targets import Target
from tuner.recording import ALL, Recording
from tuner.report.markup import Markup, picture
from tuner.report.pictures.style import COLORS, WANTED, draw, plain
from tuner.report.registry import section
from tuner.report.result_data import RunData
from tuner.runs.contained import plain_name

BIN_MS = 10.0
# The limit that the picture has room for; an hour and a half would have 500 000 bins of 10 ms.
MOST_BINS = 500
MISSING = Markup('<p class="note">The raster of the best is drawn when the run has kept one.</p>')


@section("raster", place=70)
def raster_pictures(run: RunData) -> Markup:
    """Return the rasters of the best evaluation, one per protocol."""
    best = run.best_evaluation
    return Markup("\n").join(_of_protocol(run, best, name) for name in run.rasters if best)


@section("raster_missing", place=110)
def raster_missing(run: RunData) -> Markup:
    """Return a note if the run has kept no raster of the best evaluation."""
    return Markup() if run.rasters else MISSING


def _of_protocol(run: RunData, best: Evaluation, name: str) -> Markup:
    study = run.study
    is_one_of_several = len(run.rasters) > 1
    title = "Raster of the best" + (f", {name}" if is_one_of_several else "")
    file = f"raster_{plain_name(name)}.png" if is_one_of_several else "raster.png"
    seed = f", under seed {study.seeds[0]}" if len(study.seeds) > 1 else ""
    targets = [target for target in study.targets if target.protocol == name]
    png = raster(run.rasters[name], targets, f"evaluation {best.number}, {_loss(run, best)}{seed}")
    return picture(run, title, file, png)


def _loss(run: RunData, best: Evaluation) -> str:
    """Return the loss of the raster, which is plain NetPyNE's once the evaluation has been verified."""
    verified = run.outcome.verified if run.outcome else None
    if verified is None or verified.loss is None or verified.equal:
        return f"loss {best.loss:.3g}"
    return f"loss {verified.loss:.3g} by plain NetPyNE"


def raster(recording: Recording, targets: Sequence[Target], title: str) -> bytes:
    """Return a PNG of the raster, with rates over time below and mean rates of the populations on the right."""
    return draw(lambda figure: _paint(figure, recording, targets, title), 10, 6)


def _paint(figure: Figure, recording: Recording, targets: Sequence[Target], title: str) -> None:
    axes = figure.subplot_mosaic(
        [["raster", "rates"], ["time", "empty"]], width_ratios=[4.5, 1.5], height_ratios=[4, 1.1],
    )  # fmt: skip
    axes["empty"].set_axis_off()
    colors = {name: COLORS[i % len(COLORS)] for i, name in enumerate(recording.populations)}
    _paint_spikes(axes["raster"], recording, colors)
    axes["raster"].set_title(title)
    _paint_rate_over_time(axes["time"], recording, colors)
    _paint_mean_rates(axes["rates"], recording, targets, colors)


def _paint_spikes(axes: Axes, recording: Recording, colors: dict[str, str]) -> None:
    row = 0
    ticks, names = [], []
    size = max(0.5, min(3.0, 400.0 / max(1, len(recording.cells_of(ALL)))))
    for name, color in colors.items():
        spikes = recording.spikes(name)
        axes.plot(spikes.times, spikes.cells + row, "|", color=color, markersize=size + 2, rasterized=True)
        ticks.append(row + (spikes.n_cells - 1) / 2)
        names.append(f"{plain(name)} ({spikes.n_cells})")
        row += spikes.n_cells
    axes.set(xlim=(0, recording.duration_ms), ylim=(-0.7, row - 0.3), ylabel="cells, by population")
    axes.set_yticks(ticks, names)
    axes.tick_params(labelbottom=False)


def _paint_rate_over_time(axes: Axes, recording: Recording, colors: dict[str, str]) -> None:
    bins = min(max(1, int(recording.duration_ms / BIN_MS)), MOST_BINS)
    edges = np.linspace(0, recording.duration_ms, bins + 1)
    for name, color in colors.items():
        spikes = recording.spikes(name)
        counts, _ = np.histogram(spikes.times, edges)
        per_second = counts / max(1, spikes.n_cells) / np.diff(edges) * 1000.0
        axes.stairs(per_second, edges, color=color)
    axes.set(xlim=(0, recording.duration_ms), xlabel="time [ms]", ylabel="rate [Hz]", ylim=(0, None))


def _paint_mean_rates(axes: Axes, recording: Recording, targets: Sequence[Target], colors: dict[str, str]) -> None:
    """Draw the mean rates of the populations, with rate targets in green.

    A population with a rate target has the rate in the window of that target.
    """
    names = [*colors, ALL] if len(colors) > 1 else list(colors)
    of_rates = [target for target in targets if target.feature == "rate" and target.population in names]
    marked = {target.population: target for target in reversed(of_rates)}
    windows = {name: target.window_ms for name, target in marked.items()}
    rates = [rate(recording, name, windows.get(name)) for name in names]
    axes.barh(
        range(len(names)), rates, height=0.55, color=[*colors.values(), "#4D4D4D"][: len(names)],
        tick_label=[_with_window(name, windows.get(name)) for name in names],
    )  # fmt: skip
    for place, value in enumerate(rates):
        axes.annotate(f"{value:.5g}", (value, place), (3, 0), textcoords="offset points", va="center", fontsize=9)
    with_goal = {name: target for name, target in marked.items() if target.has_goal}
    for name, target in with_goal.items():
        _paint_target(axes, target, names.index(name))
    axes.margins(x=0.25)
    axes.set(xlabel="mean rate [Hz]", title="target: green" if with_goal else "", ylim=(-0.6, len(names) - 0.4))


def _with_window(name: str, window_ms: tuple[float, float] | None) -> str:
    return plain(name) + (f"\n{window_ms[0]:g}-{window_ms[1]:g} ms" if window_ms else "")


def _paint_target(axes: Axes, target: Target, place: int) -> None:
    low, high = (
        (target.low, target.high)
        if target.value is None
        else (target.value - target.tolerance, target.value + target.tolerance)
    )
    low = 0.0 if low is None else low
    high = axes.get_xlim()[1] if high is None else high
    axes.barh(place, high - low, left=low, height=0.8, color=WANTED, alpha=0.3, zorder=3)
    if target.value is not None:
        axes.plot([target.value] * 2, [place - 0.4, place + 0.4], color=WANTED, zorder=4, linewidth=2)
