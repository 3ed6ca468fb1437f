"""Who takes part and what they plan: accounts, trades and reviews drawn from a scenario."""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import TYPE_CHECKING

from weiproof.engine.draws import Draws
from weiproof.engine.fixed_point import WAD
from weiproof.engine.records import TOKEN_UNIT

from .collateral import venue_price
from .paths import price_at
from .scenario import member_names

if TYPE_CHECKING:
    from weiproof.engine.draws import Stream

    from .scenario import Behaviour, Distribution, Group, Scenario


@dataclass(frozen=True, slots=True)
class PlannedAccount:
    """One account and its deposit."""

    name: str
    group: str
    """Name of its group; empty for an account written out in the file."""
    deposit: int
    """Token units."""
    at: int
    """Time of its deposit and trades, unix seconds."""
    behaviour: Behaviour | None
    tokens: tuple[tuple[int, int], ...] = ()
    """Ids of the tokens that it brings, and token units."""
    in_tokens: int = 0
    """How much of `deposit` is brought in tokens, token units of the settlement token."""
    isolated: tuple[int, ...] = ()
    """Ids of the markets whose positions stand in sub-accounts of their own."""


@dataclass(frozen=True, slots=True)
class PlannedTrade:
    """A position that an account means to open against the market maker."""

    account: str
    market: int
    """Market id."""
    size: int
    """WAD, a multiple of the market's step, not 0; negative to sell."""
    at: int
    """Earliest time, unix seconds."""


@dataclass(frozen=True, slots=True)
class PlannedTokenTrade:
    """A token that an account means to buy from the market maker, or sell to it."""

    account: str
    token: int
    """Token id."""
    amount: int
    """Token units, not 0; negative to sell."""
    at: int
    """Earliest time, unix seconds."""


@dataclass(frozen=True, slots=True)
class PlannedReview:
    """A trader looks at the account; what is true here is done if its condition holds then."""

    account: str
    at: int
    withdraws: bool
    """Takes the behaviour's share of what is withdrawable."""
    tops_up: bool
    """Deposits the behaviour's share of the first deposit if equity is below initial margin."""
    panics: bool
    """Closes every position if equity is below the first deposit."""


@dataclass(frozen=True, slots=True)
class Population:
    """All plans: accounts in the order of the file, trades and reviews by time."""

    accounts: tuple[PlannedAccount, ...]
    trades: tuple[PlannedTrade, ...]
    """By time; of equal times in the order of the accounts."""
    reviews: tuple[PlannedReview, ...]
    """By time; of equal times in the order of the accounts."""
    token_trades: tuple[PlannedTokenTrade, ...] = ()
    """By time; of equal times in the order of the accounts."""


def plan(scenario: Scenario) -> Population:
    """Draw the population of a scenario from its seed.

    Every figure has its own stream, named after its account, so that changing one group leaves all
    others as they are. Sizes are rounded down to the market's step; what rounds to 0 is left out.
    """
    draws = Draws(scenario.seed)
    accounts: list[PlannedAccount] = []
    trades: list[PlannedTrade] = []
    for account in scenario.accounts:
        accounts.append(
            PlannedAccount(
                account.name, "", account.deposit, account.at, account.behaviour, account.tokens
            )
        )
        trades += [
            PlannedTrade(account.name, p.market, p.size, account.at) for p in account.positions
        ]
    for group in scenario.groups:
        for name in member_names(group.name, group.count):
            member = _member(draws, scenario, group, name)
            accounts.append(member)
            trades += _trades(draws, scenario, group, member)
    reviews = [review for account in accounts for review in _reviews(draws, scenario, account)]
    token_trades = [
        PlannedTokenTrade(account.name, trade.token, trade.amount, trade.at)
        for account in scenario.accounts
        for trade in account.token_trades
    ]
    trades.sort(key=lambda trade: trade.at)
    token_trades.sort(key=lambda trade: trade.at)
    reviews.sort(key=lambda review: review.at)
    return Population(tuple(accounts), tuple(trades), tuple(reviews), tuple(token_trades))


def draw(stream: Stream, distribution: Distribution) -> int:
    """Draw one value of a distribution.

    `loguniform` halves the interval at the integer root of low * high until one value is left, so
    that equal ratios are about equally likely.
    """
    if distribution.kind == "choice":
        return stream.choice(distribution.values)
    if distribution.kind == "uniform":
        return stream.between(distribution.low, distribution.high)
    low, high = distribution.low, distribution.high
    while low < high:
        middle = isqrt(low * high)
        if stream.chance(1, 2):
            high = middle
        else:
            low = middle + 1
    return low


def _member(draws: Draws, scenario: Scenario, group: Group, name: str) -> PlannedAccount:
    deposit = draw(draws.stream(f"account/{name}/deposit"), group.deposit)
    at = draws.stream(f"account/{name}/entry").between(group.enter_from, group.enter_to)
    parts = [(token_id, deposit * share // WAD) for token_id, share in group.token_shares]
    tokens = []
    for token_id, part in parts:
        token = scenario.collateral.tokens[token_id]
        price = venue_price(scenario, token, at)
        if units := part * TOKEN_UNIT * WAD // (price * token.unit):
            tokens.append((token_id, units))
    in_tokens = sum(part for _, part in parts)
    isolated = _chosen(draws, group, name) if group.isolated else ()
    return PlannedAccount(
        name, group.name, deposit, at, group.behaviour, tuple(tokens), in_tokens, isolated
    )


def _trades(
    draws: Draws, scenario: Scenario, group: Group, member: PlannedAccount
) -> list[PlannedTrade]:
    leverage = draw(draws.stream(f"account/{member.name}/leverage"), group.leverage)
    long = draws.stream(f"account/{member.name}/side").chance(group.long_share, WAD)
    chosen = _chosen(draws, group, member.name)
    notional = member.deposit * TOKEN_UNIT * leverage // (WAD * len(chosen))
    trades = []
    for market_id in chosen:
        market = scenario.markets[market_id]
        price = price_at(scenario.path(market.path), member.at)
        size = notional * WAD // price // market.size_step * market.size_step
        if size:
            trade = PlannedTrade(member.name, market_id, size if long else -size, member.at)
            trades.append(trade)
    return trades


def _chosen(draws: Draws, group: Group, name: str) -> tuple[int, ...]:
    stream = draws.stream(f"account/{name}/markets")
    left = list(group.markets)
    chosen = [left.pop(stream.below(len(left))) for _ in range(group.markets_per_account)]
    return tuple(sorted(chosen))


def _reviews(draws: Draws, scenario: Scenario, account: PlannedAccount) -> list[PlannedReview]:
    behaviour = account.behaviour
    if behaviour is None:
        return []
    stream = draws.stream(f"account/{account.name}/reviews")
    every = behaviour.review_every
    reviews = []
    for at in range(account.at + stream.between(1, every), scenario.end + 1, every):
        withdraws = stream.chance(behaviour.withdraw, WAD)
        tops_up = stream.chance(behaviour.top_up, WAD)
        panics = stream.chance(behaviour.panic, WAD)
        if withdraws or tops_up or panics:
            reviews.append(PlannedReview(account.name, at, withdraws, tops_up, panics))
    return reviews
