"""The report's page: one file that holds its pictures and loads nothing from outside."""

import base64
import html
import math
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from tuner import runfolder, summary
from tuner.evaluation import Evaluation, not_done
from tuner.report.fitness import fitness
from tuner.report.parameters import parameters
from tuner.report.pareto import pareto
from tuner.report.raster import raster
from tuner.shortcuts import Engine, Sharing
from tuner.store import read_evaluations, write_whole, writing
from tuner.study import Study

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.2rem; border-bottom: 1px solid #ddd; }
table { border-collapse: collapse; } td, th { padding: .25rem .8rem; text-align: left; border-bottom: 1px solid #eee; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
img { max-width: 100%; } .reached { color: #00734f; } .missed { color: #b34700; } .note { color: #666; }
"""


def write(folder: Path) -> Path:
    """Writes the report of a run folder, finished or still going, and says where its page is."""
    study, manifest = runfolder.load_study(folder)
    stored, _ = read_evaluations(folder)
    evaluations = [stored[number] for number in sorted(stored)]
    best_table = runfolder.read_best(folder)
    if best_table is not None and best_table["number"] not in stored:
        best_table = None
    best = stored[best_table["number"]] if best_table else _best_so_far(evaluations)
    pictures = _pictures(folder, study, manifest, evaluations, best)
    home = folder / "report"
    with writing(home):
        home.mkdir(exist_ok=True)
    for name, content in pictures.items():
        write_whole(home / f"{name}.png", content)
    page = _page(study, manifest, evaluations, best, best_table, pictures)
    write_whole(home / "index.html", page.encode())
    return home / "index.html"


def _best_so_far(evaluations: Sequence[Evaluation]) -> Evaluation | None:
    ran = [e for e in evaluations if e.loss is not None]
    return min(ran, key=lambda e: (e.loss, e.number), default=None)


def _pictures(
    folder: Path, study: Study, manifest: dict, evaluations: Sequence[Evaluation], best: Evaluation | None
) -> dict[str, bytes]:
    pictures = {}
    kept = runfolder.read_raster(folder)
    if kept is not None and best is not None and kept[0] == best.number:
        title = f"evaluation {best.number}, loss {best.loss:.3g}"
        pictures["raster"] = raster(kept[1], study.targets, title)
    pictures["fitness"] = fitness(evaluations)
    pictures["parameters"] = parameters(study.space, manifest.get("units", {}), evaluations, best)
    if best is not None and len(best.objectives) == 2:
        pictures["pareto"] = pareto(evaluations, best)
    return pictures


def _page(
    study: Study,
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
        _targets(study, best, best_table),
        "<h2>Best values</h2>",
        _values(study, manifest, best),
    ]
    captions = {
        "raster": "Raster of the best",
        "pareto": "Pareto front",
        "fitness": "Fitness",
        "parameters": "Parameters",
    }
    for name, caption in captions.items():
        if name in pictures:
            data = base64.b64encode(pictures[name]).decode()
            parts.append(f'<h2>{caption}</h2><img alt="{caption}" src="data:image/png;base64,{data}">')
    if "raster" not in pictures:
        parts.append("<p class=note>The raster of the best is drawn when the run has kept one.</p>")
    parts += ["<h2>What made this run</h2>", _manifest(study, manifest, evaluations)]
    body = "\n".join(parts)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(study.name)}</title>'
        f"<style>{STYLE}</style></head><body>\n{body}\n</body></html>\n"
    )


def _state(study: Study, manifest: dict, evaluations: Sequence[Evaluation], best_table: dict | None) -> str:
    words = [f"{len(evaluations)} evaluations{not_done(evaluations, ' of them')}"]
    words.append(f"optimiser {study.optimizer.get('name', '?')}, seed {study.seed}")
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


def _row(cells: Iterable[object], tag: str = "td") -> str:
    return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"


def _targets(study: Study, best: Evaluation | None, best_table: dict | None) -> str:
    features = best.features if best else {}
    plain = (best_table or {}).get("verified", {}).get("features") or {}
    rows = [_row(["target", "feature", "population", "wanted", "reached", "plain NetPyNE", "missed by"], "th")]
    for target in study.targets:
        feature = features.get(target.name, math.nan)
        verified = plain.get(target.name)
        rows.append(
            _row(
                [
                    html.escape(target.name),
                    target.feature + _window(target.window_ms),
                    html.escape(target.population),
                    html.escape(target.wish),
                    number(feature, target.unit),
                    number(math.nan if verified is None else verified, target.unit) if plain else "not yet",
                    _missed(target, feature if not plain or verified is None else verified),
                ]
            )
        )
    return f"<table>{''.join(rows)}</table>"


def _window(window: tuple[float, float] | None) -> str:
    return f", {window[0]:g}-{window[1]:g} ms" if window else ""


def number(value: float, unit: str = "") -> str:
    """A number with its unit; a nan says that it is undefined."""
    unit = "" if unit in ("", "1") else f" {unit}"
    return "undefined" if math.isnan(value) else f"{value:.5g}{unit}"


def _missed(target: object, feature: float) -> str:
    if not target.has_wish:
        return "recorded"
    if target.reached(feature):
        return "<span class=reached>reached</span>"
    return f"<span class=missed>{number(target.miss(feature), target.unit)}</span>"


def _values(study: Study, manifest: dict, best: Evaluation | None) -> str:
    if best is None:
        return "<p>No evaluation has succeeded yet.</p>"
    units = manifest.get("units", {})
    rows = [_row(["parameter", "best", "bounds", "unit"], "th")]
    for p in study.space.parameters:
        value = best.values[p.name]
        bounds = ", ".join(map(str, p.choices)) if p.choices else f"{p.low:g} to {p.high:g}, {p.scale}"
        shown = f"{value:.6g}" if isinstance(value, float) else str(value)
        rows.append(
            _row([html.escape(p.name), html.escape(shown), html.escape(bounds), html.escape(p.unit_among(units))])
        )
    return f"<table>{''.join(rows)}</table>"


def _shortcuts(manifest: dict) -> dict[str, str]:
    found = manifest.get("sharing"), manifest.get("engine")
    if None in found:
        return {}
    lines = (line.partition(": ") for line in summary.of_shortcuts(Sharing(**found[0]), Engine(**found[1])))
    return {name.strip(): words for name, _, words in lines}


def _manifest(study: Study, manifest: dict, evaluations: Sequence[Evaluation]) -> str:
    starts = manifest.get("starts", [])
    last = starts[-1] if starts else {}
    seconds = sum(e.seconds for e in evaluations)
    rows = {
        "study": f"{manifest.get('study_file')} ({manifest.get('study_digest', '')[:12]})",
        "model": study.model,
        "commit": manifest.get("git_commit") or "not in a git checkout",
        "versions": ", ".join(f"{name} {version}" for name, version in manifest.get("versions", {}).items()),
        "begun": manifest.get("created"),
        "starts": len(starts),
        "last command": last.get("command"),
        "host": last.get("host"),
        "workers": f"{last.get('workers')} ({last.get('executor')})",
        "wall time": f"{manifest.get('wall_time_s', 0.0):.1f} s, in evaluations {seconds:.1f} s",
        **_shortcuts(manifest),
        "networks": ", ".join(f"{n} {change}" for change, n in manifest.get("changes", {}).items()),
        "accepted versions": "; ".join(", ".join(change) for change in manifest.get("accepted_versions", [])),
        "files": "<br>".join(f"{html.escape(n)} {d[:12]}" for n, d in manifest.get("files", {}).items()),
    }
    escaped = {key: value if key == "files" else html.escape(str(value)) for key, value in rows.items() if value}
    return "<table>" + "".join(_row(pair) for pair in escaped.items()) + "</table>"
