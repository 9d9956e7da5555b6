"""Show the provenance of the run: study, versions, commands, hosts, files."""

from tuner.report import summary
from tuner.report.markup import Markup, table, titled
from tuner.report.registry import section
from tuner.report.result_data import RunData
from tuner.runs.manifest import Manifest, Start
from tuner.simulation import broken_rules


@section("provenance", place=120)
def provenance(run: RunData) -> Markup:
    """Return a table of the manifest's entries."""
    manifest = run.made_by
    last = manifest.starts[-1] if manifest.starts else Start()
    seconds = sum(evaluation.seconds for evaluation in run.evaluations)
    rows = {
        "study": f"{manifest.study_file} ({manifest.study_digest[:12]})",
        "model": run.study.model,
        "commit": manifest.git_commit or "not in a git checkout",
        "versions": ", ".join(f"{name} {version}" for name, version in manifest.versions.items()),
        "begun": manifest.created,
        "starts": len(manifest.starts),
        "last command": last.command,
        "host": last.host,
        "workers": f"{last.workers} ({last.executor})" if manifest.starts else "",
        "wall time": f"{manifest.wall_time_s:.1f} s, in evaluations {seconds:.1f} s",
        **_speedups(manifest),
        "rules that are off": "; ".join(broken_rules.words(run.study.simulation.abort, manifest.rules_off or {})),
        "networks": ", ".join(f"{n} {change}" for change, n in manifest.changes.items()),
        "accepted versions": "; ".join(", ".join(change) for change in manifest.accepted_versions),
        "files": Markup("<br>").join(f"{name} {digest[:12]}" for name, digest in manifest.files.items()),
    }
    return titled("What made this run", table((key, value) for key, value in rows.items() if value))


def _speedups(manifest: Manifest) -> dict[str, str]:
    if manifest.sharing is None or manifest.engine is None:
        return {}
    lines = (line.partition(": ") for line in summary.of_speedups(manifest.sharing, manifest.engine, manifest.reuse))
    return {name.strip(): words for name, _, words in lines}
