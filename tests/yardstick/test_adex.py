"""AdEx in both its forms against its exact solution: event-driven, with spikes found as roots, no time grid."""

import json

import numpy as np
import pytest

from tests.loops import loop_over
from tests.yardstick import cellrun
from tuner.library import cells

pytestmark = [pytest.mark.simulation, pytest.mark.xdist_group("recordings of adex")]

RECORDED = json.loads((cellrun.DATA / "adex.json").read_text())
PATTERNS = {name[2:].removesuffix("_spiking"): row for name, row in RECORDED["naud"].items()}
SWEPT = {f"{name}-{row['params'][name]}": row for name, rows in RECORDED["sweeps"].items() for row in rows}
ROWS = {"control": RECORDED["control"], **PATTERNS, **SWEPT}
# Here a rounding error is, after ten spikes, as large as an interval.
CHAOTIC = {"control", "irregular", "tw-500", "tw-600", "b-11", "a-2"}
REGULAR = [name for name, row in ROWS.items() if len(row.get("distinct_late_isi_ms", ())) == 1]


def rule(name, on_section):
    """A pattern by its preset, the sweeps from the control."""
    if name in PATTERNS or name == "control":
        return cells.load("adex", preset=name, on_section=on_section)
    parameters = {"tau_w" if key == "tw" else key: value for key, value in ROWS[name]["params"].items()}
    return cells.load("adex", on_section=on_section, **parameters)


def spikes(on_section):
    protocols = [
        {"stim": "I", "celsius": 6.3, "v_init_mV": -65.0, "tstop_ms": row.get("T", 4000.0)} for row in ROWS.values()
    ]
    responses = cellrun.respond([rule(name, on_section) for name in ROWS], protocols)
    return {name: response.spikes for name, response in zip(ROWS, responses, strict=True)}


@pytest.fixture(scope="module")
def own_voltage():
    return spikes(on_section=False)


@pytest.fixture(scope="module")
def section_voltage():
    return spikes(on_section=True)


def right_count(found, row):
    return abs(len(found) - row["n_spikes"]) <= max(1, 0.02 * row["n_spikes"])


@loop_over("name", ROWS)
def test_own_voltage_fires_within_the_step_before_a_spike_is_seen(own_voltage, name):
    found, wanted = own_voltage[name], np.array(ROWS[name]["spike_times_ms"])
    certain = slice(6 if name in CHAOTIC else None)
    assert right_count(found, ROWS[name])
    assert name in CHAOTIC or len(found) == len(wanted)
    late = found[certain] - wanted[certain]
    assert np.all((late > -0.01) & (late < cellrun.STEP_MS + 0.01))
    assert np.all((late[:3] > -0.001) & (late[:3] < cellrun.STEP_MS + 0.001))


@loop_over("name", ROWS)
def test_on_a_section_it_fires_as_often_and_begins_at_the_same_times(section_voltage, name):
    found, wanted = section_voltage[name], np.array(ROWS[name]["spike_times_ms"])
    assert right_count(found, ROWS[name])
    # A step at each spike, and where it is seen.
    np.testing.assert_allclose(found[:3], wanted[:3], atol=4.5 * cellrun.STEP_MS, rtol=0)


@loop_over("name", REGULAR)
@loop_over("form", ["own_voltage", "section_voltage"])
def test_intervals_of_a_regular_train(request, form, name):
    late = np.diff(request.getfixturevalue(form)[name])[-5:]
    np.testing.assert_allclose(late, ROWS[name]["distinct_late_isi_ms"][0], rtol=2e-3)
