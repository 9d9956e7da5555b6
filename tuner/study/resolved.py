"""Resolve a study: fill in the optimiser's settings and the duration, after which nothing changes."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from tuner.study.settings import OptimizerSettings
from tuner.study.study import Study


@dataclass(frozen=True, kw_only=True)
class ResolvedStudy(Study):
    """Represent a study with known optimiser and duration [ms]; tasks, loops and reports use this type."""

    duration_ms: float
    optimizer: OptimizerSettings

    def validations(self) -> "Sequence[ResolvedStudy]":
        """Return the held-out tests, each as a resolved study."""
        return [resolved(test, self.optimizer, self.duration_ms) for test in super().validations()]


def resolved(study: Study, optimizer: OptimizerSettings, duration_ms: float) -> ResolvedStudy:
    """Return the resolved study, which takes the duration of the model [ms] if the study gives no duration.

    Raises
    ------
    StudyError
        If the window of a target does not fit the duration.
    """
    lasting = study.lasting(duration_ms)
    taken = {field.name: getattr(lasting, field.name) for field in fields(Study)}
    # Tasks are sent to workers, so the table that the study was read from is left out.
    taken |= {"optimizer_table": optimizer.to_table(), "table": {}}
    return ResolvedStudy(**taken, optimizer=optimizer)


def of_run(study: Study) -> ResolvedStudy:
    """Return the study of a run folder as a resolved study; the folder's study file contains every default."""
    table = {"name": "?", **study.optimizer_table}
    return resolved(study, OptimizerSettings.of(table), study.duration_ms or float("nan"))
