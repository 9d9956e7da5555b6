"""A library that a power cut has damaged is compiled again, and killed compilations leave nothing."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.commands import ROOT, wait_until
from tests.loops import loop_over
from tests.mechanisms.leaks import folder
from tests.mechanisms.test_mended_libraries import FATIGUE
from tuner.executors.children import descendants
from tuner.mechanisms import libraries, seal

pytestmark = pytest.mark.simulation
# What is loaded again would take the process with it, so another one does it.
LOAD = "import sys; from pathlib import Path; from tuner.mechanisms import libraries, loading\n" \
       "libraries.BUILDS = Path(sys.argv[2])\nloading.load(libraries.build(sys.argv[1]))"  # fmt: skip


def flipped(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def half(content):
    return content[: len(content) // 2]


@loop_over(
    ("name", "damage"),
    [("library", lambda _: b""), ("library", half), ("library", flipped), ("leak_a.mod", half), (seal.SEAL, half)],
)
def test_a_damaged_library_is_compiled_again(tmp_path, builds, monkeypatch, name, damage):
    source = folder(tmp_path, "some", leak_a=0.003)
    library = libraries.build(source)
    monkeypatch.setattr(seal, "_intact", set())
    file = library if name == "library" else library.parent.parent / name
    file.write_bytes(damage(file.read_bytes()))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", LOAD, str(source), str(builds)], env=environment)
    assert done.returncode == 0
    assert seal.find_intact(library.parent.parent, "libnrnmech") == library
    assert [entry for entry in builds.iterdir() if entry != library.parent.parent] == []


def test_an_intact_library_is_not_compiled_again(tmp_path, builds, monkeypatch):
    source = folder(tmp_path, "some", leak_a=0.003)
    library = libraries.build(source)
    before = library.stat().st_mtime_ns
    monkeypatch.setattr(seal, "_intact", set())
    assert libraries.build(source) == library and library.stat().st_mtime_ns == before


def test_damaged_compiled_code_does_not_get_into_a_mended_library(tmp_path, builds, monkeypatch):
    source = folder(tmp_path, "some", leak_a=0.003)
    (source / "fatigue.mod").write_text(FATIGUE)
    plain = libraries.build(source)
    monkeypatch.setattr(seal, "_intact", set())
    (plain.parent / "leak_a.o").write_bytes(b"")
    mended = libraries.build(source, mended=True)
    # Without the code of leak_a, the library has a symbol that is nowhere.
    assert mended != plain and opens(mended)


def opens(library):
    command = "import ctypes, os, sys; ctypes.CDLL(sys.argv[1], os.RTLD_NOW)"
    return subprocess.run([sys.executable, "-c", command, str(library)]).returncode == 0


@pytest.mark.parametrize("name", ["wrong.mod", "wrong.mod.log"])
def test_what_was_left_out_is_known_after_damage(tmp_path, builds, monkeypatch, name):
    source = folder(tmp_path, "some", leak_a=0.003)
    (source / "wrong.mod").write_text("NEURON { SUFFIX wrong }\nBREAKPOINT { this is no nmodl }\n")
    library = libraries.build(source)
    before = libraries.left_out(library)
    monkeypatch.setattr(seal, "_intact", set())
    (library.parent.parent / "left_out" / name).unlink()
    assert libraries.left_out(libraries.build(source)) == before != {}


@pytest.mark.skipif(sys.platform != "linux", reason="processes are read from /proc")
def test_a_killed_compilation_leaves_neither_compilers_nor_folders(tmp_path, builds):
    source = folder(tmp_path, "some", leak_a=0.003)
    compiler = tmp_path / "compiler"
    compiler.write_text("#!/bin/sh\nsleep 600\n")
    compiler.chmod(0o755)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CXX": str(compiler)}
    process = subprocess.Popen([sys.executable, "-c", LOAD, str(source), str(builds)], env=environment)
    try:
        wait_until(lambda: any(_is_sleep(pid) for pid in descendants(process.pid)))
        started = descendants(process.pid)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert list(builds.glob("scratch-*"))
    deadline = time.monotonic() + 60
    while any(_is_sleep(pid) for pid in started) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [pid for pid in started if _is_sleep(pid)] == []
    library = libraries.build(source)
    assert [entry for entry in builds.iterdir()] == [library.parent.parent]


def _is_sleep(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().startswith(b"sleep\x00600")
    except OSError:
        return False
