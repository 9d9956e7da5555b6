"""Write the files of NetPyNE's batch mode as a run goes on, for notebooks that read these files.

The files are written anew from the stored evaluations at each start, so that nothing of an earlier search remains.
"""

import json
import shutil
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tuner.bridge.searches import Facts
from tuner.evaluation import Evaluation
from tuner.search.observers import Observer
from tuner.study import paths
from tuner.study.resolved import ResolvedStudy
from tuner.study.space import same_choice

STATS = "#gen  pop-size  worst  best  median  average  std-deviation\n"
INDIVIDUALS = "#gen  #ind  fitness  [candidate]\n"
FOLDER = "netpyne"


class NetPyNEFiles(Observer):
    """Write <label>_stats.csv, <label>_stats_indiv.csv and each candidate's cfg.

    A candidate without a fitness gets the `worst` fitness of the script. For a grid, only the cfg files are written.
    """

    def __init__(self, facts: Facts, runs: Path) -> None:
        self._facts, self._runs = facts, runs
        self._all: dict[int, Evaluation] = {}

    def on_start(self, study: ResolvedStudy, stored: int) -> None:
        """Create the files."""
        self._study, self._folder = study, self._runs / study.name / FOLDER
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        if not self._facts.is_grid:
            self._file("stats").write_text(STATS)
            self._file("stats_indiv").write_text(INDIVIDUALS)

    def on_generation(self, generation: int, evaluations: list[Evaluation], survivors: list[int]) -> None:
        """Add a generation: the cfg of each candidate, and the fitness of the population after replacement."""
        self._all.update({evaluation.number: evaluation for evaluation in evaluations})
        if not self._facts.is_grid:
            self._add(generation, [self._all[number] for number in survivors] or evaluations)
        for place, each in enumerate(evaluations):
            self._write_config(self._label(generation, place, each), each)

    def _add(self, generation: int, population: Sequence[Evaluation]) -> None:
        population = sorted(population, key=self._fitness, reverse=self._facts.is_maximized)
        fitness = [self._fitness(each) for each in population]
        self._append("stats", ", ".join(map(str, (generation, len(fitness), *self._summary(fitness)))))
        for place, (each, value) in enumerate(zip(population, fitness, strict=True)):
            self._append("stats_indiv", f"{generation}, {place}, {value}, {self._candidate(each)}")

    def _summary(self, fitness: Sequence[float]) -> tuple[float, ...]:
        """Return worst, best, median, mean and (population) standard deviation."""
        ordered = sorted(fitness, reverse=not self._facts.is_maximized)
        middle = statistics.median(fitness), statistics.fmean(fitness)
        return ordered[0], ordered[-1], *middle, statistics.pstdev(fitness)

    def _candidate(self, evaluation: Evaluation) -> list[Any]:
        """Return the values of an evaluation in the script's order, including fixed values."""
        values = {**self._study.values, **evaluation.values}
        return [values[each.path] for each in self._facts.parameters]

    def _fitness(self, evaluation: Evaluation) -> float:
        value = evaluation.features.get("fitness") if evaluation.done else None
        return self._facts.worst if value is None else value

    def _label(self, generation: int, place: int, evaluation: Evaluation) -> str:
        """Return NetPyNE's name of a candidate; text before a / is the folder."""
        label = Path(self._facts.label).name
        if self._facts.method == "list":
            return f"{label}{evaluation.number}"
        if self._facts.is_grid:
            return "_".join([label, *map(str, self._indices(evaluation))])
        if self._facts.method == "optuna":
            return f"gen_{evaluation.number}/trial_{evaluation.number}"
        return f"gen_{generation}/gen_{generation}_cand_{place}"

    def _indices(self, evaluation: Evaluation) -> list[int]:
        """Return the index of the value of each parameter of a grid, grouped parameters first."""
        found = []
        for parameter in self._study.space.parameters:
            value = evaluation.values[parameter.name]
            place = next(n for n, choice in enumerate(parameter.choices) if same_choice(choice, value))
            # NetPyNE repeats the index for each of the grouped parameters.
            found += [place] * max(1, len(parameter.zipped))
        return found

    def _write_config(self, label: str, evaluation: Evaluation) -> None:
        file = self._folder / f"{label}_cfg.json"
        file.parent.mkdir(exist_ok=True)
        config = json.loads(json.dumps(self._facts.config))
        config |= {"simLabel": Path(label).name, "saveFolder": str(file.parent)}
        for parameter in self._study.space.parameters:
            value = evaluation.values[parameter.name]
            for path, setting in parameter.settings(value) or [(parameter.name, value)]:
                paths.create(paths.config_alone(config), path, setting)
        file.write_text(json.dumps({"simConfig": config}, indent=4) + "\n")

    def _append(self, kind: str, line: str) -> None:
        with self._file(kind).open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def _file(self, kind: str) -> Path:
        return self._folder / f"{Path(self._facts.label).name}_{kind}.csv"
