"""NMODL is compiled once per content, and loaded once per process."""

import subprocess
import sys

import pytest

from tuner import mechanisms
from tuner.errors import MechanismError

pytestmark = pytest.mark.simulation
LEAK = """COMMENT
POINT_PROCESS not_this
ENDCOMMENT
NEURON {{ SUFFIX {name} : SUFFIX nor_this
  NONSPECIFIC_CURRENT i
  RANGE g, e
}}
UNITS {{ (mV) = (millivolt) (mA) = (milliamp) (S) = (siemens) }}
PARAMETER {{ g = {g} (S/cm2) e = -70 (mV) }}
ASSIGNED {{ v (mV) i (mA/cm2) }}
BREAKPOINT {{ i = g * (v - e) }}
"""
LOAD = """
import sys
from pathlib import Path
from tuner import mechanisms
from tuner.errors import MechanismError
from neuron import h
library = Path(sys.argv[1])
mechanisms.load(library)
mechanisms.load(library)
section = h.Section()
section.insert(sys.argv[2])
print("g", getattr(section(0.5), sys.argv[2]).g)
try:
    mechanisms.load(Path(sys.argv[3]))
except MechanismError as error:
    print("refused", error)
"""


@pytest.fixture
def builds(tmp_path, monkeypatch):
    monkeypatch.setattr(mechanisms, "BUILDS", tmp_path / "builds")
    return tmp_path / "builds"


def folder(tmp_path, name, **mechanism_g):
    path = tmp_path / name
    path.mkdir()
    for mechanism, g in mechanism_g.items():
        (path / f"{mechanism}.mod").write_text(LEAK.format(name=mechanism, g=g))
    return path


def test_nothing_to_compile_is_nothing_to_load(tmp_path, builds):
    assert mechanisms.build(tmp_path) is None
    mechanisms.load(None)
    assert not builds.exists()


def test_names_leave_out_comments(tmp_path):
    assert mechanisms.mechanism_names(folder(tmp_path, "a", leak_a=1)) == {"leak_a"}


def test_compiled_once_per_content_and_loaded_once(tmp_path, builds):
    first = folder(tmp_path, "first", leak_a=0.003)
    library = mechanisms.build(first)
    made = library.stat().st_mtime_ns
    assert mechanisms.build(first) == mechanisms.build(str(first)) == library
    assert library.stat().st_mtime_ns == made
    # The second library has the first one's mechanism and another: half of it is there already.
    both = mechanisms.build(folder(tmp_path, "both", leak_a=0.003, leak_b=0.5))
    assert both != library
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(library), "leak_a", str(both)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[0] == "g 0.003"
    assert "NEURON has leak_a already, but not the library's others" in done.stdout
    assert not list(builds.glob("scratch-*"))


def test_a_folder_or_a_library_that_is_not_there_is_named(tmp_path):
    with pytest.raises(MechanismError, match="nosuch: there is no such folder"):
        mechanisms.build(tmp_path / "nosuch")
    with pytest.raises(MechanismError, match="libnone.so: there is no such library"):
        mechanisms.load(tmp_path / "libnone.so")


def test_of_the_projects_own_files_those_are_used_that_the_text_names(monkeypatch, tmp_path):
    own = folder(tmp_path, "own", leak_a=0.003, leak_b=0.5)
    monkeypatch.setattr(mechanisms, "OWN", own)
    assert mechanisms.used(str(own), "mechs: leak_b, not leak_abc") == [own / "leak_b.mod"]
    other = folder(tmp_path, "other", leak_a=0.003, leak_b=0.5)
    assert mechanisms.used(other, "") == [other / "leak_a.mod", other / "leak_b.mod"]


def test_failed_compilation_says_why_and_leaves_no_library(tmp_path, builds):
    path = folder(tmp_path, "wrong")
    (path / "wrong.mod").write_text("NEURON { SUFFIX wrong }\nBREAKPOINT { this is no nmodl }\n")
    for _ in range(2):
        with pytest.raises(MechanismError, match="Illegal block at line 2 in file wrong.mod") as caught:
            mechanisms.build(path)
        assert caught.value.exit_status == 4
    assert [entry.suffix for entry in builds.iterdir()] == [".log"]
