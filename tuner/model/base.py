"""Define the base class of all models, which turn parameter values into NetPyNE's specs."""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
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
from tuner.simulation.simulate import Run
from tuner.study import paths
from tuner.study.live_steps import LiveSteps
from tuner.study.paths import Specs
from tuner.study.sources import Source
from tuner.study.space import Parameter
from tuner.study.study import Study
from tuner.words import shown


@dataclass(frozen=True)
class Description:
    """Describe a model: units, populations, start point, files, duration [ms] and notes for the user.

    `duration_ms` is the model's own duration. If the specs could not be built at the start point, `unbuilt` says why;
    the populations and the duration may then be unknown. `without_cells` names the parameters that change only rules
    that match no cell.
    """

    units: dict[str, str]
    populations: tuple[str, ...]
    start: dict[str, Any]
    files: tuple[str, ...]
    duration_ms: float | None = None
    notes: tuple[str, ...] = ()
    unbuilt: str = ""
    without_cells: tuple[str, ...] = ()


AS_LONG_AS_THE_MODEL = Protocol(DEFAULT, None)


@dataclass(frozen=True)
class Inputs:
    """Hold the fixed values (by name or path), the parameters and the seed that a study sets in a model."""

    values: Mapping[str, Any] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    seed: int = 1

    @classmethod
    def of(cls, study: Study) -> "Inputs":
        """Return the inputs of a study."""
        return cls(study.values, study.space.parameters, study.seed)


class Model(ABC):
    """Represent a model that has been found.

    `folder` holds the model's files. `module` is the Python module of a native model, None for other models.
    `left_out` has the names of recordings that the model asks for and that NetPyNE could not make.
    """

    module: ModuleType | None = None

    def __init__(self, source: Source, folder: Path) -> None:
        self.name, self.given, self.folder = source.file.stem, source.given, folder
        self.left_out: set[str] = set()

    @property
    def defaults(self) -> dict[str, Any]:
        """Return the model's default values by name; empty if the values are known by paths only."""
        return {}

    @property
    def units(self) -> dict[str, str]:
        """Return the units of the values by name; a value may have no unit."""
        return {}

    @property
    def working_copy(self) -> Path:
        """Return the folder in which the model's code runs."""
        return self.folder

    @contextmanager
    def at_home(self) -> Iterator[None]:
        """Set the working directory of the model while a network is built and run.

        The base class leaves the working directory unchanged.
        """
        yield

    def specs(self, study: Study, values: Mapping[str, Any], trial: Trial | None = None) -> Specs:
        """Return netParams and simConfig for the given values of the free parameters.

        All other settings are the study's. Without a trial, the study's first trial is used. Recordings that NetPyNE
        cannot make are turned off, and `left_out` gets their names. Raises StudyError if a target's trace is invalid.
        """
        trial = trial or study.trials(study.seeds[0])[0]
        seed_generators(study.seed)
        specs = self.make(Inputs.of(study), values, trial.protocol)
        self.complete(specs, study, trial)
        return specs

    def complete(self, specs: Specs, study: Study, trial: Trial) -> None:
        """Add to the specs the recordings of the study's targets and the seed of the trial."""
        self.left_out.update(leave_out_recordings(specs.sim_config))
        for target in study.targets:
            try:
                traces.add(specs, traces.wanted([target]))
            except StudyError as error:
                raise study.place.at("targets").at(target.name).at("trace").error(str(error)) from None
        if trial.seed is not None:
            specs.sim_config.seeds.update(dict.fromkeys(VARIED[study.simulation.vary], trial.seed))

    def plain_specs(self, inputs: Inputs = Inputs(), protocol: Protocol = AS_LONG_AS_THE_MODEL) -> Specs:
        """Return the model's netParams and simConfig, changed only by the fixed values of the inputs."""
        return self.make(inputs, {}, protocol)

    @property
    def left_undone(self) -> tuple[str, ...]:
        """Return a note for each step of the model's script, or part of a saved network, that is not used."""
        return ()

    @property
    def live_steps(self) -> LiveSteps:
        """Return the steps of the model's script that act on the created network."""
        return LiveSteps()

    def run_live(
        self,
        study: Study,
        values: Mapping[str, Any],
        trial: Trial,
        check: Callable[[Specs], None],
        simulate: Callable[[Run], None],
    ) -> None:
        """Run the model's script on the live network with the given values of the free parameters.

        `check` gets the specs before the network is created. `simulate` does the script's first simulation.
        """
        raise NotImplementedError

    def export_script(self, study: Study, values: Mapping[str, Any], trial: Trial, specs: Specs, folder: Path) -> None:
        """Write the model's script, and the files that the script needs, for plain NetPyNE."""
        raise NotImplementedError

    @property
    def creates(self) -> bool:
        """Return whether a path that does not exist is created, as in NetPyNE's batch mode, instead of refused."""
        return False

    @property
    def gives_numbers(self) -> bool:
        """Return whether the model's own code computes a number from a simulation."""
        return False

    def numbers(
        self, inputs: Inputs, values: Mapping[str, Any], protocol: Protocol, sim_data: Mapping[str, Any]
    ) -> dict[str, float]:
        """Return the numbers that the model's own code computes from a simulation.

        `sim_data` is NetPyNE's simData of the simulation. The base class returns an empty table.
        """
        return {}

    @abstractmethod
    def make(self, inputs: Inputs, values: Mapping[str, Any], protocol: Protocol) -> Specs:
        """Return new netParams and simConfig objects.

        A parameter without an entry in `values` keeps the value that the model has.
        """


def seed_generators(seed: int) -> None:
    """Set the seeds of the global generators of Python and NumPy, from which a model may draw during a build."""
    random.seed(seed)
    np.random.seed(seed)


def check_specs(specs: Specs, model: str) -> Specs:
    """Return the specs if both are NetPyNE's objects; raise ModelError otherwise."""
    for name, made in zip(("net_params", "sim_config"), specs, strict=True):
        if not hasattr(made, "todict"):
            kinds = "net_params must return a NetParams and sim_config a SimConfig of netpyne.specs"
            raise ModelError(f"{model}: {name} returned {shown(made)}; {kinds}")
    return specs


def write_parameter(specs: Specs, parameter: Parameter, value: Any) -> None:
    """Write a parameter's value at each of the parameter's paths."""
    for path, setting in parameter.settings(value):
        paths.put(specs, path, setting, relative=parameter.relative)


# Recordings for which NetPyNE calls a method that NEURON 9 has removed, and the value that turns each one off.
UNRECORDABLE = {"recordLFP": [], "recordDipole": False}
OF_THESE = ("LFP", "CSD", "Dipole", "EEG")


def leave_out_recordings(sim_config: SimConfig) -> list[str]:
    """Turn off the recordings that NetPyNE cannot make with this NEURON, and return the names of these recordings."""
    asked = [name for name in UNRECORDABLE if getattr(sim_config, name, None)]
    if not asked or hasattr(interpreter().PtrVector(1), "ptr_update_callback"):
        return []
    for name in asked:
        setattr(sim_config, name, UNRECORDABLE[name])
    for name in [name for name in sim_config.analysis if any(word in name for word in OF_THESE)]:
        del sim_config.analysis[name]
    return asked
