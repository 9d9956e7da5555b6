"""A run folder on disk: the evaluations, one a line, appended as they finish, and the manifest of what made them."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tuner.errors import StoreError
from tuner.evaluation import Evaluation, best_of
from tuner.runs.json_files import write_json, writing
from tuner.runs.manifest import MANIFEST, read_manifest

EVALUATIONS = "evaluations.jsonl"
FSYNC_INTERVAL_S = 1.0


class Store:
    """The evaluations of one run, by number. Only the master that owns the folder writes.

    A torn last line is cut when the store is opened; damage before it is a StoreError. `best` ranks first, None if
    no simulation ran.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / EVALUATIONS
        self.manifest = read_manifest(folder)
        self.evaluations, self._end = read_evaluations(folder)
        self.best = best_of(self.evaluations.values())
        self._synced = time.monotonic()
        with writing(folder):
            self._file = open(self._path, "ab", buffering=0)
            self._file.truncate(self._end)

    def append(self, evaluation: Evaluation) -> None:
        """Writes a line, whole or not at all; StoreError if the disk does not take it."""
        if evaluation.number in self.evaluations:
            raise StoreError(f"{self.folder}: evaluation {evaluation.number} is stored already")
        line = evaluation.to_line().encode() + b"\n"
        try:
            with self.keeping():
                left = memoryview(line)
                while left:
                    left = left[self._file.write(left) :]
                if time.monotonic() - self._synced > FSYNC_INTERVAL_S:
                    self.sync()
        except StoreError:
            os.truncate(self._path, self._end)
            raise
        self._end += len(line)
        self.evaluations[evaluation.number] = evaluation
        self.best = best_of(filter(None, (self.best, evaluation)))

    def by_number(self) -> list[Evaluation]:
        """Return all evaluations in the order of their numbers."""
        return [self.evaluations[number] for number in sorted(self.evaluations)]

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Turns what the file system refuses of an evaluation into a StoreError that says what is stored."""
        try:
            with writing(self.folder):
                yield
        except StoreError as error:
            raise StoreError(
                f"{error}; the {len(self.evaluations)} evaluations before are stored,"
                " make room and run the same command"
            ) from None

    def sync(self) -> None:
        """Has the disk keep what was appended."""
        os.fsync(self._file.fileno())
        self._synced = time.monotonic()

    def close(self) -> None:
        """Ends writing."""
        self._file.close()

    def update_manifest(self, **entries: Any) -> None:
        """Puts entries, given as plain data, into the manifest, on disk at once."""
        self.manifest = self.manifest.updated(**entries)
        write_json(self.folder / MANIFEST, self.manifest.table)


def read_evaluations(folder: Path) -> tuple[dict[int, Evaluation], int]:
    """The stored evaluations by number, and where the last whole line ends [bytes]."""
    path = folder / EVALUATIONS
    if not path.exists():
        return {}, 0
    evaluations: dict[int, Evaluation] = {}
    end = 0
    content = path.read_bytes()
    lines = content.splitlines(keepends=True)
    for place, line in enumerate(lines, 1):
        try:
            if not line.endswith(b"\n"):
                raise ValueError("torn")
            evaluation = Evaluation.from_line(line)
        except ValueError:
            if place == len(lines):
                break
            raise StoreError(f"{path}: line {place} is damaged; mend it, or start again with --fresh") from None
        if evaluation.number in evaluations:
            raise StoreError(f"{path}: line {place} repeats evaluation {evaluation.number}; start again with --fresh")
        evaluations[evaluation.number] = evaluation
        end += len(line)
    return evaluations, end
