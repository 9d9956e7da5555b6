"""A command behind its tether is as it would be without, and ends when its master does."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import ROOT, alive, wait_until
from tests.loops import loop_over
from tuner.executors.tethered import end, tethered

# Says its number, and that of a child in its process group; no handler of Python would run any more.
FAMILY = """
import ctypes, os, sys
child = os.fork()
if child:
    open(sys.argv[1] + ".new", "w").write(f"{os.getpid()} {child}")
    os.rename(sys.argv[1] + ".new", sys.argv[1])
ctypes.PyDLL(None).pause()
"""
# Two at the same time: neither may hold what the other waits for.
MASTER = """
import subprocess, sys, threading
from tuner.executors.tethered import tethered
def start(mark):
    streams = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE}
    held.append(tethered((*command, mark), **streams, env={"PATH": "/usr/bin:/bin"}))
held, (count, *command) = [], sys.argv[1:]
threads = [threading.Thread(target=start, args=(mark,)) for mark in command[-int(count):]]
command = command[:-int(count)]
for thread in threads: thread.start()
for thread in threads: thread.join()
sys.stdin.read()
"""


def started(*command, **options):
    streams = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE, "env": dict(os.environ)}
    return tethered(tuple(map(str, command)), **{**streams, **options})


def python(code, *arguments, **options):
    return started(sys.executable, "-c", code, *arguments, **options)


def numbers(mark):
    """The processes that a command has written down, as soon as it has."""
    wait_until(mark.exists)
    return list(map(int, mark.read_text().split()))


def script(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_streams_and_folder_are_the_commands(tmp_path):
    code = "import os, sys; print(os.getcwd(), sys.stdin.read(), end=''); sys.stderr.write('said'); sys.exit(7)"
    process = python(code, cwd=tmp_path)
    assert process.communicate(b"asked") == (f"{tmp_path} asked".encode(), b"said")
    assert process.returncode == 7
    end(process)


def test_a_stream_that_the_command_closes_is_closed():
    process = python("import os, time; os.close(1); time.sleep(1000)")
    assert process.stdout.read() == b""
    assert process.poll() is None
    end(process)
    assert process.returncode == -signal.SIGTERM


@loop_over("status", [0, 1, 255])
def test_exit_status_is_the_commands(status):
    process = python(f"import os; os._exit({status})")
    assert process.wait() == status
    end(process)


@loop_over("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE])
def test_the_tether_dies_of_the_commands_signal(number):
    code = (
        f"import os, signal; {number} == 9 or signal.signal({number}, signal.SIG_DFL); os.kill(os.getpid(), {number})"
    )
    process = python(code)
    assert process.wait() == -number
    end(process)


def test_signals_are_passed_on():
    code = "import signal, sys; signal.signal(signal.SIGUSR1, lambda *_: sys.exit(23)); print('ready', flush=True)"
    process = python(f"{code}; signal.pause()")
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGUSR1)
    assert process.wait() == 23
    end(process)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="there is no /proc")
def test_a_command_begins_as_without_the_tether():
    command = ("/bin/sh", "-c", "grep '^Sig[BIC]' /proc/self/status; ls /proc/self/fd; env | sort; umask")
    without = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, env=dict(os.environ))
    process = started(*command)
    found = process.communicate()[0]
    end(process)
    assert without_glibcs_signals(found) == without_glibcs_signals(without.stdout)


def without_glibcs_signals(words):
    """What a command has said of itself, without signals 32 and 33, which glibc's posix_spawn ignores as its own."""
    return re.sub(rb"(SigIgn:\t)(\w+)", lambda found: found[1] + b"%x" % (int(found[2], 16) & ~(3 << 31)), words)


def test_told_to_end_the_tether_ends_the_command_and_what_it_has_forked(tmp_path):
    process = python(FAMILY, tmp_path / "mark")
    family = numbers(tmp_path / "mark")
    assert all(map(alive, family))
    end(process)
    assert process.returncode == -signal.SIGTERM
    wait_until(lambda: not any(map(alive, family)))


@loop_over("name", ["srun", "mpiexec"])
def test_a_command_that_does_not_heed_is_killed(tmp_path, monkeypatch, name):
    monkeypatch.setattr("tuner.executors.tethered.END_S", 0.2)
    stubborn = script(tmp_path / name, "trap '' TERM; echo ready; while true; do sleep 0.1; done")
    process = started(stubborn)
    assert process.stdout.readline() == b"ready\n"
    end(process)
    assert process.returncode == -signal.SIGKILL


@loop_over("error", [FileNotFoundError, PermissionError])
def test_a_command_that_cannot_be_started_is_named(tmp_path, error):
    (tmp_path / "PermissionError").write_text("no program")
    with pytest.raises(error, match=error.__name__) as raised:
        started(tmp_path / error.__name__)
    assert raised.value.filename == str(tmp_path / error.__name__)


def test_commands_end_with_a_killed_master(tmp_path):
    marks = [tmp_path / "first", tmp_path / "second"]
    families = killed_master(marks, sys.executable, "-c", FAMILY)
    wait_until(lambda: not any(map(alive, families)))


def test_srun_is_told_to_end_with_a_killed_master(tmp_path):
    words = f"trap 'touch {tmp_path}/told; exit' TERM; echo $$ > $1.new; mv $1.new $1; while true; do sleep 0.1; done"
    (srun,) = killed_master([tmp_path / "mark"], script(tmp_path / "srun", words))
    wait_until(lambda: not alive(srun))
    assert (tmp_path / "told").exists()


def killed_master(marks, *command):
    """The processes of commands whose master has been killed."""
    words = [sys.executable, "-c", MASTER, str(len(marks)), *map(str, command), *map(str, marks)]
    master = subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE)
    found = [number for mark in marks for number in numbers(mark)]
    assert all(map(alive, found))
    master.kill()
    master.communicate()
    return found
