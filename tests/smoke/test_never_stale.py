"""Nothing stale, nothing of another model, nothing of another folder ever reaches a result."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.commands import ROOT, SMALL, command, main, rows, tuner
from tests.loops import loop_over

pytestmark = pytest.mark.simulation
SHORT = ("--executor", "inline", "--set", "budget.evaluations=6", "--set", "duration_ms=50")


def copied(folder, change=("", ""), study_change=("", "")):
    """The small study and its model in a folder, each with one replacement."""
    folder.mkdir(exist_ok=True)
    for name, (old, new) in (("model.py", change), ("small.toml", study_change)):
        text = (SMALL.parent / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new) if old else text)
    return folder / "small.toml"


@pytest.mark.slow
def test_results_without_evaluations_are_not_believed(serial_run, tmp_path):
    shutil.copytree(serial_run, tmp_path / "small")
    (tmp_path / "small" / "evaluations.jsonl").unlink()
    done = tuner(SMALL, "--runs", tmp_path, *SHORT, "--set", "seed=77")
    assert done.returncode == 0, done.stderr
    best = json.loads((tmp_path / "small" / "best.json").read_text())
    assert best["seed"] == 77 and best["values"] == rows(tmp_path / "small")[best["number"]]["values"]


@pytest.mark.slow
def test_data_file_and_helper_that_the_model_reads_are_part_of_the_run(tmp_path):
    study = copied(tmp_path / "study", ('"numCells": 5}', '"numCells": json.loads(DATA.read_text())["n"]}'))
    model = study.with_name("model.py")
    model.write_text("import json\n" + model.read_text().replace(
        "DEFAULTS =", "DATA = Path(__file__).parent / 'sizes.json'\nDEFAULTS =", 1))  # fmt: skip
    (study.parent / "sizes.json").write_text('{"n": 5}')
    assert tuner(study, "--runs", tmp_path / "runs", *SHORT).returncode == 0
    (study.parent / "sizes.json").write_text('{"n": 6}')
    refused = tuner(study, "--runs", tmp_path / "runs", *SHORT, "--set", "budget.evaluations=12")
    assert refused.returncode == 5 and "sizes.json changed since" in refused.stderr
    export = tuner("export", "small", "--runs", tmp_path / "runs")
    assert export.returncode == 5 and "sizes.json changed since" in export.stderr


@pytest.mark.slow
def test_library_compiled_in_the_working_directory_is_not_the_models(tmp_path):
    leak = "NEURON {{ SUFFIX leaky NONSPECIFIC_CURRENT i RANGE g }}\nPARAMETER {{ g = {g} }}\nASSIGNED {{ v i }}\n"
    leak += "BREAKPOINT {{ i = g * (v + 60) }}\n"
    study = copied(tmp_path / "study", ('"mechs": {"hh": hh}', '"mechs": {"hh": hh, "leaky": {}}'))
    for folder, g in ((study.parent / "mod", 0.0), (tmp_path / "elsewhere", 0.1)):
        folder.mkdir()
        (folder / "leaky.mod").write_text(leak.format(g=g))
    subprocess.run([os.path.join(os.path.dirname(sys.executable), "nrnivmodl")], cwd=tmp_path / "elsewhere",
                   capture_output=True, check=True)  # fmt: skip
    for name in ("here", "elsewhere"):
        (tmp_path / "here").mkdir(exist_ok=True)
        done = tuner(study, "--runs", tmp_path / f"runs_{name}", *SHORT, "--executor", "serial", cwd=tmp_path / name)
        assert done.returncode == 0 and "the same" in done.stdout, done.stdout + done.stderr
    assert rows(tmp_path / "runs_here" / "small") == rows(tmp_path / "runs_elsewhere" / "small")


@pytest.mark.slow
def test_model_that_changes_the_working_directory_writes_nothing_elsewhere(tmp_path):
    study = copied(
        tmp_path / "study", ("import os\n", "import os\nos.chdir(os.path.dirname(os.path.abspath(__file__)))\n")
    )
    (tmp_path / "work").mkdir()
    for executor in ("inline", "serial"):
        settings = ("--executor", executor, "--runs", f"runs_{executor}")
        done = tuner(study, *SHORT, *settings, cwd=tmp_path / "work")
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "work" / f"runs_{executor}" / "small" / "export" / "run.py").exists()
    assert {path.name for path in study.parent.iterdir()} <= {"model.py", "small.toml", "__pycache__"}


@pytest.mark.slow
def test_study_that_does_not_fit_its_model_sets_no_run_aside(serial_run, tmp_path):
    shutil.copytree(serial_run, tmp_path / "small")
    wrong = ("--set", "targets.mean_rate.population=X")
    assert tuner(SMALL, "--runs", tmp_path, "--fresh", *wrong).returncode == 2
    assert tuner(SMALL, "--runs", tmp_path, "--set", "name=other", *wrong).returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["small"]
    assert rows(tmp_path / "small") == rows(serial_run)


@pytest.mark.slow
def test_model_that_draws_from_global_generators_is_decided_by_the_seed(tmp_path):
    study = copied(tmp_path / "study", ('"weight": values["weight"]', '"weight": values["weight"] * random.random()'))
    study.with_name("model.py").write_text("import random\n" + study.with_name("model.py").read_text())
    for runs in ("one", "two"):
        done = tuner(study, "--runs", tmp_path / runs, *SHORT)
        assert "the same" in done.stdout, done.stdout + done.stderr
    assert rows(tmp_path / "one" / "small") == rows(tmp_path / "two" / "small")


@pytest.mark.slow
def test_model_that_hands_out_the_same_specs_again_is_seen_to_change(tmp_path):
    by_path = "path = \"netParams.stimSourceParams['drive'].rate\""
    study = copied(tmp_path / "study", study_change=("[parameters.rate]", f"[parameters.drive]\n{by_path}"))
    with open(study.with_name("model.py"), "a") as model:
        model.write("\n\nSHARED = net_params(DEFAULTS)\n\n\ndef net_params(values):\n    return SHARED\n")
    done = tuner(study, "--runs", tmp_path / "runs", *SHORT, "--set", "duration_ms=200")
    assert done.returncode == 0 and "the same" in done.stdout, done.stdout + done.stderr
    assert len({row["features"]["mean_rate"] for row in rows(tmp_path / "runs" / "small").values()}) > 2


def test_short_budget_in_which_all_fail_is_one_sentence(tmp_path):
    settings = (
        "--set",
        'values.trouble="nan"',
        "--set",
        "budget={generations=1}",
        "--set",
        "optimizer.population_size=4",
    )
    done = tuner(SMALL, "--runs", tmp_path, "--executor", "inline", *settings)
    assert done.returncode == 1
    line = done.stderr.strip().splitlines()[-1]
    what = "all 4 evaluations failed or were aborted with equal losses"
    assert line.startswith(f"netpyne-tuner: {what}; reason of the first: the voltage")


@pytest.mark.slow
def test_damaged_best_is_made_again_and_a_damaged_manifest_refused(serial_run, tmp_path):
    run = shutil.copytree(serial_run, tmp_path / "small")
    best = json.loads((run / "best.json").read_text())
    (run / "best.json").write_text("{}")
    assert tuner("report", "small", "--runs", tmp_path).returncode == 0
    assert tuner(SMALL, "--runs", tmp_path, "--executor", "inline").returncode == 0
    assert json.loads((run / "best.json").read_text()) == best
    (run / "manifest.json").write_text(json.dumps({"identity": {}}))
    refused = tuner(SMALL, "--runs", tmp_path, "--executor", "inline")
    assert refused.returncode == 5 and "is damaged" in refused.stderr


@pytest.mark.slow
@pytest.mark.parametrize("stream", [pytest.param("closed", marks=pytest.mark.slow), "gone"])
def test_run_outlives_whoever_reads_its_output(serial_run, tmp_path, stream):
    shell = {"closed": '"$@" >&- 2>&-', "gone": '"$@" | head -1'}[stream]
    words = command(SMALL, "--runs", tmp_path, "--executor", "serial")
    subprocess.run(["bash", "-c", shell, "bash", *words], capture_output=True, check=True)
    assert rows(tmp_path / "small") == rows(serial_run)
    assert (tmp_path / "small" / "report" / "index.html").exists()


@pytest.mark.slow
def test_names_with_dollars_and_brackets_reach_the_report(tmp_path):
    study = copied(
        tmp_path / "study",
        study_change=("[parameters.weight]", "[parameters.'$x$ <b>']\npath = \"netParams.connParams['S->M'].delay\"\n"
                      'low = 1\nhigh = 9\nunit = "<ms$"\n\n[parameters.weight]'),
    )  # fmt: skip
    done = tuner(study, "--runs", tmp_path / "runs", *SHORT)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "runs" / "small" / "report" / "index.html").read_text()
    assert "$x$ &lt;b&gt;" in page and "&lt;ms$" in page and "<b>" not in page


@loop_over(
    ("setting", "words"),
    [
        ("values.probability=true", "values.probability: is true, must be a finite number"),
        ("values.gnabar='x'", "values.gnabar: is 'x', must be a finite number, as the model's 0.12"),
        (
            "parameters.gnabar={kind='choice', choices=['a', 'b']}",
            "parameters.gnabar.choices: is 'a', must be a finite",
        ),
    ],
)
def test_value_of_the_wrong_type_for_the_model(tmp_path, setting, words):
    whole = (ROOT / "batch" / "sensory_motor.toml").read_text()
    study = tmp_path / "study.toml"
    study.write_text(whole.replace("[parameters.probability]\nlow = 0.01\nhigh = 0.5\n", ""))
    done = main("check", study, "--executor", "inline", "--set", setting)
    assert done.returncode == 2 and words in done.stderr, done.stderr


def test_folder_of_a_studys_name_hides_no_study(tmp_path):
    (tmp_path / "tutorial").mkdir()
    done = tuner("check", "tutorial", "--executor", "inline", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
