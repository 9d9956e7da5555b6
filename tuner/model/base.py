"""What every model does: turn values into NetPyNE's specs."""

import random
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from tuner.errors import ModelError, StudyError
from tuner.interfaces.netpyne_types import SimConfig
from tuner.interfaces.neuron_types import interpreter
from tuner.protocols import DEFAULT, VARIED, Protocol, Trial
from tuner.simulation import traces
from tuner.study import paths
from tuner.study.paths import Specs
from tuner.study.sources import Source
from tuner.study.space import Parameter
from tuner.study.study import Study
from tuner.words import shown


@dataclass(frozen=True)
class Description:
    """What a study must know of its model: units, populations, the start point, the files it is made of, how long it
    runs by itself [ms], and what is to be said of it. Where its specs could not be made at the start point, `unbuilt`
    says why, and populations and duration may be unknown."""

    units: dict[str, str]
    populations: tuple[str, ...]
    start: dict[str, Any]
    files: tuple[str, ...]
    duration_ms: float | None = None
    notes: tuple[str, ...] = ()
    unbuilt: str = ""


AS_LONG_AS_THE_MODEL = Protocol(DEFAULT, None)


@dataclass(frozen=True)
class Inputs:
    """What a study sets in a model: fixed values by name or path, parameters, and the seed."""

    values: Mapping[str, Any] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    seed: int = 1

    @classmethod
    def of(cls, study: Study) -> "Inputs":
        """Return the inputs of a study."""
        return cls(study.values, study.space.parameters, study.seed)


class Model(ABC):
    """A model that is found. `folder` holds its files, `module` is that of one of ours; `left_out` are the recordings
    that it asked for and NetPyNE could not make."""

    module: ModuleType | None = None

    def __init__(self, source: Source, folder: Path) -> None:
        self.name, self.given, self.folder = source.file.stem, source.given, folder
        self.left_out: set[str] = set()

    @property
    def defaults(self) -> dict[str, Any]:
        """The model's values, by name; empty where they are known by paths only."""
        return {}

    @property
    def units(self) -> dict[str, str]:
        """Units of the values; a value may have none."""
        return {}

    @property
    def likeness(self) -> Path:
        """The folder in which its code runs."""
        return self.folder

    @contextmanager
    def at_home(self) -> Iterator[None]:
        """The working directory is the model's, while its network is built and run."""
        yield

    def specs(self, study: Study, values: Mapping[str, Any], trial: Trial | None = None) -> Specs:
        """netParams and simConfig for free parameters at `values`, all other settings as the study has them.

        Without a trial they are those of the first. What NetPyNE could not record is left out.
        """
        trial = trial or study.trials(study.seeds[0])[0]
        # A model may draw from Python's or NumPy's global generator while it builds; the seed decides that too.
        random.seed(study.seed)
        np.random.seed(study.seed)
        specs = self.make(Inputs.of(study), values, trial.protocol)
        self.left_out.update(leave_out_recordings(specs.sim_config))
        for target in study.targets:
            try:
                traces.add(specs, traces.wanted([target]))
            except StudyError as error:
                raise study.place.at("targets").at(target.name).at("trace").error(str(error)) from None
        if trial.seed is not None:
            specs.sim_config.seeds.update(dict.fromkeys(VARIED[study.simulation.vary], trial.seed))
        return specs

    def plain_specs(self, inputs: Inputs = Inputs(), protocol: Protocol = AS_LONG_AS_THE_MODEL) -> Specs:
        """Return netParams and simConfig as the model has them, but for the fixed values of the inputs."""
        return self.make(inputs, {}, protocol)

    @property
    def left_undone(self) -> str:
        """What its own script would do to the network and is not done, in words; "" if there is nothing."""
        return ""

    @property
    def creates(self) -> bool:
        """Whether a path that names nothing is made, as NetPyNE's batch mode does, and not refused."""
        return False

    @property
    def gives_numbers(self) -> bool:
        """Whether its own code makes a number of a simulation."""
        return False

    def numbers(
        self, inputs: Inputs, values: Mapping[str, Any], protocol: Protocol, sim_data: Mapping[str, Any]
    ) -> dict[str, float]:
        """What its own code makes of a simulation, of which it sees NetPyNE's simData."""
        return {}

    @abstractmethod
    def make(self, inputs: Inputs, values: Mapping[str, Any], protocol: Protocol) -> Specs:
        """netParams and simConfig, fresh objects; parameters that are not among `values` stay the model's."""


def check_specs(specs: Specs, model: str) -> Specs:
    """The same, if NetPyNE's objects; else ModelError."""
    for name, made in zip(("net_params", "sim_config"), specs, strict=True):
        if not hasattr(made, "todict"):
            raise ModelError(f"{model}: {name} returned {shown(made)}, must return NetPyNE's specs")
    return specs


def write_parameter(specs: Specs, parameter: Parameter, value: Any) -> None:
    """Puts a parameter's value at its paths."""
    for path, setting in parameter.settings(value):
        paths.put(specs, path, setting, relative=parameter.relative)


# What NetPyNE records by a method that NEURON 9 has no more, and what turns each off.
UNRECORDABLE = {"recordLFP": [], "recordDipole": False}
OF_THESE = ("LFP", "CSD", "Dipole", "EEG")


def leave_out_recordings(sim_config: SimConfig) -> list[str]:
    """Turns off what NetPyNE cannot record with this NEURON; gives the names of what was on."""
    asked = [name for name in UNRECORDABLE if getattr(sim_config, name, None)]
    if not asked or hasattr(interpreter().PtrVector(1), "ptr_update_callback"):
        return []
    for name in asked:
        setattr(sim_config, name, UNRECORDABLE[name])
    for name in [name for name in sim_config.analysis if any(word in name for word in OF_THESE)]:
        del sim_config.analysis[name]
    return asked
