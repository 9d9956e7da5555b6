"""Run a script on the live network: through the creation of the network, up to the first simulation.

NetPyNE's own functions create the network. Two calls are replaced: the start of the creation gets the candidate's
specs, and the first simulation becomes the caller's. The simulation runs within the script's call, so that objects of
the script's functions, such as electrodes, still exist.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from tuner.errors import ModelError
from tuner.interfaces.netpyne_types import SimConfig, simulator
from tuner.model.interception import Readers, replaced, without_creation
from tuner.simulation.simulate import Look, Run
from tuner.study.paths import Specs

Complete = Callable[[Any, Any], Specs]
# The steps by which sim.load makes a network, with the arguments that can switch each off.
PARTS = {
    "createPops": "instantiate",
    "createCells": "instantiateCells",
    "connectCells": "instantiateConns",
    "addStims": "instantiateStims",
    "addRxD": "instantiateRxD",
}


class Stopped(BaseException):
    """Signal that a script has reached the end of the first simulation.

    The class is not a subclass of Exception, because scripts catch exceptions.
    """


@dataclass
class LiveNetwork:
    """Hold the functions that a script gets in place of NetPyNE's.

    Attributes
    ----------
    complete
        Returns the candidate's specs for the netParams and simConfig of the script.
    simulate
        Simulates the created network with the script's call.
    goes_on
        If True, the script continues after the simulation, and calls that act on the network do nothing.
    """

    complete: Complete
    simulate: Callable[[Run], None]
    goes_on: bool = False
    created: bool = False
    simulated: bool = False
    error: BaseException | None = None
    rest: ExitStack = field(default_factory=ExitStack)

    def initialize(
        self, start: Callable[..., Any], netParams: Any = None, simConfig: Any = None, net: Any = None
    ) -> None:
        """Start the creation with the candidate's specs, in place of `sim.initialize`."""
        if self.simulated:
            raise Stopped
        main = vars(sys.modules["__main__"])
        # NetPyNE, too, takes the names of __main__ if an argument is missing.
        net_params = netParams or main.get("netParams")
        made = self.complete(net_params, simConfig or main.get("simConfig", main.get("cfg")))
        start(netParams=made.net_params, simConfig=made.sim_config, net=net)
        self.created = True

    def run(self, run: Callable[..., Any], *arguments: Any, **named: Any) -> None:
        """Simulate in place of `sim.runSim`."""
        self._simulate(lambda look: run(*arguments, **named))

    def run_in_intervals(
        self,
        run: Callable[..., Any],
        interval: float,
        func: Callable[..., Any],
        timeRange: Any = None,
        funcArgs: Any = None,
    ) -> None:
        """Simulate in place of `sim.runSimWithIntervalFunc`; the script's function is called in each interval."""

        def simulate(look: Look) -> None:
            def at(time_ms: float, **named: Any) -> None:
                func(time_ms, **named)
                look(time_ms)

            run(interval, at, timeRange, funcArgs)

        self._simulate(simulate)

    def _simulate(self, run: Run) -> None:
        if not self.simulated:
            self.simulated = True
            try:
                self.simulate(run)
            except BaseException as error:
                # The script might catch the error.
                self.error = error
            if self.goes_on and self.error is None:
                self.rest.enter_context(without_creation())
                return
        raise Stopped

    def load(self, read: Callable[[str], Specs], file: str, simConfig: SimConfig | None = None, **wanted: Any) -> Any:
        """Create the network of a saved file, in place of `sim.load`; the cells are built from netParams."""
        sim = simulator()
        specs = read(file)
        sim.initialize(netParams=specs.net_params, simConfig=simConfig or specs.sim_config)
        is_wanted = wanted.get("instantiate", True)
        made = [getattr(sim.net, part)() for part, name in PARTS.items() if is_wanted and wanted.get(name, True)]
        data = sim.setupRecording()
        return (*made, data) if wanted.get("output") else None

    def load_and_run(self, read: Callable[[str], Specs], file: str, *arguments: Any, **named: Any) -> None:
        """Create the network of a saved file and simulate, in place of `sim.loadSimulate`."""
        self.load(read, file, *arguments[:1], **named)
        simulator().runSim()

    def end(self, main: Mapping[str, Any]) -> None:
        """Complete a script: create a network from the script's specs, and simulate, unless the script has done so.

        Raises ModelError if the script has simulated by itself.
        """
        sim = simulator()
        if self.simulated:
            return
        if self.created and sim.h.t > 0:
            words = "the script simulates without a function of netpyne.sim; call sim.runSim or sim.simulate instead"
            raise ModelError(words)
        if not self.created:
            sim.create(main.get("netParams") or {}, main.get("simConfig", main.get("cfg")) or {})
        sim.runSim()


@contextmanager
def living(live: LiveNetwork, readers: Readers) -> Iterator[None]:
    """Replace NetPyNE's functions for one run of a script; see `interception.taken_over` for the readers."""
    import neuron

    sim = simulator()
    read_arguments, read_index, read_saved = readers
    real = {name: getattr(sim, name) for name in ("initialize", "runSim", "runSimWithIntervalFunc")}

    def read(file: str) -> Specs:
        if not str(file).endswith(("npjson", "np")):
            return read_saved(file)
        sim_config, net_params = read_index(file)
        return Specs(net_params, sim_config)

    def load(file: str, simConfig: Any = None, output: Any = False, instantiate: Any = True, **named: Any) -> Any:
        return live.load(read, file, simConfig, output=output, instantiate=instantiate, **named)

    def load_and_run(file: str, *arguments: Any, **named: Any) -> None:
        live.load_and_run(read, file, *arguments, **named)

    own: dict[str, Callable[..., Any]] = {
        "initialize": lambda *given, **named: live.initialize(real["initialize"], *given, **named),
        "runSim": lambda *given, **named: live.run(real["runSim"], *given, **named),
        "runSimWithIntervalFunc": lambda *given, **named: live.run_in_intervals(
            real["runSimWithIntervalFunc"], *given, **named
        ),
        "load": load,
        "loadSimulate": load_and_run,
        "loadSimulateAnalyze": load_and_run,
        "readCmdLineArgs": lambda simConfigDefault="cfg.py", netParamsDefault="netParams.py": read_arguments(
            simConfigDefault, netParamsDefault
        ),
        **dict.fromkeys(("loadModel", "loadFromIndexFile"), lambda path, *_, **__: read_index(path)),
    }
    with replaced(sim, own), replaced(neuron, {"load_mechanisms": lambda *_, **__: True}), live.rest:
        yield
