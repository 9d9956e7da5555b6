"""NetPyNE's private methods: each as the adapter calls it, and called by nothing but the adapter."""

import ast
import importlib
import importlib.util
import inspect
import operator
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.loops import loop_over
from tuner.interfaces import netpyne_private

ROOT = Path(__file__).resolve().parents[2]
ADAPTER = Path(netpyne_private.__file__)
SIGNATURES = {
    "netpyne.network:Network._addCellConn": "(self, connParam, preCellGid, postCellGid, preCellsTags={})",
    "netpyne.network:Network._addCellStim": "(self, stimParam, postCell)",
    "netpyne.network:Network._connStrToFunc": "(self, preCellsTags, postCellsTags, connParam)",
    "netpyne.network:Network._findPrePostCellsCondition": "(self, allCellTags, preConds, postConds)",
    "netpyne.cell:CompartCell._connWeightsAndDelays": "(self, params, netStimParams)",
    "netpyne.cell:PointCell._connWeightsAndDelays": "(self, params, netStimParams)",
    "netpyne.cell:CompartCell._setConnSections": "(self, params)",
    "netpyne.cell:CompartCell._addDistributedMechs": "(self, sectName, sectParams, cellType, cellVars)",
    "netpyne.cell:CompartCell._addIons": "(self, sectName, sectParams)",
    "netpyne.cell:CompartCell.addSynMech": "(self, synLabel, secLabel, loc, preLoc=None)",
    "netpyne.specs.netParams:CellParams.stringFuncAndVarsForMod": "(cellType, section, modType, mod, param)",
    "netpyne.specs.netParams:CellParams.preprocessStringFunctions": "(self)",
    "netpyne.specs.netParams:SynMechParams.hasPointerConns": "(self)",
    "netpyne.specs.netParams:SynMechParams.stringFuncsReferPreLoc": "(synMech)",
    "netpyne.sim.run:postRun": "(stopTime=None)",
    "netpyne.sim.utils:checkConditions": "(conditions, against, cellGid=None)",
    "netpyne.sim.load:_loadFile": "(filename)",
}
CALLED = {path.replace(":", ".").rpartition(".")[2] for path in SIGNATURES}
# Of these, what the program calls on cells as well.
PUBLIC = {"addSynMech"}


@loop_over(("path", "signature"), SIGNATURES.items())
def test_netpyne_has_the_signatures_that_the_adapter_calls(path, signature):
    module, name = path.split(":")
    function = operator.attrgetter(name)(importlib.import_module(module))
    assert str(inspect.signature(function)) == signature


def test_the_signature_of_every_private_method_that_the_adapter_calls_is_held():
    named = set(_names(ADAPTER))
    assert named & _private_names() <= CALLED <= named


def test_no_other_module_names_a_private_method_of_netpyne():
    files = sorted((ROOT / "tuner").rglob("*.py"))
    own = {name for file in files for name in _methods(file)}
    assert own & CALLED <= PUBLIC
    forbidden = (_private_names() | CALLED) - own - PUBLIC
    found = {str(file.relative_to(ROOT)): set(_names(file)) & forbidden for file in files if file != ADAPTER}
    assert {file: names for file, names in found.items() if names} == {}


def test_private_names_are_found(tmp_path):
    assert {"_addCellConn", "_loadFile", "_connWeightsAndDelays"} <= _private_names()
    file = tmp_path / "module.py"
    file.write_text("from a import _b\nx._c()\ngetattr(x, '_d')\nx._e = _f\n\nclass G:\n    def _h(self): ...\n")
    assert {"_b", "_c", "_d", "_e"} <= set(_names(file)) and list(_methods(file)) == ["_h"]


@cache
def _private_names() -> set[str]:
    """Return the names of NetPyNE's functions and methods that begin with an underscore."""
    files = Path(importlib.util.find_spec("netpyne").origin).parent.rglob("*.py")
    with warnings.catch_warnings():
        # Of invalid escapes in NetPyNE's texts.
        warnings.simplefilter("ignore")
        functions = [node.name for file in files for node in _nodes(file) if isinstance(node, ast.FunctionDef)]
    return {name for name in functions if name.startswith("_") and not name.endswith("__")}


def _nodes(file: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(file.read_text(encoding="utf-8")))


def _names(file: Path) -> Iterator[str]:
    """Yield what a module reads or sets of other objects: attributes, imported names, and texts, as for getattr."""
    for node in _nodes(file):
        match node:
            case ast.Attribute(attr=name) | ast.Constant(value=str(name)):
                yield name
            case ast.ImportFrom(names=aliases):
                yield from (alias.name for alias in aliases)


def _methods(file: Path) -> Iterator[str]:
    """Yield the names of the methods that the classes of a module define."""
    classes = (node for node in _nodes(file) if isinstance(node, ast.ClassDef))
    yield from (node.name for each in classes for node in each.body if isinstance(node, ast.FunctionDef))
