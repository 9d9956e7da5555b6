"""Find the steps of a script that act on the created network, from the script's text; nothing is executed.

A script's statements are followed in the order of execution, from its first line into the functions of the model's own
files. Three phases matter: before the creation of the network, between creation and first simulation, and after it.
Only calls that are known to leave the network alone are trusted: all other steps between count as changes.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tuner.regular_files import read_searchable
from tuner.study import script_calls
from tuner.study.script_calls import BETWEEN_WORDS, Function, Module

BEFORE, BETWEEN, AFTER = range(3)
# NetPyNE's own order after sim.initialize. addRxD does nothing for a network without rxdParams.
ORDER = ("createPops", "createCells", "connectCells", "addStims", "addRxD", "setupRecording")
CREATE = {"create", "load"}
CREATE_AND_RUN = {
    "createSimulate", "createSimulateAnalyze", "createSimulateAnalyzeDistributed", "loadSimulate",
    "loadSimulateAnalyze", "createExportNeuroML2",
}  # fmt: skip
RUN = {"simulate", "runSim", "distributedSimulate"}
RUN_IN_INTERVALS = {
    "runSimWithIntervalFunc", "intervalSimulate", "runSimIntervalSaving", "createSimulateAnalyzeInterval",
    "prepareSimWithIntervalFunc", "preRun",
}  # fmt: skip
ACTING = CREATE | CREATE_AND_RUN | RUN | RUN_IN_INTERVALS | {"initialize", "runFromIndexFile"}


@dataclass(frozen=True)
class LiveSteps:
    """Describe the steps of a script that act on the created network.

    Attributes
    ----------
    reason : str
        The first step that may change the network before or during the first simulation, as text; "" without any.
    not_done : tuple of str
        A line for each step after the first simulation that acts on the network.
    sets_duration : bool
        True if a step before the first simulation sets an attribute `duration`.
    """

    reason: str = ""
    not_done: tuple[str, ...] = ()
    sets_duration: bool = False


def read(file: Path, folders: Iterable[Path]) -> LiveSteps:
    """Return the live steps of a script, which imports the model's own files from `folders`.

    A file that cannot be parsed has none; running the model reports the error.
    """
    return _read(file, tuple(dict.fromkeys((file.parent, *folders))), file.stat().st_mtime_ns)


@cache
def _read(file: Path, folders: tuple[Path, ...], changed_ns: int) -> LiveSteps:
    walk = _Walk(folders)
    module = walk.module(file)
    if module is None:
        return LiveSteps()
    walk.block(module.tree.body, module)
    return walk.result()


@dataclass
class _Walk:
    """Follow the statements of a script in the order of execution."""

    folders: tuple[Path, ...]
    phase: int = BEFORE
    due: list[str] = field(default_factory=list)
    reason: str = ""
    lines: dict[tuple[str, int], str] = field(default_factory=dict)
    sets_duration: bool = False
    modules: dict[Path, Module] = field(default_factory=dict)
    seen: set[ast.Call] = field(default_factory=set)
    within: list[tuple[ast.Call, Module, ast.AST]] = field(default_factory=list)
    followed: set[ast.AST] = field(default_factory=set)
    live_names: set[str] = field(default_factory=set)

    def module(self, file: Path) -> Module | None:
        """Return a file of the model, parsed once; `None` for a file that is not valid Python."""
        if file not in self.modules:
            if (parsed := script_calls.parse(file)) is None:
                return None
            self.modules[file] = parsed
        return self.modules[file]

    def result(self) -> LiveSteps:
        """Return the steps; creating calls that the walk has not reached make a script uncertain."""
        for module in self.modules.values():
            for call in module.calls_of_sim(ACTING - CREATE_AND_RUN):
                if call not in self.seen:
                    self._doubt(module, call, "may change")
        return LiveSteps(self.reason, tuple(self.lines.values()), self.sets_duration)

    def block(self, statements: Iterable[ast.stmt], module: Module) -> None:
        """Follow a list of statements."""
        for statement in statements:
            self._statement(statement, module)

    def _statement(self, node: ast.stmt, module: Module) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Pass):
            return
        if isinstance(node, ast.Import | ast.ImportFrom):
            self._import(node, module)
        elif isinstance(node, ast.If) and script_calls.is_main(node.test):
            self.block(node.body, module)
        elif inner := list(_inner(node)):
            self._compound(node, inner, module)
        else:
            self._simple(node, module)

    def _import(self, node: ast.Import | ast.ImportFrom, module: Module) -> None:
        """Follow the statements of the model's own files, which run at the first import."""
        for file in module.imported_files(node, self.folders):
            if file not in self.modules and (imported := self.module(file)):
                self.block(imported.tree.body, imported)

    def _compound(self, node: ast.stmt, inner: list[list[ast.stmt]], module: Module) -> None:
        if isinstance(node, ast.For | ast.AsyncFor) and module.is_live(node.iter, self.live_names):
            self.live_names |= script_calls.names(node.target)
        for expression in _heads(node):
            self._calls(expression, module)
        if isinstance(node, ast.If | ast.Match):
            self._branches(node, inner, module)
            return
        handlers = [each.body for each in getattr(node, "handlers", ())]
        for statements in inner:
            # After the simulation, a handler is no step of the script's usual way.
            if self.phase != AFTER or statements not in handlers:
                self.block(statements, module)
        if isinstance(node, ast.For | ast.AsyncFor | ast.While) and self.phase != BEFORE:
            self.block(node.body, module)

    def _branches(self, node: ast.stmt, inner: list[list[ast.stmt]], module: Module) -> None:
        """Follow each branch from the same phase; branches that end in different phases make a script uncertain."""
        start, due = self.phase, list(self.due)
        ends = set() if getattr(node, "orelse", None) else {(start, tuple(due))}
        for statements in inner:
            self.phase, self.due = start, list(due)
            self.block(statements, module)
            ends.add((self.phase, tuple(self.due)))
        if len(ends) > 1:
            self._doubt(module, node, "may change")
        self.phase, self.due = max(ends)[0], list(max(ends)[1])

    def _simple(self, node: ast.stmt, module: Module) -> None:
        self._calls(node, module)
        targets = script_calls.targets(node)
        if isinstance(node, ast.Assign) and module.is_live(node.value, self.live_names):
            self.live_names |= {name for target in targets for name in script_calls.names(target)}
        stored = [target for target in targets if isinstance(target, ast.Attribute | ast.Subscript)]
        if self.phase == BEFORE:
            return
        self.sets_duration |= self.phase == BETWEEN and any(getattr(t, "attr", "") == "duration" for t in stored)
        if self.phase == BETWEEN and (stored or isinstance(node, ast.Delete)):
            self._doubt(module, node, "changes")
        for target in stored if self.phase == AFTER else ():
            if module.acts_on(target, self.live_names):
                self._line(module, node, f"{script_calls.short(target)} = ...")

    def _calls(self, node: ast.AST, module: Module) -> None:
        """Follow the calls of a statement or an expression, arguments first."""
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, ast.stmt):
                self._calls(child, module)
        if isinstance(node, ast.Call):
            self._call(node, module)

    def _call(self, call: ast.Call, module: Module) -> None:
        name = module.called(call)
        self.seen.add(call)
        if name.startswith("sim.") and name[4:] in ACTING:
            self._acting(name[4:], call, module)
        elif function := self._function(call, module):
            self._follow(call, module, function)
        elif self.phase == BETWEEN:
            self._between(name, call, module)
        elif self.phase == AFTER:
            if module.acts(call, self.live_names):
                self._line(module, call, f"{script_calls.short(call.func)}(...)")
        elif script_calls.acts_later(name):
            self._doubt(module, call, "may change")

    def _function(self, call: ast.Call, module: Module) -> Function | None:
        return script_calls.function(call, module, self.folders, self.module)

    def _follow(self, call: ast.Call, module: Module, function: Function) -> None:
        if any(function.node is node for _, _, node in self.within):
            return
        self.within.append((call, module, function.node))
        named = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        named |= dict(zip(function.names, call.args, strict=False))
        self.live_names |= {name for name, value in named.items() if module.is_live(value, self.live_names)}
        self.block(function.node.body, function.module)
        self.within.pop()
        self.followed.add(function.node)

    def _acting(self, name: str, call: ast.Call, module: Module) -> None:
        """Advance the phase at a call that creates or simulates."""
        if self.phase == AFTER:
            self._line(module, call, f"sim.{name}(...)")
            return
        if name in RUN_IN_INTERVALS or self.phase == BETWEEN and name not in RUN or name == "runFromIndexFile":
            self._doubt(module, call, "may change")
        if name in RUN and self.due:
            self._doubt(module, call, "does not finish")
        if name in RUN and self.phase == BEFORE:
            self._doubt(module, call, "may change")
        self.due = [each for each in ORDER if each != "addRxD" or self._has_rxd()] if name == "initialize" else []
        self.phase = BETWEEN if name in {*CREATE, "initialize"} else AFTER

    def _has_rxd(self) -> bool:
        files = [file for folder in self.folders for file in sorted(folder.glob("*.py"))]
        return any("rxdParams" in read_searchable(file) for file in files)

    def _between(self, name: str, call: ast.Call, module: Module) -> None:
        step = name.removeprefix("sim.net.") if name.startswith("sim.net.") else name.removeprefix("sim.")
        if self.due and name.startswith("sim.") and step in ORDER:
            is_plain = step == "addRxD" or not call.args + call.keywords
            if is_plain and step == self.due[0]:
                self.due.pop(0)
            elif step != "addRxD":
                self._doubt(module, call, "creates in another way, or changes,")
        elif not BETWEEN_WORDS.fullmatch(name):
            self._doubt(module, call, "changes")

    def _doubt(self, module: Module, node: Any, verb: str) -> None:
        if not self.reason:
            self.reason = f"the script {verb} the network after creating it ({module.file.name}:{node.lineno})"

    def _line(self, module: Module, node: Any, what: str) -> None:
        # A function that has run before is named by its call.
        for call, caller, function in self.within:
            if function in self.followed:
                module, node, what = caller, call, f"{script_calls.short(call.func)}(...)"
                break
        place = f"{module.file.name}:{node.lineno}"
        words = f"{place}: not done: what the script does after its first simulation ({what})"
        self.lines.setdefault((module.file.name, node.lineno), words)


def _inner(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yield the lists of statements within a statement, in the order of the text."""
    for name in ("body", "handlers", "cases", "orelse", "finalbody"):
        found = getattr(node, name, None) or []
        if name in ("handlers", "cases"):
            yield from (each.body for each in found)
        elif found:
            yield found


def _heads(node: ast.stmt) -> Iterator[ast.AST]:
    """Yield the expressions of a compound statement, such as a condition."""
    yield from (child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr | ast.withitem))
