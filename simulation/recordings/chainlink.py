"""Rounds of a Chainlink feed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from weiproof.oracles.round import Round

from .table import EPOCH, ImportProblem, Row, Update, rows, wad_points

if TYPE_CHECKING:
    from collections.abc import Iterable

ROUND_COLUMNS = (
    "round_id",
    "phase_id",
    "aggregator_round_id",
    "answer",
    "answer_decimal",
    "started_at",
    "updated_at",
    "updated_at_utc",
    "answered_in_round",
)
"""Header of a round dump."""

PHASE_BITS = 64


@dataclass(frozen=True, slots=True)
class RoundDump:
    """All written rounds of a dump."""

    decimals: int
    rounds: tuple[Round, ...]
    zero_rounds: int
    """Rows of unwritten rounds (all zero), left out of `rounds`."""
    lines: tuple[int, ...]
    """Line of each round."""

    @property
    def updates(self) -> tuple[Update, ...]:
        """Update time and answer of each round."""
        placed = zip(self.lines, self.rounds, strict=True)
        return tuple(Update(line, one.updated_at, one.answer) for line, one in placed)

    @property
    def missing(self) -> int:
        """Round ids that are left out between two rounds of one phase."""
        return sum(
            after.round_id - before.round_id - 1
            for before, after in pairwise(self.rounds)
            if before.round_id >> PHASE_BITS == after.round_id >> PHASE_BITS
        )


def chainlink_rounds(raw: bytes, name: str, *, ordered: bool = True) -> RoundDump:
    """Return the rounds of a Chainlink dump; rows of unwritten rounds (all zero) are counted.

    The decimals are those of the column `answer_decimal`, which must agree with the raw answer.
    Round ids must rise. Where `ordered`, update times must not fall (they may repeat) and answers
    must lie above 0, which makes the dump a price path.
    """
    found: list[Round] = []
    lines: list[int] = []
    decimals: int | None = None
    zero_rounds = 0
    for row in rows(raw, name, ROUND_COLUMNS):
        if decimals is None:
            decimals = len(row.cells["answer_decimal"].partition(".")[2])
        current = _round(row, decimals)
        if current.updated_at == 0 and current.answer == 0:
            zero_rounds += 1
            continue
        if found and current.round_id <= found[-1].round_id:
            row.refuse("round_id", "a round id above the row before")
        if ordered:
            _check_order(row, found, current)
        found.append(current)
        lines.append(row.line)
    if decimals is None or not found:
        raise ImportProblem(name, 2, "", "at least one written round")
    return RoundDump(decimals, tuple(found), zero_rounds, tuple(lines))


def _round(row: Row, decimals: int) -> Round:
    answer = row.integer("answer")
    if row.decimal("answer_decimal", decimals) != answer:
        row.refuse("answer_decimal", f"the answer with {decimals} decimals")
    round_id = row.integer("round_id")
    phased = row.integer("phase_id") << PHASE_BITS | row.integer("aggregator_round_id")
    if round_id != phased:
        row.refuse("round_id", "phase_id * 2**64 + aggregator_round_id")
    started_at, updated_at = row.seconds("started_at"), row.seconds("updated_at")
    return Round(round_id, answer, started_at, updated_at, row.integer("answered_in_round"))


def _check_order(row: Row, before: list[Round], current: Round) -> None:
    if current.answer <= 0:
        row.refuse("answer", "an answer above 0 in a written round")
    if current.updated_at <= 0 or (before and current.updated_at < before[-1].updated_at):
        row.refuse("updated_at", "a time not before the row before")


def dump_of(found: Iterable[Round], decimals: int) -> str:
    """Return written rounds as the text of a dump, which :func:`chainlink_rounds` reads again."""
    lines = [",".join(ROUND_COLUMNS)]
    for one in found:
        sign = "-" if one.answer < 0 else ""
        digits = str(abs(one.answer)).rjust(decimals + 1, "0")
        shown = f"{sign}{digits[: len(digits) - decimals]}.{digits[len(digits) - decimals :]}"
        moment = (EPOCH + timedelta(seconds=one.updated_at)).strftime("%Y-%m-%dT%H:%M:%SZ")
        phase, number = divmod(one.round_id, 1 << PHASE_BITS)
        ids = f"{one.round_id},{phase},{number}"
        times = f"{one.started_at},{one.updated_at},{moment}"
        lines.append(f"{ids},{one.answer},{shown.rstrip('.')},{times},{one.answered_in_round}")
    return "\n".join(lines) + "\n"


def round_points(raw: bytes, name: str) -> tuple[tuple[int, int], ...]:
    """Return the points of a Chainlink dump; of rounds that share a time the last one counts."""
    dump = chainlink_rounds(raw, name)
    return wad_points(dump.updates, name, ("updated_at", "answer"), dump.decimals)
