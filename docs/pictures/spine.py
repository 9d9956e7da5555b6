"""Draw the pictures of the page about the spine.

python docs/pictures/spine.py            writes studies_spine_conditions.png beside this file
python docs/pictures/spine.py RUN ...    writes studies_spine_fits.png instead, with a panel for each run
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib import pyplot
from matplotlib.axes import Axes

from tuner.library.netparams import spine
from tuner.mechanisms import libraries
from tuner.simulation.simulate import quiet
from tuner.study.study import Study

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
    """Return the times after the onset [min], and the conductance relative to the conductance at the onset."""
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
    """Draw one panel for each protocol, with a line for each condition."""
    # NetPyNE clears pyplot's figure when it releases a network, so all simulations run before the first drawing.
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
    """Draw the conductance over time [min], one line for each name."""
    for name, (minutes, ratio) in curves.items():
        axes.plot(minutes[minutes > -2], ratio[minutes > -2], label=name)
    axes.set(xlabel="minutes after the onset", ylabel="conductance / that at the onset")


def draw_fits(runs: Sequence[Path]) -> None:
    """Draw one panel for each run, with the curves of the best evaluation and the measured values in the same colour.

    The curves of the start point are grey.
    """
    found = [fitted(run) for run in runs]
    figure, panels = pyplot.subplots(1, len(runs), figsize=(4 * len(runs), 4), layout="constrained", squeeze=False)
    for axes, (study, curves, starts) in zip(panels[0], found, strict=True):
        draw_curves(axes, curves)
        for minutes, ratio in starts.values():
            axes.plot(minutes[minutes > -2], ratio[minutes > -2], color="0.7", linewidth=0.8, zorder=0)
        for color, protocol in zip(pyplot.rcParams["axes.prop_cycle"].by_key()["color"], curves, strict=False):
            measured = [t for t in study.targets if t.protocol == protocol and t.feature == "trace_ratio"]
            times = [(dict(t.arguments)["at_ms"] - spine.DEFAULTS["onset"]) / MINUTE_MS for t in measured]
            values, errors = [t.value for t in measured], [t.tolerance for t in measured]
            axes.errorbar(times, values, errors, fmt="o", color=color, capsize=3)
        axes.set(title=study.name)
        if len(curves) > 1:
            axes.legend(frameon=False)
    figure.savefig(HERE / "studies_spine_fits.png", dpi=90)


def fitted(run: Path) -> tuple[Study, dict, dict]:
    """Return the study of a run, and the curves of the best evaluation and of the start point, by protocol."""
    study = Study.load(str(run / "study.toml"))
    best = json.loads((run / "best.json").read_text())["values"]
    settings = {protocol.name: {**study.values, **protocol.values} for protocol in study.protocols}
    bests = {name: conductance({**values, **best}) for name, values in settings.items()}
    return study, bests, {name: conductance(values) for name, values in settings.items()}


def main() -> None:
    """Draw the conditions, or the results of the runs that the command line names."""
    libraries.load(libraries.build(libraries.OWN / "spine"))
    if sys.argv[1:]:
        draw_fits([Path(run) for run in sys.argv[1:]])
    else:
        draw_conditions()


if __name__ == "__main__":
    main()
