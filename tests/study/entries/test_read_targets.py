"""Targets that name files, protocols and constraints."""

import math

import numpy as np
import pytest

from tests.loops import loop_over
from tests.samples import recording, study_table
from tuner.errors import StudyError
from tuner.features import lookup
from tuner.runs import rasters
from tuner.study.schema import Place
from tuner.study.study import Study
from tuner.study.study_file import tomllib

OWN = """
def doubled(recording, population, window_ms, factor: float = 2.0, band: tuple[float, float] = (0.0, 1.0)):
    return factor * len(recording.spikes(population, window_ms).times)
doubled.unit = "mV"

def bare(recording, population, window_ms):
    return 1.0

def wrong(raster):
    return 1.0

def clash(recording, population, window_ms, weight: float = 1.0):
    return weight

def nothing(recording, population, window_ms, *rest, **more):
    return None

def in_place(recording, population, window_ms):
    times = recording.spikes(population, window_ms).times
    times += 1000.0
    return 0.0
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "own.py").write_text(OWN)
    (tmp_path / "broken.py").write_text("import nothing_of_the_kind\n")
    # Cell 0 at 10, 60 and 110 ms, cell 1 at 20 ms: 2 spikes a cell in 200 ms, 10 Hz.
    (tmp_path / "raster.txt").write_text("# cells = 2\n# duration_ms = 200\n10 0\n60 0\n110 0\n20 1\n")
    (tmp_path / "rates.txt").write_text("5\n10\n")
    return tmp_path


def read(folder, entry, **table):
    targets = {"t": entry, "other": {"feature": "rate", "value": 1}}
    for target in targets.values() if "protocols" in table else ():
        target.setdefault("protocol", "a")
    return Study.from_table({**study_table(), **table, "targets": targets}, Place("sample.toml"), folder).targets[0]


def refusal(folder, entry, **table):
    with pytest.raises(StudyError) as caught:
        read(folder, entry, **table)
    return str(caught.value)


class TestReferences:
    def test_a_feature_wishes_what_the_reference_has(self, folder):
        target = read(folder, {"feature": "rate", "reference": "raster.txt"}, duration_ms=200)
        assert (target.value, target.tolerance) == (pytest.approx(10.0), pytest.approx(1.0))
        windowed = read(folder, {"feature": "rate", "reference": "raster.txt", "window_ms": [0, 50], "tolerance": 3})
        assert (windowed.value, windowed.tolerance) == (pytest.approx(20.0), 3.0)

    def test_it_is_measured_again_from_the_runs_study(self, folder):
        study = Study.from_table(
            {**study_table(), "duration_ms": 200, "targets": {"t": {"feature": "rate", "reference": "raster.txt"}}},
            Place("s"),
            folder,
        )
        table = study.to_table()["targets"]["t"]
        assert table["reference"] == "raster.txt" and "value" not in table
        assert Study.from_table(study.to_table(), Place("s"), folder).targets[0].value == pytest.approx(10.0)
        assert [file.name for file in study.files] == ["raster.txt"]

    def test_a_distance_wishes_none(self, folder):
        target = read(folder, {"feature": "rate_distance", "reference": "rates.txt", "tolerance": 2})
        assert (target.value, target.unit) == (0.0, "Hz")
        # 5 and 10 Hz against 0 and 20 Hz.
        assert target.measure(recording([], [1.0, 2.0], duration_ms=100.0)) == pytest.approx((5 + 10) / 2)

    def test_a_runs_raster_is_a_reference(self, folder):
        raster = recording(np.arange(5.0, 100.0, 10.0), duration_ms=100.0)
        rasters.write_raster(folder, 3, {"default": raster})
        entry = {"feature": "rate", "reference": "best_raster.npz", "population": "S"}
        target = read(folder, entry, duration_ms=100)
        assert target.value == pytest.approx(100.0)

    def test_of_a_run_with_protocols_it_is_the_one_of_the_name(self, folder):
        both = {name: recording(np.linspace(1, 99, n), duration_ms=100.0) for name, n in (("a", 3), ("b", 7))}
        rasters.write_raster(folder, 3, both)
        entry, protocols = {"feature": "rate", "reference": "best_raster.npz"}, {"a": {}, "b": {}, "c": {}}
        wishes = [
            read(folder, {**entry, "protocol": name}, duration_ms=100, protocols=protocols).value for name in "ab"
        ]
        assert wishes == pytest.approx([30.0, 70.0])
        words = refusal(folder, {**entry, "protocol": "c"}, duration_ms=100, protocols=protocols)
        assert "has the protocols a, b, none of them 'c'" in words

    def test_every_population_of_it_is_seen(self, folder):
        trains = [np.arange(first, 400.0, 25.0) for first in (1, 3, 5, 2, 4, 6)]
        raster = recording(*trains, duration_ms=400.0, S=[0, 1, 2], M=[3, 4, 5])
        rasters.write_raster(folder, 3, {"default": raster})
        for rhythm in ("M", "all"):
            entry = {"feature": "phase_locking", "population": "S", "rhythm": rhythm, "reference": "best_raster.npz"}
            expected = lookup.find("phase_locking").compute(raster, "S", None, rhythm=rhythm)
            assert read(folder, entry, duration_ms=400).value == pytest.approx(expected, rel=1e-12)

    @loop_over(
        ("entry", "words"),
        [
            ({"feature": "rate_distance", "tolerance": 1}, "targets.t.reference: is missing; rate_distance compares"),
            ({"feature": "rate_distance", "reference": "rates.txt"}, "a wish of 0 needs a tolerance above 0"),
            ({"feature": "rate", "reference": "raster.txt", "value": 3}, "targets.t.value: stands beside reference"),
            ({"feature": "rate", "reference": "gone.txt"}, "gone.txt"),
            ({"feature": "rate", "reference": "rates.txt"}, "targets.t.reference: "),
            ({"feature": "rate", "reference": "raster.txt"}, "ends at 200 ms, but is compared until 1000 ms"),
            ({"feature": "cv2", "reference": "raster.txt", "window_ms": [0, 30]}, "does not define cv2"),
            ({"feature": "efel:voltage_base", "reference": "raster.txt"}, "has spikes, but efel:voltage_base may read"),
        ],
    )
    def test_what_is_wrong_is_named(self, folder, entry, words):
        assert words in refusal(folder, entry)


class TestOwnFeatures:
    def test_is_computed(self, folder):
        target = read(folder, {"feature": "own.py:doubled", "factor": 3, "value": 9, "band": [1, 2]})
        assert target.unit == "mV" and target.arguments == (("factor", 3.0), ("band", (1.0, 2.0)))
        assert target.measure(recording([1.0, 2.0], [3.0])) == 9.0
        assert [file.name for file in target.files] == ["own.py"]
        assert not target.reads_spikes_alone

    @pytest.mark.parametrize("name", ["nothing", "in_place"])
    def test_gives_a_number_and_leaves_the_spikes_alone(self, folder, name):
        target, raster = read(folder, {"feature": f"own.py:{name}", "value": 1}), recording([1.0, 2.0])
        with pytest.raises((StudyError, ValueError), match="gave None, must give a number|read-only"):
            target.measure(raster)
        assert raster.spikes("S").times.tolist() == [1.0, 2.0]

    def test_annotations_may_be_text(self, folder):
        text = "from __future__ import annotations\nfrom dataclasses import dataclass\n" + OWN
        (folder / "later.py").write_text(text + "@dataclass\nclass Pair:\n    one: int\n")
        target = read(folder, {"feature": "later.py:doubled", "value": 1, "band": [3, 4]})
        assert target.arguments == (("band", (3.0, 4.0)),)

    def test_its_helpers_are_its_own(self, tmp_path):
        targets = []
        for number in (1, 2):
            home = tmp_path / str(number)
            home.mkdir()
            (home / "help_me.py").write_text(f"NUMBER = {number}.0\n")
            (home / "mine.py").write_text(
                "import help_me\n\ndef f(recording, population, window_ms):\n    return help_me.NUMBER\n"
            )
            targets.append(read(home, {"feature": "mine.py:f", "value": 1}))
        assert [target.measure(recording([1.0])) for target in targets] == [1.0, 2.0]
        assert [file.name for file in targets[0].files] == ["mine.py", "help_me.py"]

    def test_without_a_unit_the_target_says_it(self, folder):
        assert read(folder, {"feature": "own.py:bare", "value": 1, "unit": "furlong"}).unit == "furlong"
        assert read(folder, {"feature": "own.py:bare", "value": 1}).unit == "1"

    @loop_over(
        ("entry", "words"),
        [
            ({"feature": "gone.py:f", "value": 1}, "targets.t.feature: there is no file"),
            ({"feature": "own.py:doubeld", "value": 1}, "wrong; did you mean 'doubled'?"),
            ({"feature": "own.py:wrong", "value": 1}, "must take recording, population, window_ms"),
            ({"feature": "broken.py:f", "value": 1}, "ModuleNotFoundError: No module named 'nothing_of_the_kind'"),
            ({"feature": "own.py:clash", "value": 1}, "own.py:clash has an argument 'weight', which is a target's key"),
            ({"feature": "own.py:doubled", "value": 1, "unit": "Hz"}, "is 'Hz', but the feature's unit is 'mV'"),
            (
                {"feature": "own.py:doubled", "value": 1, "facto": 2},
                "targets.t.facto: unknown key; allowed: band, cap, factor",
            ),
            ({"feature": "efel:AP_amplitud", "value": 1}, "targets.t.feature: eFEL has no feature 'AP_amplitud'"),
        ],
    )
    def test_what_is_wrong_is_named(self, folder, entry, words):
        assert words in refusal(folder, entry)


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
        with pytest.raises(StudyError, match="targets.t.protocol: is missing; the study has a, b"):
            Study.from_table(table, Place("s"), folder)


class TestConstraints:
    @loop_over(
        ("wish", "feature", "violation"),
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
    def test_is_violated_by_tolerances(self, folder, wish, feature, violation):
        target = read(folder, {"feature": "rate", "must": True, **wish})
        assert target.violation(feature) == pytest.approx(violation) and not target.counts

    def test_what_need_not_be_met_is_never_violated(self, folder):
        assert read(folder, {"feature": "rate", "value": 10}).violation(1e9) == 0.0

    @loop_over(
        ("entry", "words"),
        [
            ({"weight": 0}, "targets.t.weight: is 0.0, but a target that must be met is a constraint"),
            ({"objective": "x"}, "targets.t.objective: is 'x', but a target that must be met is a constraint"),
            ({"must": "yes"}, "targets.t.must: is 'yes', must be true or false"),
        ],
    )
    def test_what_is_wrong_is_named(self, folder, entry, words):
        assert words in refusal(folder, {"feature": "rate", "value": 1, "must": True, **entry})

    def test_a_study_needs_more_than_constraints(self, folder):
        table = {**study_table(), "targets": {"t": {"feature": "rate", "value": 1, "must": True}}}
        with pytest.raises(StudyError, match="a study needs a target that counts"):
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
        assert target.is_endless and not target.has_wish and (target.value, target.low, target.high) == (None,) * 3
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
        assert read(folder, {"feature": "fitness", "weight": 0}).wish == "nothing"

    @loop_over(
        ("entry", "words"),
        [
            ({"value": 1}, "targets.t.value: stands beside form = 'minimize', which has no wish; keep one of the two"),
            ({"low": 1}, "targets.t.low: stands beside form = 'minimize'"),
            ({"high": 1}, "targets.t.high: stands beside form = 'minimize'"),
            ({"reference": "raster.txt"}, "targets.t.reference: stands beside form = 'minimize'"),
            ({"must": True}, "targets.t.must: stands beside form = 'minimize', which has no wish that could be met"),
            ({"form": "minimise"}, "targets.t.form: is 'minimise'; "),
            ({"form": "z"}, "targets.t: has no wish; give value, or low and/or high"),
        ],
    )
    def test_what_is_wrong_is_named(self, folder, entry, words):
        assert words in refusal(folder, {"feature": "rate", "form": "minimize", **entry})

    def test_is_enough_for_a_study_but_not_of_weight_0(self, folder):
        table = {**study_table(), "targets": {"t": {"feature": "fitness", "form": "minimize", "weight": 0}}}
        with pytest.raises(StudyError, match="a study needs a target that counts"):
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
        words = f"{entry['feature']} is undefined whatever the raster is ({within})"
        assert words in refusal(folder, {"value": 1, **entry})

    @loop_over("duration", [5.0, 60.0, 1000.0, 1e7])
    @loop_over("feature", ["rate", "cv_isi", "lv", "burst_index", "active_fraction", "first_spike"])
    def test_others_are_not(self, folder, feature, duration):
        assert read(folder, {"feature": feature, "value": 1}, duration_ms=duration).feature == feature
