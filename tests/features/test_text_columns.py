"""References in text files: columns of numbers, and statements in comments."""

import pickle

import pytest

from tests.features.reference_files import trains, written
from tests.loops import loop_over
from tuner.errors import StudyError
from tuner.features import text_columns
from tuner.features.references import read


@loop_over(
    "text",
    [
        "10.5 3\n20 7\n30 3\n",
        "10.5,3\n20,7\n30,3",
        "# a raster\ntime_ms, cell\n10.5 ,3\n\n20\t7 # the second\r\n  30  3  ",
        "\ufefftime cell\n1.05e1 3.0\n2e1 7\n30 3",
    ],
)
def test_two_columns_are_a_raster(tmp_path, text):
    path = tmp_path / "data.csv"
    path.write_bytes(text.encode())
    reference = read(path)
    assert trains(reference, "any") == [[10.5, 30.0], [20.0]]
    assert reference.recording.spike_cells.tolist() == [3, 3, 7]
    assert (reference.recording.duration_ms, reference.ends) == (30.0, False)


@loop_over("text", ["\n" * 10**6 + "1 0\n", f"# cells = 1{' ' * 10**6}\n1 0\n"])
def test_blanks_take_no_hours(tmp_path, text):
    assert trains(read(written(tmp_path, text)), "any") == [[1.0]]


def test_a_text_has_a_bound_of_lines(tmp_path, monkeypatch):
    monkeypatch.setattr(text_columns, "MOST_LINES", 3)
    assert read(written(tmp_path, "1\n2\n3\n")).rates_hz.tolist() == [1.0, 2.0, 3.0]
    with pytest.raises(StudyError, match="data.txt: has more than 0 million lines, the most that is read$"):
        read(written(tmp_path, "1\n2\n3\n4\n"))


@pytest.mark.parametrize("text", ["1.5\n0\n20\n", "rate\n1.5\n0 # silent\n# more\n20"])
def test_one_column_is_a_distribution_of_rates(tmp_path, text):
    reference = read(written(tmp_path, text))
    assert reference.recording is None
    assert reference.rates("any", (0.0, 1.0)).tolist() == [1.5, 0.0, 20.0]


def test_comments_state_duration_and_cells(tmp_path):
    reference = read(written(tmp_path, "# duration_ms = 150\n#cells=4\n10 1\n20 3\n"))
    assert trains(reference, "any", 150.0) == [[], [10.0], [], [20.0]]
    assert (reference.recording.duration_ms, reference.ends) == (150.0, True)
    assert reference.rates("any", (0.0, 100.0)).tolist() == [0.0, 10.0, 0.0, 10.0]


@loop_over(
    ("text", "says"),
    [
        ("", "is empty"),
        (" \n\n", "is empty"),
        ("# nothing\n", "contains no numbers"),
        ("time cell\n", "contains no numbers"),
        ("1 2\n3 x\n", "line 2: 'x' is not a finite number"),
        ("# one\n1 2\n3 nan\n", "line 3: a number is not finite"),
        ("1 2\n3, 4 5\n", "line 2: '4 5' is not a finite number"),
        ("1,,2", "line 1: has 3 columns, must have 1 (rates [Hz]) or 2 (time [ms] and cell id)"),
        ("t,id,v\n1,2,3", "line 2: has 3 columns, must have 1 (rates [Hz]) or 2 (time [ms] and cell id)"),
        ("1 2\n3 4\n5\n", "line 3: does not have 2 columns like the lines before"),
        ("1\n2 3\n", "line 2: does not have 1 column like the lines before"),
        ("1\n-2\n", "line 2: the rate is below 0"),
        ("3 10.5\n7 20\n", "line 1: the cell id is not a whole number; the columns are time [ms] and cell id"),
        ("# cells = 4\n1 0\n2 4\n", "line 3: the cell id is not in the range 0 to 3"),
        ("# cells = 4\n1 -1\n", "line 2: the cell id is not in the range 0 to 3"),
        ("# cells = four\n1 0\n", "# cells: 'four' is not a finite number"),
        ("# cells = 0\n1 0\n", "# cells: must be a whole number from 1 to 10000000"),
        ("# cells = 2.5\n1 0\n", "# cells: must be a whole number from 1 to 10000000"),
        ("# cells = 1000000000\n1 0\n", "# cells: must be a whole number from 1 to 10000000"),
        ("# duration_ms = 1e300\n1 0\n", "# duration_ms: must be above 0, at most 1e+12"),
        (f"1 {'x' * 900}\n", f"line 1: '{'x' * 76}... is not a finite number"),
        ("1 " * 600, "line 1: is longer than 1000 characters, the most that is read"),
        ("# duration_ms = -5\n1 0\n", "# duration_ms: must be above 0, at most 1e+12"),
        (b"\xff\xfe\x00", "is not text; a raster is text, NetPyNE's .json or a run's .npz"),
        (pickle.dumps({"spkt": [1.0]}), "is not text; a raster is text, NetPyNE's .json or a run's .npz"),
    ],
)
def test_errors(tmp_path, text, says):
    path = written(tmp_path, text)
    with pytest.raises(StudyError) as error:
        read(path)
    assert str(error.value) == f"{path}: {says}"
