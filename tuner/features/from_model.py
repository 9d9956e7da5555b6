"""Features that the model's own code has computed."""

import math

from tuner.features.registry import Window, feature
from tuner.recording import ALL, Recording


@feature("1", is_given=True)
def fitness(recording: Recording, population: str = ALL, window_ms: Window = None, name: str = "fitness") -> float:
    """The number that the model's own code gives for a simulation under this name; nan if it gives none.

    It is of the whole simulation, whatever the population and the window are.
    """
    return recording.numbers.get(name, math.nan)
