"""Decide when a run ends: a budget entry is met, an observer asks for the end, or all first evaluations failed."""

import math
import time
from collections.abc import Callable, Iterable

from tuner.errors import TunerError
from tuner.evaluation import Evaluation, are_hopeless, failure_of_all
from tuner.search import silence
from tuner.study.study import Study

FIRST_FAILURES = 10


class Ending:
    """Decide which entry of the budget ends the run.

    `wall_time_before_s` is the wall time of earlier starts of the run [s]. `stop_reason` returns the reason to end the
    run before the budget is used up, or "" to continue.
    """

    def __init__(self, study: Study, wall_time_before_s: float, stop_reason: Callable[[], str] = str) -> None:
        self._stop_reason = stop_reason
        self._budget, self._most = study.budget, study.most_evaluations
        self._protocols, self._each = len(study.protocols), study.simulations_each
        self._deadline = time.monotonic() + (self._budget.wall_time_s or math.inf) - wall_time_before_s
        self._keeps_going = study.simulation.keep_going
        self._best = math.inf
        self._stagnant = 0

    def out_of_time(self) -> bool:
        """Return whether the wall time is used up."""
        return time.monotonic() > self._deadline

    def is_due(self) -> bool:
        """Return whether no further evaluation may begin, although the budget has evaluations left."""
        return self.out_of_time() or bool(self._stop_reason())

    def affordable(self, number: int, saved: int = 0) -> int | None:
        """Return the number of evaluations that the budget allows after the first `number`; `None` for no limit.

        `saved` is the number of simulations that racing has saved among the first `number` evaluations.
        """
        budget, most = self._budget, []
        if budget.evaluations is not None:
            most.append(budget.evaluations - number)
        if budget.simulations is not None:
            most.append((budget.simulations - number * self._each + saved) // self._each)
        return max(0, min(most)) if most else None

    def saved(self, evaluations: Iterable[Evaluation]) -> int:
        """Return the number of simulations that racing has saved."""
        return sum(self._each - evaluation.repeats * self._protocols for evaluation in evaluations)

    def within_generation(self) -> str:
        """Return the reason for an end within a generation: an entry of the budget, or the reason of an observer."""
        return self._stop_reason() or ("budget.wall_time_s" if self.out_of_time() else self._evaluations())

    def after_generation(self, generations: int, evaluations: list[Evaluation], told: list[Evaluation]) -> str:
        """Return the entry of the budget that ends the run after this generation, or "" to continue.

        `evaluations` is the generation, and `told` are all evaluations so far, with the generation at the end. If an
        observer has asked for the end, its reason is returned.
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
        """Raise TunerError if all of the first evaluations failed alike.

        With `simulation.keep_going`, aborted evaluations do not end the run.
        """
        if self._keeps_going and any(evaluation.status == "aborted" for evaluation in evaluations):
            return
        if len(evaluations) >= min(FIRST_FAILURES, self._most) and are_hopeless(evaluations):
            advice = f"; {silence.ADVICE}" if silence.has_silent(evaluations) else ""
            raise TunerError(f"all of the first {len(evaluations)} evaluations {failure_of_all(evaluations)}{advice}")

    def _evaluations(self) -> str:
        return "budget.evaluations" if self._budget.evaluations == self._most else "budget.simulations"
