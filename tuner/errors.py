"""Define the errors that end a command, and the exit statuses of the command line.

All errors are subclasses of `TunerError`. Exit status and condition of each:

    TunerError            1   no usable result: all candidates fail, nothing can be exported, MPI is used wrongly ...
      + StudyError        2   a wrong entry in a study or on the command line, or a name or file that does not exist
      + ModelError        3   the model's own code raises an error, or names something that the model does not define
      + MechanismError    4   an NMODL file does not compile, or a compiled library does not load
      + StoreError        5   the run folder belongs to another study or process, is damaged, or cannot be written

Two exit statuses belong to signals, not to errors:

    INTERRUPTED         130   SIGINT (Ctrl-C) or SIGTERM
    STOPPED              75   SIGUSR1, which asks a run to stop for now: before a cluster's time limit, or by `stop`

Options that the command line cannot parse give exit status 2 too. A simulation that fails is not an error: the failure
is recorded as the status of its evaluation, and the search goes on.
"""

import difflib
from collections.abc import Iterable

INTERRUPTED, STOPPED = 130, 75
LONGEST_NAME = 80


class TunerError(Exception):
    """Report a condition that ends a command; the message is one sentence for the user.

    Attributes
    ----------
    exit_status : int
        Exit status of the command.
    """

    exit_status = 1


class StudyError(TunerError):
    """Report a wrong entry of a study or of the command line, or a name or file that does not exist."""

    exit_status = 2


class ModelError(TunerError):
    """Report an error that the model's own code raises, or a name in the model that the model does not define."""

    exit_status = 3


class MechanismError(TunerError):
    """Report an NMODL file that does not compile, or a compiled library that does not load."""

    exit_status = 4


class StoreError(TunerError):
    """Report a run folder that belongs to another study or process, is damaged, or cannot be written.

    An incomplete last line of evaluations.jsonl is no damage: a killed run may leave such a line.
    """

    exit_status = 5


def nearest(wrong: object, allowed: Iterable[object]) -> str:
    """Return the end of an error message: the allowed names (at most 30), and the name nearest to the wrong one."""
    names = sorted(map(str, allowed))
    close = difflib.get_close_matches(str(wrong), names, n=1, cutoff=0.5)
    meant = f"; did you mean {close[0][:LONGEST_NAME]!r}?" if close else ""
    shown = ", ".join(name[:LONGEST_NAME] for name in names[:30]) + (", ..." if len(names) > 30 else "")
    return f"allowed: {shown or 'nothing'}{meant}"
