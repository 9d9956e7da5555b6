"""Show the head of the page: a mismatch with plain NetPyNE, the name of the study, and the state of the run."""

import html
import time

from tuner.evaluation import not_done
from tuner.report import mismatch
from tuner.report.registry import section
from tuner.report.result_data import RunData
from tuner.runs.best_file import Best
from tuner.words import Alarm


@section("heading", place=0)
def heading(run: RunData) -> str:
    """Return the study's name and the state of the run, below a box if plain NetPyNE does not confirm the run."""
    return f"{_box(run)}<h1>{html.escape(run.study.name)}</h1>\n<p class=note>{_state(run)}</p>"


def _box(run: RunData) -> str:
    lines = list(mismatch.lines(run.outcome)) if run.outcome else []
    if not lines:
        return ""
    first, *others = (html.escape(line.strip()) for line in lines)
    kind = "alarm" if isinstance(lines[0], Alarm) else "remark"
    rest = "".join(f"<p>{line}</p>" for line in others)
    return f'<div class={kind} role="alert"><strong>{first}</strong>{rest}</div>\n'


def _state(run: RunData) -> str:
    words = [f"{len(run.evaluations)} evaluations{not_done(run.evaluations, ' of them')}"]
    words.append(f"optimiser {run.study.optimizer.name}, seed {run.study.seed}")
    best = run.outcome
    if best is None or not run.is_complete:
        now = time.strftime("%Y-%m-%d %H:%M:%S")
        return f"Still going, or interrupted: {'; '.join(words)}. Not yet verified. {now}"
    words.append(f"ended by {html.escape(run.made_by.ended or '?')}")
    verified = best.verified
    if verified.loss is None:
        return f"{'; '.join(words)}. Plain NetPyNE did not run the best: {html.escape(verified.reason)}"
    if verified.equal:
        return f"{'; '.join(words)}. Re-run by plain NetPyNE: the same {_what(best)}."
    other = f"<span class=missed>not equal</span>: {verified.n_spikes} spikes, loss {verified.loss:.4g}"
    return f"{'; '.join(words)}. Re-run by plain NetPyNE: {other}."


def _what(best: Best) -> str:
    verified = best.verified
    if not best.same_spikes:
        return f"features, loss {verified.loss:.4g}"
    return f"raster, {verified.n_spikes} spikes, loss {verified.loss:.4g}"
