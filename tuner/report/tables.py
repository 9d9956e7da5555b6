"""The tables of the report's page, as HTML."""

import html
import math
from collections.abc import Iterable, Sequence

from tuner.evaluate.speedups import Engine, Sharing
from tuner.evaluation import Evaluation
from tuner.objective.targets import Target
from tuner.protocols import DEFAULT
from tuner.report import summary
from tuner.study.resolved import ResolvedStudy
from tuner.words import quantity


def row(cells: Iterable[object], tag: str = "td") -> str:
    """A table's row of cells, HTML each."""
    return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"


def targets(study: ResolvedStudy, best: Evaluation | None, best_table: dict | None) -> str:
    """Each target's wish beside what the best has; where it ran under several seeds, from where to where."""
    features = best.features if best else {}
    plain = (best_table or {}).get("verified", {}).get("features") or {}
    runs = best.runs if best else []
    heads = ["target", "feature", "population", "wanted", "reached", "plain NetPyNE", "missed by"]
    rows = [row([*heads, f"over {len(runs)} seeds"] if runs else heads, "th")]
    for target in study.targets:
        feature = features.get(target.name, math.nan)
        verified = plain.get(target.name)
        cells = [
            html.escape(target.name),
            html.escape(_feature(target)),
            html.escape(target.population),
            html.escape(target.wish) + (", must be met" if target.must else ""),
            quantity(feature, target.unit),
            quantity(math.nan if verified is None else verified, target.unit) if plain else "not yet",
            _outcome(target, feature if verified is None else verified) + summary.under_seeds(target, runs),
        ]
        rows.append(row([*cells, _spread(target, runs)] if runs else cells))
    return f"<table>{''.join(rows)}</table>"


def _feature(target: Target) -> str:
    window = f", {target.window_ms[0]:g}-{target.window_ms[1]:g} ms" if target.window_ms else ""
    return target.feature + window + (f", {target.protocol}" if target.protocol != DEFAULT else "")


def _spread(target: Target, runs: Sequence[dict]) -> str:
    values = [run["features"][target.name] for run in runs]
    defined = [value for value in values if not math.isnan(value)]
    if not defined:
        return "undefined"
    undefined = f", {len(values) - len(defined)} undefined" if len(defined) < len(values) else ""
    return f"{min(defined):.5g} to {quantity(max(defined), target.unit)}{undefined}"


def _outcome(target: Target, feature: float) -> str:
    outcome = target.outcome(feature)
    words = {"reached": "reached", "missed": target.missed_by(feature)}
    return f"<span class={outcome}>{words[outcome]}</span>" if outcome in words else outcome


def values(study: ResolvedStudy, manifest: dict, best: Evaluation | None) -> str:
    """The best's values and the bounds of each parameter."""
    if best is None:
        return "<p>No evaluation has succeeded yet.</p>"
    units = manifest.get("units", {})
    rows = [row(["parameter", "best", "bounds", "unit"], "th")]
    for p in study.space.parameters:
        value = best.values[p.name]
        bounds = ", ".join(map(str, p.choices)) if p.choices else f"{p.low:g} to {p.high:g}, {p.scale}"
        rows.append(row(map(html.escape, [p.name, quantity(value, digits=6), bounds, p.unit_among(units)])))
    return f"<table>{''.join(rows)}</table>"


def _shortcuts(manifest: dict) -> dict[str, str]:
    found = manifest.get("sharing"), manifest.get("engine")
    if None in found:
        return {}
    lines = (line.partition(": ") for line in summary.of_shortcuts(Sharing(**found[0]), Engine(**found[1])))
    return {name.strip(): words for name, _, words in lines}


def made_by(study: ResolvedStudy, manifest: dict, evaluations: Sequence[Evaluation]) -> str:
    """What made the run."""
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
    return "<table>" + "".join(row(pair) for pair in escaped.items()) + "</table>"


def bullets(lines: Iterable[str]) -> str:
    """Lines as a list; an indented one belongs to the line before."""
    items = [
        f'<li class="{"inner" if line.startswith(" ") else "outer"}">{html.escape(line.strip())}' for line in lines
    ]
    return f"<ul>{''.join(items)}</ul>"
