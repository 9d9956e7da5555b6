import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
import tomli_w

from tests.commands import main
from tests.loops import loop_over
from tests.samples import change, study_table
from tuner import cli, progress, signals
from tuner.features.registry import FEATURES
from tuner.search.observers import Observers
from tuner.study import sources, study_file

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("neuron", "netpyne", "matplotlib")
# Runs commands in one process, each as `python tuner/run.py ARGUMENTS` does; says how each ended and what was imported.
WATCHED = """
import contextlib, io, json, runpy, sys
path, commands = sys.argv[1], json.loads(sys.argv[2])
ended = []
for sys.argv in ([path, *arguments] for arguments in commands):
    sys.path[0] = path.rpartition("/")[0]
    output, complaint = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(complaint):
        try:
            runpy.run_path(path, run_name="__main__")
        except SystemExit as end:
            status = end.code
    ended.append([status, output.getvalue(), complaint.getvalue(), sys.path[0], list(sys.modules)])
print(json.dumps(ended))
"""


class Ended(NamedTuple):
    """What one command of several in a process left."""

    status: int
    output: str
    complaint: str
    first_path: str
    modules: list[str]


def run(commands, cwd):
    """How each command ended, all in one process of its own."""
    words = [list(map(str, arguments)) for arguments in commands]
    command = [sys.executable, "-c", WATCHED, str(ROOT / "tuner" / "run.py"), json.dumps(words)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=300, check=True)
    return [Ended(*each) for each in json.loads(done.stdout)]


def write(folder, **changes):
    table = study_table()
    for key, value in changes.items():
        change(table, key.replace("__", "."), value)
    folder.mkdir(exist_ok=True)
    file = folder / "night.toml"
    file.write_text(tomli_w.dumps(table))
    return file


LIGHT = [
    (["--help"], 0, ""),
    (["--version"], 0, ""),
    (["run", "--help"], 0, ""),
    (["features"], 0, ""),
    (["models"], 0, ""),
    ([], 2, "the following arguments are required: COMMAND"),
    (["sensory_moter"], 2, "sensory_moter: there is no such study; allowed: "),
    (["run", "nothing.toml"], 2, "nothing.toml: is not a study file"),
    (["check", "nothing.toml"], 2, "nothing.toml: is not a study file"),
    (["sensory_motor", "--set", "budget.evals=3"], 2, "budget.evals: unknown key"),
    (["sweep", "sensory_motor"], 2, "sensory_motor.toml: optimizer.name: is missing; a sweep needs 'grid'"),
    (["sweep", "sensory_motor", "--set", "optimizer.name=grid"], 2, "parameters: has 3 free parameters"),
    (["check", "sensory_motor", "--set", "targets.mean_rate.feature=rat"], 2, "did you mean 'rate'?"),
    # They may import matplotlib.
    (["report", "nothing"], 2, "nothing: there is no such run in runs"),
    (["export", "nothing"], 2, "nothing: there is no such run in runs"),
]


def test_what_needs_no_model_imports_nothing_heavy(tmp_path):
    ended = run([arguments for arguments, _, _ in LIGHT], tmp_path)
    told = [
        (arguments, each.status, bool(each.output), words in each.complaint)
        for each, (arguments, _, words) in zip(ended, LIGHT, strict=True)
    ]
    assert told == [(arguments, status, status == 0, True) for arguments, status, _ in LIGHT]
    assert {each.first_path for each in ended} == {str(ROOT)}, "not tuner/, whose modules a model would import"
    assert [name for name in HEAVY if name in ended[-3].modules] == []
    assert [name for name in HEAVY[:2] if name in ended[-1].modules] == []
    assert list(tmp_path.iterdir()) == [], "nothing is written"


MISTAKES = [
    ({"optimizer__name": "genetics"}, "optimizer.name: no optimiser is called 'genetics'"),
    ({"optimizer__popsize": 5}, "optimizer.popsize: unknown key"),
    ({"model": "sensory_moter"}, "did you mean 'sensory_motor'?"),
    ({"parameters__weight__low": 1}, "parameters.weight.low: is 1, must be below high (0.1)"),
]


def test_errors_of_the_study_need_no_simulator(tmp_path):
    files = [write(tmp_path / str(number), **changes) for number, (changes, _) in enumerate(MISTAKES)]
    ended = run([(command, file) for command in ("run", "check") for file in files], tmp_path)
    for each, (_, words) in zip(ended, MISTAKES * 2, strict=True):
        assert (each.status, each.output) == (2, "")
        assert words in each.complaint and each.complaint.startswith("netpyne-tuner: ")
        assert each.complaint.count("\n") == 1
    assert [name for name in HEAVY[:2] if name in ended[-1].modules] == []
    assert sorted(tmp_path.iterdir()) == [file.parent for file in files], "no run folder"


def test_help_names_every_command():
    status, output, complaint = main("--help")
    assert (status, complaint) == (0, "")
    assert [name for name in cli.SUB_COMMANDS if not re.search(rf"^ +{name}\s", output, re.M)] == []
    assert "python tuner/run.py STUDY" in output


@loop_over("command", cli.SUB_COMMANDS)
def test_every_command_explains_itself(command):
    status, output, _ = main(command, "--help")
    assert status == 0 and output.startswith(f"usage: netpyne-tuner {command} ")


def test_version():
    status, output, _ = main("--version")
    stated = next(line for line in (ROOT / "setup.cfg").read_text().splitlines() if line.startswith("version"))
    assert (status, output) == (0, f"netpyne-tuner {stated.partition('=')[2].strip()}\n")


def test_features_are_listed_with_unit_and_arguments():
    status, output, _ = main("features")
    lines = {line.split()[0]: line for line in output.splitlines()}
    assert status == 0 and list(lines) == list(FEATURES)
    assert lines["rate"].split()[1] == "Hz" and "Mean firing rate of the cells [Hz]." in lines["rate"]
    assert lines["rate_percentile"].endswith("(own arguments: percentile)")


def test_models_are_listed_with_what_they_are():
    status, output, _ = main("models")
    assert status == 0
    assert [line.split()[0] for line in output.splitlines()] == sources.names()
    assert "sensory_motor            Build 20 sensory (S) and 20 motor (M) pyramidal cells; S drives M." in output


@loop_over("words", [["night"], ["run", "night"], ["--quiet", "night"], ["--set", "seed=-2", "night"]])
def test_a_word_that_is_no_command_is_a_study(monkeypatch, tmp_path, words):
    monkeypatch.setattr(study_file, "STUDIES", tmp_path)
    write(tmp_path, seed=-1)
    status, output, complaint = main(*words)
    seed = -2 if "--set" in words else -1
    assert (status, output) == (2, "")
    assert complaint.endswith(f"night.toml: seed: is {seed}, must be at least 0\n")


@loop_over(
    ("arguments", "words"),
    [
        (["run", "x", "--workers", "0"], "argument --workers: '0' must be a whole number of at least 1"),
        (["run", "x", "--workers", "-2"], "argument --workers"),
        (["run", "x", "--workers", "two"], "'two' must be a whole number"),
        (["run", "x", "--executor", "threads"], "invalid choice: 'threads'"),
        (["run", "x", "--set"], "argument --set: expected one argument"),
        (["run"], "the following arguments are required: STUDY"),
        (["models", "x"], "unrecognized arguments: x"),
        (["check", "sensory_motor", "--fresh"], "unrecognized arguments: --fresh"),
    ],
)
def test_wrong_arguments_end_with_status_2(arguments, words):
    status, output, complaint = main(*arguments)
    assert (status, output) == (2, "") and words in complaint


@loop_over("arguments", [["x" * 300], ["check", "x" * 300], ["report", "x" * 300]])
def test_names_that_no_file_system_takes(arguments):
    status, _, complaint = main(*arguments)
    assert status == 2 and complaint.startswith("netpyne-tuner: xxx") and complaint.count("\n") == 1


def test_the_module_and_the_script_are_one_door(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    script = [sys.executable, str(ROOT / "tuner" / "run.py"), "features"]
    module = [sys.executable, "-m", "tuner.cli", "features"]
    first, second = (
        subprocess.run(command, capture_output=True, cwd=tmp_path, env=environment, check=True).stdout
        for command in (script, module)
    )
    assert first == second and len(first.splitlines()) == len(FEATURES)


def test_a_reader_that_goes_away_is_no_traceback():
    command = f"{sys.executable} {ROOT / 'tuner' / 'run.py'} features | head -c 1 >/dev/null; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr
    assert done.stdout.strip() in ("0", "1")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_that_python_swallows_is_heeded_after_the_next_evaluation(monkeypatch):
    class Finalised:
        def __del__(self):
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(signals, "received", [])
    before = signal.signal(signal.SIGINT, signals.on_signal)
    seen = []

    class Seen(progress.Progress):
        def on_result(self, evaluation):
            seen.append(evaluation)

    observers = Observers([Seen(), progress.SignalCheck()])
    try:
        observers.on_result("first")
        Finalised()
    finally:
        signal.signal(signal.SIGINT, before)
    with pytest.raises(KeyboardInterrupt):
        observers.on_result("second")
    assert seen == ["first", "second"]
