"""Make new connections on existing cells, equal to the connections of a new build.

NetPyNE chooses and shapes connections with random streams that depend only on the cells and the connection seed.
NetPyNE's rules on the same cells therefore choose the same connections again. The most common rule, one probability and
one place, is drawn here with numpy from the same stream.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np

from tuner.interfaces import netpyne_private
from tuner.interfaces.netpyne_private import Tags
from tuner.interfaces.netpyne_types import Cell, Net, Sim, Table, is_number
from tuner.interfaces.neuron_types import NetCon
from tuner.simulation.network.in_place import Built, Refusal, sections
from tuner.simulation.network.ledger import Made, Place
from tuner.simulation.simulate import quiet

# Keys of rules with one synapse for each connection, at a place that depends only on the cell.
CHOICE = {"preConds", "postConds", "probability", "convergence", "divergence", "connList", "connFunc", "disynapticBias"}
# Words of functions that draw random numbers, or that do not work with arrays of cell tags.
DRAWS = re.compile("binomial|discunif|erlang|geometric|hypergeo|negexp|normal|poisson|uniform|weibull|rand|border")
# If a probability is this close to the random number, NetPyNE computes it, pair by pair.
ROUNDING = 1e-9
SINGLE = CHOICE | {"weight", "delay", "synMech", "loc", "sec", "synsPerConn", "label"}


def rewire(built: Built, changed: Iterable[Any]) -> None:
    """Make new connections for the changed rules of connParams and for all rules after the first changed rule.

    Synapses and connections keep the order of NetPyNE's build, on which the last bits of sums depend. If synapses
    cannot stay, all connections and stimuli are made anew. Refusal is raised if the result would not be exact.
    """
    _refuse_what_is_not_a_netcon(built)
    sim = built.sim
    with quiet():
        sim.setSimCfg(built.sim_config)
        sim.setNetParams(built.net_params)
        rules = list(sim.net.params.connParams)
        if _synapses_may_stay(built):
            first = min(rules.index(rule) for rule in changed)
            for cell in sim.net.cells:
                cell.conns = []
            _connect(built, rules[first:])
            if _in_order(built, rules):
                return
        _clear(built)
        _connect(built, rules)
        sim.net.addStims()


def _refuse_what_is_not_a_netcon(built: Built) -> None:
    params = built.net_params
    if netpyne_private.has_pointers(params) or any("gapJunction" in rule for rule in params.connParams.values()):
        raise Refusal("the model has gap junctions or other pointers")
    if any(source.get("type") == "XStim" for source in params.stimSourceParams.values()):
        raise Refusal("an XStim is created together with the cells")
    if any("synMech" in trace or "stim" in trace for trace in built.sim_config.recordTraces.values()):
        raise Refusal("a trace of a synapse or a stimulus is recorded")


def _synapses_may_stay(built: Built) -> bool:
    """Return whether all connections are NetCons only: shared synapses, no plasticity, no shapes."""
    params = built.net_params
    rules = (*params.connParams.values(), *params.stimTargetParams.values())
    return not built.sim_config.oneSynPerNetcon and not any("plast" in rule or "shape" in rule for rule in rules)


def _in_order(built: Built, rules: list[Any]) -> bool:
    """Return whether the synapses of every section are in the order of a new build, unused synapses left out."""
    net = built.sim.net
    mods = {label: str(synapse.get("mod")) for label, synapse in net.params.synMechParams.items()}
    for (gid, section), wanted in built.ledger.order(rules).items():
        if len(wanted) > 1:
            made = net.cells[net.gid2lid[gid]].secs[section].get("synMechs", ())
            position = {(synapse["label"], synapse["loc"]): i for i, synapse in enumerate(made)}
            # NEURON itself orders synapses of different mechanisms.
            keys = [(mods[label], position[label, loc]) for label, loc in wanted if (label, loc) in position]
            if sorted(keys, key=lambda key: key[0]) != sorted(keys):
                return False
    return True


def _clear(built: Built) -> None:
    built.ledger.forget_all()
    for cell in built.sim.net.cells:
        cell.conns, cell.stims = [], []
        for section in sections(cell):
            section["synMechs"] = []


def _connect(built: Built, labels: list[Any]) -> None:
    """Connect the cells by these rules, as NetPyNE's connectCells does."""
    sim, net = built.sim, built.sim.net
    built.ledger.forget(labels)
    tags = {cell.gid: dict(cell.tags) for cell in net.cells}
    for label in labels:
        # NetPyNE's dictionaries are slow, and its rules read them for every connection.
        rule = {**net.params.connParams[label], "label": label}
        pre, post = netpyne_private.matching_cells(net, tags, rule)
        if not pre or not post:
            continue
        places = _single_places(built, rule, post)
        chosen = _draw(built, rule, pre, post) if places else None
        if places and chosen is not None:
            _join(built, rule, pre, post, dict(zip(places, chosen, strict=True)))
            continue
        function = _rule_function(rule)
        sequence = sim.hashList(sorted(pre) + sorted(post))
        net.rand.Random123(sim.hashStr(f"conn_{function}"), sequence, sim.cfg.seeds["conn"])
        netpyne_private.prepare_functions(net, pre, post, rule)
        with _making_netcons(built, places) if places else nullcontext():
            getattr(net, function)(pre, post, rule)


def _rule_function(rule: Table) -> str:
    functions = {"probability": "probConn", "convergence": "convConn", "divergence": "divConn"}
    functions["connList"] = "fromListConn"
    chosen = next((function for key, function in functions.items() if key in rule), "fullConn")
    found: str = rule.get("connFunc", chosen)
    return found


def _single_places(built: Built, rule: Table, post: Iterable[int]) -> list[Place] | None:
    """Return one place for each postsynaptic cell; `None` if the rule needs several synapses or more settings."""
    net = built.sim.net
    label = _only_synapse(net, rule)
    loc = 0.5 if rule.get("loc") is None else rule["loc"]
    if (
        label is None
        or not rule.keys() <= SINGLE
        or not is_number(loc)
        or rule.get("synsPerConn") not in (None, 1)
        or isinstance(rule.get("sec"), list)
    ):
        return None
    places = []
    for gid in post:
        section = _plain_section(net.cells[net.gid2lid[gid]], rule)
        if section is None:
            return None
        places.append(Place(gid, section, label, loc))
    return places


def _only_synapse(net: Net, rule: Table) -> str | None:
    named = rule.get("synMech")
    if named is None or named == "":
        named = list(net.params.synMechParams)[:1]
    labels: list[str] = named if isinstance(named, list) else [named]
    if len(labels) != 1 or labels[0] not in net.params.synMechParams:
        return None
    return None if netpyne_private.depends_on_source(labels[0]) else labels[0]


def _plain_section(cell: Cell, rule: Table) -> str | None:
    """Return the section that a rule connects to; `None` if NetPyNE has to choose a section or scale weights."""
    if not vars(cell).get("secs") or rule.get("sec") in cell.secLists:
        return None
    name = netpyne_private.connected_section(cell, rule.get("sec"))
    section = cell.secs[name]
    if "weightNorm" in section or any("vref" in point for point in section.get("pointps", {}).values()):
        return None
    return name


def _draw(built: Built, rule: Table, pre: Tags, post: Tags) -> list[np.ndarray] | None:
    """Draw the gids that project to each postsynaptic cell, as NetPyNE's probConn does and in NetPyNE's order.

    `None` for other rules, and if the probability must be computed for each pair separately.
    """
    if "probability" not in rule or rule.get("connFunc", "probConn") != "probConn" or "disynapticBias" in rule:
        return None
    probability = _probability(built.sim.net, rule["probability"], pre, post)
    if probability is None:
        return None
    pre_gids, post_gids = np.array(list(pre)), np.array(list(post))
    draws = _draws(built.sim, pre_gids, post_gids)
    if isinstance(probability, np.ndarray) and np.any(np.abs(probability - draws) < ROUNDING):
        return None
    connected = probability >= draws
    return [pre_gids[connected[:, column]] for column in range(len(post_gids))]


def _probability(net: Net, probability: Any, pre: Tags, post: Tags) -> float | np.ndarray | None:
    """Return the probability, as a number or for all pairs (n_pre, n_post); `None` if computed pair by pair."""
    if is_number(probability):
        return probability
    if not isinstance(probability, str) or DRAWS.search(probability):
        return None
    asked: Table = {"probability": probability}
    try:
        netpyne_private.prepare_functions(net, {0: _columns(pre, (-1, 1))}, {0: _columns(post, (1, -1))}, asked)
        return np.broadcast_to(np.asarray(asked["probabilityFunc"][0, 0], float), (len(pre), len(post)))
    except Exception:
        # The function may work for single pairs. If not, NetPyNE raises the exception there.
        return None


def _columns(tags: Tags, shape: tuple[int, int]) -> Table:
    """Return the coordinates of all cells as arrays, in the format of a single cell."""
    names = ("x", "y", "z", "xnorm", "ynorm", "znorm")
    return {name: np.array([cell[name] for cell in tags.values()]).reshape(shape) for name in names}


def _draws(sim: Sim, pre: np.ndarray, post: np.ndarray) -> np.ndarray:
    """Return NetPyNE's uniform number for every pair (n_pre, n_post); NetPyNE draws in the order of sorted gids."""
    sorted_pre, sorted_post = np.sort(pre), np.sort(post)
    sequences = sim.hashList(sorted_pre.tolist()), sim.hashList(sorted_post.tolist())
    random = sim.h.Random()
    random.Random123(*sequences, sim.cfg.seeds["conn"])
    random.uniform(0, 1)
    drawn = sim.h.Vector(len(pre) * len(post)).setrand(random)
    matrix = drawn.as_numpy().reshape(len(pre), len(post))
    return matrix[np.ix_(np.searchsorted(sorted_pre, pre), np.searchsorted(sorted_post, post))]


def _join(built: Built, rule: Table, pre: Tags, post: Tags, chosen: dict[Place, np.ndarray]) -> None:
    """Make the connections of a rule from the chosen gids to each place."""
    named = [name for name in ("weight", "delay") if isinstance(rule.get(name), str)]
    rest = {key: value for key, value in rule.items() if key != "probability"}
    netpyne_private.prepare_functions(built.sim.net, pre, post, rest)
    for place, gids in chosen.items():
        sources = [gid for gid in gids.tolist() if gid != place.gid or built.sim.cfg.allowSelfConns]
        if sources and not named:
            _make_netcons(built, rest, place, sources)
        for gid in sources if named else ():
            for name in named:
                variables = rest[f"{name}FuncVars"].items()
                rest[f"{name}FuncArgs"] = {
                    key: value(pre[gid], post[place.gid]) if callable(value) else value for key, value in variables
                }
            _make_netcons(built, rest, place, [gid])


@contextmanager
def _making_netcons(built: Built, places: Iterable[Place]) -> Iterator[None]:
    """Make NetPyNE's rules create bare NetCons at these places in the `with` block, without NetPyNE's tables."""
    net = built.sim.net
    by_gid = {place.gid: place for place in places}
    usual, _ = netpyne_private.connectors(net)

    def add(rule: Table, pre_gid: int, post_gid: int, *_: Any) -> None:
        if pre_gid != post_gid or built.sim.cfg.allowSelfConns:
            _make_netcons(built, rule, by_gid[post_gid], [pre_gid])

    netpyne_private.replace_connectors(net, connection=add)
    try:
        yield
    finally:
        netpyne_private.replace_connectors(net, connection=usual)


def _make_netcons(built: Built, rule: Table, place: Place, sources: list[int]) -> None:
    """Make connections from these gids onto a place, all with the weight and delay of the first pair."""
    net = built.sim.net
    cell = net.cells[net.gid2lid[place.gid]]
    weight, delay = _numbers(net, rule, (sources[0], place.gid), built.sim.cfg.seeds["conn"])
    netcons = _netcons(built.sim, cell, place, sources, *netpyne_private.scaled(cell, weight, delay, None))
    built.ledger.note(rule["label"], [Made(cell, 0, netcons)], [place])


def _numbers(net: Net, rule: Table, pair: tuple[int, int], seed: int) -> list[float]:
    """Return weight and delay of a connection from the table, function or number that NetPyNE has prepared."""
    found, is_seeded = [], False
    for name, default in (("weight", net.params.defaultWeight), ("delay", net.params.defaultDelay)):
        if f"{name}List" in rule:
            value = rule[f"{name}List"][pair]
        elif f"{name}Func" in rule:
            arguments = rule[f"{name}FuncArgs"]
            if not is_seeded and "rand" in arguments:
                net.rand.Random123(*pair, seed)
                is_seeded = True
            value = rule[f"{name}Func"](**arguments)
        else:
            value = rule.get(name)
        found.append(default if value is None else value)
    return found


def _netcons(sim: Sim, cell: Cell, place: Place, sources: list[int], weight: float, delay: float) -> list[NetCon]:
    connect = sim.pc.gid_connect
    made, synapse = [], None
    for gid in sources:
        if synapse is None or sim.cfg.oneSynPerNetcon:
            synapse = cell.addSynMech(place.label, place.section, place.loc, 0.5)["hObj"]
        if weight == 0.0 and not sim.cfg.allowConnsWithWeight0:
            continue
        netcon = connect(gid, synapse)
        netcon.weight[0] = weight
        netcon.delay = delay
        made.append(netcon)
    return made
