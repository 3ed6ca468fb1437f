"""The SDK's mock: what it takes, and what it does not look at."""

from __future__ import annotations

from tests.oracles.pyth.pyth_desk import BTC, ETH, FEE, NOW, PythDesk, mock, mock_update
from weiproof.oracles.pyth.mock_pyth import MockPyth
from weiproof.oracles.pyth.structs import (
    NO_ID,
    Price,
    PriceFeed,
    decode_price_update,
    encode_price_feed,
)

ALWAYS = (0, 2**64 - 1)


def test_it_makes_its_own_updates() -> None:
    """What ``createPriceFeedUpdateData`` makes is stored as it was said."""
    desk = mock()
    data = desk.value("createPriceFeedUpdateData", ETH, -5, 6, -7, 8, 9, NOW, NOW - 1)
    assert isinstance(data, bytes)
    feed = PriceFeed(ETH, Price(-5, 6, -7, NOW), Price(8, 9, -7, NOW))
    assert decode_price_update(data) == (feed, NOW - 1)
    assert desk.call("updatePriceFeeds", (data,)).ok
    assert desk.value("queryPriceFeed", ETH) == feed


def test_every_update_costs_the_same() -> None:
    """The fee is that of one times their number, exactly; no call fee, and no change."""
    desk = mock()
    data = (mock_update(ETH, NOW),) * 3
    assert desk.value("getUpdateFee", data) == desk.value("getTwapUpdateFee", data) == 3 * FEE
    assert desk.error("updatePriceFeeds", data, value=3 * FEE - 1) == "InsufficientFee"
    assert desk.call("updatePriceFeeds", data, value=3 * FEE).ok
    assert desk.call("updatePriceFeeds", (), value=0).ok


def test_a_fee_that_overflows_panics() -> None:
    """One update of half of all there is can be paid for in theory; two panic."""
    desk = PythDesk(lambda world: MockPyth(world, "pyth", 0, 2**255))
    data = mock_update(ETH, NOW)
    assert desk.value("getUpdateFee", (data,)) == 2**255
    assert desk.error("getUpdateFee", (data, data)) == "Panic17"


def test_the_fee_comes_before_the_data() -> None:
    """Broken data that is not paid for is refused for the fee, paid for without a word."""
    desk = mock()
    assert desk.error("updatePriceFeeds", (b"",), value=0) == "InsufficientFee"
    assert desk.error("updatePriceFeeds", (b"",)) == ""


def test_an_update_is_nine_words_and_one_to_parse_ten() -> None:
    """A byte less reverts without data, and a word that does not fit its type as well."""
    desk = mock()
    data = mock_update(ETH, NOW)
    assert len(data) == 320
    assert desk.call("updatePriceFeeds", (data[:288],)).ok
    assert desk.error("updatePriceFeeds", (data[:287],)) == ""
    assert desk.error("parsePriceFeedUpdates", (data[:319],), (ETH,), *ALWAYS) == ""
    dirty = data[:32] + b"\x80" + data[33:]
    assert desk.error("updatePriceFeeds", (dirty,)) == ""


def test_nothing_is_undone_halfway() -> None:
    """An update that is broken takes the good one before it along."""
    desk = mock()
    assert desk.error("updatePriceFeeds", (mock_update(ETH, NOW), b"x")) == ""
    assert desk.value("priceFeedExists", ETH) is False


def test_a_publish_time_may_be_wider_than_its_event() -> None:
    """256 bits are stored, 64 are told, and the age is the distance."""
    desk = mock()
    wide = 2**64 + 5
    outcome = desk.call("updatePriceFeeds", (mock_update(ETH, wide),))
    assert outcome.events[0].args[1] == 5
    assert desk.value("getPriceUnsafe", ETH) == (2_000, 7, -8, wide)
    assert desk.error("getPriceNoOlderThan", ETH, wide - NOW - 1) == "StalePrice"
    assert desk.call("getPriceNoOlderThan", ETH, wide - NOW).ok


def test_the_average_may_have_a_time_of_its_own() -> None:
    """Only the price's time decides whether an update is newer; the average's, how old it is."""
    desk = mock()
    feed = PriceFeed(ETH, Price(1, 2, -8, NOW), Price(3, 4, -5, NOW - 100))
    desk.call("updatePriceFeeds", (encode_price_feed(feed, 0),))
    assert desk.call("getPriceNoOlderThan", ETH, 99).ok
    assert desk.error("getEmaPriceNoOlderThan", ETH, 99) == "StalePrice"


def test_id_zero_is_stored_and_never_found() -> None:
    """Its event is emitted, but reading reverts; to parse it, not even an update is needed."""
    desk = mock()
    assert len(desk.call("updatePriceFeeds", (mock_update(NO_ID, NOW),)).events) == 1
    assert desk.error("getPriceUnsafe", NO_ID) == "PriceFeedNotFound"
    assert desk.value("parsePriceFeedUpdates", (), (NO_ID,), *ALWAYS) == (PriceFeed(),)


def test_parsing_stores_what_it_reads() -> None:
    """Updates of any price up to the one that fits are stored, and no further."""
    desk = mock()
    data = (mock_update(BTC, NOW), mock_update(ETH, NOW), mock_update(ETH, NOW + 1))
    outcome = desk.call("parsePriceFeedUpdates", data, (ETH,), *ALWAYS)
    assert [event.args[0] for event in outcome.events] == [BTC, ETH]
    assert desk.value("getPriceUnsafe", ETH) == (2_000, 7, -8, NOW)


def test_the_slot_is_the_publish_time() -> None:
    """Of each price, in the order in which they were asked for."""
    desk = mock()
    data = (mock_update(BTC, NOW), mock_update(ETH, NOW + 1))
    name = "parsePriceFeedUpdatesWithConfig"
    outcome = desk.call(name, data, (ETH, BTC), *ALWAYS, False, False, False)
    assert outcome.values[1] == (NOW + 1, NOW)


def test_uniqueness_is_looked_at_only_where_it_is_asked_for_by_name() -> None:
    """``…WithConfig`` refuses what is not the first within the window; ``…Unique`` takes it."""
    desk = mock()
    data, window = (mock_update(ETH, NOW, NOW - 1),), (NOW - 1, NOW)
    config = "parsePriceFeedUpdatesWithConfig"
    unique = (config, data, (ETH,), *window, True, False, False)
    assert desk.error(*unique) == "PriceFeedNotFoundWithinRange"
    assert desk.call("parsePriceFeedUpdatesUnique", data, (ETH,), *window).ok
    assert desk.call(config, data, (ETH,), NOW, NOW, True, False, False).ok


def test_an_average_is_taken_as_it_comes() -> None:
    """The first update is answered with for every id that it is of, and told each time."""
    desk = mock()
    data = desk.value("createTwapPriceFeedUpdateData", ETH, NOW - 60, NOW, -5, 6, -7, 8)
    assert isinstance(data, bytes)
    name = "parseTwapPriceFeedUpdates"
    outcome = desk.call(name, (data, b"never read"), (ETH, ETH))
    expected = (ETH, NOW - 60, NOW, (-5, 6, -7, NOW), 8)
    assert outcome.values == ((expected, expected),)
    assert [event.args for event in outcome.events] == [(ETH, NOW - 60, NOW, -5, 6, 8)] * 2
    assert desk.error(name, (data,), (BTC,)) == "InvalidTwapUpdateDataSet"
    assert desk.error(name, (data[:-1],), (ETH,)) == ""
    assert desk.error(name, (), (ETH,)) == "Panic50"
    assert desk.error(name, (data,), (ETH,), value=FEE - 1) == "InsufficientFee"
    assert desk.value(name, (), ()) == ()
