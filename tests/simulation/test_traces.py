"""Traces: written into the specs, and read back."""

from types import SimpleNamespace

import numpy as np
import pytest

from tests.loops import loop_over
from tests.samples import recording
from tuner.errors import StudyError
from tuner.objective.targets import Target
from tuner.recording import ALL, Recording, spread
from tuner.simulation import traces
from tuner.simulation.traces import Wanted
from tuner.study.paths import Specs


def cell_params(**sections):
    return {"PYR": {"secs": sections or {"soma": {}}}}


def bare_specs(cells=None, populations=None, scale=1, **config):
    """What `add` reads of netParams and simConfig: populations A and B of 20 and 5 PYR cells."""
    usual = {"A": {"cellType": "PYR", "numCells": 20}, "B": {"cellType": "PYR", "numCells": 5}}
    net_params = SimpleNamespace(popParams=populations or usual, cellParams=cells or cell_params(), scale=scale)
    config = {"recordTraces": {}, "recordCells": [], "recordStep": 0.1, **config}
    return Specs(net_params, SimpleNamespace(**config))


def recorded(wanted, *arguments, **named):
    specs = bare_specs(*arguments, **named)
    traces.add(specs, [wanted])
    return specs.sim_config.recordTraces, specs.sim_config.recordCells


def target(feature="depolarisation_block", population="A", **arguments):
    return Target("t", feature, population, arguments=tuple(arguments.items()))


class TestWanted:
    def test_is_what_features_of_traces_take(self):
        soma = target(population="B", trace="V_soma")
        targets = [target(), target("rate"), target(cells=3), soma, target(threshold_mv=-50.0)]
        assert traces.wanted(targets) == (Wanted("V", "A", 10), Wanted("V", "A", 3), Wanted("V_soma", "B", 10))
        assert traces.names_of(targets) == {"V", "V_soma"}

    def test_own_feature_without_cells_reads_them_all(self, tmp_path):
        (tmp_path / "own.py").write_text("def lowest(recording, population, window_ms, trace='u'):\n    return 1.0\n")
        own = Target("t", "own.py:lowest", "A", folder=str(tmp_path))
        assert traces.wanted([own]) == (Wanted("u", "A", None),)


class TestCells:
    @loop_over(
        ("n_cells", "chosen", "places"),
        [(20, 1, [0]), (20, 2, [0, 10]), (5, 3, [0, 1, 3]), (5, 5, [0, 1, 2, 3, 4]), (3, 10, [0, 1, 2]), (0, 2, [])],
    )
    def test_spread_evenly_from_the_first_on(self, n_cells, chosen, places):
        assert spread(n_cells, chosen).tolist() == places

    @loop_over(
        ("population", "cells", "expected"),
        [
            ("A", 2, [["A", [0, 10]]]),
            ("B", 10, [["B", [0, 1, 2, 3, 4]]]),
            ("B", None, ["B"]),
            (ALL, 5, [["A", [0, 5, 10, 15]], ["B", [0]]]),
            (ALL, 1, [["A", [0]]]),
            (ALL, None, ["A", "B"]),
        ],
    )
    def test_stand_in_record_cells(self, population, cells, expected):
        assert recorded(Wanted("V", population, cells))[1] == expected

    @loop_over(
        ("tags", "expected"),
        [
            ({"cellsList": [{"x": 1}] * 4, "numCells": 9}, ["A", [0, 2]]),
            ({}, ["A", [0]]),
            ({"numCells": 40}, ["A", [0, 10]]),
            ({"density": 1e4}, "A"),
            ({"gridSpacing": 10}, "A"),
        ],
    )
    def test_size_of_a_population_is_netpynes(self, tags, expected):
        population = {"A": {"cellType": "PYR", **tags}}
        assert recorded(Wanted("V", "A", 2), populations=population, scale=0.5)[1] == [expected]

    def test_are_added_to_the_models_own_once(self):
        specs = bare_specs(recordCells=["B", ["A", [3]]])
        for _ in range(2):
            traces.add(specs, [Wanted("V", "A", 1), Wanted("V", "B", None)])
        assert specs.sim_config.recordCells == ["B", ["A", [3]], ["A", [0]]]
        assert list(specs.sim_config.recordTraces) == ["V of A", "V of B"]

    def test_population_that_is_not_there_has_none(self):
        assert recorded(Wanted("V", "C", 2)) == ({}, [])

    def test_lists_of_the_model_stay_as_they_are(self):
        own_cells, own_traces = [7], {"u": {"var": "u"}}
        specs = bare_specs(recordCells=own_cells, recordTraces=own_traces)
        traces.add(specs, [Wanted("V", "A", 1)])
        assert (own_cells, own_traces) == ([7], {"u": {"var": "u"}})


class TestPlace:
    @loop_over(
        ("cells", "place"),
        [
            (cell_params(), {"sec": "soma", "loc": 0.5, "var": "v"}),
            (cell_params(dend={"topol": {"parentSec": "body"}}, body={"topol": {}}),
             {"sec": "body", "loc": 0.5, "var": "v"}),
            (cell_params(soma={}, axon={"topol": {"parentSec": "soma"}, "spikeGenLoc": 0.9}),
             {"sec": "axon", "loc": 0.9, "var": "v"}),
            (cell_params(soma={"pointps": {"other": {"mod": "X"}, "izhi": {"mod": "Izhi2007a", "vref": "V"}}}),
             {"sec": "soma", "loc": 0.5, "pointp": "izhi", "var": "V"}),
            ({"rule": {"conds": {"pop": ["A", "C"], "ynorm": [0, 0.1]}, "secs": {"trunk": {}}},
              "no": {"conds": {"cellType": "IN"}, "secs": {"a": {"spikeGenLoc": 0.1}}}},
             {"sec": "trunk", "loc": 0.5, "var": "v"}),
            ({"PYR": {"secs": {"soma": {}}},
              "all": {"conds": {"numCells": [10, 30]}, "secs": {"soma": {"spikeGenLoc": 0.2}}}},
             {"sec": "soma", "loc": 0.2, "var": "v"}),
        ],
    )  # fmt: skip
    def test_is_where_spikes_are_detected(self, cells, place):
        found, _ = recorded(Wanted("V", "A", 1), cells=cells)
        assert found == {"V of A": {**place, "conds": {"pop": "A"}}}

    def test_of_a_point_cell_is_its_own_voltage(self):
        point = {"A": {"cellModel": "Izhi2003b", "vref": "V", "numCells": 2}}
        found, _ = recorded(Wanted("V", "A", 1), populations=point)
        assert found == {"V of A": {"var": "V", "conds": {"pop": "A"}}}

    def test_cells_without_voltage_are_left_out_of_all(self):
        populations = {"stim": {"cellModel": "NetStim", "numCells": 5}, "A": {"cellType": "PYR", "numCells": 5}}
        found, _ = recorded(Wanted("V", ALL, None), populations=populations)
        assert list(found) == ["V of A"]
        with pytest.raises(StudyError, match="no cell of 'stim' has a voltage"):
            recorded(Wanted("V", "stim", 1), populations=populations)

    @pytest.mark.parametrize("name", ["V", "V_soma"])
    def test_trace_of_the_model_is_used_as_it_is(self, name):
        own = {name: {"sec": "dend", "loc": 0.3, "var": "v"}}
        assert recorded(Wanted(name, "A", 2), recordTraces=own) == (own, [["A", [0, 10]]])

    def test_unknown_name_and_step(self):
        own = {"V_soma": {"var": "v"}}
        with pytest.raises(StudyError, match="records no trace 'V_som'; allowed: V, V_soma; did you mean 'V_soma'"):
            recorded(Wanted("V_som", "A", 1), recordTraces=own)
        with pytest.raises(StudyError, match="recordStep is 'adaptive'"):
            recorded(Wanted("V", "A", 1), recordStep="adaptive", cvode_active=True, use_local_dt=False)

    def test_the_solvers_own_points_are_a_step_where_netpyne_records_their_times(self):
        own = {"V": {"sec": "soma", "loc": 0.5, "var": "v"}}
        solver = {"recordStep": "adaptive", "cvode_active": True, "use_local_dt": True}
        assert recorded(Wanted("V", "A", 1), recordTraces=own, **solver) == (own, [["A", [0]]])
        assert (traces.step_ms("adaptive"), traces.step_ms(0.025)) == (0.1, 0.025)


def test_the_solvers_own_points_are_interpolated_on_a_grid():
    data = {"V": {"cell_3": [0.0, 1.0, 6.0, 6.0], "cell_time_3": [0.0, 0.05, 0.3, 0.41]}}
    found = traces.collect(data, ["V"])
    assert list(found) == ["V:3"]
    assert found["V:3"] == pytest.approx([0.0, 2.0, 4.0, 6.0, 6.0])


class TestCollect:
    DATA = {
        "spkt": [1.0],
        "t": [0.0, 0.1],
        "V of A": {"cell_3": [1.0, 2.0], "cell_12": [3.0, 4.0]},
        "V of B": {"cell_20": [5.0, 6.0]},
        "u": {"cell_3": [7, 8]},
        "g": {"cell_3": {"soma_0.5": [1.0]}},
    }

    @loop_over(
        ("names", "expected"),
        [
            (["V"], {"V:3": [1, 2], "V:12": [3, 4], "V:20": [5, 6]}),
            (["u", "g"], {"u:3": [7, 8]}),
            (["x"], {}),
            ([], {}),
        ],
    )
    def test_gives_the_traces_by_name_and_cell(self, names, expected):
        found = traces.collect(self.DATA, names)
        assert {key: values.tolist() for key, values in found.items()} == expected
        assert all(values.dtype == float for values in found.values())

    def test_keys_of_a_name(self):
        assert traces.keys(["V", "u"], self.DATA) == ["V of A", "V of B", "u"]


class TestTracesOf:
    RECORDED = Recording(
        [], [], {"A": [0, 1, 2, 3], "B": [4]}, 1.0,
        {"V:0": np.arange(11.0), "V:2": np.arange(11.0) + 20, "V:4": np.arange(11.0) + 40, "u:1": np.zeros(11)}, 0.1,
    )  # fmt: skip

    @loop_over(
        ("population", "cells", "expected"),
        [("A", None, [0, 2]), ("A", 1, [0]), ("A", 2, [0, 2]), ("A", 3, [0, 2]), (ALL, None, [0, 2, 4]), ("B", 9, [4])],
    )
    def test_cells_are_those_asked_for_and_recorded(self, population, cells, expected):
        found = self.RECORDED.traces_of("V", population, None, cells)
        assert found.cells.tolist() == expected
        assert found.values[:, 0].tolist() == [10 * cell for cell in expected]
        assert found.values.shape == (len(expected), 11)

    @loop_over(
        ("window_ms", "times"),
        [
            (None, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]),
            ((0.3, 0.7), [0.3, 0.4, 0.5, 0.6, 0.7]),
            ((0.25, 0.49), [0.3, 0.4]),
            ((0.31, 0.39), []),
        ],
    )
    def test_windows_hold_both_ends(self, window_ms, times):
        found = self.RECORDED.traces_of("V", "A", window_ms)
        assert found.times.tolist() == times
        assert found.values.tolist() == [[round(10 * t) for t in times], [round(10 * t) + 20 for t in times]]

    def test_nothing_recorded(self):
        found = recording([1.0]).traces_of("V")
        assert (found.times.shape, found.values.shape, found.cells.shape) == ((0,), (0, 0), (0,))
