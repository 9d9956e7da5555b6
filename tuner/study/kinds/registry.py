"""Define the tables in which the kinds of models are entered, and the types that the kinds share."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

from tuner.interfaces.netpyne_types import SimConfig
from tuner.registry import Registry
from tuner.study.paths import Specs
from tuner.study.sources import Source


class Candidate(NamedTuple):
    """Represent a model in a folder: a name by which a study may choose the model, and a function for the source."""

    name: str
    source: Callable[[], Source]


class Run(Protocol):
    """Represent one run of a model's own code, as far as a maker of specs uses the run."""

    source: Source
    # The simConfig that a script has updated or read; None before that.
    config: SimConfig | None

    @property
    def candidate_script(self) -> str:
        """Return the script that NetPyNE's batch mode would start for a candidate; "" if there is no script."""

    def there(self, path: Path) -> Path:
        """Return the path in the working copy that corresponds to a path of the model."""

    def read_pair(self, config: Path, net_params: Path, variable: str = "", net_params_variable: str = "") -> Specs:
        """Return simConfig with the candidate's values, and the netParams that is built from this simConfig."""

    def execute(self, file: Path) -> Specs:
        """Run a script up to the call that would create the network."""

    def execute_candidate(self) -> Specs:
        """Run the script that NetPyNE's batch mode would start for a candidate, or else read the batch's files."""

    def read_saved(self, file: Path) -> Specs:
        """Return the netParams and simConfig that a JSON file of NetPyNE or a pickle contains."""


# Each rule returns the source of a file that is a model of its kind, else None; the first rule with a source decides.
FILE_RULES: Registry[Callable[[Path], Source | None]] = Registry("tuner.study.kinds")
# Each rule, named after its kind of model, returns such models in a folder; the first rule with a result decides.
FOLDER_RULES: Registry[Callable[[Path], list[Candidate]]] = Registry("tuner.study.kinds")
# Functions that build the specs, by the kind of the source; a native module has its own.
MAKERS: Registry[Callable[[Run], Specs]] = Registry("tuner.study.kinds")
