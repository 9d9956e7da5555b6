"""Parameters that are likely: their bounds, their order, their names."""

from tests.drafts.entries import WEIGHT, entry, names, setting
from tests.loops import loop_over
from tuner.drafts.likely import active, bounds, likely
from tuner.drafts.survey import Survey

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
