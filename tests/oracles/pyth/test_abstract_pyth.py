"""What both Pyth contracts have in common: age, newer updates, fees."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
from weiproof.oracles.pyth.accumulator import PriceUpdate, encode_update

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = tuple[PythDesk, "Callable[..., bytes]", int]


def real_update(id_: bytes, published: int, previous: int = 0, price: int = 2_000) -> bytes:
    """An update of one message for the contract in use."""
    message = PriceUpdate(id_, price, 7, -8, published, previous, price + 1, 8)
    return encode_update(99, [message])


@pytest.fixture(params=["mock", "real"])
def kind(request: pytest.FixtureRequest) -> Kind:
    """A contract, how its updates are made, and what one costs."""
    if request.param == "mock":
        return mock(), mock_update, FEE
    return real(), real_update, FEE + CALL_FEE


@pytest.mark.parametrize("away", [-10, 10])
def test_age_counts_ahead_as_behind(kind: Kind, away: int) -> None:
    """Exactly as old as allowed passes, a second more is stale, and so is it in the future."""
    desk, make, _ = kind
    assert desk.call("updatePriceFeeds", (make(ETH, NOW + away),)).ok
    for name, price in (("getPriceNoOlderThan", 2_000), ("getEmaPriceNoOlderThan", 2_001)):
        assert desk.error(name, ETH, 9) == "StalePrice"
        for age in (10, 11):
            answer = desk.value(name, ETH, age)
            assert isinstance(answer, tuple)
            assert (answer[0], answer[3]) == (price, NOW + away)


def test_the_valid_time_period_is_an_age(kind: Kind) -> None:
    """``getPrice`` and ``getEmaPrice`` pass in its last second, and not in the next."""
    desk, make, _ = kind
    desk.call("updatePriceFeeds", (make(ETH, NOW),))
    desk.now = NOW + PERIOD
    assert desk.value("getPrice", ETH) == (2_000, 7, -8, NOW)
    assert desk.value("getEmaPrice", ETH) == (2_001, 8, -8, NOW)
    assert desk.value("getValidTimePeriod") == PERIOD
    desk.now += 1
    assert desk.error("getPrice", ETH) == desk.error("getEmaPrice", ETH) == "StalePrice"
    assert desk.value("getPriceUnsafe", ETH) == (2_000, 7, -8, NOW)


def test_only_strictly_newer_prices_are_stored(kind: Kind) -> None:
    """An older price and another one of the same time are ignored without a revert, and paid."""
    desk, make, fee = kind
    assert len(desk.call("updatePriceFeeds", (make(ETH, NOW),)).events) == 1
    for published, stored in ((NOW - 1, 0), (NOW, 0), (NOW + 1, 1)):
        data = (make(ETH, published, price=-5),)
        assert desk.error("updatePriceFeeds", data, value=fee - 1) == "InsufficientFee"
        outcome = desk.call("updatePriceFeeds", data, value=fee)
        assert (outcome.ok, len(outcome.events)) == (True, stored)
    assert desk.value("getPriceUnsafe", ETH) == (-5, 7, -8, NOW + 1)


def test_the_event_tells_id_time_price_and_confidence(kind: Kind) -> None:
    """In that order; two updates in one call make two events."""
    desk, make, _ = kind
    outcome = desk.call("updatePriceFeeds", (make(ETH, NOW), make(BTC, NOW, price=-1)))
    assert [event.name for event in outcome.events] == ["PriceFeedUpdate"] * 2
    assert [event.args for event in outcome.events] == [
        (ETH, NOW, 2_000, 7),
        (BTC, NOW, -1, 7),
    ]


def test_a_price_that_was_never_stored_is_not_found(kind: Kind) -> None:
    """Every way to read it reverts, but the question whether it is there."""
    desk, make, _ = kind
    desk.call("updatePriceFeeds", (make(ETH, NOW),))
    assert desk.value("priceFeedExists", ETH) is True
    assert desk.value("priceFeedExists", BTC) is False
    for name in ("queryPriceFeed", "getPriceUnsafe", "getEmaPriceUnsafe", "getPrice"):
        assert desk.error(name, BTC) == "PriceFeedNotFound"
    assert desk.error("getPriceNoOlderThan", BTC, 0) == "PriceFeedNotFound"


def test_a_publish_time_of_zero_is_never_stored(kind: Kind) -> None:
    """It is not newer than nothing."""
    desk, make, _ = kind
    assert desk.call("updatePriceFeeds", (make(ETH, 0),)).events == ()
    assert desk.value("priceFeedExists", ETH) is False


def test_an_update_is_made_only_if_one_price_is_older_than_said(kind: Kind) -> None:
    """The same time is not older; one of several is enough; as many times as ids are needed."""
    desk, make, _ = kind
    desk.call("updatePriceFeeds", (make(ETH, NOW), make(BTC, NOW)))
    data, name = (make(ETH, NOW + 5),), "updatePriceFeedsIfNecessary"
    assert desk.error(name, data, (ETH, BTC), (NOW, NOW)) == "NoFreshUpdate"
    assert desk.error(name, data, (), ()) == "NoFreshUpdate"
    assert desk.error(name, data, (ETH,), ()) == "InvalidArgument"
    assert len(desk.call(name, data, (ETH, BTC), (NOW, NOW + 1)).events) == 1


def test_a_window_includes_both_ends(kind: Kind) -> None:
    """A publish time at either end is within, a second beyond is not."""
    desk, make, _ = kind
    data = (make(ETH, NOW, NOW - 1),)
    for low, high, found in (
        (NOW, NOW, True),
        (NOW - 1, NOW - 1, False),
        (NOW + 1, NOW + 1, False),
        (NOW, NOW + 1, True),
        (NOW - 1, NOW, True),
    ):
        outcome = desk.call("parsePriceFeedUpdates", data, (ETH,), low, high)
        assert outcome.ok is found
        assert outcome.error == ("" if found else "PriceFeedNotFoundWithinRange")
