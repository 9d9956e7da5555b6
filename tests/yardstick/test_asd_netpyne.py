"""Adaptive stochastic descent asks, candidate by candidate, what NetPyNE's `asdOptim` does."""

import io
from contextlib import redirect_stdout
from types import SimpleNamespace

import numpy as np
import pytest

from tests.loops import loop_over
from tuner.evaluation import Evaluation
from tuner.optimizers.asd import ASD
from tuner.optimizers.base import Problem
from tuner.study.schema import Place, fill
from tuner.study.space import Parameter, SearchSpace

pytestmark = pytest.mark.simulation
# Steps are shares of values, so the bounds of some are met at once.
LOW, HIGH = [0.01, -60.0, 1.0], [0.5, -40.0, 1.5]
SPACE = SearchSpace(tuple(Parameter(f"x{i}", *bounds) for i, bounds in enumerate(zip(LOW, HIGH, strict=True))))
RATES = {"stepsize": 0.3, "sinc": 3.0, "sdec": 1.5, "pinc": 1.7, "pdec": 2.5}


def loss(candidate):
    return 0.1 + sum(abs(x - low - 0.8 * (high - low)) for x, low, high in zip(candidate, LOW, HIGH, strict=True))


@pytest.fixture
def netpyne(tmp_path, monkeypatch):
    """NetPyNE's `asdOptim` with our loss for simulations: gives all candidates until it stops."""
    from netpyne.batch import asd_parallel

    state = np.random.get_state()

    def candidates(seed, settings, maxiters):
        seen = []

        def evaluate(batch, candidates, *arguments, **keywords):
            seen.extend(list(candidate) for candidate in candidates)
            return [loss(candidate) for candidate in candidates]

        monkeypatch.setattr(asd_parallel, "evaluator", evaluate)
        monkeypatch.setattr(asd_parallel, "sleep", lambda seconds: None)
        monkeypatch.setattr(asd_parallel.sim, "saveJSON", lambda *arguments: None)
        required = {"fitnessFunc": None, "fitnessFuncArgs": None, "maxiter_wait": 1, "time_sleep": 1}
        batch = SimpleNamespace(
            saveScripts=lambda: None, saveFolder=str(tmp_path), batchLabel="yardstick", cfg=None, runCfg={},
            params=[{"label": p.name, "values": [p.low, p.high]} for p in SPACE.parameters],
            optimCfg={**required, "maxiters": maxiters, **settings},
        )  # fmt: skip
        np.random.seed(seed)
        with pytest.raises(SystemExit), redirect_stdout(io.StringIO()):
            asd_parallel.asdOptim(batch, None)
        return np.array(seen)

    yield candidates
    np.random.set_state(state)


def ours(seed, settings, evaluations):
    optimizer = ASD(Problem(SPACE), seed, **fill(settings, ASD.SETTINGS, Place("")))
    seen = []
    for number in range(evaluations):
        points = optimizer.ask()
        seen.append(list(SPACE.decode(points[0]).values()))
        optimizer.tell(points, [Evaluation(number, number, {}, seed, loss=loss(seen[-1]))])
    return np.array(seen)


@loop_over("seed", [1, 2, 3])
@loop_over("settings", [{}, RATES])
def test_one_walker(netpyne, settings, seed):
    settings = settings | {"stalliters": 1000}
    expected = netpyne(seed, settings, maxiters=150)
    assert len(expected) == 151
    assert ours(seed, settings, 151) == pytest.approx(expected, rel=1e-12)


@loop_over("seed", [1, 2, 3])
@loop_over("settings", [{}, {"abstol": 0.01, "stalliters": 12}, {"reltol": 0.3}])
def test_where_netpyne_stops_a_walker_begins_elsewhere(netpyne, settings, seed):
    expected = netpyne(seed, settings, maxiters=1000)
    n = len(expected)
    assert settings.get("stalliters", 30) < n < 1000
    mine = ours(seed, settings, n + 1)
    assert mine[:n] == pytest.approx(expected, rel=1e-12)
    assert (np.sum(np.diff(mine, axis=0) != 0.0, axis=1)[-1]) == 3
    assert loss(mine[-1]) > min(map(loss, expected))
