"""Follow the blocks of a mechanism in NEURON's order.

A run is INITIAL, then in each step the events, BREAKPOINT without its SOLVE statements, and the solved blocks. BEFORE
and AFTER blocks come in between. A variable that a run may read before writing it, and may write, carries a value from
one run to the next.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tuner.mechanisms.data_flow import Defined, Flow, Place
from tuner.mechanisms.nmodl_nodes import Conductance, Initial, Scope, Solve, Statement
from tuner.mechanisms.nmodl_source import Source
from tuner.mechanisms.statements import statements
from tuner.mechanisms.variables import Variables


def follow_run(source: Source, variables: Variables) -> Flow:
    """Return the reads and writes of one run of a mechanism, from INITIAL on."""
    flow = Flow(source, variables)
    start = _blocks(flow, "BEFORE INITIAL", variables.given)
    # NEURON sets a STATE to the variable of the same name with a 0, which is 0 if the file does not declare it.
    start = flow.use(variables.starts, start | variables.all_of(variables.states), Place("the reset of STATE"))
    start = _blocks(flow, "INITIAL", start)
    start = _blocks(flow, "AFTER INITIAL", start)
    start = flow.use(variables.stored, start, Place("the end of INITIAL"))
    _receive(flow, start)
    current = _breakpoint(flow, start | variables.given_later)
    _blocks(flow, "BEFORE STEP", current)
    _blocks(flow, "TERMINAL", current)
    return flow


def _breakpoint(flow: Flow, start: Defined) -> Defined:
    """Follow a step, and return the variables that are defined before the solved blocks run for the first time.

    NEURON computes the currents first, and then solves. Without currents, BREAKPOINT runs behind the solved blocks.
    """
    body = [part for word in ("BREAKPOINT", "EQUATION") for each in _bodies(flow, word) for part in _opened(each)]
    solved = [each for each in body if isinstance(each, Solve)]
    rest = [each for each in body if not isinstance(each, Solve)]
    place = Place("BREAKPOINT")
    defined = _blocks(flow, "BEFORE BREAKPOINT", start)
    if flow.variables.currents:
        defined = flow.block(rest, defined, place)
        read = [*flow.variables.currents, *(each.name for each in body if isinstance(each, Conductance))]
        defined = flow.use(read, defined, Place("the sum of currents"))
        _blocks(flow, "AFTER SOLVE", flow.block(solved, defined, place))
    else:
        _blocks(flow, "AFTER SOLVE", flow.block([*solved, *rest], defined, place))
    return defined


def _receive(flow: Flow, start: Defined) -> None:
    """Follow NET_RECEIVE, which may run before the first step.

    NEURON sets its arguments to 0 at the start of a run, but not the first one, and only without an INITIAL inside.
    """
    for block in flow.source.of("NET_RECEIVE"):
        names = {name: f"{name} of NET_RECEIVE" for name in block.arguments}
        place = Place("NET_RECEIVE", {"flag": None, **names})
        body = statements(block.body, flow.source.defines)
        initial = [each for each in body if isinstance(each, Initial)]
        kept = frozenset(list(names.values())[1:]) if not initial else frozenset()
        for each in initial:
            kept = flow.block(each.body, start, replace(place, title="INITIAL of NET_RECEIVE"))
        flow.block([each for each in body if not isinstance(each, Initial)], start | kept, place)


def _bodies(flow: Flow, word: str) -> list[list[Statement]]:
    return [statements(block.body, flow.source.defines) for block in flow.source.of(word)]


def _blocks(flow: Flow, word: str, defined: Defined) -> Defined:
    for body in _bodies(flow, word):
        defined = flow.block(body, defined, Place(word))
    return defined


def _opened(body: Sequence[Statement]) -> Iterator[Statement]:
    """Yield the statements of BREAKPOINT; braces around SOLVE are opened."""
    for each in body:
        if isinstance(each, Scope) and any(isinstance(part, Solve) for part in each.body):
            yield from _opened(each.body)
        else:
            yield each
