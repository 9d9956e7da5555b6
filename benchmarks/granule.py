"""Compare netpyne-tuner with BluePyOpt on the cell of the study `granule`: speed, and result of a short search.

The figures are evaluations per second, and the best total after 160 evaluations. BluePyOpt is not a dependency of the
project: the benchmark installs it into a separate environment, .build/bluepyopt, if it is not there yet. Both programs
compute 27 features of eFEL on three current steps, with NEURON's variable time step.
"""

import importlib.metadata
import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from common import HERE, arguments, call, evaluated, machine, print_figures, print_table, processes, say

from tuner import Run, tune
from tuner.evaluate.task import Task, template
from tuner.library.cells import granule
from tuner.mechanisms import libraries
from tuner.optimizers import resolution
from tuner.search.preparation import describe
from tuner.study.study import Study

ENVIRONMENT = HERE.parent / ".build" / "bluepyopt"
PEER = HERE / "peer" / "granule_bluepyopt.py"
NEEDS = ("bluepyopt==1.14.26", f"neuron=={importlib.metadata.version('neuron')}")
SPREAD = 0.2
# Size of BluePyOpt's generations. Its max_ngen does not count the initial generation.
OFFSPRING = 10
SEED = 1


def interpreter() -> Path:
    """Return the Python that has BluePyOpt; install BluePyOpt first if necessary."""
    python = ENVIRONMENT / "bin" / "python"
    if not (ENVIRONMENT / "ready").exists():
        say(f"installing {', '.join(NEEDS)} into {ENVIRONMENT}")
        venv.create(ENVIRONMENT, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *NEEDS], check=True)
        (ENVIRONMENT / "ready").touch()
    return python


def fixed(place: str) -> dict[str, float]:
    """Return the values of a place that are not parameters of the search, by NEURON's names."""
    table = {"Ra": 100.0, "cm": 1.0}
    table |= {f"e{ion}": granule.REVERSALS_MV[ion] for ion in granule.IONS[place]}
    for mechanism in granule.MECHANISMS[place]:
        table |= {f"{name}_{mechanism}": value for name, value in granule.FIXED.get(mechanism, {}).items()}
    return table


def peers_task(study: Study, vectors: Sequence[Sequence[float]], generations: int = 0) -> dict:
    """Describe the study as a task for `peer/granule_bluepyopt.py`."""
    counting = [target for target in study.targets if target.counts]
    places = {name: (*reversed(name.rsplit("_", 1)), *granule.BOUNDS[name]) for name in granule.BOUNDS}
    return {
        "free": places,
        "fixed": {place: fixed(place) for place in granule.MECHANISMS},
        "mechanisms": granule.MECHANISMS,
        "currents": {protocol.name: protocol.values["current"] for protocol in study.protocols},
        "targets": {t.name: (t.protocol, t.feature.removeprefix("efel:"), t.value, t.tolerance) for t in counting},
        "library": str(libraries.build(libraries.OWN)),
        "vectors": [list(vector) for vector in vectors],
        "generations": generations,
        "seed": SEED,
    }


def run_peer(task: dict) -> dict:
    """Run a task with BluePyOpt, and return the result.

    The result has the total score of each vector, or the best total of a search, and the seconds of the evaluations
    alone. Raises RuntimeError if BluePyOpt fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "task.json"
        file.write_text(json.dumps(task))
        done = subprocess.run([interpreter(), PEER, file], capture_output=True, text=True, cwd=folder)
    if done.returncode:
        raise RuntimeError(f"BluePyOpt ended with status {done.returncode}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def candidates(count: int) -> list[dict[str, float]]:
    """Return the start values, followed by random values nearby.

    The random values are log-normal around the start values and within the bounds. The random numbers are seeded.
    """
    random = np.random.default_rng(SEED)
    start, (low, high) = np.array(list(granule.START.values())), np.array(list(granule.BOUNDS.values())).T
    around = start * np.exp(random.normal(0.0, SPREAD, (count - 1, len(start))))
    return [dict(zip(granule.START, values, strict=True)) for values in [start, *np.clip(around, low, high)]]


def ours(tasks: Sequence[Task], pool: object) -> tuple[list[float], float]:
    """Evaluate the tasks on one warm worker, and return the losses and the wall time [s]."""
    found = [call(pool, evaluated, task) for task in tasks]
    return [result.evaluation.loss for result, _ in found], sum(cost.wall_s for _, cost in found)


def in_turn(study: Study, count: int, rounds: int) -> Iterator[tuple[float, float]]:
    """Yield the wall times of netpyne-tuner and of BluePyOpt for the same candidates, one round at a time [s].

    Also prints how much the totals of the two programs differ.
    """
    values = candidates(count)
    with processes() as pool:
        task = template(study)
        task = task.at(0, 0, describe(study, task.library, pool).start)
        ours([task], pool)
        for some in np.array_split(np.arange(count), rounds):
            mine, seconds = ours([task.at(int(n), 0, values[n]) for n in some], pool)
            theirs = run_peer(peers_task(study, [list(values[n].values()) for n in some]))
            apart = np.median(np.abs(np.array(mine) - theirs["totals"]) / mine)
            spent = f"netpyne-tuner {seconds:.1f} s, BluePyOpt {theirs['seconds']:.1f} s"
            say(f"  {len(some)} evaluations: {spent}; median difference of the totals {apart:.1%}")
            yield seconds, theirs["seconds"]


def search(study: Study, evaluations: int, runs: str) -> Run:
    """Run a search with netpyne-tuner from the start vector."""
    overrides = [f"budget.evaluations={evaluations}", "simulation.verify=1", "simulation.fresh_seeds=0"]
    return tune(Study.load(study.file, overrides), runs=runs)


def main() -> None:
    """Measure both programs, and print the table and the figures."""
    quick = arguments(__doc__).quick
    say(machine())
    study = resolution.resolve(Study.load("granule"))
    count, rounds, evaluations = (6, 2, 40) if quick else (60, 6, 160)
    say(f"{count} evaluations by netpyne-tuner and BluePyOpt in turn, one process each")
    mine, theirs = np.array(list(in_turn(study, count, rounds))).sum(axis=0)
    with tempfile.TemporaryDirectory() as runs:
        best = search(study, evaluations, runs).best["loss"]
    say(f"search by BluePyOpt (IBEA): {evaluations // OFFSPRING} generations of {OFFSPRING} evaluations")
    peers_best = run_peer(peers_task(study, [list(granule.START.values())], evaluations // OFFSPRING - 1))
    rows = [
        ("evaluations per second, one process", f"{count / mine:.3f}", f"{count / theirs:.3f}"),
        (f"best total after {evaluations} evaluations", f"{best:.1f}", f"{peers_best['best']:.1f}"),
    ]
    print_table(("", "netpyne-tuner", "BluePyOpt"), rows)
    print_figures(
        {
            "evaluations_per_second_vs_bluepyopt": theirs / mine,
            "best_total": best,
            "bluepyopt_best_total": peers_best["best"],
        }
    )


if __name__ == "__main__":
    sys.exit(main())
