"""Detect scripts of NetPyNE's batch mode, which create and run a Batch."""

from pathlib import Path

from tuner.study.kinds.registry import FILE_RULES, MAKERS, Run
from tuner.study.paths import Specs
from tuner.study.python_text import look
from tuner.study.sources import BATCH, Source, start_folder, top_of


@MAKERS.entering(BATCH)
def make(run: Run) -> Specs:
    """Return the specs of a candidate: from the script that NetPyNE would start, else from the batch's files alone."""
    return run.execute_candidate()


@FILE_RULES.entering("script that makes a Batch", place=50)
def makes_a_batch(file: Path) -> Source | None:
    """Return the source of a script that calls Batch, or imports netpyne.batch and calls run."""
    if file.suffix != ".py":
        return None
    seen = look(file)
    # A user's subclass of Batch, created in another file, is recognised by the import and the call of run.
    imports_batch = any(name == "netpyne.batch" or name.startswith("netpyne.batch.") for name in seen.imported)
    is_batch = "Batch" in seen.called or imports_batch and seen.runs
    return Source(BATCH, file, start_folder(file, seen.files)) if is_batch else None


@FILE_RULES.entering("script that runs a Batch made elsewhere", place=80)
def runs_a_batch(file: Path) -> Source | None:
    """Return the source of a script that calls run without arguments."""
    return Source(BATCH, file, top_of(file)) if file.suffix == ".py" and look(file).runs else None
