"""Signals: whether a process is alive."""

import os
import subprocess

from tests.loops import loop_over
from tuner.signals import is_alive


def test_processes_that_run_are_alive_and_those_that_ended_are_not():
    ended = subprocess.Popen(["true"])
    ended.wait()
    assert [is_alive(pid) for pid in (os.getpid(), 1, ended.pid)] == [True, True, False]


@loop_over("pid", [0, -1, 2**70, "1", None, 1.0])
def test_what_is_no_process_number_is_not_alive(pid):
    assert not is_alive(pid)
