import numpy as np
import pytest

from benchmarks.events import saturated_below_s, simulate
from tests.loops import loop_over

EQUAL_S = 3.0
MASTER_S = 0.125


def exponential(count):
    return np.random.default_rng(1).exponential(size=count)


class TestGenerations:
    @pytest.mark.parametrize("rounds", [1, 3])
    def test_equal_times_leave_no_worker_idle(self, rounds):
        schedule = simulate([EQUAL_S] * 5 * rounds * 8, 8, population_size=rounds * 8)
        assert schedule.utilisation == 1 and schedule.end_s == 5 * rounds * EQUAL_S

    def test_a_generation_that_fills_the_last_round_by_half(self):
        schedule = simulate([EQUAL_S] * 4 * 12, 8, population_size=12)
        assert schedule.utilisation == 12 / 16

    def test_the_barrier_of_exponential_times_is_the_harmonic_number(self):
        workers, generations = 10, 4000
        orders = np.arange(1, workers + 1)
        schedule = simulate(exponential(generations * workers), workers, population_size=workers)
        error = np.sqrt((1 / orders**2).sum() / generations)
        assert schedule.end_s / generations == pytest.approx((1 / orders).sum(), abs=4 * error)

    def test_the_master_handles_all_before_the_next_generation(self):
        schedule = simulate([EQUAL_S] * 5 * 8, 8, MASTER_S, population_size=8)
        assert schedule.end_s == 5 * (EQUAL_S + 8 * MASTER_S)
        assert np.unique(schedule.starts_s) == pytest.approx(np.arange(5) * (EQUAL_S + 8 * MASTER_S))

    def test_as_many_in_a_generation_as_there_are_evaluations_need_no_barrier(self):
        seconds = exponential(200)
        whole, endless = (simulate(seconds, 8, MASTER_S, size) for size in (200, None))
        assert np.array_equal(whole.starts_s, endless.starts_s) and whole.end_s == endless.end_s


class TestAsynchronous:
    def test_a_worker_has_another_as_soon_as_one_has_landed(self):
        schedule = simulate([5.0, 1.0, 2.0, 1.0, 3.0], 2)
        assert schedule.starts_s.tolist() == [0, 0, 1, 3, 4] and schedule.end_s == 7
        assert schedule.utilisation == 12 / 14
        assert schedule.busy_until_last_start == 1

    def test_without_a_master_no_worker_is_idle_before_the_last_start(self):
        assert simulate(exponential(5000), 50).busy_until_last_start == pytest.approx(1)

    def test_equal_times_are_staggered_by_the_master_once(self):
        rounds, workers = 4, 8
        schedule = simulate([EQUAL_S] * rounds * workers, workers, MASTER_S)
        assert schedule.end_s == rounds * EQUAL_S + (workers + rounds - 1) * MASTER_S

    @pytest.mark.parametrize("workers", [26, 40])
    def test_more_workers_than_a_master_can_serve(self, workers):
        assert saturated_below_s(workers, MASTER_S) > EQUAL_S
        schedule = simulate([EQUAL_S] * 20 * workers, workers, MASTER_S)
        assert schedule.end_s == EQUAL_S + 20 * workers * MASTER_S
        asymptote = EQUAL_S / (workers * MASTER_S)
        assert schedule.utilisation == pytest.approx(asymptote, rel=0.1)
        assert schedule.busy_until_last_start == pytest.approx(asymptote, rel=0.1)

    def test_the_most_workers_that_a_master_can_serve(self):
        workers = 25
        assert saturated_below_s(workers, MASTER_S) == EQUAL_S
        schedule = simulate([EQUAL_S] * 20 * workers, workers, MASTER_S)
        assert schedule.end_s == 20 * EQUAL_S + (workers + 19) * MASTER_S == EQUAL_S + 20 * workers * MASTER_S


@loop_over("population_size", [None, 1, 7])
def test_one_worker(population_size):
    seconds = exponential(50)
    schedule = simulate(seconds, 1, MASTER_S, population_size)
    assert schedule.end_s == pytest.approx(seconds.sum() + 50 * MASTER_S)
    assert schedule.utilisation == pytest.approx(seconds.sum() / schedule.end_s)
    assert schedule.busy_until_last_start == pytest.approx(seconds[:-1].sum() / (seconds[:-1].sum() + 49 * MASTER_S))


def test_fewer_evaluations_than_workers_start_at_once():
    schedule = simulate([2.0, 1.0], 8)
    assert schedule.utilisation == 3 / 16 and np.isnan(schedule.busy_until_last_start)
