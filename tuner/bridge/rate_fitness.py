"""Whether a script's fitnessFunc is NetPyNE's usual one, so that the rates behind it are known."""

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
    """NetPyNE's usual fitness of a study's targets: the mean of the parts of some rates, by window."""

    windows: Mapping[Window | None, tuple[str, ...]]

    @classmethod
    def of(cls, study: Study) -> "RateFitness":
        """That of the targets that a script's table of rates has become; empty if there are none."""
        windows: dict[Window | None, list[str]] = {}
        for target in study.targets:
            if target.name.startswith(f"{RATES}."):
                windows.setdefault(target.window_ms, []).append(target.name)
        return cls({window: tuple(names) for window, names in windows.items()})

    def value(self, evaluation: Evaluation, windows: Iterable[Window | None] | None = None) -> float:
        """The usual fitness of an evaluation, over all windows or some."""
        names = [name for window in (self.windows if windows is None else windows) for name in self.windows[window]]
        return math.fsum(evaluation.parts[name] for name in names) / len(names)

    def agrees(self, evaluation: Evaluation, windows: Iterable[Window | None] | None = None) -> bool:
        """Whether the script's own fitness is that."""
        own = evaluation.features.get(FITNESS)
        return own is not None and math.isclose(own, self.value(evaluation, windows), rel_tol=1e-9)

    def words(self, evaluations: Iterable[Evaluation]) -> str:
        """What the evaluations show of the script's fitness; "" where nothing is known of it."""
        done = [evaluation for evaluation in evaluations if evaluation.done]
        if not self.windows or not done:
            return ""
        if all(map(self.agrees, done)):
            return f"fitnessFunc is NetPyNE's usual one (in all {len(done)} evaluations): {LOOK} looks behind it"
        for window in self.windows if len(self.windows) > 1 else ():
            if window is not None and all(self.agrees(evaluation, [window]) for evaluation in done):
                how = f"{LOOK} {_set(window)} looks behind it"
                return f"fitnessFunc is NetPyNE's usual one of {_shown(window)} alone: {how}"
        return "fitnessFunc has a table of rates, but is not NetPyNE's usual one: a black box"


def _shown(window: Window) -> str:
    return f"{window[0]:g}-{window[1]:g} ms"


def _set(window: Window) -> str:
    return f"--set 'targets.rates.tranges=[[{window[0]:g}, {window[1]:g}]]'"


class FitnessCheck(Observer):
    """Raise StudyError where a search looks at rates that do not decide the fitness."""

    def __init__(self, study: Study) -> None:
        self._usual = RateFitness.of(study)
        self._looks = any(target.counts and target.name.startswith(f"{RATES}.") for target in study.targets)

    def on_result(self, evaluation: Evaluation) -> None:
        """Compare the script's fitness with NetPyNE's usual one of the rates."""
        if self._looks and evaluation.done and not self._usual.agrees(evaluation):
            raise StudyError(
                f"fitnessFunc gave {evaluation.features.get(FITNESS)}, NetPyNE's usual one of these rates would give"
                f" {self._usual.value(evaluation):.6g}: {self._advice(evaluation)}"
            )

    def _advice(self, evaluation: Evaluation) -> str:
        for window in self._usual.windows:
            if window is not None and self._usual.agrees(evaluation, [window]):
                return f"it is that of {_shown(window)} alone, so say {_set(window)} --fresh"
        return "what is behind it is not known; choose an optimiser of one loss (custom, cma_es)"
