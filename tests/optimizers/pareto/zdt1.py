"""The test problem ZDT1, and the area that points dominate."""

import numpy as np


def zdt1(point):
    g = 1 + 9 * np.mean(point[1:])
    return {"f1": float(point[0]), "f2": float(g * (1 - np.sqrt(point[0] / g)))}


def hypervolume(values, reference=(1.1, 1.1)):
    """Area that the rows dominate below the reference."""
    area, floor = 0.0, reference[1]
    for x, y in sorted(map(tuple, values)):
        if x < reference[0] and y < floor:
            area += (reference[0] - x) * (floor - y)
            floor = y
    return area
