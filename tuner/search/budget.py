"""When a run ends: at the first entry of its budget that is met, where it is asked to, or where it has no hope."""

import math
import time
from collections.abc import Callable, Iterable

from tuner.errors import TunerError
from tuner.evaluation import Evaluation, are_hopeless, failure_of_all
from tuner.study.study import Study

FIRST_FAILURES = 10


class Ending:
    """Which entry of the budget is met; `wall_time_before_s` is what earlier starts of the run have taken.

    `stop_reason` says why the run is to end before its budget does, "" to go on.
    """

    def __init__(self, study: Study, wall_time_before_s: float, stop_reason: Callable[[], str] = str) -> None:
        self._stop_reason = stop_reason
        self._budget, self._most = study.budget, study.most_evaluations
        self._protocols, self._each = len(study.protocols), study.simulations_each
        self._deadline = time.monotonic() + (self._budget.wall_time_s or math.inf) - wall_time_before_s
        self._best = math.inf
        self._stagnant = 0

    def out_of_time(self) -> bool:
        """Whether the wall time is used up."""
        return time.monotonic() > self._deadline

    def is_due(self) -> bool:
        """Return whether no further evaluation may begin, although the budget has some left."""
        return self.out_of_time() or bool(self._stop_reason())

    def affordable(self, number: int, saved: int = 0) -> int | None:
        """How many evaluations may be made after the first `number`; None if that is not limited.

        `saved` are the simulations that racing has spared among these.
        """
        budget, most = self._budget, []
        if budget.evaluations is not None:
            most.append(budget.evaluations - number)
        if budget.simulations is not None:
            most.append((budget.simulations - number * self._each + saved) // self._each)
        return max(0, min(most)) if most else None

    def saved(self, evaluations: Iterable[Evaluation]) -> int:
        """Simulations that racing has spared."""
        return sum(self._each - evaluation.repeats * self._protocols for evaluation in evaluations)

    def within_generation(self) -> str:
        """The entry that has ended the run before a generation was complete, or why it was asked to end."""
        return self._stop_reason() or ("budget.wall_time_s" if self.out_of_time() else self._evaluations())

    def after_generation(self, generations: int, evaluations: list[Evaluation], told: list[Evaluation]) -> str:
        """The entry that ends the run here, with a generation's evaluations the last of all that are told, or "".

        Where the run was asked to end it is the reason for that.
        """
        budget = self._budget
        best = min(evaluation.ranking_loss for evaluation in evaluations)
        self._stagnant = 0 if best < self._best else self._stagnant + 1
        self._best = min(best, self._best)
        met = {
            "budget.loss": budget.loss is not None and self._best <= budget.loss,
            self._evaluations(): self.affordable(len(told), self.saved(told)) == 0,
            "budget.generations": budget.generations is not None and generations >= budget.generations,
            "budget.stagnation": budget.stagnation is not None and self._stagnant >= budget.stagnation,
            "budget.wall_time_s": self.out_of_time(),
        }
        return self._stop_reason() or next((entry for entry, is_met in met.items() if is_met), "")

    def check_hope(self, evaluations: list[Evaluation]) -> None:
        """Raises TunerError if all of the first evaluations failed alike."""
        if len(evaluations) >= min(FIRST_FAILURES, self._most) and are_hopeless(evaluations):
            raise TunerError(f"all of the first {len(evaluations)} evaluations {failure_of_all(evaluations)}")

    def _evaluations(self) -> str:
        return "budget.evaluations" if self._budget.evaluations == self._most else "budget.simulations"
