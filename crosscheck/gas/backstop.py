"""Shares of the backstop vault, and what it and the insurance fund take over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.crosscheck.protocol import ADMIN, MATCHER
from weiproof.engine.backstop_records import FUND
from weiproof.engine.fixed_point import WAD

from .rig import DOLLAR, FALLEN, KEEPER, LONG, OTHER, SHORT, STRANGER
from .setting import BACKSTOP_TERMS
from .situation import LONG_FIRST, Situation, thin

if TYPE_CHECKING:
    from .rig import Rig

DEPOSIT = 100_000 * DOLLAR
PART = WAD // 5
_PARTIAL = (*LONG_FIRST, PART)


def _stocked(rig: Rig) -> None:
    """The vault has shares; the long side is to be liquidatable."""
    rig.house(OTHER, "depositBackstop", DEPOSIT)
    thin(rig)


def _shares(rig: Rig) -> None:
    """The stranger has shares, and others too."""
    rig.house(OTHER, "depositBackstop", DEPOSIT)
    rig.house(STRANGER, "deposit", DEPOSIT)
    rig.house(STRANGER, "depositBackstop", DEPOSIT // 2)


def _requested(rig: Rig) -> None:
    """The stranger has asked to withdraw a part of them."""
    _shares(rig)
    rig.house(STRANGER, "requestBackstopWithdrawal", WAD)
    rig.house(STRANGER, "requestBackstopWithdrawal", DOLLAR * WAD)


def _traded_out(rig: Rig) -> None:
    """What the fund took over is sold again."""
    thin(rig)
    rig.now += 1
    rig.publish(FALLEN)
    rig.house(KEEPER, "liquidateToFund", *_PARTIAL)
    rig.house(MATCHER, "settleTrade", actor(SHORT), FUND, 0, PART, FALLEN * WAD, False)
    rig.house(STRANGER, "settle", FUND)


SYSTEM = (
    Situation("liquidateToBackstop", "partial", KEEPER, _PARTIAL, _stocked, dollars=FALLEN),
    Situation("liquidateToFund", "partial", KEEPER, _PARTIAL, thin, dollars=FALLEN),
    Situation("releaseFund", "", STRANGER, (), _traded_out, by_size=False),
    Situation("depositBackstop", "first", SHORT, (DOLLAR,)),
    Situation("depositBackstop", "again", STRANGER, (DOLLAR,), _shares, by_size=False),
    Situation("requestBackstopWithdrawal", "", STRANGER, (WAD,), _shares, by_size=False),
    Situation("withdrawBackstop", "part", STRANGER, (), _requested, by_size=False),
    Situation("liquidationRoute", "", STRANGER, (actor(LONG), 0), _stocked, FALLEN),
    Situation("setBackstopParameters", "", ADMIN, ((1, *BACKSTOP_TERMS[1:]),), by_size=False),
    Situation("setBackstopCapacity", "", ADMIN, (0, WAD), by_size=False),
)
