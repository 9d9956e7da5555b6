"""Small valid things that many tests start from."""

from pathlib import Path

import numpy as np

from tuner.evaluate.task import Task
from tuner.evaluation import Evaluation
from tuner.optimizers.resolution import objectives, resolve
from tuner.recording import Recording
from tuner.study.resolved import ResolvedStudy
from tuner.study.schema import Place
from tuner.study.study import Study


def study_table() -> dict:
    """A good study as TOML gives it, with an entry of every table."""
    return {
        "name": "sample",
        "model": "sensory_motor",
        "duration_ms": 1000,
        "seed": 1,
        "values": {"drive_rate": 10.0},
        "parameters": {
            "probability": {"low": 0.01, "high": 0.5},
            "weight": {"low": 0.001, "high": 0.1, "scale": "log", "unit": "uS", "start": 0.01},
            "cells": {"low": 1, "high": 9, "kind": "int", "path": "netParams.popParams['S'].numCells"},
            "delay": {"kind": "choice", "choices": [1.0, 5.0, 20.0]},
            "drive": {"low": 1, "high": 2, "paths": [{"path": "dt", "factor": 2.0}]},
        },
        "targets": {
            "mean_rate": {"feature": "rate", "value": 17, "tolerance": 0.25, "unit": "Hz", "window_ms": [100, 900]},
            "median": {"feature": "rate_percentile", "percentile": 50.0, "population": "M", "low": 1, "high": 40},
            "cv": {"feature": "cv_isi", "low": 0.5, "form": "exponential", "width": 0.1, "min": 0.01, "max": 100},
        },
        "optimizer": {"name": "genetic", "population_size": 10, "mutation_rate": 0.2},
        "budget": {"evaluations": 50, "wall_time_s": 3600.0, "stagnation": 20},
        "simulation": {"engine": "auto", "timeout_s": 60, "workers": 2, "executor": "serial"},
    }


def change(table: dict, key: str, value: object) -> dict:
    """The table with another value at a dotted key; tables on the way are made where they are missing."""
    *way, last = key.split(".")
    holder = table
    for name in way:
        holder = holder.setdefault(name, {})
    holder[last] = value
    return table


def drop(table: dict, key: str) -> dict:
    """The table without what stands at a dotted key."""
    *way, last = key.split(".")
    holder = table
    for name in way:
        holder = holder[name]
    del holder[last]
    return table


def make_study(folder: object = ".", **changes: object) -> Study:
    """The good study with other values at dotted keys, written with two underscores for the dot."""
    table = study_table()
    for key, value in changes.items():
        change(table, key.replace("__", "."), value)
    return Study.from_table(table, Place("sample.toml"), folder)


def evaluation(number: int = 0, loss: float | None = 1.0, **fields: object) -> Evaluation:
    """An evaluation of one objective; a loss of None is a failure."""
    if loss is None:
        return Evaluation(number, 0, {"x": 0.5}, 1, status="failed", reason="the cell is gone", **fields)
    filled = {"loss": loss, "objectives": {"loss": loss}, "parts": {"rate": loss}, "features": {"rate": 17.0}, **fields}
    return Evaluation(number, 0, {"x": 0.5}, 1, **filled)


def task_of(study: Study, library: Path | None = None, *where: object, **fields: object) -> Task:
    """The task of a study, resolved if it is not, with number, generation and values."""
    resolved = study if isinstance(study, ResolvedStudy) else resolve(study)
    return Task(resolved, objectives(resolved), library, *where, **fields)


def recording(*trains: object, duration_ms: float = 1000.0, **populations: object) -> Recording:
    """A recording in which cell i fires at the times of train i; without populations all cells are in one, "S"."""
    cells = np.concatenate([np.full(len(train), cell) for cell, train in enumerate(trains)] or [[]])
    times = np.concatenate([np.asarray(train, float) for train in trains] or [[]])
    return Recording(times, cells, populations or {"S": np.arange(len(trains))}, duration_ms)
