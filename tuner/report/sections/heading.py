"""Show the head of the page: a mismatch with plain NetPyNE, the name of the study, and the state of the run."""

import time

from tuner.evaluation import not_done
from tuner.report import mismatch
from tuner.report.markup import Markup, template
from tuner.report.registry import section
from tuner.report.result_data import RunData
from tuner.runs.best_file import Best
from tuner.words import Alarm

HEADING = template("""\
{% if lines %}
<div class="{{ kind }}" role="alert"><strong>{{ lines[0] }}</strong>
{%- for line in lines[1:] %}<p>{{ line }}</p>{% endfor %}</div>
{% endif %}
<h1>{{ name }}</h1>
<p class="note">{{ state }}</p>""")
NOT_EQUAL = template(
    '{{ words }}. Re-run by plain NetPyNE: <span class="missed">not equal</span>: {{ n_spikes }} spikes,'
    " loss {{ loss }}."
)


@section("heading", place=0)
def heading(run: RunData) -> Markup:
    """Return the study's name and the state of the run, below a box if plain NetPyNE does not confirm the run."""
    lines = list(mismatch.lines(run.outcome)) if run.outcome else []
    kind = "alarm" if lines and isinstance(lines[0], Alarm) else "remark"
    return HEADING(lines=lines, kind=kind, name=run.study.name, state=_state(run))


def _state(run: RunData) -> str:
    made = f"{len(run.evaluations)} evaluations{not_done(run.evaluations, ' of them')}"
    words = f"{made}; optimiser {run.study.optimizer.name}, seed {run.study.seed}"
    best = run.outcome
    if best is None or not run.is_complete:
        now = time.strftime("%Y-%m-%d %H:%M:%S")
        return f"Still going, or interrupted: {words}. Not yet verified. {now}"
    words += f"; ended by {run.made_by.ended or '?'}"
    verified = best.verified
    if verified.loss is None:
        return f"{words}. Plain NetPyNE did not run the best: {verified.reason}"
    if verified.equal:
        return f"{words}. Re-run by plain NetPyNE: the same {_what(best)}."
    return NOT_EQUAL(words=words, n_spikes=verified.n_spikes, loss=f"{verified.loss:.4g}")


def _what(best: Best) -> str:
    verified = best.verified
    if not best.same_spikes:
        return f"features, loss {verified.loss:.4g}"
    return f"raster, {verified.n_spikes} spikes, loss {verified.loss:.4g}"
