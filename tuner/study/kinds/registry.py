"""The tables that the kinds of models enter themselves into."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

from tuner.interfaces.netpyne_types import SimConfig
from tuner.registry import Registry
from tuner.study.paths import Specs
from tuner.study.sources import Source


class Candidate(NamedTuple):
    """A model that a folder holds: the name by which a study may choose it, and its source when it is asked for."""

    name: str
    source: Callable[[], Source]


class Run(Protocol):
    """One run of a model's own code, as a maker sees it."""

    source: Source
    # The simConfig that a script has updated or read, None before.
    config: SimConfig | None

    @property
    def candidate_script(self) -> str:
        """Return the script that NetPyNE's batch mode would start for a candidate; "" if there is none."""

    def there(self, path: Path) -> Path:
        """Return where in the working copy a path of the model lies."""

    def read_pair(self, config: Path, net_params: Path, variable: str = "", net_params_variable: str = "") -> Specs:
        """Return simConfig with the candidate's values, and the netParams that is made after it."""

    def execute(self, file: Path) -> Specs:
        """Run a script until it would create its network."""

    def execute_candidate(self) -> Specs:
        """Run the script that NetPyNE's batch mode would start for a candidate; without one read the batch's files."""

    def read_saved(self, file: Path) -> Specs:
        """Return netParams and simConfig that NetPyNE, or pickle, has saved."""


# Each rule gives the source of a file that is a model of its kind, else None; the first one decides.
FILE_RULES: Registry[Callable[[Path], Source | None]] = Registry("tuner.study.kinds")
# Each rule, named by what it finds, gives the models of its kind that a folder holds; the first that finds any decides.
FOLDER_RULES: Registry[Callable[[Path], list[Candidate]]] = Registry("tuner.study.kinds")
# By the kind of a source, what makes its specs; a native module makes them itself.
MAKERS: Registry[Callable[[Run], Specs]] = Registry("tuner.study.kinds")
