"""The gallery: what it draws is what the cells do."""

import pytest

from tests.loops import loop_over
from tests.yardstick.cellrun import recorded
from tuner.errors import StudyError
from tuner.report.gallery import SETUPS, respond, write

pytestmark = pytest.mark.simulation


@loop_over(("name", "current"), [("izhikevich2007b", 0.1), ("izhikevich2007b", 0.5), ("friesen", 5.0)])
def test_rates_are_those_of_the_recorded_spikes(name, current):
    (protocol,) = [p for p in recorded(name) if p.get("amp_nA") == current and p["name"].startswith("iclamp")]
    within = [time for time in protocol["spike_times_ms"] if 100.0 <= time <= 600.0]
    response = respond(name)
    assert response.rates[response.currents.tolist().index(current)] == len(within) / 0.5


def test_a_point_process_is_driven_from_the_start_and_its_own_voltage_shown():
    response = respond("izhikevich2003a")
    assert (response.unit, response.drive) == ("mV/ms", "constant Iin")
    # 10 spikes at Iin 6 in 700 ms, as recorded, one step each.
    trace = response.traces[1]
    assert trace.times[-1] == pytest.approx(700.0, abs=0.025)
    above = trace.values[0] > 10.0
    assert int((above[1:] & ~above[:-1]).sum()) == 10


def test_pictures_are_written_one_by_one(tmp_path):
    (path,) = write(["hh"], tmp_path / "new")
    assert path == tmp_path / "new" / "cells_hh.png"
    assert path.read_bytes().startswith(b"\x89PNG")


def test_a_cell_that_is_not_there_is_named_before_anything_runs(tmp_path):
    with pytest.raises(StudyError, match="'traubb'.*did you mean 'traub'"):
        list(write(["hh", "traubb"], tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_three_currents_are_shown_within_the_curve():
    assert all(max(setup.shown) <= setup.top for setup in SETUPS.values())
