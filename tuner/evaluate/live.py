"""Simulate a candidate by the model's own script, if the script acts on the created network."""

from tuner.errors import ModelError
from tuner.evaluate.task import Task
from tuner.interfaces.netpyne_types import Table, simulator
from tuner.mechanisms import libraries
from tuner.model import models
from tuner.protocols import Trial
from tuner.recording import Recording
from tuner.simulation import process_state, simdata
from tuner.simulation.abort import Watch
from tuner.simulation.network.warm import Network
from tuner.simulation.simulate import Run, SimulationError, simulate
from tuner.simulation.traces import names_of
from tuner.study.paths import Specs


def record_live(task: Task, trial: Trial, watch: Watch | None, network: Network) -> tuple[Recording, Table]:
    """Run the model's script with the task's values; return the recording and NetPyNE's simData.

    The simData are empty for a model that computes no numbers from them. All exceptions are passed on.
    """
    model = models.of(task.study)
    found: list[tuple[Recording, Table]] = []
    libraries.load(task.library)

    def check(specs: Specs) -> None:
        libraries.check_used(task.library, specs.net_params)
        process_state.prepare_for(network)

    def simulate_once(run: Run) -> None:
        _check_ready(task, trial)
        network.adopt()
        recording = simulate(network, watch, names_of(task.study.targets), run)
        found.append((recording, simdata.of_this_process() if model.gives_numbers else {}))

    network.forget(model.live_steps.reason)
    process_state.begin_trial()
    model.run_live(task.study, task.values, trial, check, simulate_once)
    return found[0]


def _check_ready(task: Task, trial: Trial) -> None:
    """Check that NetPyNE records the spikes, and that the script has left the study's duration."""
    sim = simulator()
    if "spkt" not in sim.simData:
        raise SimulationError("the script does not call sim.setupRecording, so NetPyNE records no spikes")
    wanted_ms = trial.protocol.duration_ms
    if wanted_ms is not None and float(sim.cfg.duration) != wanted_ms:
        raise ModelError(
            f"the script sets the duration to {float(sim.cfg.duration):g} ms after it has created the network,"
            f" but the study's duration_ms is {wanted_ms:g}; give both the same value"
        )
