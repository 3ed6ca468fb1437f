"""What is deployed to be measured: the same contracts with everything on, and plain."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

from weiproof.crosscheck.spec import (
    CollateralSpec,
    CreditSpec,
    FeedSpec,
    FeeTierSpec,
    MarketSpec,
    PriceSpec,
    ProtocolSpec,
    SourceSpec,
    TierSpec,
    TokenSpec,
    VolatilitySpec,
)
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_ACCOUNT_COLLATERALS, MAX_ACCOUNT_MARKETS

HOUR = 3_600
LIMIT = 24 * HOUR
"""Age limit of every price, seconds."""

MIRRORED = 1
"""The market that every party holds the other way round, so that the offset has opposite legs."""


class Size(NamedTuple):
    """How many markets and collateral tokens every party holds."""

    markets: int
    tokens: int = 0

    def __str__(self) -> str:
        return f"{self.markets}+{self.tokens}" if self.tokens else f"{self.markets}"

    @property
    def title(self) -> str:
        """Head of its column."""
        if self.tokens:
            return f"{self.markets} + {self.tokens} tokens"
        return f"{self.markets} market{'s' if self.markets > 1 else ''}"

    @classmethod
    def parse(cls, text: str) -> Size:
        """Reads ``4`` or ``4+3``; raises ValueError for what no account may hold."""
        found = re.fullmatch(r"([0-9]+)(?:\+([0-9]+))?", text, re.ASCII)
        size = cls(*(int(part) for part in found.groups("0"))) if found else cls(0)
        if not (
            1 <= size.markets <= MAX_ACCOUNT_MARKETS and size.tokens <= MAX_ACCOUNT_COLLATERALS
        ):
            raise ValueError(
                f"{text} is not a size: 1 to {MAX_ACCOUNT_MARKETS} markets,"
                f" and up to {MAX_ACCOUNT_COLLATERALS} tokens after a +"
            )
        return size


SIZES = (Size(1), Size(2), Size(4), Size(8), Size(4, 3), Size(8, 4))
"""What every party holds, where nothing else is asked for."""

TIERS = (
    TierSpec(0, WAD // 10, WAD // 20),
    TierSpec(100_000 * WAD, WAD // 5, WAD // 10),
    TierSpec(1_000_000 * WAD, WAD // 2, WAD // 4),
)
OTHER_TIERS = (TierSpec(0, WAD // 8, WAD // 16), *TIERS[1:])
"""Tiers to which requirements ramp."""

RISK = (
    1_000 * WAD,
    100_000 * WAD,
    12 * WAD // 10,
    5 * WAD // 10_000,
    WAD // 10,
    1_000_000 * WAD,
    2 * WAD // 100,
    1_000 * WAD,
    10_000 * WAD,
)
"""Scale by open interest between its bounds, liquidity add-on on its curve, and both caps."""

SYSTEM_RISK: tuple[int, ...] = (3 * WAD // 10, 15 * WAD // 10, 12 * WAD // 10, WAD // 10, HOUR)
"""Offset floor and margin warnings; set after the offset, since a new floor begins a ramp."""

BACKSTOP_TERMS = (0, WAD // 4, WAD, WAD, WAD)
"""Vault and fund may take over from whoever is liquidatable; withdrawals wait for nothing."""

AUCTIONS = (1, HOUR, HOUR, 0, 0)
"""Everybody is large enough for an auction of an hour."""

OFFSET = (0, MIRRORED, WAD // 2)

_PERCENT = (WAD // 100) ** 2
"""Variance of returns of one percent, square of WAD."""

VOLATILITY = VolatilitySpec(
    observation_period=HOUR,
    maximum_gap=24 * HOUR,
    decay=94 * WAD // 100,
    regime_ramp=HOUR,
    regimes=(
        (_PERCENT // 10, _PERCENT // 20, 12 * WAD // 10),
        (_PERCENT, _PERCENT // 2, 14 * WAD // 10),
        (10 * _PERCENT, 5 * _PERCENT, 15 * WAD // 10),
    ),
)

FEE_TIERS = (
    FeeTierSpec(0, WAD, WAD),
    FeeTierSpec(500 * WAD, WAD // 2, 8 * WAD // 10),
    FeeTierSpec(1_000_000 * WAD, 0, WAD // 2),
)

CREDIT = CreditSpec(base_rate=10**9, kink_rate=5 * 10**9, maximum_rate=5 * 10**10)

TOKENS = tuple(
    TokenSpec(f"T{index}", decimals) for index, decimals in enumerate((18, 6, 8, 18, 18))
)
"""As many as an account may hold, and one that is not collateral yet."""


def market(index: int) -> MarketSpec:
    """A market with three tiers on a price of its own."""
    return MarketSpec(
        f"M{index}", f"P{index}", 10**15, 10**16, TIERS, backstop_capacity=10**6 * WAD
    )


def collateral(token: TokenSpec) -> CollateralSpec:
    """A token as margin, on a price of its own; may count less than it is worth by a fifth."""
    cap = 10**6 * 10**token.decimals
    return CollateralSpec(token.name, token.name, 8 * WAD // 10, 85 * WAD // 100, WAD // 10, cap)


_NAMES = (*(f"P{index}" for index in range(MAX_ACCOUNT_MARKETS)), *(each.name for each in TOKENS))

PLAIN = ProtocolSpec(
    feeds=tuple(FeedSpec(name) for name in _NAMES),
    prices=tuple(PriceSpec(name, (SourceSpec(name, LIMIT, LIMIT),), 1) for name in _NAMES),
    markets=tuple(market(index) for index in range(MAX_ACCOUNT_MARKETS)),
    tokens=TOKENS,
    collaterals=tuple(collateral(token) for token in TOKENS[:MAX_ACCOUNT_COLLATERALS]),
    backstop=BACKSTOP_TERMS,
)
"""Eight markets and four tokens, each with a price of its own that comes from one feed."""

FULL = replace(
    PLAIN,
    markets=tuple(
        replace(
            each,
            premium_depth=500 * WAD,
            impact_max_age=24 * HOUR,
            settlement_fee_rate=10**14,
            risk=RISK,
            volatility=VOLATILITY,
        )
        for each in PLAIN.markets
    ),
    credit=CREDIT,
    fee_tiers=FEE_TIERS,
    offsets=(OFFSET,),
)
"""The same with everything on that costs something."""

SETTINGS = {"full": FULL, "plain": PLAIN}
"""What can be measured, by its name."""
