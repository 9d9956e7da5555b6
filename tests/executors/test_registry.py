"""The table of executors: order, facts, and a new executor that is one new file."""

import subprocess
import sys

import pytest

from tests.commands import ROOT
from tuner.errors import StudyError
from tuner.executors import registry
from tuner.executors.registry import EXECUTORS, launchers

NEW = """
from tuner.executors.inline import Inline
from tuner.executors.registry import EXECUTORS, ExecutorKind


class Borrowed(Inline):
    pass


def make(asked):
    executor = Borrowed(asked.warm_up)
    executor.ranks = asked.ranks
    return executor


EXECUTORS.enter("borrowed", ExecutorKind(make, words="on a machine of others", launcher="lend {ranks}"), __name__, 7)
"""
USE = """
import sys
import tuner.executors
tuner.executors.__path__.append(sys.argv[1])
from tuner.executors import registry
from tuner.study.schema import Place
from tuner.study.settings import SIMULATION_KEYS, Simulation, check_executor
from tuner import cli

executor = registry.make("borrowed", 1, lambda: None, ranks=3)
print(*registry.EXECUTORS, type(executor).__name__, executor.ranks)
print([outcome.value for outcome in executor.map(len, ["task"])])
check_executor(Simulation(ranks_per_evaluation=3), "borrowed", Place("study"))
print(SIMULATION_KEYS["executor"].check("borrowed", Place("study")))
try:
    cli.main(["run", "--help"])
finally:
    print(sorted({"neuron", "netpyne", "matplotlib", "scipy", "mpi4py"} & set(sys.modules)))
"""


def test_names_are_in_their_order_and_facts_with_them():
    assert list(EXECUTORS) == ["serial", "processes", "inline", "mpi", "srun", "mpiexec"]
    assert launchers() == {"srun": "srun -n {ranks} --exact", "mpiexec": "mpiexec -n {ranks}"}
    assert [name for name, kind in EXECUTORS.items() if kind.spans_nodes] == ["mpi", "srun", "mpiexec"]
    assert [name for name, kind in EXECUTORS.items() if not kind.isolated] == ["inline"]


def test_a_name_that_is_wrong_is_said_with_the_right_one():
    with pytest.raises(StudyError, match="there is no executor 'process'; allowed: .*; did you mean 'processes'?"):
        registry.make("process", 1, print)


def test_a_new_executor_is_one_new_file(tmp_path):
    (tmp_path / "borrowed.py").write_text(NEW)
    command = [sys.executable, "-c", USE, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    made, values, checked, *usage, imported = done.stdout.splitlines()
    assert made == "serial processes inline mpi srun mpiexec borrowed Borrowed 3"
    assert (values, checked) == ("[4]", "borrowed")
    words = " ".join("\n".join(usage).split())
    assert "{serial,processes,inline,mpi,srun,mpiexec,borrowed}" in words
    assert "mpiexec: each evaluation on several ranks, started by mpiexec; borrowed: on a machine of others" in words
    assert imported == "[]", "help needs no heavy library"
