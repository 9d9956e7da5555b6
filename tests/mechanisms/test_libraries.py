"""Libraries of NMODL, compiled once per content and loaded once per process."""

import os
import subprocess
import sys

import pytest

from tests.mechanisms.leaks import folder
from tuner.errors import MechanismError
from tuner.mechanisms import libraries

pytestmark = pytest.mark.simulation
LOAD = """
import sys
from pathlib import Path
from tuner.mechanisms import libraries
from tuner.errors import MechanismError
from neuron import h
library = Path(sys.argv[1])
libraries.load(library)
libraries.load(library)
section = h.Section()
section.insert(sys.argv[2])
print("g", getattr(section(0.5), sys.argv[2]).g)
try:
    libraries.load(Path(sys.argv[3]))
except MechanismError as error:
    print("refused", error)
"""


def test_nothing_to_compile_is_nothing_to_load(tmp_path, builds):
    assert libraries.build(tmp_path) is None
    libraries.load(None)
    assert not builds.exists()


def test_a_pipe_among_the_sources_is_named(tmp_path, builds):
    path = folder(tmp_path, "some", leak_a=0.003)
    os.mkfifo(path / "pipe.mod")
    with pytest.raises(MechanismError, match="some/pipe.mod: is not a regular file"):
        libraries.build(path)


def test_names_leave_out_comments(tmp_path):
    assert libraries.mechanism_names(folder(tmp_path, "a", leak_a=1)) == {"leak_a"}


def test_compiled_once_per_content_and_loaded_once(tmp_path, builds):
    first = folder(tmp_path, "first", leak_a=0.003)
    library = libraries.build(first)
    made = library.stat().st_mtime_ns
    assert libraries.build(first) == libraries.build(str(first)) == library
    assert library.stat().st_mtime_ns == made
    # The second library has the first one's mechanism and another: half of it is there already.
    both = libraries.build(folder(tmp_path, "both", leak_a=0.003, leak_b=0.5))
    assert both != library
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(library), "leak_a", str(both)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[0] == "g 0.003"
    assert "NEURON already has leak_a, but not the library's other mechanisms" in done.stdout
    assert not list(builds.glob("scratch-*"))


def test_a_folder_or_a_library_that_is_not_there_is_named(tmp_path):
    with pytest.raises(MechanismError, match="nosuch: there is no such folder"):
        libraries.build(tmp_path / "nosuch")
    with pytest.raises(MechanismError, match="libnone.so: there is no such library"):
        libraries.load(tmp_path / "libnone.so")


def test_of_the_projects_own_files_those_are_used_that_the_text_names(monkeypatch, tmp_path):
    own = folder(tmp_path, "own", leak_a=0.003, leak_b=0.5)
    monkeypatch.setattr(libraries, "OWN", own)
    assert libraries.used(str(own), "mechs: leak_b, not leak_abc") == [own / "leak_b.mod"]
    other = folder(tmp_path, "other", leak_a=0.003, leak_b=0.5)
    assert libraries.used(other, "") == [other / "leak_a.mod", other / "leak_b.mod"]


def test_netparams_ask_for_mechanisms_in_many_places():
    from netpyne import specs

    params = specs.NetParams()
    params.cellParams["A"] = {"secs": {"soma": {"mechs": {"m1": {}}, "pointps": {"p": {"mod": "m2"}}}}}
    params.cellParams["B"] = {"cellModel": "m3"}
    params.popParams["P"] = {"cellModel": "m4", "numCells": 1}
    params.synMechParams["s"] = {"mod": "m5"}
    params.stimSourceParams["s"] = {"type": "m6"}
    params.connParams["c"] = {"plast": {"mech": "m7", "params": {}}}
    params.connParams["d"] = {"weight": 1}
    assert libraries.named(params) >= {f"m{i}" for i in range(1, 8)}
