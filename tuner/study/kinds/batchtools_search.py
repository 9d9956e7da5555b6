"""Detect scripts of NetPyNE's batchtools, which call search."""

from pathlib import Path

from tuner.errors import ModelError
from tuner.study.kinds.registry import FILE_RULES, MAKERS, Run
from tuner.study.paths import Specs
from tuner.study.python_text import look
from tuner.study.sources import BATCHTOOLS, Source, start_folder


@MAKERS.entering(BATCHTOOLS)
def make(run: Run) -> Specs:
    """Return the specs of a candidate, from the script that the search would start."""
    made = run.execute_candidate()
    if run.config is None:
        words = "updates no simConfig; call cfg.update() there, which takes over the values of a candidate"
        raise ModelError(f"{run.candidate_script}: {words}")
    return made


@FILE_RULES.entering("script that calls search", place=40)
def calls_search(file: Path) -> Source | None:
    """Return the source of a script that imports batchtools and calls search."""
    if file.suffix != ".py":
        return None
    seen = look(file)
    is_search = "search" in seen.called and any(name.startswith("netpyne.batchtools") for name in seen.imported)
    return Source(BATCHTOOLS, file, start_folder(file, seen.scripts)) if is_search else None
