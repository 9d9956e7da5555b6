"""Run NetPyNE's Batch in a temporary folder.

In a permanent folder, Batch would read the files of earlier searches.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from common import Cost

from tuner.recording import Recording

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FILES = ("batch.py", "cfg.py", "init.py", "netParams.py")
POPULATIONS = {"S": np.arange(20), "M": np.arange(20, 40)}
DURATION_MS = 1000.0


def run(candidates: Sequence[Sequence[float]]) -> tuple[list[Recording], Cost]:
    """Run candidates with NetPyNE's Batch, and return the recordings and the mean cost.

    A candidate is a probability, a weight [uS] and a delay [ms].

    Raises CalledProcessError if NetPyNE fails, and FileNotFoundError if a candidate has left no data.
    """
    with TemporaryDirectory() as folder:
        for file in FILES:
            shutil.copy(HERE / file, folder)
        Path(folder, "candidates.json").write_text(json.dumps([list(candidate) for candidate in candidates]))
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "batch.py"], cwd=folder, env=environment, capture_output=True, text=True, check=True
        )
        seconds = json.loads(done.stdout.splitlines()[-1])
        recordings = [_recording(Path(folder, "data", "gen_0"), n) for n in range(len(candidates))]
        return recordings, Cost(**seconds) / len(candidates)


def _recording(folder: Path, number: int) -> Recording:
    data = json.loads((folder / f"gen_0_cand_{number}_data.json").read_text())["simData"]
    return Recording(np.array(data["spkt"]), np.array(data["spkid"]), POPULATIONS, DURATION_MS)
