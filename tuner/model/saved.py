"""What files of NetPyNE's and pickles hold, as NetPyNE's own objects."""

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from tuner.errors import ModelError
from tuner.interfaces import netpyne_private
from tuner.study.paths import Specs
from tuner.study.sources import PICKLES


def load(file: Path) -> Any:
    """The data of a JSON as NetPyNE reads it, or of a pickle, which runs code."""
    if file.suffix not in PICKLES:
        return netpyne_private.load_file(str(file))
    import pickle

    with open(file, "rb") as stream:
        return pickle.load(stream, encoding="latin1")


def variable_of(module: ModuleType, names: tuple[str, ...], file: Path) -> str:
    found = [name for name in names if hasattr(module, name)]
    if not found:
        raise ModelError(f"{file.resolve()}: defines no {' or '.join(names)}")
    return found[0]


def of_data(data: Any, file: Path) -> Specs:
    """netParams and simConfig of what was loaded: NetPyNE's own form, the two by their names, or the two objects."""
    if isinstance(data, tuple | list) and len(data) == 2:
        first, second = data
        return Specs(second, first) if _is_config(first) else Specs(first, second)
    table = data if isinstance(data, Mapping) else vars(data)
    net = table.get("net")
    net_params = net["params"] if isinstance(net, Mapping) and "params" in net else table.get("netParams")
    sim_config = table.get("simConfig", table.get("cfg"))
    if net_params is None or sim_config is None:
        lacks = "netParams (net.params)" if net_params is None else "simConfig"
        raise ModelError(f"{file}: holds no {lacks}")
    return Specs(net_params, sim_config)


def has_cells(data: object) -> bool:
    """Whether what was loaded holds a built network too."""
    net = data.get("net") if isinstance(data, Mapping) else None
    return isinstance(net, Mapping) and bool(net.get("cells"))


def _is_config(specs: object) -> bool:
    return "duration" in specs if isinstance(specs, Mapping) else hasattr(specs, "duration")


def as_specs(net_params: Any, sim_config: Any, file: Path) -> Specs:
    """NetPyNE's objects, of what may be their tables."""
    from netpyne import specs

    for made, what in ((net_params, "netParams"), (sim_config, "simConfig")):
        if not made:
            raise ModelError(f"{file}: makes no {what}")
    if not isinstance(net_params, specs.NetParams):
        net_params = specs.NetParams(dict(net_params))
    if not isinstance(sim_config, specs.SimConfig):
        sim_config = specs.SimConfig(dict(sim_config))
    return Specs(net_params, sim_config)
