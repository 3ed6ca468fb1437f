"""What type an expression of a model is likely to have, as far as its annotations tell."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def declared_kinds(trees: Iterable[ast.Module]) -> dict[str, str]:
    """Name to type of functions (what they return) and annotated fields.

    A name that is declared with different types has none.
    """
    kinds: dict[str, str] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.returns is not None:
                _note(kinds, f"{node.name}()", ast.unparse(node.returns))
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                _note(kinds, node.target.id, ast.unparse(node.annotation))
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                target = node.targets[0]
                if isinstance(target, ast.Name) and target.id.isupper():
                    _note(kinds, target.id, type(node.value.value).__name__)
    return kinds


def _note(kinds: dict[str, str], name: str, kind: str) -> None:
    kinds[name] = kind if kinds.get(name, kind) == kind else ""


def kind_of(node: ast.expr, kinds: Mapping[str, str], local: Mapping[str, str]) -> str:
    """Type of an expression; where it is not known, the shape of the expression stands for it."""
    kind = ""
    if isinstance(node, ast.Constant):
        return type(node.value).__name__
    if isinstance(node, (ast.BinOp, ast.UnaryOp)):
        return "int"
    if isinstance(node, (ast.Compare, ast.BoolOp)):
        return "bool"
    if isinstance(node, ast.Name):
        kind = local.get(node.id, "") or kinds.get(node.id, "")
    elif isinstance(node, ast.Attribute):
        kind = kinds.get(node.attr, "")
    elif isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
        kind = "int" if name in ("abs", "len", "max", "min", "sum") else kinds.get(f"{name}()", "")
    return kind or f"<{type(node).__name__}>"
