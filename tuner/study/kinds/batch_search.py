"""A script of NetPyNE's batch mode: it makes a Batch and runs it."""

from pathlib import Path

from tuner.study.kinds.registry import FILE_RULES, MAKERS, Run
from tuner.study.paths import Specs
from tuner.study.python_text import look
from tuner.study.sources import BATCH, Source, start_folder, top_of


@MAKERS.entering(BATCH)
def make(run: Run) -> Specs:
    """Return what the script that NetPyNE would start makes of the batch's files; without one these alone."""
    return run.execute_candidate()


@FILE_RULES.entering("script that makes a Batch", place=50)
def makes_a_batch(file: Path) -> Source | None:
    """Return the source of a script that calls Batch, or imports it and calls run."""
    if file.suffix != ".py":
        return None
    seen = look(file)
    # A class of the user's own may be a Batch; made elsewhere, it is known by its run alone.
    imports_batch = any(name == "netpyne.batch" or name.startswith("netpyne.batch.") for name in seen.imported)
    is_batch = "Batch" in seen.called or imports_batch and seen.runs
    return Source(BATCH, file, start_folder(file, seen.files)) if is_batch else None


@FILE_RULES.entering("script that runs a Batch made elsewhere", place=80)
def runs_a_batch(file: Path) -> Source | None:
    """Return the source of a script that calls run without arguments."""
    return Source(BATCH, file, top_of(file)) if file.suffix == ".py" and look(file).runs else None
