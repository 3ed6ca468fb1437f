"""The nodes of a network: when each sees which price, and what it says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.engine.fixed_point import div_truncate

if TYPE_CHECKING:
    from typing import TypeAlias

    from .paths import StepPath

PPM = 10**6


@dataclass(frozen=True, slots=True)
class Multiple:
    """A lie: what the node saw times an exact fraction, truncated toward zero."""

    numerator: int
    denominator: int = 1

    def __post_init__(self) -> None:
        """Refuse with `ValueError` a fraction without a positive denominator."""
        if self.denominator <= 0:
            raise ValueError("the denominator of a multiple is above 0")

    def told(self, seen: int, stored: int | None) -> int:  # noqa: ARG002 - one signature for all lies
        """Return what the node says."""
        return div_truncate(seen * self.numerator, self.denominator)


@dataclass(frozen=True, slots=True)
class Fixed:
    """A lie: the same answer at all times."""

    answer: int

    def told(self, seen: int, stored: int | None) -> int:  # noqa: ARG002 - one signature for all lies
        """Return what the node says."""
        return self.answer


@dataclass(frozen=True, slots=True)
class LastAnswer:
    """A lie: whatever the feed stores already; what the node saw where it stores nothing."""

    def told(self, seen: int, stored: int | None) -> int:
        """Return what the node says."""
        return seen if stored is None else stored


if TYPE_CHECKING:
    Lie: TypeAlias = Multiple | Fixed | LastAnswer


@dataclass(frozen=True, slots=True)
class Node:
    """One node. An honest one says what it sees."""

    name: str
    """Names its draws as well: nodes of one network have different names."""
    delay_ms: int = 0
    """Age of the price that it sees."""
    noise_ppm: int = 0
    """Largest error of what it sees either way, in millionths of the price; uniform."""
    skew_ms: int = 0
    """What its clock shows less the true time."""
    outages: tuple[tuple[int, int], ...] = ()
    """Times [from, to), unix seconds, at which it neither observes nor signs nor transmits."""
    lie: Lie | None = None
    """What it says instead of what it sees."""
    signs: bool = True
    """Whether it signs the reports of others."""
    max_gas_price: int | None = None
    """Most that it bids for a transmission, wei; None for any price."""

    def __post_init__(self) -> None:
        """Refuse with `ValueError` what no node can have."""
        if self.delay_ms < 0:
            raise ValueError(f"node {self.name}: a delay is not negative, got {self.delay_ms}")
        if not 0 <= self.noise_ppm < PPM:
            raise ValueError(f"node {self.name}: noise is 0 to 999999 ppm, got {self.noise_ppm}")

    def is_up(self, time_ms: int) -> bool:
        """Return whether it works at a time; the end of an outage is up again."""
        return not any(start * 1000 <= time_ms < end * 1000 for start, end in self.outages)

    def observe(
        self, prices: StepPath, time_ms: int, stored: int | None, error_ppm: int
    ) -> int | None:
        """Return what it says of the price at a time; None where it is down or knows no price.

        `error_ppm` is its drawn error, `stored` the answer that the feed holds. An error truncates
        toward zero.
        """
        if not self.is_up(time_ms):
            return None
        seen = prices.at(time_ms - self.delay_ms)
        if seen is None:
            return None
        if error_ppm:
            seen = div_truncate(seen * (PPM + error_ppm), PPM)
        return seen if self.lie is None else self.lie.told(seen, stored)
