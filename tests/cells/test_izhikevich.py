"""The four Izhikevich cells: their rules, options and presets."""

from math import pi

import pytest

from tests.cells.izhikevich_defaults import DEFAULTS
from tests.loops import loop_over
from tuner.library import cells
from tuner.library.cells.izhikevich2003 import PRESETS as PRESETS_2003
from tuner.library.cells.izhikevich2007 import PRESETS as PRESETS_2007

SET_BY_US = {
    "izhikevich2003a": {"mod": "Izhikevich2003a", "loc": 0.5, "vref": "V"},
    "izhikevich2003b": {"mod": "Izhikevich2003b", "loc": 0.5, "capacitance": pytest.approx(0.315 * pi)},
    "izhikevich2007a": {
        "mod": "Izhikevich2007a",
        "loc": 0.5,
        "vref": "V",
        "synList": ["AMPA", "NMDA", "GABAA", "GABAB"],
    },
    "izhikevich2007b": {"mod": "Izhikevich2007b", "loc": 0.5, "capacitance": pytest.approx(31.831 * pi)},
}


def parameters(form: str, **options: object) -> dict:
    (point,) = cells.load(form, **options)["secs"]["soma"]["pointps"].values()
    return point


@loop_over("form", DEFAULTS)
def test_the_originals_parameters(form):
    soma = cells.load(form)["secs"]["soma"]
    assert list(soma["pointps"]) == [f"I{form[1:]}_0"]
    (point,) = soma["pointps"].values()
    assert point == {**DEFAULTS[form], **SET_BY_US[form]}
    assert "threshold" not in soma


@loop_over(("form", "name"), [(form, name) for form, values in DEFAULTS.items() for name in values])
def test_each_parameter_has_an_option(form, name):
    assert parameters(form, **{name: 3}) == {**parameters(form), name: 3}


@loop_over("form", DEFAULTS)
def test_presets_are_only_of_what_differs(form):
    presets = PRESETS_2003 if "2003" in form else PRESETS_2007
    assert len(presets) == (20 if "2003" in form else 9)
    for preset, values in presets.items():
        assert parameters(form, preset=preset) == {**parameters(form), **values}


def test_an_option_overrides_a_preset():
    assert parameters("izhikevich2003a", preset="Class 1", f=4.1, b=0.0)["b"] == 0.0
    assert parameters("izhikevich2007b", preset="TC", celltype=1)["b"] == 15.0


@loop_over(
    ("form", "preset", "hint"),
    [
        ("izhikevich2003a", "accommodation", "did you mean 'accomodation'"),
        ("izhikevich2003b", "class 1", "did you mean 'Class 1'"),
        ("izhikevich2007a", "RTN_bursts", "did you mean 'RTN_burst'"),
        ("izhikevich2007b", "rs", "there are RS, IB, CH"),
    ],
)
def test_a_preset_that_is_not_there(form, preset, hint):
    with pytest.raises(ValueError, match=f"no preset is called '{preset}'; {hint}"):
        cells.load(form, preset=preset)


@pytest.mark.parametrize("form", ["izhikevich2007a", "izhikevich2007b"])
def test_a_celltype_that_is_not_there(form):
    with pytest.raises(ValueError, match="no celltype is 8; there are 1 to 7"):
        cells.load(form, celltype=8)


@loop_over("form", DEFAULTS)
def test_rules_share_nothing(form):
    first = cells.load(form)["secs"]["soma"]
    first["geom"]["L"] = 1.0
    first["pointps"][f"I{form[1:]}_0"].get("synList", []).clear()
    assert cells.load(form)["secs"]["soma"]["geom"]["L"] in (100.0, 6.3, 10.0)
    assert parameters("izhikevich2007a")["synList"] == ["AMPA", "NMDA", "GABAA", "GABAB"]


@loop_over(
    ("options", "threshold_mV"),
    [
        ({"preset": "RTN"}, -10.0),
        ({"preset": "RS"}, 25.0),
        ({"preset": "CH", "c": 20.0}, 22.5),
        # Where 40 - 0.1 u and -53 + 0.04 u are the same, and 35 + 0.1 u and -60 - 0.1 u.
        ({"preset": "LTS"}, 40 - 93 / 1.4),
        ({"preset": "TC"}, -12.5),
    ],
)
def test_spikes_are_seen_below_their_peak_and_above_their_reset(options, threshold_mV):
    soma = cells.load("izhikevich2007b", see_spikes=True, **options)["secs"]["soma"]
    assert soma["threshold"] == pytest.approx(threshold_mV, rel=1e-12)
