"""Test the best evaluation with held-out seeds and in the validations of the study."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tuner.evaluate.evaluate import evaluate
from tuner.evaluate.task import Task, result_of
from tuner.evaluation import Evaluation
from tuner.executors.base import Executor
from tuner.objective.loss import COMBINATIONS, combine_features
from tuner.runs.best_file import Best
from tuner.study.resolved import ResolvedStudy


@dataclass(frozen=True)
class Retest:
    """Hold the results of the held-out tests: `fresh` for the held-out seeds, `held_out` for the validations."""

    study: ResolvedStudy
    fresh: Sequence[Evaluation] = ()
    held_out: Sequence[Evaluation] = ()

    def to_table(self) -> dict[str, Any]:
        """Return the entries `fresh` and `validation` of best.json."""
        validations = zip(self.study.validations(), self.study.validation, self.held_out, strict=True)
        tests = [{"name": study.name, "asked": dict(asked), **_result(e)} for study, asked, e in validations]
        return {"fresh": self._fresh_table(), "validation": tests}

    def _fresh_table(self) -> dict[str, Any]:
        how = self.study.simulation.combine
        done = [evaluation for evaluation in self.fresh if evaluation.done]
        table = {"seeds": list(self.study.fresh_seeds), "losses": [e.loss if e.done else None for e in self.fresh]}
        reasons = [evaluation.reason for evaluation in self.fresh if not evaluation.done]
        if reasons or not done:
            return {**table, "loss": None, "features": {}, "reason": "; ".join(reasons)}
        features = combine_features(self.study.targets, [e.features for e in done], how)
        violation = COMBINATIONS[how]([e.violation for e in done])
        return {
            **table,
            "loss": COMBINATIONS[how]([e.loss for e in done if e.loss is not None]),
            "violation": violation,
            "features": features,
        }


def _result(evaluation: Evaluation) -> dict[str, Any]:
    names = ("status", "loss", "violation", "parts", "features", "runs", "reason")
    return {name: getattr(evaluation, name) for name in names}


def retest(task: Task, pool: Executor, timeout_s: float) -> Retest:
    """Evaluate the task's values with each held-out seed and in each validation, without early aborts."""
    task = replace(task, watched=False, raster_below=float("-inf"), race_below=float("inf"))
    fresh = [task.of(task.study.with_seeds([seed])) for seed in task.study.fresh_seeds]
    held_out = [task.of(study) for study in task.study.validations()]
    tasks = [each.at(place, 0, task.values, task.raster_below) for place, each in enumerate([*fresh, *held_out])]
    results = sorted((result_of(o).evaluation for o in pool.map(evaluate, tasks, timeout_s)), key=lambda e: e.number)
    return Retest(task.study, results[: len(fresh)], results[len(fresh) :])


def validations_of(best: Best | None) -> list[dict[str, Any]]:
    """Return the changes of the validations in best.json; an empty list without best.json."""
    return [test.asked for test in best.validation] if best else []


def has_new_validations(study: ResolvedStudy, best: Best | None) -> bool:
    """Return whether a study has validations that are missing in best.json."""
    known = validations_of(best)
    return any(changes not in known for changes in study.validation)
