"""The hub's settings of a price, set anew: nothing of the old ones is left, on either side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from weiproof.contracts.chains import ZERO_ADDRESS, actor, open_chain
from weiproof.crosscheck.fuzz.playground import SPEC
from weiproof.crosscheck.lockstep import Lockstep
from weiproof.crosscheck.protocol import ADMIN, deploy_chain, deploy_model
from weiproof.engine.call import Call
from weiproof.engine.records import LIQUIDATION, SETTLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.engine.call import Outcome, Value

PRICE_ID = b"NEW-USD".ljust(32, b"\0")
MOCKS = ("feed/ETH/m", "feed/BTC/m", "feed/SOL/m", "feed/RARE/m", "feed/CALM/m")
"""Feeds that say what they are told, with 8, 6 and 18 decimals."""

DECIMALS = (8, 6, 18, 18, 18)
STRICT = (False, False, False, False, 0, 0, 0)
LOOSE = (True, True, True, False, 7, 1, 10**30)
"""Rules of a feed: those set by ``configure``, and others."""

LENIENT = 1 << LIQUIDATION | 1 << SETTLE
NOW = SPEC.genesis_time + 1_000
OUT_OF_RANGE = ("Panic", (0x32,))


class Hub:
    """Both sides' hub; every call and view is compared."""

    def __init__(self, lockstep: Lockstep) -> None:
        self.lockstep = lockstep
        self.book = lockstep.model.world.addresses  # type: ignore[attr-defined]

    def do(self, target: str, function: str, *args: Value) -> Outcome:
        """A call by the administrator, which must succeed."""
        call = Call(NOW, actor(ADMIN), target, function, args)
        outcome = self.lockstep.apply(call)
        assert outcome.ok, (function, outcome.error, outcome.error_args)
        return outcome

    def configure(self, *feeds: int, quorum: int = 1) -> None:
        """Sets the price's feeds, each with limits of its own."""
        addresses = tuple(self.book[MOCKS[i]] for i in feeds)
        ages = tuple(100 + i for i in feeds), tuple(500 + i for i in feeds)
        self.do("hub", "configure", PRICE_ID, addresses, *ages, quorum)

    def answer(self, *prices: int) -> None:
        """The feeds report these prices, whole dollars."""
        for label, decimals, price in zip(MOCKS, DECIMALS, prices, strict=False):
            self.do(label, "setRound", NOW, price * 10**decimals, NOW, NOW, NOW)

    def ask(self, function: str, *args: Value) -> tuple[str, tuple[Value, ...]]:
        """What both sides answer: values without a name, or an error with its own."""
        view = Call(NOW, ZERO_ADDRESS, "hub", function, (PRICE_ID, *args))
        model, chain = self.lockstep.model.view(view), self.lockstep.chain.view(view)
        assert model == chain
        return ("", model.values) if model.ok else (model.error, model.error_args)

    def price(self) -> int:
        """The price for trades, whole dollars."""
        error, (value,) = self.ask("price", 0)
        assert not error
        assert isinstance(value, int)
        return value // 10**18

    def source(self, index: int) -> tuple[object, ...]:
        """A feed, its two limits, decimals and rules."""
        error, (source,) = self.ask("sourceOf", index)
        assert not error
        assert isinstance(source, tuple)
        return source

    def expected(self, feed: int, rules: tuple[object, ...] = STRICT) -> tuple[object, ...]:
        """What :meth:`source` answers for a feed with these rules."""
        return self.book[MOCKS[feed]], 100 + feed, 500 + feed, DECIMALS[feed], rules


@pytest.fixture(scope="module")
def deployed(revm: str) -> Lockstep:
    """Both sides of the playground."""
    chain = open_chain(revm, genesis_time=SPEC.genesis_time)
    return Lockstep(deploy_model(SPEC), deploy_chain(SPEC, chain), read_every=0)


@pytest.fixture
def hub(deployed: Lockstep) -> Iterator[Hub]:
    """The hub with a price of three feeds at 10, 20 and 30 dollars."""
    mark = deployed.mark()
    made = Hub(deployed)
    made.configure(0, 1, 2, quorum=2)
    made.answer(10, 20, 30, 40, 50)
    yield made
    deployed.reset(mark)


def test_fewer_feeds_leave_nothing_of_the_others(hub: Hub) -> None:
    """After three feeds one is configured: it alone counts, and the others cannot be asked for."""
    assert hub.price() == 20
    hub.configure(2)
    assert hub.ask("sourceCount") == ("", (1,))
    assert hub.ask("quorumOf") == ("", (1,))
    assert hub.source(0) == hub.expected(2)
    for index in (1, 2, 3, 4, 5, 2**256 - 1):
        assert hub.ask("sourceOf", index) == OUT_OF_RANGE
    assert hub.ask("reasonsOf", 0) == ("", ((0,),))
    assert hub.price() == 30


def test_a_feed_that_is_gone_is_not_read(hub: Hub) -> None:
    """One that was configured before may fail, and a price of the quorum's feeds is not moved."""
    hub.configure(1, 0, quorum=2)
    hub.do(MOCKS[2], "setFailing", True)
    assert hub.price() == 15
    assert hub.ask("reasonsOf", 0) == ("", ((0, 0),))


def test_more_feeds_again_are_the_new_ones(hub: Hub) -> None:
    """From three to one to five: each is what was configured last, in its place."""
    hub.configure(0)
    hub.configure(4, 3, 2, 1, 0, quorum=5)
    assert [hub.source(i) for i in range(5)] == [hub.expected(i) for i in (4, 3, 2, 1, 0)]
    assert hub.ask("sourceOf", 5) == OUT_OF_RANGE
    assert hub.price() == 30


def test_rules_of_all_places_are_reset(hub: Hub) -> None:
    """Also of places that one configuration left empty and the next one fills."""
    for index in range(3):
        hub.do("hub", "setRules", PRICE_ID, index, LOOSE)
    hub.configure(1)
    assert hub.source(0) == hub.expected(1)
    hub.configure(0, 1, 2)
    assert [hub.source(i) for i in range(3)] == [hub.expected(i) for i in range(3)]


def test_rules_are_set_one_by_one_and_kept(hub: Hub) -> None:
    """Rules of a feed touch neither its neighbours' nor the policy, and a policy touches none."""
    hub.do("hub", "setRules", PRICE_ID, 1, LOOSE)
    policy = (3, 1, 0, 5, bytes(32))
    hub.do("hub", "setPolicy", PRICE_ID, policy)
    found = [hub.source(i) for i in range(3)]
    assert found == [hub.expected(0), hub.expected(1, LOOSE), hub.expected(2)]
    hub.do("hub", "setRules", PRICE_ID, 0, LOOSE)
    assert hub.ask("policyOf") == ("", (policy,))
    assert hub.source(1) == hub.expected(1, LOOSE)


def test_a_policy_is_reset_and_the_recorded_price_is_not(hub: Hub) -> None:
    """Configured anew, the median counts again with the usual leniency; what was recorded stays."""
    hub.do("hub", "setPolicy", PRICE_ID, (3, 0, 0, 10**6, bytes(32)))
    hub.do("hub", "record", PRICE_ID)
    before = hub.ask("recordedOf")
    hub.configure(0, 2)
    assert hub.ask("policyOf") == ("", ((0, LENIENT, 0, 0, bytes(32)),))
    assert hub.ask("recordedOf") == before
    assert hub.price() == 20


@pytest.mark.parametrize("index", [1, 2, 4, 5, 2**256 - 1])
def test_rules_need_a_feed_in_their_place(hub: Hub, index: int) -> None:
    """After fewer feeds were configured, rules of the places beyond are refused by name."""
    hub.configure(0)
    call = Call(NOW, actor(ADMIN), "hub", "setRules", (PRICE_ID, index, STRICT))
    outcome = hub.lockstep.apply(call)
    assert (outcome.ok, outcome.error) == (False, "InvalidConfiguration")
    assert outcome.error_args == (PRICE_ID, b"index".ljust(32, b"\0"))


def test_a_refused_configuration_changes_nothing(hub: Hub) -> None:
    """Where the last of the new feeds is one of the first, all old ones stay as they were."""
    hub.do("hub", "setRules", PRICE_ID, 2, LOOSE)
    feeds = tuple(hub.book[MOCKS[i]] for i in (3, 4, 3))
    args = (PRICE_ID, feeds, (1, 1, 1), (2, 2, 2), 1)
    assert not hub.lockstep.apply(Call(NOW, actor(ADMIN), "hub", "configure", args)).ok
    assert [hub.source(i) for i in (0, 1)] == [hub.expected(0), hub.expected(1)]
    assert hub.source(2) == hub.expected(2, LOOSE)
    assert hub.price() == 20
