"""Many cheap cases in one test."""

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence

import pytest


def loop_over(names: str | Sequence[str], cases: Iterable) -> Callable[[Callable], Callable]:
    """Run a test for each case in a loop, and name every case that fails.

    Takes the names and cases of pytest.mark.parametrize, for cases of milliseconds: pytest collects one test. Each
    case has a tmp_path of its own and shares the other fixtures. The first failure is the cause of the raised error.
    """
    names = [names] if isinstance(names, str) else names
    table = [dict(zip(names, case if len(names) > 1 else [case], strict=True)) for case in cases]
    assert table, "no cases"

    def decorate(test: Callable) -> Callable:
        @functools.wraps(test)
        def loop(*self: object, **fixtures: object) -> None:
            tried = [(case, _error(test, *self, **case, **_own(fixtures, n))) for n, case in enumerate(table)]
            failed = [(case, error) for case, error in tried if error]
            if failed:
                lines = [f"{_shown(case)}: {' '.join(str(error).split())}" for case, error in failed]
                words = "\n".join([f"{len(failed)} of {len(table)} cases fail:", *lines])
                raise AssertionError(words) from failed[0][1]

        parameters = inspect.signature(test).parameters.values()
        loop.__signature__ = inspect.Signature([each for each in parameters if each.name not in names])
        return loop

    return decorate


def _error(test: Callable, *self: object, **arguments: object) -> BaseException | None:
    try:
        test(*self, **arguments)
    except (Exception, pytest.fail.Exception) as error:
        return error
    return None


def _own(fixtures: dict, number: int) -> dict:
    """Return the fixtures of a case: its tmp_path is a folder in the test's."""
    if "tmp_path" not in fixtures:
        return fixtures
    folder = fixtures["tmp_path"] / str(number)
    folder.mkdir()
    return {**fixtures, "tmp_path": folder}


def _shown(case: dict) -> str:
    return ", ".join(f"{name}={value!r}"[:100] for name, value in case.items())
