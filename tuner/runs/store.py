"""Store the evaluations of a run, one per line, together with the manifest."""

import os
import time
from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from tuner.errors import StoreError
from tuner.evaluation import Evaluation, best_of
from tuner.runs import json_lines, takeovers
from tuner.runs.json_files import ADVICE, keeping, write_json, writing
from tuner.runs.manifest import MANIFEST, read_manifest
from tuner.runs.owner import Owner

EVALUATIONS = "evaluations.jsonl"
FSYNC_INTERVAL_S = 1.0


class Store:
    """Store the evaluations of a run, by number.

    Only the master that owns the folder may write; `owner` is asked before each write. An incomplete last line is
    removed when the store is opened. Any other damaged line raises StoreError. `best` is the best evaluation, None if
    no simulation ran to its end.
    """

    def __init__(self, folder: Path, owner: Owner | None = None) -> None:
        self.folder = folder
        self._owner = owner
        self.manifest = read_manifest(folder)
        self.evaluations, end = read_evaluations(folder)
        self.best = best_of(self.evaluations.values())
        self._synced = time.monotonic()
        with writing(folder):
            self._file = json_lines.cut(folder / EVALUATIONS, end)
        if owner:
            takeovers.record(folder, owner, end)

    def append(self, evaluation: Evaluation) -> None:
        """Append an evaluation as a complete line, or not at all.

        Raises StoreError if the disk fails, or if another master has taken the folder over.
        """
        if evaluation.number in self.evaluations:
            raise StoreError(f"{self.folder}: evaluation {evaluation.number} is already stored")
        self.check_owner()
        line = replace(evaluation, owner=self._owner.token if self._owner else "").to_line().encode() + b"\n"
        syncs = time.monotonic() - self._synced > FSYNC_INTERVAL_S
        with self.keeping():
            json_lines.append(self._file, line, syncs=syncs)
        self._synced = time.monotonic() if syncs else self._synced
        self.evaluations[evaluation.number] = evaluation
        self.best = best_of(filter(None, (self.best, evaluation)))

    def check_owner(self) -> None:
        """Raise StoreError if another master has taken the folder over."""
        if self._owner:
            self._owner.check()

    def by_number(self) -> list[Evaluation]:
        """Return all evaluations, ordered by number."""
        return [self.evaluations[number] for number in sorted(self.evaluations)]

    def keeping(self) -> AbstractContextManager[None]:
        """Return a context in which the error of a disk tells the number of stored evaluations."""
        return keeping(self.folder, lambda: len(self.evaluations))

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
        self.check_owner()
        with self.keeping():
            write_json(self.folder / MANIFEST, self.manifest.table)


def read_evaluations(folder: Path) -> tuple[dict[int, Evaluation], int]:
    """Return the stored evaluations by number, and the end of the last complete line [bytes].

    An incomplete last line is left out, and so are lines of a master that another one had replaced. Raises StoreError
    for a damaged line, for two different evaluations of one number, and for a missing number in a complete generation.
    """
    path, starts = folder / EVALUATIONS, takeovers.read(folder)
    evaluations: dict[int, Evaluation] = {}
    end = 0
    for line in json_lines.lines(path, ADVICE):
        end = json_lines.end_of(line)
        evaluation = json_lines.record(line, Evaluation.of, path, ADVICE)
        if takeovers.is_late(starts, evaluation.owner, line.offset):
            continue
        known = evaluations.setdefault(evaluation.number, evaluation)
        if known is not evaluation and _content(known) != _content(evaluation):
            words = f"repeats evaluation {evaluation.number} with other results"
            raise json_lines.damaged(path, line.place, words, ADVICE)
    if lack := _lack([evaluation for evaluation in evaluations.values() if evaluation.order is None]):
        raise StoreError(f"{path}: {lack}; {ADVICE}")
    return evaluations, end


def _content(evaluation: Evaluation) -> str:
    """Return an evaluation as text, without the entries that two masters do not share."""
    return replace(evaluation, seconds=0.0, owner="").to_line()


def _lack(evaluations: Collection[Evaluation]) -> str:
    """Return the first evaluation or generation that is missing, in words; "" if only the last generation has gaps."""
    last = max((evaluation.generation for evaluation in evaluations), default=0)
    before = sorted((e.number, e.generation) for e in evaluations if e.generation < last)
    for number, (found, _) in enumerate(before):
        if number != found:
            return f"evaluation {number} is missing, but generation {last} has begun"
    generations = dict.fromkeys(generation for _, generation in before)
    if list(generations) != list(range(last)) or any(a > b for (_, a), (_, b) in pairwise(before)):
        return f"a generation before generation {last} is missing, or the generations are not in order"
    return ""
