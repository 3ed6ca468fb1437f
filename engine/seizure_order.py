"""In which order a debtor's tokens are sold: by the house's ranks, within one as the owner wishes.

The twin of ``SeizureOrder.sol``. Only what can be sold goes before others: tokens without a price,
and holdings worth less than ``SEIZURE_DUST``, are passed over. Sales move tokens inside the house,
so that transfers that are stuck hold up nothing.
"""

# Modules import each other: rules call each other, as their twins do.
# pyright: reportImportCycles=false

from __future__ import annotations

from typing import TYPE_CHECKING

from . import accounts, collaterals, holdings, margin, pricing
from .bits import each_bit
from .errors import InvalidParameter, NotAuthorised
from .fixed_point import WAD
from .parameters import SEIZURE_DUST
from .records import LIQUIDATION
from .seizure_errors import NotFirstToken, TokensForSale

if TYPE_CHECKING:
    from .instruments import Standing
    from .pricing import Marks
    from .records import Ledger

UNNAMED = 0xFF
"""The place of tokens that the owner did not name."""

NOWHERE = 2**256 - 1
"""The place where there is no token."""


def set_seizure_rank(ledger: Ledger, collateral_id: int, rank: int) -> None:
    """Changes a token's rank, in force at once."""
    # CHECKS
    holdings.existing(ledger, collateral_id)
    # EFFECTS
    ledger.collaterals.edit(collateral_id).seizure_rank = rank
    # EVENTS
    ledger.emit("SeizureRankChanged", collateral_id, rank)


def set_seizure_order(ledger: Ledger, sender: str, account: str, order: tuple[int, ...]) -> None:
    """Replaces the order of an account of the sender: ids of tokens, the first to be sold first.

    While its tokens are for sale the order stands, so that nobody's purchase is refused by a change
    just before it.
    """
    # CHECKS
    if not accounts.is_owner(sender, account):
        raise NotAuthorised(account, sender)
    places = places_of(ledger, order)
    # MARGIN
    standing = margin.standing_of(ledger, account, pricing.new_marks(ledger, LIQUIDATION))
    if collaterals.owed_by(ledger, account, standing) > 0:
        raise TokensForSale(account)
    # EFFECTS
    ledger.seizure_orders.edit(account).places = places
    # EVENTS
    ledger.emit("SeizureOrderChanged", account, places)


def seizure_first(ledger: Ledger, account: str) -> tuple[bool, int]:
    """The token with which a seizure of the account's tokens begins now, for sale or not.

    Answers whether it holds one that has a price and is worth no less than ``SEIZURE_DUST``, and
    the token.
    """
    # MARGIN
    exists, first, _ = first_of(ledger, account, pricing.new_marks(ledger, LIQUIDATION))
    return exists, first


def require_first(ledger: Ledger, account: str, collateral_id: int, standing: Standing) -> None:
    """Reverts while the account has a token that goes before this one.

    Tokens of one place go in any order, and of a bankrupt account those of one rank: what is left
    to lose is not the owner's.
    """
    # CHECKS
    _, first, lowest = first_of(ledger, account, standing.marks)
    place = place_of(ledger, account, collateral_id)
    if lowest >= place:
        return
    if lowest >> 8 == place >> 8 and margin.seized_equity(ledger, account, standing) < 0:
        return
    raise NotFirstToken(account, first)


def first_of(ledger: Ledger, account: str, marks: Marks) -> tuple[bool, int, int]:
    """The token of the lowest place among those that can be sold, and that place.

    Of equal ones the lowest id; ``NOWHERE`` where there is none.
    """
    # MARGIN
    exists, first, lowest = False, 0, NOWHERE
    for collateral_id in each_bit(ledger.accounts.read(account).collaterals):
        place = place_of(ledger, account, collateral_id)
        if place >= lowest or not can_be_sold(ledger, account, collateral_id, marks):
            continue
        exists, first, lowest = True, collateral_id, place
    return exists, first, lowest


def can_be_sold(ledger: Ledger, account: str, collateral_id: int, marks: Marks) -> bool:
    """Whether the token has a price good for a purchase, and what is held is worth enough by it."""
    # PRICES
    unit = ledger.collaterals.read(collateral_id).unit
    amount = ledger.holdings.read(account, collateral_id).amount * unit
    return amount * pricing.token_price_or_zero(ledger, marks, collateral_id) >= SEIZURE_DUST * WAD


def place_of(ledger: Ledger, account: str, collateral_id: int) -> int:
    """Where a token stands: by its rank, within that by the owner's order; lower ones go first."""
    named = (ledger.seizure_orders.read(account).places >> 8 * collateral_id) & 0xFF
    rank = ledger.collaterals.read(collateral_id).seizure_rank
    return (rank << 8) | (named or UNNAMED)


def places_of(ledger: Ledger, order: tuple[int, ...]) -> int:
    """One more than the place of token `i` in byte `i`.

    Reverts where a token is unknown or named twice.
    """
    # CHECKS
    places = 0
    for i, collateral_id in enumerate(order):
        holdings.existing(ledger, collateral_id)
        shift = 8 * collateral_id
        if (places >> shift) & 0xFF:
            raise InvalidParameter.named("order")
        places |= (i + 1) << shift
    return places
