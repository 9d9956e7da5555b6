"""List the findings: targets that the search reached and missed, and the reasons."""

from tuner.report import summary
from tuner.report.markup import Markup, bullets, titled
from tuner.report.registry import section
from tuner.report.result_data import RunData


@section("findings", place=20)
def findings(run: RunData) -> Markup:
    """Return the findings as a list."""
    if run.best_evaluation is None:
        return Markup()
    return titled("What was reached, and what was measured", bullets(summary.of_account(run)))
