"""What a person sees while a run goes on: the log's lines, and above a terminal's last line one bar."""

import logging
import math
import sys
from typing import NoReturn

from tqdm import tqdm

from tuner import signals
from tuner.evaluation import Evaluation, best_of
from tuner.optimizers.resolution import most_evaluations
from tuner.search.observers import Observer as Observer
from tuner.search.observers import Progress as Progress
from tuner.study.resolved import ResolvedStudy

BAR = "{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} evaluations{postfix}, {rate_fmt}, {remaining} left"
OPEN_BAR = "{n_fmt} evaluations{postfix}, {rate_fmt}, {elapsed} so far"


class Bar(Observer):
    """A bar on the terminal: evaluations done, best loss, evaluations per second, time left."""

    _bar: "tqdm[NoReturn]"

    def on_start(self, study: ResolvedStudy, stored: int) -> None:
        """Draws the bar."""
        most = most_evaluations(study)
        total = int(most) if math.isfinite(most) else None
        self._best: Evaluation | None = None
        self._bar = tqdm(
            total=total, initial=min(stored, total or stored), bar_format=BAR if total else OPEN_BAR, leave=False,
            dynamic_ncols=True, file=sys.stderr, postfix="no loss yet", unit=" ev",
        )  # fmt: skip

    def on_resume(self, evaluations: list[Evaluation]) -> None:
        """Show the best of an earlier start."""
        self._show_best(evaluations)
        self._bar.refresh()

    def on_result(self, evaluation: Evaluation) -> None:
        """Moves the bar."""
        self._show_best([evaluation])
        self._bar.update()

    def _show_best(self, evaluations: list[Evaluation]) -> None:
        self._best = best_of(filter(None, (self._best, *evaluations)))
        if self._best is not None:
            self._bar.set_postfix_str(f"best loss {self._best.shown_loss()}", refresh=False)

    def on_end(self) -> None:
        """Takes the bar away."""
        self._bar.close()


class SignalCheck(Observer):
    """Raise KeyboardInterrupt after an evaluation during which a signal came and its own KeyboardInterrupt was lost."""

    def on_result(self, evaluation: Evaluation) -> None:
        """Look whether a signal came."""
        if signals.received:
            raise KeyboardInterrupt


class Console(logging.Handler):
    """Shows the log above the bar: its lines on standard output, warnings on standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        """Prints the record's message."""
        try:
            if record.levelno >= logging.WARNING:
                tqdm.write(f"{record.levelname.lower()}: {record.getMessage()}", file=sys.stderr)
            else:
                tqdm.write(record.getMessage(), file=sys.stdout)
                sys.stdout.flush()
        except (OSError, ValueError):
            # Whoever was reading has gone, which is no reason to end the run.
            self.setLevel(logging.CRITICAL + 1)


def make(*, quiet: bool) -> Observer:
    """A bar where someone can see it, else nothing."""
    return Observer() if quiet or not sys.stderr.isatty() else Bar()
