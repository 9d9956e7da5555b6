"""List the results of the best evaluation with held-out seeds and in the validations of the study."""

from tuner.report import summary
from tuner.report.markup import Markup, bullets, titled
from tuner.report.registry import section
from tuner.report.result_data import RunData


@section("held_out_tests", place=30)
def held_out_tests(run: RunData) -> Markup:
    """Return the losses of the tests as a list."""
    lines = list(summary.of_tests(run.study, run.outcome)) if run.outcome else []
    return titled("Under other seeds, and held out", bullets(lines)) if lines else Markup()
