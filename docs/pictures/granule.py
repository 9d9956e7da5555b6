"""Draw the results of the study granule.

python docs/pictures/granule.py RUN [OTHER RUN ...]    writes two pictures beside this file:

- granule_traces.png: the voltage under each current, with the start vector and with the best evaluation of RUN;
- granule_search.png: the best total so far of every run, labelled with the name of the run.
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
    """Return the times [ms] and the voltage of the soma [mV] under a current."""
    from netpyne import sim

    settings = {**model.DEFAULTS, **values, "current": current_pa / 1000.0}
    config = model.sim_config(settings, 1, 700.0)
    config.recordTraces = {"v": {"sec": "soma", "loc": 0.5, "var": "v"}}
    # NetPyNE cannot record on a time grid if each section has its own time step.
    config.recordCells, config.recordStep, config.use_local_dt = ["granule"], 0.05, False
    with quiet():
        sim.create(model.net_params(settings), config, clearAll=hasattr(sim, "net"))
        sim.runSim()
    trace = np.array(sim.simData["v"]["cell_0"])
    return np.arange(len(trace)) * config.recordStep, trace


def draw_traces(best: Mapping[str, float]) -> bytes:
    """Draw one row for each current, with the start vector on the left and the best evaluation on the right."""
    # NetPyNE clears pyplot's figure when it releases a network, so all simulations run before the first drawing.
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
    """Draw the best total so far over the evaluations, one line for each run."""

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for color, run in zip(COLORS, runs, strict=False):
            plot_best(axes, run, color)
        axes.set(xlabel="evaluations", ylabel="best total so far [tolerances]", xscale="log", ylim=(100, 200))
        axes.legend(frameon=False)

    return draw(paint, 7, 4)


def plot_best(axes: Axes, run: Path, color: str) -> None:
    """Draw the best loss so far of a run, among the evaluations that meet the constraints.

    Evaluations that the run took from another run (known.jsonl) are counted, but not drawn.
    """
    known, own = (_losses(run / name) for name in ("known.jsonl", "evaluations.jsonl"))
    best = np.minimum.accumulate([*known, *own])
    numbers = np.arange(1, len(best) + 1)
    axes.step(numbers[len(known) :], best[len(known) :], where="post", color=color, label=run.name)


def _losses(path: Path) -> list[float]:
    lines = map(json.loads, path.read_text().splitlines()) if path.exists() else []
    rows = sorted((line for line in lines if "loss" in line), key=lambda line: abs(line["number"]))
    return [np.inf if row["loss"] is None or row["violation"] else row["loss"] for row in rows]


def main() -> None:
    """Write both pictures."""
    runs = [Path(each) for each in sys.argv[1:]]
    libraries.load(libraries.build(libraries.OWN))
    (HERE / "granule_search.png").write_bytes(draw_search(runs))
    best = json.loads((runs[0] / "best.json").read_text())["values"]
    (HERE / "granule_traces.png").write_bytes(draw_traces(best))


if __name__ == "__main__":
    main()
