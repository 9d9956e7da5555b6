"""The tables budget and simulation of a study, and what its table optimizer has whichever it names."""

from collections.abc import Mapping
from dataclasses import dataclass

from tuner.executors.registry import NAMES
from tuner.executors.steps import LAUNCHERS
from tuner.objective.loss import COMBINATIONS
from tuner.protocols import VARIED
from tuner.study.schema import Key, Place, fill
from tuner.words import shown

BUDGET_KEYS = {
    "evaluations": Key("whole", at_least=1),
    "simulations": Key("whole", at_least=1),
    "generations": Key("whole", at_least=1),
    "wall_time_s": Key("number", above=0),
    "loss": Key("number", at_least=0),
    "stagnation": Key("whole", at_least=1),
}
SIMULATION_KEYS = {
    "engine": Key("text", "auto", one_of=("auto", "neuron", "coreneuron")),
    "timeout_s": Key("number", above=0),
    "workers": Key("whole", at_least=1),
    "executor": Key("text", one_of=NAMES),
    "ranks_per_evaluation": Key("whole", 1, at_least=1),
    "launcher": Key("text"),
    "verify": Key("whole", 5, at_least=1),
    "seeds": Key("list"),
    "repeats": Key("whole", at_least=1, at_most=1000),
    "vary": Key("text", "both", one_of=tuple(VARIED)),
    "combine": Key("text", "mean", one_of=tuple(COMBINATIONS)),
    "racing": Key("flag", False),
    "fresh_seeds": Key("whole", 3, at_least=0, at_most=1000),
    "keep_spikes": Key("flag", False),
    "recycle_after": Key("whole", 2000, at_least=1),
    "recycle_growth_mb": Key("number", 1000.0, above=0),
    "abort": Key("table", {}),
    "share_synapses": Key("table", {}),
}
ABORT_KEYS = {
    "rules": Key("flag", True),
    "chunk_ms": Key("number", above=0),
    "rate_hz": Key("number", above=0),
    "silence_ms": Key("number", above=0),
    "block_ms": Key("number", above=0),
    "block_mv": Key("number", -40.0),
    "voltage_mv": Key("number", 1000.0, above=0),
}
OPTIMIZER_KEYS = {
    "name": Key("text"),
    "start_point": Key("flag", True),
    "start_from": Key("text"),
    "first": Key("list"),
}


@dataclass(frozen=True)
class Budget:
    """When a run ends: at the first of these that is met. `stagnation` counts generations without a better loss."""

    evaluations: int | None = None
    simulations: int | None = None
    generations: int | None = None
    wall_time_s: float | None = None
    loss: float | None = None
    stagnation: int | None = None


def read_simulation(table: object, place: Place) -> dict[str, object]:
    """The table simulation with its defaults filled in."""
    filled = fill(table, SIMULATION_KEYS, place)
    for label, wish in filled["share_synapses"].items():
        Key("flag").check(wish, place.at("share_synapses").at(label))
    _check_seeds(filled, place)
    return {**filled, "abort": fill(filled["abort"], ABORT_KEYS, place.at("abort"))}


def _check_seeds(filled: dict, place: Place) -> None:
    if "seeds" in filled:
        if "repeats" in filled:
            raise place.at("repeats").error("stands beside seeds; keep one of the two")
        key = Key("whole", at_least=0, at_most=2**31 - 1)
        filled["seeds"] = [key.check(seed, place.at("seeds")) for seed in filled["seeds"]]
        if len(set(filled["seeds"])) < len(filled["seeds"]):
            raise place.at("seeds").error(f"is {shown(filled['seeds'])}, which names a seed twice")
    if filled["racing"] and len(filled.get("seeds", [])) < 2 and filled.get("repeats", 1) < 2:
        raise place.at("racing").error("needs several seeds; give seeds or repeats")


def read_budget(table: object, place: Place) -> Budget:
    """The table budget; one of its entries must be there."""
    budget = Budget(**fill(table, BUDGET_KEYS, place))
    if budget == Budget():
        raise place.error(f"is empty; give at least one of {', '.join(BUDGET_KEYS)}")
    return budget


def check_executor(simulation: Mapping[str, object], name: str, place: Place) -> None:
    """Raises StudyError where the table simulation wants what the executor of that name does not do."""
    ranks = simulation["ranks_per_evaluation"]
    if ranks > 1 and name not in LAUNCHERS:
        wanted = " or ".join(LAUNCHERS)
        raise place.at("ranks_per_evaluation").error(f"is {ranks}, which executor {name} does not do; use {wanted}")
    if name in LAUNCHERS and simulation["engine"] == "coreneuron":
        raise place.at("engine").error(f"is coreneuron, which executor {name} does not do; use neuron or auto")
