"""The lines before all others, if plain NetPyNE does not confirm what is stored."""

import io
import logging

import pytest

from tests.loops import loop_over
from tests.report.test_page import VERIFIED, make_run
from tuner.progress import Console
from tuner.report.mismatch import lines
from tuner.runs.best_file import Best, Differing, Verified
from tuner.verification.verdict import AS_REQUESTED
from tuner.words import Alarm, colored

REASON = "evaluation 12 is stored with loss 4, 24 spikes; plain NetPyNE gives loss 3, 23 spikes"
DIFFERS = Verified(3.0, n_spikes=23, reason=REASON, numbers=(12, 3), differing=(Differing(12, REASON),), advice="Do so")


def best(verified, number=12):
    return Best(number, {}, 4.0, 20, verified)


def test_both_numbers_come_first_then_the_extent_and_the_advice():
    found = list(lines(best(DIFFERS)))
    assert found == [
        f"NOT EQUAL: {REASON}.",
        "  Of 2 verified evaluations, 1 differs from plain NetPyNE: 12. The search has used wrong numbers."
        " Do not use the result.",
        "  Do so.",
    ]
    assert all(isinstance(line, Alarm) for line in found)


def test_a_difference_of_another_evaluation_is_not_hidden_by_a_confirmed_best():
    confirmed = Verified(3.0, equal=True, reason=REASON, numbers=(3, 12), differing=(Differing(12, REASON),))
    first, second = lines(best(confirmed, number=3))
    assert first == f"NOT EQUAL: {REASON}." and second.endswith("Plain NetPyNE confirms the best evaluation, 3.")


def test_the_engine_that_was_asked_for_is_no_alarm():
    reason = f"{AS_REQUESTED}: {REASON}"
    found = list(lines(best(Verified(**{**vars(DIFFERS), "reason": reason, "is_requested": True}))))
    assert found[0] == f'Differs as requested (simulation.engine = "coreneuron"): {REASON}.'
    assert not any(isinstance(line, Alarm) for line in found)


@loop_over(
    ("verified", "found"),
    [
        (Verified(3.0, equal=True, n_spikes=9, numbers=(12,)), []),
        (Verified(), []),
        (
            Verified(reason="no room", numbers=(12,)),
            ["NOT VERIFIED: plain NetPyNE could not run the best evaluation: no room"],
        ),
        (Verified(3.0, n_spikes=9), ["NOT EQUAL: plain NetPyNE gives another raster."]),
    ],
)
def test_other_results(verified, found):
    assert list(lines(best(verified))) == found


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_alarms_are_red_on_a_terminal_alone(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert colored(Alarm("100 % wrong"), Terminal()) == "\033[1;31m100 % wrong\033[0m"
    assert colored("a line", Terminal()) == "a line"
    assert colored(Alarm("wrong"), io.StringIO()) == "wrong"
    shown = Terminal()
    monkeypatch.setattr("sys.stdout", shown)
    Console().emit(logging.makeLogRecord({"msg": Alarm("100 % wrong"), "levelno": logging.INFO}))
    assert shown.getvalue() == "\033[1;31m100 % wrong\033[0m\n"
    monkeypatch.setenv("NO_COLOR", "1")
    assert colored(Alarm("wrong"), Terminal()) == "wrong"


@pytest.mark.long
@pytest.mark.parametrize(("is_requested", "kind"), [(False, "alarm"), (True, "remark")])
def test_the_page_begins_with_a_box(tmp_path, is_requested, kind):
    page = make_run(tmp_path, {**VERIFIED, "equal": False, "reason": "24 < 25", "is_requested": is_requested})
    body = page.partition("<body>")[2]
    assert body.lstrip().startswith(f'<div class="{kind}" role="alert"><strong>')
    assert "24 &lt; 25" in body and body.index("24 &lt; 25") < body.index("<h1>")
    assert "not equal</span>: 685 spikes, loss 0.5" in body
