"""A time-weighted average of two points of Pyth's sums, as ``Pyth.sol`` 1.4.5 takes it.

Prices are divided toward zero, in the widths of the contract.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.engine.errors import Panic
from weiproof.engine.fixed_point import DIVISION_BY_ZERO, OVERFLOW, div_truncate
from weiproof.oracles.checked import wrapped_int

from .errors import InvalidTwapUpdateData, InvalidTwapUpdateDataSet
from .structs import Price, TwapPriceFeed

if TYPE_CHECKING:
    from .accumulator import TwapUpdate

PPM = 1_000_000


def twap_between(start: TwapUpdate, end: TwapUpdate) -> TwapPriceFeed:
    """The average from one point to the other; its time is the end's.

    Reverts with InvalidTwapUpdateData where a point is not the first of its publish time, with
    InvalidTwapUpdateDataSet where exponents differ or the end comes first. Panics with 0x12 where
    both are of one slot, and with 0x11 where a sum shrinks or leaves its width.
    """
    _check(start, end)
    slots = end.publish_slot - start.publish_slot
    price_sum = end.cumulative_price - start.cumulative_price
    if not -(2**127) <= price_sum < 2**127:
        raise Panic(OVERFLOW)
    conf_sum = _unsigned(end.cumulative_conf - start.cumulative_conf, 128)
    if slots == 0:
        raise Panic(DIVISION_BY_ZERO)
    price = wrapped_int(div_truncate(price_sum, slots), 64)
    conf = conf_sum // slots % 2**64
    down = _unsigned(_unsigned(end.num_down_slots - start.num_down_slots, 64) * PPM, 64)
    twap = Price(price, conf, start.expo, end.publish_time)
    times = start.publish_time, end.publish_time
    return TwapPriceFeed(start.price_id, *times, twap, down // slots % 2**32)


def _check(start: TwapUpdate, end: TwapUpdate) -> None:
    for point in (start, end):
        if point.prev_publish_time >= point.publish_time:
            raise InvalidTwapUpdateData
    if start.expo != end.expo or start.publish_slot > end.publish_slot:
        raise InvalidTwapUpdateDataSet
    if start.publish_time > end.publish_time:
        raise InvalidTwapUpdateDataSet


def _unsigned(x: int, bits: int) -> int:
    """X as the result of checked unsigned arithmetic."""
    if not 0 <= x < 1 << bits:
        raise Panic(OVERFLOW)
    return x
