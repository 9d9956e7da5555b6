"""Trials: an evaluation simulates its candidate under each of the study's seeds, in each of its protocols."""

from dataclasses import dataclass, field
from typing import Any

DEFAULT = "default"
# Which of NetPyNE's seeds a trial's seed takes the place of.
VARIED = {"both": ("conn", "stim"), "connections": ("conn",), "stimuli": ("stim",)}


@dataclass(frozen=True)
class Protocol:
    """How a candidate is simulated: for how long (None: as long as the model does by itself), and with which of the
    model's settings other than the study's."""

    name: str
    duration_ms: float | None
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Trial:
    """One simulation of a candidate. A `seed` of None leaves connections and stimuli to the study's own."""

    protocol: Protocol
    seed: int | None = None
