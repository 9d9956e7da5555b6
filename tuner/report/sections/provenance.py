"""What made the run: study, versions, commands, hosts, files."""

import html

from tuner.evaluate.speedups import Engine, Sharing
from tuner.report import summary
from tuner.report.markup import row, table, titled
from tuner.report.registry import section
from tuner.report.result_data import RunData


@section("provenance", place=120)
def provenance(run: RunData) -> str:
    """Return a table of the manifest's entries."""
    manifest = run.manifest
    starts = manifest.get("starts", [])
    last = starts[-1] if starts else {}
    seconds = sum(evaluation.seconds for evaluation in run.evaluations)
    rows = {
        "study": f"{manifest.get('study_file')} ({manifest.get('study_digest', '')[:12]})",
        "model": run.study.model,
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
    return titled("What made this run", table(map(row, escaped.items())))


def _shortcuts(manifest: dict) -> dict[str, str]:
    found = manifest.get("sharing"), manifest.get("engine")
    if None in found:
        return {}
    lines = (line.partition(": ") for line in summary.of_shortcuts(Sharing(**found[0]), Engine(**found[1])))
    return {name.strip(): words for name, _, words in lines}
