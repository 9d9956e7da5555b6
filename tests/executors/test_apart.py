"""Fresh processes: what a function leaves behind, an error, a death and a time-out stay in them."""

import pytest

from tests.commands import alive, wait_until
from tests.executors import apart_tasks
from tuner.errors import StudyError
from tuner.executors.processes import Processes


@pytest.fixture(scope="module")
def pool():
    with Processes(1, apart_tasks.nothing) as made:
        yield made


def ask(pool, function, task, timeout_s=None):
    (outcome,) = pool.map(function, [task], timeout_s)
    return outcome


def test_nothing_is_kept_from_one_fresh_process_to_the_next(pool):
    first, second = (ask(pool, apart_tasks.counted_apart, 1).value for _ in range(2))
    assert first[0] == second[0] == 1
    assert first[2] == second[2] and len({first[1], second[1], first[2]}) == 3


def test_used_worker_starts_a_new_interpreter(pool):
    pool.renew()
    found = ask(pool, apart_tasks.counted_by_a_used_worker, 1).value
    assert found[0] == 1 and found[1] != found[2]
    pool.renew()


def test_error_arrives_as_it_was_raised(pool):
    outcome = ask(pool, apart_tasks.refused_apart, "study.toml: wrong")
    assert isinstance(outcome.error, StudyError) and str(outcome.error) == "study.toml: wrong"


def test_death_is_tried_again_once_and_the_worker_lives(pool, tmp_path):
    outcome = ask(pool, apart_tasks.died_apart, str(tmp_path / "deaths"))
    assert outcome.reason == "the worker process was killed by signal 11 (SIGSEGV), in 2 of 2 attempts"
    assert (tmp_path / "deaths").read_text() == "xx"
    before, after = (ask(pool, apart_tasks.counted_apart, 1).value[2] for _ in range(2))
    assert before == after


@pytest.mark.parametrize("function", [apart_tasks.left_apart, apart_tasks.left_by_a_used_worker])
def test_a_child_that_is_left_behind_does_not_hide_the_end(pool, function):
    outcome = ask(pool, function, 600.0, 60.0)
    ended = "the model ended the worker process with exit status 0 (a call such as os._exit), in 2 of 2 attempts"
    assert (outcome.status, outcome.reason) == ("failed", ended)
    pool.renew()


def test_process_ends_with_the_time_out_of_the_worker(pool, tmp_path):
    file = tmp_path / "pid"
    assert ask(pool, apart_tasks.hung_apart, str(file), 2.0).status == "timeout"
    child = int(file.read_text())
    wait_until(lambda: not alive(child))
