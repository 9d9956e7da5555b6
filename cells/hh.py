"""Build the Hodgkin-Huxley cell of NetPyNE's import tutorial (HHCellClass): a soma and a passive dendrite.

The soma has the channels of the squid axon. Its leak is ten times the leak of Hodgkin and Huxley, so any current step
gives one spike, at its onset. The dendrite has 1000 segments, as in the original. With 21 segments the cell gives the
same spikes within a time step, in a fiftieth of the time.

Source: Hodgkin & Huxley 1952, J. Physiol. 117:500, by NEURON's own mechanisms hh and pas.
"""

from typing import Any

from tuner.library.cells.template import Template

SOMA = {"L": 18.8, "diam": 18.8, "nseg": 1, "Ra": 123.0, "cm": 1.0}  # um, ohm cm, uF/cm2
DENDRITE = {"L": 200.0, "diam": 1.0, "Ra": 100.0, "cm": 1.0}
HH_S_CM2_MV = {"gnabar": 0.12, "gkbar": 0.036, "gl": 0.003, "el": -70.0}
PASSIVE_S_CM2_MV = {"g": 0.001, "e": -65.0}
SYNAPSE = {"mod": "ExpSyn", "tau": 2.0, "e": 0.0}  # ms, mV


def cell_rule(segments: int = 1000) -> dict[str, Any]:
    """Return the NetPyNE cell rule of the Hodgkin-Huxley cell; `segments` is the number of segments of the dendrite."""
    soma = {
        "geom": dict(SOMA),
        "topol": {},
        "mechs": {"hh": dict(HH_S_CM2_MV)},
        "ions": {"na": {"e": 50.0}, "k": {"e": -77.0}},
        "spikeGenLoc": 0.5,
    }
    dendrite = {
        "geom": {**DENDRITE, "nseg": segments},
        "topol": {"parentSec": "soma", "parentX": 1.0, "childX": 0.0},
        "mechs": {"pas": dict(PASSIVE_S_CM2_MV)},
    }
    return {"secs": {"soma": soma, "dend": dendrite}}


class HH(Template):
    """Provide the cell with two synapses to NetPyNE's importCellParams (with importSynMechs)."""

    rule = staticmethod(cell_rule)
    synapses = (("soma", 0.5, SYNAPSE), ("dend", 0.5, SYNAPSE))
