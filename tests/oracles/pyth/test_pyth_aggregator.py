"""A Pyth price as a Chainlink feed, over either contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.oracles.pyth.pyth_desk import ETH, FEE, NOW, PERIOD, PythDesk, mock_update
from weiproof.engine.contract import Contract
from weiproof.engine.errors import RevertReason
from weiproof.oracles.pyth.accumulator import PriceUpdate, encode_update
from weiproof.oracles.pyth.aggregator import PythAggregatorV3
from weiproof.oracles.pyth.mock_pyth import MockPyth
from weiproof.oracles.pyth.pyth import Pyth
from weiproof.oracles.pyth.structs import Price, PriceFeed, encode_price_feed
from weiproof.oracles.round import Round

if TYPE_CHECKING:
    from weiproof.engine.contract import World


class Caller(Contract):
    """A contract that updates, and refuses change."""

    def update(self, feed: str, data: tuple[bytes, ...]) -> None:
        """Updates with all Ether that is sent along."""
        self.call(feed, "updateFeeds", data, value=self.world.value)

    def receive(self) -> None:
        """Refuses."""
        raise RevertReason("refused")


def desk_over(make: type[Pyth | MockPyth]) -> PythDesk:
    """A feed over such a contract, and a caller that is a contract."""

    def made(world: World) -> Contract:
        pyth = make(world, "pyth", PERIOD, FEE)
        PythAggregatorV3(world, "feed", pyth.address, ETH)
        return Caller(world, "caller")

    return PythDesk(made, "feed", "caller")


def feed_of(desk: PythDesk) -> PythAggregatorV3:
    """The feed."""
    feed = desk.world.contracts["feed"]
    assert isinstance(feed, PythAggregatorV3)
    return feed


def stored(desk: PythDesk, price: Price) -> None:
    """Stores a price through the feed, for its fee exactly."""
    data = (encode_price_feed(PriceFeed(ETH, price, price), 0),)
    assert desk.call("updateFeeds", data, value=FEE, target="feed").ok


def test_a_round_is_the_publish_time() -> None:
    """Id, start and update are all the publish time; any round that is asked for is the latest."""
    desk = desk_over(MockPyth)
    stored(desk, Price(-2_000, 7, -8, NOW - 10**6))
    at = NOW - 10**6
    assert desk.call("latestRoundData", target="feed").values == (at, -2_000, at, at, at)
    assert desk.call("getRoundData", 5, target="feed").values == (5, -2_000, at, at, 5)
    assert Round(*feed_of(desk).latestRoundData()) == Round(at, -2_000, at, at, at)
    assert desk.value("latestRound", target="feed") == at
    assert desk.value("latestTimestamp", target="feed") == at
    assert desk.value("getTimestamp", 2**255, target="feed") == at
    assert desk.value("latestAnswer", target="feed") == -2_000
    assert desk.value("getAnswer", 2**255, target="feed") == -2_000
    assert desk.value("version", target="feed") == 1
    assert desk.value("priceId", target="feed") == ETH
    assert desk.value("pyth", target="feed") == desk.world.addresses["pyth"]


def test_a_round_id_has_80_bits() -> None:
    """A wider publish time is cut there, and nowhere else."""
    desk, wide = desk_over(MockPyth), 2**80 + 5
    stored(desk, Price(1, 0, -8, wide))
    assert desk.call("latestRoundData", target="feed").values == (5, 1, wide, wide, 5)


@pytest.mark.parametrize(
    ("expo", "decimals"),
    [(-8, 8), (0, 0), (5, 251), (-127, 127), (127, 129), (128, None), (-128, None), (-129, 129),
     (256, 0), (-(2**31), 0), (2**31 - 1, 1)],
)  # fmt: skip
def test_decimals_are_eight_bits_of_the_exponent(expo: int, decimals: int | None) -> None:
    """Positive exponents wrap, wide ones are cut, and -128 panics."""
    desk = desk_over(MockPyth)
    stored(desk, Price(1, 0, expo, NOW))
    outcome = desk.call("decimals", target="feed")
    assert outcome.values == (() if decimals is None else (decimals,))
    assert outcome.error_args == ((0x11,) if decimals is None else ())


def test_what_was_never_stored_is_not_found() -> None:
    """Pyth's own error comes through."""
    desk = desk_over(Pyth)
    for name in ("latestRoundData", "decimals", "latestAnswer"):
        assert desk.call(name, target="feed").error == "PriceFeedNotFound"


def test_it_updates_the_contract_in_use() -> None:
    """For the fee that this one asks, and with Pyth's own event."""
    desk = desk_over(Pyth)
    message = PriceUpdate(ETH, 5, 0, -8, NOW, 0, 6, 0)
    data = (encode_update(1, [message, message]),)
    assert desk.call("updateFeeds", data, value=2 * FEE - 1, target="feed").error == ""
    outcome = desk.call("updateFeeds", data, value=2 * FEE, target="feed")
    assert [event.target for event in outcome.events] == ["pyth"]
    assert Round(*feed_of(desk).latestRoundData()).answer == 5


def test_too_little_ether_reverts_without_data() -> None:
    """Pyth never gets to say what is missing: there is nothing to pay it with."""
    desk = desk_over(MockPyth)
    outcome = desk.call("updateFeeds", (mock_update(ETH, NOW),), value=FEE - 1, target="feed")
    assert (outcome.ok, outcome.error) == (False, "")


def test_change_that_is_refused_pays_for_the_next_caller() -> None:
    """It stays with the feed, and whoever calls next is paid it or pays with it."""
    desk, data = desk_over(MockPyth), (mock_update(ETH, NOW),)
    feed = desk.world.addresses["feed"]
    assert desk.call("update", feed, data, value=FEE + 10, target="caller").ok
    assert feed_of(desk).owned_wei() == 10
    assert desk.call("updateFeeds", data, value=0, target="feed").ok
    assert feed_of(desk).owned_wei() == 0
    assert not desk.call("updateFeeds", data, value=0, target="feed").ok


def test_a_feed_over_nothing_reverts_without_data() -> None:
    """Where no contract is, there is nobody to ask."""

    def made(world: World) -> Contract:
        return PythAggregatorV3(world, "pyth", "0x" + "00" * 19 + "01", ETH)

    assert PythDesk(made).error("latestRoundData") == ""
    assert PythDesk(made).error("updateFeeds", ()) == ""
