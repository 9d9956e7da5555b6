"""A small network for the tests, whose code damages its process if `damage` says so."""

import builtins
import decimal
import gc
import locale
import math
import multiprocessing
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings

import numpy as np
from netpyne import sim, specs
from neuron import h

DEFAULTS = {"weight": 0.01, "rate": 40.0, "damage": "none"}
UNITS = {"weight": "uS", "rate": "Hz"}
KEPT = []


def net_params(values):
    params = specs.NetParams()
    params.popParams["S"] = {"cellType": "HH", "numCells": 3}
    params.popParams["M"] = {"cellType": "HH", "numCells": 3}
    hh = {"gnabar": 0.12, "gkbar": 0.036, "gl": 0.003, "el": -70}
    params.cellParams["HH"] = {"secs": {"soma": {"geom": {"L": 18.8, "diam": 18.8, "Ra": 123.0}, "mechs": {"hh": hh}}}}
    params.synMechParams["exc"] = {"mod": "Exp2Syn", "tau1": 0.1, "tau2": 5.0, "e": 0}
    params.stimSourceParams["drive"] = {"type": "NetStim", "rate": values["rate"], "noise": 0.5}
    params.stimTargetParams["drive->HH"] = {
        "source": "drive", "conds": {"cellType": "HH"}, "weight": 0.01, "delay": 5, "synMech": "exc",
    }  # fmt: skip
    params.connParams["S->M"] = {
        "preConds": {"pop": "S"}, "postConds": {"pop": "M"}, "probability": 0.5,
        "weight": values["weight"] * math.exp(0) * np.exp(0), "delay": 5, "synMech": "exc",
    }  # fmt: skip
    ALL[values["damage"]]()
    return params


def sim_config(values, seed, duration_ms):
    config = specs.SimConfig()
    config.duration = duration_ms
    config.dt = 0.05
    config.seeds = {"conn": seed, "stim": seed, "loc": seed, "cell": seed}
    # Of the globals of a run, only the model's code sets the temperature.
    config.hParams = {"v_init": -65}
    return config


def set_variable(name, value):
    setattr(h, name, value)


def method_of_cvode(name, value):
    getattr(h.CVode(), name)(value)


def keep(thing):
    KEPT.append(thing)


def section():
    soma = h.Section(name="soma")
    soma.insert("hh")
    keep(soma)


def handler():
    keep(h.FInitializeHandler(0, lambda: setattr(h, "celsius", 20)))


def played_vector():
    vector = h.Vector([12.0] * 100)
    vector.play(h._ref_celsius, 1.0)
    keep(vector)


def event_source():
    source = h.NetStim()
    keep((source, h.NetCon(source, None)))


def thread():
    stop = threading.Event()
    threading.Thread(target=stop.wait, daemon=True).start()
    keep(stop)


def limit(name, value):
    hard = resource.getrlimit(getattr(resource, name))[1]
    resource.setrlimit(getattr(resource, name), (value, hard))


def note(pid):
    """Tell the test of a process that the model has started."""
    with open(os.environ["DAMAGES_PIDS"], "a") as file:
        file.write(f"{pid}\n")


def fork(*, detach=False, twice=False):
    pid = os.fork()
    if pid:
        note(pid)
        return
    if detach:
        os.setsid()
    if twice:
        note(os.getpid())
        if os.fork():
            os._exit(0)
    note(os.getpid())
    time.sleep(10_000)


def start_program(**options):
    note(subprocess.Popen(["sleep", "10000"], **options).pid)


def start_python():
    process = multiprocessing.get_context("fork").Process(target=time.sleep, args=(10_000,))
    process.start()
    note(process.pid)


def fork_and_go_on():
    note(os.fork() or os.getpid())


def start_and(go_on):
    fork()
    fork(detach=True)
    start_program(start_new_session=True)
    go_on()


def fill_files():
    while not KEPT or KEPT[-1] < 0.8 * resource.getrlimit(resource.RLIMIT_NOFILE)[0]:
        keep(os.open(os.devnull, os.O_RDONLY))


def lose_seed(*_):
    raise ValueError("no seed")


CHILDREN = {
    "fork": fork,
    "detached fork": lambda: fork(detach=True),
    "daemon": lambda: fork(detach=True, twice=True),
    "program": start_program,
    "detached program": lambda: start_program(start_new_session=True),
    "process of Python": start_python,
    "fork that goes on": fork_and_go_on,
    "fork, then an error": lambda: start_and(lose_seed),
}
DEATHS = {
    "fork, then no end": lambda: start_and(lambda: time.sleep(10_000)),
    "fork, then a crash": lambda: start_and(lambda: os.kill(os.getpid(), signal.SIGSEGV)),
}
DAMAGES = {
    "none": lambda: None,
    "raises": lambda: lose_seed(),
    "global index": lambda: h.Random().Random123_globalindex(7),
    "temperature": lambda: set_variable("celsius", 25),
    "time step": lambda: set_variable("dt", 0.5),
    "second order": lambda: set_variable("secondorder", 2),
    "stop": lambda: set_variable("stoprun", 1),
    "clamp": lambda: set_variable("clamp_resist", 5),
    "GLOBAL of hh": lambda: set_variable("usetable_hh", 0),
    "GLOBAL of an ion": lambda: set_variable("nai0_na_ion", 100),
    "tolerance": lambda: method_of_cvode("rtol", 0.1),
    "variable step": lambda: method_of_cvode("active", 1),
    "order": lambda: method_of_cvode("condition_order", 2),
    "queue": lambda: h.CVode().queue_mode(1, 0),
    "threads of NEURON": lambda: h.ParallelContext().nthread(2),
    "generator of hoc": lambda: h.use_mcell_ran4(1),
    "temporary folder": lambda: setattr(tempfile, "tempdir", "/nowhere"),
    "environment": lambda: os.environ.update(PATH="/nowhere", NEW="1"),
    "working directory": lambda: os.chdir("/"),
    "umask": lambda: os.umask(0o777),
    "stack": lambda: limit("RLIMIT_STACK", 100_000),
    "file size": lambda: limit("RLIMIT_FSIZE", 0),
    "alarm": lambda: signal.alarm(1000),
    "signal handler": lambda: signal.signal(signal.SIGUSR2, signal.SIG_IGN),
    "signal mask": lambda: signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2}),
    "standard output": lambda: os.close(1),
    "affinity": lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}),
    "priority": lambda: os.nice(3),
    "path": lambda: sys.path.clear(),
    "recursion": lambda: sys.setrecursionlimit(400),
    "trace": lambda: sys.settrace(lambda *_: None),
    "streams": lambda: setattr(sys, "stdout", None),
    "filters of warnings": lambda: warnings.simplefilter("error"),
    "garbage": gc.disable,
    "locale": lambda: locale.setlocale(locale.LC_ALL, "C.UTF-8"),
    "decimal": lambda: setattr(decimal.getcontext(), "prec", 2),
    "errors of NumPy": lambda: np.seterr(all="raise"),
    "print options": lambda: np.set_printoptions(precision=1),
    "generator of NumPy": lambda: np.random.set_bit_generator(np.random.PCG64()),
    "np.random.seed": lambda: setattr(np.random, "seed", lose_seed),
    "np.exp": lambda: setattr(np, "exp", lambda x: 0.0),
    "new name of NumPy": lambda: setattr(np, "damaged", 1),
    "random.seed": lambda: setattr(random, "seed", lose_seed),
    "math.exp": lambda: setattr(math, "exp", lambda x: 0.0),
    "time.time": lambda: setattr(time, "time", lambda: 0.0),
    "open": lambda: setattr(builtins, "open", lose_seed),
    "runSim": lambda: setattr(sim, "runSim", lambda *_: None),
    "connectCells": lambda: setattr(sim.Network, "connectCells", lambda *_: {}),
    "todict": lambda: setattr(specs.SimConfig, "todict", lambda _: {}),
    "new method": lambda: setattr(specs.SimConfig, "__getattr__", lose_seed),
}
# These cannot be undone, or it is not certain.
LASTING = {
    "a Section of NEURON": section,
    "a FInitializeHandler of NEURON": handler,
    "a Vector of NEURON": played_vector,
    "a NetCon of NEURON": event_source,
    "the hoc variable damaged": lambda: h("damaged = 5"),
    "a thread": thread,
    "open files": fill_files,
}
ALL = DAMAGES | LASTING | CHILDREN | DEATHS
