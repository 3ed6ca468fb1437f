"""Trades, marks and funding, settling and liquidation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.crosscheck.protocol import ADMIN, MATCHER
from weiproof.engine.fixed_point import WAD

from .rig import FALLEN, IMPACT, KEEPER, LONG, PARTIES, PRICE, SHORT, STRANGER, TOKEN_PRICE, units
from .setting import AUCTIONS, HOUR
from .situation import LONG_FIRST, Situation, thin, trade_of

if TYPE_CHECKING:
    from weiproof.engine.call import Value

    from .rig import Rig


def _closed(rig: Rig) -> None:
    """Both sides leave the first market again."""
    rig.trade(SHORT, LONG)


def _observable(rig: Rig) -> None:
    """The last observation of the variance is an hour old."""
    rig.now += HOUR
    rig.publish()
    rig.house(STRANGER, "accrueFunding", 0)
    rig.now += HOUR


def _orders(label: str, size: int) -> tuple[Value, ...]:
    """The arguments of ``setOrders`` for bids and asks of that size at the index."""
    side = (size, size * PRICE)
    return actor(label), 0, *side, *side


def _resting(rig: Rig) -> None:
    """The short side has orders in the first market."""
    rig.house(MATCHER, "setOrders", *_orders(SHORT, 2 * WAD))


def _limited(rig: Rig) -> None:
    """A fill may be a tenth worse than the mark; the long side is to be liquidatable."""
    rig.house(ADMIN, "setMarketLimitRate", WAD // 10)
    thin(rig)


def _fill(rig: Rig) -> tuple[Value, ...]:
    """The arguments of ``liquidateToMarket`` for a price some cents below the mark."""
    price = (rig.ask("markPrice", 0) - 1) // CENTS * CENTS
    return (*_FIFTH, price, actor(KEEPER))


def _large(rig: Rig) -> None:
    """Keepers need an auction of the long side, which is to be liquidatable."""
    rig.house(ADMIN, "setAuctionParameters", AUCTIONS)
    thin(rig)


def _auctioned(rig: Rig) -> None:
    """Its auction has begun."""
    _large(rig)
    rig.now += 1
    rig.publish(FALLEN)
    rig.house(STRANGER, "beginAuction", actor(LONG))


def _batch(*labels: str) -> tuple[Value, ...]:
    return (tuple(actor(label) for label in labels),)


CENTS = WAD // 10
"""A price is a multiple of this, WAD."""

_FIFTH: tuple[Value, ...] = (*LONG_FIRST, WAD // 5)
_IMPACT: tuple[Value, ...] = (0, (IMPACT - 1) * WAD, (IMPACT + 1) * WAD)

TRADING = (
    Situation("settleTrade", "opening", MATCHER, trade_of(LONG, SHORT), _closed),
    Situation("settleTrade", "adding", MATCHER, trade_of(LONG, SHORT)),
    Situation("settleTrade", "closing", MATCHER, trade_of(SHORT, LONG)),
    Situation("settleTrade", "reducing", MATCHER, trade_of(SHORT, LONG, WAD // 2)),
    Situation("settleTrade", "filling an order", MATCHER, trade_of(LONG, SHORT), _resting),
    Situation("setOrders", "placing", MATCHER, _orders(SHORT, 2 * WAD)),
    Situation("setOrders", "growing", MATCHER, _orders(SHORT, 3 * WAD), _resting),
    Situation("setOrders", "cancelling", MATCHER, _orders(SHORT, WAD), _resting, by_size=False),
    Situation(
        "settleSpotTrade",
        "",
        MATCHER,
        (actor(LONG), actor(SHORT), 0, units(0, 10), TOKEN_PRICE * WAD, False),
        needs_token=True,
    ),
    Situation("settle", "losses", LONG, (actor(LONG),), dollars=FALLEN),
    Situation("settleBatch", "2 accounts", STRANGER, _batch(LONG, SHORT), dollars=FALLEN),
    Situation("settleBatch", "16 accounts", STRANGER, _batch(*PARTIES), dollars=FALLEN),
    Situation("liquidate", "partial", KEEPER, _FIFTH, thin, dollars=FALLEN),
    Situation("liquidate", "in an auction", KEEPER, _FIFTH, _auctioned, dollars=FALLEN),
    Situation("beginAuction", "", STRANGER, (actor(LONG),), _large, dollars=FALLEN),
    Situation("endAuction", "out of danger", STRANGER, (actor(LONG),), _auctioned),
    Situation("liquidateToMarket", "partial", MATCHER, _fill, _limited, dollars=FALLEN),
    Situation(
        "forceClose", "as needed", STRANGER, (*LONG_FIRST, actor(SHORT)), thin, dollars=FALLEN
    ),
    Situation("checkMargin", "unchanged", STRANGER, (actor(LONG),)),
    Situation("checkMargin", "warning", STRANGER, (actor(LONG),), thin, FALLEN, settings=("full",)),
    Situation("accrueFunding", "", STRANGER, (0,), by_size=False),
    Situation(
        "accrueFunding",
        "new regime",
        STRANGER,
        (0,),
        _observable,
        FALLEN,
        by_size=False,
        settings=("full",),
    ),
    Situation("reportImpact", "", MATCHER, _IMPACT, by_size=False),
)
