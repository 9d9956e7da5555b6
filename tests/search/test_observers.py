"""Observers of a run: all are told, an error of one is its own, and one may end the run in order."""

import json
import logging

import pytest

from tests.commands import SMALL, rows
from tests.samples import evaluation, make_study
from tuner import signals
from tuner.optimizers import resolution
from tuner.progress import Bar, Progress, SignalCheck
from tuner.search.budget import Ending
from tuner.search.job import tune
from tuner.search.observers import Observer, Observers
from tuner.study.study import Study


class Diary(Observer):
    """Keeps what it is told, together with its name."""

    def __init__(self, name, pages, reason=""):
        self._name, self._pages, self._reason = name, pages, reason

    def on_start(self, study, stored):
        self._pages.append((self._name, "start", stored))

    def on_resume(self, evaluations):
        self._pages.append((self._name, "resume", [each.number for each in evaluations]))

    def on_result(self, evaluation):
        self._pages.append((self._name, "result", evaluation.number))

    def on_generation(self, generation, evaluations, survivors):
        self._pages.append((self._name, "generation", generation))

    def stop_reason(self):
        return self._reason

    def on_end(self):
        self._pages.append((self._name, "end"))

    def on_probe(self, done, total):
        self._pages.append((self._name, "probe", done, total))

    def on_probes_end(self):
        self._pages.append((self._name, "probes end"))


class Broken(Diary):
    def on_generation(self, generation, evaluations, survivors):
        raise ValueError("full")

    def on_end(self):
        super().on_end()
        raise OSError("gone")


def test_all_observers_are_told_in_their_order():
    pages = []
    both = Observers.of([Diary("a", pages), Diary("b", pages)])
    both.on_start(make_study(), 3)
    both.on_resume([evaluation(1), evaluation(4)])
    both.on_result(evaluation(7))
    both.on_generation(2, [evaluation(7)], [7])
    both.on_end()
    both.on_probe(1, 4)
    both.on_probes_end()
    calls = [("start", 3), ("resume", [1, 4]), ("result", 7), ("generation", 2), ("end",)]
    calls += [("probe", 1, 4), ("probes end",)]
    assert pages == [(name, *call) for call in calls for name in "ab"]


def test_an_error_of_one_observer_keeps_none_of_the_others_from_being_told(caplog):
    pages = []
    both = Observers.of([Broken("a", pages), Diary("b", pages)])
    with caplog.at_level(logging.WARNING, "tuner"):
        both.on_generation(2, [], [])
    assert pages == [("b", "generation", 2)]
    assert [record.getMessage() for record in caplog.records] == ["generation 2: on_generation raised ValueError: full"]
    with pytest.raises(OSError, match="gone"):
        both.on_end()
    assert pages[1:] == [("a", "end"), ("b", "end")]


def test_the_first_reason_counts():
    assert Observers.of(None).stop_reason() == "" == Observers.of(Progress()).stop_reason()
    assert Observers.of([Diary("a", []), Diary("b", [], "b ends"), Diary("c", [], "c ends")]).stop_reason() == "b ends"


def test_a_reason_goes_before_the_budget():
    budget = make_study(budget={"evaluations": 2}, optimizer={})
    told = [evaluation(0), evaluation(1)]
    assert Ending(budget, 0.0).after_generation(1, told, told) == "budget.evaluations"
    asked = Ending(budget, 0.0, lambda: "the user")
    assert asked.after_generation(1, told, told) == asked.within_generation() == "the user"
    # Also where it has the name of an entry that is not met.
    assert Ending(budget, 0.0, lambda: "budget.loss").after_generation(1, told, told) == "budget.loss"
    assert asked.is_due() and not Ending(budget, 0.0).is_due()


def test_the_bar_shows_the_best_of_all_starts():
    bar = Bar()
    bar.on_start(resolution.resolve(make_study(optimizer={})), 3)
    shown = [bar._bar.postfix]
    bar.on_resume([evaluation(0, loss=None), evaluation(1, loss=4.0), evaluation(2, loss=2.0)])
    shown.append(bar._bar.postfix)
    for each in (evaluation(3, loss=3.0), evaluation(4, loss=1.0, violation=0.5), evaluation(5, loss=1.5)):
        bar.on_result(each)
        shown.append(bar._bar.postfix)
    bar.on_end()
    assert shown == ["no loss yet", *["best loss 2"] * 3, "best loss 1.5"]


def test_a_bar_for_the_probes_counts_them():
    bar = Bar()
    for done in range(3):
        bar.on_probe(done, 4)
    assert (bar._bar.n, bar._bar.total) == (2, 4)
    bar.on_probes_end()


def test_a_lost_signal_ends_the_probes(monkeypatch):
    SignalCheck().on_probe(1, 4)
    monkeypatch.setattr(signals, "received", [15])
    with pytest.raises(KeyboardInterrupt):
        SignalCheck().on_probe(1, 4)


class Limit(Observer):
    """Ends a run after so many of its evaluations or generations."""

    def __init__(self, evaluations=100, generations=100):
        self.evaluations, self.generations = evaluations, generations

    def on_result(self, evaluation):
        self.evaluations -= 1

    def on_generation(self, generation, evaluations, survivors):
        self.generations -= 1

    def stop_reason(self):
        return "a <limit>" if min(self.evaluations, self.generations) <= 0 else ""


LOOPS = {
    "generations": ("budget.evaluations=10", "optimizer.population_size=4"),
    "asynchronous": (
        "budget.evaluations=10", "optimizer={name='nsga2', population_size=4, asynchronous=true, in_flight=3}",
    ),
}  # fmt: skip


@pytest.mark.simulation
@pytest.mark.parametrize("loop", [pytest.param("generations"), pytest.param("asynchronous", marks=pytest.mark.slow)])
def test_a_run_that_an_observer_ends_goes_on_as_the_unbroken_one(loop, tmp_path):
    study = Study.load(SMALL, [*LOOPS[loop], "simulation.engine=neuron", "simulation.fresh_seeds=0"])
    whole = tune(study, tmp_path / "whole", "inline")
    pages = []
    first = tune(study, tmp_path / "runs", "inline", progress=[Diary("a", pages), Limit(evaluations=6)])
    assert first.ended == "a <limit>" and [e.number for e in first.evaluations] == list(range(6))
    assert first.best["evaluations"] == 6 and first.best["verified"]["equal"]
    assert pages.count(("a", "end")) == 1 and ("a", "result", 5) in pages
    assert json.loads((first.folder / "manifest.json").read_text())["ended"] == "a <limit>"
    assert str(first).startswith("Ended by a <limit> after 6 evaluations")
    assert "ended by a &lt;limit&gt;" in first.report.read_text()
    # The generation of the first start is told again.
    pages.clear()
    second = tune(study, tmp_path / "runs", "inline", progress=[Diary("a", pages), Limit(generations=2)])
    assert pages[:2] == [("a", "start", 6), ("a", "resume", list(range(6)))]
    assert (second.ended, len(second.evaluations)) == ("a <limit>", 8)
    third = tune(study, tmp_path / "runs", "inline", progress=Progress())
    assert third.ended == whole.ended == "budget.evaluations"
    assert rows(third.folder) == rows(whole.folder)
    assert third.best["values"] == whole.best["values"] and third.best["evaluations"] == 10
    probed = [[(probe.values, probe.features) for probe in run.probes] for run in (second, third, whole)]
    assert [len(each) for each in probed] == [0, 2, 2] and probed[1] == probed[2]
