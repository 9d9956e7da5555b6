"""The text of a job's script, and its submission to stand-ins for the scheduler."""

import os
import re
import sys
from unittest.mock import Mock

import pytest

from tests.cluster.jobs import SITE, stub
from tests.commands import ROOT, SMALL
from tests.loops import loop_over
from tests.samples import make_study
from tuner.cluster import joblog
from tuner.cluster.site_settings import Site
from tuner.cluster.submit import filled, script, submit
from tuner.errors import StoreError, StudyError, TunerError
from tuner.runs import run_folder
from tuner.study.study import Study


def directives(scheduler, mark, **site):
    study = make_study(name="night")
    settings = {"nodes": 2, "tasks_per_node": 20, "time": "1-12", "scheduler": scheduler, **site}
    text = script(study, ROOT / "runs" / "night" / "jobs" / "3.sh", Site(**settings), ())
    return [line.removeprefix(mark).strip() for line in text.splitlines() if line.startswith(mark)]


def test_slurms_directives():
    log = ROOT / "runs" / "night" / "jobs" / "3.log"
    plain = [
        "--job-name=night", f'--output="{log}"', "--open-mode=append", "--nodes=2", "--ntasks-per-node=20",
        "--time=36:00:00", "--requeue", "--signal=B:USR1@120",
    ]  # fmt: skip
    assert directives("slurm", "#SBATCH") == plain
    more = directives(
        "slurm", "#SBATCH", partition="long", account="lab", options=("-C haswell", "--qos=x"), margin_s=9
    )
    assert set(more) - set(plain) == {
        "--partition=long", "--account=lab", "-C haswell", "--qos=x", "--signal=B:USR1@9",
    }  # fmt: skip


def test_torques_and_grid_engines_directives():
    jobs = ROOT / "runs" / "night" / "jobs"
    assert directives("torque", "#PBS", partition="long", account="lab", options=("-m abe",)) == [
        "-N night", f'-o "{jobs}/3.spool"', "-j oe", "-V", "-r y", "-l nodes=2:ppn=20", "-l walltime=36:00:00",
        "-q long", "-A lab", "-m abe",
    ]  # fmt: skip
    assert directives("sge", "#$ ", parallel_environment="orte") == [
        "-S /bin/bash", "-N night", f'-o "{jobs}/3.log"', "-j y", "-V", "-r y", "-pe orte 40", "-l h_rt=36:00:00",
        "-notify",
    ]  # fmt: skip


@loop_over(
    ("name", "job_name"),
    [("night", "night"), ("2 nights", "run_2_nights"), ("it's a very long $tudy", "it_s_a_very_lon")],
)
def test_job_names_are_what_every_scheduler_takes(name, job_name):
    assert directives_of(name)["--job-name"] == job_name


def directives_of(name):
    text = script(make_study(name=name), ROOT / name / "jobs" / "1.sh", Site(tasks_per_node=2, time="10"), ())
    return dict(line[8:].split("=", 1) for line in text.splitlines() if line.startswith("#SBATCH --") and "=" in line)


def test_percent_signs_are_not_slurms_patterns():
    assert directives_of("50 %j")["--output"] == f'"{ROOT}/50 %%j/jobs/1.log"'


def test_path_that_no_directive_holds_is_refused():
    with pytest.raises(TunerError, match="has a quotation mark, a backslash or a line break"):
        directives_of('a "run"')


def test_templates_repeat_and_drop_lines():
    template = "a @one@ b\n@many@: @one@\n@none@\nmail @ home\n"
    entries = {"one": ["1@many@"], "many": ["x", "y"], "none": []}
    assert filled(template, entries) == "a 1@many@ b\nx: 1@many@\ny: 1@many@\nmail @ home\n"


def command(*run_options, study=(), **site):
    """What starts the run, and its options."""
    settings = {"nodes": 2, "tasks_per_node": 20, "time": "10", **site}
    path = ROOT / "runs" / "small" / "jobs" / "1.sh"
    text = script(Study.load(SMALL, study), path, Site(**settings), run_options)
    found = re.search(r'^(.*"\$python".*) "\$root/tuner/run.py" run (\S+)((?: \\\n.*)+) &$', text, re.M)
    assert found[2] == str(SMALL)
    return found[1], [line.strip() for line in found[3].split("\\\n")[1:]]


def test_launcher_starts_all_ranks():
    launch, options = command("--quiet", "--workers", "5")
    assert launch == 'mpiexec -n 40 "$python" -m mpi4py.futures'
    assert options == ["--executor mpi", "--wait", f"--runs {ROOT}/runs", "--quiet", "--workers 5"]
    assert command(launcher="srun --mpi=pmi2 -n {tasks}")[0] == 'srun --mpi=pmi2 -n 40 "$python" -m mpi4py.futures'


def test_leader_that_starts_ranks_itself_is_alone():
    launch, options = command("--executor", "srun", "--quiet")
    assert launch == '"$python"'
    assert options == ["--executor srun", "--wait", f"--runs {ROOT}/runs", "--quiet"]
    for own, ours in (("srun", "srun"), ("mpiexec", "mpiexec"), ("processes", "mpi")):
        launch, options = command(study=[f"simulation.executor={own}", "simulation.ranks_per_evaluation=2"])
        assert (launch == '"$python"', options[0]) == (ours != "mpi", f"--executor {ours}")


def test_submission_is_noted_and_says_where_to_look(programs, tmp_path):
    stub(programs, "sbatch", 'echo "12;lab"')
    stub(programs, "squeue", "echo JOBID ST; exit 0")
    given = submit(SMALL, tmp_path / "runs", SITE)
    jobs = tmp_path / "runs" / "small" / "jobs"
    assert (given.job, given.script, given.log, given.look) == ("12", jobs / "1.sh", jobs / "1.log", "squeue -j 12")
    assert [(job.name, job.last.words) for job in joblog.read(given.folder)] == [("12", "submitted 1.sh to slurm")]
    assert list(given.lines()) == [
        f"Submitted job 12 with the script {jobs}/1.sh",
        f"Output of the job: {jobs}/1.log",
        f"To see the progress: netpyne-tuner status {given.folder}, or squeue -j 12",
    ]
    assert submit(SMALL, tmp_path / "runs", SITE).script == jobs / "2.sh"


def test_refusal_leaves_the_sign_of_a_dead_master(programs, tmp_path):
    stub(programs, "sbatch", "exit 1")
    sign = tmp_path / "small" / "owner.json"
    sign.parent.mkdir()
    sign.write_text('{"host": "far", "pid": 3, "token": "x"}')
    os.utime(sign, (1e9, 1e9))
    with pytest.raises(TunerError, match="sbatch refused the job"):
        submit(SMALL, tmp_path, SITE)
    assert [path.name for path in sign.parent.iterdir()] == ["owner.json"] and sign.stat().st_mtime == 1e9


@pytest.mark.parametrize("fresh", [False, True])
def test_name_that_no_directive_holds_changes_nothing(programs, tmp_path, fresh):
    stub(programs, "sbatch", "echo 12")
    runs = tmp_path / "runs"
    run = runs / 'a "run"'
    if fresh:
        run.mkdir(parents=True)
    with pytest.raises(TunerError, match="has a quotation mark"):
        submit(SMALL, runs, SITE, ("--set", "name='a \"run\"'"), fresh=fresh)
    assert list(runs.rglob("*")) == [run] * fresh


def test_script_that_cannot_be_written_changes_nothing(programs, tmp_path, monkeypatch):
    stub(programs, "sbatch", "echo 12")
    old = tmp_path / "runs" / "small" / "notes"
    old.parent.mkdir(parents=True)
    old.touch()
    monkeypatch.setattr(run_folder, "claim", Mock(side_effect=StoreError("full")))
    with pytest.raises(StoreError, match="full"):
        submit(SMALL, tmp_path / "runs", SITE, fresh=True)
    assert sorted((tmp_path / "runs").rglob("*")) == [old.parent, old]


def test_refusal_in_the_schedulers_own_words_leaves_everything_as_it_was(programs, tmp_path):
    stub(programs, "sbatch", "echo 'sbatch: error: invalid partition: x' >&2; echo 'sbatch: error: Failed' >&2; exit 1")
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "notes").touch()
    for fresh in (False, True):
        with pytest.raises(TunerError) as error:
            submit(SMALL, tmp_path, SITE, fresh=fresh)
        assert str(error.value) == "sbatch refused the job, and nothing was changed: invalid partition: x; Failed"
        assert error.value.exit_status == 1
        assert sorted(path.name for path in tmp_path.rglob("*")) == ["notes", "programs", "sbatch", "small"]


def test_fresh_sets_the_old_run_aside(programs, tmp_path):
    stub(programs, "sbatch", "echo 12")
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "notes").touch()
    given = submit(SMALL, tmp_path, SITE, fresh=True)
    assert (tmp_path / "small.1" / "notes").exists()
    assert [path.name for path in given.folder.iterdir()] == ["jobs"]
    assert "--fresh" not in given.script.read_text(), "a requeued job would begin anew each time"


def test_written_only(tmp_path):
    written = submit(SMALL, tmp_path, SITE, write_only=True)
    assert list(written.lines()) == [f"Written, not submitted: {tmp_path}/small/jobs/1.sh"]
    assert joblog.read(written.folder) == []
    with pytest.raises(TunerError, match="^--fresh "):
        submit(SMALL, tmp_path, SITE, fresh=True, write_only=True)


@loop_over(
    ("override", "words"),
    [
        ("budget.evals=3", "budget.evals: unknown key"),
        ("optimizer.name=genetics", "did you mean 'netpyne_genetic'|did you mean 'genetic'"),
        ("model=nothing.py", "there is no Python file"),
    ],
)
def test_studys_mistakes_are_found_before_anything_is_written(tmp_path, override, words):
    with pytest.raises(StudyError, match=words):
        submit(SMALL, tmp_path / "runs", SITE, ("--set", override), write_only=True)
    assert not (tmp_path / "runs").exists()


def test_interpreter_is_the_one_that_runs():
    assert Site(tasks_per_node=1, time="1").python == sys.executable
