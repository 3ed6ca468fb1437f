"""The contract in use, above all where the mock is not like it."""

from __future__ import annotations

import pytest

from tests.oracles.pyth.pyth_desk import (
    BTC,
    CALL_FEE,
    ETH,
    FEE,
    NOW,
    PERIOD,
    PythDesk,
    mock,
    mock_update,
    real,
)
from weiproof.oracles.pyth.accumulator import PriceUpdate, TwapUpdate, encode_update
from weiproof.oracles.pyth.pyth import Pyth
from weiproof.oracles.pyth.structs import NO_ID, PriceFeed

ALWAYS = (0, 2**64 - 1)
CONFIG = "parsePriceFeedUpdatesWithConfig"
NOT_FOUND = "PriceFeedNotFoundWithinRange"


def message(id_: bytes = ETH, published: int = NOW, previous: int = 0) -> PriceUpdate:
    """A price of 2000 with its average."""
    return PriceUpdate(id_, 2_000, 7, -8, published, previous, 2_001, 8)


def update(*messages: PriceUpdate, slot: int = 99) -> bytes:
    """An update of these messages."""
    return encode_update(slot, messages)


# FEES


def test_messages_are_paid_for_and_the_call_on_top() -> None:
    """Five messages in two updates; a wei less is refused, though all of them are old."""
    desk = real()
    data = (update(message(), message(BTC), message()), update(message(), message()))
    fee = 5 * FEE + CALL_FEE
    assert desk.value("getUpdateFee", data) == fee
    for _ in range(2):
        assert desk.error("updatePriceFeeds", data, value=fee - 1) == "InsufficientFee"
        assert desk.call("updatePriceFeeds", data, value=fee).ok


def test_a_call_without_updates_costs_its_fee() -> None:
    """The mock takes nothing for nothing."""
    assert real().error("updatePriceFeeds", (), value=CALL_FEE - 1) == "InsufficientFee"
    assert real().call("updatePriceFeeds", (), value=CALL_FEE).ok
    assert mock().call("updatePriceFeeds", (), value=0).ok


def test_broken_data_is_refused_before_the_fee() -> None:
    """The mock asks for the fee first."""
    assert real().error("updatePriceFeeds", (b"PNAX",), value=0) == "InvalidUpdateData"
    assert mock().error("updatePriceFeeds", (b"PNAX",), value=0) == "InsufficientFee"


def test_parsing_asks_for_the_fee_first() -> None:
    """Of an update whose head can be read and whose messages cannot."""
    desk, data = real(), update(message())[:-1]
    assert desk.error("parsePriceFeedUpdates", (data,), (ETH,), *ALWAYS, value=0) == (
        "InsufficientFee"
    )
    assert desk.error("parsePriceFeedUpdates", (data,), (ETH,), *ALWAYS) == "InvalidUpdateData"


def test_fees_that_overflow_panic() -> None:
    """In the product as in the sum."""
    desk = PythDesk(lambda world: Pyth(world, "pyth", 0, 2**255, 2**255))
    for count in (1, 2):
        data = (update(*[message()] * count),)
        assert desk.error("getUpdateFee", data) == "Panic17"
    assert desk.value("getUpdateFee", (update(),)) == 2**255


def test_it_tells_what_it_was_made_with() -> None:
    """Fees, period, version, and the publish time of what is stored."""
    desk = real()
    desk.call("updatePriceFeeds", (update(message()),))
    assert desk.value("singleUpdateFeeInWei") == FEE
    assert desk.value("transactionFeeInWei") == CALL_FEE
    assert desk.value("validTimePeriodSeconds") == PERIOD
    assert desk.value("version") == "1.4.5-alpha.1"
    assert desk.value("latestPriceInfoPublishTime", ETH) == NOW
    assert desk.value("latestPriceInfoPublishTime", BTC) == 0


# WHERE THE MOCK DIFFERS


@pytest.mark.parametrize(
    ("previous", "low", "high", "found"),
    [
        (NOW - 2, NOW - 1, NOW, True),
        (NOW - 1, NOW - 1, NOW, False),
        (NOW - 1, NOW, NOW, True),
        (NOW, NOW, NOW, False),
        (NOW - 2, NOW - 1, NOW - 1, False),
        (NOW - 2, NOW + 1, NOW + 1, False),
    ],
)
def test_unique_is_the_first_update_within_the_window(
    previous: int, low: int, high: int, found: bool
) -> None:
    """PrevPublishTime < min <= publishTime <= max, exactly; the mock leaves the first part out."""
    name, window = "parsePriceFeedUpdatesUnique", (low, high)
    data = (update(message(previous=previous)),)
    outcome = real().call(name, data, (ETH,), *window)
    assert outcome.ok is found
    assert outcome.error == ("" if found else NOT_FOUND)
    outcome = mock().call(name, (mock_update(ETH, NOW, previous),), (ETH,), *window)
    assert outcome.ok is (low <= NOW <= high)


def test_parsing_stores_nothing_unless_it_is_asked_to() -> None:
    """The mock stores anyway. What is stored is what was found, and only if it is newer."""
    desk, data = real(), (update(message(BTC), message()),)
    assert desk.call("parsePriceFeedUpdates", data, (ETH,), *ALWAYS).events == ()
    assert desk.value("priceFeedExists", ETH) is False
    for stored in (1, 0):
        outcome = desk.call(CONFIG, data, (ETH,), *ALWAYS, False, False, True)
        assert [event.args[0] for event in outcome.events] == [ETH] * stored
    outcome = mock().call("parsePriceFeedUpdates", (mock_update(ETH, NOW),), (ETH,), *ALWAYS)
    assert len(outcome.events) == 1


def test_minimal_data_has_as_many_messages_as_prices() -> None:
    """One more or one less is an invalid argument; the mock does not count."""
    one, two = (update(message()),), (update(message(), message(BTC)),)
    flags = (False, True, False)
    assert real().call(CONFIG, one, (ETH,), *ALWAYS, *flags).ok
    assert real().error(CONFIG, two, (ETH,), *ALWAYS, *flags) == "InvalidArgument"
    assert real().error(CONFIG, one, (ETH, BTC), *ALWAYS, *flags) == "InvalidArgument"
    assert real().error(CONFIG, one, (BTC,), *ALWAYS, *flags) == NOT_FOUND
    data = (mock_update(ETH, NOW), mock_update(BTC, NOW))
    assert mock().call(CONFIG, data, (ETH,), *ALWAYS, *flags).ok


def test_a_price_that_does_not_exist_is_as_old_as_zero() -> None:
    """To the mock it is always outdated."""
    name = "updatePriceFeedsIfNecessary"
    assert real().error(name, (update(message()),), (ETH,), (0,)) == "NoFreshUpdate"
    assert real().call(name, (update(message()),), (ETH,), (1,)).ok
    assert mock().call(name, (mock_update(ETH, NOW),), (ETH,), (0,)).ok


def test_id_zero_is_stored_as_any_other_and_cannot_be_parsed() -> None:
    """The mock parses it, and cannot read it."""
    desk, data = real(), (update(message(NO_ID)),)
    assert desk.call("updatePriceFeeds", data).ok
    assert desk.value("queryPriceFeed", NO_ID) == message(NO_ID).feed
    assert desk.error("parsePriceFeedUpdates", data, (NO_ID,), *ALWAYS) == NOT_FOUND
    assert mock().value("parsePriceFeedUpdates", (), (NO_ID,), *ALWAYS) == (PriceFeed(),)


def test_a_price_that_is_asked_for_twice_is_found_once() -> None:
    """So the second is missing; the mock answers twice."""
    data = (update(message(), message()),)
    assert real().error("parsePriceFeedUpdates", data, (ETH, ETH), *ALWAYS) == NOT_FOUND
    feeds = mock().value("parsePriceFeedUpdates", (mock_update(ETH, NOW),), (ETH, ETH), *ALWAYS)
    assert isinstance(feeds, tuple)
    assert len(feeds) == 2


# PARSING


def test_the_first_message_within_the_window_counts() -> None:
    """Across updates, in the order of the prices, with the slot of each one's update."""
    first = update(message(published=NOW - 5), message(BTC), slot=7)
    second = update(message(published=NOW + 1), message(published=NOW + 2), slot=8)
    outcome = real().call(CONFIG, (first, second), (ETH, BTC), NOW, NOW + 9, False, False, False)
    assert outcome.values == (
        (message(published=NOW + 1).feed, message(BTC).feed),
        (8, 7),
    )
    assert real().value("parsePriceFeedUpdates", (first,), (), *ALWAYS) == ()


def test_an_update_without_the_price_is_not_enough() -> None:
    """It is not found, whatever else there is."""
    data = (update(message(BTC)),)
    assert real().error("parsePriceFeedUpdates", data, (ETH,), *ALWAYS) == NOT_FOUND


# AVERAGES


def point(id_: bytes = ETH, at: int = 0) -> TwapUpdate:
    """Sums that grow by 30 each slot."""
    return TwapUpdate(id_, 30 * at, 2 * at, at // 10, at, NOW + at, NOW + at - 1, -8)


def test_an_average_lies_between_two_updates() -> None:
    """Each price's own sums; start's messages are paid for, and no event is emitted."""
    desk, name = real(), "parseTwapPriceFeedUpdates"
    data = (
        encode_update(1, [point(), point(BTC)]),
        encode_update(2, [point(at=100), point(BTC, 50)]),
    )
    fee = 2 * FEE + CALL_FEE
    assert desk.value("getTwapUpdateFee", data) == fee
    assert desk.error(name, data, (ETH,), value=fee - 1) == "InsufficientFee"
    outcome = desk.call(name, data, (BTC, ETH), value=fee)
    assert outcome.events == ()
    assert outcome.values == (
        (
            (BTC, NOW, NOW + 50, (30, 2, -8, NOW + 50), 100_000),
            (ETH, NOW, NOW + 100, (30, 2, -8, NOW + 100), 100_000),
        ),
    )
    assert desk.error(name, data, (NO_ID,)) == NOT_FOUND
    assert desk.error(name, data[:1], (ETH,)) == "InvalidUpdateData"
    assert desk.error("getTwapUpdateFee", ()) == "Panic50"


def test_start_and_end_hold_the_same_prices_in_the_same_order() -> None:
    """Another number or another order is no set."""
    desk, name = real(), "parseTwapPriceFeedUpdates"
    start = encode_update(1, [point(), point(BTC)])
    for ends in ([point(at=9)], [point(BTC, 9), point(at=9)]):
        data = (start, encode_update(2, ends))
        assert desk.error(name, data, (ETH,)) == "InvalidTwapUpdateDataSet"


def test_prices_and_sums_are_not_taken_for_each_other() -> None:
    """An update of the wrong kind is invalid."""
    desk = real()
    sums, prices = encode_update(1, [point()]), update(message())
    assert desk.error("updatePriceFeeds", (sums,)) == "InvalidUpdateData"
    assert desk.error("parsePriceFeedUpdates", (sums,), (ETH,), *ALWAYS) == "InvalidUpdateData"
    twap = ("parseTwapPriceFeedUpdates", (prices, sums), (ETH,))
    assert desk.error(*twap) == "InvalidUpdateData"
