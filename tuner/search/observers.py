"""Observers of a run: they are told of its evaluations and generations, and may end it."""

import logging
from collections.abc import Sequence
from contextlib import ExitStack

from tuner.evaluation import Evaluation
from tuner.study.resolved import ResolvedStudy

log = logging.getLogger(__name__)


class Observer:
    """An observer that does nothing; a subclass defines the methods that it needs.

    Order of the calls: `on_start`; `on_resume` if there are evaluations of an earlier start; `on_result` for each new
    evaluation and `on_generation` for each generation, those of an earlier start included; `on_end`. Except in
    `on_generation`, an error that a method raises ends the run at once.
    """

    def on_start(self, study: ResolvedStudy, stored: int) -> None:
        """The loop begins with `stored` evaluations of an earlier start."""

    def on_resume(self, evaluations: list[Evaluation]) -> None:
        """The run goes on from the evaluations of an earlier start, by number."""

    def on_result(self, evaluation: Evaluation) -> None:
        """An evaluation has been made and stored."""

    def on_generation(self, generation: int, evaluations: list[Evaluation], survivors: list[int]) -> None:
        """A generation is complete; `survivors` are the numbers of this run's that the optimiser keeps, if it does.

        What it raises becomes a warning.
        """

    def stop_reason(self) -> str:
        """Return why the run is to end, "" to go on; asked after each new evaluation and generation.

        The evaluations under way are finished, then the best is verified and reported, and `Run.ended` is the reason.
        The same call without this observer goes on, as with a larger budget.
        """
        return ""

    def on_end(self) -> None:
        """The loop has ended, whatever the reason."""


# Earlier name of the base class, which users' code has.
Progress = Observer


class Observers(Observer):
    """Several observers as one: each is told, in their order."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._all = tuple(observers)

    @classmethod
    def of(cls, given: Observer | Sequence[Observer] | None) -> "Observers":
        """Return an observer, a sequence of observers, or None as one composite."""
        if given is None:
            return cls(())
        return cls(given if isinstance(given, Sequence) else (given,))

    def on_start(self, study: ResolvedStudy, stored: int) -> None:
        """Tell each."""
        for each in self._all:
            each.on_start(study, stored)

    def on_resume(self, evaluations: list[Evaluation]) -> None:
        """Tell each."""
        for each in self._all:
            each.on_resume(evaluations)

    def on_result(self, evaluation: Evaluation) -> None:
        """Tell each."""
        for each in self._all:
            each.on_result(evaluation)

    def on_generation(self, generation: int, evaluations: list[Evaluation], survivors: list[int]) -> None:
        """Tell each; an error of one is a warning, and the others are told nevertheless."""
        for each in self._all:
            try:
                each.on_generation(generation, evaluations, survivors)
            except Exception as error:
                log.warning("generation %d: on_generation raised %s: %s", generation, type(error).__name__, error)

    def stop_reason(self) -> str:
        """Return the first reason that an observer has; "" if none has one."""
        return next((str(reason) for each in self._all if (reason := each.stop_reason())), "")

    def on_end(self) -> None:
        """Tell each, also where one raises."""
        with ExitStack() as stack:
            for each in reversed(self._all):
                stack.callback(each.on_end)
