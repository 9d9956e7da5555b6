"""Traces of simulations: those of fresh networks, of runs in chunks and of exported specs."""

import json

import numpy as np
import pytest

from tuner.library.netparams import sensory_motor
from tuner.recording import ALL
from tuner.simulation import traces
from tuner.simulation.abort import Watch
from tuner.simulation.network.warm import Network
from tuner.simulation.simulate import quiet, simulate
from tuner.simulation.traces import Wanted
from tuner.study.paths import Specs
from tuner.study.settings import Abort
from tuner.verification.export import write_specs

DURATION_MS = 150.0


def sensory_motor_specs(*wanted, weight=0.01, step_ms=0.1):
    values = {**sensory_motor.DEFAULTS, "probability": 0.3, "weight": weight}
    specs = Specs(sensory_motor.net_params(values), sensory_motor.sim_config(values, 1, DURATION_MS))
    specs.sim_config.recordStep = step_ms
    traces.add(specs, wanted)
    return specs


def fresh(specs):
    """What plain NetPyNE simulates, built from nothing; its simData."""
    from netpyne import sim
    from neuron import coreneuron

    # Left on by whatever ran before in this process, it would record nothing.
    coreneuron.enable = False
    with quiet():
        sim.create(*specs, clearAll=hasattr(sim, "net"))
        sim.runSim()
    return sim.simData


def same_traces(one, other):
    return list(one) == list(other) and all(np.array_equal(one[key], other[key]) for key in one)


@pytest.mark.simulation
class TestSimulated:
    TWO = Wanted("V", "S", 2), Wanted("V", "M", 1)

    def test_warm_network_gives_fresh_traces(self):
        weights = 0.01, 0.04
        plain = [traces.collect(fresh(sensory_motor_specs(*self.TWO, weight=weight)), ["V"]) for weight in weights]
        assert not np.array_equal(plain[0]["V:20"], plain[1]["V:20"])
        warm, ways, found = Network(), [], []
        for weight in (*weights, weights[0]):
            ways.append(warm.bring_to(sensory_motor_specs(*self.TWO, weight=weight)))
            found.append(simulate(warm, traces=["V"]))
        assert ways == ["rebuilt", "in place", "in place"]
        for seen, expected in zip(found, (*plain, plain[0]), strict=True):
            assert list(seen.traces) == ["V:0", "V:10", "V:20"]
            assert same_traces(seen.traces, expected)
            assert {len(values) for values in seen.traces.values()} == {1501}
            assert seen.traces_of("V", "S").times[-1] == DURATION_MS

    def test_run_in_chunks_has_the_same_traces(self):
        network = Network()
        network.bring_to(sensory_motor_specs(*self.TWO))
        whole = simulate(network, traces=["V"])
        chunks = simulate(network, Watch(Abort(chunk_ms=7.3), []), ["V"])
        assert same_traces(whole.traces, chunks.traces)

    def test_recording_leaves_the_raster_as_it_is(self):
        network, rasters = Network(), []
        for wanted in ((), self.TWO):
            network.bring_to(sensory_motor_specs(*wanted))
            rasters.append(simulate(network))
        assert len(rasters[0].spike_times) > 80
        assert np.array_equal(rasters[0].spike_times, rasters[1].spike_times)
        assert np.array_equal(rasters[0].spike_cells, rasters[1].spike_cells)
        assert rasters[1].traces == {}

    def test_spikes_are_where_the_voltage_crosses_netpynes_threshold(self):
        network = Network()
        network.bring_to(sensory_motor_specs(Wanted("V", ALL, None), step_ms=0.025))
        raster = simulate(network, traces=["V"])
        assert raster.trace_step_ms == 0.025
        seen = raster.traces_of("V")
        assert len(seen.cells) == 40
        crossed, step = np.nonzero((seen.values[:, :-1] <= 10.0) & (seen.values[:, 1:] > 10.0))
        assert crossed.tolist() == raster.spike_cells.tolist()
        assert np.abs(seen.times[step + 1] - raster.spike_times).max() < 1e-8

    def test_local_time_steps_end_with_the_run_that_asked_for_them(self):
        plain, local = sensory_motor_specs(*self.TWO), sensory_motor_specs()
        local[1].cvode_active = local[1].use_local_dt = True
        expected = traces.collect(fresh(plain), ["V"])
        for specs in (local, plain):
            network = Network()
            network.bring_to(specs)
            found = simulate(network, traces=["V"]).traces
        assert same_traces(found, expected)

    def test_exported_specs_record_the_same(self, tmp_path):
        from netpyne import sim

        specs = sensory_motor_specs(*self.TWO)
        network = Network()
        network.bring_to(specs)
        ours = simulate(network, traces=["V"])
        write_specs(*specs, tmp_path)
        with quiet():
            net_params = sim.loadNetParams(str(tmp_path / "netParams.json"), setLoaded=False)
            sim_config = sim.loadSimCfg(str(tmp_path / "simConfig.json"), setLoaded=False)
            sim.createSimulate(netParams=net_params, simConfig=sim_config)
            sim.gatherData()
        assert traces.keys(["V"], sim_config.recordTraces) == ["V of S", "V of M"]
        plain = traces.collect(json.loads(json.dumps(sim.allSimData)), ["V"])
        assert same_traces(ours.traces, plain)

    def test_places_that_differ_give_one_trace(self):
        """An axon that makes the spikes of A, and a clamp whose own variable NetPyNE takes for B's voltage."""
        from netpyne import sim, specs
        from neuron import h

        params, config = specs.NetParams(), specs.SimConfig({"duration": 20.0})
        hh = {"mechs": {"hh": {}}, "geom": {"L": 20, "diam": 20, "nseg": 3}}
        axon = {**hh, "spikeGenLoc": 0.9, "topol": {"parentSec": "soma", "parentX": 1.0, "childX": 0.0}}
        clamp = {"mod": "IClamp", "loc": 0.5, "vref": "i", "delay": 5.0, "dur": 5.0, "amp": 20.0}
        params.cellParams["A"] = {"secs": {"soma": hh, "axon": axon}}
        params.cellParams["B"] = {"secs": {"soma": {"pointps": {"clamp": clamp}}}}
        for name in ("A", "B"):
            params.popParams[name] = {"cellType": name, "numCells": 2}
        params.popParams["N"] = {"cellModel": "NetStim", "numCells": 1, "rate": 100.0}
        params.stimSourceParams["drive"] = {"type": "IClamp", "delay": 2.0, "dur": 1.0, "amp": 5.0}
        params.stimTargetParams["drive"] = {"source": "drive", "conds": {"pop": "A"}, "sec": "soma", "loc": 0.5}
        traces.add(Specs(params, config), [Wanted("V", ALL, None)])
        network = Network()
        network.bring_to(Specs(params, config))
        by_hand = h.Vector().record(sim.net.cells[1].secs["axon"]["hObj"](0.9)._ref_v, 0.1)
        seen = simulate(network, traces=["V"])
        assert sorted(seen.traces) == ["V:0", "V:1", "V:2", "V:3"]
        assert np.array_equal(seen.traces["V:1"], by_hand)
        assert by_hand.max() > 0
        times, current = seen.traces_of("V", "B").times, seen.traces["V:3"]
        assert set(current[(times > 5.1) & (times < 9.9)]) == {20.0}
        assert set(current[(times < 4.9) | (times > 10.1)]) == {0.0}
        assert seen.spike_cells[seen.spike_cells > 1].tolist() == [2, 3]
