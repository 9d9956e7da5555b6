"""Features of a user's own: a function of a Python file beside the study."""

import hashlib
import importlib.util
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tuner.errors import StudyError, nearest
from tuner.features.registry import COMMON_ARGUMENTS, Feature

TAKES = COMMON_ARGUMENTS[:3]


@dataclass(frozen=True)
class _Loaded:
    """The functions of a file, and the files, itself among them, that it was loaded from."""

    functions: dict[str, Callable[..., float]]
    files: tuple[Path, ...]


@cache
def own_feature(file: Path, function: str) -> Feature:
    """The feature that a function (recording, population, window_ms, its own arguments ...) of a file computes.

    An attribute `unit` of the function is its unit; without one a target may name any. StudyError if there is no such
    function, or if the file raises.
    """
    functions = _load(file).functions
    if function not in functions:
        raise StudyError(f"{file} has no function {function!r}; {nearest(function, functions)}")
    compute = functions[function]
    if list(inspect.signature(compute).parameters)[:3] != list(TAKES):
        raise StudyError(f"{function} of {file} must take {', '.join(TAKES)}, and then what else it likes")
    return Feature(f"{file.name}:{function}", getattr(compute, "unit", ""), compute)


def files_of(file: Path) -> tuple[Path, ...]:
    """The file and those below its folder that it imports."""
    return _load(file).files


@cache
def _load(file: Path) -> _Loaded:
    if not file.is_file():
        raise StudyError(f"there is no file {file}")
    name = f"features_{hashlib.sha256(str(file).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None, "a file that ends on .py has a loader"
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    before = set(sys.modules)
    sys.path.insert(0, str(file.parent))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        words = f"{type(error).__name__}: {error}".splitlines()[0]
        raise StudyError(f"{file}: {words}") from error
    finally:
        # What it imports while it computes is found too, but never before what others mean by the same name.
        sys.path.remove(str(file.parent))
        sys.path.append(str(file.parent))
        helpers = _take_away(set(sys.modules) - before, file.parent)
    functions: dict[str, Callable[..., float]] = {
        name: value for name, value in vars(module).items() if inspect.isfunction(value)
    }
    return _Loaded(functions, (file, *helpers))


def _take_away(names: set[str], folder: Path) -> list[Path]:
    """Forgets modules of a folder, so that another folder's of the same name is not taken for one; their files."""
    files = {name: Path(getattr(sys.modules[name], "__file__", None) or "/") for name in names}
    own = {name: file.resolve() for name, file in files.items() if file.resolve().is_relative_to(folder)}
    for name in own:
        del sys.modules[name]
    return sorted(own.values())
