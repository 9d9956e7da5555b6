"""The report's page: one file that holds its pictures and loads nothing from outside."""

import base64
import html
import time
from collections.abc import Sequence
from pathlib import Path

from tuner.evaluation import Evaluation, best_of, not_done
from tuner.report import summary, sweeps, tables
from tuner.report.pictures.fitness import fitness
from tuner.report.pictures.front import pareto
from tuner.report.pictures.parameters import parameters
from tuner.report.pictures.raster import raster
from tuner.report.pictures.sweep_pictures import bifurcation, lines, maps
from tuner.runs import run_folder
from tuner.runs.store import read_evaluations, write_whole, writing
from tuner.study.resolved import ResolvedStudy

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.2rem; border-bottom: 1px solid #ddd; }
table { border-collapse: collapse; } td, th { padding: .25rem .8rem; text-align: left; border-bottom: 1px solid #eee; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
img { max-width: 100%; } .reached { color: #00734f; } .missed { color: #b34700; } .note { color: #666; }
li.inner { margin-left: 2rem; list-style: circle; }
"""


def write(folder: Path) -> Path:
    """Writes the report of a run folder, finished or still going, and says where its page is."""
    study, manifest = run_folder.load_study(folder)
    stored, _ = read_evaluations(folder)
    evaluations = [stored[number] for number in sorted(stored)]
    best_table = run_folder.read_best(folder)
    if best_table is not None and best_table["number"] not in stored:
        best_table = None
    best = stored[best_table["number"]] if best_table else best_of(evaluations)
    pictures = _pictures(folder, study, manifest, evaluations, best)
    home = folder / "report"
    with writing(home):
        home.mkdir(exist_ok=True)
    for name, content in pictures.items():
        write_whole(home / _file_name(name), content)
    page = _page(study, manifest, evaluations, best, best_table, pictures)
    write_whole(home / "index.html", page.encode())
    return home / "index.html"


def _pictures(
    folder: Path, study: ResolvedStudy, manifest: dict, evaluations: Sequence[Evaluation], best: Evaluation | None
) -> dict[str, bytes]:
    """PNGs by caption, a sweep's and the rasters first."""
    pictures = _of_sweep(folder, study, manifest, evaluations) if evaluations and sweeps.is_sweep(study) else {}
    kept = run_folder.read_raster(folder)
    if kept is not None and best is not None and kept[0] == best.number:
        for name, recording in kept[1].items():
            caption = "Raster of the best" + (f", {name}" if len(kept[1]) > 1 else "")
            targets = [target for target in study.targets if target.protocol == name]
            seed = f", under seed {study.seeds[0]}" if len(study.seeds) > 1 else ""
            pictures[caption] = raster(recording, targets, f"evaluation {best.number}, loss {best.loss:.3g}{seed}")
    if best is not None and len(best.objectives) == 2:
        pictures["Pareto front"] = pareto(evaluations, best)
    pictures["Fitness"] = fitness(evaluations)
    pictures["Parameters"] = parameters(study.space, manifest.get("units", {}), evaluations, best)
    return pictures


def _of_sweep(
    folder: Path, study: ResolvedStudy, manifest: dict, evaluations: Sequence[Evaluation]
) -> dict[str, bytes]:
    parameters, units = sweeps.swept(study), manifest.get("units", {})
    if len(parameters) == 2:
        # Where the run began is no point of the grid.
        on_grid = [e for e in evaluations if e.number or not study.optimizer.start_point]
        return {sweeps.FEATURES: maps(parameters, units, study.targets, on_grid)} if on_grid else {}
    pictures = {sweeps.FEATURES: lines(parameters[0], units, study.targets, evaluations)}
    if found := sweeps.intervals(study, folder, evaluations):
        pictures[sweeps.INTERVALS] = bifurcation(parameters[0], units, evaluations, found)
    return pictures


def _file_name(caption: str) -> str:
    """fitness.png of Fitness, raster.png of the best's raster, raster_NAME.png of its protocol NAME."""
    name, _, protocol = caption.partition(", ")
    return "_".join([name.split()[0].lower(), *([protocol] if protocol else [])]) + ".png"


def _page(
    study: ResolvedStudy,
    manifest: dict,
    evaluations: Sequence[Evaluation],
    best: Evaluation | None,
    best_table: dict | None,
    pictures: dict[str, bytes],
) -> str:
    parts = [
        f"<h1>{html.escape(study.name)}</h1>",
        f"<p class=note>{_state(study, manifest, evaluations, best_table)}</p>",
        "<h2>Targets</h2>",
        tables.targets(study, best, best_table),
        *_account(study, manifest, evaluations, best, best_table),
        *_tests(study, best_table),
        "<h2>Best values</h2>",
        tables.values(study, manifest, best),
    ]
    for caption, picture in pictures.items():
        data, title = base64.b64encode(picture).decode(), html.escape(caption)
        parts.append(f'<h2>{title}</h2><img alt="{title}" src="data:image/png;base64,{data}">')
    if not any(caption.startswith("Raster") for caption in pictures):
        parts.append("<p class=note>The raster of the best is drawn when the run has kept one.</p>")
    parts += ["<h2>What made this run</h2>", tables.made_by(study, manifest, evaluations)]
    body = "\n".join(parts)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(study.name)}</title>'
        f"<style>{STYLE}</style></head><body>\n{body}\n</body></html>\n"
    )


def _state(study: ResolvedStudy, manifest: dict, evaluations: Sequence[Evaluation], best_table: dict | None) -> str:
    words = [f"{len(evaluations)} evaluations{not_done(evaluations, ' of them')}"]
    words.append(f"optimiser {study.optimizer.name}, seed {study.seed}")
    finished = best_table is not None and best_table["evaluations"] == len(evaluations)
    if not finished:
        now = time.strftime("%Y-%m-%d %H:%M:%S")
        return f"Still going, or interrupted: {'; '.join(words)}. Not yet verified. {now}"
    words.append(f"ended by {manifest.get('ended', '?')}")
    verified = best_table["verified"]
    if verified["loss"] is None:
        return f"{'; '.join(words)}. Plain NetPyNE did not run the best: {html.escape(verified.get('reason', ''))}"
    same = "the same raster" if verified["equal"] else "<span class=missed>another raster</span>"
    raster = f"{same}, {verified['n_spikes']} spikes, loss {verified['loss']:.4g}"
    return f"{'; '.join(words)}. Re-run by plain NetPyNE: {raster}."


def _account(
    study: ResolvedStudy,
    manifest: dict,
    evaluations: Sequence[Evaluation],
    best: Evaluation | None,
    best_table: dict | None,
) -> list[str]:
    """What could and could not be met, and why."""
    if best is None:
        return []
    lines = summary.of_account(study, manifest, evaluations, best, best_table)
    return ["<h2>What could be met, and what could not</h2>", tables.bullets(lines)]


def _tests(study: ResolvedStudy, best_table: dict | None) -> list[str]:
    """How the best did under fresh seeds and in the validations."""
    if not best_table or "fresh" not in best_table:
        return []
    lines = list(summary.of_tests(study, best_table))
    return ["<h2>Under other seeds, and held out</h2>", tables.bullets(lines)] if lines else []
