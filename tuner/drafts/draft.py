"""List the values of a model that can be tuned, and write the draft of a study: the commands `paths` and `new`."""

import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tuner.drafts import listing, measurement, text
from tuner.drafts.likely import likely
from tuner.errors import StudyError
from tuner.features import lookup
from tuner.recording import Recording
from tuner.study import sources
from tuner.study.entries.read_protocols import LONGEST_NAME
from tuner.study.find_source import find_source
from tuner.study.study_file import SITE

STDOUT = "-"
# Names of files that do not describe the model; the folder's name is used instead.
NAMELESS = ("index", "init", "cfg", "simConfig", "netParams", "model")


def list_paths(model: str, pattern: str = "", *, trust_pickle: bool = False) -> Iterator[str]:
    """Yield a line for each value of a model that a study can tune: path, present value, unit and note.

    Parameters
    ----------
    model : str
        Name of a model in netparams/, or path of a model.
    pattern : str
        Text that the path must contain, in any case; with * or ? the whole path must match.
    trust_pickle : bool
        If True, a model that is a pickle may be loaded.

    Raises
    ------
    StudyError
        If there is no such model, or if no path matches the pattern.
    TunerError
        If the model cannot be loaded or built; the errors are those of `preparation.check`.
    """
    _find(model)
    with measurement.started(model, trust_pickle=trust_pickle) as at_work:
        found = at_work.tried(listing.matching(at_work.survey().entries, pattern, model))
    yield from listing.lines(found)


def new(model: str, to: str = "", *, trust_pickle: bool = False) -> tuple[str, Path | None]:
    """Draft a study of a model, with the present values as start point and the present rates as targets.

    Parameters
    ----------
    model : str
        Name of a model in netparams/, or path of a model.
    to : str
        File to write; "-" writes no file, "" writes a file named after the model in the working directory.
    trust_pickle : bool
        If True, a model that is a pickle may be loaded.

    Returns
    -------
    text : str
        Text of the study.
    file : Path or None
        File that was written.

    Raises
    ------
    StudyError
        If there is no such model, or if the file exists; then nothing is written.
    TunerError
        If the model cannot be loaded, built or run; the errors are those of `preparation.check`.
    """
    named = name_of(_find(model), model)
    file = None if to == STDOUT else Path(to or f"{named}.toml")
    if file is None:
        return text.write(_draft(model, Path(f"{named}.toml"), trust_pickle=trust_pickle)), None
    _check_free(file)
    written = text.write(_draft(model, file, trust_pickle=trust_pickle))
    _write(file, written)
    return written, file


def name_of(found: sources.Source, model: str) -> str:
    """Return the name of a study of a model: a plain file name after the model's folder or file."""
    path = _absolute(model)
    named = path.name if path.is_dir() else found.file.stem
    return plain_name(found.top.name if named in NAMELESS else named)


def plain_name(name: str) -> str:
    """Return the name with only letters, digits, `_`, `.` and `-`, shortened and never empty."""
    plain = re.sub(r"[^\w.-]+", "_", name).strip("._-")[: LONGEST_NAME // 4] or "study"
    return f"{plain}_study" if f"{plain}.toml" == SITE else plain


def _find(model: str) -> sources.Source:
    try:
        return find_source(model, Path.cwd())
    except StudyError as error:
        raise StudyError(f"MODEL: {error}") from None


def _draft(model: str, file: Path, *, trust_pickle: bool) -> text.Draft:
    """Return the content of a draft, after one simulation of the model."""
    with measurement.started(model, trust_pickle=trust_pickle) as at_work:
        recording = at_work.run()
        surveyed = at_work.survey()
        surveyed = replace(surveyed, entries=at_work.tried(surveyed.entries))
    parameters = likely(surveyed)
    if not parameters:
        raise StudyError(f"{model}: has no number that a study could tune")
    option = " --trust-pickle" if trust_pickle else ""
    return text.Draft(
        name=plain_name(file.stem),
        model=_from_folder(model, file),
        typed=shlex.quote(model) + option,
        duration_ms=recording.duration_ms,
        parameters=parameters,
        rates={population: _rate_hz(recording, population) for population in recording.populations},
        sources=frozenset(population for population, is_source in surveyed.populations.items() if is_source),
        command=shlex.quote(str(file)) + option,
    )


def _rate_hz(recording: Recording, population: str) -> float:
    return float(lookup.find("rate").compute(recording, population, None))


def _from_folder(model: str, file: Path) -> str:
    """Return the name of the model in a study file: relative paths count from the folder of the file."""
    if model in sources.names():
        return model
    path = os.path.relpath(_absolute(model), file.resolve().parent)
    return f"./{path}" if path in sources.names() else path


def _absolute(model: str) -> Path:
    return Path(os.path.abspath(os.path.expanduser(model)))


def _check_free(file: Path) -> None:
    if os.path.lexists(file):
        raise StudyError(f"{file}: exists already and is not overwritten; --to FILE writes another file")
    if not file.parent.is_dir():
        raise StudyError(f"{file}: cannot be written: there is no folder {file.parent}")


def _write(file: Path, written: str) -> None:
    try:
        with open(file, "x", encoding="utf-8") as stream:
            stream.write(written)
    except (OSError, ValueError) as error:
        raise StudyError(f"{file}: cannot be written: {getattr(error, 'strerror', None) or error}") from None
