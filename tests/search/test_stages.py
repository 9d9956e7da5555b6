"""Slow stages have a line, and what runs on the workers is followed."""

import logging

from tests.commands import wait_until
from tests.report.run_files import evaluation
from tuner import progress
from tuner.executors.inline import Inline
from tuner.search import stages
from tuner.search.observers import Observer, Observers


def test_only_a_slow_stage_has_a_line(monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(stages, "PATIENCE_S", 0.0)
    with stages.stage("loading the model") as slow:
        wait_until(lambda: caplog.messages == ["loading the model"])
        assert slow.seconds == 0.0
    assert slow.seconds > 0.0
    monkeypatch.setattr(stages, "PATIENCE_S", 1000.0)
    with stages.stage("testing"):
        pass
    assert caplog.messages == ["loading the model"]


class Notes(Observer):
    def __init__(self):
        self.seen = []

    def on_stage(self, name, done, total):
        self.seen.append((name, done, total))


def test_each_outcome_of_a_stage_is_told():
    notes = Notes()
    observers = Observers.of(notes)
    with observers.stage("verification", 3) as step:
        pool = stages.Followed(Inline(lambda: None), step)
        assert [outcome.value for outcome in pool.map(abs, [-1, 2])] == [1, 2]
        assert pool.workers == 1
    assert notes.seen == [("verification", done, 3) for done in (0, 1, 2, 3)]
    with observers.stage("held-out tests", 0) as step:
        step()
    assert len(notes.seen) == 4


def test_bar_has_the_best_of_an_earlier_start_and_a_later_stage(monkeypatch, capsys):
    from tests.samples import make_study
    from tuner.optimizers import resolution

    monkeypatch.setenv("COLUMNS", "120")
    bar = progress.Bar()
    bar.on_start(resolution.resolve(make_study(optimizer={}, budget={"evaluations": 9})), 2)
    bar.on_resume([evaluation(0, 3.5), evaluation(1, 2.25)])
    bar.on_result(evaluation(2, 7.0))
    bar.on_end()
    last = capsys.readouterr().err
    assert "2/9 evaluations, best loss 2.25" in last and "best loss 7" not in last
    monkeypatch.setattr(progress, "LONG_S", 0.0)
    for done in (0, 1, 2):
        bar.on_stage("verification", done, 2)
    assert "verification |" in capsys.readouterr().err
