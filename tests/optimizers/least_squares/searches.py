"""Searches on features that functions give."""

import numpy as np

from tuner.evaluation import Evaluation
from tuner.objective.loss import Objectives
from tuner.objective.targets import Target


def judged(points, measure, targets, numbers=None):
    """Evaluations as the tuner makes them; `measure` gives features by name, None a failure."""
    evaluations = []
    for number, point in enumerate(points):
        features = measure(point)
        if features is None:
            evaluations.append(Evaluation(number, 0, {}, 1, status="failed", reason="no spike"))
            continue
        loss = Objectives(tuple(targets)).judge(features)
        fields = {"loss": loss.total, "objectives": loss.objectives, "parts": loss.parts, "features": features}
        evaluations.append(Evaluation(number, 0, {}, 1, **fields))
    return evaluations


def search(optimizer, measure, targets, n):
    """Points and losses (inf: failed) of a search of at least n evaluations."""
    points, losses = [], []
    while len(losses) < n:
        asked = optimizer.ask()
        told = judged(asked, measure, targets)
        optimizer.tell(asked, told)
        points.extend(asked)
        losses.extend(e.ranking_loss for e in told)
    return np.array(points), np.array(losses)


def sigmoids(n_parameters, n_rates, seed):
    """The rates of random weights, and targets that they meet at a random point."""
    random = np.random.default_rng(seed)
    weights = random.normal(0.0, 1.2, (n_rates, n_parameters))
    np.fill_diagonal(weights, weights.diagonal() + 3.0)
    best = random.uniform(0.2, 0.8, n_parameters)

    def measure(point):
        values = 60.0 / (1.0 + np.exp(1.0 - weights @ (2.0 * point - 1.0)))
        return {f"r{i}": float(v) for i, v in enumerate(values)}

    goals = measure(best)
    targets = [Target(n, "rate", value=v, tolerance=max(0.1 * v, 0.5), unit="Hz") for n, v in goals.items()]
    return measure, tuple(targets)
