"""Socialised losses of positions: charged by side, from when a position is on it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.engine.desk import assert_conserved, open_desk, setup, who
from weiproof.engine import funding, insurance, positions
from weiproof.engine.fixed_point import WAD, WEI
from weiproof.engine.parameters import MAX_LOSS_INDEX
from weiproof.engine.records import MarketRecord, Position

SIZES = st.integers(1, 10**27)
INDICES = st.integers(0, 10**40)


def market(longs: int, shorts: int) -> MarketRecord:
    """A market with these loss indices."""
    charged = longs > 0 or shorts > 0
    return MarketRecord(long_loss_index=longs, short_loss_index=shorts, socialised=charged)


@given(SIZES, INDICES, INDICES, INDICES)
def test_a_position_owes_what_its_own_side_was_charged(
    size: int, longs: int, shorts: int, more: int
) -> None:
    """|size| x the rise of its side's index since it was booked; the other side's is nothing."""
    for signed, booked, index in ((size, longs, longs + more), (-size, shorts, shorts + more)):
        position = Position(size=signed, loss_index=booked)
        after = market(index, shorts) if signed > 0 else market(longs, index)
        assert funding.pending_loss(after, position) == size * more


@given(INDICES, INDICES, INDICES)
def test_without_a_size_nothing_is_owed(longs: int, shorts: int, booked: int) -> None:
    """A closed position with a quote is on no side, whatever it is booked up to."""
    assert funding.pending_loss(market(longs, shorts), Position(loss_index=booked)) == 0


@given(SIZES)
def test_without_losses_nothing_is_owed(size: int) -> None:
    """Where neither side was ever charged, nothing is owed on either."""
    for signed in (size, -size):
        assert funding.pending_loss(market(0, 0), Position(size=signed)) == 0


@given(SIZES, INDICES, INDICES)
def test_booked_positions_owe_nothing(size: int, longs: int, shorts: int) -> None:
    """From booking on only what is charged later counts, on either side."""
    for signed in (size, -size):
        position, charged = Position(size=signed), market(longs, shorts)
        funding.book_losses(charged, position, signed)
        assert position.loss_index == (longs if signed > 0 else shorts)
        assert funding.pending_loss(charged, position) == 0
        later = market(longs + 1, shorts + 1)
        assert funding.pending_loss(later, position) == size


@given(SIZES, INDICES, INDICES)
def test_a_turned_position_is_booked_on_its_new_side(size: int, longs: int, shorts: int) -> None:
    """Booked for the size it will have, it owes nothing of what either side was charged before."""
    charged = market(longs, shorts)
    for before, after in ((size, -size), (-size, size)):
        position = Position(size=before)
        funding.book_losses(charged, position, after)
        position.size = after
        assert funding.pending_loss(charged, position) == 0


@given(longs=st.integers(0, 10**20), shorts=st.integers(0, 10**20), buys=st.booleans())
def test_a_flip_carries_no_loss_along(longs: int, shorts: int, *, buys: bool) -> None:
    """A position that turns pays its old side's losses once, and none of its new side's."""
    desk = open_desk(setup(size_step=1, price_tick=WAD))
    sign = 1 if buys else -1
    desk.place("a", 0, {0: (-sign * WAD, 0)})
    desk.place("b", 0, {0: (sign * WAD, 0)})
    ledger = desk.ledger
    insurance.socialise(ledger, 0, -1, longs, 10**40)
    insurance.socialise(ledger, 0, 1, shorts, 10**40)
    for label, delta in (("a", 2 * sign * WAD), ("b", -2 * sign * WAD)):
        funding.book(ledger, who(label), 0)
        positions.change(ledger, who(label), 0, delta, WAD)
    paid = {"a": shorts if buys else longs, "b": longs if buys else shorts}
    for label, loss in paid.items():
        position = ledger.positions.read(who(label), 0)
        assert funding.pending_loss(ledger.markets.read(0), position) == 0
        traded = -position.size * 2 * WAD * WAD
        assert position.quote == traded - loss * WEI
    desk.model.world.store.commit()
    assert ledger.markets.read(0).clearing == -longs - shorts


@given(
    size=st.integers(1, 10**24),
    room=st.integers(0, 10**30),
    amount=st.integers(1, 10**24),
    long=st.booleans(),
)
def test_an_index_without_room_charges_what_fits(
    size: int, room: int, amount: int, *, long: bool
) -> None:
    """Up to the highest index, the amount rounded down; what is collected is charge and dust."""
    desk = open_desk(setup(size_step=1, price_tick=WAD))
    desk.place("l", 0, {0: (size, 0)})
    desk.place("s", 0, {0: (-size, 0)})
    record = desk.ledger.markets.edit(0)
    full = MAX_LOSS_INDEX - room
    record.long_loss_index = record.short_loss_index = full
    record.socialised = True
    for label in "ls":
        desk.ledger.positions.edit(who(label), 0).loss_index = full
    charged = insurance.socialise(desk.ledger, 0, 1 if long else -1, amount, MAX_LOSS_INDEX)
    after = desk.ledger.markets.read(0)
    moved, other = after.long_loss_index, after.short_loss_index
    if long:
        moved, other = other, moved
    assert other == full
    exact = -(-amount * WEI // size)
    assert moved - full == min(exact, room)
    assert charged == (amount if exact <= room else room * size // WEI)
    assert (moved - full) * size == charged * WEI + after.dust
    assert after.clearing == -charged


def test_a_full_index_leaves_the_whole_deficit_unresolved() -> None:
    """At its highest the index moves no more: nobody is charged, and the fund pays what it has."""
    desk = open_desk(setup(size_step=1, price_tick=WAD))
    desk.place("l", 0, {0: (WAD, 0)})
    desk.place("s", 0, {0: (-WAD, 0)})
    market = desk.ledger.markets.edit(0)
    market.short_loss_index = MAX_LOSS_INDEX
    market.socialised = True
    desk.ledger.positions.edit(who("s"), 0).loss_index = MAX_LOSS_INDEX
    desk.ledger.edit_record().unresolved_bad_debt = 0
    insurance.cover_deficit(desk.ledger, who("l"), 0, WAD, 100, 10**40)
    record, after = desk.ledger.record, desk.ledger.markets.read(0)
    assert record.unresolved_bad_debt == 100
    assert (after.short_loss_index, after.clearing, after.dust) == (MAX_LOSS_INDEX, 0, 0)
    desk.model.world.store.commit()
    assert_conserved(desk)
