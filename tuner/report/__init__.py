"""The report of a run: pictures and one page that holds them, from the run folder's files alone."""

from tuner.report.page import write
from tuner.report.pareto import pareto_front

__all__ = ["pareto_front", "write"]
