"""Measure the CPU times of the evaluations of three studies.

The command `python benchmarks/simulation_times.py` writes the times to data/simulation_times.json.
"""

import json
from functools import partial

from common import HERE, evaluated, machine, prepared, processes, random_values, say, timed

from tuner.optimizers import resolution
from tuner.study.study import Study

FILE = HERE / "data" / "simulation_times.json"
COUNTS = {"sensory_motor": 200, "rhythm": 200, "nine_cells": 100}
HOW = (
    "CPU seconds of evaluations of random values of the free parameters, by tuner.evaluate on a warm worker with"
    " engine = auto, in the order of the evaluation numbers; measured by benchmarks/simulation_times.py"
)


def measure(name: str, count: int, workers: int) -> list[float]:
    """Return the CPU times of evaluations of random values on warm workers [s].

    On a core without other load, the wall time would be the same.
    """
    study = resolution.resolve(Study.load(name))
    say(f"study {name}: {count} evaluations")
    with processes(workers) as pool:
        task = prepared(study, pool)
        tasks = [task.at(n, 0, values, raster_below=0.0) for n, values in enumerate(random_values(study, count))]
        # Each worker builds the network in the first evaluation; this time is not measured.
        list(pool.map(evaluated, tasks[:workers]))
        found = {}
        for outcome in pool.map(partial(timed, evaluated), tasks):
            if outcome.status != "done":
                raise RuntimeError(f"{outcome.task.values}: {outcome.reason}")
            found[outcome.task.number] = outcome.value[1].cpu_s
    return [round(found[number], 4) for number in range(count)]


def measure_all(workers: int) -> dict[str, list[float]]:
    """Return the CPU times of all studies [s], by study."""
    return {name: measure(name, count, workers) for name, count in COUNTS.items()}


def stored() -> dict[str, list[float]]:
    """Read the CPU times of an earlier measurement [s], by study."""
    return json.loads(FILE.read_text(encoding="utf-8"))["seconds"]


def main() -> None:
    """Measure all studies, and write the CPU times to the file."""
    found = measure_all(1)
    lists = ",\n".join(f'  "{name}": {json.dumps(seconds)}' for name, seconds in found.items())
    head = f'{{\n "how": {json.dumps(HOW)},\n "machine": {json.dumps(machine())},\n "seconds": {{\n'
    FILE.write_text(f"{head}{lists}\n }}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
