"""What Slurm says of a job or a job step, by its name."""

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
    """Whether Slurm knows of no such job and no such step; False where it does not answer."""
    found = [_answer(command) for command in ASK.values()]
    return all(answer is not None and name not in answer for answer in found)


def state(name: str) -> str:
    """The state of a job of that name that has ended, such as NODE_FAIL; "" if nobody knows it."""
    for command in HISTORY:
        if answer := _answer((*command, name)):
            return answer[-1]
    return ""


def _answer(command: tuple[str, ...]) -> list[str] | None:
    """The lines of an answer; None if there is none."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=ASK_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.split() if done.returncode == 0 else None
