"""All cells: the network of nine_cells, with the granule cell and both forms of the adaptive exponential neuron.

The granule cell's channels work at the 37 degC at which they were measured, while all others keep the network's 6.3.
"""

from typing import Any

from netpyne import specs

from tuner.library.netparams import nine_cells
from tuner.library.netparams.nine_cells import sim_config

__all__ = ["DEFAULTS", "UNITS", "net_params", "sim_config"]

# Population: cell type, weight of its background, and the cell's options.
ADDED = {
    "Granule_pop": ("granule", 0.001, {"temperature": 37.0}),
    "AdEx_pop": ("adex", 10.0, {"I": 0.0}),
    "AdEx_section_pop": ("adex", 0.01, {"I": 0.0, "on_section": True}),
}
POPULATIONS = {**nine_cells.POPULATIONS, **{name: (cell, weight) for name, (cell, weight, _) in ADDED.items()}}
DEFAULTS = nine_cells.defaults(POPULATIONS)
UNITS = {**nine_cells.units(POPULATIONS), "drive_AdEx_section_pop": "uS", "recurrent_AdEx_section_pop": "uS"}


def net_params(values: dict[str, Any]) -> specs.NetParams:
    """The network for `values` (names of DEFAULTS, units of UNITS), which mean what they do in nine_cells."""
    return nine_cells.network(POPULATIONS, values, {name: options for name, (*_, options) in ADDED.items()})
