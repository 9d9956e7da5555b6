"""Write the report page: one HTML file with embedded pictures that loads nothing from outside."""

from pathlib import Path

from tuner.report.markup import template
from tuner.report.registry import SECTIONS
from tuner.report.result_data import RunData
from tuner.runs.contained import check_links
from tuner.runs.json_files import keeping, write_whole, writing
from tuner.words import printable

PAGE = template("""\
<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ name }}</title><style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.2rem; border-bottom: 1px solid #ddd; }
table { border-collapse: collapse; } td, th { padding: .25rem .8rem; text-align: left; border-bottom: 1px solid #eee; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
img { max-width: 100%; } .reached { color: #00734f; } .missed { color: #b34700; } .note { color: #666; }
.alarm, .remark { border: 2px solid #b00020; background: #fdecef; padding: .8rem 1rem; margin-bottom: 1.5rem; }
.alarm { color: #8a0019; } .remark { border-color: #999; background: #f5f5f5; }
.alarm p, .remark p { margin: .5rem 0 0; }
li.inner { margin-left: 2rem; list-style: circle; }
.wide { overflow-x: auto; } .wide td, .wide th { padding: .2rem .5rem; } .wide td { white-space: nowrap; }
.wide th:first-child { position: sticky; left: 0; background: #fff; }
th.upwards { vertical-align: bottom; } th.upwards span { writing-mode: vertical-rl; transform: rotate(180deg); }
</style></head><body>
{% for section in sections if section %}
{{ section }}
{% endfor %}
</body></html>
""")


def write(folder: Path) -> Path:
    """Write the report of a run folder, finished or not, and return the path of the page."""
    run = RunData.read(folder)
    with keeping(folder, lambda: len(run.evaluations)):
        return _write(run)


def _write(run: RunData) -> Path:
    check_links(run.folder)
    with writing(run.report.parent):
        run.report.parent.mkdir(exist_ok=True)
    page = PAGE(name=run.study.name, sections=[section(run) for section in SECTIONS.values()])
    write_whole(run.report, printable(page).encode())
    return run.report
