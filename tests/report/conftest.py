"""A run folder in which nothing is written yet."""

import pytest

from tests.report.run_files import Run


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path / "night")
