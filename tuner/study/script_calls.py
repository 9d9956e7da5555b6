"""Name the calls in a script's text, and find the called functions of the model's own files."""

import ast
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tuner.regular_files import MOST_CODE_BYTES, read_regular

# Calls after the creation that leave the network as it is.
BETWEEN_WORDS = re.compile(
    r"print|len|str|int|float|bool|round|sum|min|max|sorted|list|dict|tuple|set|range|enumerate|zip|repr|abs|isinstance"
    r"|hasattr|type|time\.\w+|datetime\.(\w+\.)?\w+|sim\.timing|sim\.save\w+|sim\.pc\.(barrier|id|nhost)"
    r"|(os|json|pickle|shutil|math|random|np|numpy|warnings|sys\.stdout|log\w*)(\.\w+)+|open"
    r"|.*\.(format|join|keys|items|strftime|startswith|endswith|write|close|flush)"
)
# Calls before the creation that act on each network, or that run code which the text does not show.
LATER = re.compile(r"(\w+\.)*(FInitializeHandler|extra_scatter_gather|exec|execfile|run_path|run_module|import_module)")
# What belongs to a result of the simulation, and what steers only output.
RESULTS = {"simData", "allSimData", "timingData", "analysis", "plotting", "allCells", "allPops"}
OUTPUT = re.compile(r"save\w*|filename|simLabel|analysis|verbose|print\w*")
CONFIG = {"cfg", "simConfig", "netParams"}
CHANGES = re.compile(
    r"sim\.net\.(create|connect|add|modify|define|sub)\w*|sim\.(set(up)?\w+|loadAll|loadNet\w*|pc\.psolve)"
    r"|h\.(run|continuerun|finitialize|fadvance|stdinit|nrn_\w+)"
    r"|h\.(?!Vector|File|Matrix|List|Random|SectionList|Shape|PlotShape|Graph|RangeVarPlot)[A-Z]\w+"
)
READING = {
    "get", "keys", "items", "values", "copy", "index", "count", "size", "to_python", "as_numpy", "mean", "append",
    "tolist", "max", "min", "sum", "startswith", "endswith", "__getstate__",
}  # fmt: skip
Definition = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """Hold the text of a Python file of the model."""

    file: Path
    tree: ast.Module

    @cached_property
    def functions(self) -> dict[str, Definition]:
        """Return all functions and methods by name, without names that are defined twice."""
        found: dict[str, Definition] = {}
        twice: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                twice |= {node.name} & found.keys()
                found[node.name] = node
        return {name: node for name, node in found.items() if name not in twice}

    @cached_property
    def top_functions(self) -> dict[str, Definition]:
        """Return the functions that are no methods, by name; of equal names the last."""
        methods = {node for kind in ast.walk(self.tree) if isinstance(kind, ast.ClassDef) for node in kind.body}
        every = [node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        return {node.name: node for node in every if node not in methods}

    @cached_property
    def imports(self) -> list[ast.Import | ast.ImportFrom]:
        """Return all imports of the file."""
        return [node for node in ast.walk(self.tree) if isinstance(node, ast.Import | ast.ImportFrom)]

    @cached_property
    def names_of(self) -> dict[str, str]:
        """Return the usual names, such as sim and sim.create, by the names under which the file uses NetPyNE."""
        found: dict[str, str] = {}
        for node in self.imports:
            package = getattr(node, "module", None) or ""
            for alias in node.names:
                full = f"{package}.{alias.name}" if package else alias.name
                short = re.sub(r"^(netpyne\.sim(\.(wrappers|run|setup))?|netpyne\.sim)", "sim", full)
                short = {"neuron.h": "h"}.get(short, short)
                if short == "sim" or short.startswith("sim.") or short == "h":
                    found[alias.asname or alias.name] = short
        return found

    def called(self, call: ast.Call) -> str:
        """Return the name of the called function, as in NetPyNE's documentation."""
        return self.named(call.func)

    def named(self, node: ast.expr) -> str:
        """Return an expression's text, with usual names for NetPyNE's modules."""
        text = re.sub(r"^(netpyne\.sim\b|sim\.h\b|neuron\.h\b)", lambda m: _USUAL[m[0]], ast.unparse(node))
        root, dot, rest = text.partition(".")
        return f"{self.names_of.get(root, root)}{dot}{rest}"

    def calls_of_sim(self, wanted: Collection[str]) -> Iterator[ast.Call]:
        """Yield the calls of these functions of netpyne.sim."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                root, _, name = self.called(node).rpartition(".")
                if root == "sim" and name in wanted:
                    yield node

    def imported_files(self, node: ast.Import | ast.ImportFrom, folders: Sequence[Path]) -> Iterator[Path]:
        """Yield the files of the model that an import names."""
        package = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        for alias in node.names:
            dotted = [f"{package}.{alias.name}".strip("."), package]
            places = (folder / each.replace(".", "/") for each in dotted if each for folder in (*folders,))
            files = (file for place in places for file in (place.with_suffix(".py"), place / "__init__.py"))
            yield from [file for file in files if file.is_file()][:1]

    def is_live(self, node: ast.expr, live_names: Collection[str]) -> bool:
        """Return whether an expression leads to objects of the network."""
        name = self.named(root_of(node, calls=True))
        if name in live_names:
            return True
        text = self.named(node)
        return text.startswith(("sim.net", "enumerate(sim.net", "h.")) and not _is_result(text)

    def acts_on(self, target: ast.expr, live_names: Collection[str]) -> bool:
        """Return whether an assignment to the target changes the network or the settings of a run."""
        text = self.named(target)
        root = self.named(root_of(target))
        steps = re.findall(r"\w+", text)
        if len(steps) > 1 and (_is_result(text) or any(OUTPUT.fullmatch(step) for step in steps[1:3])):
            return False
        return root in {"sim", "h", *CONFIG} or root in live_names

    def acts(self, call: ast.Call, live_names: Collection[str]) -> bool:
        """Return whether a call changes the network."""
        if CHANGES.fullmatch(self.called(call)):
            return True
        is_method = isinstance(call.func, ast.Attribute) and call.func.attr not in READING
        return is_method and self.named(root_of(call.func)) in live_names


_USUAL = {"netpyne.sim": "sim", "sim.h": "h", "neuron.h": "h"}


@dataclass(frozen=True)
class Function:
    """Hold a function of the model's own files."""

    node: Definition
    module: Module

    @property
    def names(self) -> list[str]:
        """Return the names of the arguments, without `self`."""
        return [each.arg for each in self.node.args.args if each.arg != "self"]


def parse(file: Path) -> Module | None:
    """Return a Python file; `None` for a file that is not valid Python."""
    try:
        return Module(file, ast.parse(read_regular(file, MOST_CODE_BYTES)))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def function(
    call: ast.Call, module: Module, folders: Sequence[Path], load: Callable[[Path], Module | None]
) -> Function | None:
    """Return the function of the model's own files that a call names; methods are found by name alone."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if isinstance(call.func, ast.Attribute) and module.named(root_of(call.func)) in ("sim", "h"):
        return None
    if isinstance(call.func, ast.Name) and (node := module.top_functions.get(name)):
        return Function(node, module)
    for imported in module.imports:
        for file in module.imported_files(imported, folders):
            other = load(file)
            written = {alias.asname or alias.name: alias.name for alias in imported.names}
            if other and (node := other.functions.get(written.get(name, name))):
                return Function(node, other)
    return Function(node, module) if (node := module.functions.get(name)) else None


def root_of(node: ast.expr, *, calls: bool = False) -> ast.expr:
    """Return the name with which a chain of attributes and items begins."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred) or calls and isinstance(node, ast.Call):
        if isinstance(node, ast.Call):
            node = node.args[0] if isinstance(node.func, ast.Name) and node.args else node.func
            if isinstance(node, ast.Name):
                return node
        else:
            node = node.value
    return node


def is_main(test: ast.expr) -> bool:
    """Return whether a condition is `__name__ == "__main__"`."""
    return re.fullmatch(r"__name__ == '__main__'|'__main__' == __name__", ast.unparse(test)) is not None


def targets(node: ast.stmt) -> list[ast.expr]:
    """Return the single targets of an assignment."""
    found = list(getattr(node, "targets", [])) or [getattr(node, "target", None)]
    flat = [each for target in found if target is not None for each in _flat(target)]
    return flat


def _flat(target: ast.expr) -> Iterator[ast.expr]:
    if isinstance(target, ast.Tuple | ast.List):
        for each in target.elts:
            yield from _flat(each)
    else:
        yield target.value if isinstance(target, ast.Starred) else target


def names(target: ast.expr) -> set[str]:
    """Return the names that a target sets."""
    return {each.id for each in _flat(target) if isinstance(each, ast.Name)}


def acts_later(name: str) -> bool:
    """Return whether a call before the creation may act on the network later."""
    return LATER.fullmatch(name) is not None


def short(node: ast.expr) -> str:
    """Return an expression's text; a long text is cut."""
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def _is_result(text: str) -> bool:
    return any(step in RESULTS for step in re.findall(r"\w+", text)[1:3])
