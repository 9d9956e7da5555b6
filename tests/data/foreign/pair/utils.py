import numpy as np


def scaled(values, factor):
    """The values times a factor, as numpy floats."""
    return np.array(values, dtype=float) * factor


def in_pop(*labels):
    return {"pop": list(labels)}
