"""What the tests share: a private Slurm, and the main job's serial run."""

import fcntl
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import slurm
from tests.commands import rows, tuner


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[slurm.Slurm]:
    """A running Slurm of three nodes with two CPUs each; one at a time on this machine."""
    if words := slurm.missing():
        pytest.skip(words)
    with open(Path(tempfile.gettempdir()) / "netpyne-tuner-slurm.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with slurm.Slurm(tmp_path_factory.mktemp("slurm")) as running:
            yield running


@pytest.fixture(scope="session")
def serial_sensory_motor(tmp_path_factory: pytest.TempPathFactory) -> dict[int, dict]:
    """The unbroken run of the sensory-motor study on one worker."""
    runs = tmp_path_factory.mktemp("serial_sensory_motor")
    done = tuner("sensory_motor", "--runs", runs, "--executor", "serial")
    assert done.returncode == 0, done.stderr
    return rows(runs / "sensory_motor")
