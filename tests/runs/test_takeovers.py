"""Two masters of one run: lines of a master that was taken over do not count, and no line is lost."""

import errno
import json
import os

import pytest

from tests.samples import evaluation
from tuner.errors import StoreError
from tuner.runs import owner, takeovers
from tuner.runs.manifest import MANIFEST
from tuner.runs.owner import OWNER, Owner
from tuner.runs.store import EVALUATIONS, Store, read_evaluations


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(owner, "SETTLE_S", 0.0)


def stored(folder):
    return read_evaluations(folder)[0]


def fall_silent(folder):
    """The owner seems to be a process on another host that was frozen long ago."""
    path = folder / OWNER
    path.write_text(json.dumps({**json.loads(path.read_text()), "host": "elsewhere"}))
    os.utime(path, (1, 1))


def test_lines_of_a_master_that_was_taken_over_do_not_count(tmp_path):
    """A frozen master appends evaluation 1 between its last look at owner.json and the look after."""
    (tmp_path / EVALUATIONS).write_text(evaluation(0).to_line() + "\n")
    with Owner(tmp_path) as first:
        old = Store(tmp_path, first)
        old.append(evaluation(1))
        fall_silent(tmp_path)
        with Owner(tmp_path) as second:
            new = Store(tmp_path, second)
            first.check = lambda: None
            old.append(evaluation(2, loss=8.0))
            new.append(evaluation(2, loss=9.0))
            old.append(evaluation(3, loss=10.0))
    assert {number: each.loss for number, each in stored(tmp_path).items()} == {0: 1.0, 1: 1.0, 2: 9.0}
    with Owner(tmp_path) as third:
        store = Store(tmp_path, third)
        store.append(evaluation(3, loss=11.0))
    assert [each.loss for each in stored(tmp_path).values()] == [1.0, 1.0, 9.0, 11.0]
    owners = {json.loads(line)["owner"] for line in (tmp_path / EVALUATIONS).read_text().splitlines()}
    assert owners == {"", first.token, second.token, third.token}
    assert [start.token for start in takeovers.read(tmp_path)] == [second.token, third.token]


def test_starts_one_after_another_need_no_record(tmp_path):
    for number in range(2):
        with Owner(tmp_path) as master:
            Store(tmp_path, master).append(evaluation(number))
    assert list(stored(tmp_path)) == [0, 1] and not (tmp_path / takeovers.OWNERS).exists()


def test_a_master_that_was_taken_over_writes_no_more(tmp_path):
    with Owner(tmp_path) as first:
        store = Store(tmp_path, first)
        store.append(evaluation(0))
        (tmp_path / OWNER).unlink()
        with Owner(tmp_path):
            for write in (lambda: store.append(evaluation(1)), lambda: store.update_manifest(created="late")):
                with pytest.raises(StoreError, match="was taken over by process"):
                    write()
    with pytest.raises(StoreError, match="was taken over by another process, or owner.json was deleted"):
        store.append(evaluation(1))
    assert list(stored(tmp_path)) == [0] and not (tmp_path / MANIFEST).exists()


def test_a_full_disk_does_not_cut_the_lines_of_another_master(tmp_path):
    old = Store(tmp_path)
    old.append(evaluation(0))
    other = Store(tmp_path)
    other.append(evaluation(1))

    class Full:
        """A disk that fails after ten bytes."""

        def write(self, line, file=old._file):
            file.write(line[:10])
            self.write = self.fail
            return 10

        def fail(self, line):
            raise OSError(errno.ENOSPC, "No space left on device")

        def __getattr__(self, name, file=old._file):
            return getattr(file, name)

    before = (tmp_path / EVALUATIONS).read_bytes()
    old._file = Full()
    with pytest.raises(StoreError, match="No space left on device; the 1 evaluation before is stored: free"):
        old.append(evaluation(2))
    assert (tmp_path / EVALUATIONS).read_bytes() == before
    assert list(stored(tmp_path)) == [0, 1]
