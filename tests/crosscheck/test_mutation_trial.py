"""Mutants of contracts and models are killed by lockstep; nothing of the real tree changes."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from weiproof.contracts.chains import ChainUnavailable, open_chain
from weiproof.crosscheck.mutation import equivalents, mutant, trial
from weiproof.crosscheck.mutation.compiler import (
    Compiler,
    CompilerMissing,
    DoesNotCompile,
    find_modules,
    read_sources,
)
from weiproof.crosscheck.mutation.mutant import Draft, finish
from weiproof.crosscheck.mutation.subjects import SOURCES, Contracts, Models
from weiproof.crosscheck.mutation.trial import EQUIVALENT, INVALID, KILLED, SURVIVED, Bench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weiproof.crosscheck.mutation.mutant import Mutant

FEED = "contracts/src/Feed.sol"
NEEDED = (FEED, "contracts/src/interfaces/AggregatorV3Interface.sol")
"""The feed's source with what it imports; the campaign takes all else from the package."""


@pytest.fixture(scope="module")
def bench() -> Bench:
    """One short campaign, on revm; skipped where it is not installed."""
    try:
        open_chain("revm", genesis_time=1)
    except ChainUnavailable as absent:
        pytest.skip(f"trials need revm: {absent.reason}")
    return Bench((7,), 240, "revm")


@pytest.fixture(scope="module")
def models() -> Models:
    """The models' modules."""
    return Models()


@pytest.fixture(scope="module")
def compiler(root: Path) -> Iterator[Compiler]:
    """A warm compiler; skipped where there is none."""
    if shutil.which("node") is None:
        pytest.skip("mutants of contracts need node, which is not on the path")
    try:
        modules = find_modules(root)
    except CompilerMissing:
        pytest.skip("mutants of contracts need solc: run npm ci --ignore-scripts")
    with Compiler(modules) as warm:
        yield warm


def only(file: str, source: bytes, old: bytes, new: bytes) -> Mutant:
    """The mutant that replaces the only place of a text."""
    assert source.count(old) == 1
    start = source.index(old)
    (found,) = finish(file, source, [Draft(mutant.CONSTANT, start, start + len(old), new, "")])
    return found


def test_models_are_judged(models: Models, bench: Bench) -> None:
    """A wrong rule is killed by a difference; what compiles alike or not at all is told apart."""
    models.prepare(bench)
    file = "engine/fixed_point.py"
    source = models.source(file)
    wrong = next(m for m in models.mutants() if m.file == file and m.operator == mutant.ROUNDING)
    before = source
    verdict = models.judge(wrong, bench)
    assert (verdict.status, verdict.by, verdict.seed) == (KILLED, "divergence", 7)
    assert 0 < verdict.calls <= bench.steps
    assert verdict.detail
    first_import = b"from __future__ import annotations"
    alike = only(file, source, first_import, first_import + b"  # a comment")
    assert models.judge(alike, bench).status == EQUIVALENT
    broken = only(file, source, first_import, b"def :")
    assert models.judge(broken, bench).status == INVALID
    assert models.source(file) == before


@pytest.mark.parametrize(
    ("text", "by", "word"),
    [
        ("raise RuntimeError('lost')", "crash", "RuntimeError: lost"),
        ("while True: pass", "timeout", "processor time"),
    ],
)
def test_a_model_that_falls_or_hangs_is_killed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, text: str, by: str, word: str
) -> None:
    """An exception that is no rule's, and an endless loop, kill as well."""
    monkeypatch.setattr(trial, "START_SECONDS", 2)
    verdict = trial.try_module(bench, "weiproof.engine.bits", "bits.py", text, ("",))
    assert (verdict.status, verdict.by) == (KILLED, by)
    assert word in verdict.detail


def test_an_unchanged_module_survives(models: Models, bench: Bench) -> None:
    """The module's own text, served in its place, passes and ends with the same state hash."""
    hashes = trial.baseline(bench)
    source = models.source("engine/margin.py").decode()
    verdict = trial.try_module(bench, "weiproof.engine.margin", "margin.py", source, hashes)
    assert verdict.status == SURVIVED
    other = trial.try_module(bench, "weiproof.engine.margin", "margin.py", source, ("00",))
    assert (other.status, other.by) == (KILLED, "state hash")


def test_contracts_are_judged(compiler: Compiler, bench: Bench) -> None:
    """A contract's wrong rule is killed; what compiles alike or not at all is told apart."""
    plain = read_sources(SOURCES)
    contracts = Contracts({unit: plain[unit] for unit in plain if unit in NEEDED}, compiler)
    source = contracts.source(FEED)
    wrong = next(
        m
        for m in contracts.mutants()
        if m.file == FEED and m.before.startswith("emit AnswerUpdated")
    )
    verdict = contracts.judge(wrong, bench)
    assert (verdict.status, verdict.by, verdict.seed) == (KILLED, "divergence", 7)
    title = b"/// @title"
    alike = only(FEED, source, title, b"// more\n" + title)
    assert contracts.judge(alike, bench).status == EQUIVALENT
    broken = only(FEED, source, title, b"contract {")
    assert contracts.judge(broken, bench).status == INVALID
    assert read_sources(SOURCES) == plain


def test_every_equivalent_fits_a_model(models: Models) -> None:
    """Each entry on a model names a mutant that there is: a changed line needs a new look."""
    assert equivalents.outdated(equivalents.shipped(), models.mutants()) == []


def test_every_equivalent_fits_a_contract(compiler: Compiler) -> None:
    """Each entry on a contract names a mutant that there is: a changed line needs a new look."""
    contracts = Contracts(read_sources(SOURCES), compiler)
    assert equivalents.outdated(equivalents.shipped(), contracts.mutants()) == []


def test_what_does_not_compile_is_told_and_the_compiler_stays(compiler: Compiler) -> None:
    """After a refusal the same process answers the next question."""
    unit = "contracts/src/Tiny.sol"
    with pytest.raises(DoesNotCompile, match="Tiny"):
        compiler.contracts({unit: b"contract Tiny { uint x = ; }"}, {unit: ["Tiny"]})
    text = b"pragma solidity ^0.8.24; contract Tiny { uint256 public x = 7; }"
    built = compiler.contracts({unit: text}, {unit: ["Tiny"]})
    assert built["Tiny.sol/Tiny.json"]["bytecode"]["object"].startswith("0x60")


def test_a_missing_compiler_is_told(tmp_path: Path) -> None:
    """Where no node_modules holds solc, the message says how to get it."""
    with pytest.raises(CompilerMissing, match="npm ci"):
        find_modules(tmp_path)
