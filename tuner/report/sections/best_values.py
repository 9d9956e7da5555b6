"""Show the best values of the parameters, and the bounds."""

from tuner.report.markup import Markup, table, titled
from tuner.report.registry import section
from tuner.report.result_data import RunData
from tuner.study.space import Parameter
from tuner.words import quantity


@section("best_values", place=40)
def best_values(run: RunData) -> Markup:
    """Return a table with a row for each parameter."""
    best = run.best_evaluation
    if best is None:
        return titled("Best values", Markup("<p>No evaluation has succeeded yet.</p>"))
    rows = [
        (each.name, quantity(best.values[each.name], digits=6), _bounds(each), each.unit_among(run.units))
        for each in run.study.space.parameters
    ]
    return titled("Best values", table(rows, ("parameter", "best", "bounds", "unit")))


def _bounds(parameter: Parameter) -> str:
    if parameter.choices:
        return ", ".join(map(str, parameter.choices))
    return f"{parameter.low:g} to {parameter.high:g}, {parameter.scale}"
