"""Read the references that rasters are compared with: a raster or a distribution of rates.

A file is a run's best_raster.npz, an output that NetPyNE has saved (.json), or a text file. Text with two columns, time
[ms] and cell id, is a raster. Text with one column, rates [Hz] of the cells, is a distribution. Columns are separated
by blanks or commas, the first line may contain their names, and the rest of a line after # is a comment.

Two comments of a text raster have a meaning. `# duration_ms = 1000` gives the duration. `# cells = 20` says that the
cells are 0 to 19, silent ones included; without this comment they are the cells that spike. No file is ever unpickled.
A file and its unpacked content have at most 1 GB.
"""

import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tuner.errors import StudyError, nearest
from tuner.features.text_columns import COLUMNS, read_columns, read_statements, refuse
from tuner.protocols import DEFAULT
from tuner.recording import ALL, Recording
from tuner.regular_files import MOST_BYTES, parse_json, read_named
from tuner.words import cut, shown

PREFIX = "population:"
LARGEST_ID, MOST_CELLS, MOST_PROTOCOLS = 10**9, 10**7, 1000
LONGEST_MS = 1e12


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
            raise StudyError(f"{self.file}: has no population {shown(population)}; {nearest(population, populations)}")
        return recording.cells_of(ALL if ALL in populations else population)


_known: dict[tuple[Path, str], tuple[str, Reference]] = {}


def read(path: Path, protocol: str = DEFAULT) -> Reference:
    """Return the reference in a file; an unchanged file gives the same object again.

    If the file is from a run with several protocols, the raster of the given protocol is taken.
    """
    content = read_named(path, StudyError)
    digest, key = hashlib.sha256(content).hexdigest(), (path, protocol)
    if key not in _known or _known[key][0] != digest:
        _known[key] = digest, _parse(str(path), path.suffix.lower(), content, protocol)
    return _known[key][1]


def _parse(file: str, suffix: str, content: bytes, protocol: str) -> Reference:
    if not content.strip():
        raise StudyError(f"{file}: is empty")
    if suffix == ".npz":
        return _read_npz(file, content, protocol)
    return READERS.get(suffix, _read_text)(file, content)


def _read_npz(file: str, content: bytes, protocol: str) -> Reference:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > MOST_BYTES:
            raise StudyError(f"{file}: has more than 1 GB of unpacked data, the most that is read")
        with np.load(io.BytesIO(content), allow_pickle=False) as data:
            return _of_arrays(file, data, protocol)
    except StudyError:
        raise
    except Exception:
        # NumPy and zipfile raise exceptions of many types for damaged files.
        raise StudyError(f"{file}: is not the best_raster.npz of a run") from None


def _of_arrays(file: str, data: Mapping[str, np.ndarray], protocol: str) -> Reference:
    """Return the raster of a protocol; raise ValueError or TypeError for arrays of another kind."""
    protocols = data["protocols"]
    if protocols.ndim != 1 or not 0 < protocols.size <= MOST_PROTOCOLS:
        raise ValueError("not a list of protocols")
    names = list(map(str, protocols))
    if len(names) > 1 and protocol not in names:
        raise StudyError(f"{file}: has the protocols {cut(', '.join(names))}, but not {shown(protocol)}")
    start = f"{names.index(protocol)}:" if protocol in names[1:] else ""
    populations = {n.removeprefix(start + PREFIX): data[n] for n in data if n.startswith(start + PREFIX)}
    times, cells = data[f"{start}times"], data[f"{start}cells"]
    duration_ms = float(data[f"{start}duration_ms"])
    numbers = [times, cells, *populations.values()]
    if any(each.ndim != 1 or each.dtype.kind not in "fiu" or not np.isfinite(each).all() for each in numbers):
        raise ValueError("not lists of numbers")
    if len(times) != len(cells) or not all(map(_are_ids, numbers[1:])) or not 0 < duration_ms <= LONGEST_MS:
        raise ValueError("not a raster")
    return _raster(file, times, cells, populations, duration_ms)


def _are_ids(numbers: np.ndarray) -> bool:
    return bool(np.all((numbers % 1 == 0) & (numbers >= -LARGEST_ID) & (numbers <= LARGEST_ID)))


def _read_netpyne(file: str, content: bytes) -> Reference:
    try:
        table = parse_json(content)
    except ValueError as error:
        raise StudyError(f"{file}: {error}") from None
    times, cells = (_floats(file, name, _entry(table, "simData", name)) for name in ("spkt", "spkid"))
    if len(times) != len(cells):
        raise StudyError(f"{file}: simData.spkt has length {len(times)}, but simData.spkid {len(cells)}")
    if not _are_ids(cells):
        raise StudyError(f"{file}: simData.spkid must be a list of whole numbers up to {LARGEST_ID}")
    duration_ms = _entry(table, "simConfig", "duration")
    if duration_ms is not None and not (isinstance(duration_ms, int | float) and 0 < duration_ms <= LONGEST_MS):
        words = f"must be a number above 0, at most {LONGEST_MS:g}"
        raise StudyError(f"{file}: simConfig.duration is {shown(duration_ms)}, {words}")
    return _raster(file, times, cells, _populations(file, _entry(table, "net", "pops")), duration_ms)


def _populations(file: str, table: Any) -> dict[str, list[int]]:
    """Return the cell ids of each population that has cells."""
    found: dict[str, list[int]] = {}
    for name, population in table.items() if isinstance(table, dict) else ():
        ids = _entry(population, "cellGids") or []
        if not (isinstance(ids, list) and all(isinstance(cell, int) and abs(cell) <= LARGEST_ID for cell in ids)):
            words = f"the cellGids of {shown(name)} must be whole numbers up to {LARGEST_ID}"
            raise StudyError(f"{file}: net.pops: {words}")
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
    except (ValueError, TypeError, OverflowError):
        found = np.array(np.nan)
    if found.ndim != 1 or not np.isfinite(found).all():
        raise StudyError(f"{file}: simData.{name} must be a list of finite numbers")
    return found


def _read_text(file: str, content: bytes) -> Reference:
    try:
        places, rows = read_columns(file, content)
    except UnicodeDecodeError:
        raise StudyError(f"{file}: is not text; a raster is text, NetPyNE's .json or a run's .npz") from None
    if rows.shape[1] == 1:
        refuse(file, "the rate is below 0", places, rows[:, 0] < 0)
        return Reference(file, rates_hz=rows[:, 0])
    is_no_id = (rows[:, 1] % 1 != 0) | (np.abs(rows[:, 1]) > LARGEST_ID)
    refuse(file, f"the cell id is not a whole number; the columns are {COLUMNS[2]}", places, is_no_id)
    stated = read_statements(file, content)
    _check(file, stated)
    populations = {}
    if n_cells := int(stated.get("cells", 0)):
        outside = (rows[:, 1] < 0) | (rows[:, 1] >= n_cells)
        refuse(file, f"the cell id is not in the range 0 to {n_cells - 1}", places, outside)
        populations = {ALL: np.arange(n_cells)}
    return _raster(file, rows[:, 0], rows[:, 1], populations, stated.get("duration_ms"))


def _check(file: str, stated: dict[str, float]) -> None:
    if not 0 < stated.get("duration_ms", 1.0) <= LONGEST_MS:
        raise StudyError(f"{file}: # duration_ms: must be above 0, at most {LONGEST_MS:g}")
    if not 1 <= stated.get("cells", 1.0) <= MOST_CELLS or stated.get("cells", 1.0) % 1:
        raise StudyError(f"{file}: # cells: must be a whole number from 1 to {MOST_CELLS}")


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
