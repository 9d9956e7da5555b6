"""What the tests share: a private Slurm, a path of stand-ins, a study that can be slowed down, and its serial run."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import slurm
from tests.commands import SMALL, rows, tuner

SETTINGS = ("simulation.engine=neuron", "simulation.timeout_s=600", "simulation.fresh_seeds=0")
OPTIONS = tuple(word for setting in SETTINGS for word in ("--set", setting))
# Every candidate but the start point takes PAUSE_S longer, from a file PAUSED_FROM on until there is a file
# PAUSED_UNTIL, and is the same.
PAUSE = """

_quick = net_params


def net_params(values):
    is_start = (values["weight"], values["rate"]) == (DEFAULTS["weight"], DEFAULTS["rate"])
    has_begun = os.path.exists(os.environ.get("PAUSED_FROM", "/"))
    if not is_start and has_begun and not os.path.exists(os.environ.get("PAUSED_UNTIL", "")):
        time.sleep(float(os.environ.get("PAUSE_S", 0)))
    return _quick(values)
"""


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
def slow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small study with a model that the environment slows down."""
    study = shutil.copytree(SMALL.parent, tmp_path_factory.mktemp("slow") / "study") / SMALL.name
    with open(study.with_name("model.py"), "a") as model:
        model.write(PAUSE)
    return study


@pytest.fixture(scope="session")
def serial_rows(slow: Path) -> dict[int, dict]:
    """The unbroken run of the slow study on one worker."""
    done = tuner(slow, "--runs", slow.parent / "runs", "--executor", "serial", *OPTIONS)
    assert done.returncode == 0, done.stderr
    return rows(slow.parent / "runs" / "small")


@pytest.fixture
def programs(tmp_path, monkeypatch):
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder
