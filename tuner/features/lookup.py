"""Features of a raster: a recording in, a number out. nan says that the raster does not define the feature.

Every feature takes the recording, a population ("all" is the whole network) and a window (start, end) [ms] (None is the
whole run); what it takes beyond these is its own argument in a target.
"""

from pathlib import Path

from tuner.errors import StudyError, nearest
from tuner.features import custom
from tuner.features.registry import FEATURES, Feature
from tuner.features.voltage import efel_feature

EFEL = "efel:"


def find(name: str, folder: str = "") -> Feature:
    """The feature that a target names: one of FEATURES, `efel:NAME`, or `FILE.py:FUNCTION` with the file in `folder`.

    StudyError if there is none.
    """
    if name.startswith(EFEL):
        return efel_feature(name.removeprefix(EFEL))
    if is_own(name):
        file, _, function = name.rpartition(":")
        return custom.own_feature(Path(folder, file).resolve(), function)
    if name not in FEATURES:
        raise StudyError(f"no feature is called {name!r}; {nearest(name, FEATURES)}")
    return FEATURES[name]


def files_of(name: str, folder: str) -> tuple[Path, ...]:
    """The files that a user's own feature is made of."""
    return custom.files_of(Path(folder, name.rpartition(":")[0]).resolve())


def is_own(name: str) -> bool:
    """Whether a target's feature is a function of the user's own."""
    return name.rpartition(":")[0].endswith(".py")
