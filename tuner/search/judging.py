"""Judge a study and a model at the start point, and log warnings."""

import logging
from pathlib import Path
from typing import Any

from tuner.errors import TunerError
from tuner.evaluate.evaluate import judge
from tuner.evaluate.task import StartInquiry
from tuner.evaluation import Evaluation
from tuner.executors.base import Executor
from tuner.model.suspicions import Suspicions
from tuner.objective.doubts import at_cap
from tuner.study.study import Study

log = logging.getLogger(__name__)


def suspicions_of(
    study: Study, library: Path | None, start: dict[str, Any], pool: Executor, limit_s: float
) -> Suspicions:
    """Return a worker's suspicions about the study and the model, which are empty if the worker fails.

    Raises the TunerError that the worker raises.
    """
    (outcome,) = pool.map(judge, [StartInquiry(study, library, start)], limit_s)
    if isinstance(outcome.error, TunerError):
        raise outcome.error
    if outcome.value is None:
        log.warning("%s: rules, names and units were not checked: %s", study.model, outcome.reason)
    return outcome.value or Suspicions()


def warn_of_caps(study: Study, start: Evaluation) -> None:
    """Log a warning for each target with a tolerance so small that the start point has the largest term."""
    for note in at_cap(study.targets, start.features):
        log.warning("%s", note)
