"""Observe a run: follow the evaluations and generations, and end the run early if needed."""

import itertools
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from tuner.evaluation import Evaluation
from tuner.study.resolved import ResolvedStudy

log = logging.getLogger(__name__)


class Observer:
    """Follow a run, and end the run early if needed.

    The base class does nothing; a subclass overrides the methods that it needs. The methods are called in this order:

    1. `on_start`,
    2. `on_resume`, if evaluations of an earlier start are stored,
    3. `on_result` for each new evaluation, and `on_generation` for each generation, also of an earlier start,
    4. `on_end`,
    5. `on_stage` for each later stage with several simulations, such as the verification or the probes.

    `stop_reason` is called after each new evaluation and generation. An error in `on_generation` is logged as a
    warning. An error in another method ends the run at once.

    Examples
    --------
    >>> class Patience(Observer):
    ...     good = False
    ...     def on_result(self, evaluation):
    ...         self.good = self.good or evaluation.ranking_loss < 1
    ...     def stop_reason(self):
    ...         return "a loss below 1" if self.good else ""
    """

    def on_start(self, study: ResolvedStudy, stored: int) -> None:
        """Handle the start of the loop; `stored` is the number of evaluations of earlier starts."""

    def on_resume(self, evaluations: list[Evaluation]) -> None:
        """Handle the evaluations of earlier starts, in the order of evaluation numbers."""

    def on_result(self, evaluation: Evaluation) -> None:
        """Handle a new evaluation, which is stored already."""

    def on_generation(self, generation: int, evaluations: list[Evaluation], survivors: list[int]) -> None:
        """Handle a complete generation.

        `survivors` are the numbers of the evaluations that the optimiser keeps in its population. The list is empty for
        optimisers without a population. Evaluations of another run (`start_from`) are left out. An error here becomes
        a warning.
        """

    def stop_reason(self) -> str:
        """Return the reason to end the run, or "" to continue.

        Running evaluations are finished first. Then the best evaluation is verified and reported, and `Run.ended` holds
        the reason. The same call without this observer continues the run, as with a larger budget.
        """
        return ""

    def on_end(self) -> None:
        """Handle the end of the loop, also after an error."""

    def on_stage(self, name: str, done: int, total: int) -> None:
        """Handle the progress of a stage after the loop; `done` is 0 at the beginning, and `total` at the end."""


# Earlier name of the base class, kept for users' code.
Progress = Observer


class Observers(Observer):
    """Combine several observers; each is called in the given order."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._all = tuple(observers)

    @classmethod
    def of(cls, given: Observer | Sequence[Observer] | None) -> "Observers":
        """Return a composite of an observer, of a sequence of observers, or of no observer (`None`)."""
        if given is None:
            return cls(())
        return cls(given if isinstance(given, Sequence) else (given,))

    def on_start(self, study: ResolvedStudy, stored: int) -> None:
        """Tell each observer."""
        for each in self._all:
            each.on_start(study, stored)

    def on_resume(self, evaluations: list[Evaluation]) -> None:
        """Tell each observer."""
        for each in self._all:
            each.on_resume(evaluations)

    def on_result(self, evaluation: Evaluation) -> None:
        """Tell each observer."""
        for each in self._all:
            each.on_result(evaluation)

    def on_generation(self, generation: int, evaluations: list[Evaluation], survivors: list[int]) -> None:
        """Tell each observer; an error in one observer becomes a warning, and the others are still told."""
        for each in self._all:
            try:
                each.on_generation(generation, evaluations, survivors)
            except Exception as error:
                log.warning("generation %d: on_generation raised %s: %s", generation, type(error).__name__, error)

    def stop_reason(self) -> str:
        """Return the first reason that an observer gives, or ""."""
        return next((str(reason) for each in self._all if (reason := each.stop_reason())), "")

    def on_end(self) -> None:
        """Tell each observer, even if another one raises."""
        with ExitStack() as stack:
            for each in reversed(self._all):
                stack.callback(each.on_end)

    def on_stage(self, name: str, done: int, total: int) -> None:
        """Tell each observer."""
        for each in self._all:
            each.on_stage(name, done, total)

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[Callable[[], None]]:
        """Tell each observer of a stage, and yield a function to call after each of `total` steps."""
        if not total:
            yield lambda: None
            return
        numbers = itertools.count(1)
        self.on_stage(name, 0, total)
        try:
            yield lambda: self.on_stage(name, min(next(numbers), total), total)
        finally:
            self.on_stage(name, total, total)
