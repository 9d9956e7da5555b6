"""A folder of libraries for one test."""

import pytest

from tuner.mechanisms import libraries


@pytest.fixture
def builds(tmp_path, monkeypatch):
    monkeypatch.setattr(libraries, "BUILDS", tmp_path / "builds")
    return tmp_path / "builds"
