"""Apply changes of specs to the existing NEURON objects, with one function for each kind of change.

If NetPyNE has a function that sets the value, this function is called again, which gives NetPyNE's result. Changes
without a function here, and changes for which `Refusal` is raised, need a new build of the network.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tuner.interfaces import netpyne_private
from tuner.interfaces.netpyne_types import Cell, NetParams, Sim, SimConfig, Table, is_number, spec_classes
from tuner.simulation.network.difference import MISSING, Change
from tuner.simulation.network.ledger import Ledger, Made


class Refusal(Exception):
    """Give the reason why a change cannot be made in place."""


@dataclass(frozen=True)
class Built:
    """Hold the existing network (NetPyNE's `sim`), the ledger of connections, and the new netParams and simConfig.

    `rewire` collects the rules of connParams for which new connections are needed.
    """

    sim: Sim
    ledger: Ledger
    net_params: NetParams
    sim_config: SimConfig
    rewire: set[Any] = field(default_factory=set)


STIMULUS_NUMBERS = ("rate", "interval", "noise", "start", "number", "weight", "delay", "synsPerConn", "loc")

READERS = ("cellParams", "popParams", "synMechParams", "stimSourceParams", "stimTargetParams")


def sections(cell: Cell) -> Iterable[Table]:
    """Return NetPyNE's table of each section of a cell; empty for artificial cells.

    Artificial cells return a value for any attribute, so `secs` is looked up in `vars`.
    """
    found: dict[str, Table] = vars(cell).get("secs", {})
    return found.values()


Way = Callable[[Built, Change], None]


def _number(change: Change) -> None:
    for value in (change.old, change.new):
        if not is_number(value) or isinstance(value, bool):
            raise Refusal(f"{value!r} is not a number")


def connection_rule(built: Built, change: Change) -> None:
    """Rewire a rule of connParams, for any change that has no function here."""
    built.rewire.add(change.path[1])


def connection_weight_or_delay(built: Built, change: Change) -> None:
    """Set weight or delay on the NetCons of a rule in connParams.

    The rule is rewired if the value is not a number, or if the rule has further settings that change the value.
    """
    _, rule, name = change.path
    try:
        _number(change)
        for key in ("plast", "shape", "gapJunction", "synMechWeightFactor", "synMechDelayFactor"):
            if key in built.net_params.connParams[rule]:
                raise Refusal(f"the rule has {key}")
        if rule not in built.rewire:
            _set_netcons(built, built.ledger.made_by(rule), name, change.new, None)
    except Refusal:
        connection_rule(built, change)


def every_connection_rule(built: Built, change: Change) -> None:
    """Rewire all rules of connParams, for values that NetPyNE reads for every connection."""
    built.rewire.update(built.net_params.connParams)


def own_number(built: Built, change: Change) -> None:
    """Change a number that the model's author has added to netParams, for functions in connection rules."""
    _number(change)
    if change.path[0] in vars(spec_classes().NetParams()):
        raise Refusal("NetPyNE reads this value when creating the cells")
    tables = built.net_params.todict()
    word = re.compile(rf"\b{re.escape(change.path[0])}\b")
    if any(word.search(str(tables[name])) for name in READERS):
        raise Refusal("cells, synapses or stimuli depend on this value")
    built.rewire.update(rule for rule, table in tables["connParams"].items() if word.search(str(table)))


def stimulus_weight_or_delay(built: Built, change: Change) -> None:
    """Set weight or delay of a NetStim's target in stimTargetParams."""
    _number(change)
    _, target, name = change.path
    params = built.net_params.stimTargetParams[target]
    if name in built.net_params.stimSourceParams[params["source"]]:
        raise Refusal("the stimulus source has this value too, and NetPyNE uses the source's")
    if built.net_params.stimSourceParams[params["source"]]["type"] != "NetStim":
        raise Refusal("only a NetStim has a weight and a delay")
    for key in ("plast", "shape", "synMechWeightFactor", "synMechDelayFactor"):
        if key in params:
            raise Refusal(f"the target has {key}")
    _set_netcons(built, built.ledger.made_for(target), name, change.new, {"source": params["source"]})


def _set_netcons(built: Built, made: Iterable[Made], name: str, value: float, net_stim: Table | None) -> None:
    if name == "weight" and not built.sim.cfg.allowConnsWithWeight0:
        raise Refusal("NetPyNE leaves out connections of weight 0")
    for cell, weight_index, netcons in made:
        if any("weightNorm" in section for section in sections(cell)):
            raise Refusal("the weights are normalised for each section (weightNorm)")
        weight, delay_ms = netpyne_private.scaled(cell, value, value, net_stim)
        for netcon in netcons:
            if name == "weight":
                netcon.weight[weight_index] = weight
            else:
                netcon.delay = delay_ms


def stimulus_source(built: Built, change: Change) -> None:
    """Set numbers of a NetStim, IClamp, SEClamp or AlphaSynapse in stimSourceParams."""
    _number(change)
    _, source, name = change.path
    kind = built.net_params.stimSourceParams[source]["type"]
    if name == "interval" and "rate" in built.net_params.stimSourceParams[source]:
        raise Refusal("the source also has a rate, and NetPyNE uses the rate")
    if kind not in ("NetStim", "IClamp", "SEClamp", "AlphaSynapse"):
        raise Refusal(f"a {kind} needs a new build")
    for cell in built.sim.net.cells:
        for stim in cell.stims:
            if stim.get("source") == source:
                _set_stimulus(stim, kind, name, change.new)


def _set_stimulus(stim: Table, kind: str, name: str, value: float) -> None:
    stim[name] = value
    if kind == "NetStim" and name in ("rate", "interval"):
        rate = value if name == "rate" else 1000.0 / value
        stim["hObj"].interval = rate**-1 * 1e3
        stim["rate"] = rate
    elif name != "seed":
        # NetPyNE gives the seed to the NetStim when a run begins.
        setattr(stim["hObj"], name, value)


def stimulus_seed(built: Built, change: Change) -> None:
    """Set simConfig.seeds['stim'], the stream of every NetStim without a seed in stimSourceParams."""
    _number(change)
    _nothing_prepared(built)
    rules = (*built.net_params.stimSourceParams.values(), *built.net_params.stimTargetParams.values())
    if any(isinstance(rule.get(key), str) for rule in rules for key in STIMULUS_NUMBERS):
        raise Refusal("a stimulus has a function that may draw a random number")
    for cell in built.sim.net.cells:
        for stim in cell.stims:
            if "seed" not in built.net_params.stimSourceParams.get(stim.get("source"), {}):
                stim["seed"] = change.new


def synapse(built: Built, change: Change) -> None:
    """Set numbers of a mechanism in synMechParams on every synapse with this label."""
    _number(change)
    _, label, name = change.path
    for cell in built.sim.net.cells:
        for section in sections(cell):
            for made in section.get("synMechs", ()):
                if made["label"] == label:
                    setattr(made["hObj"], name, change.new)


def membrane(built: Built, change: Change) -> None:
    """Set numbers of a mechanism in a section of a cell rule, also as functions without random numbers."""
    _, rule, _, section, _, mechanism, name = change.path
    if change.new is None or isinstance(change.new, list) and None in change.new:
        raise Refusal("NetPyNE leaves out values that are None")
    _no_chance(built, rule, section, mechanism, name)
    for cell in _cells_of(built, rule):
        if not netpyne_private.set_mechanism(cell, rule, section, mechanism, {name: change.new}):
            raise Refusal(f"a cell has no mechanism {mechanism}")


def _no_chance(built: Built, rule: str, section: str, mechanism: str, name: str) -> None:
    """Make NetPyNE read the new string functions.

    Refuse functions that draw random numbers, and rules with vars.
    """
    if built.net_params.cellParams[rule].get("vars"):
        raise Refusal("the rule has vars")
    before = netpyne_private.variables_of(rule, section, mechanism, name)
    netpyne_private.read_functions(built.sim, built.net_params)
    after = netpyne_private.variables_of(rule, section, mechanism, name)
    if "rand" in (*before, *after):
        raise Refusal("the function draws a random number for each cell")


def ion(built: Built, change: Change) -> None:
    """Set reversal potential and concentrations of an ion in a section of a cell rule."""
    _number(change)
    _, rule, _, section, _, name, quantity = change.path
    tables = (table for each in built.net_params.cellParams.values() for table in each["secs"].values())
    if quantity != "e" and sum(name in table.get("ions", {}) for table in tables) > 1:
        raise Refusal("NEURON takes the concentration of the last cell as the initial value of all cells")
    for cell in _cells_of(built, rule):
        if not netpyne_private.set_ion(cell, section, name, {quantity: change.new}):
            raise Refusal(f"a cell has no ion {name}")


def geometry(built: Built, change: Change) -> None:
    """Set L, diam, Ra and cm of a section of a cell rule, as numbers, if no value depends on distances."""
    _number(change)
    _, rule, _, section, _, name = change.path
    texts = repr(built.net_params.cellParams[rule]) + repr(built.net_params.synMechParams)
    if "dist_" in texts or "pt3d" in texts:
        raise Refusal("the cell has functions of distance or 3-D points")
    for cell in _cells_of(built, rule):
        setattr(cell.secs[section]["hObj"], name, change.new)


def point_process(built: Built, change: Change) -> None:
    """Set numbers of a point process in a section of a cell rule."""
    _number(change)
    _, rule, _, section, _, label, name = change.path
    if any("params" in population for population in built.net_params.popParams.values()):
        raise Refusal("a population has its own params")
    for cell in _cells_of(built, rule):
        setattr(cell.secs[section]["pointps"][label]["hObj"], name, change.new)


def initial_voltage(built: Built, change: Change) -> None:
    """Set vinit of a section of a cell rule, which NetPyNE applies at the start of a run."""
    _number(change)
    _, rule, _, section, _ = change.path
    for cell in _cells_of(built, rule):
        cell.secs[section]["vinit"] = change.new


def run_setting(built: Built, change: Change) -> None:
    """Accept a change of a value that NetPyNE reads from simConfig at the start of a run."""
    if MISSING in (change.old, change.new):
        raise Refusal("the entry was added or removed")
    if change.path[0] in ("duration", "dt"):
        _nothing_prepared(built)


def _nothing_prepared(built: Built) -> None:
    """Refuse models for which NetPyNE computes spikes, waveforms or weight shapes during the build."""
    params = built.net_params
    if any(key in pop for pop in params.popParams.values() for key in ("cellModel", "spkTimes", "spikePattern")):
        raise Refusal("NetPyNE computes the spikes of artificial cells during the build")
    if any(source.get("type") == "XStim" for source in params.stimSourceParams.values()):
        raise Refusal("NetPyNE computes the waveform of an XStim during the build")
    if any("shape" in rule for rule in (*params.connParams.values(), *params.stimTargetParams.values())):
        raise Refusal("a rule has a shape")


def _cells_of(built: Built, rule: str) -> Iterator[Cell]:
    """Return the cells of a cell rule.

    Refuse if any rule selects cells by conditions, since several rules may then set the same value.
    """
    if any(each.get("conds") for each in built.net_params.cellParams.values()):
        raise Refusal("a cell rule selects cells by conditions")
    return (cell for cell in built.sim.net.cells if cell.tags.get("cellType") == rule)
