"""Draws what the study granule comes to: python docs/pictures/granule.py RUN [OTHER RUN ...]

granule_traces.png: the voltage under each current, from the start vector and from the best of RUN; granule_search.png:
the best total so far of every run, by its name.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tuner.library.cells import granule
from tuner.library.netparams import granule as model
from tuner.mechanisms import libraries
from tuner.report.pictures.style import BEST, COLORS, GREY, draw
from tuner.simulation.simulate import quiet

HERE = Path(__file__).resolve().parent
CURRENTS_PA = (10, 16, 22)


def voltage(values: Mapping[str, float], current_pa: float) -> tuple[np.ndarray, np.ndarray]:
    """Times [ms] and the voltage of the soma [mV] under a current."""
    from netpyne import sim

    settings = {**model.DEFAULTS, **values, "current": current_pa / 1000.0}
    config = model.sim_config(settings, 1, 700.0)
    config.recordTraces = {"v": {"sec": "soma", "loc": 0.5, "var": "v"}}
    # Where each section has a step of its own, nothing is recorded on a grid.
    config.recordCells, config.recordStep, config.use_local_dt = ["granule"], 0.05, False
    with quiet():
        sim.create(model.net_params(settings), config, clearAll=hasattr(sim, "net"))
        sim.runSim()
    trace = np.array(sim.simData["v"]["cell_0"])
    return np.arange(len(trace)) * config.recordStep, trace


def draw_traces(best: Mapping[str, float]) -> bytes:
    """A row for each current: the start vector on the left, the best on the right."""
    # NetPyNE clears pyplot's figure where it lets a network go: all is simulated before anything is drawn.
    kinds = {"start vector": granule.START, "best": best}
    found = {(amp, kind): voltage(values, amp) for amp in CURRENTS_PA for kind, values in kinds.items()}

    def paint(figure: Figure) -> None:
        grid = figure.subplots(len(CURRENTS_PA), len(kinds), sharex=True, sharey=True)
        for (amp, kind), axes in zip(found, grid.ravel(), strict=True):
            axes.plot(*found[amp, kind], color=BEST if kind == "best" else GREY, linewidth=0.6)
            axes.set_title(f"{kind}, {amp} pA", fontsize=9)
        for axes in grid[-1]:
            axes.set_xlabel("time [ms]")
        for axes in grid[:, 0]:
            axes.set_ylabel("soma [mV]")

    return draw(paint, 10, 6)


def draw_search(runs: Sequence[Path]) -> bytes:
    """The best total so far over the evaluations."""

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for color, run in zip(COLORS, runs, strict=False):
            plot_best(axes, run, color)
        axes.set(xlabel="evaluations", ylabel="best total so far [tolerances]", xscale="log", ylim=(100, 200))
        axes.legend(frameon=False)

    return draw(paint, 7, 4)


def plot_best(axes: Axes, run: Path, color: str) -> None:
    """The best loss so far of a run, of what keeps the constraints, after the evaluations that it took from another."""
    known, own = (_losses(run / name) for name in ("known.jsonl", "evaluations.jsonl"))
    best = np.minimum.accumulate([*known, *own])
    numbers = np.arange(1, len(best) + 1)
    axes.step(numbers[len(known) :], best[len(known) :], where="post", color=color, label=run.name)


def _losses(path: Path) -> list[float]:
    lines = map(json.loads, path.read_text().splitlines()) if path.exists() else []
    rows = sorted((line for line in lines if "loss" in line), key=lambda line: abs(line["number"]))
    return [np.inf if row["loss"] is None or row["violation"] else row["loss"] for row in rows]


def main() -> None:
    """Writes both pictures."""
    runs = [Path(each) for each in sys.argv[1:]]
    libraries.load(libraries.build(libraries.OWN))
    (HERE / "granule_search.png").write_bytes(draw_search(runs))
    best = json.loads((runs[0] / "best.json").read_text())["values"]
    (HERE / "granule_traces.png").write_bytes(draw_traces(best))


if __name__ == "__main__":
    main()
