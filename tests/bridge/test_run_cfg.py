"""runCfg of NetPyNE's batch mode: ranks where cores would be idle, the site of a job."""

import pytest

from tests.commands import SMALL, main
from tests.loops import loop_over
from tuner.bridge import run_cfg
from tuner.cluster import site_settings
from tuner.errors import TunerError
from tuner.executors import launched, mpi, processes


@pytest.fixture
def machine(monkeypatch):
    """A machine of 16 cores with mpirun."""
    monkeypatch.setattr(processes, "all_cores", lambda: 16)
    monkeypatch.setattr(launched, "find_program", lambda name: f"/usr/bin/{name}" if name == "mpirun" else None)


RUN = {"type": "mpi_direct", "nodes": 1, "coresPerNode": 4, "mpiCommand": "mpirun --bind-to none"}


@loop_over(
    ("run", "candidates", "ranks"),
    [
        (RUN, 4, 4),
        (RUN, 5, None),
        ({**RUN, "nodes": 2}, 2, 8),
        ({**RUN, "coresPerNode": 1}, 2, None),
        ({**RUN, "mpiCommand": "ibrun"}, 2, None),
        ({**RUN, "type": "hpc_slurm"}, 2, None),
        ({"type": "mpi_bulletin", "script": "init.py"}, 2, None),
    ],
)
def test_candidates_have_the_ranks_asked_for_where_cores_would_be_idle(run, candidates, ranks, machine):
    launcher = "mpirun --bind-to none -n {ranks}"
    wanted = {"executor": "mpiexec", "ranks_per_evaluation": ranks, "launcher": launcher} if ranks else {}
    assert run_cfg.simulation(run, candidates) == wanted


def test_under_mpi4py_candidates_go_to_its_ranks(monkeypatch, machine):
    monkeypatch.setattr(mpi, "is_led", lambda: True)
    assert run_cfg.simulation(RUN, 4) == {"executor": "mpi"}


def test_ranks_that_are_not_given_are_said(machine):
    assert list(run_cfg.notes(RUN, 4)) == []
    (words,) = run_cfg.notes(RUN, 5)
    said = "runCfg asks for 4 ranks per candidate, but each gets one rank, which keeps the cores as busy"
    assert words.startswith(said)


SLURM = {
    "type": "hpc_slurm", "allocation": "lab", "walltime": "02:00:00", "nodes": 2, "coresPerNode": 8,
    "email": "a@b.org", "reservation": "week", "mpiCommand": "ibrun",
    "custom": "#SBATCH --mem=8G\nmodule load gcc\n# a remark\n",
}  # fmt: skip


def test_a_job_of_slurm_is_a_site():
    assert run_cfg.site(SLURM) == {
        "scheduler": "slurm", "nodes": 2, "tasks_per_node": 8, "time": "02:00:00", "account": "lab",
        "launcher": "ibrun -n {tasks}", "setup": ["module load gcc"],
        "options": ["--res=week", "--mail-user=a@b.org", "--mail-type=end", "--mem=8G"],
    }  # fmt: skip


def test_jobs_of_others_are_sites():
    torque = {"type": "hpc_torque", "queueName": "long", "nodes": 3, "ppn": 4, "walltime": "1:00:00"}
    assert run_cfg.site(torque) == {
        "scheduler": "torque", "nodes": 3, "tasks_per_node": 4, "time": "1:00:00", "partition": "long",
    }  # fmt: skip
    grid_engine = {"type": "hpc_sge", "queueName": "cpu.q", "cores": 19, "vmem": "256G", "pre": "source ~/.bashrc"}
    assert run_cfg.site(grid_engine) == {
        "scheduler": "sge", "tasks_per_node": 19, "partition": "cpu.q", "parallel_environment": "smp",
        "options": ["-l h_vmem=256G"], "setup": ["source ~/.bashrc"],
    }  # fmt: skip
    assert run_cfg.site(RUN) == {}


def test_a_site_is_the_scripts_but_for_what_the_folder_and_the_command_line_say(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "netpyne-tuner").mkdir(parents=True)
    (tmp_path / "home" / "netpyne-tuner" / "cluster.toml").write_text('partition = "mine"\naccount = "mine"\n')
    (tmp_path / "cluster.toml").write_text("nodes = 5\n")
    site = site_settings.read(tmp_path, {"time": "03:00:00"}, run_cfg.site(SLURM))
    assert (site.account, site.partition, site.nodes, site.time) == ("lab", "mine", 5, "03:00:00")


@pytest.mark.parametrize("name", ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"])
def test_one_of_several_copies_says_how_they_are_led(name, monkeypatch):
    monkeypatch.setenv(name, "4")
    assert mpi.copies() == 4


def test_copies_do_not_run(tmp_path, monkeypatch):
    monkeypatch.setenv("PMI_SIZE", "4")
    done = main("run", SMALL, "--runs", tmp_path)
    assert done.returncode == TunerError.exit_status
    assert "MPI started 4 copies of this program, which do not work together; start them like this" in done.stderr
