"""A study's folder, with the files that targets name."""

import pytest

from tests.study.entries.reading import OWN


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "own.py").write_text(OWN)
    (tmp_path / "broken.py").write_text("import nothing_of_the_kind\n")
    # Cell 0 at 10, 60 and 110 ms, cell 1 at 20 ms: 2 spikes a cell in 200 ms, 10 Hz.
    (tmp_path / "raster.txt").write_text("# cells = 2\n# duration_ms = 200\n10 0\n60 0\n110 0\n20 1\n")
    (tmp_path / "rates.txt").write_text("5\n10\n")
    return tmp_path
