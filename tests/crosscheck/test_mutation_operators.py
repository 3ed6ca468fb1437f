"""Mutation operators on small snippets, and the names that mutants are kept under."""

from __future__ import annotations

import ast
import shutil
from typing import TYPE_CHECKING

import pytest

from weiproof.crosscheck.mutation import mutant, python_models, solidity
from weiproof.crosscheck.mutation.compiler import Compiler, CompilerMissing, find_modules
from weiproof.crosscheck.mutation.mutant import OPERATORS, Draft, finish
from weiproof.crosscheck.mutation.python_types import declared_kinds
from weiproof.crosscheck.mutation.sampling import in_order, sample

if TYPE_CHECKING:
    from pathlib import Path

    from weiproof.crosscheck.mutation.mutant import Mutant

MODEL = b'''
SCALE = 10
def check_small(a: int) -> None:
    """Text, 7 words."""
    if a >= SCALE:
        raise ValueError("large")
def mul_div_down(a: int, b: int, c: int) -> int:
    return a * b // c
def book(ledger: Ledger, a: int, b: int) -> int:
    check_small(a)
    ledger.total += a  # a - b
    ledger.note(a, b)
    if a < b and b != 0:
        return -a
    return min(mul_div_down(a, b, 7), b)
'''

CONTRACT = b"""// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;
library Sample {
    enum Kind { One, Two }
    error Refused();
    event Done(uint256 a, uint256 b);
    function requireSmall(uint256 a) internal pure { if (a >= 10) revert Refused(); }
    function partDown(uint256 a, uint256 b) internal pure returns (uint256) { return a / b; }
    function partUp(uint256 a, uint256 b) internal pure returns (uint256) { return a / b + 1; }
    function book(uint256 a, uint256 b, int256 c) internal returns (int256 d) {
        requireSmall(a);
        emit Done(a, b);
        if (a < b && b != 0) d = -c;
        d += c; // a - b
        uint256 e = partDown(a, /* + */ b);
        return Kind.One == Kind.Two ? c : int256(e);
    }
}
"""
UNIT = "contracts/src/Sample.sol"

PYTHON_CHANGES = [
    (mutant.CONSTANT, "10", "(10 + 1)"),
    (mutant.CONSTANT, "10", "(10 - 1)"),
    (mutant.CHECK, 'if a >= SCALE:\n        raise ValueError("large")', "pass"),
    (mutant.CHECK, "check_small(a)", "pass"),
    (mutant.CONDITION, "a >= SCALE", "not (a >= SCALE)"),
    (mutant.COMPARISON, ">=", ">"),
    (mutant.COMPARISON, "<", "<="),
    (mutant.COMPARISON, "!=", "=="),
    (mutant.ROUNDING, "a * b // c", "(-(-(a * b) // (c)))"),
    (mutant.ROUNDING, "mul_div_down(a, b, 7)", "(-(-((a) * (b)) // (7)))"),
    (mutant.ARITHMETIC, "*", "//"),
    (mutant.ARITHMETIC, "+=", "-="),
    (mutant.SIGN, "-a", "(a)"),
    (mutant.SIGN, "a * b // c", "-(a * b // c)"),
    (mutant.CONNECTIVE, "and", "or"),
    (mutant.EXTREME, "min", "max"),
    (mutant.ARGUMENTS, "a, b", "b, a"),
    (mutant.STATEMENT, "ledger.note(a, b)", "pass"),
    (
        mutant.ORDER,
        "ledger.total += a  # a - b\n    ledger.note(a, b)",
        "ledger.note(a, b)  # a - b\n    ledger.total += a",
    ),
]

SOLIDITY_CHANGES = [
    (mutant.CONSTANT, "10", "(10 + 1)"),
    (mutant.CONSTANT, "One", "Two"),
    (mutant.CHECK, "if (a >= 10) revert Refused();", "{}"),
    (mutant.CHECK, "requireSmall(a);", "{}"),
    (mutant.CONDITION, "a < b && b != 0", "!(a < b && b != 0)"),
    (mutant.COMPARISON, ">=", ">"),
    (mutant.COMPARISON, "==", "!="),
    (mutant.ROUNDING, "a / b", "(((a) + (b) - 1) / (b))"),
    (mutant.ROUNDING, "partDown", "partUp"),
    (mutant.ARITHMETIC, "/", "*"),
    (mutant.ARITHMETIC, "+=", "-="),
    (mutant.SIGN, "-c", "c"),
    (mutant.CONNECTIVE, "&&", "||"),
    (mutant.ARGUMENTS, "a, /* + */ b", "b, /* + */ a"),
    (mutant.STATEMENT, "emit Done(a, b);", "{}"),
    (mutant.STATEMENT, "d += c;", "{}"),
    (
        mutant.ORDER,
        "requireSmall(a);\n        emit Done(a, b);",
        "emit Done(a, b);\n        requireSmall(a);",
    ),
]


def changes(source: bytes, mutants: tuple[Mutant, ...]) -> list[tuple[str, str, str]]:
    """Operator, text before and text after of each mutant."""
    return [(m.operator, source[m.start : m.end].decode(), m.text.decode()) for m in mutants]


def of_model(source: bytes = MODEL) -> tuple[Mutant, ...]:
    """Mutants of a model."""
    return python_models.mutants_of("engine/sample.py", source, declared_kinds([ast.parse(source)]))


@pytest.fixture(scope="module")
def of_contract(root: Path) -> tuple[Mutant, ...]:
    """Mutants of the contract; skipped where there is no compiler."""
    if shutil.which("node") is None:
        pytest.skip("mutants of contracts need node, which is not on the path")
    try:
        modules = find_modules(root)
    except CompilerMissing:
        pytest.skip("mutants of contracts need solc: run npm ci --ignore-scripts")
    with Compiler(modules) as compiler:
        trees = compiler.trees({UNIT: CONTRACT})
    return solidity.mutants_of(UNIT, CONTRACT, trees[UNIT], solidity.declarations(trees))


@pytest.mark.parametrize("change", PYTHON_CHANGES, ids=lambda change: f"{change[0]} {change[2]}")
def test_a_model_is_changed(change: tuple[str, str, str]) -> None:
    """Each operator makes its change where Python's parser sees the place for it."""
    assert change in changes(MODEL, of_model())


def test_every_mutant_of_a_model_is_python() -> None:
    """Whatever is put in place, the module still parses, and reads different from before."""
    for each in of_model():
        changed = each.applied(MODEL)
        ast.parse(changed)
        assert changed != MODEL


def test_comments_and_texts_are_no_code() -> None:
    """Nothing is changed within comments, docstrings and messages."""
    spared = [MODEL.index(text) for text in (b"# a - b", b"7 words", b'"large"')]
    for each in of_model():
        inside = [place for place in spared if place <= each.start and each.end <= place + 7]
        assert inside == [], each.id


@pytest.mark.parametrize("change", SOLIDITY_CHANGES, ids=lambda change: f"{change[0]} {change[2]}")
def test_a_contract_is_changed(
    change: tuple[str, str, str], of_contract: tuple[Mutant, ...]
) -> None:
    """Each operator makes its change where the compiler's tree has the place for it."""
    assert change in changes(CONTRACT, of_contract)


def test_mutants_have_names_of_their_own(of_contract: tuple[Mutant, ...]) -> None:
    """No two mutants of a file share an id or a key, and all operators are known ones."""
    for mutants in (of_model(), of_contract):
        assert len({m.id for m in mutants}) == len({m.key for m in mutants}) == len(mutants)
        assert {m.operator for m in mutants} <= set(OPERATORS)


def test_ids_depend_on_the_source_alone() -> None:
    """Reading a file again gives the same ids in the same order."""
    assert [m.id for m in of_model()] == [m.id for m in of_model()]
    first = of_model()[0]
    assert first.id == f"engine/sample.py:constant:{MODEL.index(b'10')}:0"


def test_keys_outlive_changes_elsewhere() -> None:
    """A line added above moves the ids but no key."""
    moved = of_model(b"# a new line\n" + MODEL)
    assert [m.key for m in moved] == [m.key for m in of_model()]
    assert [m.id for m in moved] != [m.id for m in of_model()]


def test_the_same_change_is_made_once() -> None:
    """Two drafts that lead to one text are one mutant; a draft that changes nothing is none."""
    source = b"x = a + b"
    drafts = [
        Draft(mutant.ARITHMETIC, 6, 7, b"-", ""),
        Draft(mutant.SIGN, 4, 9, b"a - b", ""),
        Draft(mutant.SIGN, 4, 9, b"a + b", ""),
    ]
    assert [m.applied(source) for m in finish("x.py", source, drafts)] == [b"x = a - b"]


def test_a_diff_shows_the_line() -> None:
    """The diff of a mutant takes one line away and puts one there."""
    each = next(m for m in of_model() if m.operator == mutant.EXTREME)
    lines = each.diff(MODEL).splitlines()
    assert "-    return min(mul_div_down(a, b, 7), b)" in lines
    assert "+    return max(mul_div_down(a, b, 7), b)" in lines


def test_code_that_stays_the_same_is_known() -> None:
    """A change of a comment compiles alike; a change of a constant or an operator does not."""
    assert python_models.compiled_alike(MODEL, MODEL.replace(b"# a - b", b"# other"))
    assert not python_models.compiled_alike(MODEL, MODEL.replace(b"10", b"11"))
    assert not python_models.compiled_alike(MODEL, MODEL.replace(b"a < b", b"a <= b"))


def test_a_sample_takes_something_of_everything() -> None:
    """A small sample has each operator; a larger one of the same seed holds the smaller one."""
    mutants = of_model()
    operators = {m.operator for m in mutants}
    small = sample(mutants, len(operators), 5)
    assert {m.operator for m in small} == operators
    assert set(small) < set(sample(mutants, len(operators) + 6, 5))
    assert list(small) == sorted(small, key=in_order)
    assert sample(mutants, len(operators), 5) == small
    assert sample(mutants, len(operators), 6) != small
    assert sample(mutants, 10**6, 5) == tuple(sorted(mutants, key=in_order))
