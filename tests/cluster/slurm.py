"""A private, throw-away Slurm: munged, slurmctld and a slurmd for each virtual node, on this machine, as root.

It lives in one folder and on free ports, needs neither systemd nor cgroups, and is stopped by its pid files.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from tests.commands import alive, wait_until

PROGRAMS = ("munged", "munge", "slurmctld", "slurmd", "sbatch", "srun", "scontrol", "squeue", "scancel", "sinfo")
NODES, CPUS = ("n1", "n2", "n3"), 2
CONFIGURATION = """\
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
SlurmctldPort={port}
AuthType=auth/munge
# A requeued job waits as long as a credential lives before it may start again: 120 s, were it not shortened.
AuthInfo=socket={folder}/munge/socket,cred_expire=5
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2,sched_min_interval=0
ReturnToService=2
SlurmdTimeout=10
KillWait=20
MinJobAge=300
"""
NODE = "NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={cpus} RealMemory=2000\n"
PARTITION = "PartitionName=debug Nodes={nodes} Default=YES MaxTime=INFINITE State=UP\n"


def missing() -> str:
    """What keeps a Slurm from being started here, in words; "" if nothing does."""
    if os.geteuid() != 0:
        return "a private Slurm is started by root"
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    absent = [program for program in PROGRAMS if shutil.which(program, path=path) is None]
    return f"no {', '.join(absent)} here" if absent else ""


class Slurm:
    """The cluster for as long as the `with` block lasts; `environment` is what its commands need."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.configuration = folder / "slurm.conf"
        path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
        self.environment = {**os.environ, "SLURM_CONF": str(self.configuration), "PATH": path}

    def __enter__(self) -> "Slurm":
        for name in ("munge", "state", *(f"spool/{node}" for node in NODES)):
            (self.folder / name).mkdir(parents=True)
        self._configure()
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        with ExitStack() as stack:
            # The last first, and all of them.
            for daemon in ("munged", "slurmctld", *(f"slurmd.{node}" for node in NODES)):
                stack.callback(self._stop, daemon)
            if self._alive("slurmctld"):
                self.end_jobs()

    def run(self, *command: object, **changes: str) -> str:
        """What a command prints, with changes of its environment; an exit status other than 0 is an error."""
        environment = self.environment | changes
        words = list(map(str, command))
        done = subprocess.run(words, capture_output=True, text=True, env=environment, timeout=120)
        if done.returncode:
            raise RuntimeError(f"{words}: {done.stdout}{done.stderr}")
        return done.stdout

    def state(self, job: str) -> str:
        """A job's state in Slurm's words: PENDING, RUNNING, COMPLETED, CANCELLED, TIMEOUT, FAILED ..."""
        return self.fields(job)["JobState"]

    def fields(self, job: str) -> Mapping[str, str]:
        """What Slurm knows of a job."""
        words = self.run("scontrol", "show", "job", job).split()
        return dict(word.split("=", 1) for word in words if "=" in word)

    def wait_for(self, job: str, *states: str) -> None:
        """Waits until a job is in one of the states."""
        wait_until(lambda: self.state(job) in states)

    def start_nodes(self) -> None:
        """Starts the nodes that are down, and waits until the cluster has all of them."""
        for node in NODES:
            if not self._alive(f"slurmd.{node}"):
                self.run("slurmd", "-N", node, "-f", self.configuration)
        wait_until(lambda: all(self.node_state(node) in ("idle", "mixed", "allocated") for node in NODES))

    def lose_node(self, node: str) -> None:
        """Takes a node away as a power cut does: its slurmd and everything that it runs die at once."""
        self._kill(self._pid(f"slurmd.{node}"))
        for pid in self._processes_on(node):
            self._kill(pid)

    def end_jobs(self) -> None:
        """Cancels all jobs, and waits until none is left."""
        jobs = self.run("squeue", "--noheader", "--format=%A").split()
        if jobs:
            self.run("scancel", *jobs)
            wait_until(lambda: not self.run("squeue", "--noheader", "--format=%A").split())

    def node_state(self, node: str) -> str:
        """idle, mixed, allocated, down ...; a star stands for one that does not answer."""
        return self.run("sinfo", "--noheader", "--nodes", node, "--format=%T").strip()

    def _configure(self) -> None:
        host = socket.gethostname().partition(".")[0]
        first, *others = _free_ports(1 + len(NODES))
        text = CONFIGURATION.format(host=host, port=first, folder=self.folder)
        for name, port in zip(NODES, others, strict=True):
            text += NODE.format(name=name, host=host, port=port, cpus=CPUS)
        self.configuration.write_text(text + PARTITION.format(nodes=",".join(NODES)))
        self.folder.chmod(0o755)
        (self.folder / "munge").chmod(0o711)
        key = self.folder / "munge" / "key"
        key.write_bytes(secrets.token_bytes(1024))
        key.chmod(0o600)

    def _start(self) -> None:
        munge = self.folder / "munge"
        files = {"key-file": munge / "key", "socket": munge / "socket", "seed-file": munge / "seed",
                 "pid-file": self.folder / "munged.pid", "log-file": self.folder / "munged.log"}  # fmt: skip
        # Without --force it wants folders that only its own user may write.
        self.run("munged", "--force", *(f"--{option}={file}" for option, file in files.items()))
        wait_until(lambda: self._answers("munge", "--no-input", f"--socket={munge / 'socket'}"))
        self.run("slurmctld", "-i", "-f", self.configuration)
        wait_until(lambda: self._answers("scontrol", "ping"))
        self.start_nodes()

    def _answers(self, *command: str) -> bool:
        return subprocess.run(command, capture_output=True, env=self.environment, timeout=60).returncode == 0

    def _pid(self, daemon: str) -> int:
        try:
            return int((self.folder / f"{daemon}.pid").read_text())
        except (OSError, ValueError):
            return 0

    def _alive(self, daemon: str) -> bool:
        pid = self._pid(daemon)
        return pid > 0 and alive(pid)

    def _stop(self, daemon: str) -> None:
        if self._alive(daemon):
            os.kill(self._pid(daemon), signal.SIGTERM)
            wait_until(lambda: not self._alive(daemon))

    @staticmethod
    def _kill(pid: int) -> None:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def _processes_on(self, node: str) -> list[int]:
        """What the jobs of this cluster run on a node, and Slurm's own processes that watch over it."""
        marks = {f"SLURM_CONF={self.configuration}".encode(), f"SLURMD_NODENAME={node}".encode()}
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                environment = set((process / "environ").read_bytes().split(b"\0"))
                parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
                if marks <= environment:
                    found += [int(process.name), *([parent] if _is_watcher(parent) else [])]
            except OSError:
                continue
        return sorted(set(found))


def _is_watcher(pid: int) -> bool:
    return Path(f"/proc/{pid}/comm").read_text().strip() == "slurmstepd"


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
