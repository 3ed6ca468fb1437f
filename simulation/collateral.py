"""Tokens that count as margin, and what negative cash costs: a scenario's part in plain integers.

Units as in :mod:`weiproof.simulation.scenario`; amounts of a token are in its own units.
"""

# Modules import each other: for the type checker alone.
# pyright: reportImportCycles=false

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.engine.fixed_point import WAD

from .paths import price_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from .scenario import PricePath, Scenario

SECONDS_PER_YEAR = 365 * 86_400
NO_LIMIT = 10**36
"""A limit in wei that never binds."""
MOST_DECIMALS = 18


@dataclass(frozen=True, slots=True)
class Token:
    """A token that accounts may bring as margin; its id is its place in the scenario."""

    name: str
    price: str
    """Name of the price that it counts at."""
    path: str
    """Name of the path of what it fetches at its venue; empty for what its first feed observes."""
    decimals: int
    initial_weight: int
    maintenance_weight: int
    seizure_discount: int
    cap: int
    """Most of it that all accounts may hold, token units."""
    ramp_duration: int
    """Seconds in which a lower maintenance weight comes into effect."""
    price_band: int
    """Furthest of a trade's price from the token's, WAD share of that."""
    trading_fee: int
    """WAD share of a trade's notional."""
    exchange_rate: int = 0
    """How much of what is staked one token stands for at first, WAD; 0 for a token without rate."""
    rates: tuple[tuple[int, int], ...] = ()
    """Later rates: unix seconds, rising, and WAD."""

    @property
    def label(self) -> str:
        """Name of the token's contract in the address book."""
        return f"token/{self.name}"

    @property
    def unit(self) -> int:
        """What one token unit is in WAD."""
        return int(10 ** (MOST_DECIMALS - self.decimals))

    def rate_at(self, at: int) -> int:
        """Its rate at a time, WAD."""
        place = bisect_right(self.rates, at, key=lambda row: row[0])
        return self.rates[place - 1][1] if place else self.exchange_rate


@dataclass(frozen=True, slots=True)
class TokenTrade:
    """A trade of a token against the market maker."""

    token: int
    """Token id."""
    amount: int
    """Token units, negative to sell."""
    at: int
    """Earliest time, unix seconds."""


@dataclass(frozen=True, slots=True)
class Credit:
    """What negative cash costs, and how far it may go."""

    base_rate: int = 0
    """Without use, WAD per second, rounded down from the rate per year in the file."""
    kink_rate: int = 0
    """At the kink, WAD per second."""
    maximum_rate: int = 0
    """At full use, WAD per second."""
    kink: int = 8 * 10**17
    """Share of positive cash that is lent out, WAD."""
    fund_share: int = 10**17
    """Share of the interest that the insurance fund gets, WAD."""
    debt_limit: int = NO_LIMIT
    """Debt above which an account's tokens are for sale, wei."""
    collateral_cap: int = NO_LIMIT
    """Most that all tokens may be worth, wei."""


@dataclass(frozen=True, slots=True)
class Collateral:
    """The tokens of a scenario, and its credit."""

    tokens: tuple[Token, ...]
    credit: Credit


NO_COLLATERAL = Collateral((), Credit())


def observed_price(
    scenario: Scenario, token: Token, at: int, shown: Callable[[PricePath, int], int] = price_at
) -> int:
    """What the nodes of the token's first feed observe, times its rate where the feed is rated.

    WAD, rounded down. `shown` answers with the price at which a venue stands.
    """
    feed = scenario.feeds_of(token.price)[0]
    price = shown(scenario.path(feed.source), at)
    if not feed.token:
        return price
    rated = next(each for each in scenario.collateral.tokens if each.name == feed.token)
    return price * rated.rate_at(at) // WAD


def venue_of(scenario: Scenario, token: Token, at: int) -> tuple[PricePath, int]:
    """The path on which the token is sold, and how much of what has that price a token is, WAD."""
    if token.path:
        return scenario.path(token.path), WAD
    feed = scenario.feeds_of(token.price)[0]
    rated = (each for each in scenario.collateral.tokens if each.name == feed.token)
    rate = next((each.rate_at(at) for each in rated), WAD)
    return scenario.path(feed.source), rate


def venue_price(
    scenario: Scenario, token: Token, at: int, shown: Callable[[PricePath, int], int] = price_at
) -> int:
    """What the token fetches at its venue, WAD, rounded down; `shown` as of `observed_price`."""
    if token.path:
        return shown(scenario.path(token.path), at)
    return observed_price(scenario, token, at, shown)
