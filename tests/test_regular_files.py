"""Files that others name: no device, no pipe and no endless file is read, and no JSON fills the memory."""

import os
import socket
from pathlib import Path

import pytest

from tests.loops import loop_over
from tuner import regular_files
from tuner.errors import ModelError
from tuner.regular_files import check_named, parse_json, read_named, read_regular, read_searchable


def _fifo(path):
    os.mkfifo(path)


def _socket(path):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


def _zeros(path):
    path.symlink_to("/dev/zero")


@loop_over("make", [_fifo, _socket, _zeros])
def test_a_file_of_another_kind_is_not_read(tmp_path, make):
    path = tmp_path / "x"
    make(path)
    with pytest.raises(ValueError, match="^is not a regular file$"):
        read_regular(path)
    assert read_searchable(path) == ""


def test_a_file_is_read_up_to_its_bound(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"12345")
    assert read_regular(path, 5) == b"12345"
    with pytest.raises(ValueError, match="^is larger than 0 MB, the most that is read$"):
        read_regular(path, 4)


@loop_over(
    ("path", "words"),
    [
        ("nothing", "there is no such file"),
        (".", "cannot be read: Is a directory"),
        ("loop", "cannot be read: Too many levels of symbolic links"),
        ("huge", "is larger than 1 GB, the most that is read"),
        ("a\0b", "has a NUL character in its name"),
        ("x" * 5000, "cannot be read: File name too long"),
    ],
)
def test_an_error_is_one_sentence_with_the_path(tmp_path, path, words):
    (tmp_path / "loop").symlink_to("loop")
    with open(tmp_path / "huge", "wb") as file:
        file.truncate(1024**3 + 1)
    with pytest.raises(ModelError) as caught:
        read_named(tmp_path / path, ModelError)
    name = str(tmp_path / path)
    assert str(caught.value) == f"{name if len(name) < 300 else name[:297] + '...'}: {words}"


@loop_over(("name", "words"), [("x.py", "is larger than 16 MB"), ("x.json", None)])
def test_code_has_a_bound_of_its_own(tmp_path, name, words):
    with open(tmp_path / name, "wb") as file:
        file.truncate(16 * 1024**2 + 1)
    if words is None:
        check_named(tmp_path / name, ModelError)
        return
    with pytest.raises(ModelError, match=words):
        check_named(tmp_path / name, ModelError)


@loop_over(
    ("content", "words"),
    [
        (b"[" * 100_000, "is not valid JSON: too many levels of brackets"),
        (b'{"a":' * 100_000, "is not valid JSON: too many levels of brackets"),
        (b"1" * 5000, "is not valid JSON: Exceeds the limit (4300 digits) for integer string conversion"),
        (b"\xff", "is not text in UTF-8"),
        (b"[1,", "is not valid JSON: Expecting value: line 1 column 4 (char 3)"),
    ],
)
def test_an_error_of_json_is_one_sentence(content, words):
    with pytest.raises(ValueError) as caught:
        parse_json(content)
    assert str(caught.value).startswith(words) and "\n" not in str(caught.value)
    assert "sys." not in str(caught.value)


def test_json_of_too_many_values_is_refused_before_it_is_parsed(monkeypatch):
    monkeypatch.setattr(regular_files, "MOST_VALUES", 6)
    assert parse_json(b"\xef\xbb\xbf[1, 2, {}, []]") == [1, 2, {}, []]
    with pytest.raises(ValueError, match="^has more than 0 million values, the most that is read$"):
        parse_json(b"[1, 2, {}, [], 5, 6")


def test_text_is_searched_whatever_its_bytes(tmp_path):
    path = Path(tmp_path, "x")
    path.write_bytes(b"cells \xff")
    assert read_searchable(path) == "cells \ufffd"
