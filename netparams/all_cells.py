"""Build the network of nine_cells, extended by the granule cell and two variants of the adaptive exponential neuron.

The channels of the granule cell work at 37 degC, the temperature of their measurement. All other cells work at the
network's 6.3 degC.
"""

from typing import Any

from netpyne import specs

from tuner.library.netparams import nine_cells
from tuner.library.netparams.nine_cells import sim_config

__all__ = ["DEFAULTS", "UNITS", "net_params", "sim_config"]

# Population: cell type, weight of the background, and options of the cell.
ADDED = {
    "Granule_pop": ("granule", 0.001, {"temperature": 37.0}),
    "AdEx_pop": ("adex", 10.0, {"I": 0.0}),
    "AdEx_section_pop": ("adex", 0.01, {"I": 0.0, "on_section": True}),
}
POPULATIONS = {**nine_cells.POPULATIONS, **{name: (cell, weight) for name, (cell, weight, _) in ADDED.items()}}
DEFAULTS = nine_cells.defaults(POPULATIONS)
UNITS = {**nine_cells.units(POPULATIONS), "drive_AdEx_section_pop": "uS", "recurrent_AdEx_section_pop": "uS"}


def net_params(values: dict[str, Any]) -> specs.NetParams:
    """Return the network for `values` (names of DEFAULTS, units of UNITS), with the same meaning as in nine_cells."""
    return nine_cells.network(POPULATIONS, values, {name: options for name, (*_, options) in ADDED.items()})
