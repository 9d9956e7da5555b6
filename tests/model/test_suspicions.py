"""Nonsense in a model or a study, said at the start point: rules without cells, unknown names, units and kinds."""

from pathlib import Path

import pytest

from tests.loops import loop_over
from tuner.errors import ModelError, StudyError
from tuner.evaluate.evaluate import judge, prepare
from tuner.evaluate.task import Inquiry, StartInquiry
from tuner.study.schema import Place
from tuner.study.study import Study

pytestmark = pytest.mark.simulation
MODEL = """
from netpyne import sim, specs

cfg = specs.SimConfig()
cfg.duration, cfg.dt = 20, 0.05
cfg.weight, cfg.cells, cfg.pair = 0.01, 3, [0.01, 0.02]

netParams = specs.NetParams()
netParams.sizeX = 100
soma = {"geom": {"diam": 15, "L": 15, "Ra": 100, "nseg": 1}, "mechs": {"hh": {"gnabar": 0.12}}}
netParams.cellParams["PYR"] = {"secs": {"soma": soma}}
netParams.popParams["E"] = {"cellType": "PYR", "numCells": cfg.cells}
netParams.popParams["I"] = {"cellType": "PYR", "numCells": 2}
netParams.synMechParams["exc"] = {"mod": "Exp2Syn", "tau1": 0.1, "tau2": 5, "e": 0}
netParams.synMechParams["inh"] = {"mod": "Exp2Syn", "tau1": 0.1, "tau2": 5, "e": -80}
netParams.stimSourceParams["drive"] = {"type": "NetStim", "rate": 50, "noise": 0}
netParams.stimTargetParams["drive"] = {
    "source": "drive", "conds": {"pop": "E"}, "weight": cfg.weight, "delay": 1, "synMech": "exc",
}
netParams.connParams["EI"] = {
    "preConds": {"pop": "E"}, "postConds": {"cellType": "PYR", "x": [0, 100]}, "weight": cfg.pair, "delay": 1,
    "synMech": ["exc", "inh"],
}
RULES = {"preConds": {"pop": "E"}, "postConds": {"pop": "I"}, "weight": 0.01, "delay": 1, "synMech": "exc"}
MORE
sim.createSimulate(netParams, cfg)
"""
MORE = "netParams.connParams['more'] = {**RULES, %s}"
POPULATIONS = "the populations are E, I"


def _judged(folder: Path, more: str = "", **entries: object) -> list[str]:
    found = _inquiry(folder, more, **entries)
    return [*prepare(Inquiry(found.study, None)).notes, *judge(found).notes]


def _inquiry(folder: Path, more: str, **entries: object) -> StartInquiry:
    (folder / "model.py").write_text(MODEL.replace("MORE", more))
    table = {
        "name": "s",
        "model": "model.py",
        "parameters": {"rate": {"path": "netParams.stimSourceParams.drive.rate", "low": 1, "high": 60}},
        "targets": {"rate": {"feature": "rate", "value": 5}},
        "budget": {"evaluations": 1},
    }
    for key, value in entries.items():
        table[key] = {**table.get(key, {}), **value}
    study = Study.from_table(table, Place("s.toml"), folder)
    return StartInquiry(study, None, prepare(Inquiry(study, None)).start)


def _parameter(path: str, **entry: object) -> dict:
    return {"parameters": {"p": {"path": path, "low": 0.5, "high": 4, **entry}}}


def test_a_model_without_nonsense_has_no_notes(tmp_path):
    assert _judged(tmp_path) == []


@loop_over(
    ("more", "note"),
    [
        (
            MORE % "'preConds': {'pop': 'Inh'}",
            f"connParams['more']: preConds {{'pop': 'Inh'}} matches no cell; {POPULATIONS}; did you mean 'I'?",
        ),
        (
            MORE % "'postConds': {'cellType': ['BAS']}",
            "connParams['more']: postConds {'cellType': ['BAS']} matches no cell; the cell types are PYR",
        ),
        (
            "netParams.popParams['Z'] = {'cellType': 'PYR', 'numCells': 0}",
            "popParams['Z']: numCells 0 gives no cell",
        ),
        (
            "netParams.subConnParams['s'] = {**RULES, 'preConds': {'pop': 'X'}, 'density': 'uniform'}",
            f"subConnParams['s']: preConds {{'pop': 'X'}} matches no cell; {POPULATIONS}",
        ),
        (
            "netParams.stimTargetParams['t'] = {**netParams.stimTargetParams['drive'], 'conds': {'pop': 'X'}}",
            f"stimTargetParams['t']: conds {{'pop': 'X'}} matches no cell; {POPULATIONS}",
        ),
        (
            "netParams.cellParams['BAS'] = {'secs': {'soma': soma}}",
            "cellParams['BAS']: conds {'cellType': 'BAS'} matches no cell; the cell types are PYR",
        ),
        (
            "cfg.recordTraces['v'] = {'sec': 'soma', 'loc': 0.5, 'var': 'v', 'conds': {'pop': 'X'}}",
            f"simConfig.recordTraces['v']: conds {{'pop': 'X'}} matches no cell; {POPULATIONS}",
        ),
        ("cfg.recordCells = [0, 7]", "simConfig.recordCells: 7: matches no cell; the network has 5 cells"),
        ("cfg.recordCells = [('E', [3, 4])]", "simConfig.recordCells: ['E', [3, 4]]: matches no cell; E has 3 cells"),
        (
            "cfg.analysis['plotRaster'] = {'include': ['all', ('X', 0)]}",
            f"simConfig.analysis['plotRaster']['include']: ('X', 0): matches no cell; {POPULATIONS}",
        ),
        (
            "del RULES['synMech']\n" + MORE % "",
            "no synMech is given, so NetPyNE takes 'exc', the first of exc, inh: connParams['more']",
        ),
    ],
)
def test_a_rule_without_cells_is_a_note(tmp_path, more, note):
    assert _judged(tmp_path, more) == [note]


def test_positions_are_netpynes_own(tmp_path):
    (note,) = _judged(tmp_path, MORE % "'preConds': {'x': [100, 300]}")
    start = "connParams['more']: preConds {'x': [100, 300]} matches no cell; the cells have x "
    low, _, high = note.removeprefix(start).partition(" to ")
    assert note.startswith(start) and 0 < float(low) < float(high) < 100


def test_numbers_of_conditions_are_rounded(tmp_path):
    (note,) = _judged(tmp_path, "import numpy\n" + MORE % "'preConds': {'x': list(numpy.arange(3)[1:] / 3 + 200)}")
    assert note.startswith("connParams['more']: preConds {'x': [200.333, 200.667]} matches no cell; ")


def test_a_parameter_of_rules_without_cells_changes_nothing(tmp_path):
    weight = _parameter("netParams.connParams['more'].weight")
    found = judge(_inquiry(tmp_path, MORE % "'preConds': {'pop': 'Inh'}", **weight))
    (note,) = found.notes
    assert note.endswith("; did you mean 'I'?; parameter p changes nothing") and found.without_cells == ("p",)


@loop_over("entry", [{"kind": "int", "low": 0, "high": 4}, {"kind": "choice", "choices": [0, 2]}])
def test_a_rule_that_other_values_fill_is_no_nonsense(tmp_path, entry):
    more = "netParams.popParams['Z'] = {'cellType': 'PYR', 'numCells': 0}\n" + MORE % "'preConds': {'pop': 'Z'}"
    parameter = {"p": {"path": "netParams.popParams.Z.numCells", "start": 0, **entry}}
    assert _judged(tmp_path, more, parameters=parameter) == []


def test_rules_with_the_same_reason_are_one_note_and_many_are_counted(tmp_path):
    names = [f"netParams.connParams['r{n}'] = {{**RULES, 'preConds': {{'pop': 'X'}}}}" for n in range(5)]
    names += [f"netParams.connParams['q{n}'] = {{**RULES, 'preConds': {{'pop': 'Y{n}'}}}}" for n in range(9)]
    notes = _judged(tmp_path, "\n".join(names))
    first = "connParams['r0'], connParams['r1'], connParams['r2'] and 2 more: preConds {'pop': 'X'} matches no cell"
    assert len(notes) == 9 and notes[0].startswith(first)
    assert notes[-1] == "2 more rules without cells: 2 of connParams"


@loop_over(
    ("more", "words"),
    [
        (MORE % "'synMech': 'ex'", "connParams['more']: synMech 'ex' is not in synMechParams; allowed: exc, inh"),
        (MORE % "'synMech': ['exc', 'ihn']", "synMech 'ihn' is not in synMechParams; allowed: exc, inh; did you mean"),
        (
            "netParams.stimTargetParams['drive']['synMech'] = 'ex'",
            "stimTargetParams['drive']: synMech 'ex' is not in synMechParams; allowed: exc, inh; did you mean 'exc'?",
        ),
        (
            "netParams.stimTargetParams['drive']['source'] = 'drvie'",
            "stimTargetParams['drive']: source 'drvie' is not in stimSourceParams; allowed: drive; did you mean",
        ),
        (
            "netParams.popParams['I']['cellType'] = 'PYX'",
            "popParams['I']: cellType is 'PYX', but no rule of cellParams applies to the cells; allowed: PYR; did you",
        ),
        ("del netParams.popParams['I']['cellType']", "popParams['I']: has no cellType; allowed: PYR"),
        (
            "cfg.recordCells, cfg.recordTraces = ['Ex'], {'v': {'sec': 'soma', 'loc': 0.5, 'var': 'v'}}",
            "simConfig.recordCells: 'Ex' is no population; allowed: E, I, all, allCells; did you mean 'E'?",
        ),
    ],
)
def test_an_unknown_name_is_an_error_of_the_model(tmp_path, more, words):
    with pytest.raises(ModelError) as error:
        _judged(tmp_path, more)
    assert str(error.value).startswith("model.py: ") and words in str(error.value)


@loop_over("entry", ["'preConds': {'pop': 'X'}", "'probability': 0", "'convergence': 0"])
def test_an_unknown_synapse_that_netpyne_never_makes_is_no_error(tmp_path, entry):
    notes = _judged(tmp_path, MORE % f"'synMech': 'ex', {entry}")
    assert len(notes) == ("X" in entry)


@loop_over(
    ("path", "unit", "words"),
    [
        ("netParams.stimTargetParams.drive.weight", "nS", "'uS', which is 1000 times as large; give low, high and"),
        ("cfg.weight", "nS", "is 'nS', but the unit of netParams.stimTargetParams.drive.weight is 'uS'"),
        ("cfg.pair[1]", "nS", "is 'nS', but the unit of netParams.connParams.EI.weight[1] is 'uS'"),
        ("netParams.stimSourceParams.drive.rate", "kHz", "'Hz', which is 1000 times as small"),
        ("netParams.cellParams.PYR.secs.soma.mechs.hh.gnabar", "mS/cm2", "'S/cm2', which is 1000 times as large"),
        ("netParams.cellParams.PYR.secs.soma.geom.L", "mm", "'um', which is 1000 times as small"),
        ("netParams.synMechParams.exc.tau2", "mV", "but the unit of netParams.synMechParams.exc.tau2 is 'ms'"),
    ],
)
def test_a_contradictory_unit_is_an_error_of_the_study(tmp_path, path, unit, words):
    drop = {"rate": {"path": "netParams.connParams.EI.delay", "low": 1, "high": 2}}
    with pytest.raises(StudyError) as error:
        _judged(tmp_path, parameters={**drop, **_parameter(path, unit=unit)["parameters"]})
    assert str(error.value).startswith("s.toml: parameters.p.unit: is ") and words in str(error.value)


@loop_over(
    ("path", "entry"),
    [
        ("netParams.stimTargetParams.drive.weight", {"unit": "umho"}),
        ("netParams.stimTargetParams.drive.weight", {"unit": "strength"}),
        ("netParams.stimTargetParams.drive.weight", {"unit": "nS", "relative": True}),
        ("netParams.cellParams.PYR.secs.soma.geom.Ra", {"unit": "ohm-cm"}),
    ],
)
def test_the_same_unit_and_a_free_word_are_accepted(tmp_path, path, entry):
    assert _judged(tmp_path, **_parameter(path, **entry)) == []


def test_a_factor_may_convert_the_unit(tmp_path):
    paths = [{"path": "netParams.stimTargetParams.drive.weight", "factor": 0.001}]
    assert _judged(tmp_path, parameters={"p": {"paths": paths, "low": 1, "high": 20, "unit": "nS"}}) == []


def test_weights_of_cells_with_a_voltage_of_their_own_have_no_known_unit(tmp_path):
    more = "netParams.popParams['A'] = {'cellModel': 'IntFire1', 'tau': 5, 'numCells': 2}"
    assert _judged(tmp_path, more, **_parameter("cfg.weight", unit="nS")) == []


@loop_over(
    ("path", "words"),
    [
        ("netParams.popParams.E.numCells", "sets netParams.popParams.E.numCells to"),
        ("cfg.cells", "sets netParams.popParams.E.numCells to"),
        ("netParams.cellParams.PYR.secs.soma.geom.nseg", "sets netParams.cellParams.PYR.secs.soma.geom.nseg to"),
    ],
)
def test_a_float_for_a_whole_number_is_a_note(tmp_path, path, words):
    (note,) = judge(_inquiry(tmp_path, "", **_parameter(path))).notes
    assert note.startswith(f"parameter p {words}") and note.endswith('which must be a whole number; write kind = "int"')
    assert _judged(tmp_path, **_parameter(path, kind="int", low=1)) == []


def test_a_fixed_float_for_a_whole_number_is_a_note(tmp_path):
    (note,) = judge(_inquiry(tmp_path, "", values={"netParams.popParams.E.numCells": 4.0})).notes
    assert note == "values: netParams.popParams.E.numCells = 4.0 must be a whole number, such as 4"


@loop_over("path", ["cfg.pair", "netParams.connParams.EI.weight"])
def test_a_list_where_an_element_is_meant_is_an_error_of_the_study(tmp_path, path):
    with pytest.raises(StudyError) as error:
        _judged(tmp_path, **_parameter(path))
    words = f"{path!r} is a list of 2 elements, but the parameter gives one number; name one element, such as {path}[0]"
    assert str(error.value) == f"s.toml: parameters.p.path: {words}"


@loop_over(
    ("entry", "notes"),
    [
        ({"path": "cfg.unread", "low": 0, "high": 1}, 1),
        ({"path": "cfg.unread", "kind": "choice", "choices": [2.0]}, 0),
        ({"path": "cfg.weight", "kind": "choice", "choices": [0.01]}, 0),
    ],
)
def test_a_parameter_with_a_single_value_is_not_called_unused(tmp_path, entry, notes):
    found = _judged(tmp_path, "cfg.unread = 2.0", parameters={"p": entry})
    assert len(found) == notes and all(note.startswith("parameter p has no effect") for note in found)


def test_a_short_window_is_a_note(tmp_path):
    (note,) = _judged(tmp_path, targets={"t": {"feature": "rate", "value": 5, "window_ms": [10, 15]}})
    assert note.startswith("targets.t: rate is measured within 5 ms")
