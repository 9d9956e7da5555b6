"""Export the script of a model, with all necessary files, for a run without the tuner."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tuner.model import batch_script, plain_script, sandbox
from tuner.model.script_run import ScriptRun
from tuner.regular_files import read_searchable
from tuner.study import paths
from tuner.study.paths import Specs
from tuner.study.sources import BATCHTOOLS

SETTINGS = "script.json"
MODEL = "model"
# Files that mark the folder of a run or of an export, which is no part of a model.
NOT_OF_MODEL = ("evaluations.jsonl", "script.json")
READS_BESIDE = re.compile(r"\.\./|\.\.['\"]|os\.pardir|\.parent\.parent")


def export(run: ScriptRun, specs: Specs, seed: int, folder: Path) -> None:
    """Write run.py, script.json and a copy of the model's folder into `folder`.

    `specs` are the candidate's specs, from which the network is created.
    """
    source = run.source
    copy = folder / MODEL / source.root.name
    shutil.rmtree(folder / MODEL, ignore_errors=True)
    copy.parent.mkdir(parents=True)
    sandbox.fill(source.root, copy, _is_foreign)
    if any(READS_BESIDE.search(read_searchable(file)) for file in copy.rglob("*.py")):
        sandbox.link_beside(source.root, copy.parent)
    script = source.top / run.candidate_script if run.candidate_script else source.file
    settings = {
        "script": str((copy / script.relative_to(source.root)).relative_to(folder)),
        "top": str((copy / source.top.relative_to(source.root)).relative_to(folder)),
        "seed": seed,
        "files": _files(run),
        "values": [(steps, batch_script.plain(value)) for steps, value in _values(run, specs)],
        "creates": run.script is not None,
        "batchtools": source.kind == BATCHTOOLS,
    }
    (folder / SETTINGS).write_text(json.dumps(settings, indent=1) + "\n")
    shutil.copyfile(plain_script.__file__, folder / "run.py")


def _is_foreign(entry: Path) -> bool:
    return any((entry / name).is_file() for name in NOT_OF_MODEL)


def _files(run: ScriptRun) -> list[str] | None:
    """Return the files that readCmdLineArgs reads, relative to the script's folder; `None` for the script's own.

    "" stands for an object of the batch.
    """
    if run.script is None or run.script.batch is None:
        return [os.path.relpath(file, run.source.top) for file in run.source.pair] if run.source.config else None
    batch = run.script.batch
    net_params = "" if batch.netParams is not None else batch.netParamsFile
    if net_params and not (run.source.top / net_params).exists():
        net_params += ".py"
    return ["" if batch.cfg is not None else batch.cfgFile, net_params]


def _values(run: ScriptRun, specs: Specs) -> Iterator[tuple[list[Any], Any]]:
    """Yield the keys and the value of each setting of simConfig that the candidate sets."""
    for each in run.wanted:
        if paths.is_of_config(each.path):
            for path in paths.matching(specs, each.path):
                yield list(paths.found(specs, path)[1]), paths.read(specs, path)
