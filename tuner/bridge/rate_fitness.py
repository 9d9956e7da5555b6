"""Test whether a script's fitnessFunc is NetPyNE's usual fitness, which is a known function of rates."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tuner.errors import StudyError
from tuner.evaluation import Evaluation
from tuner.search.observers import Observer
from tuner.study.study import Study

FITNESS, RATES = "fitness", "rates"
Window = tuple[float, float]
LOOK = "--set optimizer.name=least_squares --fresh"


@dataclass(frozen=True)
class RateFitness:
    """Compute NetPyNE's usual fitness from a study's targets: the mean of the terms of some rates, by window."""

    windows: Mapping[Window | None, tuple[str, ...]]

    @classmethod
    def of(cls, study: Study) -> "RateFitness":
        """Return the usual fitness of the targets made from a script's table of rates; empty without such targets."""
        windows: dict[Window | None, list[str]] = {}
        for target in study.targets:
            if target.name.startswith(f"{RATES}."):
                windows.setdefault(target.window_ms, []).append(target.name)
        return cls({window: tuple(names) for window, names in windows.items()})

    def value(self, evaluation: Evaluation, windows: Iterable[Window | None] | None = None) -> float:
        """Return the usual fitness of an evaluation, over all windows or the given windows."""
        names = [name for window in (self.windows if windows is None else windows) for name in self.windows[window]]
        return math.fsum(evaluation.parts[name] for name in names) / len(names)

    def agrees(self, evaluation: Evaluation, windows: Iterable[Window | None] | None = None) -> bool:
        """Return whether the script's own fitness equals the usual fitness."""
        own = evaluation.features.get(FITNESS)
        return own is not None and math.isclose(own, self.value(evaluation, windows), rel_tol=1e-9)

    def words(self, evaluations: Iterable[Evaluation]) -> str:
        """Return a sentence on the script's fitness, as far as the evaluations show; "" if nothing is known."""
        done = [evaluation for evaluation in evaluations if evaluation.done]
        if not self.windows or not done:
            return ""
        if all(map(self.agrees, done)):
            words = f"fitnessFunc equals NetPyNE's usual rate fitness in all {len(done)} evaluations"
            return f"{words}; add {LOOK} to fit each rate by itself"
        for window in self.windows if len(self.windows) > 1 else ():
            if window is not None and all(self.agrees(evaluation, [window]) for evaluation in done):
                words = f"fitnessFunc equals NetPyNE's usual rate fitness of {_shown(window)} alone"
                return f"{words}; add {LOOK} {_set(window)} to fit each rate by itself"
        return "fitnessFunc has a table of rates, but is not NetPyNE's usual rate fitness; the rates cannot be fitted"


def _shown(window: Window) -> str:
    return f"{window[0]:g}-{window[1]:g} ms"


def _set(window: Window) -> str:
    return f"--set 'targets.rates.tranges=[[{window[0]:g}, {window[1]:g}]]'"


class FitnessCheck(Observer):
    """Raise StudyError if a search uses rates that do not decide the fitness."""

    def __init__(self, study: Study) -> None:
        self._usual = RateFitness.of(study)
        self._looks = any(target.counts and target.name.startswith(f"{RATES}.") for target in study.targets)

    def on_result(self, evaluation: Evaluation) -> None:
        """Compare the script's fitness with NetPyNE's usual fitness of the rates."""
        if self._looks and evaluation.done and not self._usual.agrees(evaluation):
            raise StudyError(
                f"fitnessFunc returned {evaluation.features.get(FITNESS)}, but NetPyNE's usual fitness of these rates"
                f" is {self._usual.value(evaluation):.6g}: {self._advice(evaluation)}"
            )

    def _advice(self, evaluation: Evaluation) -> str:
        for window in self._usual.windows:
            if window is not None and self._usual.agrees(evaluation, [window]):
                return f"the fitness is that of {_shown(window)} alone; add {_set(window)} --fresh"
        return "the fitness does not follow from the rates; choose an optimiser of one loss (custom, cma_es)"
