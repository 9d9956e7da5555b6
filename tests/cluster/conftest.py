"""The private Slurm that the tests share."""

import fcntl
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import slurm


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[slurm.Slurm]:
    """A running Slurm of three nodes with two CPUs each; one at a time on this machine."""
    if words := slurm.missing():
        pytest.skip(words)
    with open(Path(tempfile.gettempdir()) / "netpyne-tuner-slurm.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with slurm.Slurm(tmp_path_factory.mktemp("slurm")) as running:
            yield running
