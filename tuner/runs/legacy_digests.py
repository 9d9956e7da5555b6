"""Map digests in runs of earlier versions to the digests of this version, for the project's Python files.

`python -m tuner.runs.legacy_digests` writes the table legacy_digests.txt beside this module. It needs the commits of
ERAS in the git checkout. Write the table again whenever the code of a cell or model is changed and still computes the
same, or `tuner.model.source_code` extracts code in another way.
"""

import ast
import hashlib
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from tuner.layout import CELLS, MODELS, ROOT, file_of
from tuner.model.source_code import code_of

TABLE = Path(__file__).with_name("legacy_digests.txt")
# The last commits with another kind of digest, and the content of a file that the digest covers: all bytes (runs of
# format 1), or the code at the time when cells and models were top-level packages.
ERAS: dict[str, Callable[[bytes], bytes]] = {"f817a47": bytes, "2401b32": code_of}
NO_DEFAULT = ast.Name("no default")
# Modules that only annotations need.
TYPING = ("typing", "collections.abc", "numpy.typing")


@cache
def successors() -> dict[str, str]:
    """Return the present digest of each file by the old digest."""
    lines = [line.split() for line in TABLE.read_text(encoding="utf-8").splitlines()]
    return {was: now for was, now, _ in lines}


def table() -> str:
    """Return the lines of the table for the models and cells of each era: old digest, present digest, file."""
    lines = []
    for commit, digested in ERAS.items():
        for name, content in _files(commit):
            was, now = _sha256(digested(content)), _sha256(code_of(_successor(name, content)))
            lines += [f"{was} {now} {name}\n"] if was != now else []
    return "".join(lines)


def _files(commit: str) -> Iterator[tuple[str, bytes]]:
    folders = [folder.name for folder in (CELLS, MODELS)]
    names = _git("ls-tree", "-r", "--name-only", commit, *folders).decode().splitlines()
    yield from ((name, _git("show", f"{commit}:{name}")) for name in names if name.endswith(".py"))


def _successor(name: str, content: bytes) -> bytes:
    """Return the present content of a file if the results stay the same, else the old content."""
    today = file_of(name).read_bytes() if file_of(name).is_file() else b""
    return today if essence(content) == essence(today) else content


def essence(content: bytes) -> str:
    """Reduce a Python file to the code that decides results.

    Annotations are removed. Imports of the library are made equal; its place has changed between versions.
    """
    code = code_of(content).decode().replace('import_module(f"cells.', 'import_module(f"{__name__}.')
    tree = _Essence().visit(ast.parse(code))
    imports = [ast.dump(node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    others = [ast.dump(node) for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)]
    return "\n".join([*sorted(imports), *others])


class _Essence(ast.NodeTransformer):
    """Remove annotations, and the place of the library in imports."""

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt | None:
        """Return an import in the spelling of the time when cells and models were top-level packages."""
        if node.module in TYPING:
            return None
        if node.module == "tuner.library":
            return ast.Import(node.names)
        return ast.ImportFrom((node.module or "").removeprefix("tuner.library."), node.names, node.level)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Replace the type of each field of a class by a flag: ClassVar or not.

        Annotations define the fields of a dataclass, so they cannot be removed completely.
        """
        for each in node.body:
            if isinstance(each, ast.AnnAssign):
                each.annotation = ast.Constant("ClassVar" in ast.unparse(each.annotation))
        node.body = [each if isinstance(each, ast.AnnAssign) else self.visit(each) for each in node.body]
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt | None:
        """Return an annotated assignment as a plain assignment."""
        return self.visit(ast.Assign([node.target], node.value)) if node.value else None

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Return a function without types, and with keyword-only arguments as ordinary ones.

        The difference cannot change results: a call that used to work fails at most.
        """
        node.returns = None
        given = node.args
        names = [*given.posonlyargs, *given.args]
        defaults = [*[NO_DEFAULT] * (len(names) - len(given.defaults)), *given.defaults]
        defaults += [each or NO_DEFAULT for each in given.kw_defaults]
        node.args = ast.arguments([], [*names, *given.kwonlyargs], given.vararg, [], [], given.kwarg, defaults)
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        """Return an argument without annotation."""
        return ast.arg(node.arg)


def _git(*words: str) -> bytes:
    return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, check=True).stdout


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
