"""Connections made anew on cells that exist: the network that NetPyNE would build, without building it.

NetPyNE draws the numbers that choose and shape connections from streams that depend on the cells and the connection
seed alone. So its own rules, run again on the same cells, choose what a fresh build chooses. The commonest rule, one
probability and one place, is drawn here with numpy instead, from the same stream.
"""

from collections.abc import Iterable
from numbers import Number

import numpy as np

from tuner.network.in_place import Built, Refusal, sections
from tuner.network.ledger import Made, Place
from tuner.simulate import quiet

# What a rule may hold to be drawn at once.
PLAIN = {"preConds", "postConds", "probability", "weight", "delay", "synMech", "loc", "sec", "synsPerConn", "label"}


def rewire(built: Built, changed: Iterable) -> None:
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
    if params.synMechParams.hasPointerConns() or any("gapJunction" in rule for rule in params.connParams.values()):
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


def _in_order(built: Built, rules: list) -> bool:
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


def _connect(built: Built, labels: list) -> None:
    """As NetPyNE's connectCells does, for these rules."""
    sim, net = built.sim, built.sim.net
    built.ledger.forget(labels)
    tags = {cell.gid: dict(cell.tags) for cell in net.cells}
    for label in labels:
        # NetPyNE's own dictionaries are slow, and its rules look into them for every connection.
        rule = {**net.params.connParams[label], "label": label}
        pre, post = net._findPrePostCellsCondition(tags, rule["preConds"], rule["postConds"])
        if not pre or not post:
            continue
        if places := _plain_places(built, rule, post):
            _draw(built, rule, list(pre), places)
            continue
        function = _rule_function(rule)
        sequence = sim.hashList(sorted(pre) + sorted(post))
        net.rand.Random123(sim.hashStr(f"conn_{function}"), sequence, sim.cfg.seeds["conn"])
        net._connStrToFunc(pre, post, rule)
        getattr(net, function)(pre, post, rule)


def _rule_function(rule: dict) -> str:
    functions = {"probability": "probConn", "convergence": "convConn", "divergence": "divConn"}
    functions["connList"] = "fromListConn"
    chosen = next((function for key, function in functions.items() if key in rule), "fullConn")
    return rule.get("connFunc", chosen)


def _plain_places(built: Built, rule: dict, post: Iterable[int]) -> list[Place] | None:
    """The one place of each postsynaptic cell, if the rule is a number at which pairs are drawn, and nothing more."""
    net = built.sim.net
    label = _only_synapse(net, rule)
    numbers = (rule.get("weight", 0.0), rule.get("delay", 0.0), rule.get("loc") or 0.5)
    if not (
        rule.keys() <= PLAIN
        and label is not None
        and isinstance(rule.get("probability"), Number)
        and all(isinstance(number, Number) for number in numbers)
        and rule.get("synsPerConn") in (None, 1)
        and not isinstance(rule.get("sec"), list)
        and (built.sim.cfg.allowConnsWithWeight0 or rule.get("weight") != 0)
    ):
        return None
    sections = [_plain_section(net.cells[net.gid2lid[gid]], rule) for gid in post]
    if None in sections:
        return None
    loc = 0.5 if rule.get("loc") is None else rule["loc"]
    return [Place(gid, section, label, loc) for gid, section in zip(post, sections, strict=True)]


def _only_synapse(net: object, rule: dict) -> str | None:
    from netpyne.specs.netParams import SynMechParams

    named = rule.get("synMech") or list(net.params.synMechParams)[:1]
    labels = named if isinstance(named, list) else [named]
    if len(labels) != 1 or labels[0] not in net.params.synMechParams:
        return None
    return None if SynMechParams.stringFuncsReferPreLoc(labels[0]) else labels[0]


def _plain_section(cell: object, rule: dict) -> str | None:
    """The section of a cell that a rule ends on, if NetPyNE has neither a choice there nor anything to scale."""
    if not vars(cell).get("secs") or rule.get("sec") in cell.secLists:
        return None
    (name,) = cell._setConnSections({"sec": rule.get("sec")})
    section = cell.secs[name]
    if "weightNorm" in section or any("vref" in point for point in section.get("pointps", {}).values()):
        return None
    return name


def _draw(built: Built, rule: dict, pre: list[int], places: list[Place]) -> None:
    """NetPyNE's probConn: a uniform number for every pair of cells, in the order of their sorted gids."""
    sim, net = built.sim, built.sim.net
    chosen = _pairs(sim, np.array(pre), np.array([place.gid for place in places]), rule["probability"])
    weight = net.params.defaultWeight if rule.get("weight") is None else rule["weight"]
    delay = net.params.defaultDelay if rule.get("delay") is None else rule["delay"]
    used, made = [], []
    for place, sources in zip(places, chosen, strict=True):
        if not sim.cfg.allowSelfConns:
            sources = sources[sources != place.gid]
        if len(sources):
            cell = net.cells[net.gid2lid[place.gid]]
            scaled = cell._connWeightsAndDelays({"weight": weight, "delay": delay, "synsPerConn": 1}, None)
            made.append(Made(cell, 0, _netcons(sim, cell, place, sources.tolist(), scaled[0][0], scaled[1][0])))
            used.append(place)
    built.ledger.note(rule["label"], made, used)


def _pairs(sim: object, pre: np.ndarray, post: np.ndarray, probability: float) -> Iterable[np.ndarray]:
    """For each postsynaptic gid, the gids that project to it."""
    sorted_pre, sorted_post = np.sort(pre), np.sort(post)
    sequences = sim.hashList(sorted_pre.tolist()), sim.hashList(sorted_post.tolist())
    random = sim.h.Random()
    random.Random123(*sequences, sim.cfg.seeds["conn"])
    random.uniform(0, 1)
    draws = sim.h.Vector(len(pre) * len(post)).setrand(random)
    connected = (probability >= draws.as_numpy().reshape(len(pre), len(post)))[np.searchsorted(sorted_pre, pre)]
    for column in np.searchsorted(sorted_post, post):
        yield pre[connected[:, column]]


def _netcons(sim: object, cell: object, place: Place, sources: list[int], weight: float, delay: float) -> list:
    connect = sim.pc.gid_connect
    made, synapse = [], None
    for gid in sources:
        if synapse is None or sim.cfg.oneSynPerNetcon:
            synapse = cell.addSynMech(place.label, place.section, place.loc, 0.5)["hObj"]
        netcon = connect(gid, synapse)
        netcon.weight[0] = weight
        netcon.delay = delay
        made.append(netcon)
    return made
