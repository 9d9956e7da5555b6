"""Fixtures that several test files use."""

from pathlib import Path

import pytest

from tests.commands import SMALL, rows, tuner


@pytest.fixture(scope="session")
def serial_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an unbroken run of the small study, on one worker."""
    runs = tmp_path_factory.mktemp("serial")
    done = tuner(SMALL, "--runs", runs, "--executor", "serial")
    assert done.returncode == 0, done.stderr
    assert sorted(rows(runs / "small")) == list(range(18))
    return runs / "small"
