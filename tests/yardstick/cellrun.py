"""Cells under the protocols of their originals' recordings, each in plain NetPyNE as a user has it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tuner.mechanisms import libraries
from tuner.simulation.simulate import quiet

DATA = Path(__file__).resolve().parent.parent / "data" / "cells"
STEP_MS = 0.025
SAMPLE_MS = 0.5


@dataclass(frozen=True)
class Response:
    """Spike times [ms] as NetPyNE detects them, and the voltage [mV] every 0.5 ms."""

    spikes: np.ndarray
    v: np.ndarray


def recorded(name: str) -> list[dict]:
    """The recorded protocols of a cell and what came of each, those without a recording left out."""
    protocols = json.loads((DATA / f"{name}.json").read_text())["protocols"]
    return [{**p.pop("protocol"), **p} for p in protocols if p["spike_times_ms"] is not None]


def respond(rules: Sequence[Mapping], protocols: Sequence[Mapping]) -> list[Response]:
    """Each rule under its protocol; those that share temperature, start and duration run as one network."""
    conditions = [(p["celsius"], p["v_init_mV"], p["tstop_ms"]) for p in protocols]
    found: dict[int, Response] = {}
    for each in dict.fromkeys(conditions):
        numbers = [i for i, condition in enumerate(conditions) if condition == each]
        responses = _simulate([rules[i] for i in numbers], [protocols[i] for i in numbers])
        found |= dict(zip(numbers, responses, strict=True))
    return [found[i] for i in range(len(rules))]


def _simulate(rules: list[Mapping], protocols: list[Mapping]) -> list[Response]:
    from netpyne import sim, specs

    libraries.load(libraries.build(libraries.OWN))
    params, config = specs.NetParams(), specs.SimConfig()
    params.synMechParams["exc"] = {"mod": "ExpSyn", "tau": 2.0, "e": 0.0}
    for number, (rule, protocol) in enumerate(zip(rules, protocols, strict=True)):
        add(params, config, f"cell{number}", rule, protocol)
    config.duration, config.dt, config.recordStep = protocols[0]["tstop_ms"], STEP_MS, SAMPLE_MS
    config.recordCells = ["all"]
    config.hParams.update(celsius=protocols[0]["celsius"], v_init=protocols[0]["v_init_mV"])
    with quiet():
        sim.create(netParams=params, simConfig=config)
        sim.simulate()
    cells, times = np.array(sim.simData["spkid"]), np.array(sim.simData["spkt"])
    return [
        Response(np.sort(times[cells == i]), np.array(sim.simData[f"v{i}"][f"cell_{i}"])) for i in range(len(rules))
    ]


def add(params: object, config: object, name: str, rule: Mapping, protocol: Mapping) -> None:
    """One cell as a population of its own, with the protocol's stimulus and a trace of its voltage."""
    params.cellParams[name] = rule
    params.popParams[name] = {"cellType": name, "numCells": 1}
    voltage = {"sec": "soma", "loc": 0.5, "var": "v"}
    for label, point in rule["secs"]["soma"].get("pointps", {}).items():
        if "vref" in point:
            voltage = {"sec": "soma", "pointp": label, "var": point["vref"]}
    config.recordTraces[name.replace("cell", "v")] = {**voltage, "conds": {"pop": [name]}}
    if protocol["stim"] == "IClamp":
        clamp = {"type": "IClamp", "del": protocol["delay_ms"], "dur": protocol["dur_ms"], "amp": protocol["amp_nA"]}
        params.stimSourceParams[name] = clamp
        params.stimTargetParams[name] = {"source": name, "sec": "soma", "loc": 0.5, "conds": {"pop": name}}
    elif protocol["stim"].startswith("NetStim"):
        train = {"type": "NetStim", "rate": protocol["rate_Hz"], "noise": 0.0, "start": protocol["start_ms"]}
        params.stimSourceParams[name] = train
        params.stimTargetParams[name] = {
            "source": name,
            "sec": "soma",
            "loc": 0.5,
            "conds": {"pop": name},
            "weight": protocol.get("weight", protocol.get("weight_uS")),
            "delay": protocol["conn_delay_ms"],
            "synMech": protocol.get("receptor", "exc"),
        }


def check(response: Response, protocol: Mapping) -> None:
    """Holds a response against the recorded one: one time step, or 2 % of the count where rounding decides it."""
    wanted = np.array(protocol["spike_times_ms"])
    if protocol.get("rounding_sensitive"):
        assert abs(len(response.spikes) - len(wanted)) <= 0.02 * len(wanted)
        return
    assert len(response.spikes) == len(wanted)
    np.testing.assert_allclose(response.spikes, wanted, atol=STEP_MS * 1.001, rtol=0)
    if "v_mV" in protocol:
        off = off_spikes(wanted, len(protocol["v_mV"]))
        np.testing.assert_allclose(response.v[: len(off)][off], np.array(protocol["v_mV"])[off], atol=0.1, rtol=0)


def off_spikes(spikes: np.ndarray, n_samples: int) -> np.ndarray:
    """Which samples lie more than 2 ms from every spike, where a step's shift makes no difference."""
    times = np.arange(n_samples) * SAMPLE_MS
    return np.all(np.abs(times[:, None] - spikes[None, :]) > 2.0, axis=1)
