"""Dutch auctions of large accounts: what keepers get of the fee rises until one takes over.

The twin of ``Auctions.sol``. Off until it is configured. It binds keepers alone: every other route
is open as ever, and the account pays the same fee.
"""

# Modules import each other: rules call each other, as their twins do.
# pyright: reportImportCycles=false

from __future__ import annotations

from typing import TYPE_CHECKING

from . import margin, pricing
from .auction_errors import AuctionNotNeeded, AuctionStands, NoAuction
from .errors import InvalidParameter, NotLiquidatable
from .fixed_point import WAD, mul_div_down
from .parameters import MAX_AUCTION_TIME, MAX_NOTIONAL
from .records import LIQUIDATION, AuctionRecord

if TYPE_CHECKING:
    from .instruments import Standing
    from .parameters import AuctionParameters
    from .records import Ledger


def set_auction_parameters(ledger: Ledger, parameters: AuctionParameters) -> None:
    """Replaces for which accounts keepers need an auction, and what it gives them.

    Voids all auctions.
    """
    # CHECKS
    validate_auctions(parameters)
    # EFFECTS
    ledger.auction_settings.put(parameters)
    ledger.auction_epochs.edit().value += 1
    # EVENTS
    ledger.emit("AuctionParametersChanged")


def begin_auction(ledger: Ledger, account: str) -> None:
    """Begins the auction of a large account that is below maintenance; anyone may.

    And not too deep below it for one.
    """
    # CHECKS
    if stands(ledger, account):
        raise AuctionStands(account)
    # MARGIN
    standing = margin.standing_of(ledger, account, pricing.new_marks(ledger, LIQUIDATION))
    if not margin.is_below_maintenance(standing):
        raise NotLiquidatable(account)
    if not is_bound(ledger, standing):
        raise AuctionNotNeeded(account)
    # EFFECTS
    ledger.auctions.put(AuctionRecord(ledger.now, ledger.auction_epoch), account)
    # EVENTS
    ledger.emit("AuctionBegun", account)


def end_auction(ledger: Ledger, account: str) -> None:
    """Ends the auction of an account that is not below maintenance any more, or one that is void.

    Anyone may.
    """
    # CHECKS
    if ledger.auctions.read(account).started_at == 0:
        raise NoAuction(account)
    if stands(ledger, account) and is_below(ledger, account):
        raise AuctionStands(account)
    # EFFECTS
    clear(ledger, account)


def end_safe(ledger: Ledger, account: str) -> None:
    """Ends the auction, if there is one, of an account that a takeover brought out of danger."""
    # CHECKS
    if ledger.auctions.read(account).started_at == 0 or is_below(ledger, account):
        return
    # EFFECTS
    clear(ledger, account)


def share_of(ledger: Ledger, account: str) -> int:
    """A keeper's share of the fee now, WAD.

    The auction's where one stands, and the usual one if that is more where none is needed. Reverts
    where one is needed and none stands.
    """
    # MARGIN
    standing = margin.standing_of(ledger, account, pricing.new_marks(ledger, LIQUIDATION))
    bound = margin.is_below_maintenance(standing) and is_bound(ledger, standing)
    begun = stands(ledger, account)
    # CHECKS
    if bound and not begun:
        raise NoAuction(account)
    # MARGIN
    share = 0
    if begun:
        passed = ledger.now - ledger.auctions.read(account).started_at
        share = risen(ledger.auction_parameters, passed)
    usual = ledger.parameters.liquidator_share
    return usual if not bound and usual > share else share


def is_on(ledger: Ledger) -> bool:
    """Whether there are accounts that keepers need an auction for."""
    return ledger.auction_parameters.auction_notional > 0


def validate_auctions(parameters: AuctionParameters) -> None:
    """Reverts with the name of the first parameter that is out of bounds."""
    # CHECKS
    if parameters.auction_notional > MAX_NOTIONAL:
        raise InvalidParameter.named("auctionNotional")
    is_missing = parameters.auction_notional > 0 and parameters.duration == 0
    if parameters.duration > MAX_AUCTION_TIME or is_missing:
        raise InvalidParameter.named("duration")
    if parameters.validity > MAX_AUCTION_TIME:
        raise InvalidParameter.named("validity")
    if parameters.start_share > WAD:
        raise InvalidParameter.named("startShare")
    if parameters.urgent_health > WAD:
        raise InvalidParameter.named("urgentHealth")


def is_bound(ledger: Ledger, standing: Standing) -> bool:
    """Whether the account is large, and not so deep that no auction is needed.

    Deep below its requirement, that is.
    """
    # MARGIN
    parameters = ledger.auction_parameters
    return margin.is_large(standing, parameters.auction_notional, parameters.urgent_health)


def stands(ledger: Ledger, account: str) -> bool:
    """Whether the account's auction is of these parameters, and not older than it may be."""
    parameters = ledger.auction_parameters
    auction = ledger.auctions.read(account)
    if auction.started_at == 0 or auction.epoch != ledger.auction_epoch:
        return False
    return ledger.now <= auction.started_at + parameters.duration + parameters.validity


def is_below(ledger: Ledger, account: str) -> bool:
    """Whether the account is below maintenance, at prices for liquidations."""
    # MARGIN
    standing = margin.standing_of(ledger, account, pricing.new_marks(ledger, LIQUIDATION))
    return margin.is_below_maintenance(standing)


def risen(parameters: AuctionParameters, passed: int) -> int:
    """The keeper's share so many seconds after the beginning, WAD, rounded down.

    All of the fee after `duration`.
    """
    # MARGIN
    duration = parameters.duration
    if passed >= duration:
        return WAD
    start = parameters.start_share
    return start + mul_div_down(WAD - start, passed, duration)


def clear(ledger: Ledger, account: str) -> None:
    """Forgets an account's auction."""
    # EFFECTS
    ledger.auctions.delete(account)
    # EVENTS
    ledger.emit("AuctionEnded", account)
