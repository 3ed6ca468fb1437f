"""The curve of interest: every rounding up, on both slopes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from tests.engine.desk import CREDIT, open_desk
from weiproof.engine import cash
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_INTEREST_RATE

RATES = st.lists(st.integers(0, MAX_INTEREST_RATE), min_size=3, max_size=3).map(sorted)


@given(
    debt=st.integers(0, 10**30),
    credit=st.integers(0, 10**30),
    kink=st.integers(1, WAD - 1) | st.integers(1, 1_000),
    rates=RATES,
)
def test_utilisation_and_rate_are_rounded_up(
    debt: int, credit: int, kink: int, rates: list[int]
) -> None:
    """Both to the next WAD, by the line up to the kink and by the line beyond it."""
    desk = open_desk()
    base, middle, most = rates
    terms = replace(CREDIT, base_rate=base, kink_rate=middle, maximum_rate=most, kink=kink)
    desk.do("admin", "setCreditParameters", terms.fields())
    record = desk.ledger.edit_record()
    record.total_debt, record.total_credit = debt, credit
    used = min(ceil(Fraction(debt * WAD, credit)), WAD) if credit else WAD * (debt > 0)
    if used <= kink:
        rate = base + ceil(Fraction((middle - base) * used, kink))
    else:
        rate = middle + ceil(Fraction((most - middle) * (used - kink), WAD - kink))
    assert cash.utilisation(desk.ledger) == used
    assert cash.interest_rate(desk.ledger) == rate
    desk.model.world.store.drop()
