"""One evaluation, ours against NetPyNE's own ways to make it: how many times cheaper, and is the raster the same?

The peers are NetPyNE's Batch (evol, mpi_direct), the in-process loop of NetPyNE's tutorial on optimisation, and the
bare solver. Ours and the peer's are made in turn, each in processes of its own. Costs are means a candidate.
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

from tuner.evaluate.evaluate import record
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


HEADINGS = ["", "our CPU s", "wall s", "peer CPU s", "wall s", "ratio", "reach", "figure"]


@dataclass(frozen=True)
class Measured:
    """Rows of the table, and whether all rasters that were compared are equal."""

    rows: list[Row]
    same: bool


class Stopwatch(Observer):
    """What a run has cost, its workers included, from now until its last evaluation is stored."""

    def __init__(self) -> None:
        self._before = Cost.now()
        self.cost = Cost(0.0, 0.0)

    def on_end(self) -> None:
        """The loop has ended, its workers still live."""
        self.cost = Cost.now() - self._before + Cost(workers_cpu_s(), 0.0)


@dataclass(frozen=True)
class StudyRun:
    """The values of a run's evaluations; what each has cost, in the loop and with the start of the workers."""

    values: list[dict]
    in_loop: Cost
    with_start: Cost


def run_study(study: Study) -> StudyRun:
    """A run of the study, of which verification and report are not counted."""
    say(f"the study {study.name}, {study.budget.evaluations} evaluations on {WORKERS} workers")
    stopwatch = Stopwatch()
    with TemporaryDirectory() as runs, timing_calls(loop, "run") as loops:
        run = tune(study, runs, "processes", WORKERS, progress=stopwatch)
    values = [evaluation.values for evaluation in run.evaluations]
    in_loop = Cost(stopwatch.cost.cpu_s, loops[0].wall_s)
    return StudyRun(values, in_loop / len(values), stopwatch.cost / len(values))


def candidates(task: Task, count: int) -> list[dict]:
    """Random values of the free parameters, the start point at the end."""
    return [*random_values(task.study, count - 1), task.values]


def all_same(ours: Sequence[Recording], theirs: Sequence[Recording]) -> bool:
    """Whether each raster is its peer's."""
    same = [a.same_raster(b) for a, b in zip(ours, theirs, strict=True)]
    say(f"  rasters: {sum(same)} of {len(same)} equal, {sum(len(raster.spike_times) for raster in ours)} spikes")
    return all(same)


def raster_of(result: Result) -> Recording:
    """Return the raster of an evaluation in its only protocol."""
    (recording,) = result.recordings.values()
    return recording


def evaluate_and_solve(task: Task) -> tuple[Recording, Cost, Cost, str]:
    """Our raster, our cost, that of the solver alone on the same warm network, and how the network was changed."""
    result, cost = timed(evaluated, task)
    return raster_of(result), cost, solver_alone(), result.change


class _Solver:
    """NetPyNE's ParallelContext, which is NEURON's own and cannot be patched, with a `psolve` that can be."""

    def __init__(self, real: object) -> None:
        self._real = real

    def psolve(self, stop_ms: float) -> None:
        self._real.psolve(stop_ms)

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)


def solver_alone() -> Cost:
    """The cost of one psolve over the whole duration, on the network that this process has built."""
    from netpyne import sim

    sim.fih.clear()
    with quiet(), mock.patch.object(sim, "pc", _Solver(sim.pc)), timing_calls(_Solver, "psolve") as costs:
        sim.runSim()
    return costs[0]


@dataclass(frozen=True)
class InTurn:
    """Mean costs of our evaluation, of NetPyNE's in-process loop and of the bare solver, and both rasters of each."""

    ours: Cost
    loop: Cost
    solver: Cost
    rasters: list[Recording]
    loop_rasters: list[Recording]


def in_turn(pools: tuple[Processes, Processes], task: Task, chosen: Sequence[dict]) -> InTurn:
    """Evaluates each of the chosen values ourselves, in the first pool, and by NetPyNE alone, in the second."""
    made, changes = [], Counter()
    call(pools[1], create_simulate, plain(task))
    for values in chosen:
        (raster, ours, solver, change), _ = call(pools[0], evaluate_and_solve, task.at(0, 0, values))
        cycle, _ = call(pools[1], create_simulate, plain(replace(task, values=values)))
        made.append((ours, cycle.whole, solver, raster, cycle.recording))
        changes[change] += 1
    say(f"  {shortcuts(task)}; network {counted(changes)}")
    *costs, rasters, loop_rasters = map(list, zip(*made, strict=True))
    return InTurn(*map(Cost.mean, costs), rasters, loop_rasters)


def shortcuts(task: Task) -> str:
    """What engine = "auto" has decided, in words."""
    engine = "NEURON" if task.coreneuron is None else "CoreNEURON"
    return f"synapses {'shared' if task.shared else 'not shared'}, {engine}"


def plain(task: Task) -> Task:
    """The task without short cuts."""
    return replace(task, shared=False, coreneuron=None)


def counted(changes: Counter) -> str:
    """How often the network was changed in each way."""
    return ", ".join(f"{change} {count}" for change, count in changes.items())


def own_candidates(pools: tuple[Processes, Processes], run: StudyRun, n_in_process: int, n_batch: int) -> Measured:
    """The candidates of a run of the study against the in-process loop and NetPyNE's Batch."""
    say(f"{n_in_process} of its candidates in one process, ours and the in-process loop's in turn")
    made = in_turn(pools, prepared(Study.load(STUDY), pools[0]), run.values[:n_in_process])
    say(f"{n_batch} of its candidates by NetPyNE's Batch, all at once")
    names = ("probability", "weight", "delay")
    batch_rasters, batch = netpyne_batch.run([[v[name] for name in names] for v in run.values[:n_batch]])
    rows = [
        Row("the study's run, NetPyNE's Batch: wall", run.in_loop, batch, "wall_vs_netpyne_batch", ">= 20", wall_saved),
        Row("with our workers' start", run.with_start, batch, "wall_vs_netpyne_batch_with_start", "", wall_saved),
        Row("the same: CPU", run.with_start, batch, "cpu_vs_netpyne_batch", ""),
        Row("its candidates, in-process loop", made.ours, made.loop, "rebuild_vs_in_process", ">= 1.8"),
    ]
    same = all_same(made.rasters, made.loop_rasters), all_same(made.rasters[:n_batch], batch_rasters)
    return Measured(rows, all(same))


def divergence(pools: tuple[Processes, Processes], count: int) -> Measured:
    """The recorded divergence of 12, with weight and delay free, against the in-process loop and the bare solver."""
    say(f"divergence 12, {count} weights and delays")
    task = prepared(Study.load(HERE / "divergence_12.toml"), pools[0])
    made = in_turn(pools, task, candidates(task, count))
    rows = [
        Row("divergence 12, in-process loop", made.ours, made.loop, "cpu_vs_in_process", ">= 2.5"),
        Row("the same, the bare solver", made.ours, made.solver, "cpu_over_solver", "<= 1.10", cpu_over),
    ]
    return Measured(rows, all_same(made.rasters, made.loop_rasters))


def large(pool: Processes, overrides: Sequence[str], count: int) -> Measured:
    """The generated network: weights against NetPyNE's whole cycle, probabilities against its connections alone."""
    say("the large network: deciding on short cuts takes two builds")
    task = prepared(Study.load(HERE / "large_network.toml", overrides), pool)
    say(f"  {shortcuts(task)}")
    chosen = candidates(task, 2 * count + 1)[:-1]
    weights = [large_weights(pool, with_only(task, "weight", values)) for values in chosen[:count]]
    # Back to the start, so that nothing but probabilities differs from here on.
    call(pool, evaluated, task)
    wiring = [large_wiring(pool, with_only(task, "probability", values)) for values in chosen[count:]]
    rows = [
        Row("large, weights change: NetPyNE's cycle", *means(weights), "cpu_vs_netpyne_large", ">= 10"),
        Row("large, probabilities change: its connections", *means(wiring), "rewire_vs_netpyne_build", ">= 20"),
    ]
    return Measured(rows, all_same(*zip(*(rasters for _, _, *rasters in (*weights, *wiring)), strict=True)))


def with_only(task: Task, word: str, values: dict) -> Task:
    """The task at its own values but for those whose names bear the word."""
    return task.at(0, 0, {**task.values, **{name: value for name, value in values.items() if word in name}})


def means(made: Sequence[tuple]) -> tuple[Cost, Cost]:
    """Our mean cost and the peer's."""
    return Cost.mean(ours for ours, *_ in made), Cost.mean(peer for _, peer, *_ in made)


def large_weights(pool: Processes, task: Task) -> tuple[Cost, Cost, Recording, Recording]:
    """Our evaluation on the warm network and NetPyNE's cycle, as its users have it, in a fresh process."""
    result, ours = call(pool, evaluated, task)
    with processes() as peer:
        cycle, _ = call(peer, create_simulate, plain(task))
    say(f"  weights: {result.change}; {cycle.n_connections} connections, {len(raster_of(result).spike_times)} spikes")
    return ours, cycle.whole, raster_of(result), cycle.recording


def timed_change(task: Task) -> tuple[Recording, Cost, str]:
    """Our raster, the cost of bringing the network to the task's values, and how it was brought."""
    with timing_calls(Network, "bring_to") as costs:
        recording, change = record(task)
    return recording, costs[0], change


def large_wiring(pool: Processes, task: Task) -> tuple[Cost, Cost, Recording, Recording]:
    """Our change of the warm network and NetPyNE's `connectCells`, with synapses shared alike, in a fresh process."""
    (raster, ours, change), _ = call(pool, timed_change, task)
    with processes() as peer:
        cycle, _ = call(peer, create_simulate, task)
    say(f"  probabilities: {change}; {cycle.n_connections} connections, {len(raster.spike_times)} spikes")
    return ours, cycle.connecting, raster, cycle.recording


def main() -> None:
    """Measures all, prints the table and the figures."""
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
