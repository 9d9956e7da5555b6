import json
import math
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.loops import loop_over
from tests.samples import evaluation
from tuner.errors import StoreError
from tuner.evaluation import Evaluation
from tuner.runs.json_files import read_json, write_json, write_whole
from tuner.runs.manifest import MANIFEST, Manifest
from tuner.runs.store import EVALUATIONS, Store, read_evaluations

ROOT = Path(__file__).resolve().parent.parent.parent
LINES = [evaluation(number, loss=1.0 / (number + 1)).to_line().encode() + b"\n" for number in range(3)]
WHOLE = b"".join(LINES)


def stored(folder):
    return read_evaluations(folder)[0]


def test_appended_evaluations_are_read_back(tmp_path):
    appended = [
        evaluation(0, features={"cv": math.nan, "rate": 1e-300}, parts={"cv": 250.0}),
        evaluation(1, loss=None),
        Evaluation(
            7, 1, {"a": 1, "b": 0.1 + 0.2, "c": "x\ny\u2028", "d": True}, 2**31 - 1, status="aborted", loss=1e300
        ),
    ]
    store = Store(tmp_path)
    for each in appended:
        store.append(each)
    store.close()
    again = Store(tmp_path).evaluations
    assert list(again) == [0, 1, 7]
    assert math.isnan(again[0].features["cv"]) and again[0].features["rate"] == 1e-300
    assert again[1].loss is None and again[1].ranking_loss == math.inf
    assert again[7] == appended[2] and type(again[7].values["a"]) is int and again[7].values["d"] is True
    assert [each.to_line() for each in again.values()] == [each.to_line() for each in appended]
    assert (tmp_path / EVALUATIONS).read_text().count("\n") == 3


@loop_over("cut", range(len(LINES[2])))
def test_a_torn_tail_is_cut_at_every_byte(tmp_path, cut):
    path = tmp_path / EVALUATIONS
    path.write_bytes(WHOLE[: len(LINES[0] + LINES[1]) + cut])
    store = Store(tmp_path)
    assert list(store.evaluations) == [0, 1]
    assert path.read_bytes() == LINES[0] + LINES[1]
    store.append(evaluation(2, loss=1.0 / 3))
    store.close()
    assert path.read_bytes() == WHOLE


@loop_over("tail", [b"\x00" * 40, b"\x00" * 40 + b"\n", b'{"number": 9}', b"\n", b"\xff\xfe\n", b"[" * 9])
def test_a_damaged_last_line_is_cut(tmp_path, tail):
    (tmp_path / EVALUATIONS).write_bytes(WHOLE + tail)
    assert list(Store(tmp_path).evaluations) == [0, 1, 2]
    assert (tmp_path / EVALUATIONS).read_bytes() == WHOLE


def test_reading_alone_changes_nothing(tmp_path):
    (tmp_path / EVALUATIONS).write_bytes(WHOLE + b"{")
    assert list(stored(tmp_path)) == [0, 1, 2]
    assert (tmp_path / EVALUATIONS).read_bytes() == WHOLE + b"{"


DAMAGES = {
    "empty": lambda line: b"\n",
    "short": lambda line: line[:-20] + b"\n",
    "zero": lambda line: line[:20] + b"\x00" + line[20:],
    "null": lambda line: b"null\n",
    "joined": lambda line: line[:-1],
}


@loop_over("line", [0, 1])
@loop_over("damage", DAMAGES)
def test_damage_before_the_last_line_is_refused(tmp_path, line, damage):
    lines = [DAMAGES[damage](each) if number == line else each for number, each in enumerate([*LINES, LINES[0]])]
    path = tmp_path / EVALUATIONS
    path.write_bytes(b"".join(lines))
    with pytest.raises(StoreError, match=f"{re.escape(str(path))}: line {line + 1} is damaged.*--fresh") as caught:
        Store(tmp_path)
    assert caught.value.exit_status == 5
    assert path.read_bytes() == b"".join(lines)


@loop_over("lines", [[0, 0], [0, 1, 0], [0, 1, 1, 2]])
def test_a_number_stored_twice_with_other_results_is_refused(tmp_path, lines):
    written = [evaluation(number, loss=1.0 / (place + 1)) for place, number in enumerate(lines)]
    (tmp_path / EVALUATIONS).write_text("".join(each.to_line() + "\n" for each in written))
    twice = next(i for i in range(1, len(lines)) if lines[i] in lines[:i])
    words = f"line {twice + 1} is damaged: repeats evaluation {lines[twice]} with other results"
    with pytest.raises(StoreError, match=words):
        Store(tmp_path)


def test_an_evaluation_that_two_masters_have_stored_counts_once(tmp_path):
    again = evaluation(1, loss=0.5, seconds=7.0, owner="another")
    (tmp_path / EVALUATIONS).write_bytes(WHOLE + again.to_line().encode() + b"\n")
    assert list(stored(tmp_path)) == [0, 1, 2] and stored(tmp_path)[1].seconds == 0.0


def _nested(levels):
    nested = []
    for _ in range(levels):
        nested = [nested]
    return nested


@loop_over(
    ("change", "words"),
    [
        ({"loss": math.nan}, "loss is not a finite number"),
        ({"features": {"rate": math.inf}}, "features.rate is not a finite number"),
        ({"parts": None}, "parts: is None, must be a table"),
        ({"later": _nested(400)}, f"later{'.0' * 37} has more than 100 levels of tables and lists"),
        ({"seconds": "1"}, "seconds: is '1', must be a number"),
        ({"features": "rate"}, "features: is 'rate', must be a table"),
        ({"values": {}}, "values: is {}, must not be empty"),
        ({"generation": 10**20}, f"generation: is {10**20}, must be a whole number of at most {2**53}"),
        ({"loss": None}, "loss: is None, must be a number for the status 'done'"),
    ],
)
@loop_over("place", [0, 2])
def test_a_valid_line_of_wrong_types_is_refused_also_at_the_end(tmp_path, place, change, words):
    lines = [json.loads(line) for line in LINES]
    lines[place] |= change
    path = tmp_path / EVALUATIONS
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    before = path.read_bytes()
    with pytest.raises(StoreError) as caught:
        Store(tmp_path)
    sentence = f"{path}: line {place + 1} is damaged: {words}; repair it, or start again with --fresh"
    assert str(caught.value) == sentence and caught.value.exit_status == 5
    assert path.read_bytes() == before


@loop_over(
    ("rows", "words"),
    [
        ([(0, 0), (2, 0), (3, 1)], "evaluation 1 is missing, but generation 1 has begun"),
        ([(1, 0), (2, 0), (3, 1)], "evaluation 0 is missing, but generation 1 has begun"),
        ([(0, 0), (1, 0), (2, 2)], "a generation before generation 2 is missing"),
        ([(0, 0), (1, 1), (2, 0), (3, 2)], "missing, or the generations are not in order"),
    ],
)
def test_gaps_in_a_complete_generation_are_refused(tmp_path, rows, words):
    made = [replace(evaluation(number), generation=generation) for number, generation in rows]
    (tmp_path / EVALUATIONS).write_text("".join(each.to_line() + "\n" for each in made))
    with pytest.raises(StoreError, match=words):
        stored(tmp_path)


@loop_over("rows", [[(1, 0), (4, 0)], [(1, 0), (0, 0), (3, 1), (5, 1)]])
def test_gaps_in_the_last_generation_are_those_of_a_kill(tmp_path, rows):
    made = [replace(evaluation(number), generation=generation) for number, generation in rows]
    (tmp_path / EVALUATIONS).write_text("".join(each.to_line() + "\n" for each in made))
    assert sorted(stored(tmp_path)) == sorted(number for number, _ in rows)


def test_an_empty_folder_holds_nothing(tmp_path):
    store = Store(tmp_path)
    assert (store.evaluations, store.manifest) == ({}, Manifest())
    assert stored(tmp_path / "nowhere") == {}


# Fills a store in each folder, which is named after the size that a file may have, and prints what is said.
FULL_DISK = """
import json, resource, signal, sys
from pathlib import Path
from tests.samples import evaluation
from tuner.errors import StoreError
from tuner.runs.json_files import write_json
from tuner.runs.store import Store

def fill(folder, size):
    store = Store(folder)
    write_json(folder / "manifest.json", {"kept": True})
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    number, said = 0, []
    try:
        while number < 100:
            store.append(evaluation(number, reason="x" * 50))
            number += 1
    except StoreError as error:
        said.append(str(error))
    try:
        store.update_manifest(created="x" * size)
    except StoreError as error:
        said.append(str(error))
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    store.append(evaluation(number, reason="there is room again"))
    return number, *said

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
print(json.dumps([fill(Path(folder), int(Path(folder).name)) for folder in sys.argv[1:]]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no RLIMIT_FSIZE")
def test_a_full_disk_leaves_what_was_stored(tmp_path):
    folders = [tmp_path / size for size in ("10", "1000", "1777", "2950")]
    for folder in folders:
        folder.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", FULL_DISK, *map(str, folders)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    length = len(evaluation(0, reason="x" * 50).to_line()) + 1
    for folder, (number, first, second) in zip(folders, json.loads(done.stdout), strict=True):
        assert number == int(folder.name) // length, "all that fits is stored"
        assert f"{folder}: cannot be written: File too large; the {number} evaluations before are stored" in first
        stored_before = f"the {number} evaluations before are stored: free some space"
        assert "cannot be written: File too large" in second and stored_before in second
        evaluations = Store(folder).evaluations
        assert list(evaluations) == list(range(number + 1))
        assert evaluations[number].reason == "there is room again"
        assert read_json(folder / MANIFEST) == {"kept": True}
        assert sorted(path.name for path in folder.iterdir()) == sorted([EVALUATIONS, MANIFEST])


class TestManifest:
    def test_entries_are_on_disk_at_once(self, tmp_path):
        store = Store(tmp_path)
        store.update_manifest(wall_time_s=1.5, populations=["S", "M"])
        store.update_manifest(wall_time_s=2.0)
        assert read_json(tmp_path / MANIFEST) == {"wall_time_s": 2.0, "populations": ["S", "M"]}
        assert Store(tmp_path).manifest == store.manifest == Manifest(wall_time_s=2.0, populations=("S", "M"))

    def test_numbers_that_are_not_finite_are_refused_and_leave_the_old_file(self, tmp_path):
        write_json(tmp_path / "x.json", {"a": 1})
        with pytest.raises(ValueError):
            write_json(tmp_path / "x.json", {"a": math.nan})
        assert read_json(tmp_path / "x.json") == {"a": 1}

    @loop_over("content", [b"", b"{", b"\xff", b"{'a': 1}"])
    def test_damage_is_refused(self, tmp_path, content):
        (tmp_path / MANIFEST).write_bytes(content)
        with pytest.raises(StoreError, match=f"{MANIFEST}: is damaged .*--fresh") as caught:
            Store(tmp_path)
        assert caught.value.exit_status == 5

    @loop_over("content", ["5", '"text"', "[1]"])
    def test_what_is_no_table_is_refused(self, tmp_path, content):
        (tmp_path / MANIFEST).write_text(content)
        with pytest.raises(StoreError, match=MANIFEST):
            Store(tmp_path)

    def test_a_folder_that_is_gone_is_a_store_error(self, tmp_path):
        with pytest.raises(StoreError, match="gone.*cannot be written: No such file or directory"):
            write_whole(tmp_path / "gone" / "x", b"")
        with pytest.raises(StoreError, match="cannot be written"):
            Store(tmp_path / "gone")

    def test_a_file_is_replaced_whole(self, tmp_path):
        (tmp_path / "x").write_bytes(b"old and longer")
        write_whole(tmp_path / "x", b"new")
        assert (tmp_path / "x").read_bytes() == b"new"
        assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_every_line_is_json(tmp_path):
    store = Store(tmp_path)
    store.append(evaluation(0, features={"a": math.inf, "b": math.nan}))
    (line,) = (tmp_path / EVALUATIONS).read_text().splitlines()
    assert json.loads(line)["features"] == {"a": None, "b": None}
