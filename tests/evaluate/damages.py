"""Tasks whose model damages its process, and what the model offers."""

import importlib.util
from types import ModuleType

from tests.commands import ROOT
from tuner.evaluate.task import Task, template
from tuner.model import models
from tuner.optimizers.resolution import resolve
from tuner.study.schema import Place
from tuner.study.study import Study

FOLDER = ROOT / "tests" / "data" / "damages"


def task(damage: str = "none", **tables: object) -> Task:
    """An evaluation of a small network, under one seed unless the tables say more."""
    table = {
        "name": "damages",
        "model": "model.py",
        "duration_ms": 60,
        "parameters": {"weight": {"low": 0.001, "high": 0.1}},
        "values": {"damage": damage},
        "targets": {"rate": {"feature": "rate", "value": 30}},
        "budget": {"evaluations": 1},
        **tables,
    }
    study = Study.from_table(table, Place("damages.toml"), FOLDER)
    return template(resolve(study)).at(0, 0, {"weight": 0.02})


def names(table: str) -> list[str]:
    """The names of a table of the model, which is read without the tuner."""
    spec = importlib.util.spec_from_file_location("damages", FOLDER / "model.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return list(getattr(module, table))


def module() -> ModuleType:
    """The model as the tuner has loaded it in this process."""
    return models.of(task().study).module
