"""The protocol that the fuzz plays on: small, but with every kind of feed, market and tier table.

More markets than one account may hold, feeds with 0 to 18 decimals and one with more than the hub
takes, tellers of truth beside mocks, quorums that can fail, step and tick at their extremes, caps
on socialised losses that bind and one that is zero.
"""

from __future__ import annotations

from weiproof.contracts.chains import actor
from weiproof.crosscheck.protocol import ADMIN, MATCHER, TRANSMITTER
from weiproof.crosscheck.spec import (
    CollateralSpec,
    CreditSpec,
    FeedSpec,
    MarketSpec,
    PriceSpec,
    ProtocolSpec,
    RatedFeedSpec,
    SourceSpec,
    TierSpec,
    TimelockSpec,
    TokenSpec,
)
from weiproof.engine.accounts import sub_account
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameter_timelock import MINIMUM_DELAY

TRADERS = tuple(f"trader-{i}" for i in range(9))
"""Labels of the accounts that trade."""

KEEPERS = ("keeper-0", "keeper-1")
"""Labels of the accounts that liquidate; they trade what they took over."""

RICH = ("whale-0", "whale-1", "whale-2", "whale-3")
"""Labels of the accounts of the directed sequences."""

OUTSIDER, SPONSOR, TREASURY = "outsider", "sponsor", "treasury"
"""Someone without a role, someone who gives to the fund, someone who gets the fees."""

LABELS = (*TRADERS, *KEEPERS, *RICH, OUTSIDER, SPONSOR, TREASURY, ADMIN, MATCHER, TRANSMITTER)
"""Labels of everybody."""

ANCHORS = {
    "ETH-USD": 2500 * WAD,
    "BTC-USD": 60_000 * WAD,
    "GAS-USD": 40 * WAD,
    "SOL-USD": 150 * WAD,
    "MEME-USD": WAD // 1000,
    "CALM-USD": 1000 * WAD,
    "RARE-USD": 1000 * WAD,
    "USDX-USD": WAD,
    "TAXED-USD": 10 * WAD,
}
"""Prices around which the fuzz moves, WAD."""

SMALLEST_ANSWER, LARGEST_ANSWER = 1, 10**30
"""Bounds of the feeds' answers, in their own decimals."""

_RARE_AGE = 40 * 86_400

_FEEDS = (
    FeedSpec("ETH/a", 8, "ETH / USD", 1, SMALLEST_ANSWER, LARGEST_ANSWER),
    FeedSpec("ETH/b", 18, "ETH / USD", 3, SMALLEST_ANSWER, LARGEST_ANSWER),
    FeedSpec("ETH/m", 8, "ETH / USD", mock=True),
    FeedSpec("BTC/a", 8, "BTC / USD", 1, SMALLEST_ANSWER, LARGEST_ANSWER),
    FeedSpec("BTC/m", 6, "BTC / USD", mock=True),
    FeedSpec("GAS/a", 0, "GAS / USD", 2**16 - 1, SMALLEST_ANSWER, LARGEST_ANSWER),
    FeedSpec("SOL/m", 18, "SOL / USD", mock=True),
    FeedSpec("MEME/b", 18, "MEME / USD", 1, -LARGEST_ANSWER, LARGEST_ANSWER),
    FeedSpec("RARE/m", 18, "RARE / USD", mock=True),
    FeedSpec("CALM/m", 18, "CALM / USD", mock=True),
    FeedSpec("USDX/m", 8, "USDX / USD", mock=True),
    FeedSpec("TAXED/m", 18, "TAXED / USD", mock=True),
    FeedSpec("WIDE/m", 24, "too many decimals", mock=True),
)

_PRICES = (
    PriceSpec(
        "ETH-USD",
        (
            SourceSpec("ETH/a", 3600, 7200),
            SourceSpec("ETH/b", 3600, 7200),
            SourceSpec("ETH/m", 900, 900),
        ),
        2,
    ),
    PriceSpec("BTC-USD", (SourceSpec("BTC/a", 3600, 7200), SourceSpec("BTC/m", 1800, 1800)), 1),
    PriceSpec("GAS-USD", (SourceSpec("GAS/a", 86_400, 90_000),), 1),
    PriceSpec("SOL-USD", (SourceSpec("SOL/m", 1800, 3600),), 1),
    PriceSpec("MEME-USD", (SourceSpec("MEME/b", 3600, 3600),), 1),
    PriceSpec("CALM-USD", (SourceSpec("CALM/m", _RARE_AGE, _RARE_AGE),), 1),
    PriceSpec("RARE-USD", (SourceSpec("RARE/m", _RARE_AGE, _RARE_AGE),), 1),
    PriceSpec("USDX-USD", (SourceSpec("USDX/m", 86_400, 90_000),), 1),
    PriceSpec("TAXED-USD", (SourceSpec("TAXED/m", 3600, 7200),), 1),
    PriceSpec("STAKED-USD", (SourceSpec("STAKED/r", 3600, 7200),), 1),
)

_PLAIN = (TierSpec(0, WAD // 10, WAD // 20),)

_THREE = (
    TierSpec(0, WAD // 20, WAD // 40),
    TierSpec(50_000 * WAD, WAD // 10, WAD // 20),
    TierSpec(250_000 * WAD, WAD // 4, WAD // 8),
)

_STEEP = (
    TierSpec(0, WAD // 50, WAD // 100),
    TierSpec(1, WAD // 40, WAD // 100),
    TierSpec(30_000 * WAD, WAD // 2, WAD // 4),
)

_EIGHT = tuple(
    TierSpec(i * 10_007 * WAD + (i > 0), WAD * (i + 4) // 40, WAD * (i + 4) // 80) for i in range(8)
)

_MARKETS = (
    MarketSpec("ETH", "ETH-USD", 10**15, 10**16, _THREE, premium_depth=1_000 * WAD),
    MarketSpec("ETH by the wei", "ETH-USD", 1, 10**18, _PLAIN, minimum_notional=0),
    MarketSpec("ETH uncapped", "ETH-USD", 10**18, 1, _PLAIN, socialisation_cap_rate=WAD),
    MarketSpec("BTC", "BTC-USD", 10**14, 10**17, _THREE, premium_depth=50_000 * WAD),
    MarketSpec("BTC steep", "BTC-USD", 10**14, 10**16, _STEEP, liquidation_fee_rate=2 * 10**15),
    MarketSpec("GAS", "GAS-USD", 10**18, 10**18, _PLAIN, band_rate=0, maximum_funding_rate=0),
    MarketSpec("GAS quick", "GAS-USD", 10**17, 10**17, _EIGHT, funding_period=60),
    MarketSpec(
        "SOL", "SOL-USD", 10**16, 10**14, _EIGHT, maximum_funding_rate=10**12, premium_depth=1
    ),
    MarketSpec(
        "SOL capped", "SOL-USD", 10**18, 1, _PLAIN, premium_depth=1, socialisation_cap_rate=10**14
    ),
    MarketSpec("MEME", "MEME-USD", 10**18, 10**12, _PLAIN, minimum_notional=0),
    MarketSpec("CALM", "CALM-USD", 10**15, 10**15, _PLAIN),
    MarketSpec("RARE", "RARE-USD", 10**15, 10**15, _PLAIN, socialisation_cap_rate=0),
)

STAKED, TAXED = "STAKED", "TAXED"
"""The token whose rate can be slashed, and the one that may keep a part of what is moved."""

_TOKENS = (
    TokenSpec("USDX", 6),
    TokenSpec("WBTC", 8),
    TokenSpec("WETH", 18),
    TokenSpec(STAKED, 18, exchange_rate=11 * WAD // 10),
    TokenSpec(TAXED, 12),
    TokenSpec("WIDE", 19),
    TokenSpec("LATE", 0),
    TokenSpec("LATER", 18),
    TokenSpec("LATEST", 18),
    TokenSpec("LAST", 18),
)

_COLLATERALS = (
    CollateralSpec("USDX", "USDX-USD", WAD * 98 // 100, WAD * 99 // 100, WAD // 100, 10**13, 3600),
    CollateralSpec("WBTC", "BTC-USD", WAD * 85 // 100, WAD * 9 // 10, WAD // 20, 10**11),
    CollateralSpec("WETH", "ETH-USD", WAD * 8 // 10, WAD * 9 // 10, WAD // 20, 10**22, 7200),
    CollateralSpec(STAKED, "STAKED-USD", WAD * 7 // 10, WAD * 85 // 100, WAD // 10, 10**22),
    CollateralSpec(TAXED, "TAXED-USD", WAD // 2, WAD // 2, WAD // 4, 10**18),
)

_CREDIT = CreditSpec(
    base_rate=10**9,
    kink_rate=5 * 10**9,
    maximum_rate=5 * 10**10,
    debt_limit=20_000 * WAD,
    collateral_cap=10**9 * WAD,
)

SPEC = ProtocolSpec(
    feeds=_FEEDS,
    prices=_PRICES,
    markets=_MARKETS,
    tokens=_TOKENS,
    rated_feeds=(RatedFeedSpec("STAKED/r", "ETH/a", STAKED, "STAKED / USD"),),
    collaterals=_COLLATERALS,
    credit=_CREDIT,
    backstop=(3600, WAD // 4, WAD * 2 // 3, WAD // 3, WAD // 2),
    deleverage_delay=60,
    timelock=TimelockSpec(MINIMUM_DELAY, cancellers=(actor(SPONSOR),), alone=False),
)
"""Feeds, prices, markets and tokens of the fuzz."""

FAUCET_UNITS = 10**13
"""What each account gets from the faucet, token units: ten million dollars."""


def faucet_amounts() -> dict[str, int]:
    """Tokens that the accounts start with, by label."""
    labels = (*TRADERS, *KEEPERS, *RICH, SPONSOR)
    return dict.fromkeys(labels, FAUCET_UNITS)


def accounts() -> tuple[str, ...]:
    """Addresses of the owners of accounts."""
    return tuple(actor(label) for label in (*TRADERS, *KEEPERS, *RICH))


def sub_accounts() -> tuple[str, ...]:
    """Sub-accounts that trade; they send nothing themselves."""
    return tuple(sub_account(owner, 1) for owner in accounts()[:3])
