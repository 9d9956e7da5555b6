"""Call NetPyNE's private methods and class functions, each of which may change with any version of NetPyNE.

No other module calls them. `tests/interfaces/test_netpyne_private.py` checks their signatures, and the range of the
dependency limits the versions.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tuner.interfaces.netpyne_types import Cell, Net, NetParams, Sim, Table

Connect = Callable[..., None]
AddSynapse = Callable[..., Any]
PostRun = Callable[..., None]
# Tags of cells, by their gids.
Tags = dict[int, Table]


def matching_cells(net: Net, tags: Tags, rule: Mapping[str, Any]) -> tuple[Tags, Tags]:
    """Return the tags of the presynaptic and the postsynaptic cells that a rule's conditions choose."""
    pre, post = _private(net)._findPrePostCellsCondition(tags, rule["preConds"], rule["postConds"])
    return pre, post


def meets(tags: Table, gid: int, conditions: Mapping[str, Any]) -> bool:
    """Return whether a cell meets the conditions of a cell rule, or of an entry of recordTraces."""
    from netpyne.sim.utils import checkConditions

    return bool(checkConditions(conditions, tags, gid))


def prepare_functions(net: Net, pre: Mapping[int, Table], post: Mapping[int, Table], rule: Table) -> None:
    """Put the functions that a rule gives as text into the rule, as tables or callables."""
    _private(net)._connStrToFunc(pre, post, rule)


def connectors(net: Net) -> tuple[Connect, Connect]:
    """Return the functions that make one connection, and one stimulus of a cell."""
    return _private(net)._addCellConn, _private(net)._addCellStim


def replace_connectors(net: Net, *, connection: Connect | None = None, stimulus: Connect | None = None) -> None:
    """Make a network use other functions for new connections or stimuli."""
    if connection is not None:
        _private(net)._addCellConn = connection
    if stimulus is not None:
        _private(net)._addCellStim = stimulus


def scaled(cell: Cell, weight: float, delay_ms: float, net_stim: Table | None) -> tuple[float, float]:
    """Return the weight and the delay [ms] of one synapse, scaled as netParams say for the cell or for NetStims."""
    asked = {"weight": weight, "delay": delay_ms, "synsPerConn": 1}
    # Called for each connection, so the call of _private is saved.
    private: Any = cell
    weights, delays = private._connWeightsAndDelays(asked, net_stim)
    return weights[0], delays[0]


def connected_section(cell: Cell, section: str | None) -> str:
    """Return the one section of a cell to which a rule with this entry `sec` connects."""
    (name,) = _private(cell)._setConnSections({"sec": section})
    found: str = name
    return found


def set_mechanism(cell: Cell, rule: str, section: str, mechanism: str, values: Table) -> bool:
    """Set values of a density mechanism of a section; False if NEURON lacks the mechanism."""
    return not _private(cell)._addDistributedMechs(section, {"mechs": {mechanism: values}}, rule, {})


def set_ion(cell: Cell, section: str, ion: str, values: Table) -> bool:
    """Set values of an ion of a section; False if NEURON lacks the ion."""
    return not _private(cell)._addIons(section, {"ions": {ion: values}})


def variables_of(rule: str, section: str, mechanism: str, name: str) -> Iterable[str]:
    """Return the names in the text of a cell rule's value, after NetPyNE's last reading of the text."""
    from netpyne.specs.netParams import CellParams

    _, names = CellParams.stringFuncAndVarsForMod(rule, section, "mechs", mechanism, name)
    found: Iterable[str] = names
    return found


def read_functions(sim: Sim, net_params: NetParams) -> None:
    """Make NetPyNE read the functions that cell rules give as text."""
    sim.net.params.cellParams = net_params.cellParams
    _private(sim.net.params.cellParams).preprocessStringFunctions()


def has_pointers(net_params: NetParams) -> bool:
    """Return whether a synapse of netParams needs a pointer, as gap junctions do."""
    return bool(_private(net_params.synMechParams).hasPointerConns())


def depends_on_source(synapse: str) -> bool:
    """Return whether a synapse has a value that depends on the location of the presynaptic cell."""
    from netpyne.specs.netParams import SynMechParams

    return bool(SynMechParams.stringFuncsReferPreLoc(synapse))


def replace_add_synapse(function: AddSynapse) -> AddSynapse:
    """Make all cells use another function for new synapses; return the previous function."""
    from netpyne.cell import CompartCell

    before: AddSynapse = CompartCell.addSynMech
    CompartCell.addSynMech = function
    return before


def replace_post_run(function: PostRun) -> PostRun:
    """Replace postRun, with which NetPyNE's runSim ends, by another function; return the previous function."""
    from netpyne.sim import run

    before: PostRun = run.postRun
    run.postRun = function
    return before


def load_file(file: str) -> Table:
    """Return the content of a file that NetPyNE has saved."""
    from netpyne.sim.load import _loadFile

    found: Table = _loadFile(file)
    return found


def _private(owner: Any) -> Any:
    """Return an object as Any, for calls of private methods."""
    return owner
