"""Studies read from tables, and the words in which they are refused."""

import math

import pytest

from tests.samples import change, drop, study_table
from tuner.errors import StudyError
from tuner.optimizers import resolution
from tuner.study.schema import Place
from tuner.study.study import Study

REMOVED = object()
NAN, INF = math.nan, math.inf


def read(table):
    """The resolved study of a table: everything that is checked before the model is looked at."""
    return resolution.resolve(Study.from_table(table, Place("sample.toml"), ".", default_name="sample"))


def refusal(function, *arguments):
    with pytest.raises(StudyError) as caught:
        function(*arguments)
    assert caught.value.exit_status == 2
    words = str(caught.value)
    assert "\n" not in words and words == words.strip()
    return words


def changed(**changes):
    table = study_table()
    for key, value in changes.items():
        key = key.replace("__", ".")
        table = drop(table, key) if value is REMOVED else change(table, key, value)
    return table
