"""Build one network of the nine imported cells of NetPyNE's import tutorial, five of each, with two variants of HH3D.

Every cell has an independent background train, and inputs from up to ten cells that are drawn from all cells. HH and
Izhi07a excite each other, all to all. At the defaults and seed 1 this is the tutorial's network (tut_import), with the
same connections and background trains. Only the geometry of HH3D differs: its trees are grown by this project, not
traced. All cells run at 6.3 degC, as in the tutorial.
"""

from typing import Any

from netpyne import specs

from tuner.library import cells

# Population (named as in the tutorial): cell type, weight of the background.
POPULATIONS = {
    "HH_pop": ("hh", 0.1),
    "HH3D_pop_hoc": ("hh3d", 0.1),
    "HH3D_pop_swc": ("hh3d_swc", 0.1),
    "Traub_pop": ("traub", 0.1),
    "Mainen_pop": ("mainen", 0.1),
    "Friesen_pop": ("friesen", 5.0),
    "Izhi03a_pop": ("izhikevich2003a", 5.0),
    "Izhi03b_pop": ("izhikevich2003b", 0.1),
    "Izhi07a_pop": ("izhikevich2007a", 5.0),
    "Izhi07b_pop": ("izhikevich2007b", 0.1),
}
# Units for cells with their own voltage variable: their weights are not conductances of a section's membrane [uS].
WEIGHT_UNITS = {"izhikevich2003a": "1/ms", "izhikevich2007a": "nS", "adex": "nS"}


def defaults(populations: dict[str, tuple[str, float]]) -> dict[str, object]:
    """Return the default values of a network of populations, which are given as in POPULATIONS."""
    return {
        "cells": 5,
        "drive_rate": 50.0,
        "drive_noise": 0.5,
        **{f"drive_{population}": weight for population, (_, weight) in populations.items()},
        **{f"recurrent_{population}": 0.001 for population in populations},
        "recurrent_inputs": "uniform(0,10)",
        "weight_HH_Izhi07a": 5.0,
        "weight_Izhi07a_HH": 0.1,
        "delay": 5.0,
        "tau_excitation": 2.0,
        "segments_hh": 1000,
    }


def units(populations: dict[str, tuple[str, float]]) -> dict[str, str]:
    """Return the units of the values that `defaults` returns for the same populations."""
    of_weights = {population: WEIGHT_UNITS.get(cell, "uS") for population, (cell, _) in populations.items()}
    return {
        "cells": "1",
        "drive_rate": "Hz",
        "drive_noise": "1",
        **{f"{kind}_{population}": unit for kind in ("drive", "recurrent") for population, unit in of_weights.items()},
        "weight_HH_Izhi07a": "nS",
        "weight_Izhi07a_HH": "uS",
        "delay": "ms",
        "tau_excitation": "ms",
        "segments_hh": "1",
    }


DEFAULTS = defaults(POPULATIONS)
UNITS = units(POPULATIONS)


def net_params(values: dict[str, Any]) -> specs.NetParams:
    """Return the network for `values` (names of DEFAULTS, units of UNITS).

    `drive_P` is the weight of the background events of population P. `recurrent_P` is the weight of each input that is
    drawn for a cell of P, and `recurrent_inputs` is the number of inputs drawn for a cell. `segments_hh` is the number
    of dendritic segments of HH. With 21 segments, the spikes agree with the spikes of 1000 segments within a time step,
    and the cell takes a fiftieth of the time.
    """
    return network(POPULATIONS, values, {})


def network(
    populations: dict[str, tuple[str, float]], values: dict[str, Any], options: dict[str, dict[str, Any]]
) -> specs.NetParams:
    """Build a network of populations, which are given as in POPULATIONS.

    `options` holds the options of the cells, by population.
    """
    params = specs.NetParams()
    params.synMechParams["exc"] = {"mod": "ExpSyn", "tau": values["tau_excitation"], "e": 0.0}
    source = {"type": "NetStim", "rate": values["drive_rate"], "noise": values["drive_noise"]}
    params.stimSourceParams["background"] = source
    options = {"HH_pop": {"segments": values["segments_hh"]}, **options}
    for place, (population, (cell, _)) in enumerate(populations.items()):
        params.cellParams[population] = cells.load(cell, **options.get(population, {}))
        _add_population(params, population, values, (place / len(populations), (place + 1) / len(populations)))
    _add_recurrent(params, values)
    _join(params, "HH_pop", "Izhi07a_pop", values["weight_HH_Izhi07a"], values["delay"])
    _join(params, "Izhi07a_pop", "HH_pop", values["weight_Izhi07a_HH"], values["delay"])
    return params


def _add_population(
    params: specs.NetParams, population: str, values: dict[str, Any], place: tuple[float, float]
) -> None:
    """Add a population between two places along x, and the background of the population."""
    params.popParams[population] = {"cellType": population, "numCells": values["cells"], "xnormRange": list(place)}
    params.stimTargetParams[f"background->{population}"] = {
        "source": "background",
        "conds": {"pop": population},
        "sec": "soma",
        "weight": values[f"drive_{population}"],
        "delay": values["delay"],
    }


def _add_recurrent(params: specs.NetParams, values: dict[str, Any]) -> None:
    """Connect all cells at random; the weight of an input depends on the population of the target cell.

    A single rule for all cells draws the same connections as the tutorial. The weight of a rule may depend on a place,
    but not on a population. Therefore the populations lie side by side along x.
    """
    places = {population: each["xnormRange"] for population, each in params.popParams.items()}
    weights = (
        f"{values[f'recurrent_{population}']!r} * ({begin!r} <= post_xnorm < {end!r})"
        for population, (begin, end) in places.items()
    )
    params.connParams["recurrent"] = {
        "preConds": {"pop": list(places)},
        "postConds": {"pop": list(places)},
        "sec": "soma",
        "convergence": values["recurrent_inputs"],
        "weight": " + ".join(weights),
        "delay": values["delay"],
    }


def _join(params: specs.NetParams, pre: str, post: str, weight: float, delay: float) -> None:
    params.connParams[f"{pre}->{post}"] = {
        "preConds": {"pop": pre},
        "postConds": {"pop": post},
        "sec": "soma",
        "weight": weight,
        "delay": delay,
    }


def sim_config(values: dict[str, Any], seed: int, duration_ms: float) -> specs.SimConfig:
    """Return the simulation settings; `seed` determines connections, stimuli, locations and cells."""
    config = specs.SimConfig()
    config.duration = duration_ms
    config.dt = 0.025
    config.seeds = {"conn": seed, "stim": seed, "loc": seed, "cell": seed}
    config.recordStim = False
    return config
