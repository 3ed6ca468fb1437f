"""Derived figures, measured as if they were sent; and what is not measured at all."""

from __future__ import annotations

from weiproof.contracts.chains import actor
from weiproof.engine.fixed_point import WAD

from .rig import FALLEN, LONG, PRICE, STRANGER
from .situation import LONG_FIRST, Situation, thin

_ACCOUNT = (actor(LONG),)

VIEWS = (
    Situation("accountFigures", "", STRANGER, _ACCOUNT, thin),
    Situation("equity", "", STRANGER, _ACCOUNT, thin),
    Situation("freeCollateral", "", STRANGER, _ACCOUNT, thin),
    Situation("initialMargin", "", STRANGER, _ACCOUNT, thin),
    Situation("maintenanceMargin", "", STRANGER, _ACCOUNT, thin),
    Situation("healthFactor", "", STRANGER, _ACCOUNT, thin),
    Situation("withdrawable", "", STRANGER, _ACCOUNT),
    Situation("isLiquidatable", "", STRANGER, _ACCOUNT, thin),
    Situation("isLiquidatableAt", "", STRANGER, (*LONG_FIRST, PRICE * WAD), thin),
    Situation("liquidationPrice", "", STRANGER, LONG_FIRST, thin),
    Situation("bankruptcyPrice", "", STRANGER, LONG_FIRST, thin),
    Situation("liquidationSize", "", STRANGER, LONG_FIRST, thin, FALLEN),
    Situation("liquidationMarket", "", STRANGER, _ACCOUNT, thin, FALLEN),
    Situation("seizureFirst", "", STRANGER, _ACCOUNT, thin, FALLEN, needs_token=True),
    Situation("indexPrice", "", STRANGER, (0,), by_size=False),
    Situation("markPrice", "", STRANGER, (0,), by_size=False),
    Situation("interestRate", "", STRANGER, (), by_size=False),
    Situation("feeRates", "", STRANGER, LONG_FIRST, by_size=False),
    Situation("volumeOf", "", STRANGER, _ACCOUNT, by_size=False),
)
"""Of an account that holds just what initial margin asks for."""

_CONSTANT = "a constant"
_STORED = "reads what is stored and computes nothing"

NOT_MEASURED = {
    "DEFAULT_ADMIN_ROLE": _CONSTANT,
    "MATCHER_ROLE": _CONSTANT,
    "PARAMETER_ROLE": _CONSTANT,
    "PAUSER_ROLE": _CONSTANT,
    "TREASURER_ROLE": _CONSTANT,
    "supportsInterface": _CONSTANT,
    "accountRecord": _STORED,
    "backstopCapacity": _STORED,
    "backstopParameters": _STORED,
    "backstopRecord": _STORED,
    "backstopShares": _STORED,
    "candidatesOf": _STORED,
    "flagOf": _STORED,
    "administration": _CONSTANT,
    "auctionOf": _STORED,
    "auctionParameters": _STORED,
    "collateral": _STORED,
    "collateralCount": _STORED,
    "creditParameters": _STORED,
    "defaultAdmin": _STORED,
    "defaultAdminDelay": _STORED,
    "defaultAdminDelayIncreaseWait": _CONSTANT,
    "feeTiers": _STORED,
    "finalRecord": _STORED,
    "getRoleAdmin": _STORED,
    "hasRole": _STORED,
    "holding": _STORED,
    "isTrader": _STORED,
    "liquidationParameters": _STORED,
    "liquidationWindow": _STORED,
    "marketCount": _STORED,
    "marketLimitRate": _STORED,
    "marketParameters": _STORED,
    "marketRecord": _STORED,
    "marketRisk": _STORED,
    "offsetRamp": _STORED,
    "offsets": _STORED,
    "ordersOf": _STORED,
    "plan": _STORED,
    "owner": _STORED,
    "pendingDefaultAdmin": _STORED,
    "pendingDefaultAdminDelay": _STORED,
    "positionRecord": _STORED,
    "previousTerms": _STORED,
    "seizureOrderOf": _STORED,
    "systemParameters": _STORED,
    "systemRecord": _STORED,
    "systemRisk": _STORED,
    "volatility": _STORED,
    "volumeRecord": _STORED,
}
"""External functions that have no row, each with the reason."""
