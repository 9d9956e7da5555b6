"""When a run ends: at the first entry of its budget that is met, or where it has no hope."""

import math
import time

from tuner.errors import TunerError
from tuner.evaluation import Evaluation, are_hopeless, failure_of_all
from tuner.study import Budget

FIRST_FAILURES = 10


class Ending:
    """Which entry of the budget is met; `wall_time_before_s` is what earlier starts of the run have taken."""

    def __init__(self, budget: Budget, wall_time_before_s: float) -> None:
        self._budget = budget
        self._deadline = time.monotonic() + (budget.wall_time_s or math.inf) - wall_time_before_s
        self._best = math.inf
        self._stagnant = 0

    def out_of_time(self) -> bool:
        """Whether the wall time is used up."""
        return time.monotonic() > self._deadline

    def affordable(self, number: int) -> int | None:
        """How many evaluations may be made after the first `number`; None if that is not limited."""
        most = self._budget.most_evaluations
        return None if math.isinf(most) else max(0, int(most) - number)

    def within_generation(self) -> str:
        """The entry that has ended the run before a generation was complete."""
        return "budget.wall_time_s" if self.out_of_time() else self._evaluations()

    def after_generation(self, generations: int, evaluations: list[Evaluation], number: int) -> str:
        """The entry that ends the run here, with `number` evaluations told, or ""."""
        budget = self._budget
        best = min(evaluation.ranking_loss for evaluation in evaluations)
        self._stagnant = 0 if best < self._best else self._stagnant + 1
        self._best = min(best, self._best)
        met = {
            "budget.loss": budget.loss is not None and self._best <= budget.loss,
            self._evaluations(): number >= budget.most_evaluations,
            "budget.generations": budget.generations is not None and generations >= budget.generations,
            "budget.stagnation": budget.stagnation is not None and self._stagnant >= budget.stagnation,
            "budget.wall_time_s": self.out_of_time(),
        }
        return next((entry for entry, is_met in met.items() if is_met), "")

    def check_hope(self, evaluations: list[Evaluation]) -> None:
        """Raises TunerError if all of the first evaluations failed alike."""
        if len(evaluations) >= min(FIRST_FAILURES, self._budget.most_evaluations) and are_hopeless(evaluations):
            raise TunerError(f"all of the first {len(evaluations)} evaluations {failure_of_all(evaluations)}")

    def _evaluations(self) -> str:
        is_evaluations = self._budget.evaluations == self._budget.most_evaluations
        return "budget.evaluations" if is_evaluations else "budget.simulations"
