"""Show a run on the terminal while the search goes on: the lines of the log above a progress bar."""

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
from tuner.words import Alarm, colored, one_line

BAR = "{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} evaluations{postfix}, {rate_fmt}, {remaining} left"
STAGE_BAR = "{desc} |{bar}| {n_fmt}/{total_fmt}, {elapsed} so far"
# A bar for a stage appears after this time [s].
LONG_S = 5.0
OPEN_BAR = "{n_fmt} evaluations{postfix}, {rate_fmt}, {elapsed} so far"


class Bar(Observer):
    """Show a progress bar on standard error: evaluations done, best loss, evaluations per second, time left.

    Examples
    --------
    >>> from tuner import Study, tune
    >>> from tuner.progress import Bar
    >>> run = tune(Study.load("sensory_motor"), progress=Bar())
    """

    _bar: "tqdm[NoReturn]"

    def on_start(self, study: ResolvedStudy, stored: int) -> None:
        """Draw the bar with `stored` evaluations done; without a limit on evaluations, show the elapsed time."""
        most = most_evaluations(study)
        total = int(most) if math.isfinite(most) else None
        self._best: Evaluation | None = None
        self._bar = tqdm(
            total=total, initial=min(stored, total or stored), bar_format=BAR if total else OPEN_BAR, leave=False,
            dynamic_ncols=True, file=sys.stderr, postfix="no loss yet", unit=" ev",
        )  # fmt: skip

    def on_resume(self, evaluations: list[Evaluation]) -> None:
        """Show the best loss of an earlier start."""
        self._show_best(evaluations)
        self._bar.refresh()

    def on_result(self, evaluation: Evaluation) -> None:
        """Advance the bar by one evaluation, and update the best loss."""
        self._show_best([evaluation])
        self._bar.update()

    def _show_best(self, evaluations: list[Evaluation]) -> None:
        self._best = best_of(filter(None, (self._best, *evaluations)))
        if self._best is not None:
            self._bar.set_postfix_str(f"best loss {self._best.shown_loss()}", refresh=False)

    def on_end(self) -> None:
        """Remove the bar."""
        self._bar.close()

    def on_stage(self, name: str, done: int, total: int) -> None:
        """Show a bar as long as the stage lasts; the bar appears only after some seconds."""
        if done == 0 < total:
            self._bar = tqdm(
                total=total, desc=one_line(name, sys.stderr.encoding), bar_format=STAGE_BAR, leave=False,
                dynamic_ncols=True, file=sys.stderr, delay=LONG_S,
            )  # fmt: skip
        self._bar.update(done - self._bar.n)
        if done == total:
            self._bar.close()


class SignalCheck(Observer):
    """Raise KeyboardInterrupt again after an evaluation during which the KeyboardInterrupt of a signal was lost."""

    def on_result(self, evaluation: Evaluation) -> None:
        """Raise KeyboardInterrupt if a signal has arrived."""
        self.on_stage("", 0, 0)

    def on_stage(self, name: str, done: int, total: int) -> None:
        """Raise KeyboardInterrupt if a signal has arrived."""
        if signals.received:
            raise KeyboardInterrupt


class Console(logging.Handler):
    """Show the log above the bar: warnings on standard error, other messages there or on standard output."""

    def __init__(self, level: int = logging.NOTSET, *, on_stdout: bool = True) -> None:
        super().__init__(level)
        self._on_stdout = on_stdout

    def emit(self, record: logging.LogRecord) -> None:
        """Print the message of a record."""
        try:
            # An alarm is a message without arguments.
            line = record.msg if isinstance(record.msg, Alarm) else record.getMessage()
            stream = sys.stdout if self._on_stdout else sys.stderr
            if record.levelno >= logging.WARNING:
                line, stream = f"{record.levelname.lower()}: {line}", sys.stderr
            tqdm.write(colored(line, stream), file=stream)
            stream.flush()
        except (OSError, ValueError):
            # The reader has closed the pipe; the run goes on without output.
            self.setLevel(logging.CRITICAL + 1)


def make(*, quiet: bool) -> Observer:
    """Return a progress bar if standard error is a terminal and `quiet` is not set, else an idle observer."""
    return Observer() if quiet or not sys.stderr.isatty() else Bar()
