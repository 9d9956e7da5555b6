"""What is written and said; the scripts run here with stand-ins for Python and the scheduler."""

import os
import re
import signal
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace
from unittest.mock import Mock

import pytest

from tests.commands import ROOT, SMALL, alive, wait_until
from tests.loops import loop_over
from tests.samples import make_study
from tuner.cluster import joblog
from tuner.cluster.site_settings import SCHEDULERS, Site
from tuner.cluster.submit import filled, script, submit
from tuner.errors import StoreError, StudyError, TunerError
from tuner.runs import run_folder
from tuner.runs.owner import Owner
from tuner.study.study import Study

NAME = 'it\'s a $tudy "`5`" %j'
JOB = {"slurm": "SLURM_JOB_ID", "torque": "PBS_JOBID", "sge": "JOB_ID"}
# Stands for Python: notes what it was called with, finishes some evaluations, ends with a status; as `stop` it asks the
# other one to end.
PYTHON = """\
#!/bin/bash
[ "$2" = stop ] && { touch "$3/asked"; exit "${STOP_STATUS:-0}"; }
trap 'exit 130' TERM
run=$(dirname "$0")
printf '%s\\n' "$OMP_NUM_THREADS" "$@" > "$run/arguments"
for ((i = 0; i < FINISHED; i++)); do echo {} >> "$run/evaluations.jsonl"; done
touch "$run/ready"
while [ "$PATIENT" ] && [ ! -e "$run/asked" ]; do sleep 0.02; done
exit "$STATUS"
"""


def stub(folder, name, text):
    """A program of that name, first on the path."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(text if text.startswith("#!") else f"#!/bin/bash\n{text}\n")
    program.chmod(0o755)
    return program


@pytest.fixture
def programs(tmp_path, monkeypatch):
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


class Job:
    """A script in a run folder of a difficult name, and what its stand-ins leave there."""

    def __init__(self, tmp_path, scheduler="slurm", **site):
        self.folder = tmp_path / "r u n s" / NAME.replace('"', "")
        (self.folder / "jobs").mkdir(parents=True)
        python = stub(self.folder, "python", PYTHON)
        settings = {"tasks_per_node": 3, "time": "10", "scheduler": scheduler, "launcher": "env", **site}
        self.path = self.folder / "jobs" / "1.sh"
        study = Study.load(SMALL)
        self.path.write_text(
            script(study, self.path, Site(python=str(python), **settings), ("--set", "values.rate=3 $x"))
        )
        self.job = JOB[scheduler]

    def start(self, **environment):
        changed = {**os.environ, self.job: "7", "FINISHED": "0", "STATUS": "0", "PATIENT": "", **environment}
        return subprocess.Popen(["bash", str(self.path)], env=changed, stdout=subprocess.PIPE, text=True)

    def run(self, *signals, **environment):
        """The exit status of the script, to which signals are sent once the run has begun."""
        process = self.start(PATIENT="yes" if signals else "", **environment)
        wait_until((self.folder / "ready").exists)
        for number in signals:
            process.send_signal(number)
        process.communicate(timeout=60)
        return process.returncode

    @property
    def events(self):
        (job,) = joblog.read(self.folder)
        assert job.name == "7" and job.log == "1.log"
        return [event.words.partition(" on ")[0] for event in job.events]


@loop_over("scheduler", SCHEDULERS)
def test_scripts_are_bash(tmp_path, scheduler):
    job = Job(tmp_path, scheduler, partition="long", account="lab", setup=("module load x",), options=("--a=b",))
    checked = subprocess.run(["bash", "-n", str(job.path)], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert not re.search(r"@\w+@", job.path.read_text())


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
    with pytest.raises(TunerError, match="has a quotation mark or a backslash"):
        directives_of('a "run"')


def test_templates_repeat_and_drop_lines():
    template = "a @one@ b\n@many@: @one@\n@none@\nmail @ home\n"
    entries = {"one": ["1@many@"], "many": ["x", "y"], "none": []}
    assert filled(template, entries) == "a 1@many@ b\nx: 1@many@\ny: 1@many@\nmail @ home\n"


@loop_over("scheduler", SCHEDULERS)
def test_command_survives_names_with_quotes_and_dollars(tmp_path, scheduler):
    job = Job(tmp_path, scheduler)
    assert job.run() == 0
    assert (job.folder / "arguments").read_text().splitlines() == [
        "1", "-m", "mpi4py.futures", str(ROOT / "tuner" / "run.py"), "run", str(SMALL), "--executor", "mpi", "--wait",
        "--runs", str(job.folder.parent), "--set", "values.rate=3 $x",
    ]  # fmt: skip
    assert job.events == ["started 1.sh", "ended with status 0 after 0 evaluations"]


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


LIMIT, TERM = signal.SIGUSR1, signal.SIGTERM
STUCK = "; not requeued, for it would come no further"
ENDINGS = [
    ((), 3, 0, ["ended with status 0 after 3 evaluations"]),
    ((), 3, 2, ["ended with status 2 after 3 evaluations"]),
    ((), 3, 75, ["ended with status 75 after 3 evaluations"]),
    ((), 3, 126, ["ended with status 126 after 3 evaluations"]),
    ((), 3, 127, ["ended with status 127 after 3 evaluations"]),
    ((), 3, 143, ["ended with status 143 after 3 evaluations"]),
    ((), 3, 255, ["requeued after 3 evaluations"]),
    ((), 0, 255, [f"ended with status 255 after 0 evaluations{STUCK}"]),
    ((LIMIT,), 3, 75, ["stopping before the time limit", "requeued after 3 evaluations"]),
    ((LIMIT,), 3, 143, ["stopping before the time limit", "requeued after 3 evaluations"]),
    ((LIMIT,), 0, 75, ["stopping before the time limit", f"ended with status 75 after 0 evaluations{STUCK}"]),
    ((LIMIT,), 3, 0, ["stopping before the time limit", "ended with status 0 after 3 evaluations"]),
    ((TERM,), 3, 130, ["told to end", "ended with status 130 after 3 evaluations"]),
]


@loop_over(("signals", "finished", "status", "events"), ENDINGS)
def test_only_what_comes_further_is_requeued(programs, tmp_path, signals, finished, status, events):
    stub(programs, "scontrol", f'echo "$@" >> "{tmp_path}/asked"')
    job = Job(tmp_path)
    assert job.run(*signals, FINISHED=str(finished), STATUS=str(status)) == status
    assert job.events == ["started 1.sh", *events]
    asked = (tmp_path / "asked").read_text() if (tmp_path / "asked").exists() else ""
    assert asked == ("requeue 7\n" if "requeued" in events[-1][:8] else "")


def test_evaluations_of_earlier_jobs_do_not_count(programs, tmp_path):
    stub(programs, "scontrol", "exit 0")
    job = Job(tmp_path)
    (job.folder / "evaluations.jsonl").write_text("{}\n" * 5)
    job.run(LIMIT, STATUS="75")
    assert job.events[-1] == f"ended with status 75 after 0 evaluations{STUCK}"


def test_site_that_does_not_requeue_is_said(programs, tmp_path):
    stub(programs, "scontrol", "exit 1")
    job = Job(tmp_path)
    assert job.run(LIMIT, FINISHED="2", STATUS="75") == 75
    assert job.events[-1] == "ended with status 75 after 2 evaluations; could not be requeued: submit it again"


def test_run_that_has_not_begun_is_ended_at_the_limit(programs, tmp_path):
    job = Job(tmp_path)
    stub(job.folder, "python", PYTHON.replace('touch "$3/asked"; ', ""))
    assert job.run(LIMIT, STOP_STATUS="1") == 130
    assert job.events[1:] == ["stopping before the time limit", f"ended with status 130 after 0 evaluations{STUCK}"]


@pytest.mark.parametrize(("number", "event"), [("USR1", "stopping before the time limit"), ("TERM", "told to end")])
def test_signal_that_comes_before_the_run_ends_it(programs, tmp_path, number, event):
    # Asked for when the traps are set, and the run is not there yet.
    stub(programs, "hostname", f"kill -{number} $SCRIPT; echo n1")
    job = Job(tmp_path, setup=("export SCRIPT=$$",))
    stub(job.folder, "python", '#!/bin/bash\n[ "$2" = stop ] && exit 1\nexec sleep 100')
    assert job.start().wait(timeout=60) == 143
    assert event in job.events[:2]
    assert job.events[2].startswith("ended with status 143 after 0 evaluations")


def test_signals_after_the_run_has_ended_change_nothing(programs, tmp_path):
    stub(programs, "scontrol", f'kill -TERM $SCRIPT; kill -USR1 $SCRIPT; echo "$@" >> "{tmp_path}/asked"')
    job = Job(tmp_path, setup=("export SCRIPT=$$",))
    assert job.run(STATUS="255", FINISHED="2") == 255
    assert job.events == ["started 1.sh", "requeued after 2 evaluations"]
    assert (tmp_path / "asked").read_text() == "requeue 7\n"


@pytest.mark.parametrize("scheduler", ["torque", "sge"])
def test_own_warning_ends_with_the_script(programs, tmp_path, scheduler):
    stub(programs, "sleep", f'echo $$ > "{tmp_path}/sleeper"; exec /usr/bin/sleep 300')
    job = Job(tmp_path, scheduler)
    # It is not over before the warning waits.
    stub(job.folder, "python", f'#!/bin/bash\nuntil [ -s "{tmp_path}/sleeper" ]; do :; done')
    assert job.start().wait(timeout=60) == 0
    sleeper = int((tmp_path / "sleeper").read_text())
    wait_until(lambda: not alive(sleeper))


def test_torque_submits_itself_where_nobody_may_rerun(programs, tmp_path):
    stub(programs, "qrerun", "exit 1")
    stub(programs, "qsub", f'echo "$@" >> "{tmp_path}/asked"')
    job = Job(tmp_path, "torque")
    assert job.run(STATUS="255", FINISHED="2") == 255
    assert (tmp_path / "asked").read_text() == f"{job.path}\n"


@pytest.mark.parametrize("places", [("beside",), ("path", "beside")])
def test_launcher_beside_python_is_for_where_there_is_no_other(programs, tmp_path, places):
    job = Job(tmp_path, launcher="launch")
    for place in places:
        folder = {"beside": job.folder, "path": programs}[place]
        stub(folder, "launch", f'echo {place} >> "{tmp_path}/taken"; exec "$@"')
    assert job.start().wait(timeout=60) == 0
    assert (tmp_path / "taken").read_text() == f"{places[0]}\n"


def test_torque_warns_itself_and_reruns(programs, tmp_path):
    stub(programs, "qrerun", f'echo "$@" >> "{tmp_path}/asked"')
    # A second is left of three when it stops.
    job = Job(tmp_path, "torque", time="0:03", margin_s=2)
    process = job.start(PATIENT="yes", FINISHED="4", STATUS="75")
    process.communicate(timeout=60)
    assert job.events == ["started 1.sh", "stopping before the time limit", "requeued after 4 evaluations"]
    assert (tmp_path / "asked").read_text() == "7\n"


def test_grid_engine_reruns_what_ends_with_99_and_warns_by_usr2(programs, tmp_path):
    job = Job(tmp_path / "limit", "sge")
    assert job.run(LIMIT, FINISHED="4", STATUS="75") == 99
    assert job.events[-1] == "requeued after 4 evaluations"
    cancelled = Job(tmp_path / "cancelled", "sge")
    assert cancelled.run(signal.SIGUSR2, FINISHED="4") == 130
    assert cancelled.events[-2:] == ["told to end", "ended with status 130 after 4 evaluations"]


SITE = Site(tasks_per_node=3, time="10")


def test_submission_is_noted_and_says_where_to_look(programs, tmp_path):
    stub(programs, "sbatch", 'echo "12;lab"')
    stub(programs, "squeue", "echo JOBID ST; exit 0")
    given = submit(SMALL, tmp_path / "runs", SITE)
    jobs = tmp_path / "runs" / "small" / "jobs"
    assert (given.job, given.script, given.log, given.look) == ("12", jobs / "1.sh", jobs / "1.log", "squeue -j 12")
    assert [(job.name, job.last.words) for job in joblog.read(given.folder)] == [("12", "submitted 1.sh to slurm")]
    assert list(given.lines()) == [
        f"Submitted: job 12, the script {jobs}/1.sh",
        f"Its output will be in {jobs}/1.log",
        f"How far it is: netpyne-tuner status {given.folder}, or squeue -j 12",
    ]
    assert submit(SMALL, tmp_path / "runs", SITE).script == jobs / "2.sh"


@pytest.mark.parametrize(
    ("scheduler", "shown", "cancel"),
    [
        ("slurm", "echo JOBID ST; echo 12 PD", "scancel 12"),
        ("torque", 'echo "12.server name user 00:00:10 R batch"', "qdel 12"),
        ("sge", 'echo "job_number: 12"', "qdel 12"),
    ],
)
def test_second_job_of_a_run_is_refused(programs, tmp_path, scheduler, shown, cancel):
    for program in ("sbatch", "qsub"):
        stub(programs, program, "echo 12")
    for program in ("squeue", "qstat"):
        stub(programs, program, shown)
    site = Site(tasks_per_node=3, time="10", scheduler=scheduler)
    submit(SMALL, tmp_path, site)
    for fresh in (False, True):
        with pytest.raises(StoreError, match=f"job 12 of this run is still queued or running .*first: {cancel}$"):
            submit(SMALL, tmp_path, site, fresh=fresh)
    assert sorted(path.name for path in (tmp_path / "small" / "jobs").iterdir()) == ["1.sh", "log"]
    stub(programs, "squeue", "echo JOBID ST")
    stub(programs, "qstat", 'echo "12.server name user 00:00:10 C batch"')
    assert submit(SMALL, tmp_path, site).script.name == "2.sh"


@pytest.mark.parametrize(
    ("shown", "is_queued"),
    [("12.server C user 00:00:10 R batch", True), ("12.server C user 00:00:10 C batch", False)],
)
def test_job_of_any_name_is_asked_for_by_its_state(programs, tmp_path, shown, is_queued):
    stub(programs, "qsub", "echo 12.server")
    stub(programs, "qstat", f'echo "{shown}"')
    site = Site(tasks_per_node=3, time="10", scheduler="torque")
    submit(SMALL, tmp_path, site)
    with pytest.raises(StoreError, match="still queued") if is_queued else nullcontext():
        submit(SMALL, tmp_path, site)


def test_script_that_was_submitted_by_hand_is_a_job_of_the_run(programs, tmp_path):
    stub(programs, "squeue", "echo 7 R")
    job = Job(tmp_path)
    process = job.start(PATIENT="yes")
    wait_until((job.folder / "ready").exists)
    (found,) = joblog.read(job.folder)
    assert (found.scheduler, found.look, found.log) == ("slurm", "squeue -j 7", "1.log")
    stub(programs, "sbatch", "echo 8")
    settings = ("--set", f'name="{job.folder.name}"')
    with pytest.raises(StoreError, match="job 7 of this run is still queued or running .*first: scancel 7$"):
        submit(SMALL, job.folder.parent, SITE, settings)
    process.send_signal(TERM)
    process.communicate(timeout=60)


def test_refusal_leaves_the_sign_of_a_dead_master(programs, tmp_path):
    stub(programs, "sbatch", "exit 1")
    sign = tmp_path / "small" / "owner.json"
    sign.parent.mkdir()
    sign.write_text('{"host": "far", "pid": 3, "token": "x"}')
    os.utime(sign, (1e9, 1e9))
    with pytest.raises(TunerError, match="sbatch did not take the job"):
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


STEPS = ("--set", "simulation.ranks_per_evaluation=4")


@loop_over(
    ("site", "run_options", "words"),
    [
        ({"tasks_per_node": 1}, (), "command line: tasks_per_node: makes one task in all, but executor mpi needs one"),
        ({}, STEPS, "small.toml: simulation.ranks_per_evaluation: is 4, which executor mpi does not do; use srun or"),
        ({}, (*STEPS, "--executor", "srun"), "ranks_per_evaluation: is 4, more than the 3 tasks of the job"),
        ({"nodes": 2}, ("--executor", "processes"), "--executor processes works on one node, 2 were asked for"),
        (
            {"setup": ('echo "', "ulimit -c 0")},
            (),
            "setup or launcher of the site: .* no bash: line [0-9]+: unexpected",
        ),
        ({"launcher": "mpiexec ("}, (), "setup or launcher of the site: .* no bash: line [0-9]+: syntax error"),
    ],
)
def test_what_the_job_would_refuse_is_refused_now(tmp_path, site, run_options, words):
    with pytest.raises(StudyError, match=words):
        submit(SMALL, tmp_path / "runs", replace(SITE, **site), run_options, write_only=True)
    assert not (tmp_path / "runs").exists()


def test_one_task_is_enough_where_nobody_leads(tmp_path):
    for number, (nodes, options) in enumerate(
        [(1, ("--executor", "processes")), (2, (*STEPS[:1], "seed=3", "--executor", "srun"))]
    ):
        site = Site(nodes=nodes, tasks_per_node=1, time="10")
        assert submit(SMALL, tmp_path / str(number), site, options, write_only=True).script.exists()


def test_run_that_another_master_writes_is_refused(programs, tmp_path):
    stub(programs, "sbatch", "echo 12")
    folder = tmp_path / "small"
    folder.mkdir()
    with Owner(folder), pytest.raises(StoreError, match=f"{folder}: is being written by process {os.getpid()} on "):
        submit(SMALL, tmp_path, SITE)
    assert list(folder.iterdir()) == []


def test_refusal_in_the_schedulers_own_words_leaves_everything_as_it_was(programs, tmp_path):
    stub(programs, "sbatch", "echo 'sbatch: error: invalid partition: x' >&2; echo 'sbatch: error: Failed' >&2; exit 1")
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "notes").touch()
    for fresh in (False, True):
        with pytest.raises(TunerError) as error:
            submit(SMALL, tmp_path, SITE, fresh=fresh)
        assert str(error.value) == "sbatch did not take the job: invalid partition: x; Failed"
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


def test_missing_scheduler_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TunerError, match="^there is no sbatch here, so nothing can be submitted to slurm; ") as error:
        submit(SMALL, tmp_path / "runs", SITE)
    assert error.value.exit_status == 1 and not (tmp_path / "runs").exists()


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
