"""Run a model that was made for NetPyNE alone, and write values into the specs by paths.

The model's own files build the specs. The code runs anew for every candidate (`script_run`), in a working copy of the
model's folder (`sandbox`).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tuner.model import batch_script, live_script, sandbox, saved, script_export
from tuner.model.base import Inputs, Model, seed_generators
from tuner.model.batch_script import BatchScript
from tuner.model.script_run import Assignment, ScriptRun
from tuner.protocols import Protocol, Trial
from tuner.simulation.simulate import Run
from tuner.study import live_steps, sources
from tuner.study.kinds.config_pair import live_scripts
from tuner.study.live_steps import LiveSteps
from tuner.study.paths import Specs
from tuner.study.sources import BATCH, BATCHTOOLS, Source
from tuner.study.study import Study


class ForeignModel(Model):
    """Represent a model with values that are known by paths, not by names."""

    def __init__(self, source: Source, *, trust_pickle: bool = False) -> None:
        super().__init__(source, source.root)
        self._source, self._trust_pickle = source, trust_pickle

    @property
    def working_copy(self) -> Path:
        """Return the working copy of the model's folder, made once per process."""
        return sandbox.working_copy(self._source.root)

    @contextmanager
    def at_home(self) -> Iterator[None]:
        """Set the working directory to the model's place in the working copy."""
        with sandbox.working_in(self._there(self._source.top)):
            yield

    @property
    def script(self) -> BatchScript | None:
        """Return the search that a script of NetPyNE's batch mode hands over; `None` for other models."""
        return batch_script.read(self._source, self._there) if self._source.kind in (BATCH, BATCHTOOLS) else None

    @property
    def left_undone(self) -> tuple[str, ...]:
        """Return a note for each later step of the script, or on the cells of a saved network, that is not used.

        Steps of a script count if they act on the network after the first simulation.
        """
        if self._source.kind == "saved":
            is_safe = self._trust_pickle or self._source.file.suffix not in sources.PICKLES
            has_cells = is_safe and saved.has_cells(saved.load(self._there(self._source.file)))
            words = "the file's built cells are not used: NetPyNE builds the cells again from the file's netParams"
            return (words,) if has_cells else ()
        return (*_beside(self._source), *self.live_steps.not_done)

    @property
    def live_steps(self) -> LiveSteps:
        """Return the steps of the model's script, or of a batch's script, that act on the created network."""
        source, script = self._source, self.script
        if source.kind == "script":
            return live_steps.read(source.file, [source.top])
        return live_steps.read(source.top / script.script, [source.top]) if script and script.script else LiveSteps()

    def run_live(
        self,
        study: Study,
        values: Mapping[str, Any],
        trial: Trial,
        check: Callable[[Specs], None],
        simulate: Callable[[Run], None],
    ) -> None:
        """Run the model's script on the live network with the given values of the free parameters."""
        seed_generators(study.seed)

        def complete(specs: Specs) -> None:
            self._set_duration(specs, trial.protocol)
            self.complete(specs, study, trial)
            check(specs)

        live_script.run(self._run_of(Inputs.of(study), values, trial.protocol), complete, simulate)

    def export_script(self, study: Study, values: Mapping[str, Any], trial: Trial, specs: Specs, folder: Path) -> None:
        """Write the model's script, and the files that the script needs, for plain NetPyNE."""
        run = self._run_of(Inputs.of(study), values, trial.protocol)
        script_export.export(run, specs, study.seed, folder)

    def _set_duration(self, specs: Specs, protocol: Protocol) -> None:
        # The script itself decides if it sets the duration of the created network.
        if protocol.duration_ms is not None and not self.live_steps.sets_duration:
            specs.sim_config.duration = protocol.duration_ms

    @property
    def creates(self) -> bool:
        """Return True for a script of NetPyNE's batch mode."""
        return self.script is not None

    @property
    def gives_numbers(self) -> bool:
        """Return whether the model is a batch script with a fitness."""
        return self.script is not None and self.script.has_fitness

    def make(self, inputs: Inputs, values: Mapping[str, Any], protocol: Protocol) -> Specs:
        """Return the specs that the model's files build, with the values of study, protocol and candidate."""
        made = self._run_of(inputs, values, protocol).make()
        self._set_duration(made, protocol)
        return made

    def numbers(
        self, inputs: Inputs, values: Mapping[str, Any], protocol: Protocol, sim_data: Mapping[str, Any]
    ) -> dict[str, float]:
        """Return the fitness that the script's own code computes from NetPyNE's simData."""
        script = self.script
        if script is None:
            return {}
        if script.batch is not None:
            return {batch_script.FITNESS: batch_script.fitness(script, sim_data, self._there(self._source.top))}
        metric = str(script.search.get("metric"))
        run = self._run_of(inputs, values, protocol)
        complete = partial(self._set_duration, protocol=protocol) if self.live_steps.reason else None
        return {batch_script.FITNESS: live_script.sent(run, sim_data, metric, complete)}

    def _run_of(self, inputs: Inputs, values: Mapping[str, Any], protocol: Protocol) -> ScriptRun:
        wanted = assignments(inputs, values, protocol)
        script = self.script
        if script is not None:
            wanted = [*(Assignment(path, value) for path, value in script.initial.items()), *wanted]
        return ScriptRun(self._source, self._there, wanted, self._trust_pickle, script)

    def _there(self, path: Path) -> Path:
        """Return the place of a path of the model in the working copy."""
        return self.working_copy / path.relative_to(self._source.root)


def _beside(source: Source) -> Iterator[str]:
    """Yield a note if a script beside a pair of files would change the network, but is not the model."""
    for script in live_scripts(source.pair) if source.kind == "pair" else ():
        steps = live_steps.read(script, [source.top]).reason
        words = "this is left out, because the model has no script"
        yield f"{steps.replace('the script', script.name)}: {words}; if it counts, name {script.name} as the model"


def assignments(inputs: Inputs, values: Mapping[str, Any], protocol: Protocol) -> list[Assignment]:
    """Return the values to write, in order; a parameter without a path is written at the path that the name says."""
    found = [Assignment(path, value) for path, value in {**inputs.values, **protocol.values}.items()]
    for parameter in inputs.parameters:
        if parameter.name in values:
            value = values[parameter.name]
            settings = parameter.settings(value) or [(parameter.name, value)]
            found += [Assignment(path, setting, parameter.relative) for path, setting in settings]
    return found
