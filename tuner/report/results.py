"""The results of a run and of a check, as a person at a notebook has them."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tuner.report import status, summary
from tuner.report.result_data import CheckData, RunData
from tuner.runs import run_folder
from tuner.study.resolved import ResolvedStudy
from tuner.words import short

if TYPE_CHECKING:
    import pandas

# What a column of values holds, by the parameter's kind.
DTYPES = {"float": "float64", "int": "int64", "choice": "object"}


class Printer(Protocol):
    """What IPython hands to an object that shows itself."""

    def text(self, words: str, /) -> None:
        """Write a text."""


class _Readable(ABC):
    """What is shown as its lines where it is printed, or stands at the end of a notebook's cell."""

    study: ResolvedStudy

    @abstractmethod
    def lines(self) -> Iterator[str]:
        """Yield the lines that a person reads."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.study.name}>"

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def _repr_pretty_(self, printer: Printer, cycle: bool) -> None:
        """What IPython and Jupyter show."""
        printer.text(str(self))


@dataclass(frozen=True, repr=False)
class Run(RunData, _Readable):
    """A run: its folder, which budget entry ended it, all evaluations, best.json and manifest.json as plain tables.

    Of one that has not ended yet `ended` is "", and `best` empty unless it had ended before, with a smaller budget.
    """

    @classmethod
    def load(cls, run: str | Path, runs: str | Path = "runs") -> "Run":
        """A run, finished or still going, from its files alone: a name in the runs folder, or a run folder's path.

        StudyError if there is none, StoreError if its files are damaged.
        """
        return cls.read(run_folder.find(str(run), Path(runs)).absolute())

    def to_dataframe(self) -> "pandas.DataFrame":
        """A row for each evaluation, by its number; nan where one that failed or was aborted has nothing.

        Columns: generation, status, loss, violation; values.NAME of each parameter; features.NAME and parts.NAME of
        each target; objectives.NAME where there are several; seconds, reason. What stands before the first dot keeps
        a parameter and a target of one name apart.
        """
        import pandas

        index = pandas.Index([evaluation.number for evaluation in self.evaluations], dtype="int64", name="number")
        columns = {name: pandas.Series(column, index, dtype) for name, dtype, column in self._columns()}
        return pandas.DataFrame(columns, index)

    def _columns(self) -> Iterator[tuple[str, str | type, list[Any]]]:
        """Name, type and content of each column."""
        rows, targets = self.evaluations, [target.name for target in self.study.targets]
        yield "generation", "int64", [e.generation for e in rows]
        yield "status", str, [e.status for e in rows]
        yield "loss", "float64", [math.nan if e.loss is None else e.loss for e in rows]
        yield "violation", "float64", [math.nan if e.loss is None else e.violation for e in rows]
        for parameter in self.study.space.parameters:
            yield f"values.{parameter.name}", DTYPES[parameter.kind], [e.values[parameter.name] for e in rows]
        yield from _numbers("features", targets, [e.features for e in rows])
        yield from _numbers("parts", targets, [e.parts for e in rows])
        objectives = dict.fromkeys(name for e in rows for name in e.objectives)
        if len(objectives) > 1:
            yield from _numbers("objectives", objectives, [e.objectives for e in rows])
        yield "seconds", "float64", [e.seconds for e in rows]
        yield "reason", str, [e.reason for e in rows]

    @property
    def pictures(self) -> dict[str, Path]:
        """The report's PNGs by name: raster (raster_NAME of each of several protocols), fitness, parameters, pareto."""
        return {path.stem: path for path in sorted(self.report.parent.glob("*.png"))}

    def lines(self) -> Iterator[str]:
        """What a run ends with, or how far it is; the report's path as seen from the working directory."""
        if not self.ended:
            yield from status.lines(status.read(self.folder))
            return
        yield from summary.of_result(self)
        yield f"Report: {short(self.report)}"


def _numbers(
    group: str, names: Iterable[str], rows: Sequence[dict[str, float]]
) -> Iterator[tuple[str, str, list[float]]]:
    for name in names:
        yield f"{group}.{name}", "float64", [row.get(name, math.nan) for row in rows]


@dataclass(frozen=True, repr=False)
class Check(CheckData, _Readable):
    """What a check found: the resolved study, sizes of populations, units, the start point's evaluation,
    for each parameter how the network follows it and why, whether synapses are shared, the most evaluations that a run
    makes (inf if nothing says), and the memory that its workers need (None if it could not be measured)."""

    def lines(self) -> Iterator[str]:
        """What the command `check` says."""
        return summary.of_check(self)
