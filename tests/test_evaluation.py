import json
import math
from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.loops import loop_over
from tests.samples import evaluation
from tuner.evaluation import RATED, STATUSES, Evaluation, best_of, finite, ranked
from tuner.verification.verify import Verification

FINITE = st.floats(allow_nan=False, allow_infinity=False)
NOT_NEGATIVE = st.floats(0, allow_nan=False, allow_infinity=False)
FLOATS = st.dictionaries(st.text(), FINITE, max_size=3)
RECORDS = st.builds(
    Evaluation,
    number=st.integers(10**6, 10**9),
    generation=st.integers(0, 10**6),
    values=st.dictionaries(
        st.text(), FINITE | st.integers(-(2**63), 2**63 - 1) | st.text() | st.booleans(), min_size=1, max_size=3
    ),
    seed=st.integers(0, 2**31 - 1),
    repeats=st.integers(1, 9),
    objectives=FLOATS,
    violation=NOT_NEGATIVE,
    parts=FLOATS,
    features=st.dictionaries(st.text(), FINITE | st.just(math.nan), max_size=3),
    reason=st.text(),
    seconds=NOT_NEGATIVE,
)
FAILED = st.sampled_from(sorted({*STATUSES} - {*RATED}))


def same(a, b):
    """Equality in which nan is nan, and 1 is neither 1.0 nor true."""
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return type(a) is type(b) and (a == b or a != a and b != b)


@given(RECORDS, st.tuples(FAILED, st.none()) | st.tuples(st.sampled_from(RATED), FINITE))
def test_a_line_gives_the_same_evaluation(record, outcome):
    record = replace(record, status=outcome[0], loss=outcome[1])
    line = record.to_line()
    assert same(vars(Evaluation.from_line(line)), vars(record))
    assert same(vars(Evaluation.from_line(line.encode())), vars(record))
    assert "\n" not in line and "\r" not in line
    json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def test_numbers_that_are_not_finite_are_null():
    table = json.loads(evaluation(loss=math.inf, parts={"a": math.nan, "b": 1.0}).to_line())
    assert (table["loss"], table["parts"]) == (None, {"a": None, "b": 1.0})
    line = evaluation(features={"a": -math.inf}).to_line()
    assert json.loads(line)["features"] == {"a": None}
    assert math.isnan(Evaluation.from_line(line).features["a"])


GOOD = json.loads(evaluation().to_line())


@loop_over(
    "line",
    [b"", b"\n", b"{", b"null", b"5", b'"text"', b"[]", b"{}", b"\xff\xfe\x00", b'{"features": {}}',
     json.dumps({k: v for k, v in GOOD.items() if k != "values"}),
     json.dumps({**GOOD, "features": None}), json.dumps({**GOOD, "features": [1]}), json.dumps(GOOD)[:-1]],
)  # fmt: skip
def test_what_is_no_evaluation_is_a_value_error(line):
    with pytest.raises(ValueError):
        Evaluation.from_line(line)


@loop_over(
    ("key", "value", "words"),
    [
        ("number", 10**30, "Expected `int` <= 9007199254740992"),
        ("generation", 10**30, "Expected `int` <= 9007199254740992"),
        ("generation", 5, "generation: is 5, must be at most the number, 0"),
        ("features", {"rate": 10**30}, "Expected `int` <= 9007199254740992"),
        ("values", {"x": 10**30}, "Expected `int` <= 9223372036854775807"),
        ("values", {}, "of length >= 1"),
        ("values", {"x": None}, "got `null`"),
        ("seconds", "1", "got `str`"),
        ("seconds", -1, "Expected `int` >= 0"),
        ("features", "rate", "got `str`"),
        ("features", {"rate": "17"}, "got `str`"),
        ("parts", None, "got `null`"),
        ("objectives", {"loss": None}, "got `null`"),
        ("status", "odd", "status: is 'odd', must be done, failed, timeout, aborted"),
        ("status", "failed", "loss: is 1.0, must be null for the status 'failed'"),
        ("loss", None, "loss: is None, must be a number for the status 'done'"),
        ("runs", [{"seed": 1}], "missing required field `features`"),
        ("seed", True, "got `bool`"),
    ],
)
def test_an_entry_of_a_wrong_type_is_named(key, value, words):
    with pytest.raises(ValueError) as caught:
        Evaluation.of({**GOOD, key: value})
    assert words in str(caught.value)


def test_unknown_keys_of_later_versions_are_ignored():
    assert Evaluation.of({**GOOD, "later": 1}) == evaluation()


@loop_over(("loss", "ranking"), [(None, math.inf), (0.0, 0.0), (2.5, 2.5)])
def test_a_failure_ranks_last(loss, ranking):
    assert evaluation(loss=loss).ranking_loss == ranking


def test_finite_leaves_everything_else_alone():
    data = {"a": [1, 2.5, math.inf, (math.nan, "nan")], "b": None, "c": True, "d": {"e": -math.inf}}
    assert finite(data) == {"a": [1, 2.5, None, [None, "nan"]], "b": None, "c": True, "d": {"e": None}}


def test_what_violates_a_constraint_is_behind_what_does_not():
    fine, little, much, gone = (
        evaluation(loss=1e9),
        evaluation(loss=0.0, violation=1e-9),
        evaluation(loss=0.0, violation=3.0),
        evaluation(loss=None),
    )
    losses = [e.ranking_loss for e in (fine, little, much, gone)]
    assert losses == sorted(losses) and losses[0] == 1e9 and len(set(losses)) == 4
    assert evaluation(loss=2.0, violation=1.0).ranking_loss - evaluation(loss=1.0, violation=1.0).ranking_loss == 1.0
    (objective,) = little.ranking_objectives.values()
    assert objective == little.ranking_loss and gone.ranking_objectives == {}
    assert much.shown_loss() == "0 (constraints violated by 3)" and fine.shown_loss() == "1e+09"


def test_runs_under_several_seeds_come_back():
    runs = [{"seed": 3, "loss": 1.0, "violation": 0.0, "features": {"rate": 2.0, "cv": math.nan}}]
    back = Evaluation.from_line(evaluation(runs=runs, repeats=1).to_line())
    assert math.isnan(back.runs[0]["features"].pop("cv"))
    assert back.runs == [{"seed": 3, "loss": 1.0, "violation": 0.0, "features": {"rate": 2.0}}]


def rated(number, loss, violation=0.0, status="done"):
    return Evaluation(number, 0, {"x": number}, 1, status=status, loss=loss, violation=violation)


@pytest.mark.parametrize(
    ("evaluations", "order"),
    [
        pytest.param([rated(2, 3.0), rated(1, 3.0), rated(0, 4.0)], [1, 2, 0], id="loss, then the lower number"),
        pytest.param([rated(0, 0.5, 2.0), rated(1, 9.0), rated(2, 0.1, 2.0)], [1, 2, 0], id="violation before loss"),
        pytest.param([rated(0, 1e9, status="aborted"), rated(1, 1.0, 3.0)], [1], id="an aborted one never wins"),
        pytest.param([rated(1, 7.0, status="aborted"), rated(0, 8.0, status="aborted")], [1, 0], id="all aborted"),
        pytest.param([rated(-3, 1.0), rated(-2, 1.0), rated(-1, 2.0)], [-2, -3, -1], id="of another run"),
        pytest.param([rated(0, None, status="failed"), rated(1, 5.0)], [1], id="a failed one has no rank"),
    ],
)
def test_ranked_evaluations_are_in_one_order(evaluations, order):
    assert [each.number for each in ranked(evaluations)] == order
    assert [each.number for each in ranked(evaluations[::-1])] == order
    assert best_of(evaluations).number == order[0]


def test_failed_evaluations_have_no_best():
    assert best_of([rated(0, None, status="failed")]) is None and best_of([]) is None


def test_a_verification_that_did_not_run_wins_over_none():
    def verified(number, loss, violation=0.0):
        return Verification(SimpleNamespace(number=number), loss, violation)

    assert best_of([verified(0, None), verified(1, 3.0, 2.0), verified(2, 2.0, 2.0)]).number == 2
    assert best_of([verified(0, None)]) is None
