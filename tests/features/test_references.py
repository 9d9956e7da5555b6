import io
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.features.reference_files import trains, written
from tests.loops import loop_over
from tests.samples import recording
from tuner.errors import StudyError
from tuner.features.references import read
from tuner.recording import ALL
from tuner.runs import rasters

# As netpyne 1.1.1's sim.saveData writes two populations, the ids as floats.
NETPYNE = {
    "net": {"pops": {"S": {"cellGids": [0, 1, 2], "tags": {}}, "M": {"cellGids": [3, 4], "tags": {}}}},
    "netpyne_version": "1.1.1",
    "simConfig": {"duration": 200, "dt": 0.025},
    "simData": {"spkt": [8.075, 9.5, 22.7, 30.0], "spkid": [1.0, 4.0, 3.0, 1.0], "avgRate": 4.0},
}
IDS = "simData.spkid must be a list of whole numbers up to 1000000000"


class TestNpz:
    def test_a_best_raster(self, tmp_path):
        raster = recording([10.0, 20.0], [], [30.0], S=[0, 1], M=[2], duration_ms=200.0)
        rasters.write_raster(tmp_path, 7, {"default": raster})
        reference = read(tmp_path / rasters.RASTER)
        assert reference.recording.same_raster(raster)
        assert (reference.recording.duration_ms, reference.ends, reference.rates_hz) == (200.0, True, None)
        assert trains(reference, "S") == [[10.0, 20.0], []]
        assert trains(reference, "M") == [[30.0]]
        assert trains(reference, ALL) == [[10.0, 20.0], [], [30.0]]

    @loop_over(
        "arrays",
        [
            {"times": [1.0]},
            {"times": [1.0], "cells": [0, 1], "duration_ms": 5.0},
            {"times": np.array([{}]), "cells": [0], "duration_ms": 5.0},
            {"protocols": ["a"], "times": [np.nan], "cells": [0], "duration_ms": 5.0},
            {"protocols": ["a"], "times": [[1.0]], "cells": [0], "duration_ms": 5.0},
            {"protocols": ["a"], "times": [1.0], "cells": [1e300], "duration_ms": 5.0},
            {"protocols": ["a"], "times": [1.0], "cells": [0.5], "duration_ms": 5.0},
            {"protocols": ["a"], "times": [1.0], "cells": [0], "duration_ms": np.inf},
            {"protocols": "a", "times": [1.0], "cells": [0], "duration_ms": 5.0},
            {"protocols": ["a"] * 2000, "times": [1.0], "cells": [0], "duration_ms": 5.0},
            {"protocols": ["a"], "times": [1.0], "cells": [0], "duration_ms": 5.0, "population:S": ["x"]},
        ],
    )
    def test_another_npz(self, tmp_path, arrays):
        np.savez(tmp_path / "data.npz", **arrays)
        with pytest.raises(StudyError, match=r"data.npz: is not the best_raster.npz of a run$"):
            read(tmp_path / "data.npz")

    @loop_over("content", [b"PK\x03\x04 and no more", pickle.dumps([1.0]), b"1 2"])
    def test_no_npz(self, tmp_path, content):
        with pytest.raises(StudyError, match=r"data.npz: is not the best_raster.npz of a run$"):
            read(written(tmp_path, content, "data.npz"))

    def test_unpacked_data_have_a_bound(self, tmp_path):
        path = tmp_path / "data.npz"
        np.savez(path, times=[1.0])
        content = bytearray(path.read_bytes())
        # The uncompressed size in the table of contents.
        place = content.index(b"PK\x01\x02") + 24
        content[place : place + 4] = (1024**3 + 1).to_bytes(4, "little")
        path.write_bytes(content)
        with pytest.raises(StudyError, match=r"data.npz: has more than 1 GB of unpacked data, the most that is read$"):
            read(path)

    def test_an_array_that_says_to_be_endless(self, tmp_path):
        header = io.BytesIO()
        table = {"descr": "<U0", "fortran_order": False, "shape": (10**9,)}
        np.lib.format.write_array_header_1_0(header, table)
        with zipfile.ZipFile(tmp_path / "data.npz", "w") as archive:
            archive.writestr("protocols.npy", header.getvalue())
        with pytest.raises(StudyError, match=r"data.npz: is not the best_raster.npz of a run$"):
            read(tmp_path / "data.npz")


class TestNetpyne:
    def test_populations_and_duration(self, tmp_path):
        reference = read(written(tmp_path, NETPYNE, "x_data.json"))
        assert trains(reference, "S") == [[], [8.075, 30.0], []]
        assert trains(reference, "M") == [[22.7], [9.5]]
        assert (reference.recording.duration_ms, reference.ends) == (200.0, True)

    def test_simulation_data_alone_are_taken_whole_and_last_to_the_last_spike(self, tmp_path):
        reference = read(written(tmp_path, {"simData": NETPYNE["simData"]}, "x.json"))
        assert (reference.recording.duration_ms, reference.ends) == (30.0, False)
        for population in ("S", "anything", ALL):
            assert trains(reference, population) == [[8.075, 30.0], [22.7], [9.5]]

    def test_populations_without_spikes(self, tmp_path):
        silent = {**NETPYNE, "simData": {"spkt": [], "spkid": []}}
        assert trains(read(written(tmp_path, silent, "x.json")), "S") == [[], [], []]

    @pytest.mark.simulation
    def test_what_netpyne_itself_saves(self, tmp_path):
        from netpyne import sim, specs

        from tuner.simulation.simulate import quiet

        parameters, config = specs.NetParams(), specs.SimConfig()
        for name, rate in (("S", 200), ("M", 100)):
            stimulus = {"cellModel": "NetStim", "numCells": 2, "rate": rate, "noise": 0.5}
            parameters.popParams[name] = stimulus
        config.duration, config.saveJson, config.filename = 100, True, str(tmp_path / "saved")
        with quiet():
            sim.createSimulate(netParams=parameters, simConfig=config)
            sim.saveData()
            spikes = sorted(zip(sim.allSimData["spkid"], sim.allSimData["spkt"], strict=True))
        reference = read(tmp_path / "saved_data.json")
        raster = reference.recording
        assert len(spikes) > 10
        assert list(zip(raster.spike_cells, raster.spike_times, strict=True)) == spikes
        assert {name: cells.tolist() for name, cells in raster.populations.items()} == {"S": [0, 1], "M": [2, 3]}
        assert (raster.duration_ms, reference.ends) == (100.0, True)

    @loop_over(
        ("table", "says"),
        [
            ({"net": {}}, "has no simData.spkt; NetPyNE saves simData if simConfig.saveJson is True"),
            ([1, 2], "has no simData.spkt; NetPyNE saves simData if simConfig.saveJson is True"),
            ({"simData": {"spkt": [1.0]}}, "has no simData.spkid; NetPyNE saves simData if simConfig.saveJson is True"),
            ({"simData": {"spkt": [1.0, "x"], "spkid": [1, 2]}}, "simData.spkt must be a list of finite numbers"),
            ({"simData": {"spkt": [1.0, None], "spkid": [1, 2]}}, "simData.spkt must be a list of finite numbers"),
            ({"simData": {"spkt": [[1.0]], "spkid": [1]}}, "simData.spkt must be a list of finite numbers"),
            ({"simData": {"spkt": [1.0], "spkid": [1, 2]}}, "simData.spkt has length 1, but simData.spkid 2"),
            ({"simData": {"spkt": [], "spkid": []}}, "has neither spikes nor populations"),
            (
                {**NETPYNE, "simConfig": {"duration": "long"}},
                "simConfig.duration is 'long', must be a number above 0, at most 1e+12",
            ),
            (
                {**NETPYNE, "net": {"pops": {"S": {"cellGids": ["a"]}}}},
                "net.pops: the cellGids of 'S' must be whole numbers up to 1000000000",
            ),
            ({"simData": {"spkt": [1.0], "spkid": [1.5]}}, IDS),
            ({"simData": {"spkt": [1.0], "spkid": [1e300]}}, IDS),
            ({"simData": {"spkt": [10**400], "spkid": [1]}}, "simData.spkt must be a list of finite numbers"),
            (
                {**NETPYNE, "simConfig": {"duration": float("inf")}},
                "simConfig.duration is inf, must be a number above 0, at most 1e+12",
            ),
            (
                {**NETPYNE, "simConfig": {"duration": "x" * 5000}},
                f"simConfig.duration is '{'x' * 76}..., must be a number above 0, at most 1e+12",
            ),
            (
                {**NETPYNE, "net": {"pops": {"S": {"cellGids": [10**30]}}}},
                "net.pops: the cellGids of 'S' must be whole numbers up to 1000000000",
            ),
            ("[" * 100_000, "is not valid JSON: too many levels of brackets"),
            ("{", "is not valid JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ],
    )
    def test_errors(self, tmp_path, table, says):
        path = written(tmp_path, table, "x.json")
        with pytest.raises(StudyError) as error:
            read(path)
        assert str(error.value) == f"{path}: {says}"


class TestReference:
    def test_missing_files(self, tmp_path):
        with pytest.raises(StudyError, match="nowhere.csv: there is no such file$"):
            read(tmp_path / "nowhere.csv")
        with pytest.raises(StudyError, match=": cannot be read: Is a directory$"):
            read(tmp_path)

    def test_a_file_of_another_kind_is_not_read(self, tmp_path):
        os.mkfifo(tmp_path / "pipe.json")
        for path in (tmp_path / "pipe.json", Path("/dev/zero")):
            with pytest.raises(StudyError) as error:
                read(path)
            assert str(error.value) == f"{path}: is not a regular file"

    def test_is_read_again_where_its_content_changes(self, tmp_path):
        path = written(tmp_path, "1 0\n")
        first = read(path)
        assert read(path) is first
        written(tmp_path, "2 0\n")
        assert read(path).recording.spike_times.tolist() == [2.0]

    def test_a_raster_is_made_once(self, tmp_path):
        reference = read(written(tmp_path, NETPYNE, "x.json"))
        assert reference.raster("S", 100.0) is reference.raster("S", 100.0)

    def test_a_raster_is_cut_and_as_long_as_is_asked(self, tmp_path):
        reference = read(written(tmp_path, NETPYNE, "x.json"))
        assert trains(reference, "S", 8.075) == [[], [8.075], []]
        assert reference.raster("S", 20.0).duration_ms == 20.0
        assert reference.rates("S", (0.0, 20.0)).tolist() == [0.0, 50.0, 0.0]

    def test_one_that_states_its_end_must_reach_the_windows(self, tmp_path):
        reference = read(written(tmp_path, NETPYNE, "x.json"))
        with pytest.raises(StudyError, match="x.json: ends at 200 ms, before 201 ms; give window_ms an earlier end$"):
            reference.raster("S", 201.0)
        text = read(written(tmp_path, "10 0\n"))
        assert text.rates("S", (0.0, 1000.0)).tolist() == [1.0]

    @pytest.mark.parametrize("method", ["raster", "silent"])
    def test_a_population_that_is_not_there(self, tmp_path, method):
        reference = read(written(tmp_path, NETPYNE, "x.json"))
        arguments = ("Ss", 100.0) if method == "raster" else ("Ss",)
        with pytest.raises(StudyError, match="x.json: has no population 'Ss'; allowed: M, S; did you mean 'S'?"):
            getattr(reference, method)(*arguments)

    def test_long_names_are_cut(self, tmp_path):
        pops = {"x" * 5000: {"cellGids": [0, 1, 2, 3, 4]}}
        reference = read(written(tmp_path, {**NETPYNE, "net": {"pops": pops}}, "x.json"))
        with pytest.raises(StudyError) as error:
            reference.raster("x" * 4000, 100.0)
        assert f"no population '{'x' * 76}...; allowed: {'x' * 80}; did you mean '{'x' * 80}'?" in str(error.value)

    def test_rates_are_no_raster(self, tmp_path):
        reference = read(written(tmp_path, "1\n2\n"))
        with pytest.raises(StudyError, match="data.txt: has rates only, but a raster is needed$"):
            reference.raster("S", 100.0)
        assert reference.silent("S").rates("S", (0.0, 1.0)).tolist() == [0.0]

    def test_silent_is_a_cell_that_never_spikes(self, tmp_path):
        silent = read(written(tmp_path, NETPYNE, "x.json")).silent("S")
        assert trains(silent, "S", 200.0) == [[]]
        with pytest.raises(StudyError, match="ends at 200 ms, before 300 ms"):
            silent.raster("S", 300.0)
        assert trains(read(written(tmp_path, "10 0\n")).silent("S"), "S", 1e6) == [[]]
