"""What can go wrong, and the exit status each gives. A failing simulation is no error but an evaluation's status."""

import difflib
from collections.abc import Iterable

# What a command that did not end by itself ends with: told to end, and told to stop for now.
INTERRUPTED, STOPPED = 130, 75


class TunerError(Exception):
    """Anything that ends a command with one sentence."""

    exit_status = 1


class StudyError(TunerError):
    """The study says something wrong, or names something that is not there."""

    exit_status = 2


class ModelError(TunerError):
    """The model's own code raises while it is loaded or built."""

    exit_status = 3


class MechanismError(TunerError):
    """NMODL did not compile or load."""

    exit_status = 4


class StoreError(TunerError):
    """The run folder belongs to another study or master, cannot be written, or is damaged beyond its last line."""

    exit_status = 5


def nearest(wrong: object, allowed: Iterable[object]) -> str:
    """The rest of an error's sentence: the name that was perhaps meant, and those that are allowed."""
    names = sorted(map(str, allowed))
    close = difflib.get_close_matches(str(wrong), names, n=1, cutoff=0.5)
    meant = f"; did you mean {close[0]!r}?" if close else ""
    shown = ", ".join(names[:30]) + (", ..." if len(names) > 30 else "")
    return f"allowed: {shown or 'nothing'}{meant}"
