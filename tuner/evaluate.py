"""One evaluation: values in, a record out, whatever the model does."""

import math
import time
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from tuner import mechanisms, model
from tuner.errors import TunerError
from tuner.evaluation import Evaluation
from tuner.executors.outcome import Outcome
from tuner.network import Network
from tuner.network.sharing import refusals
from tuner.objective import judge, measure
from tuner.recording import Recording
from tuner.simulate import simulate
from tuner.study import Study


@dataclass(frozen=True)
class Task:
    """What a worker needs for one evaluation: `library` is the compiled mechanisms', `each_its_own` as in `judge`.

    The raster comes back only if the loss is below `raster_below`. With `shared` one synapse serves all connections
    onto a place, as `compare_shared` has found to be the same.
    """

    study: Study
    library: Path | None
    number: int
    generation: int
    values: dict[str, object]
    each_its_own: bool = False
    raster_below: float = math.inf
    shared: bool = False

    def at(self, number: int, generation: int, values: dict[str, object], raster_below: float = math.inf) -> "Task":
        """The same task for other values."""
        return replace(self, number=number, generation=generation, values=values, raster_below=raster_below)

    def evaluation(self, **fields: object) -> Evaluation:
        """The task's record with these fields."""
        return Evaluation(self.number, self.generation, self.values, self.study.seed, **fields)


@dataclass(frozen=True)
class Result:
    """An evaluation, the raster that was asked for, and what was done to the network and why."""

    evaluation: Evaluation
    recording: Recording | None = None
    change: str = ""
    reason: str = ""


@cache
def _network() -> Network:
    return Network()


def prepare(task: Task) -> model.Description:
    """Loads mechanisms and model in this process and holds the study against the model."""
    mechanisms.load(task.library)
    return model.describe(task.study)


def prepare_unbuilt(task: Task) -> model.Description:
    """The same for a model that ended the process when its specs were made."""
    mechanisms.load(task.library)
    return model.describe(task.study, build=False)


def record(task: Task) -> tuple[Recording, str]:
    """The recording of the task's values, and what was done to the network; raises whatever goes wrong."""
    mechanisms.load(task.library)
    loaded = model.load(task.study)
    specs = loaded.specs(task.study, task.values)
    if task.shared:
        specs[1].oneSynPerNetcon = False
    change = _network().bring_to(specs)
    return simulate(_network()), change


@dataclass(frozen=True)
class Sharing:
    """Whether synapses may be shared, and why; `decided` is false where a raster without spikes proves nothing."""

    shared: bool
    reason: str
    decided: bool = True


def compare_shared(task: Task) -> Sharing:
    """Whether shared synapses give the raster of NetPyNE's own network at the task's values."""
    mechanisms.load(task.library)
    if found := refusals(*model.load(task.study).specs(task.study, task.values)):
        return Sharing(False, "; ".join(found))
    single, _ = record(replace(task, shared=False))
    silent = {t.population for t in task.study.targets if not len(single.spikes(t.population).times)}
    if silent:
        return Sharing(False, f"no spike in {', '.join(sorted(silent))}, which proves nothing", decided=False)
    shared, _ = record(replace(task, shared=True))
    if not shared.same_raster(single):
        return Sharing(False, "shared synapses gave another raster")
    return Sharing(True, f"the same {len(single.spike_times)} spikes as with a synapse for each connection")


def evaluate(task: Task) -> Result:
    """The record of one candidate; a model that raises gives status failed, with the reason."""
    started = time.perf_counter()
    try:
        recording, change = record(task)
        features = measure(task.study.targets, recording)
    except TunerError as error:
        return Result(task.evaluation(status="failed", reason=str(error), seconds=time.perf_counter() - started))
    except (Exception, SystemExit) as error:
        reason = model.blame(error, model.locate(task.study).parent)
        return Result(task.evaluation(status="failed", reason=reason, seconds=time.perf_counter() - started))
    loss = judge(task.study.targets, features, task.each_its_own)
    evaluation = task.evaluation(
        loss=loss.total,
        objectives=loss.objectives,
        parts=loss.parts,
        features=features,
        seconds=time.perf_counter() - started,
    )
    raster = recording if loss.total < task.raster_below else None
    return Result(evaluation, raster, change, _network().reason)


def changes(task: Task) -> dict[str, tuple[str, str]]:
    """For each parameter, how the network follows a change of it from the task's values, and why."""
    mechanisms.load(task.library)
    loaded = model.load(task.study)
    found = {}
    for parameter in task.study.space.parameters:
        _network().bring_to(loaded.specs(task.study, task.values))
        low, high = parameter.scaled_bounds
        scaled = parameter.to_scaled(task.values[parameter.name])
        moved = parameter.from_scaled((low + scaled) / 2 if scaled - low > high - scaled else (high + scaled) / 2)
        change = _network().bring_to(loaded.specs(task.study, {**task.values, parameter.name: moved}))
        found[parameter.name] = change, _network().reason
    return found


def result_of(outcome: Outcome) -> Result:
    """The result of a task that an executor has finished, also where the worker died or hung."""
    if outcome.status == "done":
        return outcome.value
    task: Task = outcome.task
    return Result(task.evaluation(status=outcome.status, reason=outcome.reason, seconds=outcome.seconds))
