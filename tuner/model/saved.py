"""Read files that NetPyNE or pickle has saved, and return NetPyNE's objects."""

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from tuner.errors import ModelError
from tuner.interfaces import netpyne_private
from tuner.model import sandbox
from tuner.regular_files import check_named
from tuner.study.paths import Specs
from tuner.study.sources import PICKLES


def load(file: Path) -> Any:
    """Return the data of a JSON file, read by NetPyNE, or of a pickle, which runs code."""
    check_named(file, ModelError)
    if file.suffix not in PICKLES:
        return netpyne_private.load_file(str(file))
    import pickle

    with open(file, "rb") as stream:
        return pickle.load(stream, encoding="latin1")


def variable_of(module: ModuleType, names: tuple[str, ...], file: Path) -> str:
    found = [name for name in names if hasattr(module, name)]
    if not found:
        # The file may lie in the working copy, but the user's own path is the one to correct.
        place = sandbox.original(file.resolve())
        raise ModelError(f"{place}: defines no variable {' or '.join(names)}, which NetPyNE reads from this file")
    return found[0]


def of_data(data: Any, file: Path) -> Specs:
    """Return the netParams and simConfig of loaded data.

    The data are a network in NetPyNE's own format, a table with both names, or a pair of the two objects.
    """
    if isinstance(data, tuple | list) and len(data) == 2:
        first, second = data
        return Specs(second, first) if _is_config(first) else Specs(first, second)
    table = data if isinstance(data, Mapping) else vars(data)
    net = table.get("net")
    net_params = net["params"] if isinstance(net, Mapping) and "params" in net else table.get("netParams")
    sim_config = table.get("simConfig", table.get("cfg"))
    if net_params is None or sim_config is None:
        lacks = "netParams (net.params)" if net_params is None else "simConfig"
        saving = "'netParams' and 'simConfig' must be in simConfig.saveDataInclude when NetPyNE saves the file"
        raise ModelError(f"{file}: contains no {lacks}; {saving}")
    return Specs(net_params, sim_config)


def has_cells(data: object) -> bool:
    """Return whether loaded data contain a built network."""
    net = data.get("net") if isinstance(data, Mapping) else None
    return isinstance(net, Mapping) and bool(net.get("cells"))


def _is_config(specs: object) -> bool:
    return "duration" in specs if isinstance(specs, Mapping) else hasattr(specs, "duration")


def as_specs(net_params: Any, sim_config: Any, file: Path) -> Specs:
    """Return netParams and simConfig as NetPyNE's objects; either may be given as a table."""
    from netpyne import specs

    for made, what in ((net_params, "netParams"), (sim_config, "simConfig")):
        if not made:
            raise ModelError(f"{file}: creates no {what}; a model must create both netParams and simConfig")
    if not isinstance(net_params, specs.NetParams):
        net_params = specs.NetParams(dict(net_params))
    if not isinstance(sim_config, specs.SimConfig):
        sim_config = specs.SimConfig(dict(sim_config))
    return Specs(net_params, sim_config)
