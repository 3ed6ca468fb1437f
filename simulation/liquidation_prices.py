"""At which marks positions can be liquidated: the engine's answer, found with fewer trials.

The engine halves the whole range of prices. Here a line through what the account has and requires
says where to look, and the engine's own test decides; where that does not confirm the place, the
engine's view is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.engine import perpetuals, views
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_PRICE

if TYPE_CHECKING:
    from weiproof.engine.instruments import Standing
    from weiproof.engine.offsets import Leg
    from weiproof.engine.perpetuals import Beside
    from weiproof.engine.records import Ledger

_GUESSES = 10
"""Lines that are tried; a requirement of several tiers has a bend at each."""
_REACH = 2
"""How far from the guess the place may be: a requirement is rounded up now and then."""


def liquidation_price(ledger: Ledger, account: str, standing: Standing, leg: Leg) -> int | None:
    """What ``views.liquidation_price`` answers, WAD; None where there is no such price.

    `standing` is the account's now, by the prices that liquidations go by, and `leg` one of its
    parts. Raises `Revert` as the view does.
    """
    if leg.size == 0:
        return None
    beside = perpetuals.beside_of(ledger, standing, leg.market_id)
    guess = _guess(ledger, standing, beside, leg)
    if guess is not None:
        known, price = _confirmed(ledger, standing, beside, leg, guess)
        if known:
            return price
    exists, price = views.liquidation_price(ledger, account, leg.market_id)
    return price if exists else None


def _guess(ledger: Ledger, standing: Standing, beside: Beside, leg: Leg) -> int | None:
    """A price near which equity is what is required; None where lines do not lead to one."""
    price, left = leg.mark, standing.equity - standing.maintenance - standing.fee
    slope = leg.size * WAD - (leg.maintenance + leg.fee) // leg.mark
    for _ in range(_GUESSES):
        if slope == 0:
            return None
        step = left // slope
        if -_REACH < step < _REACH:
            return price - step
        there = max(min(price - step, MAX_PRICE), 1)
        if there == price:
            return price - step
        required = perpetuals.required_with(ledger, standing.marks, beside, leg.size, there)
        left_there = standing.equity + leg.size * (there - leg.mark) * WAD - required
        slope = (left_there - left) // (there - price)
        price, left = there, left_there
    return None


def _confirmed(
    ledger: Ledger, standing: Standing, beside: Beside, leg: Leg, guess: int
) -> tuple[bool, int | None]:
    """Whether the engine's test has its edge near the guess, and the price at that edge."""
    is_long = leg.size > 0

    def is_below(price: int) -> bool:
        return views.is_below_at(ledger, standing, beside, leg, price)

    if not 0 < guess <= MAX_PRICE:
        last = 1 if is_long else MAX_PRICE  # nothing is worse for the account
        return not is_below(last), None
    safer = 1 if is_long else -1
    nearby = range(max(guess - _REACH, 1), min(guess + _REACH, MAX_PRICE) + 1)
    price = guess
    if is_below(price):
        while price + safer in nearby:
            if not is_below(price + safer):
                return True, price
            price += safer
    else:
        while price - safer in nearby:
            price -= safer
            if is_below(price):
                return True, price
    return False, None
