import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from tests.commands import ROOT
from tests.loops import loop_over
from tuner.errors import StoreError, TunerError
from tuner.runs import owner
from tuner.runs.owner import OWNER, SILENCE_S, STOP, Owner, ask_to_stop

HERE = socket.gethostname()


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(owner, "SETTLE_S", 0.0)


@pytest.fixture
def other():
    """A living process that is not this one."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process.pid
    process.communicate(b"\n")


def leave(folder, silent_s=0.0, **fields):
    """An owner's file as another master has left it."""
    where = {"host": HERE, "boot": owner._boot(), "namespace": owner._namespace()}
    table = {**where, "pid": os.getpid(), "started": owner._started(os.getpid()), "token": "theirs", **fields}
    path = folder / OWNER
    path.write_text(json.dumps(table))
    then = time.time() - silent_s
    os.utime(path, (then, then))
    return path


def token(path):
    return json.loads(path.read_text())["token"]


def refused(folder, host, pid):
    path = folder / OWNER
    before = path.read_bytes()
    with pytest.raises(StoreError) as caught, Owner(folder):
        pass
    assert caught.value.exit_status == 5
    assert str(caught.value).startswith(f"{folder}: is being written by process {pid} on {host};")
    assert path.read_bytes() == before
    assert [each.name for each in folder.iterdir()] == [OWNER], "no scratch file stays"


def taken_over(folder):
    with Owner(folder) as mine:
        table = json.loads((folder / OWNER).read_text())
        assert (table["host"], table["pid"]) == (HERE, os.getpid())
        assert table["token"] != "theirs"
        assert [each.name for each in folder.iterdir()] == [OWNER]
        mine.check()
    assert list(folder.iterdir()) == []


def test_an_owner_names_itself_and_leaves_nothing(tmp_path):
    taken_over(tmp_path)
    taken_over(tmp_path)


def test_a_second_owner_is_refused(tmp_path):
    with Owner(tmp_path) as first:
        refused(tmp_path, HERE, os.getpid())
        first.check()
    taken_over(tmp_path)


def test_a_living_process_is_refused_however_silent(tmp_path, other):
    leave(tmp_path, pid=other, started=owner._started(other), silent_s=10 * SILENCE_S)
    refused(tmp_path, HERE, other)


def test_a_dead_process_is_taken_over(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", ""])
    started = owner._started(process.pid)
    process.wait()
    leave(tmp_path, pid=process.pid, started=started)
    taken_over(tmp_path)


def test_a_killed_owner_is_taken_over(tmp_path):
    script = "import sys, time; from pathlib import Path; from tuner.runs.owner import Owner\n" \
             "with Owner(Path(sys.argv[1])): print('mine', flush=True); time.sleep(600)"  # fmt: skip
    process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"mine\n"
    refused(tmp_path, HERE, process.pid)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    taken_over(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="start times are read from /proc")
def test_a_reused_process_number_is_taken_over(tmp_path, other):
    leave(tmp_path, pid=other, started="1")
    taken_over(tmp_path)


@loop_over("silent_s", [SILENCE_S - 10, 0.0, -0.5])
def test_another_host_within_a_minute_is_refused(tmp_path, silent_s):
    leave(tmp_path, host="elsewhere", pid=12, silent_s=silent_s)
    refused(tmp_path, "elsewhere", 12)


def test_another_machine_of_the_same_name_is_another_host(tmp_path):
    leave(tmp_path, boot="another", pid=2**22 + 1, silent_s=SILENCE_S - 10)
    refused(tmp_path, HERE, 2**22 + 1)
    leave(tmp_path, boot="another", pid=os.getpid(), silent_s=SILENCE_S + 1)
    taken_over(tmp_path)


def test_a_process_of_another_pid_namespace_lives_as_long_as_the_file_changes(tmp_path):
    """Containers share host and boot, but a process number means another process there."""
    path = leave(tmp_path, namespace="pid:[1]", pid=2**22 + 1)
    refused(tmp_path, HERE, 2**22 + 1)
    os.utime(path, (1, 1))
    taken_over(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="has no PID namespaces")
def test_a_live_owner_is_refused_in_a_new_pid_namespace(tmp_path):
    command = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]
    if subprocess.run([*command, "true"], capture_output=True).returncode:
        pytest.skip("PID namespaces cannot be made here")
    script = "import sys, pathlib; from tuner.runs.owner import Owner\nOwner(pathlib.Path(sys.argv[1])).__enter__()"
    with Owner(tmp_path):
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        words = [*command, sys.executable, "-c", script, str(tmp_path)]
        done = subprocess.run(words, capture_output=True, text=True, env=environment)
    assert f"is being written by process {os.getpid()} on {HERE}" in done.stderr


def test_a_time_in_the_future_does_not_lock_a_run_out(tmp_path, monkeypatch):
    leave(tmp_path, host="elsewhere", pid=12, silent_s=-3600.0)
    slept = []
    monkeypatch.setattr(owner.time, "sleep", slept.append)
    assert not owner.look(tmp_path).lives
    taken_over(tmp_path)
    assert slept[0] == owner.FUTURE_S


def test_an_owner_with_a_time_in_the_future_who_touches_the_file_is_refused(tmp_path, monkeypatch):
    path = leave(tmp_path, host="elsewhere", pid=12, silent_s=-3600.0)
    monkeypatch.setattr(owner.time, "sleep", lambda _: os.utime(path, (time.time() + 3605,) * 2))
    refused(tmp_path, "elsewhere", 12)


@pytest.mark.parametrize("silent_s", [SILENCE_S + 1, 3600.0])
def test_another_host_that_is_silent_is_taken_over(tmp_path, silent_s):
    leave(tmp_path, host="elsewhere", pid=12, silent_s=silent_s)
    taken_over(tmp_path)


@loop_over("content", ["", "{", "5", '{"host": "elsewhere"}', "\x00" * 10])
def test_a_damaged_file_counts_as_a_stranger(tmp_path, content):
    path = leave(tmp_path)
    path.write_text(content)
    with pytest.raises(StoreError, match="is being written by"):
        Owner(tmp_path).__enter__()
    os.utime(path, (1, 1))
    taken_over(tmp_path)


@loop_over("pid", ["12", None, 0, -1])
def test_a_process_number_that_is_none_is_taken_over(tmp_path, pid):
    leave(tmp_path, pid=pid, silent_s=2 * SILENCE_S)
    taken_over(tmp_path)


def test_who_was_taken_over_notices_and_leaves_the_other_alone(tmp_path):
    with Owner(tmp_path) as first:
        path = leave(tmp_path, host="elsewhere", pid=12)
        with pytest.raises(StoreError, match="was taken over by process 12 on elsewhere"):
            first.check()
    assert token(path) == "theirs"


def test_of_two_that_take_over_at_once_the_later_wins(tmp_path, monkeypatch):
    path = leave(tmp_path, host="elsewhere", silent_s=2 * SILENCE_S)
    monkeypatch.setattr(owner.time, "sleep", lambda _: leave(tmp_path, host="third", pid=3))
    with pytest.raises(StoreError, match="was taken over by process 3 on third"):
        Owner(tmp_path).__enter__()
    assert json.loads(path.read_text())["host"] == "third"


def test_an_owner_touches_its_file(tmp_path, monkeypatch):
    monkeypatch.setattr(owner, "TOUCH_S", 0.01)
    with Owner(tmp_path):
        path = tmp_path / OWNER
        os.utime(path, (1, 1))
        deadline = time.monotonic() + 60
        while path.stat().st_mtime == 1 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert time.time() - path.stat().st_mtime < 30


def test_a_folder_that_is_gone_is_a_store_error(tmp_path):
    with pytest.raises(StoreError, match="cannot be written: No such file or directory"):
        Owner(tmp_path / "gone").__enter__()


def test_the_patient_waits_until_a_silent_owner_is_given_up(tmp_path, monkeypatch):
    path = leave(tmp_path, host="elsewhere", silent_s=SILENCE_S - 2)
    slept = []
    monkeypatch.setattr(owner.time, "sleep", lambda seconds: (slept.append(seconds), os.utime(path, (1, 1))))
    mine = Owner(tmp_path)
    mine.wait(60.0)
    with mine:
        assert token(path) != "theirs"
    assert slept[0] == owner.LOOK_S


def test_the_patient_takes_what_was_let_go(tmp_path, monkeypatch, other):
    path = leave(tmp_path, pid=other, started=owner._started(other))
    monkeypatch.setattr(owner.time, "sleep", lambda _: path.unlink(missing_ok=True))
    mine = Owner(tmp_path)
    mine.wait(60.0)
    with mine:
        assert token(path) != "theirs"


def test_patience_has_an_end(tmp_path, monkeypatch):
    leave(tmp_path, host="elsewhere", pid=12)
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr(owner.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(owner.time, "sleep", lambda _: None)
    mine = Owner(tmp_path)
    mine.wait(60.0)
    with pytest.raises(StoreError, match="is being written by process 12 on elsewhere"):
        mine.__enter__()
    assert 60 < next(clock) < 100


@pytest.mark.parametrize(("heeded", "number"), [(True, signal.SIGUSR1), (False, signal.SIGINT)])
def test_an_owner_is_stopped_by_who_names_its_token(tmp_path, monkeypatch, heeded, number):
    monkeypatch.setattr(owner, "TOUCH_S", 0.01)
    received = []
    monkeypatch.setattr(signal, "pthread_kill", lambda thread, signum: received.append(signum))
    # While a run ends it ignores further ones, which is heeding them too.
    monkeypatch.setattr(signal, "getsignal", lambda _: signal.SIG_IGN if heeded else signal.SIG_DFL)
    with Owner(tmp_path):
        (tmp_path / STOP).write_bytes(b"another's token \xff")
        time.sleep(0.1)
        assert received == []
        assert ask_to_stop(tmp_path) == f"process {os.getpid()} on {HERE}"
        deadline = time.monotonic() + 60
        while not received and time.monotonic() < deadline:
            time.sleep(0.01)
    assert received == [number]
    assert list(tmp_path.iterdir()) == []


def test_the_dead_cannot_be_asked_to_stop(tmp_path):
    leave(tmp_path, host="elsewhere", pid=12, silent_s=SILENCE_S + 10)
    with pytest.raises(TunerError, match="any more, so .*; process 12 on elsewhere is dead, or silent for 70 s"):
        ask_to_stop(tmp_path)
    leave(tmp_path, pid=10**23)
    with pytest.raises(TunerError, match="no process is writing this run any more"):
        ask_to_stop(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [OWNER]


def test_nobody_can_be_asked_to_stop_where_nobody_writes(tmp_path):
    with pytest.raises(TunerError, match="no process is writing this run"):
        ask_to_stop(tmp_path)
    assert list(tmp_path.iterdir()) == []
