"""How a NetPyNE network is tuned: `from tuner import Study, tune`."""

import importlib

_HOMES = {"Study": "tuner.study", "tune": "tuner.job"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'tuner' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
