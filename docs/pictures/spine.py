"""Draws docs/pictures/studies_spine_*.png: python docs/pictures/spine.py [RUN of spine_kotak]."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib import pyplot
from matplotlib.axes import Axes

from netparams import spine
from tuner import mechanisms
from tuner.simulate import quiet

HERE = Path(__file__).resolve().parent
MINUTE_MS = 60000.0
CONDITIONS = {
    "HFS": {
        "control": {},
        "CaMKII's autophosphorylation blocked": {"blocked_rates": [125, 126, 127]},
        "no Glu": {"glu_factor": 0.0},
        "no beta-adrenergic ligand": {"ligand_factor": 0.0},
        "no Ca": {"ca_factor": 0.0},
        "PKA's release blocked": {"blocked_rates": [317]},
    },
    "LFS": {
        "no PKC": {"pkc": 0.0},
        "no Glu": {"glu_factor": 0.0},
        "control": {},
        "GluR2 only": {"glur1_ratio": 0.0},
    },
}


def conductance(values: Mapping[str, object], record_step: float = 10000.0) -> tuple[np.ndarray, np.ndarray]:
    """Minutes after the onset, and the conductance over that at the onset."""
    from netpyne import sim

    settings = {**spine.DEFAULTS, **values, "record_step": record_step}
    with quiet():
        config = spine.sim_config(settings, 1, 5260000.0)
        sim.create(spine.net_params(settings), config, clearAll=hasattr(sim, "net"))
        sim.runSim()
    trace = np.array(sim.simData["conductance"]["cell_0"])
    minutes = (np.arange(len(trace)) * record_step - settings["onset"]) / MINUTE_MS
    return minutes, trace / trace[np.argmin(np.abs(minutes))]


def draw_conditions() -> None:
    """Both protocols, a line for each condition."""
    # NetPyNE clears pyplot's figure where it lets a network go: all is simulated before anything is drawn.
    found = {
        protocol: {name: conductance({"protocol": protocol, **values}) for name, values in conditions.items()}
        for protocol, conditions in CONDITIONS.items()
    }
    figure, columns = pyplot.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for axes, (protocol, curves) in zip(columns, found.items(), strict=True):
        draw_curves(axes, curves)
        axes.axhline(1.0, color="0.7", linewidth=0.8, zorder=0)
        axes.set(title=protocol)
        axes.legend(frameon=False, fontsize=8)
    columns[0].set_ylim(0.5, 5.5)
    columns[1].set_ylim(0.4, 1.15)
    figure.savefig(HERE / "studies_spine_conditions.png", dpi=90)


def draw_curves(axes: Axes, curves: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> None:
    """Conductance over minutes, a line for each name."""
    for name, (minutes, ratio) in curves.items():
        axes.plot(minutes[minutes > -2], ratio[minutes > -2], label=name)
    axes.set(xlabel="minutes after the onset", ylabel="conductance / that at the onset")


def draw_fit(run: Path) -> None:
    """The best of a run of spine_kotak, the model as it is, and what was measured."""
    best = json.loads((run / "best.json").read_text())["values"]
    fixed = {"protocol": "25 trains of 5", "ligand_factor": 0.0, "ach_factor": 0.0}
    curves = {"tuned": conductance({**fixed, **best}), "before the fit": conductance(fixed)}
    figure, axes = pyplot.subplots(figsize=(6, 4), layout="constrained")
    draw_curves(axes, curves)
    axes.errorbar([10, 15, 20], [1.98, 1.58, 1.93], [0.25, 0.11, 0.21], fmt="ko", capsize=3, label="Kotak 2007, LTP")
    axes.legend(frameon=False)
    figure.savefig(HERE / "studies_spine_kotak.png", dpi=90)


def main() -> None:
    """Draws the conditions, and the fit where there is a run."""
    mechanisms.load(mechanisms.build(mechanisms.OWN / "spine"))
    if sys.argv[1:]:
        draw_fit(Path(sys.argv[1]))
    else:
        draw_conditions()


if __name__ == "__main__":
    main()
