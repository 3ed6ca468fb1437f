"""Mutants of a Python model, at the places that Python's own parser tells."""

from __future__ import annotations

import ast
from itertools import pairwise
from typing import TYPE_CHECKING

from . import mutant
from .mutant import Draft, find_operator, finish
from .python_types import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import CodeType
    from typing import TypeAlias

    from .mutant import Mutant

    Change: TypeAlias = "tuple[str, int, int, bytes]"

COMMENT = rb"#[^\n]*|\\\n"

COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}

ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
}

COUNTERPARTS = mutant.COUNTERPARTS | {"*": "//"}
"""As for Solidity, but a product becomes a whole quotient, no float."""

DOWN = ("down", "floor", "Down", "Floor")
UP = ("up", "ceil", "Up", "Ceil")
"""Words in the name of a function that say which way it rounds."""


def mutants_of(file: str, source: bytes, kinds: Mapping[str, str]) -> tuple[Mutant, ...]:
    """All mutants of a module.

    :param kinds: type by name of what the models declare; see :func:`.python_types.declared_kinds`.
    :raises SyntaxError: where the source is no Python.
    """
    return finish(file, source, _Reader(source, kinds).drafts(ast.parse(source), "", {}))


def compiled_alike(first: bytes, second: bytes) -> bool:
    """Whether two sources compile to the same code, lines aside.

    Raises SyntaxError where one does not compile.
    """
    codes = (compile(text, "model", "exec", dont_inherit=True) for text in (first, second))
    plain = [_plain(code) for code in codes]
    return plain[0] == plain[1]


def _plain(code: CodeType) -> tuple[object, ...]:
    constants = tuple(
        _plain(item) if hasattr(item, "co_code") else (type(item).__name__, repr(item))
        for item in code.co_consts
    )
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, code.co_name)
    return code.co_code, constants, names, code.co_argcount, code.co_flags


class _Reader:
    """Finds the changes of one module."""

    def __init__(self, source: bytes, kinds: Mapping[str, str]) -> None:
        self.source = source
        self.kinds = kinds
        self._lines = [0]
        for line in source.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))

    def drafts(self, node: ast.AST, function: str, local: Mapping[str, str]) -> Iterator[Draft]:
        """The changes in a node and below it; `local` are the types of the names around it."""
        if isinstance(node, ast.ClassDef):
            function = node.name
        elif isinstance(node, ast.FunctionDef):
            function = node.name
            every = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
            local = {a.arg: ast.unparse(a.annotation) for a in every if a.annotation is not None}
            if node.returns is not None:
                local["return"] = ast.unparse(node.returns)
        for operator, start, end, text in self._changes(node, local):
            yield Draft(operator, start, end, text, function)
        for child in self._children(node):
            yield from self.drafts(child, function, local)

    def _children(self, node: ast.AST) -> Iterator[ast.AST]:
        """What runs: no annotation, no decorator, no docstring, no block for type checkers."""
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            return
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list"):
                continue
            for item in value if isinstance(value, list) else (value,):
                if isinstance(item, ast.AST) and not _is_text(item):
                    yield item

    def _changes(self, node: ast.AST, local: Mapping[str, str]) -> Iterator[Change]:
        if isinstance(node, ast.BinOp):
            yield from self._arithmetic(node)
        elif isinstance(node, ast.Compare):
            yield from self._comparisons(node)
        elif isinstance(node, ast.BoolOp):
            yield from self._connectives(node)
        elif isinstance(node, ast.UnaryOp):
            yield from self._unary(node)
        elif isinstance(node, ast.Constant):
            yield from self._constant(node)
        elif isinstance(node, ast.Call):
            yield from self._call(node, local)
        elif isinstance(node, ast.IfExp):
            yield from self._opposite(node.test)
        elif isinstance(node, ast.stmt):
            yield from self._statement(node, local)

    # PLACES

    def _span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None  # noqa: S101 - the parser sets it
        assert node.end_col_offset is not None  # noqa: S101 - likewise
        return (
            self._lines[node.lineno - 1] + node.col_offset,
            self._lines[node.end_lineno - 1] + node.end_col_offset,
        )

    def _text(self, node: ast.expr | ast.stmt) -> bytes:
        start, end = self._span(node)
        return self.source[start:end]

    def _between(self, left: ast.expr, right: ast.expr, operator: str) -> tuple[int, int]:
        return find_operator(
            self.source, self._span(left)[1], self._span(right)[0], operator, COMMENT
        )

    # EXPRESSIONS

    def _arithmetic(self, node: ast.BinOp) -> Iterator[Change]:
        operator = ARITHMETIC.get(type(node.op))
        if operator is None or _is_text(node.left) or _is_text(node.right):
            return
        place = self._between(node.left, node.right, operator)
        yield mutant.ARITHMETIC, *place, COUNTERPARTS[operator].encode()
        if operator == "//":
            up = b"(-(-(%s) // (%s)))" % (self._text(node.left), self._text(node.right))
            yield mutant.ROUNDING, *self._span(node), up

    def _comparisons(self, node: ast.Compare) -> Iterator[Change]:
        operands = (node.left, *node.comparators)
        for index, kind in enumerate(node.ops):
            operator = COMPARISONS[type(kind)]
            place = self._between(operands[index], operands[index + 1], operator)
            yield mutant.COMPARISON, *place, mutant.OPPOSITES[operator].encode()

    def _connectives(self, node: ast.BoolOp) -> Iterator[Change]:
        word, other = ("and", b"or") if isinstance(node.op, ast.And) else ("or", b"and")
        for left, right in zip(node.values, node.values[1:], strict=False):
            yield mutant.CONNECTIVE, *self._between(left, right, word), other

    def _unary(self, node: ast.UnaryOp) -> Iterator[Change]:
        if isinstance(node.op, (ast.USub, ast.Invert, ast.Not)):
            kind = {ast.USub: mutant.SIGN, ast.Invert: mutant.ARITHMETIC}.get(type(node.op))
            yield kind or mutant.CONDITION, *self._span(node), b"(%s)" % self._text(node.operand)

    def _constant(self, node: ast.Constant) -> Iterator[Change]:
        span, text = self._span(node), self._text(node)
        if isinstance(node.value, bool):
            yield mutant.CONSTANT, *span, str(not node.value).encode()
        elif isinstance(node.value, int):
            yield mutant.CONSTANT, *span, b"(%s + 1)" % text
            yield mutant.CONSTANT, *span, b"(%s - 1)" % text

    def _call(self, node: ast.Call, local: Mapping[str, str]) -> Iterator[Change]:
        name, place = self._called(node)
        if name in ("min", "max"):
            yield mutant.EXTREME, *place, b"max" if name == "min" else b"min"
        text = self._turned(node, name)
        if text:
            yield mutant.ROUNDING, *self._span(node), text
        if name in ("min", "max") or any(isinstance(a, ast.Starred) for a in node.args):
            return
        for first, second in zip(node.args, node.args[1:], strict=False):
            kinds = [kind_of(argument, self.kinds, local) for argument in (first, second)]
            if kinds[0] == kinds[1]:
                yield mutant.ARGUMENTS, *self._exchanged(first, second)

    def _called(self, node: ast.Call) -> tuple[str, tuple[int, int]]:
        """Name of a called function, and the name's place."""
        start, end = self._span(node.func)
        if isinstance(node.func, ast.Name):
            return node.func.id, (start, end)
        if isinstance(node.func, ast.Attribute):
            return node.func.attr, (end - len(node.func.attr.encode()), end)
        return "", (start, end)

    def _turned(self, node: ast.Call, name: str) -> bytes:
        """A quotient or product over a denominator, rounded the other way; empty for others."""
        down, up = (any(name.endswith(word) for word in words) for words in (DOWN, UP))
        down |= name == "floor_div"
        if node.keywords or not (down or up) or "div" not in name.lower():
            return b""
        texts = [b"(%s)" % self._text(argument) for argument in node.args]
        if len(texts) not in (2, 3):
            return b""
        above, below = b" * ".join(texts[:-1]), texts[-1]
        pattern = b"(-(-(%s) // %s))" if down else b"((%s) // %s)"
        return pattern % (above, below)

    def _exchanged(
        self, first: ast.expr | ast.stmt, second: ast.expr | ast.stmt
    ) -> tuple[int, int, bytes]:
        """Two pieces of text change places; what is between them stays."""
        (start, middle), (again, end) = self._span(first), self._span(second)
        between = self.source[middle:again]
        return start, end, self._text(second) + between + self._text(first)

    # STATEMENTS

    def _statement(self, node: ast.stmt, local: Mapping[str, str]) -> Iterator[Change]:
        for block in (getattr(node, "body", None), getattr(node, "orelse", None)):
            yield from self._order(block if isinstance(block, list) else [])
        if isinstance(node, ast.If):
            yield from self._if(node)
        elif isinstance(node, ast.While):
            yield from self._opposite(node.test)
        elif isinstance(node, ast.AugAssign) and type(node.op) in ARITHMETIC:
            operator = ARITHMETIC[type(node.op)] + "="
            other = COUNTERPARTS[operator.removesuffix("=")]
            place = self._between(node.target, node.value, operator)
            yield mutant.ARITHMETIC, *place, f"{other}=".encode()
        elif isinstance(node, ast.Return) and node.value and local.get("return") == "int":
            yield from self._negated(node.value)
        if _is_movable(node):
            kind = mutant.CHECK if self._is_check(node) else mutant.STATEMENT
            yield kind, *self._span(node), b"pass"

    def _if(self, node: ast.If) -> Iterator[Change]:
        leaves = isinstance(node.body[0], (ast.Raise, ast.Return, ast.Continue, ast.Break))
        if len(node.body) == 1 and leaves and not node.orelse:
            yield mutant.CHECK, *self._span(node), b"pass"
        if not ast.unparse(node.test).endswith("TYPE_CHECKING"):
            yield from self._opposite(node.test)

    def _opposite(self, test: ast.expr) -> Iterator[Change]:
        plain = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
        one = isinstance(test, ast.Compare) and len(test.ops) == 1
        exact = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.In, ast.NotIn)
        swapped = one and isinstance(getattr(test, "ops", [None])[0], exact)
        if not (plain or swapped):  # those are turned round as operators
            yield mutant.CONDITION, *self._span(test), b"not (%s)" % self._text(test)

    def _negated(self, value: ast.expr) -> Iterator[Change]:
        if not isinstance(value, (ast.UnaryOp, ast.Constant)):
            yield mutant.SIGN, *self._span(value), b"-(%s)" % self._text(value)

    def _is_check(self, node: ast.stmt) -> bool:
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
            return False
        return mutant.CHECK_NAMES.match(self._called(node.value)[0]) is not None

    def _order(self, block: Sequence[ast.stmt]) -> Iterator[Change]:
        for first, second in pairwise(block):
            if _is_movable(first) and _is_movable(second):
                yield mutant.ORDER, *self._exchanged(first, second)


def _is_text(node: ast.AST) -> bool:
    """A docstring, or the text of a message."""
    inner = node.value if isinstance(node, ast.Expr) else node
    if isinstance(inner, ast.Constant):
        return isinstance(inner.value, str)
    return isinstance(inner, ast.JoinedStr)


def _is_movable(node: ast.stmt) -> bool:
    """A statement that does something to what exists already: a call, a field that is set."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call)
    if isinstance(node, ast.AugAssign):
        return True
    if isinstance(node, ast.Assign):
        return isinstance(node.targets[0], (ast.Attribute, ast.Subscript))
    return False
