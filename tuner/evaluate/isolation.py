"""Run a function of a worker so that the process afterwards is as before."""

import functools
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from tuner.errors import TunerError
from tuner.features import lookup
from tuner.mechanisms import libraries
from tuner.simulation import process_state
from tuner.study.study import Study


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
        with process_state.restored():
            return function(asked, *arguments, **named)

    return run
