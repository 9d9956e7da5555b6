"""Find features by name.

A feature is a function from a recording to a number; nan means that the recording does not define the feature. Every
feature takes the recording, a population ("all" is the whole network) and a window (start, end) [ms]. The window None
is the whole run. All other parameters are arguments that a target may give.
"""

from pathlib import Path

from tuner.errors import StudyError, nearest
from tuner.features import custom
from tuner.features.registry import FEATURES, Feature
from tuner.features.voltage import efel_feature
from tuner.words import shown

EFEL = "efel:"


def find(name: str, folder: str = "", *, imports: bool = True) -> Feature:
    """Return the feature of a name that a target gives.

    Parameters
    ----------
    name
        A name in FEATURES, `efel:NAME`, or `FILE.py:FUNCTION`.
    folder
        Folder to which FILE.py is relative.
    imports
        If False, FILE.py is not imported, and the feature can be named, but not computed.

    Raises
    ------
    StudyError
        If there is no such feature.
    """
    if name.startswith(EFEL):
        return efel_feature(name.removeprefix(EFEL))
    if is_own(name):
        file, _, function = name.rpartition(":")
        if not imports:
            return custom.unread(Path(file).name, function)
        return custom.own_feature(_resolved(folder, file), function)
    if name not in FEATURES:
        raise StudyError(f"there is no feature {shown(name)}; {nearest(name, FEATURES)}")
    return FEATURES[name]


def files_of(name: str, folder: str, *, imports: bool = True) -> tuple[Path, ...]:
    """Return the files that define a user's own feature; without an import, only the file that the name gives."""
    file = _resolved(folder, name.rpartition(":")[0])
    return custom.files_of(file) if imports else (file,)


def _resolved(folder: str, file: str) -> Path:
    try:
        return Path(folder, file).resolve()
    except (OSError, RuntimeError, ValueError):
        # A file that is not there, such as one behind a loop of links, is reported where the file is read.
        return Path(folder, file)


def is_own(name: str) -> bool:
    """Return whether the name of a feature refers to a function in a user's file."""
    return name.rpartition(":")[0].endswith(".py")
