"""A run folder on disk: the evaluations, one a line, appended as they finish, and the manifest of what made them."""

import json
import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tuner.errors import StoreError
from tuner.evaluation import Evaluation

EVALUATIONS = "evaluations.jsonl"
MANIFEST = "manifest.json"
FSYNC_INTERVAL_S = 1.0


class Store:
    """The evaluations of one run, by number. Only the master that owns the folder writes.

    A torn last line is cut when the store is opened; damage before it is a StoreError. `best_loss` is inf at first.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / EVALUATIONS
        self.manifest: dict = read_json(folder / MANIFEST) or {}
        self.evaluations, self._end = read_evaluations(folder)
        self.best_loss = min((e.ranking_loss for e in self.evaluations.values()), default=math.inf)
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
        self.best_loss = min(self.best_loss, evaluation.ranking_loss)

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

    def update_manifest(self, **entries: object) -> None:
        """Puts entries into the manifest, on disk at once."""
        self.manifest.update(entries)
        write_json(self.folder / MANIFEST, self.manifest)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turns what the file system refuses into a StoreError."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"{error.filename or folder}: cannot be written: {error.strerror}") from None


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


def read_json(path: Path) -> dict | None:
    """The table of a JSON file; None if there is no such file, StoreError if it is damaged."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(table, dict):
            raise ValueError("no table")
        return table
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise StoreError(f"{path}: is damaged ({error}); start again with --fresh") from None


def write_json(path: Path, table: object) -> None:
    """Writes a JSON file, whole or not at all."""
    write_whole(path, json.dumps(table, indent=1, allow_nan=False).encode() + b"\n")


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file beside itself and renames it, so that nobody ever reads half of it."""
    beside = path.with_name(f".{path.name}.new")
    with writing(path.parent):
        try:
            with open(beside, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise
