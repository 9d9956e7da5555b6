"""How a NetPyNE network is tuned: `from tuner import Run, Study, check, tune`."""

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
