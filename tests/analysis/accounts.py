"""Accounts of searches in models that are functions."""

import math
from functools import cache
from types import SimpleNamespace

import numpy as np

from tuner.analysis.findings import account
from tuner.evaluation import Evaluation, best_of, finite
from tuner.objective.loss import Objectives
from tuner.objective.targets import Target
from tuner.optimizers.base import Problem
from tuner.optimizers.registry import OPTIMIZERS
from tuner.runs.probe_file import Probe
from tuner.study.schema import Place, fill
from tuner.study.space import Parameter, SearchSpace

SEEDS = range(20)
NAN = math.nan


def space(*names, **fields):
    return SearchSpace(tuple(Parameter(name, 0.0, 1.0, **fields) for name in names))


def target(name, value=None, tolerance=0.1, **fields):
    return Target(name, "rate", value=value, tolerance=tolerance, unit="Hz", **fields)


def evaluated(model, search, targets, points, first=0):
    """Evaluations of a model, which makes features, one a target, of a point in the unit cube."""
    evaluations = []
    split = len({t.objective for t in targets}) > 1
    for number, point in enumerate(points, first):
        features = {t.name: float(y) for t, y in zip(targets, model(*point), strict=True)}
        loss = Objectives(tuple(targets), split).judge(features)
        fields = {"loss": loss.total, "parts": loss.parts, "features": features, "objectives": loss.objectives}
        evaluations.append(Evaluation(number, 0, search.decode(point), 1, violation=loss.violation, **fields))
    return evaluations


def probed(model, search, targets, best):
    """Probes around an evaluation: each parameter at its bounds, or all other choices."""
    probes = []
    for parameter in search.parameters:
        others = [("choice", value) for value in parameter.choices if value != best.values[parameter.name]]
        bounds = [] if parameter.choices else [("lower", parameter.low), ("upper", parameter.high)]
        for bound, value in others or bounds:
            values = {**best.values, parameter.name: value}
            features = dict(zip([t.name for t in targets], map(float, model(*search.encode(values))), strict=True))
            probes.append(Probe(parameter.name, bound, best.number, values, features=features))
    return probes


def account_of(
    model, targets, names="abc", n=80, seed=0, points=None, search=None, slopes=None, errors=None, **changed
):
    """The account of a model evaluated at random points, or these; features of the best as they are, or `changed`.

    The points are a design, unless `slopes` are given: {target: {parameter: slope}}, or the manifest's table of them.
    """
    search = search or space(*names)
    points = np.random.default_rng(seed).random((n, len(search))) if points is None else points
    evaluations = evaluated(model, search, targets, points)
    best = min(evaluations, key=lambda evaluation: evaluation.loss)
    table = slopes and {"number": best.number, "slopes": slopes, **errors_of(slopes)}
    if errors:
        table["errors"] = errors
    design = [] if slopes else evaluations
    return account(search, targets, evaluations, best, {**best.features, **changed}, table, design=design)


def errors_of(slopes, error=1e-3):
    """The entries of the manifest beside the slopes: small errors, and many degrees of freedom."""
    return {
        "errors": {name: dict.fromkeys(row, error) for name, row in slopes.items()},
        "freedom": dict.fromkeys(slopes, 100.0),
    }


@cache
def walked(optimizer, model, targets, names, n, seed):
    """The evaluations of a search by an optimiser of the tuner, its slopes, and whether it is a design."""
    search, kind = space(*names), OPTIMIZERS[optimizer]
    split = len({t.objective for t in targets}) > 1
    objectives = tuple(Objectives(targets, split).names)
    made = kind(Problem(search, targets, objectives), seed, **fill({}, kind.SETTINGS, Place("settings")))
    evaluations = []
    while len(evaluations) < n and not made.done:
        points = made.ask()
        told = evaluated(model, search, targets, points, len(evaluations))
        made.tell(points, told)
        evaluations += told
    return evaluations, finite(made.slopes()), kind.fills_space({})


def searched(optimizer, model, targets, names="abc", n=100, seed=0, with_probes=True):
    """The account of a search as a run makes it, and the best evaluation."""
    search = space(*names)
    evaluations, slopes, is_design = walked(optimizer, model, tuple(targets), names, n, seed)
    best = best_of(evaluations)
    probes = probed(model, search, targets, best) if with_probes else []
    design = evaluations if is_design else []
    found = account(search, targets, evaluations, best, best.features, slopes, {}, probes, design)
    return SimpleNamespace(account=found, best=best)
