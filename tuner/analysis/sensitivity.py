"""Collect the evidence for each parameter of a run: moved targets, and parameters that are not resolved.

A parameter matters if any believable evidence moves a target by more than half a tolerance: simulations along its range
(`excursions`), slopes near the best evaluation with their errors (`local_slopes`), or ranks over a design
(`design_ranks`). Without such evidence a parameter is still if its whole range was simulated, else not resolved.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tuner.analysis.compensation import Tie, sure_ties
from tuner.analysis.design_ranks import Rank, design_ranks
from tuner.analysis.excursions import Excursion, bases, excursions
from tuner.analysis.local_slopes import LocalSlopes, Slope
from tuner.analysis.scatter import Scatter
from tuner.evaluation import Evaluation
from tuner.objective.targets import Target
from tuner.runs.probe_file import Probe
from tuner.study.space import SearchSpace


@dataclass(frozen=True)
class Sensitivity:
    """Store the evidence for each free parameter.

    Attributes
    ----------
    bases
        Numbers of the evaluations around which parameters are probed: the best, or the best of each objective.
    excursions
        Moves of all targets along the range of each parameter, around each of these evaluations. Around others, only
        those in which a target moves.
    slopes
        Believed slopes near the best evaluation.
    ranks
        Significant rank correlations over a design.
    still
        Parameters that move no target by more than half a tolerance between their bounds.
    unresolved
        Parameters without evidence.
    scattered
        Those of them whose range was simulated, but that move targets by no more than the scatter between seeds.
    ties
        Groups of parameters that can compensate for each other.
    scatter_known
        True if the scatter of a feature between seeds, or around the fit, is known.
    local
        Source of the slopes and ties: "fit", or "design" for a polynomial through it; "" without such evidence.
    """

    bases: tuple[int, ...] = ()
    excursions: tuple[Excursion, ...] = ()
    slopes: tuple[Slope, ...] = ()
    ranks: tuple[Rank, ...] = ()
    still: tuple[str, ...] = ()
    unresolved: tuple[str, ...] = ()
    scattered: tuple[str, ...] = ()
    ties: tuple[Tie, ...] = ()
    scatter_known: bool = False
    local: str = ""


def sensitivity(
    space: SearchSpace,
    targets: Sequence[Target],
    evaluations: Sequence[Evaluation],
    best: Evaluation,
    probes: Sequence[Probe],
    design: Sequence[Evaluation],
    local: LocalSlopes | None,
    scatters: dict[str, Scatter],
) -> Sensitivity:
    """Return the evidence of a run for each free parameter; empty if no target counts or no simulation finished."""
    if not best.done or not any(target.counts for target in targets):
        return Sensitivity()
    around = bases(evaluations, best)
    numbers = tuple(base.number for base in around)
    known = {evaluation.number: evaluation for evaluation in evaluations if evaluation.done}
    earlier = [known[n] for n in sorted({p.best for p in probes} - {*numbers}) if n in known]
    found = [e for base in around for e in excursions(space, targets, evaluations, base, probes, scatters)]
    # The best has changed since these probes were made: what moves there counts, what does not says nothing.
    old = [e for base in earlier for e in excursions(space, targets, (), base, probes, scatters) if e.matters]
    slopes = tuple(local.listed()) if local else ()
    ranks = tuple(design_ranks(space, targets, design))
    free = [parameter.name for parameter in space.parameters if parameter.varies]
    of_excursions = {each.parameter for each in [*found, *old] if each.matters}
    matter = of_excursions | {slope.parameter for slope in slopes} | {rank.parameter for rank in ranks}
    moving = {each.parameter for each in found if not each.is_still}
    still = tuple(name for name in free if name not in matter | moving)
    unresolved = tuple(name for name in free if name not in matter and name in moving)
    missing = {each.parameter for each in found if each.missing}
    return Sensitivity(
        bases=numbers,
        excursions=(*found, *old),
        slopes=slopes,
        ranks=ranks,
        still=still,
        unresolved=unresolved,
        scattered=tuple(name for name in unresolved if name not in missing),
        # A feature without a tolerance may tell the parameters apart.
        ties=() if any(target.is_endless for target in targets) else _ties(local),
        scatter_known=bool(scatters),
        local=local.evidence if local else "",
    )


def _ties(local: LocalSlopes | None) -> tuple[Tie, ...]:
    """Return the ties among the parameters with a believed slope."""
    if local is None or not local.is_complete:
        return ()
    sure: np.ndarray = np.any(local.believed, axis=0)
    names = [name for name, is_sure in zip(local.names, sure.tolist(), strict=True) if is_sure]
    return tuple(sure_ties(local.slopes[:, sure], local.errors[:, sure], names))
