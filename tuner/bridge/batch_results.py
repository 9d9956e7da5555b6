"""Read the results of a search with NetPyNE's Batch from the search's folder; see netpyne_batch."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuner.errors import StoreError, TunerError
from tuner.study import study_file
from tuner.words import quantity

SEARCH = "search.toml"
_PLACE = re.compile(r"(?:gen|trial)_(\d+)(?:_cand_(\d+))?_data\.json")


@dataclass(frozen=True)
class Candidate:
    """Represent a candidate that NetPyNE has simulated.

    `number` counts within the generation. A failed candidate has a reason, and the worst fitness.
    """

    generation: int
    number: int
    values: dict[str, Any]
    fitness: float
    reason: str = ""


def read_search(folder: str | Path) -> dict[str, Any]:
    """Return the search settings of a folder; raise StudyError if search.toml is missing or wrong."""
    return study_file.read(Path(folder) / SEARCH)


def data_files(folder: Path) -> Iterator[Path]:
    """Return the files that NetPyNE takes for data of candidates."""
    return (file for file in folder.glob("data/gen_*/*_data.json") if _PLACE.fullmatch(file.name))


def candidates(folder: str | Path) -> list[Candidate]:
    """Return all candidates that left data, in order.

    Candidates that NetPyNE gave up left no data. Raises StoreError for damaged data.
    """
    names = list(read_search(folder)["tune"])
    found = [_candidate(file, names) for file in data_files(Path(folder))]
    return sorted(found, key=lambda each: (each.generation, each.number))


def _candidate(file: Path, names: Sequence[str]) -> Candidate:
    ((generation, number),) = _PLACE.findall(file.name)
    try:
        data = json.loads(file.read_bytes())["simData"]
        values = {name: data["values"][name] for name in names}
        return Candidate(int(generation), int(number or 0), values, float(data["fitness"]), data.get("reason", ""))
    except (OSError, ValueError, KeyError, TypeError):
        words = "the candidate's data are incomplete; the file is damaged, or still being written"
        raise StoreError(f"{file}: {words}") from None


def best(folder: str | Path) -> tuple[dict[str, Any], float]:
    """Return the values, in the parameters' units, and the fitness of the best candidate.

    Raises TunerError if no candidate was simulated to its end.
    """
    done = [candidate for candidate in candidates(folder) if not candidate.reason]
    if not done:
        raise TunerError(f"{folder}/data: no candidate was simulated to its end; see the *.err files there")
    found = min(done, key=lambda candidate: candidate.fitness)
    return found.values, found.fitness


def account(folder: str | Path) -> Iterator[str]:
    """Yield the summary of a search, line by line."""
    failed = [candidate for candidate in candidates(folder) if candidate.reason]
    values, fitness = best(folder)
    yield f"Best of {len(candidates(folder))} candidates: fitness {fitness:.5g}"
    for name, value in values.items():
        yield f"  {name} = {quantity(value)}"
    if failed:
        yield f"{len(failed)} failed; the first {failed[0].reason}"
