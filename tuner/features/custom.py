"""Load features that a user has written as functions in a Python file beside the study."""

import hashlib
import importlib.util
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tuner.errors import StudyError, nearest
from tuner.features.registry import COMMON_ARGUMENTS, Feature
from tuner.regular_files import MOST_CODE_BYTES, read_named
from tuner.words import cut, shown

LONGEST_WORDS = 200
TAKES = COMMON_ARGUMENTS[:3]


@dataclass(frozen=True)
class _Loaded:
    """Hold the functions of a file, and all files that were read during loading."""

    functions: dict[str, Callable[..., float]]
    files: tuple[Path, ...]


@cache
def own_feature(file: Path, function: str) -> Feature:
    """Return the feature that a user's function computes.

    The first parameters of the function must be `recording`, `population` and `window_ms`. All others are arguments of
    the target. The attribute `unit` of the function is the feature's unit. Without this attribute, the target may name
    any unit.

    Raises
    ------
    StudyError
        If the file does not exist or raises an exception, if it has no such function, or if the parameters are wrong.
    """
    functions = _load(file).functions
    if function not in functions:
        raise StudyError(f"{file} has no function {shown(function)}; {nearest(function, functions)}")
    compute = functions[function]
    if list(inspect.signature(compute).parameters)[:3] != list(TAKES):
        raise StudyError(f"function {shown(function)} of {file} must take {', '.join(TAKES)} as its first arguments")
    return Feature(f"{file.name}:{function}", getattr(compute, "unit", ""), compute)


def unread(file: str, function: str) -> Feature:
    """Return a feature of a user's file that is not imported; only the name is known, and `compute` raises."""

    def compute(*_: Any, **__: Any) -> float:
        raise StudyError(f"{file} is not imported, so the feature {shown(function)} cannot be computed")

    return Feature(f"{file}:{function}", "", compute, is_unread=True)


def files_of(file: Path) -> tuple[Path, ...]:
    """Return a feature file and the files below the same folder that the file imports."""
    return _load(file).files


@cache
def _load(file: Path) -> _Loaded:
    read_named(file, StudyError, MOST_CODE_BYTES)
    name = f"features_{hashlib.sha256(str(file).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None, "a file that ends in .py has a loader"
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    before = set(sys.modules)
    sys.path.insert(0, str(file.parent))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        words = cut(f"{type(error).__name__}: {error}".splitlines()[0], LONGEST_WORDS)
        raise StudyError(f"{file}: {words}") from error
    finally:
        # The function may import modules of this folder when it is called. The folder comes last on the path and so
        # does not hide other modules of the same name.
        sys.path.remove(str(file.parent))
        sys.path.append(str(file.parent))
        helpers = _take_away(set(sys.modules) - before, file.parent)
    functions: dict[str, Callable[..., float]] = {
        name: value for name, value in vars(module).items() if inspect.isfunction(value)
    }
    return _Loaded(functions, (file, *helpers))


def _take_away(names: set[str], folder: Path) -> list[Path]:
    """Remove modules of a folder from `sys.modules` and return the files.

    Another folder may have modules of the same name, which Python would otherwise not load.
    """
    files = {name: Path(getattr(sys.modules[name], "__file__", None) or "/") for name in names}
    own = {name: file.resolve() for name, file in files.items() if file.resolve().is_relative_to(folder)}
    for name in own:
        del sys.modules[name]
    return sorted(own.values())
