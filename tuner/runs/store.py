"""Store the evaluations of a run, one per line, together with the manifest."""

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
    """Store the evaluations of a run, by number.

    Only the master that owns the folder may write. A torn last line is removed when the store is opened. Any other
    damaged line raises StoreError. `best` is the best evaluation, None if no simulation ran to its end.
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
        """Append an evaluation as a complete line, or not at all; raise StoreError if the disk fails."""
        if evaluation.number in self.evaluations:
            raise StoreError(f"{self.folder}: evaluation {evaluation.number} is already stored")
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
        """Return all evaluations, ordered by number."""
        return [self.evaluations[number] for number in sorted(self.evaluations)]

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Convert an OSError in the `with` block to a StoreError with the number of stored evaluations."""
        try:
            with writing(self.folder):
                yield
        except StoreError as error:
            raise StoreError(
                f"{error}; the {len(self.evaluations)} evaluations before are stored:"
                " free some space, then run the same command"
            ) from None

    def sync(self) -> None:
        """Flush all appended lines to the disk."""
        os.fsync(self._file.fileno())
        self._synced = time.monotonic()

    def close(self) -> None:
        """Close the file of evaluations."""
        self._file.close()

    def update_manifest(self, **entries: Any) -> None:
        """Update entries of the manifest, given as plain data, and write the file at once."""
        self.manifest = self.manifest.updated(**entries)
        write_json(self.folder / MANIFEST, self.manifest.table)


def read_evaluations(folder: Path) -> tuple[dict[int, Evaluation], int]:
    """Return the stored evaluations by number, and the end of the last complete line [bytes].

    A torn last line is left out. Raises StoreError for a damaged line before, or a number that occurs twice.
    """
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
            raise StoreError(f"{path}: line {place} is damaged; repair it, or start again with --fresh") from None
        if evaluation.number in evaluations:
            raise StoreError(f"{path}: line {place} repeats evaluation {evaluation.number}; start again with --fresh")
        evaluations[evaluation.number] = evaluation
        end += len(line)
    return evaluations, end
