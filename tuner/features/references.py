"""Read the references that rasters are compared with: a raster or a distribution of rates.

A file is a run's best_raster.npz, an output that NetPyNE has saved (.json), or a text file. Text with two columns, time
[ms] and cell id, is a raster. Text with one column, rates [Hz] of the cells, is a distribution. Columns are separated
by blanks or commas, the first line may contain their names, and the rest of a line after # is a comment.

Two comments of a text raster have a meaning. `# duration_ms = 1000` gives the duration. `# cells = 20` says that the
cells are 0 to 19, silent ones included; without this comment they are the cells that spike. No file is ever unpickled.
"""

import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tuner.errors import StudyError, nearest
from tuner.protocols import DEFAULT
from tuner.recording import ALL, Recording

COLUMNS = {1: "rates [Hz]", 2: "time [ms] and cell id"}
STATEMENT = re.compile(r"^\s*#\s*(duration_ms|cells)\s*=\s*(.*?)\s*$", re.MULTILINE)
PREFIX = "population:"
MOST_CELLS = 10**9


@dataclass(frozen=True)
class Reference:
    """Represent a reference: either a `recording`, or a distribution `rates_hz` (n_cells,).

    If the file has no populations, the recording has the single population "all", which stands for any population.
    `ends` is True if the file gives a duration. If not, the recording ends at the last spike and counts as silent
    afterwards.
    """

    file: str
    recording: Recording | None = None
    rates_hz: np.ndarray | None = None
    ends: bool = True
    _cache: dict[tuple[str, float, tuple[str, ...]], Recording] = field(default_factory=dict, repr=False, compare=False)

    def raster(self, population: str, end_ms: float, others: Sequence[str] = ()) -> Recording:
        """Return the recording of a population, and of `others`, from 0 to `end_ms`.

        StudyError if the reference has rates only, lacks one of the populations, or ends before `end_ms`.
        """
        key = population, end_ms, tuple(others)
        if key not in self._cache:
            self._cache[key] = self._cut((population, *others), end_ms)
        return self._cache[key]

    def rates(self, population: str, window_ms: tuple[float, float]) -> np.ndarray:
        """Return the rates of the cells [Hz], (n_cells,): from the distribution, or from the raster in the window."""
        if self.rates_hz is not None:
            return self.rates_hz
        spikes = self.raster(population, window_ms[1]).spikes(population, window_ms)
        rates: np.ndarray = spikes.counts / spikes.seconds
        return rates

    def silent(self, population: str) -> "Reference":
        """Return the same kind of reference with one silent cell; StudyError if the population does not exist."""
        if self.recording is None:
            return Reference(self.file, rates_hz=np.zeros(1))
        self._cells(self.recording, population)
        nobody = np.empty(0)
        silence = Recording(nobody, nobody, {ALL: np.zeros(1, int)}, self.recording.duration_ms)
        return Reference(self.file, silence, ends=self.ends)

    def _cut(self, populations: Sequence[str], end_ms: float) -> Recording:
        if self.recording is None:
            raise StudyError(f"{self.file}: has rates only, but a raster is needed")
        recording, lasts = self.recording, self.recording.duration_ms
        cells = {name: self._cells(recording, name) for name in populations}
        if self.ends and end_ms > lasts * (1.0 + 1e-9):
            raise StudyError(f"{self.file}: ends at {lasts:g} ms, before {end_ms:g} ms; give window_ms an earlier end")
        inside = recording.spike_times <= end_ms
        times, ids = recording.spike_times[inside], recording.spike_cells[inside]
        return Recording(times, ids, recording.populations | cells, end_ms)

    def _cells(self, recording: Recording, population: str) -> np.ndarray:
        populations = recording.populations
        if population != ALL and ALL not in populations and population not in populations:
            raise StudyError(f"{self.file}: has no population {population!r}; {nearest(population, populations)}")
        return recording.cells_of(ALL if ALL in populations else population)


_known: dict[tuple[Path, str], tuple[str, Reference]] = {}


def read(path: Path, protocol: str = DEFAULT) -> Reference:
    """Return the reference in a file; an unchanged file gives the same object again.

    If the file is from a run with several protocols, the raster of the given protocol is taken.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise StudyError(f"{path}: there is no such file") from None
    except (OSError, ValueError) as error:
        raise StudyError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    digest, key = hashlib.sha256(content).hexdigest(), (path, protocol)
    if key not in _known or _known[key][0] != digest:
        _known[key] = digest, _parse(path, content, protocol)
    return _known[key][1]


def _parse(path: Path, content: bytes, protocol: str) -> Reference:
    if not content.strip():
        raise StudyError(f"{path}: is empty")
    if path.suffix.lower() == ".npz":
        return _read_npz(str(path), content, protocol)
    return READERS.get(path.suffix.lower(), _read_text)(str(path), content)


def _read_npz(file: str, content: bytes, protocol: str) -> Reference:
    try:
        with zipfile.ZipFile(io.BytesIO(content)), np.load(io.BytesIO(content), allow_pickle=False) as data:
            names = data["protocols"].tolist()
            if len(names) > 1 and protocol not in names:
                raise StudyError(f"{file}: has the protocols {', '.join(names)}, but not {protocol!r}")
            start = f"{names.index(protocol)}:" if protocol in names[1:] else ""
            populations = {n.removeprefix(start + PREFIX): data[n] for n in data if n.startswith(start + PREFIX)}
            spikes = data[f"{start}times"], data[f"{start}cells"]
            return _raster(file, *spikes, populations, float(data[f"{start}duration_ms"]))
    except (ValueError, TypeError, KeyError, EOFError, OSError, zipfile.BadZipFile, zlib.error):
        raise StudyError(f"{file}: is not the best_raster.npz of a run") from None


def _read_netpyne(file: str, content: bytes) -> Reference:
    try:
        table = json.loads(content)
    except ValueError as error:
        raise StudyError(f"{file}: is not valid JSON: {error}") from None
    times, cells = (_floats(file, name, _entry(table, "simData", name)) for name in ("spkt", "spkid"))
    if len(times) != len(cells):
        raise StudyError(f"{file}: simData.spkt has length {len(times)}, but simData.spkid {len(cells)}")
    duration_ms = _entry(table, "simConfig", "duration")
    if duration_ms is not None and not (isinstance(duration_ms, int | float) and duration_ms > 0):
        raise StudyError(f"{file}: simConfig.duration is {duration_ms!r}, must be a number above 0")
    return _raster(file, times, cells, _populations(file, _entry(table, "net", "pops")), duration_ms)


def _populations(file: str, table: Any) -> dict[str, list[int]]:
    """Return the cell ids of each population that has cells."""
    found: dict[str, list[int]] = {}
    for name, population in table.items() if isinstance(table, dict) else ():
        ids = _entry(population, "cellGids") or []
        if not (isinstance(ids, list) and all(isinstance(cell, int) for cell in ids)):
            raise StudyError(f"{file}: net.pops: the cellGids of {name!r} must be whole numbers")
        found |= {name: ids} if ids else {}
    return found


def _entry(table: Any, *keys: str) -> Any:
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table


def _floats(file: str, name: str, numbers: Any) -> np.ndarray:
    if not isinstance(numbers, list):
        raise StudyError(f"{file}: has no simData.{name}; NetPyNE saves simData if simConfig.saveJson is True")
    try:
        found = np.array(numbers, float)
    except (ValueError, TypeError):
        found = np.array(np.nan)
    if found.ndim != 1 or not np.isfinite(found).all():
        raise StudyError(f"{file}: simData.{name} must be a list of finite numbers")
    return found


def _read_text(file: str, content: bytes) -> Reference:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise StudyError(f"{file}: is not text; a raster is text, NetPyNE's .json or a run's .npz") from None
    places, rows = _table(file, text)
    if rows.shape[1] == 1:
        _refuse(file, "the rate is below 0", places, rows[:, 0] < 0)
        return Reference(file, rates_hz=rows[:, 0])
    is_no_id = (rows[:, 1] % 1 != 0) | (np.abs(rows[:, 1]) > MOST_CELLS)
    _refuse(file, f"the cell id is not a whole number; the columns are {COLUMNS[2]}", places, is_no_id)
    stated = {name: _number(file, f"# {name}", value) for name, value in STATEMENT.findall(text)}
    _check(file, stated)
    populations = {}
    if n_cells := int(stated.get("cells", 0)):
        outside = (rows[:, 1] < 0) | (rows[:, 1] >= n_cells)
        _refuse(file, f"the cell id is not in the range 0 to {n_cells - 1}", places, outside)
        populations = {ALL: np.arange(n_cells)}
    return _raster(file, rows[:, 0], rows[:, 1], populations, stated.get("duration_ms"))


def _check(file: str, stated: dict[str, float]) -> None:
    if stated.get("duration_ms", 1.0) <= 0:
        raise StudyError(f"{file}: # duration_ms: must be above 0")
    if not 1 <= stated.get("cells", 1.0) <= MOST_CELLS or stated.get("cells", 1.0) % 1:
        raise StudyError(f"{file}: # cells: must be a whole number from 1 to {MOST_CELLS}")


def _table(file: str, text: str) -> tuple[list[int], np.ndarray]:
    """Return the line numbers of all lines with numbers, and these numbers, (n_lines, n_columns)."""
    lines = list(_lines(text))
    if lines and not any(_is_number(word) for word in lines[0][1]):
        lines = lines[1:]
    if not lines:
        raise StudyError(f"{file}: contains no numbers")
    columns = len(lines[0][1])
    if columns not in COLUMNS:
        known = " or ".join(f"{n} ({name})" for n, name in COLUMNS.items())
        raise StudyError(f"{file}: line {lines[0][0]}: has {columns} columns, must have {known}")
    places = [place for place, _ in lines]
    other = f"does not have {columns} column{'s' * (columns > 1)} like the lines before"
    _refuse(file, other, places, [len(words) != columns for _, words in lines])
    rows = np.array([_row(file, place, words) for place, words in lines])
    _refuse(file, "a number is not finite", places, ~np.isfinite(rows).all(axis=1))
    return places, rows


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the words of each line that has words before a #."""
    for number, line in enumerate(text.splitlines(), 1):
        if written := line.partition("#")[0].strip():
            yield number, written.split(",") if "," in written else written.split()


def _row(file: str, place: int, words: list[str]) -> list[float]:
    try:
        return [float(word) for word in words]
    except ValueError:
        return [_number(file, f"line {place}", word) for word in words]


def _is_number(word: str) -> bool:
    try:
        return bool(np.isfinite(float(word)))
    except ValueError:
        return False


def _number(file: str, place: str, word: str) -> float:
    if not _is_number(word):
        raise StudyError(f"{file}: {place}: {word.strip()!r} is not a finite number")
    return float(word)


def _refuse(file: str, says: str, places: Sequence[int], wrong: np.ndarray | list[bool]) -> None:
    """Raise StudyError with the number of the first wrong line, if there is one."""
    if len(found := np.flatnonzero(wrong)):
        raise StudyError(f"{file}: line {places[found[0]]}: {says}")


def _raster(
    file: str,
    times: np.ndarray,
    cells: np.ndarray,
    populations: Mapping[str, Sequence[int] | np.ndarray],
    duration_ms: float | None,
) -> Reference:
    """Return a reference with these populations; without populations, all cells that spike are in one."""
    if not populations and not len(times):
        raise StudyError(f"{file}: has neither spikes nor populations")
    named = {name: np.asarray(ids, int) for name, ids in populations.items()} or {ALL: np.unique(cells.astype(int))}
    lasts = duration_ms if duration_ms is not None else float(np.max(times, initial=0.0))
    return Reference(file, Recording(times, cells, named, lasts), ends=duration_ms is not None)


READERS = {".json": _read_netpyne}
