"""Targets that name files: references and features of one's own."""

import os

import numpy as np
import pytest

from tests.loops import loop_over
from tests.samples import recording, study_table
from tests.study.entries.reading import OWN, read, refusal
from tuner.errors import StudyError
from tuner.features import lookup
from tuner.runs import rasters
from tuner.study.schema import Place
from tuner.study.study import Study


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
        goals = [read(folder, {**entry, "protocol": name}, duration_ms=100, protocols=protocols).value for name in "ab"]
        assert goals == pytest.approx([30.0, 70.0])
        words = refusal(folder, {**entry, "protocol": "c"}, duration_ms=100, protocols=protocols)
        assert "has the protocols a, b, but not 'c'" in words

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
            (
                {"feature": "rate_distance", "tolerance": 1},
                "targets.t.reference: is missing; feature rate_distance compares",
            ),
            ({"feature": "rate_distance", "reference": "rates.txt"}, "a target value of 0 needs a tolerance above 0"),
            (
                {"feature": "rate", "reference": "raster.txt", "value": 3},
                "targets.t.value: cannot be combined with reference",
            ),
            ({"feature": "rate", "reference": "gone.txt"}, "gone.txt"),
            ({"feature": "rate", "reference": "rates.txt"}, "targets.t.reference: "),
            ({"feature": "rate", "reference": "raster.txt"}, "ends at 200 ms, before 1000 ms"),
            ({"feature": "cv2", "reference": "raster.txt", "window_ms": [0, 30]}, "has a raster with an undefined cv2"),
            ({"feature": "efel:voltage_base", "reference": "raster.txt"}, "contains only spikes, but efel"),
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
        with pytest.raises((StudyError, ValueError), match="returned None, must return a number|read-only"):
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

    def test_a_number_for_it_has_no_range(self, folder):
        target = read(folder, {"feature": "own.py:doubled", "value": 1, "factor": 1e308})
        assert target.arguments == (("factor", 1e308),)

    def test_a_file_of_another_kind_is_not_imported(self, folder):
        os.mkfifo(folder / "pipe.py")
        (folder / "loop").symlink_to("loop")
        for file, words in (
            ("pipe.py", "is not a regular file"),
            ("loop/x.py", "cannot be read: Too many levels of symbolic links"),
            ("a\0.py", "has a NUL character in its name"),
            ("x" * 999 + ".py", "cannot be read: File name too long"),
        ):
            said = refusal(folder, {"feature": f"{file}:f", "value": 1})
            assert said.startswith("sample.toml: targets.t.feature: /") and said.endswith(f": {words}")

    def test_an_annotation_that_is_no_python(self, folder):
        (folder / "odd.py").write_text("def f(recording, population, window_ms, n: '1 +' = 1): return 1.0\n")
        said = refusal(folder, {"feature": "odd.py:f", "value": 1})
        assert "odd.py:f: a type annotation cannot be resolved: invalid syntax" in said

    def test_without_a_unit_the_target_says_it(self, folder):
        assert read(folder, {"feature": "own.py:bare", "value": 1, "unit": "furlong"}).unit == "furlong"
        assert read(folder, {"feature": "own.py:bare", "value": 1}).unit == "1"

    @loop_over(
        ("entry", "words"),
        [
            ({"feature": "gone.py:f", "value": 1}, "/gone.py: there is no such file"),
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
