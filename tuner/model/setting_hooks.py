"""Insert a call after each statement of a script that sets a given object, or an attribute or item of that object."""

import ast
from collections.abc import Collection


def watched(tree: ast.Module, names: Collection[str], hook: str) -> ast.Module:
    """Return the module with hook(object) after each `name = ...`, `name.a = ...` or `name["a"] = ...`."""
    with_calls: ast.Module = _Watcher(names, hook).visit(tree)
    return ast.fix_missing_locations(with_calls)


class _Watcher(ast.NodeTransformer):
    def __init__(self, names: Collection[str], hook: str) -> None:
        self._names, self._hook = names, hook

    def visit_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        roots = {root for target in node.targets if (root := _root(target)) in self._names}
        return [node, *(self._call(root, node) for root in sorted(roots))]

    def visit_AugAssign(self, node: ast.AugAssign) -> list[ast.stmt]:
        root = _root(node.target)
        return [node, self._call(root, node)] if root in self._names else [node]

    def _call(self, root: str, node: ast.stmt) -> ast.stmt:
        name = ast.Name(self._hook, ast.Load())
        return ast.copy_location(ast.Expr(ast.Call(name, [ast.Name(root, ast.Load())], [])), node)


def _root(target: ast.expr) -> str:
    while isinstance(target, ast.Attribute | ast.Subscript):
        target = target.value
    return target.id if isinstance(target, ast.Name) else ""
