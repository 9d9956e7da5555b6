"""Tune NetPyNE networks until the simulated activity has the target features.

The public names are imported when they are first used. `import tuner` alone is therefore fast, and reading a study or a
run needs neither NEURON nor NetPyNE.

- `Study`: a study, read from a TOML file (`Study.load`) or from a table (`Study.from_table`).
- `check`: build the network of a study, simulate its start point, and estimate time and memory.
- `tune`: run a study or resume its run, verify the best evaluation with plain NetPyNE, and write the report.
- `Run`: the evaluations and results of a run; `Run.load` reads a run folder, also of a run that is still going on.

Examples
--------
>>> from tuner import Run, Study, check, tune
>>> study = Study.load("sensory_motor", ["budget.evaluations=20"])
>>> print(check(study))
>>> run = tune(study)
>>> run.to_dataframe()[["loss", "values.weight"]]
>>> Run.load("sensory_motor").best["loss"]
"""

import importlib
from typing import Any

_HOMES = {
    "Run": "tuner.report.results",
    "Study": "tuner.study.study",
    "check": "tuner.search.preparation",
    "tune": "tuner.search.job",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'tuner' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
