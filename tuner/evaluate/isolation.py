"""Run a function of a worker so that the process afterwards is as before."""

import functools
import re
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from tuner.errors import TunerError
from tuner.features import lookup
from tuner.mechanisms import libraries
from tuner.model import models
from tuner.regular_files import read_searchable
from tuner.simulation import process_state
from tuner.simulation.process_state import Reach
from tuner.study.study import Study

# Words that all Python code has that reaches NEURON's interpreter, and words of code that defines names there.
NEURON = re.compile(r"\bneuron\b|\bhoc\b|\bh\b")
DEFINING = re.compile(
    r"\bh\s*\(|load_file|xopen|nrn_load_dll|\bexecute\b|\bhoc\b|\bgui\b|\bh as\b|\b(?:sim|neuron)\.h\b|[\"']h[\"']"
)
MOST_FILES = 200


class _Asked(Protocol):
    """Describe the tasks and inquiries that a worker receives."""

    @property
    def study(self) -> Study:
        """Return the study."""

    @property
    def library(self) -> Path | None:
        """Return the compiled mechanisms of the model."""


Asked = TypeVar("Asked", bound=_Asked)
Rest = ParamSpec("Rest")
Value = TypeVar("Value")


def _reach_of(study: Study) -> Reach:
    """Return the changes in NEURON that the code of the model and of the features can make, as the text shows."""
    if any(lookup.is_own(target.feature) for target in study.targets):
        return Reach()
    try:
        found = models.source(study)
    except TunerError:
        return Reach()
    return Reach(makes_objects=True, defines_names=False) if found.is_shipped else _reach_in(found.root)


@cache
def _reach_in(root: Path) -> Reach:
    files = [file for pattern in ("*.py", "*/*.py", "*/*/*.py") for file in islice(root.glob(pattern), MOST_FILES)]
    if len(files) >= MOST_FILES:
        return Reach()
    texts = [read_searchable(file) for file in files]
    return Reach(makes_objects=any(map(NEURON.search, texts)), defines_names=any(map(DEFINING.search, texts)))


def isolated(
    function: Callable[Concatenate[Asked, Rest], Value],
) -> Callable[Concatenate[Asked, Rest], Value]:
    """Return the function, changed to restore the state of the process at the end, also after an exception.

    Mechanisms and the user's own features are loaded before, because both are loaded once per process.
    """

    @functools.wraps(function)
    def run(asked: Asked, /, *arguments: Rest.args, **named: Rest.kwargs) -> Value:
        # The function meets the same error again, at the place where it belongs.
        with suppress(TunerError):
            libraries.load(asked.library)
            for target in asked.study.targets:
                lookup.find(target.feature, target.folder)
        with process_state.restored(_reach_of(asked.study)):
            return function(asked, *arguments, **named)

    return run
