"""Models that know nothing of us, run unchanged: their rasters are those that plain NetPyNE has recorded.

All run in one process, one after the other: none may see another's modules, mechanisms or sections.
`python -m tests.test_foreign` records the rasters anew, each in a fresh interpreter without the tuner.
"""

import ast
import importlib
import json
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from tests.foreign_models import CASES, FOREIGN
from tests.loops import loop_over
from tests.plain_runs import plain_raster
from tests.samples import task_of
from tuner.errors import ModelError
from tuner.evaluate.evaluate import prepare
from tuner.evaluate.simulations import record
from tuner.evaluate.task import Inquiry
from tuner.mechanisms import libraries
from tuner.model import models, sandbox, saved
from tuner.optimizers.resolution import resolve
from tuner.study.schema import Place
from tuner.study.study import Study

RECORDED = FOREIGN / "rasters.json"
# Which file or folder is named where it is not the case's own entry.
ENTRIES = {
    "prefixed": "prefixed/tut_x_init.py",
    "batch_evol": "batch_evol",
    "batch_windows": "batch_windows",
    "batchtools": "batchtools/search.py",
}


# What a script changes in netParams comes before the value that is tuned.
LAST = {("prefixed", "netParams"): "create"}


def path_and_value(statement: str) -> tuple[str, object]:
    """Path and value of a statement such as cfg.weight = 0.1."""
    node = ast.parse(statement).body[0]
    return ast.unparse(node.targets[0]), ast.literal_eval(node.value)


def _study(case: str, values: dict) -> Study:
    duration = {"duration_ms": values.pop("cfg.duration")} if "cfg.duration" in values else {}
    table = {
        "name": "foreign",
        "model": ENTRIES.get(case, CASES[case].entry),
        "values": values,
        "parameters": {"unread": {"low": 0.0, "high": 1.0, "path": "dt", "start": 0.05}},
        "targets": {"rate": {"feature": "rate", "value": 1.0}},
        "budget": {"evaluations": 1},
        **duration,
    }
    return replace(Study.from_table(table, Place("foreign.toml"), FOREIGN), trust_pickle=True)


def _raster(case: str, statement: str = "") -> tuple[list[float], list[int]]:
    study = _study(case, dict([path_and_value(statement)]) if statement else {})
    library = libraries.build(models.mod_folder(study))
    description = prepare(Inquiry(study, library))
    task = task_of(resolve(study, description.duration_ms), library, 0, 0, {})
    # The parameter stays the model's.
    recording, _ = record(replace(task, values={}))
    return recording.spike_times.tolist(), recording.spike_cells.tolist()


def _expected() -> dict:
    return json.loads(RECORDED.read_text())


@pytest.mark.simulation
@pytest.mark.parametrize("case", CASES)
@loop_over("kind", ["plain", "cfg", "netParams"])
def test_the_raster_is_plain_netpynes(case, kind):
    times, cells = _raster(case, CASES[case].tunable.get(kind, ""))
    expected = _expected()[case][kind]
    assert cells == expected["cells"]
    assert times == pytest.approx(expected["times"], abs=1e-6)


def test_an_error_within_netpyne_is_said_to_be_there():
    code = compile("\n1 / 0", "/lib/netpyne/cell/compartCell.py", "exec")
    with pytest.raises(ZeroDivisionError) as caught:
        exec(code)
    said = "ZeroDivisionError: division by zero (raised by NetPyNE, cell/compartCell.py:2)"
    assert models.blame(caught.value) == said
    here = Path(__file__).parent
    assert models.blame(caught.value, here).startswith(f"{__file__}:")


def test_an_error_names_the_users_own_files_and_not_the_working_copys(tmp_path):
    (tmp_path / "cfg.py").write_text("")
    copy = sandbox.working_copy(tmp_path)
    with pytest.raises(FileNotFoundError) as caught:
        open(copy / "weights.txt")
    assert models.blame(caught.value).endswith(f"'{tmp_path}/weights.txt'")
    with pytest.raises(ModelError, match=f"^{tmp_path}/cfg.py: defines no variable cfg or simConfig, which NetPyNE"):
        saved.variable_of(ModuleType("cfg"), ("cfg", "simConfig"), copy / "cfg.py")


def test_a_model_that_misses_our_cells_is_told_where_they_are(monkeypatch):
    monkeypatch.setattr(sys, "path", [])
    for name in [name for name in sys.modules if name.partition(".")[0] == "cells"]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ModuleNotFoundError) as caught:
        importlib.import_module("cells.adex")
    hint = "to use the tuner's own cells, write: from tuner.library import cells"
    said = f"ModuleNotFoundError: No module named 'cells'; {hint}"
    assert models.blame(caught.value) == said


@pytest.mark.simulation
@pytest.mark.parametrize("cells", [[], [{"gid": 0}]])
def test_built_cells_of_a_saved_model_are_said_not_to_be_used(cells, tmp_path):
    table = json.loads((FOREIGN / "saved" / "network.json").read_text())
    table["net"]["cells"] = cells
    (tmp_path / "network.json").write_text(json.dumps(table))
    study = replace(_study("saved_json", {}), model="network.json", folder=str(tmp_path))
    words = "the file's built cells are not used: NetPyNE builds the cells again from the file's netParams"
    assert models.of(study).left_undone == ((words,) if cells else ())


def test_every_recorded_change_shows():
    for case, rasters in _expected().items():
        assert rasters["plain"] != rasters["cfg"] and rasters["plain"] != rasters["netParams"], case


def _listing(folder: Path) -> dict[str, tuple]:
    return {
        str(file): (file.stat().st_mtime_ns, file.stat().st_size)
        for file in sorted(folder.rglob("*"))
        if "__pycache__" not in file.parts
    }


@pytest.mark.simulation
@pytest.mark.parametrize("case", ["interactive", "indexed", "shadowing", "batchtools"])
def test_nothing_is_written_into_a_models_folder(case):
    before, here = _listing(FOREIGN), os.getcwd()
    _raster(case)
    assert _listing(FOREIGN) == before and os.getcwd() == here
    assert not list((FOREIGN / CASES[case].folder).rglob("__pycache__"))


CFG = "from netpyne import specs\ncfg = specs.SimConfig()\ncfg.duration = 20\ncfg.gna = 0.12\ncfg.twice = 2 * cfg.gna\n"
NET = """
from netpyne import specs
{imports}
netParams = specs.NetParams()
{cells}
netParams.popParams['E'] = {{'cellType': 'PYR', 'numCells': 2}}
"""
SOMA = "{'geom': {'L': 20, 'diam': 20}, 'mechs': {'hh': {'gnabar': cfg.gna}}}"
RULE = f"netParams.cellParams['PYR'] = {{'secs': {{'soma': {SOMA}}}}}"
TEMPLATE = """
from neuron import h
from __main__ import cfg

class Pyr:
    def __init__(self):
        self.soma = h.Section(name='soma', cell=self)
        self.soma.L = self.soma.diam = 20
        self.soma.insert('hh')
        self.soma.gnabar_hh = cfg.gna
"""
IMPORT = "netParams.importCellParams(label='PYR', conds={'cellType': 'PYR'}, fileName='pyr.py', cellName='Pyr')"
BY_NAME = "from netpyne import sim\nfrom cfg import cfg\nfrom netParams import netParams\n"
CREATE = "sim.createSimulateAnalyze(netParams=netParams, simConfig=cfg)\n"


def _model(folder: Path, entry: str, **files: str) -> object:
    """The conductance of a model's cells as a function of cfg.gna."""
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    table = {
        "name": "mine",
        "model": entry,
        "parameters": {"gna": {"low": 0.0, "high": 1.0}},
        "targets": {"rate": {"feature": "rate", "value": 1.0}},
        "budget": {"evaluations": 1},
    }
    study = Study.from_table(table, Place("mine.toml"), folder)

    def conductance(gna: float) -> tuple[float, float]:
        net_params, sim_config = models.of(study).specs(study, {"gna": gna})
        return net_params.cellParams["PYR"]["secs"]["soma"]["mechs"]["hh"]["gnabar"], sim_config.twice

    return conductance


@pytest.mark.simulation
def test_a_template_that_reads_the_candidates_values_is_imported_for_each(tmp_path):
    net = NET.format(imports="from __main__ import cfg", cells=IMPORT)
    conductance = _model(tmp_path, ".", cfg=CFG, netParams=net, pyr=TEMPLATE)
    assert [conductance(gna)[0] for gna in (0.1, 0.2, 0.1)] == [0.1, 0.2, 0.1]


@pytest.mark.simulation
@pytest.mark.parametrize(
    ("entry", "init"),
    [
        (".", "print('beside the pair')\n"),
        ("init.py", BY_NAME + CREATE),
        ("init.py", BY_NAME + f"try:\n    {CREATE}except:\n    pass\n"),
        ("init.py", f"from netpyne import sim as s\ncfg, netParams = s.readCmdLineArgs()\nif True:\n    s{CREATE[3:]}"),
    ],
)
def test_values_reach_what_reads_them_however_it_is_imported(entry, init, tmp_path):
    imports = "try:\n    from __main__ import cfg\nexcept ImportError:\n    from cfg import cfg"
    net = NET.format(imports=imports, cells=RULE)
    conductance = _model(tmp_path, entry, cfg=CFG, netParams=net, init=init)
    assert [conductance(gna)[0] for gna in (0.1, 0.2)] == [0.1, 0.2]


@pytest.mark.simulation
def test_what_a_pairs_cfg_computes_of_a_value_stays_as_in_netpynes_batch_mode(tmp_path):
    conductance = _model(tmp_path, ".", cfg=CFG, netParams=NET.format(imports="from __main__ import cfg", cells=RULE))
    assert conductance(0.3) == (0.3, 0.24)


@pytest.mark.simulation
def test_whatever_writes_writes_into_the_likeness(tmp_path):
    (tmp_path / "real").mkdir()
    for file in ("data.txt", "real/now.txt"):
        (tmp_path / file).write_text("precious")
    (tmp_path / "figs").symlink_to("real")
    writes = "import os\nos.system('echo lost > data.txt')\nopen('figs/now.txt', 'w').write('lost')\n"
    net = NET.format(imports="from __main__ import cfg", cells=RULE)
    before = _listing(tmp_path)
    conductance = _model(tmp_path, ".", cfg=CFG + writes, netParams=net)
    assert conductance(0.2)[0] == 0.2
    assert _listing(tmp_path).keys() - before.keys() == {str(tmp_path / f"{name}.py") for name in ("cfg", "netParams")}
    assert (tmp_path / "data.txt").read_text() == (tmp_path / "real" / "now.txt").read_text() == "precious"


@pytest.mark.simulation
def test_a_batchtools_script_step_by_step_leaves_the_network_as_it_is(tmp_path):
    folder = tmp_path / "batchtools"
    shutil.copytree(FOREIGN / "batchtools", folder)
    init = (folder / "init.py").read_text()
    steps = (
        "sim.initialize(netParams, cfg)\nsim.net.createPops()\nsim.net.createCells()\nsim.net.connectCells()\n"
        "sim.net.addStims()\nsim.setupRecording()\nsim.runSim()\nsim.net.modifyStims({'conds': {}, 'weight': 0})\n"
    )
    text = init.replace("sim.createSimulate(netParams=netParams, simConfig=cfg)\n", steps)
    assert text != init
    (folder / "init.py").write_text(text)
    study = _study("batchtools", {})
    numbers = []
    for each in (study, replace(study, model=str(folder / "search.py"))):
        task = task_of(resolve(each, prepare(Inquiry(each, None)).duration_ms), None, 0, 0, {})
        numbers += [record(task)[0].numbers["fitness"] for _ in range(2)]
    assert len(set(numbers)) == 1


def main() -> None:
    """Records all rasters."""
    recorded = {}
    for case, known in CASES.items():
        changed = {kind: {LAST.get((case, kind), kind): words} for kind, words in known.tunable.items()}
        runs = {"plain": {}, **changed}
        rasters = {kind: plain_raster(case, changes) for kind, changes in runs.items()}
        recorded[case] = {kind: {"times": times, "cells": cells} for kind, (times, cells) in rasters.items()}
    RECORDED.write_text(json.dumps(recorded) + "\n")


if __name__ == "__main__":
    main()
