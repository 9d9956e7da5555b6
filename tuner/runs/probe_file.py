"""Define the record of a probe, and read the probes of a run."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tuner.errors import StoreError
from tuner.runs.typed_tables import typed

PROBES = "probes.jsonl"


@dataclass(frozen=True)
class Probe:
    """Record one probe: a simulation with one parameter at a bound, and the others at the best evaluation.

    Attributes
    ----------
    parameter : str
        Name of the parameter at the bound.
    bound : str
        "lower" or "upper"; "choice" for a choice other than that of the best evaluation.
    best : int
        Number of the best evaluation, of which all other values are taken.
    values : dict
        Values of all parameters by name.
    status : str
        As the status of an evaluation: "done", "failed", "timeout" or "aborted".
    loss : float or None
        Loss of the probe.
    features : dict
        Features by target; None or nan where the simulation does not define a feature.
    reason : str
        Reason why the simulation failed or was aborted.
    seconds : float
        Wall time of the probe [s].
    """

    parameter: str
    bound: str
    best: int
    values: dict[str, Any]
    status: str = "done"
    loss: float | None = None
    features: dict[str, float | None] = field(default_factory=dict)
    reason: str = ""
    seconds: float = 0.0

    def to_line(self) -> str:
        """Return the probe as a line of JSON."""
        return json.dumps(asdict(self))


def read_probes(folder: Path) -> list[Probe]:
    """Return the probes of a run folder, in the order of the file; a torn last line is left out.

    Raises StoreError for any other damaged line.
    """
    file = folder / PROBES
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.exists() else []
    found = []
    for place, line in enumerate(lines, 1):
        try:
            found.append(typed(Probe, json.loads(line), file))
        except (ValueError, StoreError):
            if place < len(lines):
                raise StoreError(f"{file}: line {place} is damaged; delete the file to make the probes again") from None
    return found
