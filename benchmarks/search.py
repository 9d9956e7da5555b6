"""Count the evaluations that each optimiser needs until every target is within tolerance.

The optimiser of netpyne-tuner is least squares on features, one point at a time and in rounds of eight. The peers are
NetPyNE's custom, random points, CMA-ES, Optuna's TPE, inspyred's particle swarm and DFO-LS. DFO-LS gets the same
features as least squares; the other peers run through netpyne-tuner's ask and tell. Every seed has a different start
point. A search that does not reach all targets counts its cap. With noise, a search has reached the targets if the
noisy features are within tolerance. Where two of six target values are out of reach, the losses after 60 evaluations
are compared.
"""

import os

# Set these variables before numpy is imported, because numpy reads them only once.
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import starmap
from pathlib import Path

import numpy as np
from common import HERE, call, evaluated, machine, prepared, print_table, processes, require, say, timed
from contestants import CONTESTANTS, Found, Search, run_all
from landscapes import Landscape, SigmoidRates, Simulated, wishing

from tuner.executors.processes import Processes
from tuner.optimizers import resolution
from tuner.study.study import Study

WORKERS = 2
SEEDS, QUICK_SEEDS = 15, 3
PEERS = {"dfols": "DFO-LS", "optuna": "Optuna's TPE"}

# Point in the unit cube, with the six drives of network_6. The rates at this point are the targets.
KNOWN = (0.45, 0.6, 0.35, 0.55, 0.5, 0.4)


def known(landscape: Landscape, pool: Processes) -> Landscape:
    """Return a landscape that needs no preparation."""
    return landscape


def simulated(study: str | Path, pool: Processes) -> Simulated:
    """Return the network of a study, with the speed-ups that a run of the study uses.

    No candidate is aborted.
    """
    return Simulated(replace(prepared(resolution.resolve(Study.load(study)), pool), watched=False))


def network_6(pool: Processes) -> Simulated:
    """Return the network of six populations, with the rates at the known drives as targets."""
    task = simulated(HERE / "network_6.toml", pool).task
    result, _ = call(pool, evaluated, task.at(0, 0, task.study.space.decode(np.array(KNOWN))))
    rates = result.evaluation.features
    say("  targets: " + ", ".join(f"{name} {rate:g} Hz" for name, rate in rates.items()))
    targets = tuple(wishing(target, rates[target.name]) for target in task.study.targets)
    return Simulated(replace(task, study=replace(task.study, targets=targets)))


@dataclass(frozen=True)
class Race:
    """Define the searches of all contestants on a landscape: number of seeds, and most evaluations of a search.

    `caps` has lower caps for contestants that would take too much time themselves.
    """

    landscape: Callable[[Processes], Landscape]
    cap: int = 1500
    quick_cap: int = 300
    seeds: int = SEEDS
    quick_seeds: int = QUICK_SEEDS
    caps: Mapping[str, int] = field(default_factory=dict)

    def searches(self, landscape: Landscape, quick: bool) -> list[Search]:
        """Return the searches of all contestants and seeds."""
        seeds, cap = (self.quick_seeds, self.quick_cap) if quick else (self.seeds, self.cap)
        caps = {name: min(cap, self.caps.get(name, cap)) for name in CONTESTANTS}
        return [Search(name, landscape, seed, caps[name]) for name in caps for seed in range(1, seeds + 1)]


SIX = SigmoidRates(6, 6, 42)
# The computing time of TPE grows with the square of the number of evaluations, and with the number of parameters.
SLOW = {"optuna_tpe": 1000}
RACES = {
    "sensory_motor": Race(partial(simulated, "sensory_motor"), 150, 150),
    "sigmoid_6": Race(partial(known, SIX)),
    "sigmoid_6_noisy": Race(partial(known, replace(SIX, noise_hz=0.3))),
    "sigmoid_12_6": Race(partial(known, SigmoidRates(12, 6, 7)), caps=SLOW),
    "sigmoid_6_12": Race(partial(known, SigmoidRates(6, 12, 7))),
    "sigmoid_18": Race(partial(known, SigmoidRates(18, 18, 7)), 3000, caps=SLOW),
    "network_6": Race(network_6, 250, 60, 5, 1),
}


def race(name: str, quick: bool) -> dict[str, list[Found]]:
    """Run the searches of a landscape, and return the results by contestant."""
    with processes(WORKERS) as pool:
        searches = RACES[name].searches(RACES[name].landscape(pool), quick)
        caps = {search.contestant: search.cap for search in searches}
        lower = [f"{who} only {cap}" for who, cap in caps.items() if cap < max(caps.values())]
        say(", ".join([f"{name}: at most {max(caps.values())} evaluations per search", *lower]))
        found, cost = timed(run_all, pool, searches)
    say(f"  {', '.join(starmap(words, found.items()))}; {cost.wall_s:.0f} s")
    return found


def figure(name: str, found: Sequence[Found]) -> float:
    """Return the median number of evaluations (or rounds) until all targets are reached.

    A search that did not reach all targets counts all its evaluations (or rounds).
    """
    counts = [each.rounds if name == "ours_rounds_of_8" else len(each.best_losses) for each in found]
    return float(np.median(counts))


def cell(name: str, found: Sequence[Found]) -> str:
    """Return the figure as a table cell, with the number of searches that did not reach all targets in brackets."""
    lost = sum(each.evaluations is None for each in found)
    more = "> " if 2 * lost > len(found) else ""
    return f"{more}{figure(name, found):g}" + (f" ({lost})" if lost else "")


def words(name: str, found: Sequence[Found]) -> str:
    """Return the result of a contestant as text, before the other landscapes are done."""
    return f"{name} {cell(name, found)}"


# Target values of the first two rates, which cannot exceed 60 Hz.
OUT_OF_REACH_HZ = (80.0, 75.0)
COMPARED = ("ours", "cma_es", "netpyne_custom")
COMPARED_AFTER = 60


def unreachable(form: str, quick: bool) -> dict[str, float]:
    """Return the median best loss by contestant where two of six target values are out of reach.

    `form` is the loss function of all targets.
    """
    landscape = replace(SIX, form=form, instead=OUT_OF_REACH_HZ)
    seeds = range(1, (QUICK_SEEDS if quick else SEEDS) + 1)
    with processes(WORKERS) as pool:
        found = run_all(pool, [Search(name, landscape, s, COMPARED_AFTER) for name in COMPARED for s in seeds])
    losses = {name: np.median([each.best_losses[-1] for each in found[name]]) for name in COMPARED}
    return {name: float(f"{loss:.4g}") for name, loss in losses.items()}


def measure(names: Sequence[str], quick: bool) -> None:
    """Run the named comparisons, and print the tables and the figures."""
    found = {name: race(name, quick) for name in RACES if name in names}
    say("median number of evaluations (ours_rounds_of_8: of rounds) until all targets are reached")
    say("in brackets: number of searches that did not reach all targets within their cap; >: more than half of them")
    print_table(("landscape", *CONTESTANTS), [(n, *starmap(cell, runs.items())) for n, runs in found.items()])
    figures = {n: {name: figure(name, each) for name, each in runs.items()} for n, runs in found.items()}
    if "unreachable" in names:
        figures["unreachable"] = {form: unreachable(form, quick) for form in ("z", "exponential")}
        say(f"two of six target values out of reach: median best loss after {COMPARED_AFTER} evaluations")
        rows = [(form, *(f"{losses[n]:g}" for n in COMPARED)) for form, losses in figures["unreachable"].items()]
        print_table(("loss function", *COMPARED), rows)
    say(json.dumps(figures, allow_nan=False))


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="use three seeds and lower caps (a few minutes)")
    parser.add_argument("--only", nargs="+", choices=[*RACES, "unreachable"], default=[*RACES, "unreachable"])
    return parser.parse_args()


def main() -> None:
    """Measure everything, and print the tables and the figures."""
    chosen = arguments()
    for library, peer in PEERS.items():
        require(library, peer)
    say(machine())
    measure(chosen.only, chosen.quick)


if __name__ == "__main__":
    main()
