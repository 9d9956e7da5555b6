"""Detect models that NetPyNE or pickle has saved in one file."""

from functools import partial
from pathlib import Path

from tuner.errors import StudyError
from tuner.study.kinds.registry import FILE_RULES, FOLDER_RULES, MAKERS, Candidate, Run
from tuner.study.paths import Specs
from tuner.study.sources import PICKLES, Source, read_table

KIND = "saved"


@MAKERS.entering(KIND)
def make(run: Run) -> Specs:
    """Return the specs that the file contains."""
    return run.read_saved(run.there(run.source.file))


@FILE_RULES.entering("saved model", place=20)
def saved_model(file: Path) -> Source | None:
    """Return the source of a JSON file or pickle."""
    return Source(KIND, file, file.parent) if file.suffix in (".json", *PICKLES) else None


@FOLDER_RULES.entering("saved models", place=40)
def saved_in(folder: Path) -> list[Candidate]:
    """Return the JSON files of a folder that hold a network's parameters."""
    files = [file for file in sorted(folder.glob("*.json")) if _is_saved(file)]
    return [Candidate(file.name, partial(Source, KIND, file, file.parent)) for file in files]


def _is_saved(file: Path) -> bool:
    try:
        table = read_table(file)
    except StudyError:
        return False
    return isinstance(table, dict) and isinstance(table.get("net"), dict) and "params" in table["net"]
