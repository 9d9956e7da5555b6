"""A model that was made for NetPyNE alone: its own files make the specs, values are written into them by their paths.

Its code runs anew for every candidate (`making`), in a likeness of its folder (`home`).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tuner.model import batch_script, sandbox, saved
from tuner.model.base import Model, Specs
from tuner.model.batch_script import BatchScript
from tuner.model.script_run import Assignment, Making
from tuner.protocols import Trial
from tuner.study import sources
from tuner.study.sources import Source
from tuner.study.study import Study


class ForeignModel(Model):
    """A model whose values are known by their paths."""

    def __init__(self, source: Source, trust_pickle: bool = False) -> None:
        super().__init__(source.file.stem, source.root)
        self._source, self._trust_pickle = source, trust_pickle

    @property
    def likeness(self) -> Path:
        """The likeness of its folder, made once a process."""
        return sandbox.likeness(self._source.root)

    @contextmanager
    def at_home(self) -> Iterator[None]:
        """The working directory is the likeness of the model's."""
        with sandbox.working_in(self._there(self._source.top)):
            yield

    @property
    def script(self) -> BatchScript | None:
        """What it hands over, of a script of NetPyNE's batch mode."""
        return batch_script.read(self._source, self._there) if self._source.kind in ("batch", "search") else None

    @property
    def left_undone(self) -> str:
        """What its script does after it has created its network; that the cells of a saved one are not used."""
        if self._source.kind == "saved":
            is_safe = self._trust_pickle or self._source.file.suffix not in sources.PICKLES
            has_cells = is_safe and saved.has_cells(saved.load(self._there(self._source.file)))
            return "the file's built cells are not used: they are made anew from its netParams" if has_cells else ""
        if self._source.kind == "script":
            return sources.left_undone(self._source.file)
        # A batchtools script runs to its end, without the network.
        return sources.left_undone(self._source.top / self.script.script) if self.script and self.script.script else ""

    @property
    def creates(self) -> bool:
        """True for a script of NetPyNE's batch mode."""
        return self.script is not None

    @property
    def gives_numbers(self) -> bool:
        """Whether its own code makes a number of a simulation."""
        return self.script is not None and self.script.has_fitness

    def make(self, study: Study, values: Mapping[str, object], trial: Trial) -> Specs:
        """What its own files make, with the values of study, protocol and candidate at their paths."""
        made = self._making(study, values, trial).make()
        if trial.protocol.duration_ms is not None:
            made[1].duration = trial.protocol.duration_ms
        return made

    def numbers(self, study: Study, values: Mapping[str, object], trial: Trial, sim_data: Mapping) -> dict[str, float]:
        """The fitness that the script's own code gives a simulation, of which it sees NetPyNE's simData."""
        script = self.script
        if script.batch is not None:
            return {batch_script.FITNESS: batch_script.fitness(script, sim_data, self._there(self._source.top))}
        return {batch_script.FITNESS: self._making(study, values, trial).sent(sim_data)}

    def _making(self, study: Study, values: Mapping[str, object], trial: Trial) -> "Making":
        wanted = assignments(study, values, trial)
        script = self.script
        if script is not None:
            wanted = [*(Assignment(path, value) for path, value in script.initial.items()), *wanted]
        return Making(self._source, self._there, wanted, self._trust_pickle, script)

    def _there(self, path: Path) -> Path:
        """Where in the likeness a path of the model lies."""
        return self.likeness / path.relative_to(self._source.root)


def assignments(study: Study, values: Mapping[str, object], trial: Trial) -> list[Assignment]:
    """What is to be written, in order. A parameter without a path is one by its name."""
    found = [Assignment(path, value) for path, value in {**study.values, **trial.protocol.values}.items()]
    for parameter in study.space.parameters:
        if parameter.name in values:
            value = values[parameter.name]
            settings = parameter.settings(value) or [(parameter.name, value)]
            found += [Assignment(path, setting, parameter.relative) for path, setting in settings]
    return found
