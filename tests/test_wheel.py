"""The wheel: built from a copy of the checkout, installed elsewhere, at work beside a user's own cells/."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.commands import LONGEST_S, ROOT
from tuner.layout import file_of
from tuner.model import model_files
from tuner.study import sources

pytestmark = [pytest.mark.simulation, pytest.mark.long, pytest.mark.xdist_group("wheel")]
PLACES = {"cells": "cells", "netparams": "netparams", "mod": "mod", "batch": "studies", "tuner": ""}
LEFT_OUT = {"batch/netpyne_batch.py", "mod/README.md"}
MODEL = """
import batch
import cells
from netpyne import specs
from tuner.library.cells.pyr import cell_rule

DEFAULTS = {"weight": 0.01}


def net_params(values):
    params = specs.NetParams()
    params.cellParams["PYR"] = cell_rule()
    params.cellParams["PYR"]["secs"]["soma"]["mechs"]["leak_good"] = {"g": cells.G}
    params.popParams["S"] = {"cellType": "PYR", "numCells": batch.SIZE}
    params.synMechParams["exc"] = {"mod": "Exp2Syn", "tau1": 0.1, "tau2": 5.0, "e": 0}
    params.stimSourceParams["drive"] = {"type": "NetStim", "rate": 50, "noise": 0.5}
    params.stimTargetParams["drive->S"] = {
        "source": "drive", "conds": {"pop": "S"}, "weight": values["weight"], "delay": 5, "synMech": "exc",
    }
    return params


def sim_config(values, seed, duration_ms):
    return specs.SimConfig({"duration": duration_ms, "seeds": {"conn": seed, "stim": seed, "loc": seed}})
"""
STUDY = """
name = "mine"
model = "model.py"
duration_ms = 100
parameters.weight = { low = 0.001, high = 0.1 }
targets.mean_rate = { feature = "rate", value = 30, tolerance = 1 }
optimizer = { name = "random" }
budget.evaluations = 3
simulation = { verify = 1, fresh_seeds = 0 }
"""


def run(*command: object, **options: object) -> str:
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, timeout=LONGEST_S, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    done = subprocess.run(["git", "-C", str(ROOT), "ls-files"], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("no git checkout")
    return [name for name in done.stdout.splitlines() if os.path.lexists(ROOT / name)]


@pytest.fixture(scope="module")
def wheel(tracked, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    for name in tracked:
        copy = folder / "checkout" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_symlink():
            copy.symlink_to(os.readlink(ROOT / name))
        else:
            copy.write_bytes((ROOT / name).read_bytes())
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder)
    run(sys.executable, "-m", "pip", "wheel", *options, folder / "checkout")
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def home(wheel, tmp_path_factory) -> Path:
    """A user's folder, and a Python beside it that has the wheel, and all else from this one's packages."""
    folder = tmp_path_factory.mktemp("user")
    venv.create(folder / "venv", symlinks=True)
    python = folder / "venv" / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", wheel)
    (packages,) = folder.glob("venv/lib/*/site-packages")
    # A line adds a folder without the .pth files in it, which may lead to the checkout.
    lines = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (packages / "others.pth").write_text("\n".join(lines))
    mine = folder / "mine"
    (mine / "cells").mkdir(parents=True)
    (mine / "mod").mkdir()
    (mine / "cells" / "__init__.py").write_text("G = 1e-5\n")
    (mine / "batch.py").write_text("SIZE = 4\n")
    (mine / "model.py").write_text(MODEL)
    (mine / "mine.toml").write_text(STUDY)
    for name in ("leak_good.mod", "leak_units.inc"):
        (mine / "mod" / name).write_bytes((ROOT / "tests" / "data" / "mechanisms" / name).read_bytes())
    return folder


def installed(home: Path, program: str, *words: object) -> str:
    scripts = home / "venv" / "bin", sysconfig.get_path("scripts"), os.environ["PATH"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"PATH": os.pathsep.join(map(str, scripts)), "XDG_CACHE_HOME": str(home / "cache")}
    return run(scripts[0] / program, *words, cwd=home / "mine", env=environment)


def test_the_wheel_holds_all_and_lands_on_one_name(wheel, tracked):
    held = set(zipfile.ZipFile(wheel).namelist())
    assert {name.partition("/")[0].partition("-")[0] for name in held} == {"tuner", "netpyne_tuner"}
    wanted = set()
    for name in set(tracked) - LEFT_OUT:
        first, _, rest = name.partition("/")
        if first in PLACES and not (ROOT / name).is_symlink():
            wanted.add(f"tuner/library/{PLACES[first]}/{rest}" if PLACES[first] else name)
    assert {name for name in held if name.startswith("tuner/")} == wanted


def test_it_is_what_runs(home):
    script = "import tuner; from tuner import layout; print(tuner.__file__, layout.CHECKOUT, layout.BUILDS)"
    file, checkout, builds = installed(home, "python", "-c", script).split()
    assert Path(file).is_relative_to(home / "venv") and checkout == "None"
    assert builds == str(home / "cache" / "netpyne-tuner" / "mechanisms")


def test_models_and_studies_are_found(home):
    said = installed(home, "netpyne-tuner", "models")
    assert [line.split()[0] for line in said.splitlines()] == sources.names()
    script = "from tuner import Study; print(*Study.load('claustrum_tonic').files)"
    files = {Path(file).name for file in installed(home, "python", "-c", script).split()}
    assert files == {"claustrum_tonic_240pA.txt", "claustrum_tonic_500pA.txt"}


def test_a_study_runs_beside_the_users_own_cells(home):
    said = installed(home, "netpyne-tuner", "run", "mine.toml", "--workers", "1")
    assert "Ended by budget.evaluations after 3 evaluations." in said and "Verified by plain NetPyNE" in said
    manifest = json.loads((home / "mine" / "runs" / "mine" / "manifest.json").read_text())
    assert manifest["git_commit"] is None
    own = {"study/model.py", "study/batch.py", "study/cells/__init__.py", "study/mod/leak_good.mod"}
    ours = {"project/cells/__init__.py", "project/cells/pyr.py"}
    assert own | ours <= manifest["files"].keys()
    for name in ours:
        file = str(file_of(name.removeprefix("project/")))
        assert manifest["files"][name] == model_files.digest((file,))[file], "a run goes on from a checkout"
    made = {file.relative_to(home).parts[0] for file in home.rglob("libnrnmech.*")}
    assert made == {"cache"}


def test_a_study_is_written_for_netpynes_own_batch(home):
    said = installed(home, "python", "-m", "tuner.bridge", "mine.toml", "--write-only")
    assert {"cfg.py", "netParams.py", "init.py", "batch.py"} <= set(os.listdir(home / "mine" / "runs" / "mine_netpyne"))
    assert said.startswith("cd ") and "PYTHONPATH" not in said
