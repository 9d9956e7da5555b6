"""Call a function in a process that has not run a model before.

The model's code may keep data between two calls, in a module, in NEURON, or in a file of its folder. What a process
gives after other candidates may therefore differ from the result of a user who starts the model once. The interpreter
of `tuner.verification.verify` forks a process for each call. Call and answer pass through files in one folder.
"""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tuner.errors import TunerError
from tuner.model import models, sandbox
from tuner.simulation.simulate import quiet
from tuner.study.study import Study

CALL, ANSWER = "call.pickle", "answer.pickle"


def prepare(folder: Path, study: Study, function: Callable[..., Any], *arguments: Any) -> None:
    """Write a call for `answer`; the study tells which files to name if the model's own code raises."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CALL).write_bytes(pickle.dumps((study, function, arguments)))


def answer(folder: str) -> None:
    """Run the call that `prepare` has written, and write the value, or the reason of the failure."""
    study, function, arguments = pickle.loads(Path(folder, CALL).read_bytes())
    here = os.getcwd()
    try:
        with quiet():
            value, reason = function(*arguments), ""
    except TunerError as error:
        value, reason = None, str(error)
    except (Exception, SystemExit) as error:
        value, reason = None, models.blame(error, models.source(study).root, Path(study.folder))
    os.chdir(here)
    sandbox.discard()
    beside = Path(folder, f"{ANSWER}.new")
    beside.write_bytes(pickle.dumps((value, reason)))
    beside.replace(Path(folder, ANSWER))


def value_of(folder: Path) -> Any:
    """Return the value of the call in a folder; raise TunerError with the reason of a failure."""
    file = folder / ANSWER
    if not file.exists():
        raise TunerError("the model ended the process (a crash, or a call of exit or quit)")
    value, reason = pickle.loads(file.read_bytes())
    if reason:
        raise TunerError(reason)
    return value
