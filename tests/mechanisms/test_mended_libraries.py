"""Libraries with completed INITIAL blocks: a network that has run before gives the numbers of a new one."""

import json
import subprocess
import sys

import pytest

from tests.mechanisms.leaks import folder
from tests.mechanisms.state_cases import probe
from tuner.mechanisms import libraries
from tuner.mechanisms.omissions import left_out_files

pytestmark = pytest.mark.simulation
# An adaptation that starts from the time and the height where the last run ended; events change the height and a limit.
FATIGUE = """
NEURON {
    POINT_PROCESS Fatigue
    NONSPECIFIC_CURRENT i
    RANGE most, height
    GLOBAL events
    RANDOM noise
}
PARAMETER { most = 3 }
ASSIGNED { v (mV) i (nA) height seen (ms) trail[2] events }
INITIAL {
    LOCAL seen
    seen = 7
}
BREAKPOINT {
    if (t > seen) {
        height = height + (t - seen) * (0.1 * most - 0.02 * height) + 0.01 * random_uniform(noise)
        trail[1] = trail[0]
        trail[0] = height
        seen = t
    }
    i = 0.005 * trail[1] + 0.001 * events
}
NET_RECEIVE(w, count) {
    INITIAL { w = w }
    count = count + 1
    events = events + count
    most = most + w
}
"""
RUNS = """
import json, sys
from pathlib import Path
from neuron import h
from tuner.mechanisms import libraries
libraries.load(Path(sys.argv[1]))
h.load_file("stdrun.hoc")
soma = h.Section()
soma.insert("hh")
tired = [h.Fatigue(soma(0.5)), h.Fatigue(soma(0.5))]
source = h.NetStim()
source.start, source.number, source.interval = 3, 4, 5
wires = [h.NetCon(source, each) for each in tired]
wires[0].weight[0], wires[1].weight[0], tired[1].most = 0.5, 0.2, 4
clamp = h.IClamp(soma(0.5))
clamp.delay, clamp.dur = 5, 20
voltage = h.Vector().record(soma(0.5)._ref_v)
traces = []
for clamp.amp in (5, 9, 5):
    h.finitialize(-65)
    h.continuerun(30)
    traces.append(voltage.to_python())
print(json.dumps(traces))
"""


def runs_of(library):
    command = [sys.executable, "-c", RUNS, str(library)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1])


def test_a_reused_network_gives_the_numbers_of_a_new_one(tmp_path, builds):
    (tmp_path / "fatigue.mod").write_text(FATIGUE)
    plain, mended = libraries.build(tmp_path), libraries.build(tmp_path, mended=True)
    found = libraries.retained(plain)["Fatigue"]
    assert set(found.variables) == {"seen", "height", "trail", "events", "count", "most", "noise"}
    assert (found.mendable, found.survives_rebuild, libraries.retained(mended)) == (True, True, {})
    fresh, other, used = runs_of(plain)
    assert used != fresh
    assert runs_of(mended)[::2] == [fresh, fresh]
    assert other != fresh


def test_without_state_the_library_is_the_plain_one(tmp_path, builds):
    leaks = folder(tmp_path, "leaks", leak_a=0.003)
    assert libraries.build(leaks, mended=True) == libraries.build(leaks)
    assert len(list(builds.iterdir())) == 1


def built_with_a_name_taken(folder, **others):
    """Return a folder's mended library; the name of the procedure that would set a hidden variable is taken."""
    taken = "INITIAL { LOCAL x x = 1 } BREAKPOINT { x = x + 1 i = x } PROCEDURE start_as_new() { y = v }"
    for name, text in {"taken": probe(taken), **others}.items():
        (folder / f"{name}.mod").write_text(text)
    return libraries.build(folder, mended=True)


def test_a_file_that_compiles_only_as_it_is_stays_as_it_is(tmp_path, builds):
    library = built_with_a_name_taken(tmp_path)
    (found,) = libraries.retained(library).values()
    assert (found.mechanism, found.variables, found.mendable) == ("Probe", ("x",), False)
    assert "does not compile with a completed INITIAL" in found.reason


@pytest.mark.long
def test_other_files_are_completed_all_the_same(tmp_path, builds):
    library = built_with_a_name_taken(tmp_path, free=probe("BREAKPOINT { y = y + 1 i = y }").replace("Probe", "Free"))
    assert left_out_files(library) == {}
    assert libraries.retained(library).keys() == {"Probe"}
