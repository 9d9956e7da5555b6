"""Read and write rasters in a run folder: for the best evaluation, and for all if the study asks for this."""

import io
import math
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tuner.recording import Recording
from tuner.regular_files import read_regular
from tuner.runs.json_files import write_whole, writing

MOST_BYTES = 1024**3
# Errors of readers of damaged files; NumPy and zipfile raise all of these.
DAMAGES = (
    OSError, ValueError, TypeError, KeyError, EOFError, MemoryError, RuntimeError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
RASTER = "best_raster.npz"
SPIKES = "spikes"


def write_raster(folder: Path, number: int, recordings: Mapping[str, Recording]) -> None:
    """Write the rasters of the best evaluation so far, by protocol."""
    write_whole(folder / RASTER, _packed(number, recordings))


def write_spikes(folder: Path, number: int, recordings: Mapping[str, Recording]) -> None:
    """Write the rasters of an evaluation, by protocol."""
    home = folder / SPIKES
    with writing(home):
        home.mkdir(exist_ok=True)
    write_whole(home / f"{number}.npz", _packed(number, recordings))


def _packed(number: int, recordings: Mapping[str, Recording]) -> bytes:
    arrays: dict[str, Any] = {"number": number, "protocols": list(recordings)}
    for place, recording in enumerate(recordings.values()):
        prefix = _prefix(place)
        arrays[f"{prefix}duration_ms"] = recording.duration_ms
        arrays[f"{prefix}times"], arrays[f"{prefix}cells"] = recording.spike_times, recording.spike_cells
        arrays |= {f"{prefix}population:{name}": cells for name, cells in recording.populations.items()}
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    return content.getvalue()


def _prefix(place: int) -> str:
    return f"{place}:" if place else ""


def read_raster(folder: Path) -> tuple[int, dict[str, Recording]] | None:
    """Return number and recordings (by protocol) of the best evaluation. None if not stored."""
    return _unpacked(folder / RASTER)


def read_spikes(folder: Path, number: int) -> dict[str, Recording] | None:
    """Return the recordings of an evaluation by protocol. None if not stored."""
    found = _unpacked(folder / SPIKES / f"{number}.npz")
    return found and found[1]


def _unpacked(file: Path) -> tuple[int, dict[str, Recording]] | None:
    """Return number and recordings of a file; None for a file that is missing, damaged or too large."""
    try:
        content = io.BytesIO(read_regular(file, MOST_BYTES))
        with zipfile.ZipFile(content) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
                return None
        with np.load(content, allow_pickle=False) as data:
            names = [str(name) for name in data["protocols"].tolist()]
            return int(data["number"]), {name: _recording(data, _prefix(i)) for i, name in enumerate(names)}
    except DAMAGES:
        return None


def _recording(data: Mapping[str, np.ndarray], prefix: str) -> Recording:
    start = f"{prefix}population:"
    populations = {name.removeprefix(start): data[name] for name in data if name.startswith(start)}
    times, cells = data[f"{prefix}times"], data[f"{prefix}cells"]
    duration_ms = float(data[f"{prefix}duration_ms"])
    numbers = [times, cells, *populations.values()]
    if any(each.ndim != 1 or each.dtype.kind not in "fiu" or not np.isfinite(each).all() for each in numbers):
        raise ValueError("not a list of numbers")
    if len(times) != len(cells) or not 0 < duration_ms < math.inf:
        raise ValueError("not a raster")
    return Recording(times, cells, populations, duration_ms)
