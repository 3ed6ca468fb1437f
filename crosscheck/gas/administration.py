"""What administrator, treasurer and pauser change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.crosscheck.protocol import ADMIN, MATCHER
from weiproof.engine.administration import ADMIN_DELAY, MATCHER_ROLE
from weiproof.engine.fixed_point import WAD

from .rig import STRANGER
from .setting import (
    AUCTIONS,
    CREDIT,
    FEE_TIERS,
    OTHER_TIERS,
    PLAIN,
    RISK,
    SYSTEM_RISK,
    TOKENS,
    VOLATILITY,
    collateral,
    market,
)
from .situation import Situation

if TYPE_CHECKING:
    from weiproof.engine.call import Value

    from .rig import Rig


def _changed(function: str, name: str, *args: Value) -> Situation:
    return Situation(function, name, ADMIN, args, by_size=False)


def _next_token(rig: Rig) -> tuple[Value, ...]:
    return (collateral(TOKENS[-1]).parameters(rig.system.book),)


def _lower_weight(rig: Rig) -> tuple[Value, ...]:
    lower = replace(collateral(TOKENS[0]), initial_weight=WAD // 2, maintenance_weight=WAD // 2)
    return 0, lower.parameters(rig.system.book)


def _unchanged(rig: Rig) -> tuple[Value, ...]:
    first = rig.spec.markets[0]
    return 0, first.parameters(), first.tier_rows()


def _other_tiers(rig: Rig) -> tuple[Value, ...]:
    first = replace(rig.spec.markets[0], tiers=OTHER_TIERS)
    return 0, first.parameters(), first.tier_rows()


def _named(rig: Rig) -> None:
    """Somebody is to follow the administrator."""
    rig.house(ADMIN, "beginDefaultAdminTransfer", actor(STRANGER))


def _due(rig: Rig) -> None:
    """And may accept."""
    _named(rig)
    rig.now += ADMIN_DELAY


def _longer(rig: Rig) -> None:
    """The delay is to be longer."""
    rig.house(ADMIN, "changeDefaultAdminDelay", 2 * ADMIN_DELAY)


_NEW = market(0)
_FEE_ROWS = tuple((2 * tier.lower_volume, tier.maker_rate, tier.taker_rate) for tier in FEE_TIERS)
_REGIMES = tuple((2 * enters, 2 * leaves, scale) for enters, leaves, scale in VOLATILITY.regimes)
_CREDIT = replace(CREDIT, base_rate=2 * CREDIT.base_rate)
_SYSTEM = replace(PLAIN, liquidation_reserve=2 * PLAIN.liquidation_reserve)
_LIMITS = (True, WAD // 5, WAD // 2, 30, 1_000 * WAD, 100_000 * WAD)
_LESS_RISK = (*RISK[:-1], RISK[-1] // 2)
_ROLE: tuple[Value, ...] = (MATCHER_ROLE, actor(STRANGER))

ADMINISTRATION = (
    _changed("addMarket", "three tiers", _NEW.parameters(), _NEW.tier_rows()),
    Situation("setMarketParameters", "the same", ADMIN, _unchanged, by_size=False),
    Situation("setMarketParameters", "other tiers", ADMIN, _other_tiers, by_size=False),
    _changed("setMarketRisk", "", 0, _LESS_RISK),
    _changed("setVolatility", "three regimes", 0, VOLATILITY.parameters(), _REGIMES),
    _changed("setSystemRisk", "another floor", (WAD // 2, *SYSTEM_RISK[1:])),
    _changed("setLiquidationParameters", "", _LIMITS),
    _changed("setAuctionParameters", "", AUCTIONS),
    _changed("setMarketLimitRate", "", WAD // 100),
    _changed("setOffset", "another pair", 2, 3, WAD // 4),
    _changed("setFeeTiers", "three tiers", _FEE_ROWS),
    Situation("addCollateral", "", ADMIN, _next_token, by_size=False),
    Situation("setCollateralParameters", "lower weight", ADMIN, _lower_weight, by_size=False),
    _changed("setSeizureRank", "", 0, 1),
    _changed("setCreditParameters", "", _CREDIT.parameters()),
    _changed("setSystemParameters", "8 markets", _SYSTEM.system_parameters()),
    _changed("setMarketPaused", "", 0, True),
    _changed("setPaused", "8 markets", True),
    _changed("grantRole", "", *_ROLE),
    _changed("revokeRole", "", MATCHER_ROLE, actor(MATCHER)),
    _changed("beginDefaultAdminTransfer", "", actor(STRANGER)),
    Situation("cancelDefaultAdminTransfer", "", ADMIN, (), _named, by_size=False),
    Situation("acceptDefaultAdminTransfer", "", STRANGER, (), _due, by_size=False),
    _changed("changeDefaultAdminDelay", "", 2 * ADMIN_DELAY),
    Situation("rollbackDefaultAdminDelay", "", ADMIN, (), _longer, by_size=False),
    Situation("renounceRole", "", MATCHER, (MATCHER_ROLE, actor(MATCHER)), by_size=False),
)
