"""Ask Slurm for the state of a job or job step, by name."""

import subprocess

ASK_S = 20.0
ASK = {
    "steps": ("squeue", "--steps", "--noheader", "--format=%j"),
    "jobs": ("squeue", "--noheader", "--format=%j"),
}
HISTORY = (
    ("squeue", "--states=all", "--noheader", "--format=%T", "--name"),
    ("sacct", "--noheader", "--parsable2", "--format=State", "--name"),
)


def is_lost(name: str) -> bool:
    """Return whether Slurm lists neither a job nor a step of this name; False if Slurm does not answer."""
    found = [_answer(command) for command in ASK.values()]
    return all(answer is not None and name not in answer for answer in found)


def state(name: str) -> str:
    """Return the state of an ended job by name, such as NODE_FAIL; "" if unknown."""
    for command in HISTORY:
        if answer := _answer((*command, name)):
            return answer[-1]
    return ""


def _answer(command: tuple[str, ...]) -> list[str] | None:
    """Return the words of the command's output. None if the command fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=ASK_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.split() if done.returncode == 0 else None
