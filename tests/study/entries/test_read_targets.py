"""Targets of protocols, constraints, targets without end, and what no raster can define."""

import math

import pytest

from tests.loops import loop_over
from tests.samples import study_table
from tests.study.entries.reading import read, refusal
from tuner.errors import StudyError
from tuner.study.schema import Place
from tuner.study.study import Study
from tuner.study.study_file import tomllib

CONSTRAINT = "but a target with must = true is a constraint"
ENDLESS = "cannot be combined with the loss function 'minimize'"


class TestProtocols:
    PROTOCOLS = {"a": {"values": {"drive_rate": 5.0}}, "b": {"duration_ms": 300}}

    def test_is_named_where_there_are_several(self, folder):
        assert read(folder, {"feature": "rate", "value": 1, "protocol": "b"}, protocols=self.PROTOCOLS).protocol == "b"

    def test_the_only_one_need_not_be_named(self, folder):
        table = {**study_table(), "targets": {"t": {"feature": "rate", "value": 1}}, "protocols": {"only": {}}}
        assert Study.from_table(table, Place("s"), folder).targets[0].protocol == "only"

    @pytest.mark.parametrize(
        ("entry", "words"),
        [
            ({"protocol": "c"}, "targets.t.protocol: no protocol is called 'c'; allowed: a, b"),
            ({"protocol": "b", "window_ms": [0, 400]}, "must lie within the run, 0 to 300 ms"),
        ],
    )
    def test_what_is_wrong_is_named(self, folder, entry, words):
        assert words in refusal(folder, {"feature": "rate", "value": 1, **entry}, protocols=self.PROTOCOLS)

    def test_none_named_among_several(self, folder):
        table = {**study_table(), "targets": {"t": {"feature": "rate", "value": 1}}, "protocols": self.PROTOCOLS}
        with pytest.raises(StudyError, match="targets.t.protocol: is missing; the study has several protocols: a, b"):
            Study.from_table(table, Place("s"), folder)


class TestConstraints:
    @loop_over(
        ("goal", "feature", "violation"),
        [
            ({"high": 40, "tolerance": 4}, 40.0, 0.0),
            ({"high": 40, "tolerance": 4}, 42.0, 0.5),
            ({"low": 2, "high": 40, "tolerance": 4}, 1.0, 0.25),
            ({"value": 10, "tolerance": 2}, 12.0, 0.0),
            ({"value": 10, "tolerance": 2}, 15.0, 1.5),
            ({"value": 10, "tolerance": 2}, math.nan, 250.0),
            ({"value": 10, "tolerance": 2, "cap": 7}, 1e6, 7.0),
        ],
    )
    def test_is_violated_by_tolerances(self, folder, goal, feature, violation):
        target = read(folder, {"feature": "rate", "must": True, **goal})
        assert target.violation(feature) == pytest.approx(violation) and not target.counts

    def test_what_need_not_be_met_is_never_violated(self, folder):
        assert read(folder, {"feature": "rate", "value": 10}).violation(1e9) == 0.0

    @loop_over(
        ("entry", "words"),
        [
            ({"weight": 0}, f"targets.t.weight: is 0.0, {CONSTRAINT}; remove weight or must"),
            ({"objective": "x"}, f"targets.t.objective: is 'x', {CONSTRAINT}; remove objective or must"),
            ({"must": "yes"}, "targets.t.must: is 'yes', must be true or false"),
        ],
    )
    def test_what_is_wrong_is_named(self, folder, entry, words):
        assert words in refusal(folder, {"feature": "rate", "value": 1, "must": True, **entry})

    def test_a_study_needs_more_than_constraints(self, folder):
        table = {**study_table(), "targets": {"t": {"feature": "rate", "value": 1, "must": True}}}
        with pytest.raises(StudyError, match="at least one target has to add to the loss"):
            Study.from_table(table, Place("s"), folder)


class TestEndless:
    @loop_over(
        "entry",
        [
            {"feature": "fitness", "form": "minimize"},
            {"feature": "fitness", "form": "maximize", "name": "score", "weight": 2, "unit": "1", "cap": 1000},
            {"feature": "cv_isi", "population": "S", "form": "maximize", "window_ms": [100, 900], "tolerance": 0.1},
            {"feature": "rate_distance", "form": "minimize", "reference": "rates.txt"},
        ],
    )
    def test_comes_back_as_it_was(self, folder, entry):
        target = read(folder, entry)
        assert target.is_endless and not target.has_goal and (target.value, target.low, target.high) == (None,) * 3
        assert target.cap == entry.get("cap", 1e9) and target.counts
        table = {**study_table(), "targets": {"t": entry}}
        study = Study.from_table(table, Place("s"), folder)
        again = Study.from_table(tomllib.loads(study.dump()), Place("s"), folder)
        assert again.targets == study.targets == (target,) and again.dump() == study.dump()
        assert again.identity() == study.identity()

    def test_a_fitness_of_nobody_is_no_mistake(self, folder):
        # A raster does not define it, silent or lively.
        target = read(folder, {"feature": "fitness", "value": 0, "tolerance": 1})
        assert (target.cap, target.unit, target.arguments) == (250.0, "1", ())
        assert read(folder, {"feature": "fitness", "weight": 0}).goal == "none (recorded only)"

    @loop_over(
        ("entry", "words"),
        [
            ({"value": 1}, f"targets.t.value: {ENDLESS}, which has no target value; keep one of the two"),
            ({"low": 1}, "targets.t.low: " + ENDLESS),
            ({"high": 1}, "targets.t.high: " + ENDLESS),
            ({"reference": "raster.txt"}, "targets.t.reference: " + ENDLESS),
            ({"must": True}, f"targets.t.must: {ENDLESS}, which has no target value to be met"),
            ({"form": "minimise"}, "targets.t.form: is 'minimise'; "),
            ({"form": "z"}, "targets.t: has no target value; give value, or low and/or high"),
        ],
    )
    def test_what_is_wrong_is_named(self, folder, entry, words):
        assert words in refusal(folder, {"feature": "rate", "form": "minimize", **entry})

    def test_is_enough_for_a_study_but_not_of_weight_0(self, folder):
        table = {**study_table(), "targets": {"t": {"feature": "fitness", "form": "minimize", "weight": 0}}}
        with pytest.raises(StudyError, match="at least one target has to add to the loss"):
            Study.from_table(table, Place("s"), folder)


class TestTimesOfATrace:
    @loop_over(
        ("entry", "words"),
        [
            ({"at_ms": 1001}, "at_ms: is 1001, must lie within 0 to 1000 ms"),
            ({"at_ms": -1}, "at_ms: is -1, must lie within 0 to 1000 ms"),
            ({"at_ms": 50, "window_ms": [100, 200]}, "at_ms: is 50, must lie within 100 to 200 ms"),
            ({"feature": "trace_ratio", "at_ms": 150, "to_ms": 1e6}, "to_ms: is 1e+06, must lie within 0 to 1000 ms"),
        ],
    )
    def test_lie_within_the_window_and_the_run(self, folder, entry, words):
        assert words in refusal(folder, {"feature": "trace_value", "trace": "V", "value": 1, **entry})

    @pytest.mark.parametrize("at_ms", [0, 1000])
    def test_may_be_its_ends(self, folder, at_ms):
        entry = {"feature": "trace_value", "trace": "V", "value": 1, "at_ms": at_ms}
        assert read(folder, entry).arguments[1] == ("at_ms", at_ms)


class TestFeaturesThatNoRasterDefines:
    @loop_over(
        ("entry", "within"),
        [
            ({"feature": "evoked_rate", "stimulus_ms": 5000}, "0 to 1000 ms, stimulus_ms = (5000.0,)"),
            ({"feature": "response_width", "stimulus_ms": 50}, "0 to 1000 ms, stimulus_ms = (50.0,)"),
            ({"feature": "fano", "bin_ms": 900}, "0 to 1000 ms, bin_ms = 900.0"),
            ({"feature": "phase_locking", "window_ms": [0, 20]}, "0 to 20 ms"),
        ],
    )
    def test_is_an_error(self, folder, entry, within):
        words = f"{entry['feature']} is undefined for every raster ({within})"
        assert words in refusal(folder, {"value": 1, **entry})

    @loop_over("duration", [5.0, 60.0, 1000.0, 1e7])
    @loop_over("feature", ["rate", "cv_isi", "lv", "burst_index", "active_fraction", "first_spike"])
    def test_others_are_not(self, folder, feature, duration):
        assert read(folder, {"feature": feature, "value": 1}, duration_ms=duration).feature == feature


class TestPossibleValues:
    @loop_over(
        ("feature", "goal", "words"),
        [
            ("rate", {"value": -3}, "targets.t.value: is -3 Hz, but rate [Hz] can only be 0 or more"),
            ("rate", {"low": -1, "high": 5}, "targets.t.low: is -1 Hz, but rate [Hz] can only be 0 or more"),
            ("synchrony", {"low": 1.5}, "targets.t.low: is 1.5, but synchrony can only be 0 to 1"),
            ("synchrony", {"low": 1.5, "must": True}, "targets.t.low: is 1.5, but synchrony can only be 0 to 1"),
            ("correlation", {"high": -2}, "targets.t.high: is -2, but correlation can only be -1 to 1"),
            ("lv", {"value": 4}, "targets.t.value: is 4, but lv can only be 0 to 3"),
            ("efel:spike_count", {"value": -1}, "is -1, but efel:spike_count can only be 0 or more"),
        ],
    )
    def test_others_are_errors(self, folder, feature, goal, words):
        assert words in refusal(folder, {"feature": feature, **goal})

    @loop_over(
        ("feature", "goal"),
        [
            ("rate", {"value": 0, "tolerance": 1}),
            ("synchrony", {"low": 0.2, "high": 1}),
            ("efel:voltage_base", {"value": -70}),
            ("phase_consistency", {"value": -0.5, "frequency_hz": 10.0}),
        ],
    )
    def test_the_bounds_are_possible(self, folder, feature, goal):
        assert read(folder, {"feature": feature, **goal}).has_goal
