"""Detect Python scripts that make netParams and simConfig and create the network."""

from functools import partial
from pathlib import Path

from tuner.study.kinds.registry import FILE_RULES, FOLDER_RULES, MAKERS, Candidate, Run
from tuner.study.paths import Specs
from tuner.study.python_text import look
from tuner.study.sources import Source, start_folder

KIND = "script"


@MAKERS.entering(KIND)
def make(run: Run) -> Specs:
    """Return the specs that the script passes to NetPyNE."""
    return run.execute(run.there(run.source.file))


@FILE_RULES.entering("script", place=70)
def script(file: Path) -> Source | None:
    """Return the source of a script that starts a network, or defines netParams."""
    if file.suffix != ".py" or not (look(file).starts or "netParams" in look(file).defined):
        return None
    return Source(KIND, file, start_folder(file, look(file).files))


@FOLDER_RULES.entering("scripts that make a network", place=30)
def scripts_of(folder: Path) -> list[Candidate]:
    """Return the scripts of a folder and of src/ that make both objects; if some start a network, only these."""
    files = [file for place in (folder, folder / "src") for file in sorted(place.glob("*.py")) if _makes_both(file)]
    files = [file for file in files if look(file).starts] or files
    return [Candidate(file.name, partial(_first, file)) for file in files]


def _first(file: Path) -> Source:
    """Return the source of a file by the first rule that accepts the file."""
    return next(source for rule in FILE_RULES.values() if (source := rule(file)))


def _makes_both(file: Path) -> bool:
    seen = look(file)
    return bool(seen.starts) or {"netParams", "simConfig"} <= seen.defined or {"netParams", "cfg"} <= seen.defined
