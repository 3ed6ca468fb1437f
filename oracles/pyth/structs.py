"""Pyth's structs, as ``PythStructs.sol`` has them, and their ABI encoding.

A price is ``price * 10**expo``, give or take ``conf * 10**expo``; times are unix seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from weiproof.oracles.words import decode_words, encode_words, integers

if TYPE_CHECKING:
    from collections.abc import Sequence

PRICE = ("int64", "uint64", "int32", "uint256")
PRICE_FEED = ("bytes32", *PRICE, *PRICE)
TWAP_PRICE_FEED = ("bytes32", "uint64", "uint64", *PRICE, "uint32")

NO_ID = bytes(32)
"""Id of no price."""


class Price(NamedTuple):
    """A price, or a moving average of it, with its confidence interval."""

    price: int = 0
    conf: int = 0
    expo: int = 0
    publish_time: int = 0


NO_PRICE = Price()
"""What was never stored."""


class PriceFeed(NamedTuple):
    """What is known of a price at one publish time."""

    price_id: bytes = NO_ID
    price: Price = NO_PRICE
    ema_price: Price = NO_PRICE
    """Exponentially weighted moving average."""


class TwapPriceFeed(NamedTuple):
    """A time-weighted average."""

    price_id: bytes
    start_time: int
    end_time: int
    twap: Price
    down_slots_ratio: int
    """Share of slots without a price, parts per million."""


def encode_price_feed(feed: PriceFeed, previous: int) -> bytes:
    """An update as MockPyth takes it: ``abi.encode(PriceFeed, uint64)``."""
    values = (feed.price_id, *feed.price, *feed.ema_price, previous)
    return encode_words((*PRICE_FEED, "uint64"), values)


def decode_price_feed(data: bytes) -> PriceFeed:
    """The price feed at the beginning of an update; reverts without data where there is none."""
    return _price_feed(decode_words(PRICE_FEED, data))


def decode_price_update(data: bytes) -> tuple[PriceFeed, int]:
    """The price feed and the publish time before; reverts without data where these are missing."""
    *feed, previous = decode_words((*PRICE_FEED, "uint64"), data)
    return _price_feed(feed), cast("int", previous)


def encode_twap_price_feed(feed: TwapPriceFeed) -> bytes:
    """A time-weighted average as MockPyth takes it."""
    values = (feed.price_id, feed.start_time, feed.end_time, *feed.twap, feed.down_slots_ratio)
    return encode_words(TWAP_PRICE_FEED, values)


def decode_twap_price_feed(data: bytes) -> TwapPriceFeed:
    """A time-weighted average; reverts without data where there is none."""
    id_, *words = decode_words(TWAP_PRICE_FEED, data)
    start, end, *twap, down = integers(words)
    return TwapPriceFeed(cast("bytes", id_), start, end, Price(*twap), down)


def _price_feed(values: Sequence[int | bytes]) -> PriceFeed:
    id_, *words = values
    numbers = integers(words)
    return PriceFeed(cast("bytes", id_), Price(*numbers[:4]), Price(*numbers[4:]))
