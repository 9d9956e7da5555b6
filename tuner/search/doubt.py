"""Order the parameters by the influence that the evaluations of a search show."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tuner.evaluation import Evaluation
from tuner.report.result_data import RunData
from tuner.study.space import Parameter


def doubtful(run: RunData) -> list[str]:
    """Return the parameters that the search has not resolved, in order of doubt: the least influence comes first.

    The influence is the largest slope over the targets, in tolerances, where the manifest has slopes. Without slopes,
    it is the largest rank correlation with a feature.
    """
    varied = [parameter for parameter in run.study.space.parameters if parameter.varies]
    slopes = run.made_by.slopes["slopes"] if run.made_by.slopes else {}
    done = [evaluation for evaluation in run.evaluations if evaluation.done]
    tolerances = {target.name: target.tolerance for target in run.study.targets if target.weight}
    influence = {}
    for parameter in varied:
        known = [abs(slopes.get(name, {}).get(parameter.name) or 0.0) / size for name, size in tolerances.items()]
        influence[parameter.name] = max(known, default=0.0) if slopes else _correlation(parameter, tolerances, done)
    # Python's sort is stable, so equal influence keeps the order of the study.
    # Without the probes: a run that is resumed must choose the same parameters again.
    found = replace(run, probes=[]).account
    unresolved = found.sensitivity.unresolved if found else tuple(influence)
    return sorted((name for name in influence if name in unresolved), key=lambda name: influence[name])


def _correlation(parameter: Parameter, targets: Sequence[str] | dict[str, float], done: list[Evaluation]) -> float:
    """Return the largest absolute rank correlation of a parameter with a feature; 0 for a choice, without ranks."""
    from scipy import stats

    if parameter.kind == "choice":
        return 0.0
    places = np.array([parameter.to_scaled(evaluation.values[parameter.name]) for evaluation in done], float)
    found = [0.0]
    for name in targets:
        feature = np.array([evaluation.features.get(name, np.nan) for evaluation in done], float)
        defined = np.isfinite(feature)
        if defined.sum() > 2 and np.ptp(places[defined]) and np.ptp(feature[defined]):
            found.append(abs(float(stats.spearmanr(places[defined], feature[defined]).statistic)))
    return max(found)
