"""What of a round and of several prices is the same wherever they come from.

The twin of ``PricePolicy.sol``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from weiproof.engine.errors import Panic
from weiproof.engine.fixed_point import OVERFLOW
from weiproof.engine.parameters import MAX_PRICE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .round import Round

NO_LIMIT = 2**32 - 1
"""A limit in seconds that no round exceeds."""

WAD_DECIMALS = 18
MILLION = 10**6


class Reason(IntEnum):
    """Why a feed does not count."""

    NONE = 0
    FEED_UNREADABLE = 1
    INCOMPLETE_ROUND = 2
    NON_POSITIVE_ANSWER = 3
    FUTURE_ROUND = 4
    STALE_PRICE = 5
    PRICE_TOO_LARGE = 6
    ANSWER_OUTSIDE_BOUNDS = 7


class Reducer(IntEnum):
    """How the prices of several feeds become one."""

    MEDIAN = 0
    """Of an even count the average of the two in the middle, rounded down."""
    UPPER_MEDIAN = 1
    """Of an even count the higher of the two."""
    MEAN = 2
    """Rounded down."""
    MIN = 3
    MAX = 4
    RECENT = 5
    """The latest update; of equal ones the first."""
    FIRST = 6
    """The first feed that counts: a chain of fallbacks."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How the rounds of one feed are judged. By default as strictly as can be, without bounds."""

    age_is_exclusive: bool = False
    """A round as old as its limit is stale."""
    zero_counts: bool = False
    """An answer of 0 counts; no market may use such a price."""
    any_round: bool = False
    """A round without a time, or with an older round's answer, counts."""
    future_panics: bool = False
    """The age of a round stamped later than the block underflows, and the whole read reverts."""
    max_ahead: int = 0
    """How far in the future a round may be, seconds; its age is 0."""
    min_answer: int = 0
    """Answers below it do not count."""
    max_answer: int = 0
    """Nor those above it; 0 for none."""

    def fields(self) -> tuple[int, ...]:
        """The values in the order of the struct."""
        return (
            self.age_is_exclusive,
            self.zero_counts,
            self.any_round,
            self.future_panics,
            self.max_ahead,
            self.min_answer,
            self.max_answer,
        )


def refusal(latest: Round, decimals: int, max_age: int, rules: Rules, now: int) -> Reason:  # noqa: PLR0911 - one a reason
    """Why a round does not count; the first reason that holds. Ages in seconds.

    Raises Panic where an age underflows and the rules let it.
    """
    if not rules.any_round and (
        latest.updated_at == 0 or latest.answered_in_round < latest.round_id
    ):
        return Reason.INCOMPLETE_ROUND
    if latest.answer < 0 or (latest.answer == 0 and not rules.zero_counts):
        return Reason.NON_POSITIVE_ANSWER
    if not rules.future_panics and is_ahead(latest.updated_at, rules.max_ahead, now):
        return Reason.FUTURE_ROUND
    if max_age != NO_LIMIT and is_stale(latest.updated_at, max_age, rules, now):
        return Reason.STALE_PRICE
    if latest.answer < rules.min_answer:
        return Reason.ANSWER_OUTSIDE_BOUNDS
    if rules.max_answer != 0 and latest.answer > rules.max_answer:
        return Reason.ANSWER_OUTSIDE_BOUNDS
    if latest.answer > MAX_PRICE // 10 ** (WAD_DECIMALS - decimals):
        return Reason.PRICE_TOO_LARGE
    return Reason.NONE


def is_ahead(updated_at: int, max_ahead: int, now: int) -> bool:
    """Whether an update is further in the future than it may be."""
    return max_ahead != NO_LIMIT and updated_at - now > max_ahead


def is_stale(updated_at: int, max_age: int, rules: Rules, now: int) -> bool:
    """Whether an update is older than the limit, or as old where the rules say so."""
    if updated_at > now:
        if rules.future_panics:
            raise Panic(OVERFLOW)
        return False
    age = now - updated_at
    return age > max_age or (rules.age_is_exclusive and age == max_age)


def reduced(values: Sequence[int], times: Sequence[int], reducer: int) -> int:  # noqa: PLR0911 - one a reducer
    """One price of several, of which there is one at least, in the order of their feeds."""
    if reducer == Reducer.FIRST:
        return values[0]
    if reducer == Reducer.RECENT:
        return latest(values, times)
    if reducer == Reducer.MEAN:
        return mean(values)
    ordered, count = sorted(values), len(values)
    if reducer == Reducer.MIN:
        return ordered[0]
    if reducer == Reducer.MAX:
        return ordered[-1]
    if reducer == Reducer.UPPER_MEDIAN or count % 2 == 1:
        return ordered[count // 2]
    return (ordered[count // 2 - 1] + ordered[count // 2]) // 2


def latest(values: Sequence[int], times: Sequence[int]) -> int:
    """The price of the latest update; of equal ones the first."""
    return values[times.index(max(times))]


def mean(values: Sequence[int]) -> int:
    """The mean, rounded down."""
    return sum(values) // len(values)


def deviates(price: int, base: int, millionths: int) -> bool:
    """Whether a price is further from another than so many millionths of that one."""
    return abs(price - base) * MILLION > base * millionths
