import numpy as np

from tests.loops import loop_over
from tests.samples import recording
from tuner.runs import rasters


class TestRaster:
    def test_comes_back(self, tmp_path):
        raster = recording([1.5, 2.5], [0.25], [], duration_ms=10.0, S=np.array([0, 1]), M=np.array([2]))
        rasters.write_raster(tmp_path, 7, {"a": raster, "b": recording([1.0])})
        number, again = rasters.read_raster(tmp_path)
        assert number == 7 and list(again) == ["a", "b"] and again["b"].same_raster(recording([1.0]), 0.0)
        again = again["a"]
        assert again.same_raster(raster, 0.0) and again.duration_ms == 10.0
        assert {name: cells.tolist() for name, cells in again.populations.items()} == {"S": [0, 1], "M": [2]}

    @loop_over("content", [None, b"", b"PK", b"x" * 100])
    def test_is_none_if_missing_or_damaged(self, tmp_path, content):
        if content is not None:
            (tmp_path / rasters.RASTER).write_bytes(content)
        assert rasters.read_raster(tmp_path) is None

    @loop_over(
        "change",
        [
            {"number": "x"},
            {"number": [1, 2]},
            {"protocols": 3},
            {"times": [["a"]]},
            {"times": [np.nan, 1.0]},
            {"times": [1.0]},
            {"cells": [object(), object()]},
            {"population:S": 3},
            {"duration_ms": np.inf},
            {"duration_ms": "long"},
        ],
    )
    def test_is_none_if_an_array_is_not_as_it_must_be(self, tmp_path, change):
        whole = {"number": 1, "protocols": ["a"], "times": [1.0, 2.0], "cells": [0, 0], "duration_ms": 9.0}
        np.savez(tmp_path / rasters.RASTER, **{**whole, "population:S": [0]})
        assert rasters.read_raster(tmp_path)[0] == 1
        np.savez(tmp_path / rasters.RASTER, **{**whole, "population:S": [0], **change})
        assert rasters.read_raster(tmp_path) is None

    def test_is_none_if_the_arrays_are_larger_than_a_raster_may_be(self, tmp_path, monkeypatch):
        monkeypatch.setattr(rasters, "MOST_BYTES", 10_000)
        rasters.write_raster(tmp_path, 7, {"default": recording(np.zeros(10_000))})
        assert (tmp_path / rasters.RASTER).stat().st_size < 10_000
        assert rasters.read_raster(tmp_path) is None

    def test_is_none_if_torn(self, tmp_path):
        rasters.write_raster(tmp_path, 7, {"default": recording(np.arange(500.0))})
        content = (tmp_path / rasters.RASTER).read_bytes()
        (tmp_path / rasters.RASTER).write_bytes(content[: len(content) // 2])
        assert rasters.read_raster(tmp_path) is None
