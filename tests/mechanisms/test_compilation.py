"""Compilation that fails, and which files are at fault."""

import subprocess
from pathlib import Path

import pytest

from tests.mechanisms.leaks import LEAK, folder
from tuner.errors import MechanismError
from tuner.mechanisms import libraries, toolchain

pytestmark = pytest.mark.simulation


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
