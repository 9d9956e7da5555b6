"""Judge the best evaluations of a run: verify each, choose the best by plain NetPyNE, and explain differences."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuner.errors import TunerError
from tuner.evaluate.speedups import CORENEURON
from tuner.evaluate.task import Task
from tuner.evaluation import Evaluation, best_of
from tuner.executors.base import Executor
from tuner.runs.best_file import digest_of
from tuner.verification import cause
from tuner.verification.cause import Cause
from tuner.verification.verify import Verification, verify_all

AS_REQUESTED = f'differs as requested (simulation.engine = "{CORENEURON}")'

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Verdict:
    """Hold the verifications of the best evaluations, the `winner`, and the cause of the first difference.

    `stored` is the digest of the stored evaluations that were compared.
    """

    winner: Verification
    checked: Sequence[Verification]
    cause: Cause | None
    stored: str

    def to_table(self) -> dict[str, Any]:
        """Return the entry `verified` of best.json."""
        table = self.winner.to_table()
        table |= {"numbers": [each.number for each in self.checked], "stored": self.stored}
        if differing := [each for each in self.checked if not each.equal]:
            table["differing"] = [{"number": each.number, "reason": _reason(each)} for each in differing]
            table["reason"] = self.winner.reason or _reason(differing[0])
        if self.cause:
            table |= {"advice": self.cause.advice, "is_requested": self.cause.is_requested}
        if self.cause and self.cause.is_requested:
            table["reason"] = f"{AS_REQUESTED}: {table['reason']}"
        return table


def _reason(verification: Verification) -> str:
    if verification.done:
        return verification.reason
    return f"plain NetPyNE could not run evaluation {verification.number}: {verification.reason or 'no reason given'}"


def judge(
    tasks: Sequence[Task], stored: Mapping[int, Evaluation], pool: Executor, home: Path, timeout_s: float
) -> Verdict:
    """Compare the stored evaluations of the tasks with plain NetPyNE.

    The winner is the best by the loss of plain NetPyNE. An evaluation for which racing left out seeds wins only if all
    others failed. `home` is as in `verify_all`.
    """
    order = [task.number for task in tasks]
    checked = sorted(verify_all(tasks, stored, pool, home, timeout_s), key=lambda each: order.index(each.number))
    whole = [each for each in checked if stored[each.number].repeats == len(each.task.study.seeds)]
    winner = best_of(whole) or best_of(checked) or checked[0]
    differing = next((each for each in (winner, *checked) if _is_different(each, stored)), None)
    found = _cause(tasks, stored, differing, pool, home, timeout_s) if differing else None
    return Verdict(winner, checked, found, digest_of(stored[each.number] for each in checked))


def _is_different(verification: Verification, stored: Mapping[int, Evaluation]) -> bool:
    """Return whether both simulations ran to the end and give different results."""
    return verification.done and not verification.equal and stored[verification.number].done


def _cause(
    tasks: Sequence[Task],
    stored: Mapping[int, Evaluation],
    differing: Verification,
    pool: Executor,
    home: Path,
    timeout_s: float,
) -> Cause:
    task = next(task for task in tasks if task.number == differing.number)
    log.info("evaluation %d is not equal to plain NetPyNE: simulating it again to find the cause", task.number)
    try:
        return cause.find(task, stored[task.number], differing, pool, home, timeout_s)
    except TunerError:
        return Cause(cause.UNCLEAR)
