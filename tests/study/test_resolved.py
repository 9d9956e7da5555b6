"""A resolved study has everything that was set before, and is held against the duration of its model."""

from dataclasses import FrozenInstanceError, replace

import pytest

from tests.foreign_models import FOREIGN
from tests.samples import make_study
from tuner.errors import StudyError
from tuner.optimizers.resolution import resolve, resume
from tuner.study.settings import Abort, OptimizerSettings
from tuner.study.study import Study


def of_a_pair(**entries):
    """A study of a model that has a duration of its own."""
    table = {
        "model": "pair",
        "parameters": {"noise": {"low": 0.5, "high": 0.9}},
        "targets": {"rate": {"feature": "rate", "value": 5.0}},
        "protocols": {"short": {"duration_ms": 50}, "whole": {}},
        "budget": {"evaluations": 20},
        "simulation": {"repeats": 3, "abort": {"rate_hz": 200}},
    }
    table["targets"]["rate"]["protocol"] = "whole"
    return Study.from_table(table | entries, folder=FOREIGN, default_name="pair")


def test_what_was_set_before_the_duration_is_known_is_kept():
    study = of_a_pair()
    study = replace(study, simulation=replace(study.simulation, keep_spikes=True), trust_pickle=True)
    resolved = resolve(study.with_seeds([4, 5]), 200.0)
    assert resolved.simulation.keep_spikes and resolved.trust_pickle
    assert resolved.seeds == (4, 5) and resolved.simulation.repeats is None
    assert resolved.simulation.abort == Abort(rate_hz=200.0)
    assert [(each.name, each.duration_ms) for each in resolved.protocols] == [("short", 50.0), ("whole", 200.0)]


def test_targets_are_held_against_the_models_duration():
    window = {"rate": {"feature": "rate", "value": 5.0, "protocol": "whole", "window_ms": [100, 300]}}
    study = of_a_pair(targets=window)
    assert resolve(study, 300.0).targets[0].window_ms == (100.0, 300.0)
    with pytest.raises(
        StudyError, match=r"targets.rate.window_ms: is \[100.0, 300.0\], must lie within the run, 0 to 200"
    ):
        resolve(study, 200.0)


def test_a_duration_that_nobody_knows_is_an_error():
    with pytest.raises(StudyError, match="duration_ms: is missing"):
        resolve(of_a_pair())


def test_a_duration_of_the_studys_own_wins():
    assert resolve(of_a_pair(duration_ms=80), 200.0).duration_ms == 80.0


def test_a_run_that_goes_on_has_what_was_recorded():
    optimizer = {"name": "nsga2", "asynchronous": True}
    recorded = {"duration_ms": 150.0, "optimizer": {"in_flight": 7}}
    resolved = resume(of_a_pair(optimizer=optimizer), recorded, workers=2)
    assert resolved.duration_ms == 150.0 and resolved.optimizer.in_flight == 7
    assert resume(of_a_pair(optimizer=optimizer), {"duration_ms": 150.0}, workers=2).optimizer.in_flight == 2


def test_nothing_changes_a_resolved_study():
    resolved = resolve(make_study())
    with pytest.raises(FrozenInstanceError):
        resolved.duration_ms = 1.0
    with pytest.raises(FrozenInstanceError):
        resolved.simulation.workers = 1
    assert resolved.optimizer == OptimizerSettings("genetic", own=resolved.optimizer.own)
    assert resolved.optimizer.population_size == 10 and resolved.optimizer.own["mutation_rate"] == 0.2


def test_what_is_written_is_read_again_as_the_same():
    resolved = resolve(of_a_pair(), 200.0)
    again = resolve(Study.from_table(resolved.to_table(), folder=FOREIGN))
    assert again.identity() == resolved.identity() and again.simulation == resolved.simulation
    assert again.optimizer == resolved.optimizer and again.duration_ms == 200.0
