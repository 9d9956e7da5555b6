"""Show the results of a run and of a check in Python and in notebooks."""

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
from tuner.words import one_line, short

if TYPE_CHECKING:
    import pandas

# Types of the columns of parameter values, by the kind of the parameter.
DTYPES = {"float": "float64", "int": "int64", "choice": "object"}


class Printer(Protocol):
    """Describe the printer that IPython passes to `_repr_pretty_`."""

    def text(self, words: str, /) -> None:
        """Write a text."""


class _Readable(ABC):
    """Show an object as lines of text, when printed and as the output of a notebook cell."""

    study: ResolvedStudy

    @abstractmethod
    def lines(self) -> Iterator[str]:
        """Yield the lines of text."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {one_line(self.study.name)}>"

    def __str__(self) -> str:
        return "\n".join(map(one_line, self.lines()))

    def _repr_pretty_(self, printer: Printer, cycle: bool) -> None:
        """Print the lines in IPython and Jupyter."""
        printer.text(str(self))


@dataclass(frozen=True, repr=False)
class Run(RunData, _Readable):
    """Hold the results of a run, finished or still running. `tune` and `Run.load` return one.

    `print(run)` shows the summary of a finished run, or the status of an unfinished one.

    Attributes
    ----------
    study : ResolvedStudy
        The study with all default values filled in.
    folder : Path
        The run folder.
    ended : str
        The entry of the budget that ended the run, for example "budget.evaluations", or the reason of an observer. It
        is "" if the run has not ended yet.
    evaluations : list of Evaluation
        All evaluations, in the order of their numbers.
    best : dict
        The content of best.json: the best evaluation, the verification by plain NetPyNE, and the held-out tests. It is
        empty if the run has not ended yet. If the run has ended before with a smaller budget, it is the content of that
        time.
    manifest : dict
        The content of manifest.json: the identity of the study, versions, files and starts.
    probes : list of Probe
        All stored probes, also the probes of an earlier best evaluation (`Probe.best` is its number).

    Examples
    --------
    >>> from tuner import Run
    >>> run = Run.load("sensory_motor")
    >>> run.best_evaluation.loss
    0.1
    >>> run.to_dataframe().nsmallest(3, "loss")[["values.weight", "features.mean_rate"]]
    """

    @classmethod
    def load(cls, run: str | Path, runs: str | Path = "runs") -> "Run":
        """Load a run from the files of the run folder, without NEURON and while the run is still running.

        Parameters
        ----------
        run
            Name of a run in the runs folder, or the path of a run folder.
        runs
            Folder that holds the run folders.

        Returns
        -------
        Run
            The run as it is stored now. Load again to see later evaluations.

        Raises
        ------
        StudyError
            There is no such run.
        StoreError
            A file of the run folder is damaged.
        """
        return cls.read(run_folder.find(str(run), Path(runs)).absolute())

    def to_dataframe(self) -> "pandas.DataFrame":
        """Return all evaluations as a data frame, one row per evaluation, indexed by the evaluation number.

        Returns
        -------
        pandas.DataFrame
            Columns: generation, status, loss, violation; values.NAME of each parameter; features.NAME and parts.NAME
            of each target (`parts` are the terms of the loss); objectives.NAME if there are several objectives;
            seconds, reason. The word before the first dot separates a parameter and a target of the same name.
            Numbers that a failed or aborted evaluation does not have are nan.
        """
        import pandas

        index = pandas.Index([evaluation.number for evaluation in self.evaluations], dtype="int64", name="number")
        columns = {name: pandas.Series(column, index, dtype) for name, dtype, column in self._columns()}
        return pandas.DataFrame(columns, index)

    def _columns(self) -> Iterator[tuple[str, str | type, list[Any]]]:
        """Yield name, type and content of each column."""
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
        """Return the PNG files of the report by name.

        Names: raster (raster_NAME for each of several protocols), fitness, parameters; pareto for two objectives; sweep
        and intervals for a sweep. Empty if the report has not been written yet.
        """
        return {path.stem: path for path in sorted(self.report.parent.glob("*.png"))}

    def lines(self) -> Iterator[str]:
        """Yield the summary of a finished run, or the status of an unfinished one."""
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
    """Hold the results of a check. `tuner.check` returns one; `print(check)` shows the same lines as the command.

    Attributes
    ----------
    study : ResolvedStudy
        The study with all default values filled in.
    populations : dict of str to int
        Number of cells of each population.
    units : dict of str to str
        Units of the model's parameters.
    evaluation : Evaluation
        The start point, evaluated on the warm network.
    workers : int
        Number of simulations at a time.
    changes : dict of str to tuple of str
        For each parameter, how the network follows a change ("untouched", "in place", "rewired", "rebuilt"), and why.
    sharing : Sharing
        Whether synapses are shared, and why.
    engine : Engine
        Which engine simulates, "neuron" or "coreneuron", and why.
    reuse : Reuse
        The most that simulations share, "in place", "rebuilt" or "fresh process", and why.
    most : float
        Maximum number of evaluations of a run, `inf` without a limit.
    memory : Demand or None
        Memory that the workers need, `None` if it could not be measured.
    notes : tuple of str
        Warnings about the start point: silent populations, and rules for early aborts that the start point breaks.
    expected_s : dict of str to float or None
        Expected wall time of each stage of a run [s], `None` if the budget does not limit the time.
    """

    def lines(self) -> Iterator[str]:
        """Yield the lines of the command `check`."""
        return summary.of_check(self)
