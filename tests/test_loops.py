"""A loop over cases fails where a case fails."""

import pytest

from tests.loops import loop_over


def test_every_case_that_fails_is_named():
    @loop_over(("a", "b"), [(1, 1), (1, 2), (3, 3), (3, 4)])
    def equal(a, b):
        assert a == b

    with pytest.raises(AssertionError, match=r"^2 of 4 cases fail:\na=1, b=2: .*\na=3, b=4: [^\n]*$") as caught:
        equal()
    assert str(caught.value.__cause__).startswith("assert 1 == 2")


def test_a_case_that_does_not_raise_what_it_should_fails():
    @loop_over("text", ["1", "x"])
    def is_no_number(text):
        with pytest.raises(ValueError):
            int(text)

    with pytest.raises(AssertionError, match=r"^1 of 2 cases fail:\ntext='1': DID NOT RAISE"):
        is_no_number()


@loop_over("first", [1, 2])
@loop_over("second", "ab")
def test_each_case_has_a_folder_of_its_own(first, tmp_path, second):
    assert list(tmp_path.iterdir()) == []
    (tmp_path / second).touch()


def test_a_loop_without_cases_is_refused():
    with pytest.raises(AssertionError, match="no cases"):
        loop_over("a", [])
