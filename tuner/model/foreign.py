"""A model that was made for NetPyNE alone: its own files make the specs, values are written into them by their paths.

Its code runs anew for every candidate (`script_run`), in a working copy of its folder (`sandbox`).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tuner.model import batch_script, sandbox, saved
from tuner.model.base import Inputs, Model
from tuner.model.batch_script import BatchScript
from tuner.model.script_run import Assignment, ScriptRun
from tuner.protocols import Protocol
from tuner.study import python_text, sources
from tuner.study.paths import Specs
from tuner.study.sources import BATCH, BATCHTOOLS, Source


class ForeignModel(Model):
    """A model whose values are known by their paths."""

    def __init__(self, source: Source, *, trust_pickle: bool = False) -> None:
        super().__init__(source, source.root)
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
        return batch_script.read(self._source, self._there) if self._source.kind in (BATCH, BATCHTOOLS) else None

    @property
    def left_undone(self) -> str:
        """What its script does after it has created its network; that the cells of a saved one are not used."""
        if self._source.kind == "saved":
            is_safe = self._trust_pickle or self._source.file.suffix not in sources.PICKLES
            has_cells = is_safe and saved.has_cells(saved.load(self._there(self._source.file)))
            return "the file's built cells are not used: they are made anew from its netParams" if has_cells else ""
        if self._source.kind == "script":
            return python_text.left_undone(self._source.file)
        # A batchtools script runs to its end, without the network.
        return (
            python_text.left_undone(self._source.top / self.script.script) if self.script and self.script.script else ""
        )

    @property
    def creates(self) -> bool:
        """True for a script of NetPyNE's batch mode."""
        return self.script is not None

    @property
    def gives_numbers(self) -> bool:
        """Whether its own code makes a number of a simulation."""
        return self.script is not None and self.script.has_fitness

    def make(self, inputs: Inputs, values: Mapping[str, Any], protocol: Protocol) -> Specs:
        """What its own files make, with the values of study, protocol and candidate at their paths."""
        made = self._run_of(inputs, values, protocol).make()
        if protocol.duration_ms is not None:
            made.sim_config.duration = protocol.duration_ms
        return made

    def numbers(
        self, inputs: Inputs, values: Mapping[str, Any], protocol: Protocol, sim_data: Mapping[str, Any]
    ) -> dict[str, float]:
        """The fitness that the script's own code gives a simulation, of which it sees NetPyNE's simData."""
        script = self.script
        if script is None:
            return {}
        if script.batch is not None:
            return {batch_script.FITNESS: batch_script.fitness(script, sim_data, self._there(self._source.top))}
        metric = str(script.search.get("metric"))
        return {batch_script.FITNESS: self._run_of(inputs, values, protocol).sent(sim_data, metric)}

    def _run_of(self, inputs: Inputs, values: Mapping[str, Any], protocol: Protocol) -> ScriptRun:
        wanted = assignments(inputs, values, protocol)
        script = self.script
        if script is not None:
            wanted = [*(Assignment(path, value) for path, value in script.initial.items()), *wanted]
        return ScriptRun(self._source, self._there, wanted, self._trust_pickle, script)

    def _there(self, path: Path) -> Path:
        """Where in the likeness a path of the model lies."""
        return self.likeness / path.relative_to(self._source.root)


def assignments(inputs: Inputs, values: Mapping[str, Any], protocol: Protocol) -> list[Assignment]:
    """What is to be written, in order. A parameter without a path is one by its name."""
    found = [Assignment(path, value) for path, value in {**inputs.values, **protocol.values}.items()]
    for parameter in inputs.parameters:
        if parameter.name in values:
            value = values[parameter.name]
            settings = parameter.settings(value) or [(parameter.name, value)]
            found += [Assignment(path, setting, parameter.relative) for path, setting in settings]
    return found
