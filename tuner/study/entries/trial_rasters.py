"""Try the feature of a target on a silent and on a lively raster, before the first simulation."""

import math

import numpy as np

from tuner.errors import StudyError
from tuner.features import lookup, references
from tuner.features.registry import Feature
from tuner.objective.targets import Target
from tuner.recording import Recording
from tuner.study.schema import Place
from tuner.words import cut

# Cells, and most spikes per cell, of the random raster.
LIVELY_CELLS, MOST_SPIKES = 10, 2000
LONGEST_WORDS = 200


def try_silent(target: Target, feature: Feature, place: Place) -> None:
    """Raise StudyError if the feature cannot be computed from a silent cell, for example for a wrong argument."""
    if lookup.is_own(feature.name):
        return
    nobody = np.array([])
    silent = Recording(nobody, nobody, {target.population: np.array([0])}, 1.0)
    reference = reference_of(target, place).silent(target.population) if feature.needs_reference else None
    measure_on(silent, target, place, reference)


def try_lively(target: Target, feature: Feature, duration_ms: float, place: Place) -> None:
    """Raise StudyError if the feature is undefined even for a lively random raster."""
    if feature.needs_reference or not target.reads_spikes_alone:
        return
    start, end = target.window_ms or (0.0, duration_ms)
    random = np.random.default_rng(1)
    trains = random.uniform(start, end, (LIVELY_CELLS, int(min(0.5 * (end - start) + 10, MOST_SPIKES))))
    cells = np.repeat(np.arange(LIVELY_CELLS), trains.shape[1])
    populations = dict.fromkeys(target.populations.values(), np.arange(LIVELY_CELLS))
    if math.isnan(measure_on(Recording(trains.ravel(), cells, populations, duration_ms), target, place)):
        within = f"{start:g} to {end:g} ms{target.own_arguments}"
        raise place.error(f"{target.feature} is undefined for every raster ({within})")


def measure_on(
    recording: Recording, target: Target, place: Place, reference: references.Reference | None = None
) -> float:
    """Return the target's feature of a recording; raise StudyError if the feature cannot be computed."""
    try:
        return target.measure(recording, reference)
    except StudyError as error:
        raise place.error(str(error)) from None
    except (ArithmeticError, MemoryError, TypeError, ValueError) as error:
        raise place.error(f"{target.feature} cannot be computed: {cut(str(error), LONGEST_WORDS)}") from None


def reference_of(target: Target, place: Place) -> references.Reference:
    """Return the reference of a target; raise StudyError, with the place in the study, for a missing or wrong file."""
    try:
        return target.read_reference()
    except StudyError as error:
        raise place.at("reference").error(str(error)) from None
