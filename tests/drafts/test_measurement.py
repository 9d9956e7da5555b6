"""Settings that there was no time to try."""

from tests.drafts.entries import WEIGHT, entry, names
from tuner.drafts import measurement


def test_what_there_was_no_time_for_is_said(monkeypatch):
    class Nobody:
        def map(self, _, tasks, *__):
            assert list(tasks) == []
            return []

    monkeypatch.setattr(measurement, "LONGEST_TRIALS_S", -1.0)
    (found,) = measurement.Worker(None, Nobody()).tried([entry("cfg.w", 0.01, is_setting=True)])
    assert found.note == "not tried" and names(found, entry(WEIGHT)) == ["E->I_weight"]
