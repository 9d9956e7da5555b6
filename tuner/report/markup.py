"""Build the HTML of the report from templates, which escape all text, so that only templates make elements."""

import base64
from collections.abc import Callable, Iterable, Sequence

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup as Markup

from tuner.report.result_data import RunData
from tuner.runs.json_files import write_whole

_ENGINE = Environment(
    autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
)


def template(text: str) -> Callable[..., Markup]:
    """Return a function that fills a Jinja template: text in a field is escaped, and Markup is inserted as HTML."""
    compiled = _ENGINE.from_string(text)
    return lambda **fields: Markup(compiled.render(fields))


_TITLED = template("<h2>{{ title }}</h2>\n{{ content }}")
_TABLE = template("""\
<table>{% if heads %}<tr>{% for head in heads %}<th>{{ head }}</th>{% endfor %}</tr>{% endif %}
{% for row in rows %}
<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}
</table>""")
_BULLETS = template("""\
<ul>
{%- for line in lines %}
<li class="{{ 'inner' if line.startswith(' ') else 'outer' }}">{{ line.strip() }}
{%- endfor %}
</ul>""")
_PICTURE = template('<h2>{{ title }}</h2><img alt="{{ title }}" src="data:image/png;base64,{{ data }}">')


def titled(title: str, content: str) -> Markup:
    """Return content below a title."""
    return _TITLED(title=title, content=content)


def table(rows: Iterable[Iterable[object]], heads: Sequence[str] = ()) -> Markup:
    """Return rows of cells as a table, below a row of heads if there are any."""
    return _TABLE(rows=rows, heads=heads)


def bullets(lines: Iterable[str]) -> Markup:
    """Return lines as a list; an indented line belongs to the line before."""
    return _BULLETS(lines=lines)


def picture(run: RunData, title: str, name: str, png: bytes) -> Markup:
    """Write a PNG file beside the page, and return HTML with the embedded picture."""
    write_whole(run.report.parent / name, png)
    return _PICTURE(title=title, data=base64.b64encode(png).decode())
