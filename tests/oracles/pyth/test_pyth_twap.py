"""Averages between two points of Pyth's sums."""

from __future__ import annotations

import pytest

from weiproof.engine.errors import Panic
from weiproof.oracles.pyth.accumulator import TwapUpdate
from weiproof.oracles.pyth.errors import InvalidTwapUpdateData, InvalidTwapUpdateDataSet
from weiproof.oracles.pyth.twap import twap_between

ID = b"\x11" * 32
START = TwapUpdate(ID, 100, 50, 3, 10, 1000, 999, -8)
END = TwapUpdate(ID, 107, 57, 4, 13, 1003, 1002, -8)


def test_sums_are_divided_by_slots() -> None:
    """Price, confidence and missed slots in parts per million; the time is the end's."""
    average = twap_between(START, END)
    assert average == (ID, 1000, 1003, (2, 2, -8, 1003), 333_333)


def test_a_negative_average_is_rounded_toward_zero() -> None:
    """-7 over three slots is -2, where a floor would be -3."""
    end = END._replace(cumulative_price=93)
    assert twap_between(START, end).twap.price == -2


@pytest.mark.parametrize(
    ("start", "end", "error"),
    [
        ({"prev_publish_time": 1000}, {}, InvalidTwapUpdateData),
        ({}, {"prev_publish_time": 1003}, InvalidTwapUpdateData),
        ({"expo": -7}, {}, InvalidTwapUpdateDataSet),
        ({"publish_slot": 14}, {}, InvalidTwapUpdateDataSet),
        ({"publish_time": 1004}, {}, InvalidTwapUpdateDataSet),
    ],
    ids=("start not first", "end not first", "exponents", "slots", "times"),
)
def test_points_that_do_not_belong_together_are_refused(
    start: dict[str, int], end: dict[str, int], error: type[Exception]
) -> None:
    """Not the first of its time, of another exponent, or the wrong way round."""
    with pytest.raises(error):
        twap_between(START._replace(**start), END._replace(**end))  # type: ignore[arg-type]  # integers all


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        ({"publish_slot": 13}, {}, 0x12),
        ({"cumulative_price": -(2**127)}, {"cumulative_price": 0}, 0x11),
        ({"cumulative_conf": 58}, {}, 0x11),
        ({"num_down_slots": 5}, {}, 0x11),
        ({"num_down_slots": 0}, {"num_down_slots": 2**64 // 10**6 + 1}, 0x11),
        ({"publish_slot": 13, "cumulative_conf": 58}, {}, 0x11),
        ({"publish_slot": 13, "num_down_slots": 5}, {}, 0x12),
    ],
)
def test_sums_that_overflow_panic(start: dict[str, int], end: dict[str, int], code: int) -> None:
    """In the contract's order: price, confidence, slots, missed slots."""
    with pytest.raises(Panic) as caught:
        twap_between(START._replace(**start), END._replace(**end))  # type: ignore[arg-type]  # integers all
    assert caught.value.args == (code,)


def test_an_average_that_is_too_wide_is_cut() -> None:
    """Price and confidence to 64 bits, missed slots to 32, without a revert."""
    end = END._replace(
        publish_slot=11, cumulative_price=100 + 2**63, cumulative_conf=50 + 2**64 + 5,
        num_down_slots=3 + 5000,
    )  # fmt: skip
    average = twap_between(START, end)
    assert (average.twap.price, average.twap.conf) == (-(2**63), 5)
    assert average.down_slots_ratio == 5000 * 10**6 % 2**32


def test_one_time_and_the_smallest_sum_are_fine() -> None:
    """Equal publish times pass, and the smallest int128 divides."""
    start = START._replace(cumulative_price=0, publish_time=1003, prev_publish_time=1002)
    end = END._replace(cumulative_price=-(2**127), publish_slot=10 + 2**63)
    assert twap_between(start, end).twap.price == wrapped(-(2**64))


def wrapped(x: int) -> int:
    """X in 64 bits."""
    return (x + 2**63) % 2**64 - 2**63
