"""Targets read from their entries, the words in which they are refused, and a file of features."""

import pytest

from tests.samples import study_table
from tuner.errors import StudyError
from tuner.study.schema import Place
from tuner.study.study import Study

OWN = """
def doubled(recording, population, window_ms, factor: float = 2.0, band: tuple[float, float] = (0.0, 1.0)):
    return factor * len(recording.spikes(population, window_ms).times)
doubled.unit = "mV"

def bare(recording, population, window_ms):
    return 1.0

def wrong(raster):
    return 1.0

def clash(recording, population, window_ms, weight: float = 1.0):
    return weight

def nothing(recording, population, window_ms, *rest, **more):
    return None

def in_place(recording, population, window_ms):
    times = recording.spikes(population, window_ms).times
    times += 1000.0
    return 0.0
"""


def read(folder, entry, **table):
    targets = {"t": entry, "other": {"feature": "rate", "value": 1}}
    for target in targets.values() if "protocols" in table else ():
        target.setdefault("protocol", "a")
    return Study.from_table({**study_table(), **table, "targets": targets}, Place("sample.toml"), folder).targets[0]


def refusal(folder, entry, **table):
    with pytest.raises(StudyError) as caught:
        read(folder, entry, **table)
    return str(caught.value)
