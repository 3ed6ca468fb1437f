"""Synthetix v3's circuit breakers: pass a price on, answer with another one, or revert.

The rules of ``StalenessCircuitBreakerNode`` and ``PriceDeviationCircuitBreakerNode``
(oracle-manager 3.13.0). On the chain the first is switched off on a development fork, which it
recognises by code at a certain address; that switch is not modelled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.engine.fixed_point import MAX_INT256, WAD, div_truncate, to_uint256

from .checked import int256
from .errors import OracleError

if TYPE_CHECKING:
    from .timed_price import TimedPrice


class StalenessToleranceExceeded(OracleError):
    """The price is too old, and there is no other."""

    parameters = ("parentId", "price", "staleTimestamp")
    selector = bytes.fromhex("60201994")


class DeviationToleranceExceeded(OracleError):
    """The two prices are too far apart, and there is no third."""

    parameters = ("deviation",)
    selector = bytes.fromhex("dcac0919")


class InvalidInputPrice(OracleError):
    """The price to compare with is zero while the other is not, and there is no third."""

    selector = bytes.fromhex("014cc071")


class OverflowUint256ToInt256(OracleError):
    """A tolerance does not fit a signed word."""

    selector = bytes.fromhex("cef8860a")


def staleness_breaker(
    now: int,
    tolerance: int,
    primary: TimedPrice,
    other: TimedPrice | None = None,
    node_id: bytes = bytes(32),
) -> TimedPrice:
    """The primary while it is at most `tolerance` seconds old, else the other, whatever its age.

    A price from the future passes. Raises StalenessToleranceExceeded, which names the primary's
    node, where there is no other; panics with 0x11 where the time at which it expires leaves 256
    bits.
    """
    if now <= to_uint256(primary.timestamp + tolerance):
        return primary
    if other is None:
        raise StalenessToleranceExceeded(node_id, primary.price, primary.timestamp)
    return other


def deviation_breaker(
    tolerance: int,
    primary: TimedPrice,
    comparison: TimedPrice,
    other: TimedPrice | None = None,
) -> TimedPrice:
    """The primary while it is within `tolerance` of the comparison, else the other.

    The deviation is a share of the primary, WAD, rounded down, and may be as large as the
    tolerance. Without another it raises DeviationToleranceExceeded, or InvalidInputPrice where the
    primary is 0 and the comparison is not. Raises OverflowUint256ToInt256 on a tolerance of 2^255
    and more; panics with 0x11 where the scaled difference leaves a signed word.
    """
    if primary.price == comparison.price:
        return primary
    difference = int256(abs(int256(primary.price - comparison.price)) * WAD)
    if primary.price == 0:
        if other is None:
            raise InvalidInputPrice
        return other
    if tolerance > MAX_INT256:
        raise OverflowUint256ToInt256
    deviation = div_truncate(difference, int256(abs(primary.price)))
    if deviation <= tolerance:
        return primary
    if other is None:
        raise DeviationToleranceExceeded(deviation)
    return other
