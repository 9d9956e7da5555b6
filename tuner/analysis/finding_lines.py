"""Write the findings of a run as lines of text, for the terminal and the report."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tuner.analysis.compensation import Tie
from tuner.analysis.conflicts import DESIGN, FRONT, Conflict
from tuner.analysis.excursions import Excursion, Move
from tuner.analysis.findings import Account, Verdict
from tuner.analysis.local_slopes import FIT, Slope
from tuner.analysis.sensitivity import Sensitivity
from tuner.words import count, quantity

# Chosen: the lines stay short. Conflicts, the strongest first, and targets of a parameter.
MOST_CONFLICTS, MOST_TARGETS = 5, 3
SCATTERED = "the changes are within the scatter of the features, which more seeds reduce"
LEAST_ERROR = 0.01  # chosen: smaller errors [tolerances] are of no use to a reader


def lines(found: Account, command: str = "") -> Iterator[str]:
    """Yield the findings as lines of text; `command` makes the missing probes, if there is such a command."""
    yield from (_of_verdict(verdict, found.evaluations) for verdict in found.verdicts)
    yield from _of_conflicts(found)
    for one in found.at_bounds:
        question = ": widen it?" if found.missed else ""
        value = quantity(float(one.value), one.unit, digits=4)
        yield f"{one.parameter} = {value} is at its {one.bound} bound{question}"
    yield from _of_sensitivity(found.sensitivity, command)


def _of_conflicts(found: Account) -> Iterator[str]:
    strongest = sorted(found.conflicts, key=lambda conflict: conflict.correlation)[:MOST_CONFLICTS]
    for conflict in strongest:
        yield f"{listed(conflict.targets)} are in conflict {_seen(conflict)}"
    if more := len(found.conflicts) - len(strongest):
        yield f"{count(more, 'more pair')} of targets in conflict, with weaker correlations"


def _seen(conflict: Conflict) -> str:
    """Return the evidence of a conflict in words."""
    if conflict.evidence == DESIGN:
        better = f"{conflict.correlation:.2f} in the better half of {conflict.evaluations} evaluations"
        return f"in the design: where one is better, the other is worse (rank correlation {better})"
    if conflict.evidence == FRONT:
        first, second = conflict.reached
        return (
            f"on the Pareto front: of {conflict.evaluations} evaluations {first} reach the first, {second} the second,"
            f" and none reaches both (rank correlation {conflict.correlation:.2f} on the front)"
        )
    return "near the best: by the slopes there, each parameter that brings one nearer takes the other further away"


def _of_verdict(verdict: Verdict, evaluations: int) -> str:
    if verdict.reached:
        return f"{verdict.target}: reached"
    missed = f"missed by {quantity(verdict.miss, verdict.unit, digits=4)} ({verdict.tolerances:.3g} tolerances)"
    said = "undefined in the best evaluation" if math.isnan(verdict.feature) else missed
    return f"{verdict.target}: {said}{_of_all(verdict, evaluations)}"


def _of_all(verdict: Verdict, evaluations: int) -> str:
    """Return the end of the line of a missed target: the values of the feature in all evaluations."""
    if verdict.stuck:
        value = "undefined" if verdict.nearest is None else quantity(verdict.nearest, verdict.unit, digits=4)
        return f"; no parameter changes the feature: {value} in all {evaluations} evaluations"
    if verdict.reached_by:
        return f"; reached in {verdict.reached_by} of {evaluations} evaluations"
    if verdict.nearest is None:
        return ""
    return f"; closest value in all evaluations: {quantity(verdict.nearest, verdict.unit, digits=4)}"


def _of_sensitivity(found: Sensitivity, command: str) -> Iterator[str]:
    """Yield a line for each parameter that matters or is still, the ties, and a line of the others."""
    others = "the best" if len(found.bases) < 2 else "the best of each objective"
    rows = dict(_of_excursions(found))
    change = f"Change from the lower to the upper bound, with the others at {others}"
    yield from _block(f"{change}, in tolerances{'' if found.scatter_known else ', under one seed'}:", rows)
    shown = {*rows}
    rows = _grouped((s.parameter, abs(s.change), _of_slope(s)) for s in found.slopes if s.parameter not in shown)
    source = "" if found.local == FIT else " of a polynomial through the design"
    yield from _block(f"Slopes near the best{source}, per whole range, in tolerances +- standard error:", rows)
    shown |= {*rows}
    ranks = [rank for rank in found.ranks if rank.parameter not in shown]
    rows = _grouped((r.parameter, abs(r.correlation), f"{r.target} {r.correlation:+.2f}") for r in ranks)
    most = max((rank.evaluations for rank in ranks), default=0)
    yield from _block(f"Partial rank correlations over the {most} evaluations of the design:", rows)
    for each in (e for e in found.excursions if e.parameter in found.still and e.base == found.bases[0]):
        where, seen = ("choices" if each.is_choice else "bounds"), count(len(each.values), "simulation")
        moved = f"{each.parameter} moves no target by more than half a tolerance ({seen})"
        yield f"Between its {where}, with the others at {others}, {moved}"
    yield from (_of_tie(tie, found.local) for tie in found.ties)
    yield from _unresolved(found, command)


def _unresolved(found: Sensitivity, command: str) -> Iterator[str]:
    if found.scattered:
        yield f"Not resolved: {_whether(found.scattered)}; {SCATTERED}"
    partly = [e for e in found.excursions if e.parameter in found.unresolved and e.is_choice and e.values and e.missing]
    for each in {each.parameter: each for each in partly if each.parameter not in found.scattered}.values():
        seen = f"it moves no target at {listed([*map(str, each.values)])}"
        yield f"Not resolved: {_whether([each.parameter])}; {seen}, but {listed(each.missing)} was not simulated"
    known = {*found.scattered, *(each.parameter for each in partly)}
    if names := [name for name in found.unresolved if name not in known]:
        which = "it at its" if len(names) == 1 else "them at their"
        how = f"; {command} simulates {which} bounds" if command else ""
        yield f"Not resolved: {_whether(names)}{how}"


def _whether(names: Sequence[str]) -> str:
    return f"whether {listed(names)} matter{'s' * (len(names) == 1)}"


def _of_slope(slope: Slope) -> str:
    return f"{slope.target} {slope.change:+.3g} +- {max(slope.error, LEAST_ERROR):.2g}"


def _block(title: str, rows: Mapping[str, str]) -> Iterator[str]:
    if rows:
        yield title
        width = max(map(len, rows)) + 1
        yield from (f"  {f'{name}:':{width}s} {words}" for name, words in rows.items())


def _grouped(rows: Iterable[tuple[str, float, str]]) -> dict[str, str]:
    """Return the texts of each parameter, the largest first; `rows` are parameter, size and text."""
    groups: dict[str, list[tuple[float, str]]] = {}
    for name, size, text in rows:
        groups.setdefault(name, []).append((size, text))
    return {name: _some([text for _, text in sorted(texts, key=lambda one: -one[0])]) for name, texts in groups.items()}


def _some(texts: Sequence[str]) -> str:
    more = len(texts) - MOST_TARGETS
    rest = [f"{count(more, 'more target')}"] if more > 0 else []
    return ", ".join([*texts[:MOST_TARGETS], *rest])


def _of_excursions(found: Sensitivity) -> Iterator[tuple[str, str]]:
    """Yield each parameter that moves a target, and the text; of several evaluations the strongest counts."""
    groups: dict[str, list[Excursion]] = {}
    for each in found.excursions:
        if each.matters:
            groups.setdefault(each.parameter, []).append(each)
    for name, some in groups.items():
        most = max(some, key=lambda each: (each.base in found.bases, _size(each)))
        around = "" if found.bases == (most.base,) else f" (around evaluation {most.base})"
        yield name, _of_excursion(most) + around


def _size(excursion: Excursion) -> float:
    return max((math.inf if move.undefined else move.largest for move in excursion.moves if move.moves), default=0.0)


def _of_excursion(excursion: Excursion) -> str:
    """Return the broken places, and the targets that move, the strongest first."""
    moved = sorted((m for m in excursion.moves if m.moves), key=lambda m: (not m.undefined, -m.largest))
    texts = [f"{_status(b.status)} at {b.place}" + (f" ({b.reason})" if b.reason else "") for b in excursion.broken]
    if len(texts) > 2:
        texts = [f"{count(len(texts), 'simulation')} of {len(excursion.values)} broke, the first {texts[0]}"]
    moves = _some([_of_move(move) for move in moved])
    if moves and excursion.missing:
        moves += f" ({listed(excursion.missing)} not simulated)"
    return "; ".join([*texts, f"otherwise {moves}" if texts else moves]) if moves else "; ".join(texts)


def _status(status: str) -> str:
    return {"timeout": "timed out"}.get(status, status)


def _of_move(move: Move) -> str:
    """Return the change in tolerances; targets that are minimised or maximised have a unit instead."""
    if move.undefined:
        return f"{move.target} undefined at {move.undefined[0]}"
    unit = f" {move.unit}" if move.unit not in ("", "1") else ""
    notes = ["dimensionless"] * (move.unit == "1")
    if move.is_one_way and move.change is not None:
        text = f"{move.target} {move.change:+.3g}{unit}"
    else:
        text = f"{move.target} up to {move.largest:.3g}{unit}"
        notes += ["not monotonic"] * (move.change is not None)
    return f"{text} ({', '.join(notes)})" if notes else text


def _of_tie(tie: Tie, evidence: str) -> str:
    where = "Near the best evaluation" if evidence == FIT else "Near the best, by a polynomial through the design,"
    directions = f"{count(tie.directions, 'direction')} of {len(tie.parameters)} parameters"
    return (
        f"{where} the targets fix only {directions}: {listed(tie.parameters)} can compensate for each other"
        f" (in {100 * tie.sure:.0f} % of the draws within the errors of the slopes)"
    )


def listed(names: Sequence[str]) -> str:
    """Return names as text: "a, b and c"."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
