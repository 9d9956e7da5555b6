"""Finished runs without simulations, and a pool that computes the features of a probe by a formula."""

from tests.samples import make_study, task_of
from tuner.evaluate.task import Result
from tuner.evaluation import Evaluation
from tuner.executors.outcome import Outcome
from tuner.optimizers.resolution import resolve
from tuner.report.result_data import RunData
from tuner.runs.probe_file import read_probes
from tuner.search.observers import Observers
from tuner.search.probing import Watch

PARAMETERS = {
    "weight": {"low": 0.001, "high": 0.1, "scale": "log"},
    "cells": {"low": 1, "high": 9, "kind": "int", "path": "netParams.popParams['S'].numCells"},
    "delay": {"kind": "choice", "choices": [1.0, 2.0, 5.0, 20.0]},
    "drive": {"low": 1, "high": 2, "fixed": True, "path": "dt"},
}
TARGETS = {"mean_rate": {"feature": "rate", "value": 17}, "cv": {"feature": "cv_isi", "value": 1}}
VALUES = {"weight": 0.01, "cells": 4, "delay": 2.0, "drive": 1.5}
WATCH = Watch(Observers.of(None), lambda: None)


def features(values):
    return {"mean_rate": 100.0 * values["weight"] + values["cells"], "cv": values["delay"] / 10.0}


def study_of(**changes):
    parts = {"parameters": PARAMETERS, "targets": TARGETS, "optimizer": {"name": "genetic"}, "simulation": {}}
    return resolve(make_study(**{**parts, **changes}))


def evaluated(number, fields=(), **values):
    values = {**VALUES, **values}
    objectives = {"mean_rate": abs(values["cells"] - 3.0), "cv": values["delay"]}
    measured = {"loss": 1.0, "features": features(values), "objectives": objectives}
    return Evaluation(number, 0, values, 1, **{**measured, **dict(fields)})


def run_of(folder, n_evaluations=40, best=(), study=None, others=()):
    """A run whose evaluation 5 is the best one, with changed values `best`."""
    study = study or study_of()
    every = [evaluated(number, cells=1 + number % 9, weight=0.002 + number / 1e4) for number in range(n_evaluations)]
    every[5] = evaluated(5, **dict(best))
    every += others
    table = {"number": 5, "values": every[5].values, "loss": 1.0, "evaluations": len(every), "verified": {}}
    folder.mkdir(exist_ok=True)
    return RunData(study, folder, "budget.evaluations", every, table, {}, read_probes(folder))


class Formula:
    """A pool that simulates by a formula, and keeps the values that it was asked for."""

    def __init__(self, lost_after=10**9, reason=""):
        self.asked, self._lost_after, self._reason = [], lost_after, reason

    def map(self, function, tasks, timeout_s=None):
        for task in tasks:
            if len(self.asked) == self._lost_after:
                raise KeyboardInterrupt
            self.asked.append(task.values)
            done = {"loss": 2.0, "features": features(task.values)}
            failed = {"status": "failed", "reason": self._reason}
            fields = failed if self._reason else done
            yield Outcome(task, "done", Result(task.evaluation(**fields, seconds=0.5)))


def task(run):
    return task_of(run.study)
