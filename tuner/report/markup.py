"""Build the HTML of the report's sections: titles, tables, lists and pictures."""

import base64
import html
from collections.abc import Iterable

from tuner.report.result_data import RunData
from tuner.runs.json_files import write_whole


def titled(title: str, content: str) -> str:
    """Return HTML content below a title."""
    return f"<h2>{html.escape(title)}</h2>\n{content}"


def table(rows: Iterable[str]) -> str:
    """Return rows as a table."""
    return f"<table>{''.join(rows)}</table>"


def row(cells: Iterable[str], tag: str = "td") -> str:
    """Return a table row; each cell is HTML."""
    return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"


def bullets(lines: Iterable[str]) -> str:
    """Return lines as a list; an indented line belongs to the line before."""
    items = [
        f'<li class="{"inner" if line.startswith(" ") else "outer"}">{html.escape(line.strip())}' for line in lines
    ]
    return f"<ul>{''.join(items)}</ul>"


def picture(run: RunData, title: str, name: str, png: bytes) -> str:
    """Write a PNG file beside the page, and return HTML with the embedded picture."""
    write_whole(run.report.parent / name, png)
    data, escaped = base64.b64encode(png).decode(), html.escape(title)
    return f'<h2>{escaped}</h2><img alt="{escaped}" src="data:image/png;base64,{data}">'
