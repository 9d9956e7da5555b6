"""The study `granule` and BluePyOpt on the same cell: evaluations a second, and what a search of 160 comes to.

BluePyOpt is no part of the project: it is installed into an environment of its own, .build/bluepyopt, where it is not
there yet. Both compute 27 features of eFEL on three steps of current, at NEURON's variable time step.
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
# BluePyOpt's own offspring; the first generation is one more.
OFFSPRING = 10
SEED = 1


def interpreter() -> Path:
    """The Python that has BluePyOpt."""
    python = ENVIRONMENT / "bin" / "python"
    if not (ENVIRONMENT / "ready").exists():
        say(f"installing {', '.join(NEEDS)} into {ENVIRONMENT}")
        venv.create(ENVIRONMENT, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *NEEDS], check=True)
        (ENVIRONMENT / "ready").touch()
    return python


def fixed(place: str) -> dict[str, float]:
    """What of a place no parameter is, by NEURON's names."""
    table = {"Ra": 100.0, "cm": 1.0}
    table |= {f"e{ion}": granule.REVERSALS_MV[ion] for ion in granule.IONS[place]}
    for mechanism in granule.MECHANISMS[place]:
        table |= {f"{name}_{mechanism}": value for name, value in granule.FIXED.get(mechanism, {}).items()}
    return table


def peers_task(study: Study, vectors: Sequence[Sequence[float]], generations: int = 0) -> dict:
    """The study in BluePyOpt's words."""
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
    """What BluePyOpt makes of it: totals of all features' scores, and the seconds of its evaluations alone."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "task.json"
        file.write_text(json.dumps(task))
        done = subprocess.run([interpreter(), PEER, file], capture_output=True, text=True, cwd=folder)
    if done.returncode:
        raise RuntimeError(f"BluePyOpt ended with status {done.returncode}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def candidates(count: int) -> list[dict[str, float]]:
    """The start, then others around it on the log scale, within the bounds, always the same."""
    random = np.random.default_rng(SEED)
    start, (low, high) = np.array(list(granule.START.values())), np.array(list(granule.BOUNDS.values())).T
    around = start * np.exp(random.normal(0.0, SPREAD, (count - 1, len(start))))
    return [dict(zip(granule.START, values, strict=True)) for values in [start, *np.clip(around, low, high)]]


def ours(tasks: Sequence[Task], pool: object) -> tuple[list[float], float]:
    """Losses and seconds, on one warm worker."""
    found = [call(pool, evaluated, task) for task in tasks]
    return [result.evaluation.loss for result, _ in found], sum(cost.wall_s for _, cost in found)


def in_turn(study: Study, count: int, rounds: int) -> Iterator[tuple[float, float]]:
    """Seconds of ours and of BluePyOpt's for the same candidates, a round at a time; says how far totals differ."""
    values = candidates(count)
    with processes() as pool:
        task = template(study)
        task = task.at(0, 0, describe(study, task.library, pool).start)
        ours([task], pool)
        for some in np.array_split(np.arange(count), rounds):
            mine, seconds = ours([task.at(int(n), 0, values[n]) for n in some], pool)
            theirs = run_peer(peers_task(study, [list(values[n].values()) for n in some]))
            apart = np.median(np.abs(np.array(mine) - theirs["totals"]) / mine)
            say(f"  {len(some)}: {seconds:.1f} s, BluePyOpt {theirs['seconds']:.1f} s; totals differ by {apart:.1%}")
            yield seconds, theirs["seconds"]


def search(study: Study, evaluations: int, runs: str) -> Run:
    """Our search from the start vector."""
    overrides = [f"budget.evaluations={evaluations}", "simulation.verify=1", "simulation.fresh_seeds=0"]
    return tune(Study.load(study.file, overrides), runs=runs)


def main() -> None:
    """Measures both, prints the tables and the figures."""
    quick = arguments(__doc__).quick
    say(machine())
    study = resolution.resolve(Study.load("granule"))
    count, rounds, evaluations = (6, 2, 40) if quick else (60, 6, 160)
    say(f"{count} evaluations of each in turn, one process each")
    mine, theirs = np.array(list(in_turn(study, count, rounds))).sum(axis=0)
    with tempfile.TemporaryDirectory() as runs:
        best = search(study, evaluations, runs).best["loss"]
    say(f"BluePyOpt searches: IBEA, {evaluations // OFFSPRING} generations of {OFFSPRING}")
    peers_best = run_peer(peers_task(study, [list(granule.START.values())], evaluations // OFFSPRING - 1))
    rows = [
        ("evaluations a second, one process", f"{count / mine:.3f}", f"{count / theirs:.3f}"),
        (f"best total after {evaluations} evaluations", f"{best:.1f}", f"{peers_best['best']:.1f}"),
    ]
    print_table(("", "ours", "BluePyOpt"), rows)
    print_figures(
        {
            "evaluations_per_second_vs_bluepyopt": theirs / mine,
            "best_total": best,
            "bluepyopt_best_total": peers_best["best"],
        }
    )


if __name__ == "__main__":
    sys.exit(main())
