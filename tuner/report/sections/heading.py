"""Show the head of the page: the name of the study, and the state of the run."""

import html
import time

from tuner.evaluation import not_done
from tuner.report.registry import section
from tuner.report.result_data import RunData


@section("heading", place=0)
def heading(run: RunData) -> str:
    """Return the study's name and the state of the run."""
    return f"<h1>{html.escape(run.study.name)}</h1>\n<p class=note>{_state(run)}</p>"


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
    same = "the same raster" if verified.equal else "<span class=missed>another raster</span>"
    raster = f"{same}, {verified.n_spikes} spikes, loss {verified.loss:.4g}"
    return f"{'; '.join(words)}. Re-run by plain NetPyNE: {raster}."
