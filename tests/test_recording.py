import numpy as np
import pytest

from tests.loops import loop_over
from tests.samples import recording
from tuner.recording import ALL, Recording, run_lengths

pytestmark = pytest.mark.filterwarnings("error")

# Cell 0 fires at 100, 200 ... 900 ms, cell 1 at 150 and 650, cell 2 never.
THREE = recording(np.arange(100, 901, 100), [150, 650], [], A=[0, 1], B=[2])


@loop_over(
    ("values", "firsts", "lengths"),
    [([], [], []), ([7], [0], [1]), ([0, 0, 5, 5, 5, 0], [0, 2, 5], [2, 3, 1]), ([-1, -1], [0], [2])],
)
def test_run_lengths(values, firsts, lengths):
    ours = run_lengths(np.array(values, int))
    assert [each.tolist() for each in ours] == [firsts, lengths]


class TestRecording:
    def test_is_sorted_by_cell_then_time(self):
        raster = Recording([3.0, 1.0, 2.0, 0.5], [1, 0, 1, 0], {"A": [0, 1]}, 10.0)
        assert raster.spike_times.tolist() == [0.5, 1.0, 2.0, 3.0]
        assert raster.spike_cells.tolist() == [0, 0, 1, 1]

    def test_all_is_every_cell_once(self):
        assert recording([], [], [], A=[0, 2], B=[1, 2]).cells_of(ALL).tolist() == [0, 1, 2]

    def test_windows_hold_both_ends(self):
        spikes = THREE.spikes("A", (100.0, 200.0))
        assert (spikes.times.tolist(), spikes.cells.tolist()) == ([100, 200, 150], [0, 0, 1])
        assert spikes.seconds == pytest.approx(0.1)
        assert spikes.counts.tolist() == [2, 1]

    def test_the_same_selection_is_the_same_object(self):
        assert THREE.spikes("A", (0.0, 9.0)) is THREE.spikes("A", (0.0, 9.0))

    @loop_over(("shift", "cell", "same"), [(0.0, 1, True), (9e-7, 1, True), (2e-6, 1, False), (0.0, 0, False)])
    def test_same_raster(self, shift, cell, same):
        one = Recording([1.0, 2.0], [0, 1], {"A": [0, 1]}, 10.0)
        other = Recording([2.0 + shift, 1.0], [cell, 0], {"A": [0, 1]}, 10.0)
        assert one.same_raster(other) is same
        assert not one.same_raster(recording([1.0]))


class TestSpikes:
    def test_intervals_do_not_cross_cells(self):
        intervals, cells = recording([1.0, 3.0], [4.0, 9.0, 10.0]).spikes().intervals
        assert (intervals.tolist(), cells.tolist()) == ([2, 5, 1], [0, 1, 1])

    def test_pooled_are_all_cells_in_order(self):
        assert recording([1.0, 5.0], [0.5, 3.0, 9.0]).spikes().pooled.tolist() == [0.5, 1.0, 3.0, 5.0, 9.0]


class TestBinned:
    def test_lists_the_bins_that_hold_spikes(self):
        binned = THREE.spikes("A", (100.0, 750.0)).binned(100.0)
        assert binned.n_bins == 6
        assert binned.cells.tolist() == [0, 0, 0, 0, 0, 0, 1, 1]
        assert binned.bins.tolist() == [0, 1, 2, 3, 4, 5, 0, 5]
        assert binned.counts.tolist() == [1] * 8

    def test_counts_several_spikes_of_a_bin(self):
        binned = recording([0.0, 1.0, 1.5, 9.0, 10.0], [], [9.9], duration_ms=25.0).spikes().binned(10.0)
        assert [(c, b, n) for c, b, n in zip(binned.cells, binned.bins, binned.counts, strict=True)] == [
            (0, 0, 4),
            (0, 1, 1),
            (2, 0, 1),
        ]
        assert binned.totals.tolist() == [5, 0, 1]
        # Counts (4, 1), (0, 0), (1, 0): variances 2.25, 0 and 0.25, times 2^2.
        assert binned.spreads.tolist() == [9, 0, 1]
        # Five spikes of three cells in 10 ms; then one.
        assert binned.rate == pytest.approx([5 / 3 / 0.01, 1 / 3 / 0.01], rel=1e-12)

    @loop_over(("step", "bin_ms"), [(0.1, 0.1), (0.1, 0.3), (0.025, 0.1), (0.05, 0.7)])
    def test_times_on_an_edge_open_the_next_bin(self, step, bin_ms):
        """As multiples of a time step have rounding errors, plain division puts some into the bin before."""
        per_bin = round(bin_ms / step)
        times = np.arange(1000 * per_bin) * step
        binned = recording(times, duration_ms=1000 * bin_ms).spikes().binned(bin_ms)
        assert binned.n_bins == 1000
        assert binned.counts.tolist() == [per_bin] * 1000

    def test_what_lies_beyond_the_last_full_bin_is_left_out(self):
        spikes = recording([5.0, 20.0, 24.0, 25.0], duration_ms=25.0).spikes()
        assert spikes.binned(10.0).totals.tolist() == [1]
        assert spikes.binned(5.0).totals.tolist() == [3]
        assert spikes.binned(30.0).n_bins == 0

    def test_the_same_width_is_the_same_object(self):
        spikes = THREE.spikes()
        assert spikes.binned(10.0) is spikes.binned(10.0)
        assert spikes.binned(20.0) is not spikes.binned(10.0)

    @loop_over("bin_ms", [0.0, -1.0, float("nan")])
    def test_widths_must_be_above_0(self, bin_ms):
        with pytest.raises(ValueError, match=f"bin_ms is {bin_ms:g}, must be at least 0.001"):
            THREE.spikes().binned(bin_ms)

    def test_counts_are_those_of_a_histogram(self):
        random = np.random.default_rng(5)
        times, cells = random.uniform(0, 1000, 500), random.integers(0, 7, 500)
        binned = Recording(times, cells, {"A": np.arange(7)}, 1000.0).spikes().binned(30.0)
        theirs = np.histogram2d(cells, times, [np.arange(8), np.arange(0, 991, 30)])[0]
        ours = np.zeros((7, 33))
        ours[binned.cells, binned.bins] = binned.counts
        assert np.array_equal(ours, theirs)
        assert binned.spreads == pytest.approx(theirs.var(axis=1) * 33**2, rel=1e-12)
