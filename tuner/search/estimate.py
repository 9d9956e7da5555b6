"""Estimate the wall time of a run from the times of a check, and choose the number of verifications."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tuner.evaluation import Evaluation
from tuner.executors.processes import all_cores
from tuner.study.resolved import ResolvedStudy

# Largest number of verifications that is chosen, and their largest share of the time of the search.
MOST_VERIFIED, VERIFIED_SHARE = 5, 0.2
# Measured on machines of different load, where all of them change alike: time to import the program and to write the
# report, both divided by the time that a fresh interpreter needs to import NetPyNE.
PROGRAM, REPORT = 0.25, 1.0
# Time of such an import on an Intel Xeon of 2.1 GHz [s], for a run without a check.
INTERPRETER_S = 2.0
# Work of the leader for each evaluation [s].
LEADER_S = 0.003


@dataclass(frozen=True)
class Measured:
    """Hold the wall times of a check [s].

    Attributes
    ----------
    interpreter_s
        Start of a worker, which imports NetPyNE in a fresh interpreter.
    model_s
        Description of the model.
    fresh_s
        Evaluation of the start point on a network that is built for it.
    evaluation_s
        Evaluation on the network of another candidate.
    proof_s
        Tests of the speed-ups before the search.
    """

    interpreter_s: float
    model_s: float
    fresh_s: float
    evaluation_s: float
    proof_s: float = 0.0


def seconds(
    study: ResolvedStudy, measured: Measured, workers: int, most: float, probes: int = 0
) -> dict[str, float] | None:
    """Return the expected wall time of each stage of a run [s]; `None` if no entry of the budget limits the time.

    `most` is the number of evaluations, `probes` the number of simulations after the search.
    """
    search_s = _search_s(study, measured, workers, most)
    if math.isinf(search_s):
        return None
    each_s = measured.interpreter_s + measured.fresh_s + measured.evaluation_s
    verified = n_verified(study.simulation.verify, search_s * workers, each_s)
    tests = [measured.fresh_s / len(study.seeds)] * len(study.fresh_seeds)
    tests += [measured.fresh_s] * len(study.validation)
    return {
        "start": _start_s(measured, workers),
        "speed-up tests": measured.proof_s,
        "search": search_s,
        "probes": _rounds(probes, workers) * measured.evaluation_s,
        "verification": _rounds(verified, workers) * each_s,
        "held-out tests": max(sum(tests) / workers, max(tests, default=0.0)),
        "report": REPORT * measured.interpreter_s,
    }


def _start_s(measured: Measured, workers: int) -> float:
    """Return the wall time until the search begins [s]; all workers start at once, and share the cores."""
    each = PROGRAM + max(1.0, workers / all_cores())
    return each * measured.interpreter_s + measured.model_s + measured.fresh_s


def _search_s(study: ResolvedStudy, measured: Measured, workers: int, most: float) -> float:
    """Return the wall time of the search [s], inf without a limit."""
    budget, size = study.budget, study.optimizer.population_size or workers
    most = min(most, (budget.generations or math.inf) * size)
    if math.isinf(most):
        return budget.wall_time_s or math.inf
    generations, rest = divmod(int(most), size)
    rounds = most / workers
    if not study.optimizer.asynchronous:
        rounds = generations * _rounds(size, workers) + _rounds(rest, workers)
    # Each worker builds its network once; the first one has done so for the start point.
    first_s = max(0.0, measured.fresh_s - measured.evaluation_s) if workers > 1 else 0.0
    return min(first_s + rounds * measured.evaluation_s + most * LEADER_S, budget.wall_time_s or math.inf)


def _rounds(number: int, workers: int) -> int:
    return -(-number // workers)


def n_verified(wanted: int, search_s: float, each_s: float) -> int:
    """Return the number of verifications: as wanted, else as many as take a fifth of the search, from 1 to 5.

    `wanted` is 0 without a number in the study. `search_s` is the time of all workers together [s]. `each_s` is the
    time of a verification [s].
    """
    if wanted:
        return wanted
    return max(1, min(MOST_VERIFIED, int(VERIFIED_SHARE * search_s / each_s)))


def verified_of(study: ResolvedStudy, evaluations: Sequence[Evaluation]) -> int:
    """Return the number of verifications of a run, from the times of all evaluations."""
    times = [evaluation.seconds for evaluation in evaluations]
    # The first evaluation builds the network, as plain NetPyNE does.
    each_s = INTERPRETER_S + max(times[0], sum(times) / len(times)) + sum(times) / len(times)
    return n_verified(study.simulation.verify, sum(times), each_s)
