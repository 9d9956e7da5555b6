"""The code that a run folder names runs only where the user has made the folder, or asks for it."""

import json
import shutil

import pytest

from tests.commands import ROOT, main, tuner
from tests.loops import loop_over
from tuner import Run
from tuner.errors import StoreError
from tuner.runs import trust
from tuner.runs.manifest import DECISIVE_VERSIONS, versions

DATA = ROOT / "tests" / "data" / "run_f817a47"
FILES = ("best.json", "best_raster.npz", "evaluations.jsonl", "study.toml")
EVIL = """
from pathlib import Path

Path(__file__).with_name("executed").touch()


def rate(recording, population, window_ms):
    return 17.0
"""


def shared(folder, study=lambda text: text):
    """A run folder as another user may send it, with the code beside the study."""
    folder.mkdir()
    for name in FILES:
        shutil.copy(DATA / name, folder)
    (folder / "study.toml").write_text(study((DATA / "study.toml").read_text()))
    manifest = json.loads((DATA / "manifest.json").read_text())
    manifest |= {"study_folder": str(folder), "trust_pickle": True}
    manifest["versions"] |= {name: versions()[name] for name in DECISIVE_VERSIONS}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "evil.py").write_text(EVIL)
    return folder


def with_feature(text):
    return text.replace('feature = "rate"', 'feature = "evil.py:rate"')


def with_model(text):
    return text.replace('model = "sensory_motor"', 'model = "evil.py"')


def with_launcher(text):
    return text.replace("[simulation]", '[simulation]\nexecutor = "mpi"\nlauncher = "touch executed"')


@loop_over("command", ["status", "report", "stop"])
def test_reading_a_run_executes_nothing_of_the_folder(tmp_path, command):
    folder = shared(tmp_path / "sent", with_feature)
    main(command, folder)
    assert not (folder / "executed").exists()


def test_a_run_with_a_feature_that_is_not_imported_is_shown_as_any_other(tmp_path):
    run = Run.load(shared(tmp_path / "sent", with_feature))
    plain = Run.load(shared(tmp_path / "plain"))
    assert not (run.folder / "executed").exists()
    assert [target.goal for target in run.study.targets] == [target.goal for target in plain.study.targets]
    assert [target.unit for target in run.study.targets] == [target.unit for target in plain.study.targets]
    assert str(run).replace("sent", "plain") == str(plain)


@loop_over("change", [with_feature, with_model, with_launcher])
@loop_over("command", ["export", "probe", "run", "check"])
def test_a_command_that_would_execute_code_of_a_sent_folder_refuses(tmp_path, command, change):
    folder = shared(tmp_path / "sent", change)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    named = folder / "study.toml" if command in ("run", "check") else folder
    done = main(command, named, *(["--runs", tmp_path] if command == "run" else []))
    assert done.returncode == 5
    assert "no run of yours made this folder as it is now, and the command would execute the " in done.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_script_in_a_sent_folder_is_refused(tmp_path):
    folder = shared(tmp_path / "sent")
    (folder / "export").mkdir()
    script = folder / "export" / "batch.py"
    script.write_text(f"from netpyne.batch import Batch\n{EVIL}")
    done = main("run", script, "--runs", tmp_path)
    assert done.returncode == 5 and "would execute batch.py; read the files, then use --trust" in done.stderr
    assert not (folder / "export" / "executed").exists()


def test_a_folder_that_names_only_this_programs_code_needs_no_trust(tmp_path):
    trust.check(shared(tmp_path / "sent"), trust=False)


def test_a_noted_folder_is_trusted_until_the_study_or_the_path_changes(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = shared(tmp_path / "mine", with_feature)
    trust.note(folder)
    trust.check(folder, trust=False)
    (note,) = (tmp_path / "state" / "netpyne-tuner" / "runs").iterdir()
    assert note.parent.stat().st_mode & 0o777 == 0o700
    shutil.copytree(folder, tmp_path / "copy")
    with pytest.raises(StoreError, match="no run of yours made this folder"):
        trust.check(tmp_path / "copy", trust=False)
    text = (folder / "study.toml").read_text()
    (folder / "study.toml").write_text(text.replace("evil.py", "other.py"))
    with pytest.raises(StoreError, match="the feature 'other.py:rate'"):
        trust.check(folder, trust=False)
    (folder / "study.toml").write_text(text)
    trust.check(folder, trust=False)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "wall_time_s": 9.0}))
    trust.check(folder, trust=False)
    (folder / "manifest.json").write_text(json.dumps({**manifest, "study_folder": "/elsewhere"}))
    with pytest.raises(StoreError, match="no run of yours made this folder"):
        trust.check(folder, trust=False)


def test_a_state_folder_that_cannot_be_written_is_no_error(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    folder = shared(tmp_path / "mine", with_feature)
    trust.note(folder)
    assert not trust.is_noted(folder)


@pytest.mark.simulation
def test_export_executes_the_code_that_the_user_trusts(tmp_path):
    folder = shared(tmp_path / "sent", with_feature)
    done = tuner("export", folder, "--trust")
    assert (folder / "executed").exists() and "no run of yours" not in done.stderr


@pytest.mark.simulation
def test_a_run_of_this_user_is_exported_without_a_question(tmp_path):
    (tmp_path / "evil.py").write_text(EVIL)
    study = with_feature((DATA / "study.toml").read_text())
    (tmp_path / "mine.toml").write_text(study)
    settings = ["name='mine'", "duration_ms=200", "budget.evaluations=2", "optimizer={}", "optimizer.name=random"]
    settings += ["simulation.verify=1", "simulation.fresh_seeds=0", "simulation.probes=false"]
    options = [word for setting in settings for word in ("--set", setting)]
    done = tuner("run", tmp_path / "mine.toml", "--runs", tmp_path, "--executor", "inline", *options)
    assert done.returncode == 0, done.stderr
    done = tuner("export", "mine", "--runs", tmp_path)
    assert done.returncode == 0, done.stderr
    tuner("run", tmp_path / "mine.toml", "--runs", tmp_path, "--executor", "inline", "--fresh", *options)
    done = tuner("export", "mine.1", "--runs", tmp_path)
    assert done.returncode == 0, done.stderr
