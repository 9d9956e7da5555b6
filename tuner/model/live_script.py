"""Run the script of a candidate on the live network, with the candidate's values."""

import gc
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from tuner.errors import ModelError
from tuner.interfaces.netpyne_types import NetParams, simulator
from tuner.model import batch_script, interception
from tuner.model.base import Model
from tuner.model.live_network import LiveNetwork, Stopped, living
from tuner.model.script_run import ScriptRun, Sent
from tuner.simulation.network import warm
from tuner.simulation.simulate import Run
from tuner.study.paths import Specs
from tuner.study.sources import BATCHTOOLS
from tuner.study.study import Study

Complete = Callable[[Specs], None]


def run(script: ScriptRun, complete: Complete, simulate: Callable[[Run], None], *, goes_on: bool = False) -> None:
    """Run a script up to the first simulation, which `simulate` does.

    `complete` makes further changes to the candidate's specs before the network is created. With `goes_on`, the script
    continues after the simulation, and calls that act on the network do nothing.
    """
    warm.release(simulator())
    # The script of the previous candidate may have made sections, handlers and connections of its own.
    gc.collect()
    network = LiveNetwork(_Completion(script, complete), simulate, goes_on)
    with script.running(), living(network, script.readers), script.seeing_settings():
        try:
            _execute(script, network)
        except Stopped:
            pass
        finally:
            # Objects of NEURON that the script has made would act on the next network.
            vars(script.main).clear()
    if network.error is not None:
        raise network.error


def _execute(script: ScriptRun, network: LiveNetwork) -> None:
    source = script.source
    file = script.there(source.top) / script.candidate_script if script.candidate_script else script.there(source.file)
    script.main.__file__ = sys.argv[0] = str(file)
    # As in a fresh process. The time of the previous candidate's end would look like a simulation by the script.
    simulator().h.t = 0.0
    exec(compile(script.watched_code(file), str(file), "exec"), vars(script.main))
    network.end(vars(script.main))


class _Completion:
    """Write the candidate's values into the specs of a script, once for each pair."""

    def __init__(self, script: ScriptRun, complete: Complete) -> None:
        self._script, self._complete = script, complete
        self._done: list[tuple[NetParams, Any, Specs]] = []

    def __call__(self, net_params: Any, sim_config: Any) -> Specs:
        for known, config, specs in self._done:
            if net_params is known and sim_config is config:
                return specs
        specs = self._script.completed(net_params, sim_config)
        if self._script.source.kind == BATCHTOOLS and self._script.config is None:
            words = "updates no simConfig; call cfg.update() there, which takes over the values of a candidate"
            raise ModelError(f"{self._script.candidate_script}: {words}")
        self._complete(specs)
        self._done.append((net_params, sim_config, specs))
        return specs


def sent(script: ScriptRun, sim_data: Mapping[str, Any], metric: str, complete: Complete | None = None) -> float:
    """Return the metric that a batchtools script sends after a simulation.

    The script runs to its end. Without `complete`, the network exists already, and calls that act on it do nothing.
    With `complete`, the network is created anew, and the script goes on as if it had simulated.
    """
    try:
        if complete is None:
            _put(sim_data)
            with script.running(), interception.without_creation():
                script.execute(script.there(script.source.top) / script.candidate_script)
        else:
            run(script, complete, lambda _: _put(sim_data), goes_on=True)
    except Sent as data:
        return batch_script.sent_number(data.data, metric)
    raise ModelError(
        f"{script.candidate_script}: the script ended without sending a result;"
        f" it must send {metric!r}, the search's metric, by sim.send or comm.send"
    )


def _put(sim_data: Mapping[str, Any]) -> None:
    """Replace the data of the script's simulation."""
    from netpyne.specs import Dict

    simulator().allSimData = Dict(dict(sim_data))


def duration_ms(model: Model, study: Study, values: Mapping[str, Any], specs: Specs) -> float:
    """Return the duration of the model's simulation [ms], also if the script sets the created network's."""
    found = [float(specs.sim_config.duration)]
    if model.live_steps.sets_duration:
        trial = study.trials(study.seeds[0])[0]
        # A script that raises leaves the duration of its simConfig. The evaluation of the start point says why.
        with suppress(Exception, SystemExit):
            model.run_live(study, values, trial, lambda _: None, lambda _: found.append(simulator().cfg.duration))
    return float(found[-1])
