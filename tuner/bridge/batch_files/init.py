"""One candidate in a process of its own, as NetPyNE's Batch starts it: init.py simConfig=FILE netParams=FILE."""

import json
import os
import signal
import sys
from pathlib import Path

CONFIGURATIONS = [Path(argument[10:]) for argument in sys.argv if argument.startswith("simConfig=")]


def main() -> None:
    """Builds, simulates and judges the network of cfg.tune, and saves spikes, values, features and fitness."""
    from netpyne import sim
    from tuned_network import check_voltages, results, specs

    cfg, net_params = sim.readCmdLineArgs(simConfigDefault="cfg.py", netParamsDefault="netParams.py")
    _, config = specs(cfg.tune)
    config.simLabel, config.saveFolder = cfg.simLabel, cfg.saveFolder
    config.saveJson, config.saveDataInclude = True, ["simData"]
    sim.create(net_params, config)
    sim.simulate()
    check_voltages(sim)
    if sim.rank == 0:
        sim.allSimData.update(results(sim, cfg.tune))
    sim.saveData()


def guard(configuration: Path) -> None:
    """Goes on in a child process; if that leaves no data, the parent does: NetPyNE waits for nothing else."""
    data = configuration.with_name(configuration.name.replace("_cfg.json", "_data.json"))
    master, child = os.getpid(), os.fork()
    if child:
        # At a job's time limit all its processes are asked to end: the candidate does.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code or not data.exists():
            write_failure(configuration, data, code)
        os._exit(0)
    prepare_child(master)


def prepare_child(master: int) -> None:
    """Ties the candidate's life to its guard's, and hides from NEURON the MPI whose rank may have started it."""
    from tuner.executors.mpi import VARIABLES
    from tuner.executors.worker import die_with

    die_with(master)
    for name in [name for name in os.environ if name.startswith(VARIABLES)]:
        del os.environ[name]


def write_failure(configuration: Path, data: Path, code: int) -> None:
    """Data of the worst fitness, there whole or not at all."""
    from tuned_network import failure

    ended = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit status {code}"
    reason = f"ended {ended}, see {data.name.replace('_data.json', '.err')}"
    tune = json.loads(configuration.read_text())["simConfig"]["tune"]
    scratch = data.with_suffix(".scratch")
    scratch.write_text(json.dumps({"simData": failure(tune, reason)}))
    scratch.replace(data)


if __name__ == "__main__":
    # A candidate of several ranks shares their fate.
    is_alone = "-mpi" not in sys.argv
    if is_alone and CONFIGURATIONS:
        guard(*CONFIGURATIONS)
    main()
    sys.stdout.flush()
    if is_alone:
        os._exit(0)
