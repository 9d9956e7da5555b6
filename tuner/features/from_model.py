"""Return numbers that the model's own code has computed."""

import math

from tuner.features.registry import Window, feature
from tuner.recording import ALL, Recording


@feature("1", is_given=True)
def fitness(recording: Recording, population: str = ALL, window_ms: Window = None, name: str = "fitness") -> float:
    """Return a number that the model's own code has computed for the simulation.

    Parameters
    ----------
    name
        Name under which the model's code gives the number.

    Returns
    -------
    float
        The number, in the unit that the model uses. nan if the code gives no number of this name. The number belongs to
        the whole simulation: `population` and `window_ms` have no effect.
    """
    return recording.numbers.get(name, math.nan)
