"""Draw a picture of each cell type: the voltage at three currents, and the rate against the current."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tuner.errors import StudyError, TunerError, nearest
from tuner.features.rates import rate
from tuner.interfaces.netpyne_types import NetParams, spec_classes
from tuner.library import cells
from tuner.mechanisms import libraries
from tuner.recording import Recording
from tuner.report.pictures.cell_response import Response, cell
from tuner.simulation.network.warm import Network
from tuner.simulation.simulate import quiet, simulate
from tuner.simulation.traces import VOLTAGE, Wanted, add
from tuner.study.paths import Specs
from tuner.words import shown

STEP_MS = (100.0, 600.0)
DURATION_MS = 700.0
DT_MS = 0.025
CURRENTS = 13
STEP = "step"


@dataclass(frozen=True)
class Setup:
    """Describe the drive of a cell: three currents to show, the largest current of the f-I curve, and the unit.

    The drive is a current step into the soma from 100 to 600 ms. If `drive` names a parameter of the point process,
    this parameter is set instead and is constant from the start.
    """

    shown: tuple[float, float, float]
    top: float
    unit: str = "nA"
    drive: str = STEP
    celsius: float = 6.3
    v_init: float = -65.0
    options: Mapping[str, Any] = field(default_factory=dict)


SETUPS = {
    "adex": Setup((80.0, 120.0, 200.0), 300.0, "pA", "I"),
    "friesen": Setup((0.5, 1.0, 3.0), 5.0),
    "granule": Setup((0.004, 0.01, 0.022), 0.03, celsius=37.0, v_init=-70.0),
    "hh": Setup((0.3, 0.5, 1.5), 3.0, options={"segments": 21}),
    "hh3d": Setup((0.2, 0.6, 1.5), 3.0),
    "hh3d_swc": Setup((0.8, 2.0, 4.0), 6.0),
    "izhikevich2003a": Setup((3.0, 6.0, 14.0), 30.0, "mV/ms", "Iin"),
    "izhikevich2003b": Setup((0.003, 0.006, 0.014), 0.03),
    "izhikevich2007a": Setup((50.0, 100.0, 200.0), 600.0, "pA", "Iin"),
    "izhikevich2007b": Setup((0.05, 0.1, 0.3), 0.6),
    "mainen": Setup((0.02, 0.1, 0.4), 0.9, celsius=37.0),
    "traub": Setup((0.03, 0.2, 0.8), 1.5),
}


def write(names: Sequence[str], folder: Path) -> Iterator[Path]:
    """Write cells_NAME.png for each named cell type, or for all of SETUPS, and yield each path once written.

    Raises StudyError for an unknown name, and TunerError if the folder cannot be written.
    """
    for name in names:
        if name not in SETUPS:
            raise StudyError(f"there is no cell type {shown(name)} to draw; {nearest(name, SETUPS)}")
    for name in dict.fromkeys(names or SETUPS):
        path = folder / f"cells_{name}.png"
        picture = cell(name, respond(name))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(picture)
        except OSError as error:
            raise TunerError(f"{path}: cannot be written: {error.strerror}") from None
        yield path


def respond(name: str) -> Response:
    """Return the response of a cell of SETUPS at each current."""
    setup = SETUPS[name]
    currents = np.unique(np.round([*setup.shown, *np.linspace(0.0, setup.top, CURRENTS)], 9))
    recording = _record(name, setup, currents)
    rates = np.array([rate(recording, _population(current), STEP_MS) for current in currents])
    traces = [recording.traces_of(VOLTAGE, _population(current)) for current in setup.shown]
    drive = f"constant {setup.drive}" if setup.drive != STEP else "current into the soma from 100 to 600 ms"
    return Response(currents, rates, setup.shown, traces, setup.unit, drive, setup.celsius)


def _population(current: float) -> str:
    return f"{current:.9g}"


def _record(name: str, setup: Setup, currents: np.ndarray) -> Recording:
    """Record one cell for each current, all in one network without connections."""
    with quiet():
        specs = spec_classes()
    libraries.load(libraries.build(libraries.OWN))
    params, config = specs.NetParams(), specs.SimConfig()
    for current in currents:
        _add(params, name, setup, float(current))
    # Some models show a spike in the voltage for one step only, so every step is recorded.
    config.duration, config.dt, config.recordStep = DURATION_MS, DT_MS, DT_MS
    config.hParams.update(celsius=setup.celsius, v_init=setup.v_init)
    made = Specs(params, config)
    add(made, [Wanted(VOLTAGE, _population(current), None) for current in setup.shown])
    network = Network()
    network.bring_to(made)
    return simulate(network, traces=[VOLTAGE])


def _add(params: NetParams, name: str, setup: Setup, current: float) -> None:
    population = _population(current)
    rule = cells.load(name, **setup.options)
    params.popParams[population] = {"cellType": population, "numCells": 1}
    params.cellParams[population] = rule
    if setup.drive != STEP:
        (process,) = rule["secs"]["soma"]["pointps"].values()
        process[setup.drive] = current
        return
    begin, end = STEP_MS
    params.stimSourceParams[population] = {"type": "IClamp", "del": begin, "dur": end - begin, "amp": current}
    place = {"sec": "soma", "loc": 0.5, "conds": {"pop": population}}
    params.stimTargetParams[population] = {"source": population, **place}
