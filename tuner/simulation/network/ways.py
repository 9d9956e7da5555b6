"""Choose the function that makes a change of the specs in place; the first matching pattern decides."""

from typing import Any

from tuner.simulation.network.difference import Change
from tuner.simulation.network.in_place import (
    Way,
    connection_rule,
    connection_weight_or_delay,
    every_connection_rule,
    geometry,
    initial_voltage,
    ion,
    membrane,
    own_number,
    point_process,
    run_setting,
    stimulus_seed,
    stimulus_source,
    stimulus_weight_or_delay,
    synapse,
)

ANY = None
Pattern = tuple[Any, ...]
# Patterns are paths in netParams or simConfig; None stands for any key. The first matching pattern decides.
NET_PARAMS: list[tuple[Pattern, Way]] = [
    (("connParams", ANY, "weight"), connection_weight_or_delay),
    (("connParams", ANY, "delay"), connection_weight_or_delay),
    (("connParams", ANY, ANY), connection_rule),
    (("connParams", ANY, ANY, ANY), connection_rule),
    (("scaleConnWeight",), every_connection_rule),
    (("scaleConnWeightModels",), every_connection_rule),
    (("scaleConnWeightModels", ANY), every_connection_rule),
    (("stimTargetParams", ANY, "weight"), stimulus_weight_or_delay),
    (("stimTargetParams", ANY, "delay"), stimulus_weight_or_delay),
    *((("stimSourceParams", ANY, name), stimulus_source) for name in (
        "rate", "interval", "noise", "start", "number", "seed", "amp", "delay", "dur", "del",
        "dur1", "dur2", "dur3", "amp1", "amp2", "amp3", "rs", "onset", "tau", "gmax", "e")),
    (("synMechParams", ANY, ANY), synapse),
    (("cellParams", ANY, "secs", ANY, "mechs", ANY, ANY), membrane),
    (("cellParams", ANY, "secs", ANY, "ions", ANY, ANY), ion),
    *((("cellParams", ANY, "secs", ANY, "geom", name), geometry) for name in ("L", "diam", "Ra", "cm")),
    (("cellParams", ANY, "secs", ANY, "pointps", ANY, ANY), point_process),
    (("cellParams", ANY, "secs", ANY, "vinit"), initial_voltage),
    ((ANY,), own_number),
]  # fmt: skip
SIM_CONFIG: list[tuple[Pattern, Way]] = [
    (("duration",), run_setting),
    (("dt",), run_setting),
    (("coreneuron",), run_setting),
    (("hParams", ANY), run_setting),
    (("seeds", "stim"), stimulus_seed),
    (("seeds", "conn"), every_connection_rule),
]
# Names of numbers that NetPyNE reads while creating cells, synapses and stimuli.
NEVER = {"loc", "mod", "nseg", "synMech", "vref", "synList"}


def way(table: list[tuple[Pattern, Way]], change: Change) -> Way | None:
    """Return the function that makes a change in place; `None` if there is no such function."""
    if change.path[-1] in NEVER and change.path[0] != "connParams":
        return None
    for pattern, made in table:
        if len(pattern) == len(change.path) and all(
            p in (ANY, key) for p, key in zip(pattern, change.path, strict=True)
        ):
            return made
    return None
