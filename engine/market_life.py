"""The end of a market's life: only reducing, then delisting with final settlement.

The twin of ``MarketLife.sol``. Losses are realised at the final price and profits become claims.
Once nobody holds a position, one ratio is fixed for all claims: what losses brought and what the
fund gives, to what is claimed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import cash, funding, holdings, insurance, markets, perpetuals, positions, pricing
from .errors import NoPosition
from .fixed_point import WAD, WEI, absolute, div_up, mul_div_down
from .life_errors import (
    MarketIsNotClosed,
    MarketIsNotDelisted,
    MarketIsOpen,
    NoClaim,
    OpenInterestLeft,
    ReduceOnlyUnchanged,
)
from .life_records import CLOSED, DELISTED, OPEN, REDUCE_ONLY
from .records import LIQUIDATION, TRADE

if TYPE_CHECKING:
    from .records import Ledger


def set_reduce_only(ledger: Ledger, market_id: int, reduce_only: bool) -> None:
    """From here on trades may only reduce positions in a market, or no longer only that."""
    # CHECKS
    markets.listed(ledger, market_id)
    if (ledger.markets.read(market_id).phase == REDUCE_ONLY) == reduce_only:
        raise ReduceOnlyUnchanged
    # EFFECTS
    ledger.markets.edit(market_id).phase = REDUCE_ONLY if reduce_only else OPEN
    # EVENTS
    ledger.emit("ReduceOnlyChanged", market_id, reduce_only)


def delist(ledger: Ledger, market_id: int) -> None:
    """Fixes the final price of a market that is reduce-only or paused: its mark now.

    Its funding stops, and its pause ends.
    """
    # CHECKS
    markets.listed(ledger, market_id)
    market = ledger.markets.read(market_id)
    if market.phase == OPEN and not market.paused:
        raise MarketIsOpen(market_id)
    # PRICES
    price = pricing.mark_of(ledger, pricing.new_marks(ledger, TRADE), market_id)
    # EFFECTS
    funding.accrue(ledger, market_id)
    market = ledger.markets.edit(market_id)
    market.funding_rate = 0
    market.paused = False
    market.phase = DELISTED
    final = ledger.finals.edit(market_id)
    final.price = price
    final.shorts = market.open_interest
    # EVENTS
    ledger.emit("MarketDelisted", market_id, price)


def settle_final(ledger: Ledger, account: str, market_id: int) -> None:
    """Closes an account's position at the final price; anyone may.

    A loss is paid as far as cash and tokens reach, and what is left of it may be asked for again; a
    profit becomes a claim.
    """
    # CHECKS
    markets.existing(ledger, market_id)
    if not markets.is_delisted(ledger, market_id):
        raise MarketIsNotDelisted(market_id)
    if ledger.accounts.read(account).markets >> market_id & 1 == 0:
        raise NoPosition(account, market_id)
    # EFFECTS
    cash.book(ledger, account)
    funding.book(ledger, account, market_id)
    size = ledger.positions.read(account, market_id).size
    if size < 0:
        ledger.finals.edit(market_id).shorts -= absolute(size)
    if size != 0:
        positions.change(ledger, account, market_id, -size, ledger.finals.read(market_id).price)
    collect(ledger, account, market_id)
    # EVENTS
    quote = ledger.positions.read(account, market_id).quote
    ledger.emit("FinalSettled", account, market_id, quote)


def collect(ledger: Ledger, account: str, market_id: int) -> None:
    """Takes what a closed position owes from cash and, as far as its tokens cover that, beyond.

    The price of each of its tokens is needed: without one, what is owed would be collected too late
    for the claims.
    """
    # PRICES
    quote = ledger.positions.read(account, market_id).quote
    if quote >= 0:
        return
    marks = pricing.new_marks(ledger, LIQUIDATION)
    _, worth = holdings.worth_of(ledger, account, marks, absolute(quote))
    # EFFECTS
    positions.settle(ledger, account, market_id, 0, worth // WEI)


def close_market(ledger: Ledger, market_id: int) -> None:
    """Fixes what claims on a delisted market are paid; anyone may, once nobody holds a position.

    The fund gives what it has of what losses did not bring.
    """
    # CHECKS
    markets.existing(ledger, market_id)
    market = ledger.markets.read(market_id)
    if market.phase != DELISTED:
        raise MarketIsNotDelisted(market_id)
    left = market.open_interest + ledger.finals.read(market_id).shorts
    if left != 0:
        raise OpenInterestLeft(market_id, left)
    # MARGIN
    claims = claims_of(ledger, market_id)
    missing = claims - market.clearing * WEI
    # EFFECTS
    market = ledger.markets.edit(market_id)
    from_fund = insurance.give(ledger, div_up(missing, WEI)) if missing > 0 else 0
    market.clearing += from_fund
    unresolved = max(-market.clearing, 0)
    insurance.owe(ledger, unresolved)
    market.clearing += unresolved
    ratio = ratio_of(market.clearing, claims)
    market.phase = CLOSED
    final = ledger.finals.edit(market_id)
    final.ratio = ratio
    final.claims = claims
    release(ledger, market_id)
    # EVENTS
    ledger.emit("MarketClosed", market_id, ratio, claims, from_fund, unresolved)


def claim_final(ledger: Ledger, account: str, market_id: int) -> None:
    """Pays an account's claim on a closed market; anyone may.

    What the ratio leaves of it is gone.
    """
    # CHECKS
    markets.existing(ledger, market_id)
    if ledger.markets.read(market_id).phase != CLOSED:
        raise MarketIsNotClosed(market_id)
    quote = ledger.positions.read(account, market_id).quote
    if quote <= 0:
        raise NoClaim(account, market_id)
    # EFFECTS
    amount = perpetuals.payout_of(ledger, market_id, quote)
    cash.add(ledger, account, amount)
    ledger.markets.edit(market_id).clearing -= amount
    ledger.finals.edit(market_id).claims -= quote
    positions.forget(ledger, account, market_id)
    release(ledger, market_id)
    # EVENTS
    ledger.emit("ClaimPaid", account, market_id, quote, amount)


def claims_of(ledger: Ledger, market_id: int) -> int:
    """All that is claimed of a market without positions; a numerator.

    Its clearing balance, and what closed positions owe it, less its dust.
    """
    # MARGIN
    market = ledger.markets.read(market_id)
    return market.clearing * WEI + ledger.finals.read(market_id).unpaid - market.dust


def ratio_of(balance: int, claims: int) -> int:
    """The share of claims (a numerator) that a balance (wei) pays.

    WAD, rounded down; at most one.
    """
    # MARGIN
    if balance * WEI >= claims:
        return WAD
    return mul_div_down(balance * WEI, WAD, claims)


def release(ledger: Ledger, market_id: int) -> None:
    """What roundings leave of the balance goes to the fund with the last claim."""
    # EFFECTS
    rest = ledger.markets.read(market_id).clearing
    if ledger.finals.read(market_id).claims != 0 or rest == 0:
        return
    ledger.markets.edit(market_id).clearing = 0
    insurance.credit(ledger, rest)
