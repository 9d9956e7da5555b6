"""A resolved study: nothing is left open, and nothing changes it any more."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from tuner.study.settings import OptimizerSettings
from tuner.study.study import Study


@dataclass(frozen=True, kw_only=True)
class ResolvedStudy(Study):
    """A study whose optimiser and duration [ms] are known: the one that tasks, loops and reports work with."""

    duration_ms: float
    optimizer: OptimizerSettings

    def validations(self) -> "Sequence[ResolvedStudy]":
        """Return the held-out tests, each as the resolved study that it is."""
        return [resolved(test, self.optimizer, self.duration_ms) for test in super().validations()]


def resolved(study: Study, optimizer: OptimizerSettings, duration_ms: float) -> ResolvedStudy:
    """Return a study with its optimiser's settings, and with the duration of its model if it gives none [ms].

    Raises StudyError where targets do not fit the duration.
    """
    lasting = study.lasting(duration_ms)
    taken = {field.name: getattr(lasting, field.name) for field in fields(Study)}
    # Tasks travel to workers: the text that the study was read from stays behind.
    taken |= {"optimizer_table": optimizer.to_table(), "table": {}}
    return ResolvedStudy(**taken, optimizer=optimizer)


def of_run(study: Study) -> ResolvedStudy:
    """Return the study of a run folder as a resolved one: every default is written there already."""
    table = {"name": "?", **study.optimizer_table}
    return resolved(study, OptimizerSettings.of(table), study.duration_ms or float("nan"))
