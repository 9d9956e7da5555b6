"""Find the best evaluations of a run, build the tables of the result files, and export on demand."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tuner.errors import TunerError
from tuner.evaluate.task import template
from tuner.evaluation import Evaluation, finite, ranked
from tuner.optimizers.pareto.nondominated import pareto_front
from tuner.runs import contained, run_folder
from tuner.runs.best_file import read_best
from tuner.runs.fitting_rows import check_rows
from tuner.runs.identity import check_files
from tuner.runs.json_files import writing
from tuner.runs.store import read_evaluations
from tuner.simulation.simulate import quiet, warm_up
from tuner.verification.export import export
from tuner.verification.held_out import Retest
from tuner.verification.verdict import Verdict

EXPORT = "export"


def best_evaluations(evaluations: Iterable[Evaluation]) -> list[Evaluation]:
    """Return the evaluations that were simulated, best first; of equal values only the first."""
    different: dict[tuple[Any, ...], Evaluation] = {}
    for evaluation in ranked(evaluations):
        different.setdefault(tuple(evaluation.values.items()), evaluation)
    return list(different.values())


def best_table(evaluation: Evaluation, verdict: Verdict, retest: Retest, evaluations: int) -> dict[str, Any]:
    """Return the content of best.json: the best evaluation, the verification, and the held-out tests."""
    fields = ("values", "loss", "objectives", "violation", "parts", "features", "number", "generation", "seed", "runs")
    table = {field: getattr(evaluation, field) for field in (*fields, "n_spikes", "raster")}
    table |= {"evaluations": evaluations, "verified": verdict.to_table(), **retest.to_table()}
    plain: dict[str, Any] = finite(table)
    return plain


def pareto_table(evaluations: Iterable[Evaluation]) -> list[dict[str, Any]]:
    """Return the content of pareto.json: the non-dominated evaluations, sorted by the first objective."""
    front = pareto_front([e for e in evaluations if e.loss is not None])
    fields = ("number", "values", "objectives", "features")
    plain: list[dict[str, Any]] = finite([{field: getattr(e, field) for field in fields} for e in front])
    return plain


def export_best(folder: Path, target: Path | None = None, *, trust_pickle: bool = False) -> int:
    """Write the best model of a run for plain NetPyNE into `target`, and return the evaluation's number.

    By default the target is export/ in the run folder. The model and the features that the run folder names are
    executed: see `tuner.runs.trust`.
    """
    if target is None:
        contained.check_links(folder)
        target = folder / EXPORT
    study, manifest = run_folder.load_study(folder, imports=True)
    study = replace(study, trust_pickle=trust_pickle)
    check_files(study, manifest, folder)
    best = read_best(folder)
    stored, _ = read_evaluations(folder)
    check_rows(study, folder, stored.values())
    chosen = [stored[best.number]] if best and best.is_of(stored) else best_evaluations(stored.values())[:1]
    if not chosen:
        raise TunerError(f"{folder}: no evaluation has succeeded yet, so there is no model to export")
    task = template(study).at(chosen[0].number, chosen[0].generation, chosen[0].values)
    warm_up()
    with writing(target), quiet():
        export(task, target.absolute())
    return chosen[0].number
