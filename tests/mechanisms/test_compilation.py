"""Compilation that fails, and which files are at fault."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import ROOT
from tests.mechanisms.leaks import LEAK, folder
from tuner.errors import MechanismError
from tuner.mechanisms import libraries, seal, toolchain

pytestmark = pytest.mark.simulation
# Ends as a kill -9 does, at the first folder to remove.
KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from tuner.mechanisms import libraries
libraries.BUILDS = Path(sys.argv[2])
shutil.rmtree = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
libraries.build(sys.argv[1])
"""


def test_failed_compilation_says_why_and_leaves_no_library(tmp_path, builds):
    path = folder(tmp_path, "wrong")
    (path / "wrong.mod").write_text("NEURON { SUFFIX wrong }\nBREAKPOINT { this is no nmodl }\n")
    for _ in range(2):
        with pytest.raises(MechanismError, match="Illegal block at line 2 in file wrong.mod") as caught:
            libraries.build(path)
        assert caught.value.exit_status == 4
    assert [entry.suffix for entry in builds.iterdir()] == [".log"]


def test_without_a_compiler_no_file_is_at_fault(tmp_path, builds, monkeypatch):
    monkeypatch.setenv("CXX", "/nowhere/c++")
    with pytest.raises(MechanismError, match=r"(?s)did not compile .*/nowhere/c\+\+"):
        libraries.build(folder(tmp_path, "some", leak_a=0.003, leak_b=0.5))
    assert [entry.suffix for entry in builds.iterdir()] == [".log"]


class Tool:
    """Stands for nrnivmodl: `says` has what it says of files that fail, one word of it for each time they are tried."""

    def __init__(self, **says):
        self.says = {f"{stem}.mod": iter(words) for stem, words in says.items()}

    def run(self, folder, command):
        made = folder / "x86_64"
        made.mkdir(exist_ok=True)
        names = [file.name for file in folder.glob("*.mod")]
        said = [self._make(name, made) for name in ([Path(command[1]).name] if command[1:] else names)]
        failed = not all((made / name).with_suffix(".o").exists() for name in names)
        if not failed:
            (made / "libnrnmech.so").touch()
        return subprocess.CompletedProcess(command, int(failed), "", "".join(said))

    def _make(self, name, made):
        words = next(self.says.get(name, iter(())), "")
        if not words:
            (made / name).with_suffix(".o").touch()
        return words


def test_a_file_that_fails_only_once_is_not_blamed(tmp_path, builds, monkeypatch):
    monkeypatch.setattr(toolchain, "_run", Tool(leak_a=["broke off"], leak_b=["error: wrong"] * 2).run)
    library = libraries.build(folder(tmp_path, "some", leak_a=0.003, leak_b=0.5, leak_c=1))
    assert libraries.left_out(library).keys() == {"leak_b"}


def test_what_compiles_only_as_it_is_does_not_compile_in_range(tmp_path, builds, monkeypatch):
    path = folder(tmp_path, "some", leak_a=0.003)
    (path / "rates.mod").write_text("NEURON { SUFFIX rates GLOBAL tau }\nASSIGNED { tau }\n")
    monkeypatch.setattr(toolchain, "_run", Tool(rates=["", "error: wrong", "error: wrong"]).run)
    assert libraries.left_out(libraries.build(path)) == {}
    words = "with computed GLOBAL variables changed to RANGE, rates.mod does not compile and is left out: wr"
    with pytest.raises(MechanismError, match=words):
        libraries.build(path, ranged=True)


@pytest.mark.parametrize("words", ["error: No space left on device", "error: Killed signal terminated program cc1plus"])
def test_a_full_machine_is_no_fault_of_a_file(tmp_path, builds, monkeypatch, words):
    monkeypatch.setattr(toolchain, "_run", Tool(leak_a=[words] * 9).run)
    with pytest.raises(MechanismError, match=words):
        libraries.build(folder(tmp_path, "some", leak_a=0.003, leak_b=0.5))
    assert [entry.suffix for entry in builds.iterdir()] == [".log"]


def test_a_name_that_stops_the_tool_is_left_out(tmp_path, builds, monkeypatch):
    path = folder(tmp_path, "some", leak_a=0.003)
    (path / "a:b.mod").write_text(LEAK.format(name="leak_b", g=1))
    tool = Tool()

    def run(folder, command):
        stopped = (folder / "a:b.mod").exists()
        return subprocess.CompletedProcess(command, 2, "", "stop") if stopped else tool.run(folder, command)

    monkeypatch.setattr(toolchain, "_run", run)
    assert libraries.left_out(libraries.build(path)).keys() == {"leak_b"}


def test_a_damaged_library_stays_until_there_is_another(tmp_path, builds, monkeypatch):
    path, tool, seen = folder(tmp_path, "some", leak_a=0.003), Tool(), []
    monkeypatch.setattr(toolchain, "_run", tool.run)
    library = libraries.build(path)
    library.write_text("damaged")
    monkeypatch.setattr(seal, "_intact", set())

    def run(folder, command):
        seen.append(library.read_text())
        return tool.run(folder, command)

    monkeypatch.setattr(toolchain, "_run", run)
    assert (libraries.build(path), seen, library.read_text()) == (library, ["damaged"], "")


def test_a_killed_removal_leaves_nothing_to_the_next_compilation(tmp_path, builds):
    path = folder(tmp_path, "some", leak_a=0.003)
    library = libraries.build(path)
    library.write_text("damaged")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", KILLED, str(path), str(builds)], env=environment)
    assert done.returncode == -signal.SIGKILL
    other = libraries.build(folder(tmp_path, "other", leak_b=0.5))
    assert set(builds.iterdir()) == {library.parent.parent, other.parent.parent}


class CoreTool(Tool):
    """Stands for both tools: CoreNEURON's says the next of some words, or makes a library if these are empty."""

    def __init__(self, *words):
        super().__init__()
        self.words = list(words)

    def run(self, folder, command):
        if command != toolchain.CORENEURON:
            return super().run(folder, command)
        words = self.words.pop(0)
        if not words:
            (folder / "x86_64").mkdir()
            (folder / "x86_64" / "libcorenrnmech.so").touch()
        return subprocess.CompletedProcess(command, 1, "", words)


@pytest.mark.parametrize("words", ["make: *** [Makefile:185: exp2syn.cpp] Terminated", "line 156: 2860 Killed make"])
def test_a_killed_compiler_of_coreneuron_is_run_again(tmp_path, builds, monkeypatch, words):
    path = folder(tmp_path, "some", leak_a=0.003)
    monkeypatch.setattr(toolchain, "_run", CoreTool(words, "").run)
    with pytest.raises(MechanismError, match="did not compile"):
        libraries.build_coreneuron(path)
    assert libraries.build_coreneuron(path).is_file()


@pytest.mark.parametrize("damage", [b"", b"\0" * 4096])
def test_a_failure_with_a_damaged_log_is_tried_again(tmp_path, builds, monkeypatch, damage):
    path = folder(tmp_path, "some", leak_a=0.003)
    monkeypatch.setattr(toolchain, "_run", CoreTool("error: wrong", "").run)
    with pytest.raises(MechanismError, match="error: wrong"):
        libraries.build_coreneuron(path)
    next(builds.glob("failed-*.log")).write_bytes(damage)
    assert libraries.build_coreneuron(path).is_file()
