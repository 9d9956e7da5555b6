"""Prepare the data of a sweep, a grid of one or two parameters, for the pictures and the terminal."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tuner.evaluation import Evaluation
from tuner.protocols import DEFAULT
from tuner.recording import Recording
from tuner.report.result_data import RunData
from tuner.runs import rasters
from tuner.study.space import Parameter
from tuner.study.study import Study
from tuner.words import cut, shown

GRID, MOST_PARAMETERS = "grid", 2
# The limit for one evaluation and population; more intervals would not change the picture.
MOST_INTERVALS = 2000
# Pictures beside the report's page.
FILES = FEATURES, INTERVALS = "sweep.png", "intervals.png"


@dataclass(frozen=True)
class Intervals:
    """Hold the inter-spike intervals [ms] of a population in a window, and the evaluation number of each, both (n,)."""

    label: str
    numbers: np.ndarray
    intervals_ms: np.ndarray


def swept(study: Study) -> list[Parameter]:
    """Return the parameters that a study varies."""
    return [parameter for parameter in study.space.parameters if parameter.varies]


def is_sweep(study: Study) -> bool:
    """Return whether a study is a grid of one or two parameters."""
    return study.optimizer_table.get("name") == GRID and 1 <= len(swept(study)) <= MOST_PARAMETERS


def checked(study: Study) -> Study:
    """Return the study, set to keep all spikes if intervals are drawn; raise StudyError if the study is not a sweep.

    A sweep is a grid of one or two parameters. Intervals are drawn for one parameter.
    """
    name, parameters = study.optimizer_table.get("name"), swept(study)
    if name != GRID:
        words = f"is {shown(name)}" if name else "is missing"
        raise study.place.at("optimizer").at("name").error(f"{words}; a sweep needs {GRID!r}")
    if not is_sweep(study):
        names = cut(", ".join(parameter.name for parameter in parameters))
        words = f"has {len(parameters)} free parameters ({names}); a sweep draws one or two"
        raise study.place.at("parameters").error(f"{words}, so give the others `fixed = true`")
    if len(parameters) > 1:
        return study
    return replace(study, simulation=replace(study.simulation, keep_spikes=True))


def lines(run: RunData) -> Iterator[str]:
    """Yield the paths of the pictures, and a note about intervals that cannot be drawn."""
    names = " and ".join(parameter.name for parameter in swept(run.study))
    files = [run.report.parent / name for name in FILES]
    yield f"Sweep of {names}: {', '.join(str(file) for file in files if file.exists())}"
    unkept = [e for e in run.evaluations if e.done and rasters.read_spikes(run.folder, e.number) is None]
    if unkept and len(swept(run.study)) == 1:
        yield (
            f"The spikes of {len(unkept)} of {len(run.evaluations)} evaluations were not kept, so their intervals are"
            " not drawn; sweep again with --fresh to draw all of them"
        )


def intervals(study: Study, folder: Path, evaluations: Sequence[Evaluation]) -> list[Intervals]:
    """Return the inter-spike intervals for each population and window in which a target measures spikes.

    Only evaluations with kept spikes are included. More than 2000 intervals in one evaluation are replaced by 2000
    quantiles. Populations without an interval are left out.
    """
    kept = {e.number: rasters.read_spikes(folder, e.number) for e in evaluations}
    known = {number: recordings for number, recordings in kept.items() if recordings}
    places = dict.fromkeys((t.protocol, t.population, t.window_ms) for t in study.targets if t.reads_spikes_alone)
    found = [_of_place(known, *place) for place in places]
    return [each for each in found if len(each.numbers)]


def _of_place(
    kept: Mapping[int, Mapping[str, Recording]],
    protocol: str,
    population: str,
    window_ms: tuple[float, float] | None,
) -> Intervals:
    each = {n: _thinned(r[protocol].spikes(population, window_ms).intervals[0]) for n, r in kept.items()}
    numbers = np.repeat(np.array([*each], int), [len(some) for some in each.values()])
    window = f", {window_ms[0]:g} to {window_ms[1]:g} ms" if window_ms else ""
    label = f"{population}{window}" + (f", {protocol}" if protocol != DEFAULT else "")
    return Intervals(label, numbers, np.concatenate([*each.values(), np.empty(0)]))


def _thinned(intervals_ms: np.ndarray) -> np.ndarray:
    if len(intervals_ms) <= MOST_INTERVALS:
        return intervals_ms
    quantiles: np.ndarray = np.quantile(intervals_ms, np.linspace(0.0, 1.0, MOST_INTERVALS))
    return quantiles
