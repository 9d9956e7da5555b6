"""One evaluation: values in, a record out, whatever the model does."""

import math
import time
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from tuner import mechanisms, model, nmodl
from tuner.abort import Aborted, Watch
from tuner.errors import TunerError
from tuner.evaluation import Evaluation
from tuner.executors.outcome import Outcome
from tuner.network import Network
from tuner.network.sharing import by_label, refusals, unshared
from tuner.objective import judge, judge_aborted, measure
from tuner.recording import Recording
from tuner.simulate import simulate
from tuner.study import Study


@dataclass(frozen=True)
class Task:
    """What a worker needs for one evaluation: `library` is the compiled mechanisms', `each_its_own` as in `judge`.

    The raster comes back only if the loss is below `raster_below`. With `shared` one synapse serves all connections
    onto a place where its mechanism allows it; with `coreneuron`, its library, the simulation is CoreNEURON's. A task
    that is not `watched` is never aborted.
    """

    study: Study
    library: Path | None
    number: int
    generation: int
    values: dict[str, object]
    each_its_own: bool = False
    raster_below: float = math.inf
    shared: bool = False
    coreneuron: Path | None = None
    watched: bool = True

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


def record(task: Task, watch: Watch | None = None) -> tuple[Recording, str]:
    """The recording of the task's values, and what was done to the network; raises whatever goes wrong."""
    change = _bring_network_to(task, task.values)
    return simulate(_network(), watch), change


def specs_of(task: Task, values: dict[str, object]) -> tuple:
    """NetParams and SimConfig of these values, as the model itself gives them."""
    mechanisms.load(task.library)
    return model.load(task.study).specs(task.study, values)


def unshared_of(task: Task, specs: tuple) -> dict[str, str]:
    """The labels of synMechParams that need a synapse for each connection, and why."""
    return unshared(specs[0], _nonlinearities(task.library), task.study.simulation["share_synapses"])


@cache
def _nonlinearities(library: Path | None) -> dict[str, str]:
    return nmodl.read(sorted(mechanisms.sources_of(library).glob("*.mod"))) if library else {}


def _bring_network_to(task: Task, values: dict[str, object]) -> str:
    specs = specs_of(task, values)
    # A candidate may have what the start point had not.
    if task.shared and not refusals(*specs):
        specs[1].oneSynPerNetcon = list(unshared_of(task, specs))
    if task.coreneuron is not None:
        mechanisms.load_coreneuron(task.coreneuron)
        specs[1].coreneuron = True
    with by_label(specs[1]):
        return _network().bring_to(specs)


def _watch(task: Task) -> Watch | None:
    settings = task.study.simulation["abort"]
    counting = [target for target in task.study.targets if target.weight]
    return Watch(settings, counting) if task.watched and settings["rules"] else None


def evaluate(task: Task) -> Result:
    """The record of one candidate: failed if its model raises, aborted if a rule stops it, with the reason."""
    started = time.perf_counter()
    try:
        recording, change = record(task, _watch(task))
        fields = _judged(task, recording)
    except Aborted as aborted:
        loss = judge_aborted(task.study.targets, aborted.severity, task.each_its_own)
        fields = {"status": "aborted", "loss": loss.total, "objectives": loss.objectives, "reason": str(aborted)}
    except TunerError as error:
        fields = {"status": "failed", "reason": str(error)}
    except (Exception, SystemExit) as error:
        fields = {"status": "failed", "reason": model.blame(error, model.locate(task.study).parent)}
    evaluation = task.evaluation(**fields, seconds=time.perf_counter() - started)
    if not evaluation.done:
        return Result(evaluation)
    return Result(evaluation, recording if evaluation.loss < task.raster_below else None, change, _network().reason)


def _judged(task: Task, recording: Recording) -> dict[str, object]:
    features = measure(task.study.targets, recording)
    loss = judge(task.study.targets, features, task.each_its_own)
    return {"loss": loss.total, "objectives": loss.objectives, "parts": loss.parts, "features": features}


def changes(task: Task) -> dict[str, tuple[str, str]]:
    """For each parameter, how the network follows a change of it from the task's values, and why."""
    found = {}
    for parameter in task.study.space.parameters:
        _bring_network_to(task, task.values)
        low, high = parameter.scaled_bounds
        scaled = parameter.to_scaled(task.values[parameter.name])
        moved = parameter.from_scaled((low + scaled) / 2 if scaled - low > high - scaled else (high + scaled) / 2)
        change = _bring_network_to(task, {**task.values, parameter.name: moved})
        found[parameter.name] = change, _network().reason
    return found


def result_of(outcome: Outcome) -> Result:
    """The result of a task that an executor has finished, also where the worker died or hung."""
    if outcome.status == "done":
        return outcome.value
    task: Task = outcome.task
    return Result(task.evaluation(status=outcome.status, reason=outcome.reason, seconds=outcome.seconds))
