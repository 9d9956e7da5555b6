"""Accounts of searches in models that are functions."""

import math

import numpy as np

from tuner.analysis.findings import account
from tuner.evaluation import Evaluation
from tuner.objective.targets import Target
from tuner.study.space import Parameter, SearchSpace

SEEDS = range(20)
NAN = math.nan


def space(*names, **fields):
    return SearchSpace(tuple(Parameter(name, 0.0, 1.0, **fields) for name in names))


def target(name, value=None, tolerance=0.1, **fields):
    return Target(name, "rate", value=value, tolerance=tolerance, unit="Hz", **fields)


def evaluated(model, search, targets, points):
    """Evaluations of a model, which makes features, one a target, of a point in the unit cube."""
    evaluations = []
    for number, point in enumerate(points):
        features = {t.name: float(y) for t, y in zip(targets, model(*point), strict=True)}
        parts = {t.name: t.part(features[t.name]) for t in targets}
        loss = sum(t.weight * parts[t.name] for t in targets if t.counts)
        evaluations.append(Evaluation(number, 0, search.decode(point), 1, loss=loss, parts=parts, features=features))
    return evaluations


def account_of(model, targets, names="abc", n=80, seed=0, points=None, search=None, slopes=None, **changed):
    """The account of a model evaluated at random points, or these; features of the best as they are, or `changed`."""
    search = search or space(*names)
    points = np.random.default_rng(seed).random((n, len(search))) if points is None else points
    evaluations = evaluated(model, search, targets, points)
    best = min(evaluations, key=lambda evaluation: evaluation.loss)
    table = slopes and {"number": best.number, "slopes": slopes}
    return account(search, targets, evaluations, best, {**best.features, **changed}, table)
