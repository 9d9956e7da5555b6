"""Load native models: modules with DEFAULTS, net_params(values) and sim_config(values, seed, duration_ms)."""

import importlib
import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from tuner.model.base import Inputs, Model, check_specs, write_parameter
from tuner.protocols import Protocol
from tuner.study.paths import Specs
from tuner.study.sources import Source


class OwnModel(Model):
    """Represent a native model, in which values have names."""

    def __init__(self, source: Source, module: ModuleType) -> None:
        super().__init__(source, source.top)
        self.module: ModuleType = module

    @property
    def defaults(self) -> dict[str, Any]:
        """Return the module's DEFAULTS."""
        return dict(self.module.DEFAULTS)

    @property
    def units(self) -> dict[str, str]:
        """Return the module's UNITS."""
        return dict(getattr(self.module, "UNITS", {}))

    def make(self, inputs: Inputs, values: Mapping[str, Any], protocol: Protocol) -> Specs:
        """Return the specs that net_params and sim_config build, with the parameters that have paths written last."""
        settings = {**self.defaults, **inputs.values, **protocol.values}
        given = [parameter for parameter in inputs.parameters if parameter.name in values]
        settings.update({parameter.name: values[parameter.name] for parameter in given if not parameter.has_path})
        net_params = self.module.net_params(dict(settings))
        sim_config = self.module.sim_config(dict(settings), inputs.seed, protocol.duration_ms)
        specs = check_specs(Specs(net_params, sim_config), self.given)
        for parameter in given:
            write_parameter(specs, parameter, values[parameter.name])
        return specs


def load(source: Source) -> OwnModel:
    """Return the native model of a source; pass on exceptions of the module's code."""
    if source.is_shipped:
        return OwnModel(source, importlib.import_module(f"tuner.library.netparams.{source.file.stem}"))
    return OwnModel(source, _module(source.file))


def _module(file: Path) -> ModuleType:
    # The model's helper modules must be found before the project's modules of the same name.
    sys.path.insert(0, str(file.parent))
    spec = importlib.util.spec_from_file_location(f"model_{file.stem}", file)
    assert spec is not None and spec.loader is not None, "a file whose name ends in .py has a loader"
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
