"""The models whose fast rasters are held against plain NetPyNE's, and the changes that are made to each.

A new model is an entry of MODELS, a new fast way of simulating one of ROADS.
"""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from tests.samples import make_study
from tuner.mechanisms import libraries
from tuner.model import models
from tuner.recording import Recording
from tuner.search import applied_speedups
from tuner.simulation.simulate import quiet
from tuner.study import paths
from tuner.study.study import Study

DATA = Path(__file__).resolve().parent.parent / "data" / "models"
PLAIN = "plain"
# What each road sets in simConfig. The warm network is held against a fresh one on the same road, and each road
# against the plain one.
ROADS = {PLAIN: {}, "shared": {"oneSynPerNetcon": False}}
IN_PLACE, REWIRED, REBUILT = "in place", "rewired", "rebuilt"
START = "start"


@dataclass(frozen=True)
class Sample:
    """A model at `values`, named by its folder or as in netparams/; for each change its settings and the way it goes.

    Settings are values of the model by name, and paths into its specs. `exact` says that every road gives the plain
    raster bit for bit; else the spikes of each population are as many within 1 %. Where `few` changes are named, these
    are made every day and all of them before releases.
    """

    changes: dict[str, tuple[dict, str]]
    values: dict[str, object] = field(default_factory=dict)
    duration_ms: float = 100.0
    exact: bool = True
    marks: tuple = ()
    few: tuple[str, ...] = ()


def _changes(**changed: object) -> dict[str, tuple[dict, str]]:
    """The changes of a model of our own that has these values and populations E and I."""
    rewired = {"probability", "convergence", "length_constant"}
    ways = {name: ({name: value}, REWIRED if name in rewired else IN_PLACE) for name, value in changed.items()}
    return {
        **ways,
        "stimulus seed": ({"simConfig.seeds['stim']": 5}, IN_PLACE),
        "connection seed": ({"simConfig.seeds['conn']": 5}, REWIRED),
        "weight of distance": (
            {"netParams.connParams['E->I'].weight": "0.02 * exp(-dist_3D / length_constant)"}, REWIRED,
        ),
        "random delay": ({"netParams.connParams['E->I'].delay": "uniform(1, 5)"}, REWIRED),
        "number of cells": ({"netParams.popParams['I'].numCells": 6}, REBUILT),
    }  # fmt: skip


SMALL = {
    "weight": 0.008, "delay": 3.5, "drive_rate": 120.0, "celsius": 9.0, "v_init": -60.0,
    "probability": 0.6, "convergence": 7, "length_constant": 90.0,
}  # fmt: skip
MODELS = {
    "sensory_motor": Sample(
        values={"probability": 0.3},
        duration_ms=150.0,
        changes={
            "weight": ({"weight": 0.03}, IN_PLACE),
            "delay": ({"delay": 3.0}, IN_PLACE),
            "drive_rate": ({"drive_rate": 20.0}, IN_PLACE),
            "drive_weight": ({"drive_weight": 0.03}, IN_PLACE),
            "gnabar": ({"gnabar": 0.1}, IN_PLACE),
            "celsius": ({"celsius": 9.0}, IN_PLACE),
            "v_init": ({"v_init": -55.0}, IN_PLACE),
            "stimulus seed": ({"simConfig.seeds['stim']": 5}, IN_PLACE),
            "probability": ({"probability": 0.6}, REWIRED),
            "divergence": ({"probability": None}, REWIRED),
            "string function": ({"probability": "0.8 * exp(-dist_3D / 60)"}, REWIRED),
            "connection seed": ({"simConfig.seeds['conn']": 5}, REWIRED),
            "number of cells": ({"netParams.popParams['S'].numCells": 17}, REBUILT),
        },
    ),
    "ei_rhythm": Sample(
        values={"cells_e": 24, "cells_i": 8},
        changes={
            "drive_e": ({"drive_e": 400.0}, IN_PLACE),
            "weight_ei": ({"weight_ei": 0.004}, IN_PLACE),
            "tau_inhibition": ({"tau_inhibition": 4.0}, IN_PLACE),
            "potassium": ({"netParams.cellParams['E'].secs.soma.mechs.reduced_traub_miles.gkbar": 0.04}, IN_PLACE),
            "stimulus seed": ({"simConfig.seeds['stim']": 5}, IN_PLACE),
            "probability": ({"probability": 0.9}, REWIRED),
            "cells_i": ({"cells_i": 6}, REBUILT),
        },
    ),
    "nine_cells": Sample(
        values={"cells": 1, "segments_hh": 5},
        duration_ms=150.0,
        changes={
            "background of Traub": ({"drive_Traub_pop": 0.05}, IN_PLACE),
            "background onto a point process": ({"drive_Izhi03a_pop": 2.0}, IN_PLACE),
            "weight onto a point process": ({"weight_HH_Izhi07a": 2.0}, IN_PLACE),
            "delay": ({"delay": 3.0}, IN_PLACE),
            "weight onto a receptor": (
                {"netParams.stimTargetParams['background->Izhi07a_pop'].weight": 2.0}, IN_PLACE,
            ),
            "current of a point process": (
                {"netParams.cellParams['Izhi07b_pop'].secs.soma.pointps.Izhikevich2007b_0.Iin": 200.0}, IN_PLACE,
            ),
            "celsius": ({"simConfig.hParams.celsius": 9.0}, IN_PLACE),
            "weight by population": ({"recurrent_Mainen_pop": 0.05}, REWIRED),
            "inputs": ({"recurrent_inputs": 4}, REWIRED),
            "cells": ({"cells": 2}, REBUILT),
        },
        marks=(pytest.mark.slow,),
    ),
    "all_cells": Sample(
        values={"cells": 1, "segments_hh": 5},
        duration_ms=150.0,
        changes={
            "granule's temperature": (
                {"netParams.cellParams['Granule_pop'].secs.hillock.mechs.GRC_NA.temperature": 30.0}, IN_PLACE,
            ),
            "granule's potassium": (
                {"netParams.cellParams['Granule_pop'].secs.soma.mechs.GRC_KIR.gkbar": 0.001}, IN_PLACE,
            ),
            "current of AdEx": ({"netParams.cellParams['AdEx_pop'].secs.soma.pointps.AdEx_0.I": 120.0}, IN_PLACE),
            "current of AdEx on a section": (
                {"netParams.cellParams['AdEx_section_pop'].secs.soma.pointps.AdExOnSection_0.I": 120.0}, IN_PLACE,
            ),
            "background of AdEx": ({"drive_AdEx_pop": 30.0, "drive_AdEx_section_pop": 0.03}, IN_PLACE),
            "inputs": ({"recurrent_inputs": 4}, REWIRED),
        },
        marks=(pytest.mark.slow,),
    ),
    "channel": Sample(_changes(**SMALL, gbar=0.001), marks=(pytest.mark.slow,)),
    "plasticity": Sample(_changes(**{**SMALL, "weight": 0.05}, tau_recovery=400.0)),
    "nmda": Sample(_changes(**SMALL, mg=0.3), marks=(pytest.mark.slow,)),
    "chaotic": Sample(
        _changes(
            excitation=0.004, inhibition=0.12, delay=1.0, drive_rate=100.0, gkbar=0.02, celsius=34.0, v_init=-62.0,
            probability=0.022, convergence=14, length_constant=70.0,
        ),
        duration_ms=100.0,
        exact=False,
        marks=(pytest.mark.slow,),
        few=("inhibition", "convergence", "number of cells"),
    ),
}  # fmt: skip


def names() -> list:
    """The names of the models, as parameters of a test, with their marks."""
    return [pytest.param(name, marks=_marks(name), id=name) for name in MODELS]


def walks() -> list:
    """Names of models and the changes that a test makes, as its parameters, with their marks."""
    found = []
    for name, sample in MODELS.items():
        found.append(pytest.param(name, sample.few or tuple(sample.changes), marks=_marks(name), id=name))
        if sample.few:
            marks = (*_marks(name), pytest.mark.exhaustive)
            found.append(pytest.param(name, tuple(sample.changes), marks=marks, id=f"{name}, all changes"))
    return found


def _marks(name: str) -> tuple:
    # The fresh rasters of a model are simulated once a process.
    return (*MODELS[name].marks, pytest.mark.xdist_group(name))


def coreneuron_library(name: str) -> Path:
    """CoreNEURON's library for a model."""
    return applied_speedups.coreneuron_library(_study(name))


def _study(name: str) -> Study:
    file = DATA / name / "model.py"
    return make_study(model=str(file) if file.exists() else name)


@cache
def _module(name: str) -> ModuleType:
    libraries.load(libraries.build(models.mod_folder(_study(name))))
    return models.of(_study(name)).module


def values(name: str) -> dict[str, object]:
    """The values at which a model starts."""
    return {**_module(name).DEFAULTS, **MODELS[name].values}


def specs(name: str, road: str = PLAIN, settings: dict | None = None) -> tuple:
    """netParams and simConfig of a model on a road, made anew."""
    start, settings = values(name), {**ROADS[road], **(settings or {})}
    start.update((key, value) for key, value in settings.items() if key in start)
    module = _module(name)
    made = paths.Specs(module.net_params(start), module.sim_config(start, 1, MODELS[name].duration_ms))
    for path, value in settings.items():
        if path not in start:
            paths.write(made, path, value)
    return made


def settings_of(name: str, change: str) -> dict:
    """What a change sets; nothing at the start."""
    return {} if change == START else MODELS[name].changes[change][0]


def fresh(made: tuple) -> Recording:
    """What plain NetPyNE simulates, built from nothing."""
    from netpyne import sim

    with quiet():
        sim.create(*made, clearAll=hasattr(sim, "net"))
        sim.runSim()
    populations = {name: np.array(population.cellGids) for name, population in sim.net.pops.items()}
    return Recording(sim.simData["spkt"], sim.simData["spkid"], populations, made[1].duration)


@cache
def fresh_raster(name: str, road: str, change: str = START) -> Recording:
    """The fresh raster of a model after a change."""
    return fresh(specs(name, road, settings_of(name, change)))


def same(one: Recording, other: Recording) -> bool:
    """Whether two rasters are the same bit for bit."""
    return np.array_equal(one.spike_times, other.spike_times) and np.array_equal(one.spike_cells, other.spike_cells)
