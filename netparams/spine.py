"""Build a plastic dendritic spine: pulses of Ca, transmitters and modulators change the AMPA receptors over minutes.

The whole model is in the mechanism SpinePlasticity, with 204 species and 262 reactions after Maki-Marttunen et al.
2020, eLife 9:e55714 (ModelDB 260971). The tables of species and reactions are in netparams/data/spine. The traces are
`conductance`, the conductance of all AMPA receptors in the membrane [pS], and `peak_Ca`, the largest concentration of
Ca so far [mM].
"""

from collections.abc import Collection
from difflib import get_close_matches
from functools import cache
from typing import Any

from netpyne import specs

from tuner.library.netparams.kinetics.spine import FOLDER, RATES
from tuner.library.netparams.kinetics.table import read

# Pulses per train, interval between pulses [ms], number of trains, interval between the starts of trains [ms], length
# of a pulse [ms].
PROTOCOLS = {
    "HFS": (100, 10.0, 4, 4000.0, 3.0),
    "LFS": (900, 200.0, 1, 0.0, 3.0),
    "100 at 100 Hz": (100, 10.0, 1, 0.0, 3.0),
    "156 at 312 Hz": (156, 1000 / 312, 1, 0.0, 3.0),
    "TBS x10": (4, 10.0, 10, 200.0, 3.0),
    "TBS x50": (4, 10.0, 50, 200.0, 3.0),
    "50 at 0.1 Hz": (50, 10000.0, 1, 0.0, 3.0),
    "180 at 1 Hz": (180, 1000.0, 1, 0.0, 15.0),
    "25 trains of 5": (5, 10.0, 25, 1000.0, 3.0),
}

# Each factor multiplies the initial concentrations of these species. The published program names M1 instead of M1R, but
# M1 is not a species.
FACTORS = {
    "mglur_m1r_gq_plc": ("MGluR", "M1R", "Gqabg", "PLC"),
    "r_gs_ac1_ac8": ("R", "Gs", "AC1", "AC8"),
    "cam_ck": ("CaM", "CK"),
    "ncx": ("NCX",),
    "pkc": ("PKC",),
    "pka": ("PKA",),
    "pp1_pp2b": ("PP1", "PP2B"),
    "pde1_pde4": ("PDE1", "PDE4"),
}
# Each of these species has an influx during the pulses [molecules/ms], and a factor that multiplies the influx.
# Experiments without a species set its factor to 0.
INFLUX = {"ca": "Ca", "ligand": "L", "glu": "Glu", "ach": "ACh"}

DEFAULTS = {
    "protocol": "HFS",
    "onset": 4040000.0,
    "ca_flux": 1900.0,
    "ligand_flux": 10.0,
    "glu_flux": 20.0,
    "ach_flux": 20.0,
    "ca_factor": 1.0,
    "ligand_factor": 1.0,
    "glu_factor": 1.0,
    "ach_factor": 1.0,
    "glur1_ratio": 0.5,
    **dict.fromkeys(FACTORS, 1.0),
    "blocked_species": [],
    "blocked_rates": [],
    "record_step": 10000.0,
    "tolerance": 1e-9,
}

UNITS = {
    "onset": "ms",
    **{f"{name}_flux": "1/ms" for name in INFLUX},
    **{f"{name}_factor": "1" for name in INFLUX},
    "glur1_ratio": "1",
    **dict.fromkeys(FACTORS, "1"),
    "record_step": "ms",
    "tolerance": "mM",
}


def net_params(values: dict[str, Any]) -> specs.NetParams:
    """Return the spine for `values` (names of DEFAULTS, units of UNITS).

    `glur1_ratio` is the share of GluR1 in all AMPA receptor subunits; 0.5 gives the published amounts. The factors of
    FACTORS multiply initial concentrations. The initial concentrations of `blocked_species` are 0, and the rate
    constants with the numbers `blocked_rates` are 0 from the start on.

    Raises
    ------
    ValueError
        If the protocol or a species does not exist, if a rate cannot be blocked, or if the blocked species or rates are
        not given as a list.
    """
    _check([values["protocol"]], PROTOCOLS, "protocol is called")
    _check(values["blocked_species"], _species(), "species is called")
    _check(values["blocked_rates"], [n for numbers in RATES.values() for n in numbers], "rate that can be blocked is")
    params = specs.NetParams()
    # The volume is 0.5 fl.
    params.cellParams["spine"] = {"secs": {"head": {"geom": {"L": 1.0, "diam": 0.798}, "topol": {}, "mechs": {}}}}
    params.popParams["spine"] = {"cellType": "spine", "numCells": 1}
    pulses, interval, trains, apart, length = PROTOCOLS[values["protocol"]]
    params.synMechParams["plasticity"] = {"mod": "SpinePlasticity", "pulse_duration": length, **_settings(values)}
    for train in range(trains):
        start = values["onset"] + train * apart
        source = {"type": "NetStim", "start": start, "interval": interval, "number": pulses, "noise": 0.0}
        _add_train(params, f"train_{train + 1}", source)
    return params


@cache
def _species() -> tuple[str, ...]:
    return read(FOLDER).species


def _check(given: Collection[object], known: Collection[object], words: str) -> None:
    if not isinstance(given, list):
        raise ValueError(f"{given!r} stands where a list must")
    for one in given:
        if one not in known:
            near = get_close_matches(str(one), map(str, known), n=5, cutoff=0.0)
            raise ValueError(f"no {words} {one!r}; nearest: {', '.join(near)}")


def _settings(values: dict[str, Any]) -> dict[str, float]:
    """Return the parameters of the mechanism."""
    fluxes = {f"flux_{name}": values[f"{key}_flux"] * values[f"{key}_factor"] for key, name in INFLUX.items()}
    amounts = {f"amount_{name}": values[factor] for factor, names in FACTORS.items() for name in names}
    for kind, share in (("GluR1", values["glur1_ratio"]), ("GluR2", 1.0 - values["glur1_ratio"])):
        amounts |= {f"amount_{kind}": 2.0 * share, f"amount_{kind}_memb": 2.0 * share}
    amounts |= {f"amount_{name}": 0.0 for name in values["blocked_species"]}
    return fluxes | amounts | {f"rate_{number}": 0.0 for number in values["blocked_rates"]}


def _add_train(params: specs.NetParams, name: str, source: dict[str, Any]) -> None:
    params.stimSourceParams[name] = source
    params.stimTargetParams[f"{name}->spine"] = {
        "source": name,
        "conds": {"pop": "spine"},
        "sec": "head",
        "loc": 0.5,
        "synMech": "plasticity",
        "weight": 1.0,
        "delay": 0.0,
    }


def sim_config(values: dict[str, Any], seed: int, duration_ms: float) -> specs.SimConfig:
    """Return the simulation settings, with a sample of each trace every `record_step`.

    Nothing in the model is random, so `seed` has no effect.
    """
    config = specs.SimConfig()
    config.duration = duration_ms
    config.cvode_active = True
    config.cvode_atol = values["tolerance"]
    # All trains must act on the same instance of the mechanism.
    config.oneSynPerNetcon = False
    config.seeds = {"conn": seed, "stim": seed, "loc": seed, "cell": seed}
    place = {"sec": "head", "loc": 0.5, "synMech": "plasticity"}
    config.recordTraces = {name: {**place, "var": name} for name in ("conductance", "peak_Ca")}
    config.recordCells = ["spine"]
    config.recordStep = values["record_step"]
    config.recordStim = False
    return config
