import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import tomli_w

from tests.loops import loop_over
from tests.samples import change, study_table
from tuner import cli, progress, signals
from tuner.features.registry import FEATURES
from tuner.model import models
from tuner.study import study_file

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("neuron", "netpyne", "matplotlib")
# Runs run.py as `python tuner/run.py ARGUMENTS` does, then says what was imported.
WATCHED = """
import json, runpy, sys
path = sys.argv[1]
sys.argv = sys.argv[1:]
sys.path[0] = path.rpartition("/")[0]
try:
    runpy.run_path(path, run_name="__main__")
except SystemExit as end:
    status = end.code
sys.stderr.write("\\n" + json.dumps([status, sys.path[0], sorted(m for m in sys.modules if "." not in m)]))
"""


def run(*arguments, cwd=ROOT):
    """Exit status, output, complaint, first entry of the path and top-level modules of a command."""
    command = [sys.executable, "-c", WATCHED, str(ROOT / "tuner" / "run.py"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=300, check=True)
    complaint, _, table = done.stderr.rpartition("\n")
    return *json.loads(table)[:1], done.stdout, complaint, *json.loads(table)[1:]


def write(folder, **changes):
    table = study_table()
    for key, value in changes.items():
        change(table, key.replace("__", "."), value)
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
    (["run", "nothing.toml"], 2, "nothing.toml: is no study file"),
    (["check", "nothing.toml"], 2, "nothing.toml: is no study file"),
    (["report", "nothing"], 2, "nothing: there is no such run in runs"),
    (["export", "nothing"], 2, "nothing: there is no such run in runs"),
    (["sensory_motor", "--set", "budget.evals=3"], 2, "budget.evals: unknown key"),
    (["sweep", "sensory_motor"], 2, "sensory_motor.toml: optimizer.name: is missing; a sweep needs 'grid'"),
    (["sweep", "sensory_motor", "--set", "optimizer.name=grid"], 2, "parameters: has 3 free parameters"),
    (["check", "sensory_motor", "--set", "targets.mean_rate.feature=rat"], 2, "did you mean 'rate'?"),
]


@pytest.mark.parametrize(("arguments", "status", "words"), LIGHT, ids=[" ".join(each[0]) for each in LIGHT])
def test_what_needs_no_model_imports_nothing_heavy(tmp_path, arguments, status, words):
    ended, output, complaint, first, modules = run(*arguments, cwd=tmp_path)
    assert (ended, words in complaint) == (status, True), complaint
    assert bool(output) is (status == 0)
    assert first == str(ROOT), "not tuner/, whose modules a model's own would be taken for"
    if arguments[:1] not in (["report"], ["export"]):
        assert [name for name in HEAVY if name in modules] == []
    assert "neuron" not in modules and "netpyne" not in modules
    assert list(tmp_path.iterdir()) == [], "nothing is written"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"optimizer__name": "genetics"}, "optimizer.name: no optimiser is called 'genetics'"),
        ({"optimizer__popsize": 5}, "optimizer.popsize: unknown key"),
        ({"model": "sensory_moter"}, "did you mean 'sensory_motor'?"),
        ({"parameters__weight__low": 1}, "parameters.weight.low: is 1, must be below high (0.1)"),
    ],
)
@pytest.mark.parametrize("command", ["run", "check"])
def test_errors_of_the_study_need_no_simulator(tmp_path, command, changes, words):
    status, output, complaint, _, modules = run(command, write(tmp_path, **changes), cwd=tmp_path)
    assert (status, output) == (2, "")
    assert words in complaint and complaint.startswith("netpyne-tuner: ") and complaint.count("\n") == 1
    assert "neuron" not in modules and "netpyne" not in modules
    assert [path.name for path in tmp_path.iterdir()] == ["night.toml"], "no run folder"


def called(capsys, *arguments):
    """Exit status, output and complaint of the command line, in this process."""
    try:
        status = cli.main(list(map(str, arguments)))
    except SystemExit as end:
        status = end.code
    return status, *capsys.readouterr()


def test_help_names_every_command(capsys):
    status, output, complaint = called(capsys, "--help")
    assert (status, complaint) == (0, "")
    assert [name for name in cli.SUB_COMMANDS if not re.search(rf"^ +{name}\s", output, re.M)] == []
    assert "python tuner/run.py STUDY" in output


@loop_over("command", cli.SUB_COMMANDS)
def test_every_command_explains_itself(capsys, command):
    status, output, _ = called(capsys, command, "--help")
    assert status == 0 and output.startswith(f"usage: netpyne-tuner {command} ")


def test_version(capsys):
    status, output, _ = called(capsys, "--version")
    stated = next(line for line in (ROOT / "setup.cfg").read_text().splitlines() if line.startswith("version"))
    assert (status, output) == (0, f"netpyne-tuner {stated.partition('=')[2].strip()}\n")


def test_features_are_listed_with_unit_and_arguments(capsys):
    status, output, _ = called(capsys, "features")
    lines = {line.split()[0]: line for line in output.splitlines()}
    assert status == 0 and list(lines) == list(FEATURES)
    assert lines["rate"].split()[1] == "Hz" and "Mean firing rate of the cells [Hz]." in lines["rate"]
    assert lines["rate_percentile"].endswith("(own arguments: percentile)")


def test_models_are_listed_with_what_they_are(capsys):
    status, output, _ = called(capsys, "models")
    assert status == 0
    assert [line.split()[0] for line in output.splitlines()] == models.names()
    assert "sensory_motor            Sensory-motor network: 20 sensory (S) and 20 motor (M)" in output


@pytest.mark.parametrize("words", [["night"], ["run", "night"], ["--quiet", "night"], ["--set", "seed=-2", "night"]])
def test_a_word_that_is_no_command_is_a_study(capsys, monkeypatch, tmp_path, words):
    monkeypatch.setattr(study_file, "STUDIES", tmp_path)
    write(tmp_path, seed=-1)
    status, output, complaint = called(capsys, *words)
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
def test_wrong_arguments_end_with_status_2(capsys, arguments, words):
    status, output, complaint = called(capsys, *arguments)
    assert (status, output) == (2, "") and words in complaint


@loop_over("arguments", [["x" * 300], ["check", "x" * 300], ["report", "x" * 300]])
def test_names_that_no_file_system_takes(capsys, arguments):
    status, _, complaint = called(capsys, *arguments)
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
    shown = progress.Progress()
    shown.on_result = seen.append
    heeding = progress.Heeding(shown, lambda: bool(signals.received))
    try:
        heeding.on_result("first")
        Finalised()
    finally:
        signal.signal(signal.SIGINT, before)
    with pytest.raises(KeyboardInterrupt):
        heeding.on_result("second")
    assert seen == ["first", "second"]
