"""List the optimisers by name; each module of this package enters the classes with a place in the list."""

from tuner.optimizers.base import Optimizer
from tuner.registry import Registry

OPTIMIZERS: Registry[type[Optimizer]] = Registry("tuner.optimizers")
REFUSED = {"antColony": "needs discrete components, but parameters of a network are numbers"}


def multi_objective() -> list[str]:
    """Return the names of the optimisers that take several objectives."""
    return [name for name, kind in OPTIMIZERS.items() if kind.MULTI_OBJECTIVE]
