import os

import pytest

from tests.loops import loop_over
from tuner.cluster import site_settings
from tuner.cluster.site_settings import Site
from tuner.errors import StudyError
from tuner.study import study_file

NEEDED = {"tasks_per_node": 20, "time": "02:00:00"}


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    """Where the user's own settings are: nowhere, unless a test writes some."""
    folder = tmp_path / "config"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    monkeypatch.chdir(tmp_path)
    return folder / "netpyne-tuner"


def write(folder, text):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cluster.toml").write_text(text)


@loop_over(
    ("time", "seconds", "clock"),
    [
        ("90", 5400, "01:30:00"),
        ("90:30", 5430, "01:30:30"),
        ("02:00:00", 7200, "02:00:00"),
        ("100:00:01", 360001, "100:00:01"),
        ("1-12", 129600, "36:00:00"),
        ("1-12:30", 131400, "36:30:00"),
        ("2-00:00:05", 172805, "48:00:05"),
    ],
)
def test_time_limits_in_all_of_slurms_forms(time, seconds, clock):
    site = Site(tasks_per_node=1, time=time)
    assert (site.seconds, site.clock) == (seconds, clock)


def test_each_key_comes_from_the_last_that_has_it(home, tmp_path):
    write(home, 'scheduler = "sge"\nnodes = 3\naccount = "lab"\nsetup = ["module load openmpi", "ulimit -c 0"]\n')
    write(tmp_path / "study", 'nodes = 4\ntime = 01:00:00\noptions = ["-l gpu=0"]\n')
    site = site_settings.read(tmp_path / "study", {"tasks_per_node": 20, "account": "mine", "partition": None})
    assert (site.scheduler, site.nodes, site.account, site.partition) == ("sge", 4, "mine", "")
    assert (site.tasks, site.time, site.margin_s) == (80, "01:00:00", 120)
    assert site.setup == ("module load openmpi", "ulimit -c 0") and site.options == ("-l gpu=0",)
    assert site.launcher == "mpiexec -n {tasks}"


def test_minutes_may_be_a_number(tmp_path):
    write(tmp_path / "study", "time = 120")
    assert site_settings.read(tmp_path / "study", {"tasks_per_node": 20}).clock == "02:00:00"


def test_interpreter_is_found_now_and_the_shells_braces_stay(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    program = tmp_path / "env" / "python"
    write(program.parent, 'python = "~/env/python"\nlauncher = "mpiexec -n {tasks} ${MORE}"')
    program.touch(mode=0o755)
    site = site_settings.read(program.parent, NEEDED)
    assert (site.python, site.launcher) == (str(program), "mpiexec -n {tasks} ${MORE}")
    monkeypatch.chdir(tmp_path)
    assert site_settings.read(tmp_path, {**NEEDED, "python": "env/python"}).python == str(program)


def test_without_files_the_command_line_is_enough(tmp_path):
    assert site_settings.read(tmp_path, NEEDED) == Site(**NEEDED)


def test_config_folder_is_in_the_home_where_nothing_else_is_said(monkeypatch, tmp_path):
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert site_settings.users_file() == tmp_path / ".config" / "netpyne-tuner" / "cluster.toml"


@loop_over(
    ("text", "words"),
    [
        ("node = 3", "study/cluster.toml: node: unknown key; allowed: account, "),
        ("nodes = 0", "study/cluster.toml: nodes: is 0, must be at least 1"),
        ("nodes = 1.5", "study/cluster.toml: nodes: is 1.5, must be a whole number"),
        ('scheduler = "slurn"', "scheduler: is 'slurn'; allowed: sge, slurm, torque; did you mean 'slurm'?"),
        ('time = "two hours"', "time: is 'two hours', must be a time limit: HH:MM:SS, D-HH:MM:SS, or minutes"),
        ('time = "1:2:3:4"', "time: is '1:2:3:4', must be a time limit"),
        ('time = "00:00:00"', "time: is '00:00:00', must be a time limit"),
        ('setup = "module load x"', "setup: is 'module load x', must be a non-empty list"),
        ("setup = [1]", "setup: is 1, must be a non-empty string"),
        ('options = ["--a\\nrm -r x"]', "options: is '--a\\nrm -r x', must be one line of printable characters"),
        ("time = 2025-01-01", "time: is '2025-01-01', must be a time limit"),
        ("time = true", "time: is true, must be a non-empty string"),
        (
            'launcher = "srun -n {ranks}"',
            "launcher: is 'srun -n {ranks}', but {ranks} is not a placeholder; allowed: {tasks}",
        ),
        ('launcher = "srun -n {}"', "launcher: is 'srun -n {}', but {} is not a placeholder"),
        ('python = "~/no/python"', "python: is '~/no/python', but there is no such program on this machine"),
        (
            'time = "00:02:00"',
            "study/cluster.toml: time: the job stops 120 s (margin_s) before its time limit, but the time limit is",
        ),
        ('time = "10"\nmargin_s = 600', "study/cluster.toml: margin_s: the job stops 600 s (margin_s) before its"),
        ("nodes = ", "cluster.toml: is not valid TOML"),
    ],
)
def test_what_is_wrong_is_named_with_its_file(tmp_path, text, words):
    write(tmp_path / "study", text)
    given = {key: value for key, value in NEEDED.items() if not text.startswith(key)}
    with pytest.raises(StudyError) as error:
        site_settings.read(tmp_path / "study", given)
    assert words in str(error.value)


def test_what_is_missing_is_named_with_the_places_where_it_may_stand(home, tmp_path):
    with pytest.raises(StudyError) as error:
        site_settings.read(tmp_path / "study", {"time": "10"})
    assert str(error.value) == (
        "command line: --tasks-per-node is missing; give it, or write tasks_per_node into study/cluster.toml"
        f" or {home / 'cluster.toml'}"
    )


def test_a_file_of_another_kind_is_not_overlooked(tmp_path):
    (tmp_path / "study").mkdir()
    os.mkfifo(tmp_path / "study" / "cluster.toml")
    with pytest.raises(StudyError, match="study/cluster.toml: is not a regular file$"):
        site_settings.read(tmp_path / "study", NEEDED)


def test_wrong_option_is_the_command_lines(tmp_path):
    with pytest.raises(StudyError, match="^command line: nodes: is 0, must be at least 1$"):
        site_settings.read(tmp_path, {**NEEDED, "nodes": 0})


def test_settings_beside_the_studies_are_no_study(monkeypatch, tmp_path):
    monkeypatch.setattr(study_file, "STUDIES", tmp_path)
    write(tmp_path, "nodes = 2")
    (tmp_path / "night.toml").touch()
    assert study_file.names() == ["night"]
    with pytest.raises(StudyError, match="^cluster: there is no such study; allowed: night, "):
        study_file.find("cluster")
