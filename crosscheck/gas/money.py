"""Money and tokens in, out and between accounts, debts, and who may act for an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.crosscheck.protocol import ADMIN
from weiproof.engine.accounts import sub_account

from .rig import DOLLAR, FALLEN, KEEPER, LONG, OTHER, SHORT, STRANGER, TOKEN_PRICE, units
from .situation import Situation, thin

if TYPE_CHECKING:
    from .rig import Rig


def _with_cash(rig: Rig) -> None:
    rig.house(STRANGER, "deposit", DOLLAR)


def _with_token(rig: Rig) -> None:
    rig.house(STRANGER, "depositCollateral", 0, units(0, 100))


def _ruined(rig: Rig) -> None:
    """A lossy trade leaves debt; the token falls to less than that, and all of it is sold."""
    amount = units(0, 500)
    rig.house(STRANGER, "depositCollateral", 0, amount)
    rig.trade(STRANGER, OTHER)
    rig.trade(OTHER, STRANGER, dollars=FALLEN)
    rig.house(STRANGER, "settle", actor(STRANGER))
    rig.now += 1
    rig.publish(token_dollars=TOKEN_PRICE // 50)
    rig.house(KEEPER, "buyCollateral", actor(STRANGER), 0, amount)


_OWN_SECOND = sub_account(actor(SHORT), 1)

MONEY = (
    Situation("deposit", "first", STRANGER, (DOLLAR,), by_size=False),
    Situation("deposit", "again", STRANGER, (DOLLAR,), _with_cash, by_size=False),
    Situation("withdraw", "", SHORT, (DOLLAR,)),
    Situation("transfer", "first", SHORT, (actor(SHORT), _OWN_SECOND, DOLLAR)),
    Situation("depositCollateral", "first", STRANGER, (0, units(0, 100)), by_size=False),
    Situation(
        "depositCollateral", "again", STRANGER, (0, units(0, 100)), _with_token, by_size=False
    ),
    Situation("withdrawCollateral", "part", SHORT, (0, units(0, 10)), needs_token=True),
    Situation(
        "transferCollateral",
        "first",
        SHORT,
        (actor(SHORT), _OWN_SECOND, 0, units(0, 10)),
        needs_token=True,
    ),
    Situation(
        "swapCollateral",
        "part",
        STRANGER,
        (1, units(1, 50), 0, units(0, 50)),
        _with_token,
        by_size=False,
    ),
    Situation(
        "buyCollateral",
        "part",
        KEEPER,
        (actor(LONG), 0, units(0, 10)),
        thin,
        FALLEN,
        needs_token=True,
    ),
    Situation(
        "setSeizureOrder", "four tokens", SHORT, (actor(SHORT), (3, 2, 1, 0)), needs_token=True
    ),
    Situation("coverDebt", "by the fund", STRANGER, (actor(STRANGER),), _ruined, by_size=False),
    Situation("depositInsurance", "", STRANGER, (DOLLAR,), by_size=False),
    Situation("withdrawFees", "", ADMIN, (actor(ADMIN), 1), by_size=False),
    Situation("setIsolated", "", STRANGER, (actor(STRANGER), 0, True), by_size=False),
    Situation("setTrader", "", STRANGER, (actor(STRANGER), actor(OTHER), True), by_size=False),
)
