"""Values with their units, as text, and text as it reaches a terminal and the log."""

import io
import logging
import math
from contextlib import redirect_stderr, redirect_stdout

import pytest

from tests.loops import loop_over
from tuner import cli, commands, progress
from tuner.runs.run_folder import LOG, logging_to
from tuner.words import Alarm, colored, cut, one_line, printable, quantity, shown, with_unit

HOSTILE = "\x1b[2J\x1b]0;title\x07\r\x7f\x9b\u200f\u202e\u2028\u2066\ud800"
ESCAPED = r"\x1b[2J\x1b]0;title\x07\r\x7f\x9b\u200f\u202e\u2028\u2066\ud800"


@loop_over(
    ("arguments", "text"),
    [
        ((17.123456, "Hz"), "17.123 Hz"),
        ((17.123456, "Hz", 4), "17.12 Hz"),
        ((0.25, "1"), "0.25"),
        ((0.25,), "0.25"),
        ((1234567, "um"), "1234567 um"),
        (("b<c",), "b<c"),
        ((math.nan, "Hz"), "undefined"),
    ],
)
def test_a_value_is_shown_with_its_unit(arguments, text):
    assert quantity(*arguments) == text


def test_a_plain_number_has_no_unit():
    assert [with_unit("3", unit) for unit in ("", "1", "mV")] == ["3", "3", "3 mV"]


def test_a_value_in_a_message_has_at_most_80_characters():
    assert shown(list(range(9))) == "[0, 1, 2, 3, 4, 5, 6, 7, 8]" and shown("x" * 78) == f"'{'x' * 78}'"
    assert shown("x" * 79) == f"'{'x' * 76}..." and len(shown("x" * 79)) == 80
    assert cut("abcdef", 5) == "ab..." and cut("abcde", 5) == "abcde"


def test_control_characters_are_shown_as_escapes():
    assert printable(HOSTILE) == ESCAPED
    every = "".join(map(chr, [*range(32), *range(127, 160)]))
    assert [character for character in printable(every) if not character.isprintable()] == ["\t", "\n"]


@loop_over("text", ["17 \u00b5S \u2013 \u201cok\u201d", "two\n\tlines", "\u05d0\u4e2d\U0001f600", "a\\x1b", ""])
def test_other_text_stays(text):
    assert printable(text) == text


def test_characters_that_the_encoding_lacks_are_shown_as_escapes():
    assert printable("5 \u00b5S \u4e2d", "ascii") == r"5 \xb5S \u4e2d"
    assert printable("5 \u00b5S", "latin-1") == "5 \u00b5S"


def test_a_line_is_one_line():
    assert one_line("no\nBest: 3") == "no Best: 3"


def test_an_alarm_is_red_whatever_it_says(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    assert colored(Alarm("wrong\x1b[0m\nfine"), terminal) == "\x1b[1;31mwrong\\x1b[0m fine\x1b[0m"


def console(level, words):
    progress.Console().emit(logging.makeLogRecord({"msg": words, "levelno": level, "levelname": "WARNING"}))


def bar(words):
    shown = progress.Bar()
    shown.on_stage(words, 0, 2)
    shown.on_stage(words, 1, 2)
    shown.on_stage(words, 2, 2)


DOORS = {
    "say": commands.say,
    "complaint": cli._complain,
    "log": lambda words: console(logging.INFO, words),
    "warning": lambda words: console(logging.WARNING, words),
    "bar": bar,
}


def sent(door, words):
    """What a terminal that knows ASCII alone is sent."""
    content = io.BytesIO()
    terminal = io.TextIOWrapper(content, encoding="ascii", write_through=True)
    with redirect_stdout(terminal), redirect_stderr(terminal):
        DOORS[door](words)
    return content.getvalue().decode()


@pytest.mark.parametrize("door", DOORS)
def test_text_reaches_the_terminal_without_control_characters(monkeypatch, door):
    monkeypatch.setattr(progress, "LONG_S", 0.0)
    found = sent(door, f"5 \u00b5S {HOSTILE}")
    assert rf"5 \xb5S {ESCAPED}" in found and "\x1b" not in found and "\x07" not in found


@pytest.mark.parametrize("door", ["say", "log", "warning"])
def test_a_text_cannot_begin_a_line_of_the_terminal(door):
    assert len(sent(door, "it broke\nBest: evaluation 9, loss 0").splitlines()) == 1


def test_an_error_may_have_several_lines():
    assert sent("complaint", "it does not compile:\nline 3") == "netpyne-tuner: it does not compile:\nline 3\n"


def test_a_text_cannot_begin_a_record_of_the_log(tmp_path):
    # pytest-xdist cannot send captured records with a lone surrogate.
    hostile, escaped = HOSTILE.removesuffix("\ud800"), ESCAPED.removesuffix(r"\ud800")
    with logging_to(tmp_path):
        logging.getLogger("tuner.words").debug(f"ended by ModelError: no{hostile}\n2025-01-01 00:00:00,000 INFO fine")
    first, second = (tmp_path / LOG).read_text(encoding="utf-8").splitlines()
    assert first.endswith(f" DEBUG ended by ModelError: no{escaped}")
    assert second == "  2025-01-01 00:00:00,000 INFO fine"
