"""A part of what `make fuzz` does for longer: no hostile input does harm, and harm would be found."""

import time
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz import surfaces
from tests.fuzz.__main__ import RANDOM, attempt
from tests.fuzz.surfaces import SURFACES
from tests.fuzz.watch import Found
from tests.loops import loop_over

EXAMPLES = {"study": 60, "command_line": 60, "run_folder": 15, "batch_table": 60}


@pytest.mark.parametrize("name", SURFACES)
def test_hostile_input_does_no_harm(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path / "matplotlib"))

    @settings(max_examples=EXAMPLES[name], database=None, suppress_health_check=list(HealthCheck))
    @given(RANDOM)
    def attempts(random):
        attempt(name, random, tmp_path)

    attempts()


def _traceback(random, home):
    {}["missing"]


def _memory(random, home):
    bytearray(3 * 1024**3)


def _elsewhere(random, home):
    (home.parent.parent / "elsewhere").write_text("x")


def _hang(random, home):
    time.sleep(60)


@loop_over(
    ("harm", "words"),
    [
        (_traceback, "it raises KeyError"),
        (_memory, "it raises MemoryError"),
        (_elsewhere, "it writes elsewhere"),
        (_hang, "it takes longer than 1 s"),
    ],
)
def test_harm_is_found(tmp_path, monkeypatch, harm, words):
    monkeypatch.setattr("tests.fuzz.watch.LONGEST_S", 1)
    monkeypatch.setitem(surfaces.SURFACES, "harm", harm)
    with pytest.raises(Found, match=words):
        attempt("harm", Random(0), tmp_path)
