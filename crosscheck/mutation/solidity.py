"""Mutants of a Solidity source, at the places that the compiler's syntax tree tells."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from . import mutant
from .mutant import Draft, find_operator, finish
from .solidity_rounding import directions_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TypeAlias

    from .mutant import Mutant

    Node: TypeAlias = Mapping[str, Any]

COMMENT = rb"/\*.*?\*/|//[^\n]*"

LEFT_OUT = frozenset(
    {
        "ArrayTypeName",
        "ErrorDefinition",
        "EventDefinition",
        "ImportDirective",
        "InlineAssembly",
        "PragmaDirective",
        "StructuredDocumentation",
        "UsingForDirective",
    }
)
"""Nodes that are not looked into."""

BLOCK_COMMANDS = frozenset({"Continue", "Return", "RevertStatement", "Break"})


def mutants_of(
    file: str, source: bytes, tree: Node, known: Mapping[int, Node]
) -> tuple[Mutant, ...]:
    """All mutants of a source.

    :param tree: the compiler's syntax tree of the source.
    :param known: every declaration of all sources by its number; see :func:`declarations`.
    """
    return finish(file, source, _Reader(source, known).drafts(tree, ""))


def declarations(trees: Mapping[str, Node]) -> dict[int, Node]:
    """Every function and enum of all sources by the compiler's number."""
    known: dict[int, Node] = {}
    for tree in trees.values():
        for node in _walk(tree):
            if node["nodeType"] in ("FunctionDefinition", "EnumDefinition", "ContractDefinition"):
                known[node["id"]] = node
    return known


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in _children(node):
        yield from _walk(child)


def _children(node: Node) -> Iterator[Node]:
    for value in node.values():
        for item in value if isinstance(value, list) else (value,):
            if isinstance(item, dict) and "nodeType" in item:
                yield item


def _name_called(call: Node) -> str:
    expression = call["expression"]
    return str(expression.get("memberName") or expression.get("name") or "")


def _is_signed(node: Node) -> bool:
    kind = _type(node)
    return kind.startswith("int") and not kind.startswith("int_const")


def _type(node: Node) -> str:
    return str((node.get("typeDescriptions") or {}).get("typeString") or "")


class _Reader:
    """Finds the changes of one source."""

    def __init__(self, source: bytes, known: Mapping[int, Node]) -> None:
        self.source = source
        self.known = known
        self.function = ""

    def drafts(self, node: Node, function: str) -> Iterator[Draft]:
        """The changes in a node and below it."""
        kind = node["nodeType"]
        if kind in LEFT_OUT:
            return
        if kind in ("FunctionDefinition", "ModifierDefinition", "ContractDefinition"):
            function = node["name"] or node.get("kind", function)
        for operator, start, end, text in self._changes(node):
            yield Draft(operator, start, end, text, function)
        for child in _children(node):
            yield from self.drafts(child, function)

    def _changes(self, node: Node) -> Iterator[tuple[str, int, int, bytes]]:
        reader = getattr(self, f"_{node['nodeType']}", None)
        if reader is not None:
            yield from reader(node)

    # PLACES

    def _span(self, node: Node) -> tuple[int, int]:
        start, length, _ = (int(part) for part in node["src"].split(":"))
        return start, start + length

    def _text(self, node: Node) -> bytes:
        start, end = self._span(node)
        return self.source[start:end]

    def _between(self, left: Node, right: Node, operator: str) -> tuple[int, int]:
        return find_operator(
            self.source, self._span(left)[1], self._span(right)[0], operator, COMMENT
        )

    # EXPRESSIONS

    def _BinaryOperation(self, node: Node) -> Iterator[tuple[str, int, int, bytes]]:  # noqa: N802
        left, right, operator = node["leftExpression"], node["rightExpression"], node["operator"]
        place = self._between(left, right, operator)
        if operator in mutant.OPPOSITES:
            yield mutant.COMPARISON, *place, mutant.OPPOSITES[operator].encode()
        elif operator in ("&&", "||"):
            yield mutant.CONNECTIVE, *place, b"||" if operator == "&&" else b"&&"
        else:
            yield mutant.ARITHMETIC, *place, mutant.COUNTERPARTS[operator].encode()
        if operator == "/" and _type(node).startswith("uint"):
            up = b"(((%s) + (%s) - 1) / (%s))"
            above, below = self._text(left), self._text(right)
            yield mutant.ROUNDING, *self._span(node), up % (above, below, below)

    def _UnaryOperation(self, node: Node) -> Iterator[tuple[str, int, int, bytes]]:  # noqa: N802
        operator, inner, span = node["operator"], node["subExpression"], self._span(node)
        if operator in ("-", "~", "!"):
            kind = {"-": mutant.SIGN, "~": mutant.ARITHMETIC, "!": mutant.CONDITION}[operator]
            yield kind, *span, self._text(inner)
        elif operator in ("++", "--"):
            other = b"--" if operator == "++" else b"++"
            text = other + self._text(inner) if node["prefix"] else self._text(inner) + other
            yield mutant.ARITHMETIC, *span, text

    def _Assignment(self, node: Node) -> Iterator[tuple[str, int, int, bytes]]:  # noqa: N802
        operator, value = node["operator"], node["rightHandSide"]
        if operator != "=":
            place = self._between(node["leftHandSide"], value, operator)
            other = mutant.COUNTERPARTS[operator.removesuffix("=")]
            yield mutant.ARITHMETIC, *place, f"{other}=".encode()
        else:
            yield from self._negated(value)

    def _VariableDeclaration(self, node: Node) -> Iterator[tuple[str, int, int, bytes]]:  # noqa: N802
        if node.get("value"):
            yield from self._negated(node["value"])

    def _VariableDeclarationStatement(  # noqa: N802
        self, node: Node
    ) -> Iterator[tuple[str, int, int, bytes]]:
        if node.get("initialValue"):
            yield from self._negated(node["initialValue"])

    def _Return(self, node: Node) -> Iterator[tuple[str, int, int, bytes]]:  # noqa: N802
        if node.get("expression"):
            yield from self._negated(node["expression"])

    def _negated(self, value: Node) -> Iterator[tuple[str, int, int, bytes]]:
        """A minus before a signed value; where it has one, dropping it is the same change."""
        if _is_signed(value) and value["nodeType"] != "UnaryOperation":
            yield mutant.SIGN, *self._span(value), b"-(%s)" % self._text(value)

    def _Literal(self, node: Node) -> Iterator[tuple[str, int, int, bytes]]:  # noqa: N802
        span, text = self._span(node), self._text(node)
        if node["kind"] == "bool":
            yield mutant.CONSTANT, *span, b"false" if text == b"true" else b"true"
        elif node["kind"] == "number" and _type(node).startswith("int_const"):
            yield mutant.CONSTANT, *span, b"(%s + 1)" % text
            if _type(node) != "int_const 0":
                yield mutant.CONSTANT, *span, b"(%s - 1)" % text

    def _MemberAccess(self, node: Node) -> Iterator[tuple[str, int, int, bytes]]:  # noqa: N802
        """A value of an enum becomes the next one."""
        if not _type(node["expression"]).startswith("type(enum"):
            return
        start, length, _ = (int(part) for part in node["memberLocation"].split(":"))
        name, span = node["memberName"], (start, start + length)
        if _type(node) == "enum Math.Rounding":
            yield mutant.ROUNDING, *span, b"Floor" if name == "Ceil" else b"Ceil"
            return
        declared = self.known.get(node["expression"].get("referencedDeclaration", -1))
        names = [member["name"] for member in declared["members"]] if declared else []
        if name in names:
            following = names[(names.index(name) + 1) % len(names)]
            yield mutant.CONSTANT, *span, following.encode()

    def _Conditional(self, node: Node) -> Iterator[tuple[str, int, int, bytes]]:  # noqa: N802
        yield from self._opposite(node["condition"])

    # CALLS

    def _FunctionCall(self, node: Node) -> Iterator[tuple[str, int, int, bytes]]:  # noqa: N802
        if node["kind"] == "typeConversion":
            return
        arguments, name = node["arguments"], _name_called(node)
        for first, second in pairwise(arguments):
            if not node["names"] and _type(first) == _type(second):
                yield mutant.ARGUMENTS, *self._exchanged(first, second)
        if name in ("min", "max"):
            other = b"max" if name == "min" else b"min"
            yield mutant.EXTREME, *self._called(node), other
        for text, whole in directions_of(node, name, self._text, self.known):
            yield mutant.ROUNDING, *(self._span(node) if whole else self._called(node)), text

    def _called(self, node: Node) -> tuple[int, int]:
        """Place of the name of a called function."""
        place = node["expression"].get("memberLocation") or node["expression"]["src"]
        start, length, _ = (int(part) for part in place.split(":"))
        return start, start + length

    def _exchanged(self, first: Node, second: Node) -> tuple[int, int, bytes]:
        """Two pieces of text change places; what is between them stays."""
        (start, middle), (again, end) = self._span(first), self._span(second)
        between = self.source[middle:again]
        return start, end, self._text(second) + between + self._text(first)

    # STATEMENTS

    def _IfStatement(self, node: Node) -> Iterator[tuple[str, int, int, bytes]]:  # noqa: N802
        body = node["trueBody"]
        only = body["statements"] if body["nodeType"] == "Block" else [body]
        leaves = len(only) == 1 and only[0]["nodeType"] in BLOCK_COMMANDS
        if leaves and not node.get("falseBody"):
            start, end = self._span(node)
            yield mutant.CHECK, start, self._whole(only[0])[1] if only[0] is body else end, b"{}"
        yield from self._opposite(node["condition"])

    def _WhileStatement(self, node: Node) -> Iterator[tuple[str, int, int, bytes]]:  # noqa: N802
        yield from self._opposite(node["condition"])

    def _opposite(self, condition: Node) -> Iterator[tuple[str, int, int, bytes]]:
        plain = condition["nodeType"] == "UnaryOperation" and condition["operator"] == "!"
        swapped = condition.get("operator") in ("==", "!=")
        if not (plain or swapped):  # those are turned round as operators
            yield mutant.CONDITION, *self._span(condition), b"!(%s)" % self._text(condition)

    def _ExpressionStatement(self, node: Node) -> Iterator[tuple[str, int, int, bytes]]:  # noqa: N802
        expression = node["expression"]
        named = expression["nodeType"] == "FunctionCall" and _name_called(expression)
        checks = bool(named and mutant.CHECK_NAMES.match(named))
        yield mutant.CHECK if checks else mutant.STATEMENT, *self._whole(node), b"{}"

    def _EmitStatement(self, node: Node) -> Iterator[tuple[str, int, int, bytes]]:  # noqa: N802
        yield mutant.STATEMENT, *self._whole(node), b"{}"

    def _whole(self, node: Node) -> tuple[int, int]:
        """A statement with its semicolon."""
        start, end = self._span(node)
        return start, self.source.index(b";", end) + 1 if self.source[
            end - 1 : end
        ] != b";" else end

    def _Block(self, node: Node) -> Iterator[tuple[str, int, int, bytes]]:  # noqa: N802
        statements = node["statements"] or []
        for first, second in pairwise(statements):
            kinds = {first["nodeType"], second["nodeType"]}
            if kinds <= {"ExpressionStatement", "EmitStatement"}:
                (start, middle), (again, end) = self._whole(first), self._whole(second)
                parts = self.source[again:end], self.source[middle:again], self.source[start:middle]
                yield mutant.ORDER, start, end, b"".join(parts)

    def _ModifierInvocation(self, node: Node) -> Iterator[tuple[str, int, int, bytes]]:  # noqa: N802
        if node.get("kind") == "modifierInvocation":
            yield mutant.CHECK, *self._span(node), b""
