"""Compare the cost of an evaluation by netpyne-tuner with the cost by NetPyNE, and check that the rasters are equal.

The peers are NetPyNE's Batch (evol, mpi_direct), the in-process loop of NetPyNE's tutorial on optimisation, and the
bare solver. Tuner and peer take turns, each in separate processes. All costs are means per candidate.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from tempfile import TemporaryDirectory
from unittest import mock

from common import (
    HERE,
    Cost,
    arguments,
    call,
    evaluated,
    machine,
    prepared,
    print_figures,
    print_table,
    processes,
    random_values,
    require,
    say,
    timed,
    timing_calls,
    workers_cpu_s,
)
from peer import netpyne_batch
from peer.in_process import create_simulate
from ratios import Row, cpu_over, wall_saved

from tuner.evaluate.simulations import record
from tuner.evaluate.task import Result, Task
from tuner.executors.processes import Processes
from tuner.recording import Recording
from tuner.search import loop
from tuner.search.job import tune
from tuner.search.observers import Observer
from tuner.simulation.network.warm import Network
from tuner.simulation.simulate import quiet
from tuner.study.study import Study

STUDY = "sensory_motor"
WORKERS = 2
SMALLER = ["values.cells=300", "duration_ms=50"]


HEADINGS = ["comparison", "tuner: CPU s", "wall s", "peer: CPU s", "wall s", "ratio", "goal", "JSON key"]


@dataclass(frozen=True)
class Measured:
    """Store rows of the table; `same` is True if all compared rasters are equal."""

    rows: list[Row]
    same: bool


class Stopwatch(Observer):
    """Measure the cost of a run, workers included, from now until the last evaluation is stored."""

    def __init__(self) -> None:
        self._before = Cost.now()
        self.cost = Cost(0.0, 0.0)

    def on_end(self) -> None:
        """Record the cost at the end of the loop, while the workers still live."""
        self.cost = Cost.now() - self._before + Cost(workers_cpu_s(), 0.0)


@dataclass(frozen=True)
class StudyRun:
    """Store the values of the evaluations of a run, and the mean cost of an evaluation.

    `in_loop` has the wall time of the loop alone; `with_start` includes the start of the workers. The CPU time is the
    same in both.
    """

    values: list[dict]
    in_loop: Cost
    with_start: Cost


def run_study(study: Study) -> StudyRun:
    """Run the study, and measure the cost without verification and report."""
    say(f"study {study.name}: {study.budget.evaluations} evaluations on {WORKERS} workers")
    stopwatch = Stopwatch()
    with TemporaryDirectory() as runs, timing_calls(loop, "run") as loops:
        run = tune(study, runs, "processes", WORKERS, progress=stopwatch)
    values = [evaluation.values for evaluation in run.evaluations]
    in_loop = Cost(stopwatch.cost.cpu_s, loops[0].wall_s)
    return StudyRun(values, in_loop / len(values), stopwatch.cost / len(values))


def candidates(task: Task, count: int) -> list[dict]:
    """Return random values of the free parameters, followed by the start point."""
    return [*random_values(task.study, count - 1), task.values]


def all_same(ours: Sequence[Recording], theirs: Sequence[Recording]) -> bool:
    """Print and return whether each raster of the tuner equals the raster of the peer."""
    same = [a.same_raster(b) for a, b in zip(ours, theirs, strict=True)]
    n_spikes = sum(len(raster.spike_times) for raster in ours)
    say(f"  rasters: {sum(same)} of {len(same)} are equal to the peer's, with {n_spikes} spikes in all")
    return all(same)


def raster_of(result: Result) -> Recording:
    """Return the raster of an evaluation that has a single protocol."""
    (recording,) = result.recordings.values()
    return recording


def evaluate_and_solve(task: Task) -> tuple[Recording, Cost, Cost, str]:
    """Return raster, cost, cost of the bare solver on the same warm network, and how the network was changed."""
    result, cost = timed(evaluated, task)
    return raster_of(result), cost, solver_alone(), result.change


class _Solver:
    """Wrap NetPyNE's ParallelContext, an object of NEURON without patchable methods, to make `psolve` patchable."""

    def __init__(self, real: object) -> None:
        self._real = real

    def psolve(self, stop_ms: float) -> None:
        self._real.psolve(stop_ms)

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)


def solver_alone() -> Cost:
    """Return the cost of one psolve over the whole duration, on the network that this process has built."""
    from netpyne import sim

    sim.fih.clear()
    with quiet(), mock.patch.object(sim, "pc", _Solver(sim.pc)), timing_calls(_Solver, "psolve") as costs:
        sim.runSim()
    return costs[0]


@dataclass(frozen=True)
class InTurn:
    """Store the mean costs of the tuner, of NetPyNE's in-process loop and of the bare solver.

    `rasters` come from the tuner, `loop_rasters` from the in-process loop, in the same order.
    """

    ours: Cost
    loop: Cost
    solver: Cost
    rasters: list[Recording]
    loop_rasters: list[Recording]


def in_turn(pools: tuple[Processes, Processes], task: Task, chosen: Sequence[dict]) -> InTurn:
    """Evaluate the chosen values in turn with the tuner, in the first pool, and plain NetPyNE, in the second."""
    made, changes = [], Counter()
    call(pools[1], create_simulate, plain(task))
    for values in chosen:
        (raster, ours, solver, change), _ = call(pools[0], evaluate_and_solve, task.at(0, 0, values))
        cycle, _ = call(pools[1], create_simulate, plain(replace(task, values=values)))
        made.append((ours, cycle.whole, solver, raster, cycle.recording))
        changes[change] += 1
    say(f"  speed-ups: {speedups(task)}; changes of the network: {counted(changes)}")
    *costs, rasters, loop_rasters = map(list, zip(*made, strict=True))
    return InTurn(*map(Cost.mean, costs), rasters, loop_rasters)


def speedups(task: Task) -> str:
    """Return the speed-ups that engine = "auto" has chosen, as text."""
    engine = "NEURON" if task.coreneuron is None else "CoreNEURON"
    return f"synapses {'shared' if task.shared else 'not shared'}, {engine}"


def plain(task: Task) -> Task:
    """Return the task without speed-ups."""
    return replace(task, shared=False, coreneuron=None)


def counted(changes: Counter) -> str:
    """Return the number of times that the network was changed in each way, as text."""
    return ", ".join(f"{change} {count}" for change, count in changes.items())


def own_candidates(pools: tuple[Processes, Processes], run: StudyRun, n_in_process: int, n_batch: int) -> Measured:
    """Compare the candidates of a run of the study with the in-process loop and NetPyNE's Batch."""
    say(f"{n_in_process} candidates of this run in one process, by the tuner and by the in-process loop in turn")
    made = in_turn(pools, prepared(Study.load(STUDY), pools[0]), run.values[:n_in_process])
    say(f"{n_batch} candidates of this run by NetPyNE's Batch, in one generation")
    names = ("probability", "weight", "delay")
    batch_rasters, batch = netpyne_batch.run([[v[name] for name in names] for v in run.values[:n_batch]])
    rows = [
        Row("study, Batch: wall", run.in_loop, batch, "wall_vs_netpyne_batch", ">= 20", wall_saved),
        Row("study, Batch: wall with start", run.with_start, batch, "wall_vs_netpyne_batch_with_start", "", wall_saved),
        Row("study, Batch: CPU with start", run.with_start, batch, "cpu_vs_netpyne_batch", ""),
        Row("study, in-process loop: CPU", made.ours, made.loop, "rebuild_vs_in_process", ">= 1.8"),
    ]
    same = all_same(made.rasters, made.loop_rasters), all_same(made.rasters[:n_batch], batch_rasters)
    return Measured(rows, all(same))


def divergence(pools: tuple[Processes, Processes], count: int) -> Measured:
    """Compare evaluations of divergence_12.toml, with free weight and delay, with in-process loop and solver."""
    say(f"study divergence_12: {count} evaluations with different weights and delays")
    task = prepared(Study.load(HERE / "divergence_12.toml"), pools[0])
    made = in_turn(pools, task, candidates(task, count))
    rows = [
        Row("divergence_12, in-process loop: CPU", made.ours, made.loop, "cpu_vs_in_process", ">= 2.5"),
        Row("divergence_12, bare solver: CPU", made.ours, made.solver, "cpu_over_solver", "<= 1.10", cpu_over),
    ]
    return Measured(rows, all_same(made.rasters, made.loop_rasters))


def large(pool: Processes, overrides: Sequence[str], count: int) -> Measured:
    """Compare evaluations of the large network with NetPyNE.

    If only weights change, the peer is NetPyNE's whole cycle. If only probabilities change, the peer is NetPyNE's
    `connectCells` alone.
    """
    say("large network: two builds are needed to choose the speed-ups")
    task = prepared(Study.load(HERE / "large_network.toml", overrides), pool)
    say(f"  speed-ups: {speedups(task)}")
    chosen = candidates(task, 2 * count + 1)[:-1]
    weights = [large_weights(pool, with_only(task, "weight", values)) for values in chosen[:count]]
    # Go back to the start point, so that only the probabilities differ from here on.
    call(pool, evaluated, task)
    wiring = [large_wiring(pool, with_only(task, "probability", values)) for values in chosen[count:]]
    rows = [
        Row("large, other weights, whole cycle: CPU", *means(weights), "cpu_vs_netpyne_large", ">= 10"),
        Row("large, other probabilities, connectCells: CPU", *means(wiring), "rewire_vs_netpyne_build", ">= 20"),
    ]
    return Measured(rows, all_same(*zip(*(rasters for _, _, *rasters in (*weights, *wiring)), strict=True)))


def with_only(task: Task, word: str, values: dict) -> Task:
    """Return the task with new values for the parameters that have the word in the name."""
    return task.at(0, 0, {**task.values, **{name: value for name, value in values.items() if word in name}})


def means(made: Sequence[tuple]) -> tuple[Cost, Cost]:
    """Return the mean cost of the tuner and the mean cost of the peer."""
    return Cost.mean(ours for ours, *_ in made), Cost.mean(peer for _, peer, *_ in made)


def large_weights(pool: Processes, task: Task) -> tuple[Cost, Cost, Recording, Recording]:
    """Compare an evaluation on the warm network with NetPyNE's whole cycle, without speed-ups, in a new process."""
    result, ours = call(pool, evaluated, task)
    with processes() as peer:
        cycle, _ = call(peer, create_simulate, plain(task))
    n_spikes = len(raster_of(result).spike_times)
    say(f"  other weights, network {result.change}: {cycle.n_connections} connections, {n_spikes} spikes")
    return ours, cycle.whole, raster_of(result), cycle.recording


def timed_change(task: Task) -> tuple[Recording, Cost, str]:
    """Return the raster, the cost of bringing the network to the values of the task, and how this was done."""
    with timing_calls(Network, "bring_to") as costs:
        recording, change = record(task)
    return recording, costs[0], change


def large_wiring(pool: Processes, task: Task) -> tuple[Cost, Cost, Recording, Recording]:
    """Compare a change of the warm network with NetPyNE's `connectCells`, synapses shared alike, in a new process."""
    (raster, ours, change), _ = call(pool, timed_change, task)
    with processes() as peer:
        cycle, _ = call(peer, create_simulate, task)
    n_spikes = len(raster.spike_times)
    say(f"  other probabilities, network {change}: {cycle.n_connections} connections, {n_spikes} spikes")
    return ours, cycle.connecting, raster, cycle.recording


def main() -> None:
    """Run all comparisons, and print the table and the figures."""
    quick = arguments(__doc__).quick
    require("psutil", "NetPyNE's Batch")
    say(machine())
    run = run_study(Study.load(STUDY, ["simulation.verify=1"]))
    with processes() as ours, processes() as peer:
        measured = [
            own_candidates((ours, peer), run, *((6, 4) if quick else (30, 20))),
            divergence((ours, peer), 4 if quick else 12),
            large(ours, SMALLER if quick else [], 1 if quick else 2),
        ]
    rows = [row for part in measured for row in part.rows]
    print_table(HEADINGS, [row.cells() for row in rows])
    figures = {row.key: row.figure for row in rows if row.key}
    print_figures({**figures, "rasters_equal": all(part.same for part in measured)})


if __name__ == "__main__":
    main()
