import importlib.metadata
import logging
import warnings
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState

from tests.contracts.optimizer import MIXED, OptimizerContract, cube, evaluate, play, sphere
from tests.loops import loop_over
from tests.samples import change, study_table
from tuner.errors import StudyError
from tuner.optimizers import resolution, samplers
from tuner.optimizers.base import Problem
from tuner.optimizers.samplers import SAMPLERS, Axis, Optuna, missing
from tuner.study.schema import Place
from tuner.study.space import Parameter
from tuner.study.study import Study

pytestmark = pytest.mark.long
SEVERAL = ("tpe", "nsga2", "nsga3", "qmc", "random")
TESTED = (*SEVERAL, "cma_es")
SPACE = {
    "weight": FloatDistribution(0.0, 1.0),
    "cells": IntDistribution(1, 4),
    "shape": CategoricalDistribution((0, 1, 2)),
}
THIRDS = np.full((4, 3), 1 / 3)


class TestTpe(OptimizerContract):
    name = "optuna"
    settings = {"population_size": 5}
    sphere_loss = 0.001
    rates_loss = 3.0


class TestNsga2(OptimizerContract):
    name = "optuna"
    settings = {"sampler": "nsga2", "population_size": 5}
    sphere_loss = 0.01


def make(sampler, space=None, seed=1, size=10, objectives=("loss",)):
    return Optuna(Problem(space or cube(3), objectives=objectives), seed, sampler=sampler, population_size=size)


def goals(place, n_cells, shape, n_objectives=1):
    """Objectives of a place, a whole number and a choice; None where it fails."""
    if place > 0.7:
        return None
    rest = abs(n_cells - 3) + 0.5 * (shape == 1)
    return [(place - 0.3) ** 2 + rest, (place - 0.6) ** 2 + rest][:n_objectives]


def bare(sampler, n_trials, n_objectives):
    """What Optuna suggests without us."""
    study = optuna.create_study(sampler=sampler, directions=["minimize"] * n_objectives)
    seen = []
    for _ in range(n_trials):
        trial = study.ask(SPACE)
        seen.append(list(trial.params.values()))
        values = goals(*seen[-1], n_objectives)
        study.tell(trial, values, TrialState.COMPLETE if values else TrialState.FAIL)
    return seen


@loop_over(
    ("name", "kind", "settings", "n_objectives"),
    [
        ("tpe", "TPESampler", {}, 1),
        ("tpe", "TPESampler", {}, 2),
        ("nsga2", "NSGAIISampler", {"population_size": 2}, 2),
        ("nsga3", "NSGAIIISampler", {"population_size": 2}, 2),
        ("cma_es", "CmaEsSampler", {"popsize": 4, "warn_independent_sampling": False}, 1),
        ("qmc", "QMCSampler", {"scramble": True}, 1),
        ("random", "RandomSampler", {}, 2),
    ],
)
@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_one_at_a_time_it_asks_what_a_bare_study_does(name, kind, settings, n_objectives):
    expected = bare(getattr(optuna.samplers, kind)(seed=5, **settings), 30, n_objectives)
    asked = []

    def objectives(point):
        values = MIXED.decode(point)
        asked.append([point[0], values["cells"], "abc".index(values["shape"])])
        found = goals(*asked[-1], n_objectives)
        return found and dict(zip(("one", "other"), found, strict=False))

    play(make(name, MIXED, 5, 1, ("one", "other")[:n_objectives]), objectives, 30)
    assert asked == expected
    assert len({row[0] for row in asked}) > 8 and any(row[0] > 0.7 for row in asked)


@pytest.fixture
def no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


class TestEverySampler:
    @loop_over("name", TESTED)
    def test_discrete_parameters_are_asked_at_their_values(self, name, no_warning):
        points = np.concatenate(play(make(name, MIXED), sphere, 4))
        assert np.array_equal(points[:, 1:], MIXED.snap(points)[:, 1:])
        assert len(np.unique(points[:, 1])) > 2 and len(np.unique(points[:, 2])) == 3

    @loop_over("name", TESTED)
    def test_the_seed_decides(self, name):
        def asked(seed):
            return np.concatenate(play(make(name, seed=seed), lambda x: None if x[0] > 0.5 else sphere(x), 4))

        assert np.array_equal(asked(1), asked(1))
        assert not np.isclose(asked(1), asked(2)).any()

    @loop_over("name", TESTED)
    def test_other_points_are_told_in_the_place_of_those_asked(self, name, no_warning):
        optimizer = make(name, size=4)
        optimizer.tell(np.full((2, 3), 0.1), evaluate(np.zeros((2, 3)), sphere))
        optimizer.ask()
        optimizer.tell(THIRDS, evaluate(THIRDS, lambda point: None if point is THIRDS[0] else sphere(point)))
        assert np.isfinite(np.concatenate(play(optimizer, sphere, 3))).all()

    @loop_over("name", TESTED)
    def test_optuna_logs_nothing_while_it_works_for_us(self, name, monkeypatch):
        records = []
        handler = logging.Handler()
        handler.emit = records.append
        monkeypatch.setattr(logging.getLogger("optuna"), "handlers", [handler])
        verbosity = optuna.logging.get_verbosity()
        try:
            optuna.logging.set_verbosity(logging.INFO)
            play(make(name, MIXED), sphere, 3)
            assert records == []
            optuna.create_study()
            assert "created in memory" in records[0].getMessage()
        finally:
            optuna.logging.set_verbosity(verbosity)


@pytest.mark.parametrize("name", ["nsga2", "nsga3"])
def test_points_that_were_not_asked_for_become_parents(name):
    optimizer = make(name, size=4)
    optimizer.ask()
    optimizer.tell(THIRDS, evaluate(THIRDS, sphere))
    assert (optimizer.ask() == 1 / 3).mean() > 0.5


@pytest.mark.parametrize("name", ["nsga2", "nsga3"])
def test_known_points_become_parents(name):
    optimizer = make(name, size=4)
    optimizer.tell(THIRDS, evaluate(THIRDS, sphere))
    assert (optimizer.ask() == 1 / 3).mean() > 0.5


def test_tpe_learns_from_known_points():
    optimizer = make("tpe", size=40)
    known = np.random.default_rng(1).random((200, 3))
    optimizer.tell(known, evaluate(known, sphere))
    distances = [np.median([sphere(x)["loss"] for x in points]) for points in (optimizer.ask(), known)]
    assert distances[0] < 0.3 * distances[1]


def test_tpe_learns_from_the_constraints_of_known_points():
    known = np.random.default_rng(1).random((200, 3))
    shares = []
    for violation in (0.0, 2.0):
        optimizer = make("tpe", size=40)
        told = evaluate(known, lambda x: {"loss": float(x[0])})
        violations = [violation if x < 0.5 else 0.0 for x in known[:, 0]]
        optimizer.tell(known, [replace(e, violation=v) for e, v in zip(told, violations, strict=True)])
        shares.append((optimizer.ask()[:, 0] >= 0.5).mean())
    assert shares[1] > shares[0] + 0.4


@loop_over("name", ["tpe", "nsga2", "nsga3"])
def test_what_violates_a_constraint_is_worse_than_what_does_not(name):
    def share(violation):
        optimizer = make(name, size=20)
        for _ in range(8):
            points = optimizer.ask()
            told = evaluate(points, lambda x: {"loss": float(x[0])})
            violations = [violation if x < 0.5 else 0.0 for x in points[:, 0]]
            optimizer.tell(points, [replace(e, violation=v) for e, v in zip(told, violations, strict=True)])
        return (points[:, 0] >= 0.5).mean()

    assert share(2.0) > share(0.0) + 0.4


def test_cma_es_goes_by_the_loss_alone(no_warning):
    optimizer = make("cma_es")
    for _ in range(8):
        points = optimizer.ask()
        optimizer.tell(points, [replace(e, violation=1.0) for e in evaluate(points, sphere)])
    assert points.mean(axis=0) == pytest.approx([0.3] * 3, abs=0.1)


@loop_over("name", ["tpe", "nsga2", "nsga3"])
def test_several_objectives(name, no_warning):
    """The best compromises are the points (x, 0.5, 0.5)."""

    def two(point):
        rest = float(np.sum((point[1:] - 0.5) ** 2))
        return {"one": float(point[0] ** 2) + rest, "other": float((1.0 - point[0]) ** 2) + rest}

    asked = play(make(name, size=20, objectives=("one", "other")), two, 12)
    last = np.concatenate(asked[-3:])
    assert np.median(np.abs(last[:, 1:] - 0.5)) < 0.11
    assert last[:, 0].min() < 0.2 and last[:, 0].max() > 0.8


@pytest.mark.parametrize("name", ["cma_es", "gp"])
def test_several_objectives_are_refused(name):
    table = change(study_table(), "optimizer", {"name": "optuna", "sampler": name})
    for number, target in enumerate(table["targets"].values()):
        target["objective"] = f"objective {number % 2}"
    words = rf"optimizer.sampler: is {name}, which handles one objective, .* name 2; choose tpe or nsga2"
    with pytest.raises(StudyError, match=words):
        resolution.resolve(Study.from_table(table, Place("sample.toml"), ".", default_name="sample"))


def test_what_optuna_knows_of_a_parameter():
    log = Axis(Parameter("n", 1, 1000, kind="int", scale="log"))
    axes = [*map(Axis, MIXED.parameters), log]
    assert [axis.distribution() for axis in axes] == [*SPACE.values(), IntDistribution(1, 1000, log=True)]
    assert [axis.place(suggestion) for axis, suggestion in zip(axes, (0.2, 3, 1), strict=False)] == [0.2, 0.625, 0.5]
    assert [axis.suggestion(x) for axis, x in zip(axes, (0.2, 0.7, 0.9), strict=False)] == [0.2, 3, 2]
    assert [log.suggestion(log.place(n)) for n in range(1, 1001)] == list(range(1, 1001))


def test_choices_that_are_equal_for_python_are_two():
    axis = Axis(Parameter("flag", kind="choice", choices=(1, True)))
    assert [axis.suggestion(axis.place(index)) for index in (0, 1)] == [0, 1]


def resolved(**settings):
    table = change(study_table(), "optimizer", {"name": "optuna", **settings})
    return resolution.resolve(Study.from_table(table, Place("sample.toml"), ".", default_name="sample"))


@loop_over("name", TESTED)
def test_only_samplers_for_many_objectives_split_the_targets(name):
    assert resolution.objectives(resolved(sampler=name)).split == (name in ("nsga2", "nsga3"))


@pytest.mark.parametrize("installed", [None, "4.6.0"])
def test_without_a_new_optuna_it_is_said_how_to_install_one(monkeypatch, installed):
    def version(name):
        if installed is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return installed

    monkeypatch.setattr(samplers, "version", version)
    words = 'needs optuna 5: pip install "netpyne-tuner[optuna]"'
    assert missing({"sampler": "random"}) == words
    with pytest.raises(StudyError) as caught:
        resolved()
    assert str(caught.value) == f"sample.toml: optimizer.sampler: is tpe, which {words}"


@pytest.mark.parametrize(("torch", "expected"), [(None, "pip install torch"), (SimpleNamespace(), "")])
def test_gp_is_refused_without_torch(monkeypatch, torch, expected):
    monkeypatch.setattr(samplers, "find_spec", lambda name: torch)
    assert expected in missing({"sampler": "gp"})
    assert bool(expected) == bool(missing({"sampler": "gp"}))
    assert all(missing({"sampler": name}) == "" for name in TESTED)
    assert set(TESTED) | {"gp"} == set(SAMPLERS)
