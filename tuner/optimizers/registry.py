"""The optimisers by name: each module of this package enters its own, with its place in lists."""

from tuner.optimizers.base import Optimizer
from tuner.registry import Registry

OPTIMIZERS: Registry[type[Optimizer]] = Registry("tuner.optimizers")
REFUSED = {"antColony": "needs discrete components, which no parameter of a network is"}


def multi_objective() -> list[str]:
    """Return the names of the optimisers that take several objectives."""
    return [name for name, kind in OPTIMIZERS.items() if kind.MULTI_OBJECTIVE]
