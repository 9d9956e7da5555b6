"""Features of a user's own: a function of a Python file beside the study."""

import importlib.util
import inspect
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from tuner.errors import StudyError, nearest
from tuner.features.registry import COMMON_ARGUMENTS, Feature

TAKES = COMMON_ARGUMENTS[:3]


@cache
def own_feature(file: Path, function: str) -> Feature:
    """The feature that a function (recording, population, window_ms, its own arguments ...) of a file computes.

    An attribute `unit` of the function is its unit; without one a target may name any. StudyError if there is no such
    function, or if the file raises.
    """
    if not file.is_file():
        raise StudyError(f"there is no file {file}")
    functions = _functions(file)
    if function not in functions:
        raise StudyError(f"{file} has no function {function!r}; {nearest(function, functions)}")
    compute = functions[function]
    if list(inspect.signature(compute).parameters)[:3] != list(TAKES):
        raise StudyError(f"{function} of {file} must take {', '.join(TAKES)}, and then what else it likes")
    return Feature(f"{file.name}:{function}", getattr(compute, "unit", ""), compute)


@cache
def _functions(file: Path) -> dict[str, Callable]:
    spec = importlib.util.spec_from_file_location(f"features_{file.stem}", file)
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(file.parent))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise StudyError(f"{file}: {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(str(file.parent))
    return {name: value for name, value in vars(module).items() if inspect.isfunction(value)}
