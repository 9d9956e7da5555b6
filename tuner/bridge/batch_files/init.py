"""Simulate one candidate in a separate process, started by NetPyNE's Batch: init.py simConfig=FILE netParams=FILE."""

import json
import os
import signal
import sys
from pathlib import Path

CONFIGURATIONS = [Path(argument[10:]) for argument in sys.argv if argument.startswith("simConfig=")]


def main() -> None:
    """Build and simulate the network of cfg.tune, and save spikes, values, features and fitness."""
    from netpyne import sim
    from tuned_network import acts_on_network, check_voltages, results, simulate_live, specs

    cfg, net_params = sim.readCmdLineArgs(simConfigDefault="cfg.py", netParamsDefault="netParams.py")
    saving = {"simLabel": cfg.simLabel, "saveFolder": os.path.abspath(cfg.saveFolder)}
    saving |= {"saveJson": True, "saveDataInclude": ["simData"]}
    if acts_on_network():
        simulate_live(cfg.tune, saving)
    else:
        _, config = specs(cfg.tune)
        vars(config).update(saving)
        sim.create(net_params, config)
        sim.simulate()
    check_voltages(sim)
    if sim.rank == 0:
        sim.allSimData.update(results(sim, cfg.tune))
    sim.saveData()


def guard(configuration: Path) -> None:
    """Continue in a child process; in the parent, write data if the child leaves no data.

    NetPyNE waits for the data file only, not for the process.
    """
    data = configuration.with_name(configuration.name.replace("_cfg.json", "_data.json"))
    master, child = os.getpid(), os.fork()
    if child:
        # At a job's time limit all its processes get SIGTERM. Only the candidate ends by it.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code or not data.exists():
            write_failure(configuration, data, code)
        os._exit(0)
    prepare_child(master)


def prepare_child(master: int) -> None:
    """Make the candidate end with the guard, and hide MPI variables from NEURON.

    The variables are those of an MPI rank that may have started the guard.
    """
    from tuner.executors.mpi import VARIABLES
    from tuner.executors.worker import die_with

    die_with(master)
    for name in [name for name in os.environ if name.startswith(VARIABLES)]:
        del os.environ[name]


def write_failure(configuration: Path, data: Path, code: int) -> None:
    """Write data with the worst fitness; the file is complete or absent."""
    from tuned_network import failure

    ended = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit status {code}"
    reason = f"ended {ended}, see {data.name.replace('_data.json', '.err')}"
    tune = json.loads(configuration.read_text())["simConfig"]["tune"]
    scratch = data.with_suffix(".scratch")
    scratch.write_text(json.dumps({"simData": failure(tune, reason)}))
    scratch.replace(data)


if __name__ == "__main__":
    # A candidate with several ranks needs no guard: it ends with its ranks.
    is_alone = "-mpi" not in sys.argv
    if is_alone and CONFIGURATIONS:
        guard(*CONFIGURATIONS)
    main()
    sys.stdout.flush()
    if is_alone:
        os._exit(0)
