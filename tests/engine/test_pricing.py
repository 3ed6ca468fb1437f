"""Prices of one call: read where needed, once, and told apart from prices that are not there."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.engine.desk import (
    LIQUIDATION_MAX_AGE,
    MAX_AGE,
    NODE,
    Setup,
    add_token,
    open_desk,
    setup,
    who,
)
from weiproof.engine import holdings, margin, mark, pricing
from weiproof.engine.fixed_point import WAD
from weiproof.engine.records import LIQUIDATION, TRADE
from weiproof.oracles.errors import IncompleteRound, StalePrice

if TYPE_CHECKING:
    from tests.engine.desk import Desk
    from weiproof.engine.records import Ledger

TOKEN_AGE = 2 * MAX_AGE
"""The longer age limit of a token's feed, seconds."""


@pytest.fixture
def desk() -> Desk:
    """Two markets at 2,000 and 50, a token at 100, and an account with both and the token."""
    made = open_desk(Setup(), Setup())
    made.price(2_000 * WAD, 50 * WAD)
    add_token(made, "T", 8, 100 * WAD)
    made.place("a", 1_000 * WAD, {0: (WAD, 0), 1: (-WAD, 0)})
    holdings.add(made.ledger, who("a"), 0, 10**8)
    made.model.world.store.commit()
    return made


@pytest.fixture
def reads(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Counter[bytes]:
    """How often each price is read from the hub."""
    counted: Counter[bytes] = Counter()
    plain = desk.ledger.hub.read_price

    def read_price(price_id: bytes, purpose: int) -> int:
        counted[price_id] += 1
        return plain(price_id, purpose)

    monkeypatch.setattr(desk.ledger.hub, "read_price", read_price)
    return counted


def wait(desk: Desk, seconds: int) -> None:
    """Lets time pass without a call."""
    desk.now += seconds
    desk.model.world.now = desk.now


def test_nothing_is_read_before_it_is_needed(desk: Desk, reads: Counter[bytes]) -> None:
    """New marks hold an index and a mark of 0, and no price of a token."""
    marks = pricing.new_marks(desk.ledger, TRADE)
    terms = marks.terms(0)
    assert (terms.index, terms.mark, terms.known, marks.prices) == (0, 0, False, {})
    assert not reads


def test_index_mark_and_token_are_read_once_a_call(desk: Desk, reads: Counter[bytes]) -> None:
    """However many standings go by the same marks, each price is asked for once."""
    marks = pricing.new_marks(desk.ledger, TRADE)
    for _ in range(3):
        margin.standing_of(desk.ledger, who("a"), marks)
        pricing.index_of(desk.ledger, marks, 0)
        pricing.mark_or_zero(desk.ledger, marks, 0)
        pricing.token_price_or_zero(desk.ledger, marks, 0)
    assert sorted(reads.values()) == [1, 1, 1]
    assert len(reads) == 3


def test_a_mark_is_made_once_a_call(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two standings by the same marks make the mark of each of their two markets once."""
    made: Counter[int] = Counter()
    plain = mark.mark_at

    def mark_at(ledger: Ledger, market_id: int, index: int) -> int:
        made[market_id] += 1
        return plain(ledger, market_id, index)

    monkeypatch.setattr(mark, "mark_at", mark_at)
    marks = pricing.new_marks(desk.ledger, TRADE)
    for _ in range(2):
        margin.standing_of(desk.ledger, who("a"), marks)
    assert made == {0: 1, 1: 1}


def test_the_index_alone_makes_no_mark(desk: Desk) -> None:
    """After the index was asked for, the mark is still 0; after the mark, both are there."""
    marks = pricing.new_marks(desk.ledger, TRADE)
    assert pricing.index_of(desk.ledger, marks, 1) == 50 * WAD
    assert (marks.terms(1).index, marks.terms(1).mark) == (50 * WAD, 0)
    assert pricing.mark_of(desk.ledger, marks, 1) == 50 * WAD
    assert marks.terms(1).mark == 50 * WAD
    assert (marks.terms(0).index, marks.terms(0).mark) == (0, 0)


def test_index_and_mark_are_told_apart() -> None:
    """With a basis and a report above the index, the mark is above it, and the index stays."""
    desk = open_desk(setup(premium_depth=1, impact_max_age=600))
    desk.price(2_000 * WAD)
    for label in "ab":
        desk.deposit(label, 10_000)
    desk.now += 3_600
    desk.price(2_000 * WAD)
    desk.trade("a", "b", 0, "1", "2010")
    desk.do("matcher", "reportImpact", 0, 2_010 * WAD, 2_010 * WAD)
    wait(desk, 1)
    marks = pricing.new_marks(desk.ledger, TRADE)
    assert pricing.mark_of(desk.ledger, marks, 0) == 2_010 * WAD
    assert pricing.index_of(desk.ledger, marks, 0) == 2_000 * WAD


def test_what_was_read_stands_for_the_rest_of_the_call(desk: Desk) -> None:
    """A price that is published later is seen by new marks only."""
    marks = pricing.new_marks(desk.ledger, TRADE)
    found = [pricing.mark_of(desk.ledger, marks, 0)]
    desk.price(1_000 * WAD)
    found += [pricing.mark_of(desk.ledger, marks, 0)]
    found += [pricing.mark_of(desk.ledger, pricing.new_marks(desk.ledger, TRADE), 0)]
    assert found == [2_000 * WAD, 2_000 * WAD, 1_000 * WAD]


def test_each_purpose_has_its_age_limit(desk: Desk) -> None:
    """A round that is too old for a trade still counts for a liquidation, up to its last second."""
    wait(desk, MAX_AGE + 1)
    trade, late = (pricing.new_marks(desk.ledger, purpose) for purpose in (TRADE, LIQUIDATION))
    with pytest.raises(StalePrice):
        pricing.mark_of(desk.ledger, trade, 0)
    assert pricing.mark_or_zero(desk.ledger, trade, 0) == 0
    assert pricing.mark_of(desk.ledger, late, 0) == 2_000 * WAD
    wait(desk, LIQUIDATION_MAX_AGE - MAX_AGE - 1)
    fresh = pricing.new_marks(desk.ledger, LIQUIDATION)
    assert pricing.mark_or_zero(desk.ledger, fresh, 0) == 2_000 * WAD
    wait(desk, 1)
    old = pricing.new_marks(desk.ledger, LIQUIDATION)
    assert pricing.mark_or_zero(desk.ledger, old, 0) == 0


def test_an_error_of_the_hub_leaves_no_trace_in_the_marks(desk: Desk) -> None:
    """After a read that was refused index and mark are 0, and the next read asks the hub anew."""
    wait(desk, MAX_AGE + 1)
    marks = pricing.new_marks(desk.ledger, TRADE)
    for read in (pricing.index_of, pricing.mark_of):
        with pytest.raises(StalePrice):
            read(desk.ledger, marks, 0)
    assert pricing.mark_or_zero(desk.ledger, marks, 0) == 0
    assert (marks.terms(0).index, marks.terms(0).mark) == (0, 0)
    desk.price(1_900 * WAD, 50 * WAD)
    assert pricing.mark_or_zero(desk.ledger, marks, 0) == 1_900 * WAD
    assert pricing.index_of(desk.ledger, marks, 0) == 1_900 * WAD


def test_one_markets_error_does_not_spoil_the_others(desk: Desk) -> None:
    """Where one index is stale, another that was published since is read."""
    wait(desk, MAX_AGE + 1)
    assert desk.call(NODE, "feed/1", "transmit", 51 * WAD, desk.now).ok
    marks = pricing.new_marks(desk.ledger, TRADE)
    found = [pricing.mark_or_zero(desk.ledger, marks, market_id) for market_id in (0, 1)]
    assert found == [0, 51 * WAD]


def test_a_market_without_a_round_has_no_mark() -> None:
    """Before the first round the mark is refused with the hub's reason, and is 0 where asked so."""
    desk = open_desk()
    marks = pricing.new_marks(desk.ledger, TRADE)
    with pytest.raises(IncompleteRound):
        pricing.mark_of(desk.ledger, marks, 0)
    assert pricing.mark_or_zero(desk.ledger, marks, 0) == 0


def test_a_token_price_that_cannot_be_trusted_is_zero(desk: Desk) -> None:
    """A stale token counts 0 by marks for a trade, its price by marks for a liquidation."""
    wait(desk, MAX_AGE + 1)
    trade, late = (pricing.new_marks(desk.ledger, purpose) for purpose in (TRADE, LIQUIDATION))
    assert pricing.token_price_or_zero(desk.ledger, trade, 0) == 0
    assert trade.prices == {}
    assert pricing.token_price_or_zero(desk.ledger, late, 0) == 100 * WAD
    assert late.prices == {0: 100 * WAD}


@pytest.mark.parametrize(("purpose", "age"), [(TRADE, MAX_AGE), (LIQUIDATION, TOKEN_AGE)])
def test_a_token_price_counts_up_to_its_last_second(desk: Desk, purpose: int, age: int) -> None:
    """At its age limit a price counts, and a second later it is 0."""
    wait(desk, age)
    marks = pricing.new_marks(desk.ledger, purpose)
    assert pricing.token_price_or_zero(desk.ledger, marks, 0) == 100 * WAD
    wait(desk, 1)
    marks = pricing.new_marks(desk.ledger, purpose)
    assert pricing.token_price_or_zero(desk.ledger, marks, 0) == 0


@pytest.mark.parametrize(("required", "counts"), [(0, False), (1, True)])
def test_a_hundredth_of_the_requirement_is_the_edge(
    desk: Desk, required: int, *, counts: bool
) -> None:
    """A dead token worth a hundredth stops a liquidation; worth less, it counts as nothing."""
    wait(desk, TOKEN_AGE + 1)
    desk.ledger.collaterals.edit(0).last_price = 100 * WAD
    worth = 100 * WAD * WAD * WAD * 9 // 10
    marks = pricing.new_marks(desk.ledger, LIQUIDATION)
    needed = 100 * (worth + required)
    if counts:
        assert holdings.value_of(desk.ledger, who("a"), 0, marks, needed) == 0
        return
    with pytest.raises(StalePrice):
        holdings.value_of(desk.ledger, who("a"), 0, marks, needed)
