"""The determinism lint: what may not stand in code whose result reaches a hash.

It reads the syntax tree, so it knows names, not types. A set is recognised where it is written as
one, or where its variable, parameter, attribute or function was annotated or assigned as one in the
same file.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BANNED_MODULES = {
    "calendar": "the clock",
    "decimal": "a context that rounds",
    "locale": "the machine's language",
    "random": "unseeded draws",
    "secrets": "unseeded draws",
    "statistics": "floats",
    "time": "the clock",
    "uuid": "unseeded draws",
}
IMPURE_MODULES = {
    "asyncio",
    "io",
    "os",
    "pathlib",
    "shutil",
    "socket",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
}
INTEGER_MATH = {"comb", "factorial", "gcd", "isqrt", "lcm", "perm", "prod"}
BANNED_NAMES = {
    "complex": "is made of floats",
    "float": "is inexact",
    "hash": "differs from process to process",
    "id": "differs from process to process",
    "round": "rounds halves to even",
}
IMPURE_NAMES = {"input", "open", "print"}
BANNED_ATTRIBUTES = {
    "getrandbits": "draws without a seed",
    "truediv": "divides to a float",
    "urandom": "draws without a seed",
}
CLOCK_ATTRIBUTES = {"now", "today", "utcnow"}
"""What reads the clock where a file imports datetime; elsewhere `state.now` is a block time."""
UNORDERED_LISTINGS = {"glob", "iterdir", "listdir", "rglob", "scandir"}
SET_TYPES = {"AbstractSet", "FrozenSet", "MutableSet", "Set", "frozenset", "set"}
SET_METHODS = {"difference", "intersection", "symmetric_difference", "union"}
ORDER_FREE = {"all", "any", "bool", "frozenset", "len", "max", "min", "set", "sorted", "sum"}
"""Functions whose answer does not depend on the order in which a set is walked."""
WALKERS = {"enumerate", "filter", "iter", "list", "map", "next", "reversed", "tuple", "zip"}
SET_OPERATORS = (ast.BitAnd, ast.BitOr, ast.BitXor, ast.Sub)


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One banned thing: where, and why it is banned."""

    file: str
    line: int
    why: str

    def __str__(self) -> str:
        """Write it as a compiler does, so that editors can jump there."""
        return f"{self.file}:{self.line}: {self.why}"


def check_file(path: Path, root: Path, *, pure: bool) -> list[Finding]:
    """Findings in one file, in order of their lines.

    :param pure: whether input and output are banned as well.
    """
    return check_source(path.read_text("utf-8"), str(path.relative_to(root)), pure=pure)


def check_source(source: str, name: str = "<source>", *, pure: bool = True) -> list[Finding]:
    """Findings in a piece of Python."""
    tree = ast.parse(source)
    lint = _Lint(tree, pure=pure)
    return sorted(Finding(name, line, why) for line, why in lint.findings())


class _Lint:
    def __init__(self, tree: ast.Module, *, pure: bool) -> None:
        self.tree = tree
        self.pure = pure
        self.parents = {
            child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)
        }
        self.sets = _names_of_sets(tree)
        self.paths = _names_of_paths(tree)
        self.imports_datetime = any(_imports(node, "datetime") for node in ast.walk(tree))

    def findings(self) -> Iterator[tuple[int, str]]:
        for node in ast.walk(self.tree):
            for why in self._of(node):
                yield node.lineno, why  # type: ignore[attr-defined]

    def _of(self, node: ast.AST) -> Iterator[str]:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from self._imports(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, (float, complex)):
            yield f"the literal {node.value!r} is inexact"
        elif isinstance(node, (ast.BinOp, ast.AugAssign)):
            yield from self._operators(node)
        elif isinstance(node, ast.Name):
            yield from self._names(node)
        elif isinstance(node, ast.Attribute):
            yield from self._attributes(node)
        yield from self._walks(node)

    def _imports(self, node: ast.Import | ast.ImportFrom) -> Iterator[str]:
        if isinstance(node, ast.ImportFrom):
            modules = [node.module or ""] if node.level == 0 else []
        else:
            modules = [alias.name for alias in node.names]
        for module in (name.partition(".")[0] for name in modules):
            if module in BANNED_MODULES:
                yield f"{module} brings in {BANNED_MODULES[module]}"
            if self.pure and module in IMPURE_MODULES:
                yield f"{module} reaches outside: these rooms are pure"
        if isinstance(node, ast.ImportFrom) and node.module == "math":
            for alias in node.names:
                if alias.name not in INTEGER_MATH:
                    yield f"math.{alias.name} is inexact"

    def _operators(self, node: ast.BinOp | ast.AugAssign) -> Iterator[str]:
        if isinstance(node.op, ast.Div) and not self._joins_a_path(node):
            yield "/ divides to a float (use //; a path is known by its annotation)"
        if isinstance(node.op, ast.Pow):
            exponent = node.right if isinstance(node, ast.BinOp) else node.value
            if isinstance(exponent, ast.UnaryOp) and isinstance(exponent.op, ast.USub):
                yield "a negative power is a float"

    def _joins_a_path(self, node: ast.BinOp | ast.AugAssign) -> bool:
        sides = [node.left, node.right] if isinstance(node, ast.BinOp) else [node.value]
        return not self.pure and any(self._is_path_part(side) for side in sides)

    def _is_path_part(self, node: ast.expr) -> bool:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            return self._joins_a_path(node)
        if isinstance(node, ast.Constant):
            return isinstance(node.value, str)
        return isinstance(node, ast.JoinedStr) or _is_path(node, self.paths)

    def _names(self, node: ast.Name) -> Iterator[str]:
        if not isinstance(node.ctx, ast.Load):
            return
        if node.id in BANNED_NAMES:
            yield f"{node.id} {BANNED_NAMES[node.id]}"
        if self.pure and node.id in IMPURE_NAMES:
            yield f"{node.id} reaches outside: these rooms are pure"

    def _attributes(self, node: ast.Attribute) -> Iterator[str]:
        owner = node.value.id if isinstance(node.value, ast.Name) else ""
        if node.attr in BANNED_ATTRIBUTES:
            yield f"{node.attr} {BANNED_ATTRIBUTES[node.attr]}"
        if self.imports_datetime and node.attr in CLOCK_ATTRIBUTES:
            yield f"{node.attr} reads the clock"
        if owner == "math" and node.attr not in INTEGER_MATH:
            yield f"math.{node.attr} is inexact"
        if owner == "os" and node.attr in {"environ", "getenv"}:
            yield f"os.{node.attr} differs from machine to machine"
        call = self.parents.get(node)
        if not (isinstance(call, ast.Call) and call.func is node):
            return
        if node.attr in UNORDERED_LISTINGS and not self._is_order_free(self.parents[call]):
            yield f"{node.attr} lists in no fixed order: sort it"
        if node.attr == "fromtimestamp" and len(call.args) + len(call.keywords) < 2:
            yield "fromtimestamp without a zone depends on the machine's"

    def _walks(self, node: ast.AST) -> Iterator[str]:
        for walked in self._walked_by(node):
            if self._is_set(walked):
                yield "a set is walked in an order that differs from process to process: sort it"

    def _walked_by(self, node: ast.AST) -> Iterator[ast.expr]:
        if isinstance(node, (ast.For, ast.AsyncFor)):
            yield node.iter
        elif isinstance(node, (ast.ListComp, ast.DictComp, ast.GeneratorExp)):
            if not self._is_order_free(self.parents.get(node)):
                yield from (generator.iter for generator in node.generators)
        elif self._unpacks(node):
            yield node.value
        elif isinstance(node, ast.Call):
            yield from self._walked_by_call(node)

    def _unpacks(self, node: ast.AST) -> TypeGuard[ast.Starred | ast.YieldFrom | ast.Assign]:
        if isinstance(node, ast.Assign):
            return isinstance(node.targets[0], (ast.Tuple, ast.List))
        if isinstance(node, ast.Starred):
            return not isinstance(self.parents.get(node), ast.Set)
        return isinstance(node, ast.YieldFrom)

    def _walked_by_call(self, call: ast.Call) -> Iterator[ast.expr]:
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if name in WALKERS and not self._is_order_free(self.parents.get(call)):
            yield from call.args
        if method in {"extend", "fromkeys", "join"}:
            yield from call.args
        if method == "pop" and not call.args and isinstance(call.func, ast.Attribute):
            yield call.func.value

    def _is_order_free(self, node: ast.AST | None) -> bool:
        return (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ORDER_FREE
        )

    def _is_set(self, node: ast.expr) -> bool:
        return _is_set_expression(node, self.sets)


def _imports(node: ast.AST, module: str) -> bool:
    if isinstance(node, ast.Import):
        return any(alias.name == module for alias in node.names)
    return isinstance(node, ast.ImportFrom) and node.module == module


def _is_set_expression(node: ast.expr, known: set[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in known
    if isinstance(node, ast.Attribute):
        return f".{node.attr}" in known
    if isinstance(node, ast.IfExp):
        return any(_is_set_expression(side, known) for side in (node.body, node.orelse))
    if isinstance(node, ast.BinOp) and isinstance(node.op, SET_OPERATORS):
        return any(_is_set_expression(s, known) or _is_keys(s) for s in (node.left, node.right))
    if isinstance(node, ast.Call):
        return _is_set_call(node, known)
    return isinstance(node, (ast.Set, ast.SetComp))


def _is_set_call(call: ast.Call, known: set[str]) -> bool:
    if isinstance(call.func, ast.Name):
        return call.func.id in {"set", "frozenset"} or f"{call.func.id}()" in known
    if isinstance(call.func, ast.Attribute):
        if call.func.attr == "copy":
            return _is_set_expression(call.func.value, known)
        return call.func.attr in SET_METHODS or f"{call.func.attr}()" in known
    return False


def _is_keys(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"items", "keys"}
    )


def _names_of_sets(tree: ast.Module) -> set[str]:
    """Names that hold sets: variables as they are, attributes with a dot, functions with ()."""
    known = set(_annotated(tree, _is_set_type))
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and _is_set_expression(node.value, known):
            known.update(name for target in node.targets for name in _target_names(target))
    return known


def _names_of_paths(tree: ast.Module) -> set[str]:
    """Names that hold paths, written as those of sets are; a number never has such a name."""
    known = set(_annotated(tree, _is_path_type))
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and _is_path(node.value, known):
            known.update(name for target in node.targets for name in _target_names(target))
    return known


def _annotated(tree: ast.Module, is_wanted: Callable[[ast.expr | None], bool]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and is_wanted(node.annotation):
            yield node.arg
        elif isinstance(node, ast.AnnAssign) and is_wanted(node.annotation):
            yield from _target_names(node.target)
            if isinstance(node.target, ast.Name):
                yield f".{node.target.id}"  # a field of a dataclass
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and is_wanted(node.returns):
            yield f"{node.name}()"
            yield f".{node.name}"  # a property


def _is_path(node: ast.expr, known: set[str]) -> bool:
    if isinstance(node, ast.Call):
        return _is_path_type(node.func)
    if isinstance(node, ast.Attribute):
        return f".{node.attr}" in known
    return isinstance(node, ast.Name) and node.id in known


def _is_path_type(annotation: ast.expr | None) -> bool:
    return isinstance(annotation, ast.Name) and annotation.id in {"Path", "Traversable"}


def _target_names(target: ast.expr) -> Iterator[str]:
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, ast.Attribute):
        yield f".{target.attr}"


def _is_set_type(annotation: ast.expr | None) -> bool:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return _is_set_type(ast.parse(annotation.value, mode="eval").body)
    if isinstance(annotation, ast.Subscript):
        return _is_set_type(annotation.value)
    if isinstance(annotation, ast.BinOp):
        return _is_set_type(annotation.left) or _is_set_type(annotation.right)
    if isinstance(annotation, ast.Attribute):
        return annotation.attr in SET_TYPES
    return isinstance(annotation, ast.Name) and annotation.id in SET_TYPES
