"""A job's script in a run folder, and stand-ins for Python and the scheduler's programs."""

import os
import signal
import subprocess

from tests.commands import SMALL, wait_until
from tuner.cluster import joblog
from tuner.cluster.site_settings import Site
from tuner.cluster.submit import script
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
SITE = Site(tasks_per_node=3, time="10")
LIMIT, TERM = signal.SIGUSR1, signal.SIGTERM


def stub(folder, name, text):
    """A program of that name, first on the path."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(text if text.startswith("#!") else f"#!/bin/bash\n{text}\n")
    program.chmod(0o755)
    return program


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
