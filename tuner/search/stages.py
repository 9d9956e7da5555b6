"""Log the stages of a command that take longer than a moment, and measure their time."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

# A stage that ends before this time [s] needs no line.
PATIENCE_S = 2.0

log = logging.getLogger(__name__)


class Stage:
    """Hold the duration of a stage [s], which is 0 until the stage has ended."""

    seconds = 0.0


@contextmanager
def stage(words: str) -> Iterator[Stage]:
    """Log the words if the `with` block takes longer than PATIENCE_S, and yield the stage."""
    found, began_s = Stage(), time.perf_counter()
    timer = threading.Timer(PATIENCE_S, log.info, ("%s", words))
    timer.daemon = True
    timer.start()
    try:
        yield found
    finally:
        timer.cancel()
        found.seconds = time.perf_counter() - began_s
