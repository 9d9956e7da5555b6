import re
from pathlib import Path

import pytest

from tests.commands import main, rows, tuner
from tests.foreign_models import FOREIGN
from tests.loops import loop_over
from tests.plain_runs import plain_run
from tuner.drafts import draft, listing, measurement, text
from tuner.drafts.likely import active, bounds, likely
from tuner.drafts.survey import Entry, Survey
from tuner.errors import StudyError
from tuner.model import models
from tuner.search import job, preparation
from tuner.study import paths
from tuner.study.schema import Place
from tuner.study.study import Study
from tuner.study.study_file import tomllib

PAIR = FOREIGN / "pair"
WEIGHT = "netParams.connParams['E->I'].weight"


def called(*arguments):
    """Exit status, lines of output and complaint of the command line, in this process."""
    status, output, complaint = main(*arguments)
    return status, output.splitlines(), complaint


def entry(path, value=0.01, unit="", **fields):
    return Entry(path, value, unit, **fields)


def setting(path, value, *sets, **fields):
    return entry(path, value, is_setting=True, sets=sets, **fields)


def names(*entries, dt_ms=0.025):
    return [each.name for each in likely(Survey(entries, dt_ms, {}))]


def text_of(*entries, rates=None, sources=(), **fields):
    """The study that the text of a draft says, and the text."""
    filled = {
        "name": "drafted",
        "model": "sensory_motor",
        "typed": "sensory_motor",
        "duration_ms": 500.0,
        "parameters": likely(Survey(entries or (entry(WEIGHT),), 0.025, {})),
        "rates": {"S": 12.34567} if rates is None else rates,
        "sources": frozenset(sources),
        "command": "drafted.toml",
    }
    written = text.write(text.Draft(**{**filled, **fields}))
    return Study.from_table(tomllib.loads(written), Place("drafted.toml"), "."), written


BOUNDS = [
    ("weight", 0.004, {"low": 0.0004, "high": 0.04, "scale": "log"}),
    ("rate", 50, {"low": 5.0, "high": 500.0, "scale": "log"}),
    ("conductance", 0.12, {"low": 0.012, "high": 1.2, "scale": "log"}),
    ("weight", 0.0, {"low": 0.0, "high": 0.01}),
    ("weight", -0.02, {"low": -0.04, "high": -0.01}),
    ("probability", 0.1, {"low": 0.0, "high": 0.4}),
    ("probability", 0.5, {"low": 0.0, "high": 1.0}),
    ("probability", 0, {"low": 0.0, "high": 1.0}),
    ("probability", 20.0, {"low": 10.0, "high": 40.0}),
    ("delay", 5, {"low": 2.5, "high": 10.0}),
    ("delay", 0.03, {"low": 0.025, "high": 0.06}),
    ("delay", 0.01, {"low": 0.01, "high": 0.02}),
    ("delay", 0.0, {"low": 0.0, "high": 5.0}),
    ("potential", -65.0, {"low": -75.0, "high": -55.0}),
    ("count", 12, {"low": 6, "high": 24, "kind": "int"}),
    ("cells", 1, {"low": 1, "high": 2, "kind": "int"}),
    ("other", 3, {"low": 1, "high": 6, "kind": "int"}),
    ("other", -1, {"low": -2, "high": -1, "kind": "int"}),
    ("other", 0, {"low": 0, "high": 10, "kind": "int"}),
    ("current", -0.1, {"low": -0.2, "high": -0.05}),
]


@loop_over(("kind", "value", "wanted"), BOUNDS)
def test_bounds_lie_around_the_present_value(kind, value, wanted):
    found = bounds(kind, value, 0.025)
    assert found == wanted
    assert found["low"] <= value <= found["high"] and found["low"] < found["high"]


def test_what_a_setting_sets_is_not_offered_itself():
    others = [f"netParams.connParams['{label}'].weight" for label in ("I->E", "E->E")]
    entries = [setting("cfg.gain", 1.0, WEIGHT, others[0]), *map(entry, (WEIGHT, *others))]
    assert names(*entries) == ["gain", "E->E_weight"]
    assert names(setting("cfg.gain", 1.0, "netParams.connParams['E->I']"), entry(WEIGHT)) == ["gain"]
    assert names(setting("cfg.gain", 1.0), entry(WEIGHT)) == ["E->I_weight"], "nothing reads it"


def test_the_likeliest_come_first():
    clamp = setting("cfg.clamp['dur']", 50, "netParams.stimSourceParams.clamp.dur")
    delay = setting("cfg.delay", 2.0, "netParams.connParams['E->I'].delay")
    switch = setting("cfg.background", 1, "netParams.connParams.bkg", is_switch=True)
    off = entry("netParams.connParams['E->E'].weight", 0.0)
    found = likely(Survey((clamp, switch, off, delay, entry(WEIGHT)), 0.025, {}))
    assert [each.name for each in found] == ["E->I_weight", "delay", "clamp_dur", "background", "E->E_weight"]
    assert [each.name for each in active(found)] == ["E->I_weight", "delay"]
    assert active(found[2:]) == found[2:], "where nothing is likely"
    assert len(active(found[:1] * 20)) == 8


def test_names_of_parameters():
    paths = ["connParams[0].weight", "connParams['0'].weight", "connParams.conn0.weight", "stimSourceParams.b.rate"]
    found = names(*(entry(f"netParams.{path}") for path in paths))
    assert found == ["conn0_weight", "0_weight", "conn0_weight_2", "b_rate"]
    nested = setting("cfg.w['E->I']", 0.01, WEIGHT)
    assert likely(Survey((nested,), 0.025, {}))[0].table["path"] == "cfg.w['E->I']"
    plain = setting("cfg.w", 0.01, WEIGHT)
    assert "path" not in likely(Survey((plain,), 0.025, {}))[0].table
    reserved = setting("cfg.lambda", 0.01, WEIGHT)
    assert likely(Survey((reserved,), 0.025, {}))[0].table["path"] == "cfg.lambda"


def test_a_model_without_connections_is_tuned_by_its_conductances():
    assert names(entry("netParams.cellParams.c.secs.soma.mechs.hh.gnabar", 0.12), entry("netParams.sizeX", 100)) == [
        "c_secs_soma_mechs_hh_gnabar"
    ]
    assert names(entry("netParams.sizeX", 100)) == []


def test_a_draft_is_a_study_with_the_present_values_and_rates():
    study, written = text_of(setting("cfg.weight", 0.004, WEIGHT, "netParams.connParams['I->E'].weight"))
    (parameter,), (target,) = study.space.parameters, study.targets
    assert (parameter.name, parameter.low, parameter.high, parameter.scale) == ("weight", 0.0004, 0.04, "log")
    assert (target.name, target.population, target.value, target.unit) == ("S_rate", "S", 12.34567, "Hz")
    assert target.tolerance == pytest.approx(1.2)
    assert (study.name, study.model, study.duration_ms) == ("drafted", "sensory_motor", 500)
    assert study.budget.evaluations == 100
    assert f"\n# now 0.004; sets {WEIGHT} and 1 more\n" in written
    assert "\n# now 12.3 Hz\n" in written and "\n#   netpyne-tuner check drafted.toml\n" in written


def test_silent_populations_sources_and_too_many():
    rates = {"bkg": 40.0, "quiet": 0.0, "slow": 1.0, "nobody": float("nan"), **{f"E{i}": 5.0 for i in range(12)}}
    study, written = text_of(rates=rates, sources=["bkg"])
    targets = {target.population: target for target in study.targets}
    assert list(targets) == ["quiet", "slow", *(f"E{i}" for i in range(10))]
    assert (targets["quiet"].value, targets["quiet"].tolerance, targets["slow"].tolerance) == (0, 0.5, 0.5)
    assert "[targets.quiet_rate]\n# silent now\n" in written
    assert "# [targets.bkg_rate]\n# # now 40 Hz; a source of spikes\n" in written
    assert "# [targets.nobody_rate]\n" in written and "# [targets.E11_rate]\n" in written
    assert [target.population for target in text_of(rates={"bkg": 40.0}, sources=["bkg"])[0].targets] == ["bkg"]
    assert [target.population for target in text_of(rates={})[0].targets] == ["all"]


def test_too_many_parameters_are_commented_out_and_then_counted():
    study, written = text_of(*(entry(f"netParams.connParams['{i}->E'].weight") for i in range(60)))
    assert len(study.space) == 8 and written.count("# [parameters.") == 40
    assert "# And 12 more: netpyne-tuner paths sensory_motor\n" in written
    # What is commented out is right too.
    whole = re.sub(r"^# (?=\[param|\w+ = |# )", "", written, flags=re.M)
    assert len(Study.from_table(tomllib.loads(whole), Place("whole"), ".").space) == 48


@loop_over("label", ["E->I", "it's", 'a "b"', "a\nb", "ä ö", "a.b", "#", "]", "\\", "\x7f"])
def test_whatever_labels_are_called_the_text_is_toml(label):
    path = f"netParams.connParams[{label!r}].weight"
    study, _ = text_of(setting("cfg.w", 1.0, path), entry(f"{path[:-7]}.probability"), rates={label: 3.0}, typed=label)
    assert {parameter.name for parameter in study.space.parameters} == {"w", f"{label}_probability"}
    assert study.targets[0].population == label


ENTRIES = [
    entry("cfg.weightEI", 0.003, "uS", is_setting=True, sets=(WEIGHT,)),
    entry("cfg.old", 4, is_setting=True, sets=()),
    entry("cfg.both", 4, is_setting=True, sets=(WEIGHT, "netParams.sizeX")),
    entry("cfg.hParams.v_init", -65, "mV", is_setting=True, sets=("cfg.hParams.v_init",)),
    entry("probability", None, "1", is_setting=True),
    entry(WEIGHT, 0.003, "uS"),
    entry("netParams.connParams['E->I'].delay", "normal(5, 1)", "ms"),
]


@loop_over(
    ("pattern", "found"),
    [("", range(7)), ("WEIGHT", [0, 5]), ("*weight", [5]), ("cfg.???", [1]), ("cfg.*", range(4)), ("['e->i']", [5, 6]),
     ("*['E*", [5, 6])],
)  # fmt: skip
def test_patterns(pattern, found):
    assert listing.matching(ENTRIES, pattern, "m") == [ENTRIES[i] for i in found]


@loop_over(("pattern", "near"), [("wieght", "weight"), ("*.delai", "delay"), ("zzz", "cfg.weightEI")])
def test_what_no_path_has_is_told_with_the_nearest(pattern, near):
    with pytest.raises(StudyError, match=f"is in no path of m; the nearest: .*{near}"):
        listing.matching(ENTRIES, pattern, "m")


def test_lines_are_columns():
    lines = list(listing.lines(ENTRIES))
    assert lines[0].split() == ["cfg.weightEI", "0.003", "uS", "->", WEIGHT]
    assert [line.split("  ")[-1].strip() for line in lines[1:4]] == ["no effect", "-> 2 values", "mV"]
    assert lines[4].split() == ["probability", "none", "1"]
    assert len({line.index(value) for line, value in zip(lines, ("0.003", "4", "4", "-65", "none"), strict=False)}) == 1
    assert all(line == line.rstrip() for line in lines)


def test_what_there_was_no_time_for_is_said(monkeypatch):
    class Nobody:
        def map(self, _, tasks, *__):
            assert list(tasks) == []
            return []

    monkeypatch.setattr(measurement, "LONGEST_TRIALS_S", -1.0)
    (found,) = measurement.Worker(None, Nobody()).tried([entry("cfg.w", 0.01, is_setting=True)])
    assert found.note == "not tried" and names(found, entry(WEIGHT)) == ["E->I_weight"]


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
    assert (status, output) == (2, []) and "pair.toml: is there already, and is not overwritten" in complaint
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
            "network.pkl is a pickle, which runs code while it is loaded; --trust-pickle allows it\n"
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
    assert columns["cfg.quits"][1] == "when it is changed, the worker process ended with exit status 7, 2 times"
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
    assert (ended, output) == (status, []) and words in complaint and complaint.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["odd"]
