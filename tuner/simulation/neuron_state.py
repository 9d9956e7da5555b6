"""Read settings and objects of NEURON that a model's code may change, and put the settings back.

NetPyNE sets the time step, the temperature and the method of integration before each run. All other settings would
stay for the candidates that follow.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

from tuner.executors.process_settings import DECIDING, Setting
from tuner.interfaces.neuron_types import coreneuron, interpreter

VARIABLES = (
    "celsius", "dt", "secondorder", "clamp_resist", "float_epsilon", "stoprun", "nrn_netrec_state_adjust",
    "nrn_sparse_partrans",
)  # fmt: skip
# Methods of CVode that return a setting, and set it if they have an argument.
OF_CVODE = (
    "active", "atol", "rtol", "maxstep", "minstep", "maxorder", "jacobian", "use_local_dt", "condition_order",
    "debug_event", "dae_init_dteps", "use_mxb", "stiff", "use_daspk", "use_long_double",
)  # fmt: skip
# Values with which the variables of NEURON's own hoc files begin.
OF_HOC_FILES = {"tstop": 5.0, "v_init": -65.0, "steps_per_ms": 40.0, "runStopAt": 5.0, "runStopIn": 1.0}
DEFINITION = re.compile(
    r"^[ \t{]*(?:proc|func|obfunc|iterator|objref|objectvar|strdef|begintemplate|create|double)\s+(\w[\w, \t]*)"
    r"|^[ \t{]*(\w+)\s*=",
    re.MULTILINE,
)
# Objects beside sections that decide results although no cell of the network holds them. An artificial cell needs a
# NetCon, a point process needs a section.
OBJECTS = ("NetCon", "FInitializeHandler", "Vector")

# Names of hoc that the process has had before, and numbers and texts of hoc that were defined to stay.
_names: set[str] = set()
_counted = [0]
_variables: dict[str, Any] = {}


def settings() -> dict[str, Setting]:
    """Return all settings that can change how a network is built or run, by name.

    These are the settings of NEURON, the global variables of all mechanisms, and some settings of Python.
    """
    return _settings(_n_mechanisms(), tuple(_variables))


@cache
def _settings(n_mechanisms: int, variables: tuple[str, ...]) -> dict[str, Setting]:
    return {**DECIDING, **_fixed(), **_globals(n_mechanisms), **{f"h.{name}": _variable(name) for name in variables}}


def _n_mechanisms() -> int:
    h = interpreter()
    return int(h.MechanismType(0).count() + h.MechanismType(1).count())


def _variable(name: str) -> Setting:
    h = interpreter()
    return Setting(partial(getattr, h, name), partial(setattr, h, name))


@cache
def _fixed() -> dict[str, Setting]:
    h = interpreter()
    cvode, context, random = h.CVode(), h.ParallelContext(), h.Random()
    methods = {f"cvode.{name}": getattr(cvode, name) for name in OF_CVODE}
    methods |= {
        "pc.nthread": context.nthread,
        "Random123_globalindex": random.Random123_globalindex,
        "h.use_mcell_ran4": h.use_mcell_ran4,
        "h.mcell_ran4_init": h.mcell_ran4_init,
    }
    return {
        **{f"h.{name}": _variable(name) for name in VARIABLES},
        **{name: Setting(method, method) for name, method in methods.items()},
        "cvode.queue_mode": Setting(cvode.queue_mode, lambda mode: cvode.queue_mode(int(mode) & 1, int(mode) >> 1 & 1)),
        "coreneuron": Setting(lambda: dict(vars(coreneuron())), lambda table: vars(coreneuron()).update(table)),
        "loaded mechanisms": Setting(_n_mechanisms, lambda _: None),
    }


def _globals(n_mechanisms: int) -> dict[str, Setting]:
    """Return the GLOBAL variables of the mechanisms; the argument is the number of mechanisms."""
    # The names of new mechanisms are no definitions of the model's code.
    _names.update(interpreter().__dir__())
    return {f"h.{name}": _global(name, size) for kind in (0, 1) for name, size in _of_kind(kind)}


def _of_kind(kind: int) -> Iterator[tuple[str, int]]:
    h = interpreter()
    types, name = h.MechanismType(kind), h.ref("")
    for index in range(int(types.count())):
        types.select(index)
        types.selected(name)
        standard = h.MechanismStandard(name[0], -1)
        for each in range(int(standard.count())):
            size = int(standard.name(name, each))
            yield name[0], size


def _global(name: str, size: int) -> Setting:
    if size == 1:
        # Faster than the attribute, which NEURON searches for each time.
        reference = getattr(interpreter(), f"_ref_{name}")
        return Setting(lambda: reference[0], lambda value: reference.__setitem__(0, value))
    array = getattr(interpreter(), name)

    def write(values: Iterable[float]) -> None:
        for index, value in enumerate(values):
            array[index] = value

    return Setting(lambda: [array[index] for index in range(size)], write)


def adopt_names() -> None:
    """Take all new names of hoc as names to stay, and the present values as values to put back."""
    for name, value in new_variables().items():
        _variables[name] = OF_HOC_FILES.get(name, value)


def new_variables() -> dict[str, Any]:
    """Return the numbers and texts of hoc that are new since the last call, and note all new names."""
    h, found = interpreter(), {}
    # Unlike dir, this does not sort.
    names = list(h.__dir__())
    if len(names) == _counted[0]:
        return {}
    new, _counted[0] = set(names) - _names, len(names)
    _names.update(new)
    for name in new:
        # Some names have no value outside a section.
        with suppress(Exception):
            value = getattr(h, name)
            if isinstance(value, float | int | str):
                found[name] = value
    return found


@cache
def names_of_hoc_files() -> set[str]:
    """Return the names that NEURON's own hoc files define, such as the names of stdrun.hoc."""
    files = Path(interpreter().neuronhome(), "lib", "hoc").rglob("*.hoc")
    found = [match for file in files for match in DEFINITION.findall(file.read_text(errors="replace"))]
    return {name for pair in found for names in pair for name in re.split(r"\W+", names)}


def adopt_hoc_files() -> list[str]:
    """Take the new names of NEURON's own hoc files as names to stay, and return all other new numbers and texts."""
    new = new_variables()
    theirs = new.keys() & names_of_hoc_files() if new else set()
    _variables.update({name: OF_HOC_FILES.get(name, new[name]) for name in theirs})
    return sorted(new.keys() - theirs)


def objects() -> Counter[str]:
    """Return the numbers of sections and of other objects that take part in each simulation."""
    h = interpreter()
    found = {name: int(h.List(name).count()) for name in OBJECTS}
    return Counter({"Section": sum(1 for _ in h.allsec()), **found})
