"""The data that a fitness function of NetPyNE's batch mode gets, against NetPyNE itself."""

import json
import os
import subprocess
import sys

import pytest

from tests.commands import ROOT
from tests.loops import loop_over
from tuner.simulation.simdata import gathered

pytestmark = [pytest.mark.simulation, pytest.mark.xdist_group("data as NetPyNE saves it")]

# Cells of A are driven, those of B have a current and hear A, C is silent; by the name of what simConfig has besides.
CASES = {
    "whole": {"printPopAvgRates": True},
    "window": {"printPopAvgRates": [100, 200]},
    "windows": {"printPopAvgRates": [[0, 100], [100, 200]]},
    "unset": {},
    "only_data": {"printPopAvgRates": True, "gatherOnlySimData": True},
    "no_cells_kept": {"printPopAvgRates": True, "saveCellSecs": False, "saveCellConns": False},
    "currents": {"analysis": {"plotfI": {"times": [0, 100], "dur": 100, "calculateFeatures": []}}},
    "silence": {"printPopAvgRates": True, "drive": 0.0, "current": 0.0},
}
NETWORK = """
import json, os, sys
from netpyne import sim, specs

def network(folder, case, options):
    options = dict(options)
    params, config = specs.NetParams(), specs.SimConfig()
    soma = {"geom": {"L": 20, "diam": 20}, "mechs": {"hh": {}}}
    params.cellParams["CELL"] = {"secs": {"soma": soma}}
    for name, size in (("A", 4), ("B", 3), ("C", 2)):
        params.popParams[name] = {"cellType": "CELL", "numCells": size}
    params.synMechParams["exc"] = {"mod": "ExpSyn", "tau": 2.0, "e": 0}
    params.stimSourceParams["drive"] = {"type": "NetStim", "rate": 60, "noise": 1.0}
    params.stimTargetParams["drive->A"] = {
        "source": "drive", "conds": {"pop": "A"}, "weight": options.pop("drive", 0.02), "delay": 1, "synMech": "exc"}
    params.stimSourceParams["step"] = {"type": "IClamp", "del": 120, "dur": 60, "amp": options.pop("current", 0.3)}
    params.stimTargetParams["step->B"] = {"source": "step", "conds": {"pop": "B"}, "sec": "soma", "loc": 0.5}
    params.connParams["A->B"] = {
        "preConds": {"pop": "A"}, "postConds": {"pop": "B"}, "probability": 0.5, "weight": 0.01, "delay": 2,
        "synMech": "exc"}
    config.duration, config.dt, config.recordStep = 200, 0.05, 0.5
    config.recordCells = [0, ("B", [0, 2]), "C"]
    config.recordTraces = {
        "V_soma": {"sec": "soma", "loc": 0.5, "var": "v"},
        "g": {"sec": "soma", "loc": 0.5, "synMech": "exc", "var": "g"},
        "nowhere": {"sec": "dend", "loc": 0.5, "var": "v"}}
    config.recordStim = True
    config.simLabel, config.saveFolder, config.saveJson, config.saveDataInclude = case, folder, True, ["simData"]
    for name, value in options.items():
        setattr(config, name, value)
    sim.create(params, config)

def plain(folder, case):
    sim.simulate()
    sim.saveData()

def ours(folder, case):
    sys.path.insert(0, os.environ["ROOT"])
    from tuner.simulation.simdata import gathered
    names = set(vars(sim.net))
    n_connections = sum(len(cell.conns) for cell in sim.net.cells)
    found = []
    for _ in range(2):
        sim.fih.clear()
        sim.runSim()
        found.append(gathered(sim))
    assert "allSimData" not in vars(sim) and set(vars(sim.net)) == names
    assert sum(len(cell.conns) for cell in sim.net.cells) == n_connections > 0
    assert json.dumps(found[0]) == json.dumps(found[1])
    with open(os.path.join(folder, f"{case}_data.json"), "w") as file:
        json.dump({"simData": found[1]}, file)

which, folder, cases = sys.argv[1:]
for case, options in json.loads(cases).items():
    child = os.fork()
    if not child:
        try:
            network(folder, case, options)
            {"plain": plain, "ours": ours}[which](folder, case)
        except BaseException:
            import traceback
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        sys.exit(f"{which} failed at {case}")
"""


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """What NetPyNE has saved and what we have gathered, by the case's name; each case in a process of its own."""
    data = []
    for which in ("plain", "ours"):
        folder = tmp_path_factory.mktemp(which)
        command = [sys.executable, "-c", NETWORK, which, str(folder), json.dumps(CASES)]
        # In another folder, where no compiled mechanisms lie.
        ended = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=240, env={**os.environ, "ROOT": str(ROOT)}
        )
        assert ended.returncode == 0, ended.stderr[-3000:]
        texts = {case: (folder / f"{case}_data.json").read_text() for case in CASES}
        data.append({case: json.loads(text)["simData"] for case, text in texts.items()})
    return {case: (data[0][case], data[1][case]) for case in CASES}


@loop_over("case", CASES)
def test_is_what_netpyne_saves(both, case):
    theirs, ours = both[case]
    assert list(ours) == list(theirs)
    for key in theirs:
        # Of its text not even the order of keys may be another: sums over it are rounded.
        assert json.dumps(ours[key]) == json.dumps(theirs[key]), key


def test_the_network_has_all_that_is_compared(both):
    ours = both["whole"][1]
    assert {"V_soma", "g", "nowhere", "spkid", "spkt", "stims", "t", "popRates", "avgRate"} == set(ours)
    assert set(ours["V_soma"]) == {"cell_0", "cell_4", "cell_6", "cell_7", "cell_8"} and ours["nowhere"] == {}
    assert len(ours["V_soma"]["cell_0"]) == len(ours["t"]) >= 400
    assert len(ours["spkt"]) == len(ours["spkid"]) > 20 and {type(each) for each in ours["spkid"]} == {float}
    assert ours["avgRate"] == pytest.approx(len(ours["spkt"]) / 9 / 0.2)
    times = both["currents"][1]["spkt"]
    assert both["currents"][1]["fI"] == [sum(a <= t < a + 100 for t in times) / 0.1 for a in (0, 100)]


def test_rates_of_populations_have_three_shapes(both):
    data = both["whole"][1]
    spikes = list(zip(data["spkt"], data["spkid"], strict=True))

    def rate(first, last, start, end):
        n = sum(first <= cell <= last and start <= time <= end for time, cell in spikes)
        return n / (last - first + 1) / (end - start) * 1000.0

    assert data["popRates"] == pytest.approx({"A": rate(0, 3, 0, 200), "B": rate(4, 6, 0, 200), "C": 0.0})
    late = {"A": rate(0, 3, 100, 200), "B": rate(4, 6, 100, 200), "C": 0.0}
    assert both["window"][1]["popRates"] == pytest.approx(late)
    windows = both["windows"][1]["popRates"]
    assert windows["B"] == pytest.approx({"0_100": rate(4, 6, 0, 100), "100_200": rate(4, 6, 100, 200)})
    assert windows["C"] == {"0_100": 0.0, "100_200": 0.0} and rate(4, 6, 100, 200) > rate(4, 6, 0, 100)
    assert "popRates" not in both["unset"][1] and "popRates" not in both["only_data"][1]


def test_of_a_silent_network(both):
    ours = both["silence"][1]
    assert ours["spkt"] == ours["spkid"] == [] and ours["avgRate"] == 0
    assert ours["popRates"] == {"A": 0.0, "B": 0.0, "C": 0.0}


def test_what_the_analysis_found_before_is_left_alone():
    """Whatever NetPyNE's own gatherData has left in the process is there afterwards, also if its analysis raises."""

    class Fake:
        pass

    sim = Fake()
    sim.cfg, sim.net, sim.analysis = Fake(), Fake(), Fake()
    sim.cfg.printPopAvgRates, sim.cfg.gatherOnlySimData, sim.cfg.analysis, sim.cfg.duration = True, False, {}, 100.0
    sim.net.cells, sim.net.pops, sim.net.allCells = [], {}, ["theirs"]
    sim.simData, sim.allSimData = {"spkt": [], "spkid": []}, "theirs"

    def raises(tranges, show):
        assert sim.net.allCells == [] and sim.net.allPops == {} and sim.allSimData == {"spkt": [], "spkid": []}
        raise KeyError("A")

    sim.analysis.popAvgRates = raises
    with pytest.raises(KeyError):
        gathered(sim)
    assert (sim.net.allCells, sim.allSimData) == (["theirs"], "theirs") and not hasattr(sim.net, "allPops")
