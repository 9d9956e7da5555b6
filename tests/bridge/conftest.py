"""A start point without a model, for the tests of folders of NetPyNE's Batch."""

import pytest

from tuner.bridge import batch_folder


@pytest.fixture
def at_middle(monkeypatch):
    """Spares the process that holds a study against its model."""

    def middle(study):
        return {p.name: sum(p.scaled_bounds) / 2 for p in study.space.parameters}

    monkeypatch.setattr(batch_folder, "start_of", middle)
