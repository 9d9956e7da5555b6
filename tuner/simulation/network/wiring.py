"""Connections made anew on cells that exist: the network that NetPyNE would build, without building it.

NetPyNE draws the numbers that choose and shape connections from streams that depend on the cells and the connection
seed alone. So its own rules, run again on the same cells, choose what a fresh build chooses. The commonest rule, one
probability and one place, is drawn here with numpy instead, from the same stream.
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

# What a rule may hold whose connections are each one synapse at a place that depends on the cell alone.
CHOICE = {"preConds", "postConds", "probability", "convergence", "divergence", "connList", "connFunc", "disynapticBias"}
# Words of a function that draws random numbers, or that takes a cell's tags for what they are not in an array.
DRAWS = re.compile("binomial|discunif|erlang|geometric|hypergeo|negexp|normal|poisson|uniform|weibull|rand|border")
# Closer than this to its random number, a probability is computed by NetPyNE itself.
ROUNDING = 1e-9
SINGLE = CHOICE | {"weight", "delay", "synMech", "loc", "sec", "synsPerConn", "label"}


def rewire(built: Built, changed: Iterable[Any]) -> None:
    """Makes what the changed rules of connParams and all rules after them connect, anew.

    The order of NetPyNE's build is kept, of synapses and of connections, since sums depend on it in their last bits:
    where synapses cannot stay, all connections and stimuli are made anew. Raises Refusal where that is not exact.
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
        raise Refusal("an XStim is made with the cells")
    if any("synMech" in trace or "stim" in trace for trace in built.sim_config.recordTraces.values()):
        raise Refusal("a trace of a synapse or a stimulus is recorded")


def _synapses_may_stay(built: Built) -> bool:
    """Whether connections leave nothing behind but NetCons: shared synapses, no plasticity, no shapes."""
    params = built.net_params
    rules = (*params.connParams.values(), *params.stimTargetParams.values())
    return not built.sim_config.oneSynPerNetcon and not any("plast" in rule or "shape" in rule for rule in rules)


def _in_order(built: Built, rules: list[Any]) -> bool:
    """Whether the synapses of every section stand in the order of a fresh build; those without a connection may too."""
    net = built.sim.net
    mods = {label: str(synapse.get("mod")) for label, synapse in net.params.synMechParams.items()}
    for (gid, section), wanted in built.ledger.order(rules).items():
        if len(wanted) > 1:
            made = net.cells[net.gid2lid[gid]].secs[section].get("synMechs", ())
            position = {(synapse["label"], synapse["loc"]): i for i, synapse in enumerate(made)}
            # The order among different mechanisms is NEURON's own.
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
    """As NetPyNE's connectCells does, for these rules."""
    sim, net = built.sim, built.sim.net
    built.ledger.forget(labels)
    tags = {cell.gid: dict(cell.tags) for cell in net.cells}
    for label in labels:
        # NetPyNE's own dictionaries are slow, and its rules look into them for every connection.
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
    """The one place of each postsynaptic cell, if the rule's connections are each one synapse, and nothing more."""
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
    """The section of a cell that a rule ends on, if NetPyNE has neither a choice there nor anything to scale."""
    if not vars(cell).get("secs") or rule.get("sec") in cell.secLists:
        return None
    name = netpyne_private.connected_section(cell, rule.get("sec"))
    section = cell.secs[name]
    if "weightNorm" in section or any("vref" in point for point in section.get("pointps", {}).values()):
        return None
    return name


def _draw(built: Built, rule: Table, pre: Tags, post: Tags) -> list[np.ndarray] | None:
    """NetPyNE's probConn at once: for each postsynaptic cell, the gids that project to it, in NetPyNE's order.

    None where the rule is another one, or its probability has to be computed pair by pair.
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
    """The number, or NetPyNE's function of all pairs at once, (n_pre, n_post); None if it takes one pair at a time."""
    if is_number(probability):
        return probability
    if not isinstance(probability, str) or DRAWS.search(probability):
        return None
    asked: Table = {"probability": probability}
    try:
        netpyne_private.prepare_functions(net, {0: _columns(pre, (-1, 1))}, {0: _columns(post, (1, -1))}, asked)
        return np.broadcast_to(np.asarray(asked["probabilityFunc"][0, 0], float), (len(pre), len(post)))
    except Exception:
        # Pair by pair NetPyNE's function may do what it cannot with arrays; if not, it raises there.
        return None


def _columns(tags: Tags, shape: tuple[int, int]) -> Table:
    """The coordinates of all cells, as if they were one cell's."""
    names = ("x", "y", "z", "xnorm", "ynorm", "znorm")
    return {name: np.array([cell[name] for cell in tags.values()]).reshape(shape) for name in names}


def _draws(sim: Sim, pre: np.ndarray, post: np.ndarray) -> np.ndarray:
    """NetPyNE's uniform number for every pair of cells, (n_pre, n_post); it draws them in the order of sorted gids."""
    sorted_pre, sorted_post = np.sort(pre), np.sort(post)
    sequences = sim.hashList(sorted_pre.tolist()), sim.hashList(sorted_post.tolist())
    random = sim.h.Random()
    random.Random123(*sequences, sim.cfg.seeds["conn"])
    random.uniform(0, 1)
    drawn = sim.h.Vector(len(pre) * len(post)).setrand(random)
    matrix = drawn.as_numpy().reshape(len(pre), len(post))
    return matrix[np.ix_(np.searchsorted(sorted_pre, pre), np.searchsorted(sorted_post, post))]


def _join(built: Built, rule: Table, pre: Tags, post: Tags, chosen: dict[Place, np.ndarray]) -> None:
    """Makes the connections of a rule from the chosen gids to each place."""
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
    """While it lasts, NetPyNE's rules make bare NetCons at these places, not connections with all their tables."""
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
    """Makes the connections onto a place from these gids, all with the weight and delay of the first."""
    net = built.sim.net
    cell = net.cells[net.gid2lid[place.gid]]
    weight, delay = _numbers(net, rule, (sources[0], place.gid), built.sim.cfg.seeds["conn"])
    netcons = _netcons(built.sim, cell, place, sources, *netpyne_private.scaled(cell, weight, delay, None))
    built.ledger.note(rule["label"], [Made(cell, 0, netcons)], [place])


def _numbers(net: Net, rule: Table, pair: tuple[int, int], seed: int) -> list[float]:
    """Weight and delay of a connection, as NetPyNE has prepared them: a table, a function or a number of the rule."""
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
