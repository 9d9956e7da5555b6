"""Paths and drafts of whole models, by the command line."""

import re
from pathlib import Path

import pytest

from tests.commands import main, rows, tuner
from tests.foreign_models import FOREIGN
from tests.plain_runs import plain_run
from tuner.drafts import draft, listing
from tuner.model import models
from tuner.search import job, preparation
from tuner.study import paths
from tuner.study.schema import Place
from tuner.study.study import Study
from tuner.study.study_file import tomllib

PAIR = FOREIGN / "pair"


def called(*arguments):
    """Exit status, lines of output and complaint of the command line, in this process."""
    status, output, complaint = main(*arguments)
    return status, output.splitlines(), complaint


def test_studies_are_named_after_the_model(tmp_path):
    found = {"pair/": "pair", "pair/netParams.py": "pair", "indexed/small.npjson": "small"}
    for path, name in {**found, "src_pair/src/init.py": "src_pair"}.items():
        where = str(FOREIGN / path)
        assert draft.name_of(draft._find(where), where) == name
    assert draft.plain_name("my model (2)") == "my_model_2"
    assert draft.plain_name("...") == "study" and draft.plain_name("cluster") == "cluster_study"


def test_a_file_that_is_there_is_not_overwritten(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pair.toml").write_text("mine")
    status, output, complaint = called("new", PAIR)
    assert (status, output) == (2, []) and "pair.toml: exists already and is not overwritten" in complaint
    assert (tmp_path / "pair.toml").read_text() == "mine"
    status, _, complaint = called("new", PAIR, "--to", "no/where.toml")
    assert status == 2 and "no/where.toml: cannot be written: there is no folder no" in complaint


@pytest.mark.parametrize("command", ["paths", "new"])
def test_a_model_that_is_not_there(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    status, output, complaint = called(command, "sensory_moter")
    assert (status, output) == (2, []) and "did you mean 'sensory_motor'?" in complaint
    assert complaint.startswith("netpyne-tuner: MODEL: no model is called") and complaint.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_trust_is_handed_on(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trusted = []
    monkeypatch.setattr(job, "tune", lambda study, *_, **__: trusted.append(study.trust_pickle))
    called("run", "sensory_motor")
    called("run", "sensory_motor", "--trust-pickle")
    assert trusted == [False, True]
    site = ["--tasks-per-node", 2, "--time", "1:00:00"]
    for options in [[], ["--trust-pickle"]]:
        status, output, _ = called("submit", "sensory_motor", "--dry-run", *site, *options)
        script = Path(output[0].partition(": ")[2]).read_text()
        assert (status, "--trust-pickle" in script) == (0, bool(options))


@pytest.fixture(scope="module")
def paths_of_pair():
    return {line.split("  ")[0]: line for line in draft.list_paths(str(PAIR))}


@pytest.mark.simulation
def test_paths_of_a_model_have_the_values_of_its_files(paths_of_pair):
    columns = {path: re.split(r"\s{2,}", line)[1:] for path, line in paths_of_pair.items()}
    assert columns["cfg.weights[1]"] == ["0.004", "-> netParams.connParams[1].weight"]
    assert columns["cfg.weights[2]"] == ["0.0012", "uS", "-> netParams.connParams[2].weight"]
    assert columns["cfg.probability"] == ["0.25", "-> 3 values"]
    assert columns["cfg.IClamp1.amp"] == ["0.15", "nA", "-> netParams.stimSourceParams.IClamp1.amp"]
    assert columns["cfg.tune.soma.Ra"][:2] == ["120", "ohm cm"]
    assert columns["netParams.connParams[1].weight"] == ["'0.004*exp(-dist_3D/lengthConst)'", "uS"]
    assert columns["netParams.stimTargetParams['bkg->all'].weight"] == ["0.015", "uS"]
    assert columns["netParams.cellParams.BAS.secs.soma.mechs.hh.gnabar"] == ["0.12", "S/cm2"]
    assert columns["netParams.popParams.E.numCells"] == ["24"]
    assert columns["cfg.dt"] == ["0.05", "ms"] and columns["cfg.hParams.v_init"] == ["-68", "mV"]
    assert "cfg.duration" not in columns and not any("seeds" in path or "record" in path for path in columns)


@pytest.mark.simulation
def test_what_nothing_reads_is_marked(paths_of_pair):
    unread = [path for path, line in paths_of_pair.items() if line.endswith("no effect")]
    own = ["cfg.weightEtoI", "cfg.scaleGABA.fast", "cfg.scaleGABA.slow", "cfg.prob_IE"]
    assert unread == [*own, "cfg.hParams.celsius"]
    assert re.split(r"\s{2,}", paths_of_pair["cfg.hParams.celsius"])[1] == "6.3", "what netParams.py has put there"


@pytest.mark.simulation
def test_every_path_that_is_listed_is_one_that_a_study_can_name(paths_of_pair):
    table = {"feature": "rate", "value": 1}
    study = {"model": str(PAIR), "targets": {"rate": table}, "budget": {"evaluations": 1}}
    low_and_high = {"low": -1e9, "high": 1e9}
    parameters = {f"p{i}": {"path": path, **low_and_high} for i, path in enumerate(paths_of_pair)}
    made = Study.from_table({**study, "name": "all", "parameters": parameters}, Place("all"), ".")
    specs = models.of(made).specs(made, {})
    for parameter in made.space.parameters:
        ((path, _),) = parameter.paths
        value = paths.read(specs, path)
        shown = listing.number(value.item() if hasattr(value, "item") else value)
        assert shown == re.split(r"\s{2,}", paths_of_pair[path])[1]


@pytest.fixture(scope="module")
def drafted(tmp_path_factory):
    """A draft that the command has written, and what it said."""
    folder = tmp_path_factory.mktemp("drafted")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        status, output, complaint = called("new", PAIR)
    assert status == 0, complaint
    return folder / "pair.toml", output


@pytest.mark.slow
@pytest.mark.simulation
def test_a_draft_begins_with_what_plain_netpyne_does(drafted):
    file, said = drafted
    study = Study.load(file)
    plain = plain_run("pair")
    for target in study.targets:
        cells = plain.populations[target.population]
        spikes = sum(cell in cells for cell in plain.cells)
        assert target.value == pytest.approx(spikes / len(cells) / 0.2)
    assert [target.name for target in study.targets] == ["E_rate", "I_rate"] and study.duration_ms == 200
    names = {parameter.name for parameter in study.space.parameters}
    assert len(names) == 8 and {"probability", "weights_0", "bkg_rate"} <= names
    assert said[0].startswith("Written: pair.toml; ") and said[1].startswith("Then: netpyne-tuner check pair.toml, ")
    assert len(said) == 2


@pytest.mark.simulation
def test_check_takes_a_draft_as_it_is(drafted):
    found = preparation.check(Study.load(drafted[0]), "inline")
    assert found.evaluation.loss == 0
    values = found.evaluation.values
    assert (values["weights_0"], values["probability"], values["bkg_rate"]) == (0.0025, 0.25, 50)


@pytest.mark.slow
@pytest.mark.simulation
def test_run_takes_a_draft_as_it_is(drafted, tmp_path):
    small = [word for entry in ("budget.evaluations=2", "simulation.verify=1", "simulation.fresh_seeds=0")
             for word in ("--set", entry)]  # fmt: skip
    done = tuner("run", drafted[0], *small, "--workers", 1, "--runs", tmp_path)
    assert done.returncode == 0, done.stderr
    assert rows(tmp_path / "pair")[0]["loss"] == 0 and "Verified by plain NetPyNE: the same" in done.stdout


@pytest.mark.slow
@pytest.mark.simulation
def test_our_own_models_are_tuned_by_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = [re.split(r"\s{2,}", line) for line in draft.list_paths("sensory_motor")]
    assert lines[0] == ["probability", "none", "1"]
    assert lines[1] == ["weight", "0.01", "uS", "-> netParams.connParams['S->M'].weight"]
    assert ["netParams.connParams['S->M'].divergence", "12"] in lines
    status, written, _ = called("new", "sensory_motor", "--to", "-")
    study = Study.from_table(tomllib.loads("\n".join(written)), Place("-"), tmp_path)
    weight = study.space.parameters[0]
    assert (status, weight.name, weight.unit, weight.paths, weight.low) == (0, "weight", "uS", (), 0.001)
    assert study.model == "sensory_motor" and study.duration_ms == 1000 and list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.simulation
def test_a_pickle_is_loaded_only_if_it_is_trusted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pickled = FOREIGN / "saved" / "network.pkl"
    for command in ("paths", "new"):
        status, output, complaint = called(command, pickled)
        assert (status, output) == (2, []) and complaint.endswith(
            "network.pkl is a pickle, which runs code while it is loaded; add --trust-pickle if you trust the file\n"
        )
    assert list(tmp_path.iterdir()) == []
    status, output, _ = called("new", pickled, "--trust-pickle", "--to", "night.toml")
    assert status == 0 and "check night.toml --trust-pickle" in output[1]
    assert Study.load("night.toml").name == "night"
    assert called("check", "night.toml")[0] == 2
    status, output, _ = called("check", "night.toml", "--trust-pickle", "--executor", "serial")
    assert status == 0 and any(line.endswith("loss 0:") for line in output)


ODD_CFG = """
from netpyne import specs
cfg = specs.SimConfig()
cfg.duration = 50
cfg.quits = 3
cfg.raises = 2
cfg.tens = 20.0
cfg.switch = 1
cfg.zero = 0.0
cfg.unread = 4
cfg.table = {('a', 'b'): 3.0, 'E->F': 0.002}
"""
ODD_NET = """
import os, random
from netpyne import specs
from __main__ import cfg
netParams = specs.NetParams()
netParams.unsteady = os.urandom(1)[0] + random.random()
netParams.popParams['S'] = {'cellModel': 'NetStim', 'numCells': 5, 'rate': 100, 'noise': 1}
for label in 'EF':
    netParams.popParams[label] = {'cellType': 'c', 'numCells': int(cfg.tens) // 10}
netParams.cellParams['c'] = {'secs': {'soma': {'geom': {'L': 20, 'diam': 20}, 'mechs': {'hh': {}}}}}
netParams.synMechParams['exc'] = {'mod': 'Exp2Syn', 'tau1': 0.1, 'tau2': 2, 'e': 0}
if cfg.switch:
    netParams.connParams['S->E'] = {
        'preConds': {'pop': 'S'}, 'postConds': {'pop': 'E'}, 'weight': 0.02, 'delay': 1, 'synMech': 'exc'
    }
netParams.connParams['E->F'] = {
    'preConds': {'pop': 'E'}, 'postConds': {'pop': 'F'}, 'weight': cfg.table['E->F'], 'delay': 1 + cfg.zero,
    'synMech': 'exc',
}
if cfg.quits != 3:
    os._exit(7)
if cfg.raises != 2:
    raise ValueError('only 2')
"""


def odd_model(folder, net_params=ODD_NET):
    folder.mkdir()
    (folder / "cfg.py").write_text(ODD_CFG)
    (folder / "netParams.py").write_text(net_params)
    return folder


@pytest.mark.slow
@pytest.mark.simulation
def test_settings_that_a_model_does_not_bear_to_be_changed(tmp_path):
    folder = odd_model(tmp_path / "odd")
    status, lines, _ = called("paths", folder, "cfg")
    columns = {words[0]: words[1:] for words in (re.split(r"\s{2,}", line) for line in lines)}
    assert status == 0
    ended = "the worker process ended with exit status 7, in 2 of 2 attempts"
    assert columns["cfg.quits"][1] == f"after a change of this setting, {ended}"
    line = 1 + ODD_NET.splitlines().index("    raise ValueError('only 2')")
    assert columns["cfg.raises"][1] == f"with 3 the model raises {folder}/netParams.py:{line}: ValueError: only 2"
    assert columns["cfg.tens"][1] == "-> 2 values", "a little more makes no difference"
    assert columns["cfg.switch"][1] == "-> netParams.connParams['S->E']", "only nothing makes one"
    assert columns["cfg.zero"][1] == "-> netParams.connParams['E->F'].delay"
    assert columns["cfg.unread"][1] == "no effect", "what differs by itself does not count"
    assert columns["cfg.table['E->F']"] == ["0.002", "uS", "-> netParams.connParams['E->F'].weight"]
    assert not any("'a', 'b'" in path for path in columns), "no study can name it"


@pytest.mark.slow
@pytest.mark.simulation
@pytest.mark.parametrize(
    ("changed", "status", "words"),
    [
        (("import os, random", "import os, random\nnothing = 1 / 0"), 3, "netParams.py:3: ZeroDivisionError"),
        (("'delay': 1 + cfg.zero", "'delay': 'nonsense('"), 3, "the start point failed: "),
        (("if cfg.quits != 3", "if cfg.quits == 3"), 3, "the start point failed: the worker process ended"),
    ],
)
def test_a_model_that_does_not_run_is_one_sentence_and_no_draft(tmp_path, monkeypatch, changed, status, words):
    monkeypatch.chdir(tmp_path)
    folder = odd_model(tmp_path / "odd", ODD_NET.replace(*changed))
    ended, output, complaint = called("new", folder)
    *stages, sentence = complaint.splitlines()
    assert (ended, output) == (status, []) and words in sentence
    # Lines of stages that take long on a slow machine, and of a model that ends its process.
    known = ("loading the model", "simulating the start point", "the model could not be built at its start point")
    assert all(line.startswith(known) for line in stages)
    assert [path.name for path in tmp_path.iterdir()] == ["odd"]
