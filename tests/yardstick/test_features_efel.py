"""eFEL's features on traces that NetPyNE recorded, against eFEL called by hand."""

import warnings

import efel
import numpy as np
import pytest

from tests.loops import loop_over
from tuner.features.voltage import OF_AMPLITUDE, OF_CURRENT, depolarisation_block, efel_feature
from tuner.library.netparams import sensory_motor
from tuner.recording import Recording
from tuner.simulation import traces
from tuner.simulation.network.warm import Network
from tuner.simulation.simulate import simulate
from tuner.study.paths import Specs

pytestmark = [pytest.mark.simulation, pytest.mark.xdist_group("recordings of features_efel")]
DURATION_MS = 600.0
STIMULUS_MS = 200.0, 450.0
# Populations of Hodgkin-Huxley cells by the current [nA] injected into their cells.
CURRENTS = {"firing": [0.3, 0.5], "sagging": [-0.15], "quiet": [0.01], "blocked": [10.0]}
NAMES = sorted(set(efel.get_feature_names()) - {*OF_CURRENT})
WHICH = pytest.mark.parametrize("population", [*CURRENTS, "S"])


def clamped() -> tuple:
    from netpyne import specs

    params, config = specs.NetParams(), specs.SimConfig({"duration": DURATION_MS, "dt": 0.025})
    params.cellParams["HH"] = {"secs": {"soma": {"mechs": {"hh": {}}, "geom": {"L": 30.0, "diam": 30.0}}}}
    for name, currents in CURRENTS.items():
        params.popParams[name] = {"cellType": "HH", "numCells": len(currents)}
        for i, current in enumerate(currents):
            label = f"{name} {i}"
            delay, end = STIMULUS_MS
            params.stimSourceParams[label] = {"type": "IClamp", "delay": delay, "dur": end - delay, "amp": current}
            conditions = {"pop": name, "cellList": [i]}
            params.stimTargetParams[label] = {"source": label, "conds": conditions, "sec": "soma", "loc": 0.5}
    return Specs(params, config)


def sensory_motor_specs() -> Specs:
    values = sensory_motor.DEFAULTS
    return Specs(sensory_motor.net_params(values), sensory_motor.sim_config(values, 1, DURATION_MS))


@pytest.fixture(scope="module")
def recordings() -> dict[str, Recording]:
    found = {}
    for specs, names in ((clamped(), list(CURRENTS)), (sensory_motor_specs(), ["S"])):
        traces.add(specs, [traces.Wanted("V", name, 2) for name in names])
        network = Network()
        network.bring_to(specs)
        found |= dict.fromkeys(names, simulate(network, traces=["V"]))
    return found


def by_hand(recording: Recording, population: str, name: str, stimulus: tuple, **current: list) -> float:
    """Mean over the cells for which eFEL gives anything."""
    seen = recording.traces_of("V", population, None, 2)
    tables = [
        {"T": seen.times, "V": voltage, "stim_start": [stimulus[0]], "stim_end": [stimulus[1]], **current}
        for voltage in seen.values
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [each[name] for each in efel.get_feature_values(tables, [name], raise_warnings=False)]
    means = [np.mean(each) for each in found if each is not None and len(each)]
    defined = [mean for mean in means if np.isfinite(mean)]
    return float(np.mean(defined)) if defined else np.nan


@WHICH
def test_every_feature_is_efels(recordings, population):
    recording = recordings[population]
    defined = 0
    for name in NAMES:
        given = {"stimulus_na": -0.15} if name in OF_AMPLITUDE else {}
        current = {"stimulus_current": [-0.15]} if given else {}
        expected = by_hand(recording, population, name, STIMULUS_MS, **current)
        ours = efel_feature(name).compute(recording, population, cells=2, stimulus_ms=STIMULUS_MS, **given)
        assert ours == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True), name
        defined += not np.isnan(ours)
    assert defined >= {"firing": 120, "S": 120}.get(population, 25)


@loop_over(
    ("name", "population"),
    [
        ("AP_amplitude", "firing"),
        ("AP_begin_time", "firing"),
        ("ISI_CV", "firing"),
        ("mean_frequency", "S"),
        ("steady_state_voltage", "quiet"),
        ("decay_time_constant_after_stim", "quiet"),
        ("decay_time_constant_after_stim", "sagging"),
        ("sag_amplitude", "sagging"),
        ("ohmic_input_resistance", "sagging"),
    ],
)
def test_feature_is_defined_where_it_should_be(recordings, name, population):
    given = {"stimulus_na": -0.15} if name in OF_AMPLITUDE else {}
    value = efel_feature(name).compute(recordings[population], population, stimulus_ms=STIMULUS_MS, **given)
    assert np.isfinite(value)


def test_clamped_cells_do_what_efel_says(recordings):
    recording = recordings["firing"]
    spikes = recording.spikes("firing").counts.mean()
    assert spikes > 10
    count = efel_feature("spike_count").compute(recording, "firing", cells=2)
    assert count == pytest.approx(spikes)
    base = efel_feature("voltage_base").compute(recordings["sagging"], "sagging", stimulus_ms=STIMULUS_MS)
    # The resting potential of NEURON's hh.
    assert base == pytest.approx(-65.0, abs=0.1)


@loop_over("population", CURRENTS)
def test_block_is_where_efel_sees_one(recordings, population):
    block = depolarisation_block(recordings[population], population)
    seen = efel_feature("depol_block_bool").compute(recordings[population], population, stimulus_ms=STIMULUS_MS)
    assert seen == float(population == "blocked")
    # After its one spike, the blocked cell stays up until the current ends.
    assert block == pytest.approx(seen * (STIMULUS_MS[1] - STIMULUS_MS[0]) / DURATION_MS, abs=0.01)
