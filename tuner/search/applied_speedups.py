"""Apply the decisions on speed-ups to a task: mechanisms, engine, shared synapses, reuse."""

from dataclasses import replace
from pathlib import Path

from tuner.evaluate.speedups import NEURON
from tuner.evaluate.task import Task
from tuner.executors.base import Executor
from tuner.mechanisms import libraries
from tuner.model import model_files, models
from tuner.runs.decisions import Decisions
from tuner.simulation.network.warm import FRESH_PROCESS
from tuner.study.study import Study


def with_speedups(task: Task, decisions: Decisions, pool: Executor) -> Task:
    """Return the task with the decided speed-ups.

    Missing libraries are compiled, and workers that have loaded other mechanisms are ended. Raises MechanismError if
    the library for CoreNEURON cannot be compiled.
    """
    sharing, engine, reuse = decisions
    with_coreneuron = engine.name != NEURON
    folder = models.mod_folder(task.study)
    library = libraries.build(folder, ranged=engine.ranged and with_coreneuron, mended=reuse.mended)
    coreneuron = coreneuron_library(task.study, ranged=engine.ranged, mended=reuse.mended) if with_coreneuron else None
    if library != task.library or reuse.way == FRESH_PROCESS != task.reuse:
        pool.renew()
    made = replace(task, library=library, coreneuron=coreneuron, shared=sharing.shared)
    return replace(made, reuse=reuse.way, mended=reuse.mended)


def coreneuron_library(study: Study, *, ranged: bool = False, mended: bool = False) -> Path:
    """Return the CoreNEURON library for the study's model; compile the library if needed.

    Of the mechanisms of this project, the library has only the mechanisms that the model, the files beside it, or the
    values of the study name. Raises MechanismError.
    """
    found = models.source(study)
    files = [found.file] if found.is_shipped else found.file.parent.glob("*.py")
    choices = [parameter.choices for parameter in study.space.parameters]
    text = model_files.text_of(files, repr((study.values, [each.values for each in study.protocols], choices)))
    return libraries.build_coreneuron(models.mod_folder(study), text, ranged=ranged, mended=mended)
