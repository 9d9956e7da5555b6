"""Connect NetPyNE's search with the tuner: searched numbers to a network, and data to a fitness.

`cfg.tune` has a number for each parameter of study.toml, on the parameter's own scale: log10 of the value if the scale
is log, the index of the choice for choices. Numbers of whole-number parameters are rounded.
"""

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tuner.evaluate.evaluate import specs_of_study
from tuner.evaluation import finite
from tuner.interfaces.netpyne_types import Sim, simulator
from tuner.mechanisms import libraries
from tuner.model import models
from tuner.objective.loss import Objectives, measure
from tuner.recording import Recording
from tuner.simulation.simulate import Run, SimulationError
from tuner.simulation.traces import collect, names_of
from tuner.study import study_file
from tuner.study.paths import Specs
from tuner.study.study import Study

HERE = Path(__file__).resolve().parent
SEARCH = study_file.read(HERE / "search.toml")
STUDY = Study.load(HERE / "study.toml", folder=SEARCH["study_folder"])
OBJECTIVES = Objectives(STUDY.targets)
# The fitness of a failed candidate: worse than every loss that the targets can give.
WORST = OBJECTIVES.judge_aborted(1.0).total


def values_of(tune: Mapping[str, float]) -> dict[str, Any]:
    """Return the values of the parameters, in the units of the parameters."""
    return {parameter.name: parameter.from_scaled(tune[parameter.name]) for parameter in STUDY.space.parameters}


def specs(tune: Mapping[str, float]) -> Specs:
    """Return the netParams and simConfig of the study's model, made once per process, and load the mechanisms."""
    return _specs(tuple(tune.items()))


@cache
def _specs(tune: tuple[tuple[str, float], ...]) -> Specs:
    return specs_of_study(STUDY, libraries.build(models.mod_folder(STUDY)), values_of(dict(tune)))


def acts_on_network() -> bool:
    """Return whether the model's script acts on the created network."""
    return bool(models.of(STUDY).live_steps.reason)


def simulate_live(tune: Mapping[str, float], saving: Mapping[str, Any]) -> None:
    """Run the model's script up to the first simulation, and gather the data; `saving` are settings of simConfig."""

    def simulate(run: Run) -> None:
        run(lambda _: None)
        simulator().gatherData()

    (trial,) = STUDY.trials(STUDY.seeds[0])
    models.of(STUDY).run_live(
        STUDY, values_of(tune), trial, lambda made: vars(made.sim_config).update(saving), simulate
    )


def results(sim: Sim, tune: Mapping[str, float]) -> dict[str, Any]:
    """Return the entries to add to NetPyNE's simData: values, features, and the study's loss as fitness."""
    populations = {str(name): np.array(each["cellGids"], int) for name, each in sim.net.allPops.items()}
    data, names = sim.allSimData, names_of(STUDY.targets)
    step_ms = float(sim.cfg.recordStep) if names else Recording.trace_step_ms
    spikes = np.array(data["spkt"]), np.array(data["spkid"])
    recording = Recording(*spikes, populations, float(sim.cfg.duration), collect(data, names), step_ms)
    (protocol,) = STUDY.protocols
    features = measure(STUDY.targets, {protocol.name: recording})
    return {"values": values_of(tune), "features": finite(features), "fitness": OBJECTIVES.judge(features).total}


def check_voltages(sim: Sim) -> None:
    """Raise SimulationError if a voltage of this process's cells is not finite."""
    if not all(math.isfinite(segment.v) for section in sim.h.allsec() for segment in section):
        raise SimulationError("a voltage is not a number (NaN)")


def failure(tune: Mapping[str, float], reason: str) -> dict[str, Any]:
    """Return the simData of a failed candidate."""
    return {"values": values_of(tune), "fitness": WORST, "reason": reason}
