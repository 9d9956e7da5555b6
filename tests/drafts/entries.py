"""Entries of a survey, and the parameters that are drafted of them."""

from tuner.drafts.likely import likely
from tuner.drafts.survey import Entry, Survey

WEIGHT = "netParams.connParams['E->I'].weight"


def entry(path, value=0.01, unit="", **fields):
    return Entry(path, value, unit, **fields)


def setting(path, value, *sets, **fields):
    return entry(path, value, is_setting=True, sets=sets, **fields)


def names(*entries, dt_ms=0.025):
    return [each.name for each in likely(Survey(entries, dt_ms, {}))]
