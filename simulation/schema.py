"""The scenario file as pydantic models: strict, unknown keys refused, numbers exact.

A model's fields hold integers already: decimals are scaled while they are validated, so that an
error carries the key of the number. What needs to look at several tables is checked in
:mod:`weiproof.simulation.agreement`. This module is imported lazily: pydantic is heavy.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, model_validator

from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import (
    MAX_ACCOUNT_COLLATERALS,
    MAX_ACCOUNT_MARKETS,
    MAX_COLLATERALS,
    MAX_FEE_TIERS,
    MAX_MARKETS,
)
from weiproof.oracles.oracle_hub import MAX_SOURCES

from .basket_tables import BasketTable  # noqa: TC001 - a field's type
from .blockspace_tables import BlockspaceTable  # noqa: TC001 - a field's type
from .distribution_tables import (  # noqa: TC001 - fields' types
    AmountDistribution,
    LeverageDistribution,
)
from .fields import (
    Amount,
    Count,
    Delay,
    HalfShare,
    Name,
    Notional,
    PositiveAmount,
    PriceNumber,
    Ratio,
    Seconds,
    Seed,
    Share,
    Small,
    SmallShare,
    Time,
    integer,
    json_integer,
    refuse,
)
from .margin_tables import (  # noqa: TC001 - fields' types
    ChangeTable,
    Ramp,
    Tiers,
    VolatilityTable,
)
from .market_life_tables import MarketEventTable, SettlerTable  # noqa: TC001 - fields' types
from .price_tables import FeedTable, PathTable, PriceTable, Table, check_bids
from .token_tables import MAX_PRICES, CreditTable, TokenAmount, TokenTable, TokenTradeTable
from .waterfall_tables import (
    ExpectedRoutes,
    LiquidationTable,
    ProviderTable,
    WaterfallTable,
)


class ScenarioTable(Table):
    """`[scenario]`: what it is, when it runs and its seed."""

    name: Name
    description: Annotated[str, Field(max_length=4000)] = ""
    start: Time
    end: Time
    seed: Seed
    block_time: Annotated[
        int, PlainValidator(integer(1, 3600)), json_integer(1, 3600), Field(description="seconds")
    ]

    @model_validator(mode="after")
    def _order(self) -> ScenarioTable:
        if self.end <= self.start:
            refuse("an end after the start", "Check start and end of the scenario.")
        return self


class SystemTable(Table):
    """`[system]`: parameters of the whole system."""

    liquidation_reserve: Amount
    minimum_keeper_reward: Amount
    liquidator_share: Share = Field(description="share of the liquidation fee")
    insurance_share: Share = Field(description="share of trading fees")
    target_ratio: Ratio

    @model_validator(mode="after")
    def _reward(self) -> SystemTable:
        if self.minimum_keeper_reward > self.liquidation_reserve:
            expected = "a minimum_keeper_reward of at most the liquidation_reserve"
            refuse(expected, "The reward is paid out of the reserve.")
        return self


class InsuranceTable(Table):
    """`[insurance_fund]`: its amount at the start."""

    amount: Amount


class FeeTierTable(Table):
    """One tier of the trading fees."""

    above: Notional = Field(description="an account's volume of thirty days")
    maker: Share = Field(description="share of the market's trading_fee")
    taker: Share = Field(description="share of the market's trading_fee")


class FeesTable(Table):
    """`[fees]`: trading fees by the account's volume of thirty days."""

    tiers: Annotated[list[FeeTierTable], Field(max_length=MAX_FEE_TIERS)] = []


class MarketTable(Table):
    """`[[market]]`: one perpetual market."""

    name: Name
    price: Name
    path: Name | None = Field(
        default=None, description="where traders find the market; default: its first feed's source"
    )
    size_step: PriceNumber
    price_tick: PriceNumber
    price_band: SmallShare
    trading_fee: Share
    liquidation_fee: Share
    minimum_notional: Notional
    premium_depth: Notional = Field(
        description="least notional of a timestamp's trades that counts for the basis of the mark"
    )
    funding_period: Seconds
    max_funding_rate: Share = Field(description="per day")
    socialisation_cap: Share
    mark_band: HalfShare = Field(
        default=WAD // 20, description="furthest of the mark from the index"
    )
    basis_period: Seconds = Field(
        default=3600, description="over which trades move the basis of the mark fully"
    )
    impact_max_age: Delay = Field(
        default=60, description="oldest report of depth that counts for the mark"
    )
    tiers: Tiers
    settlement_fee: SmallShare = Field(
        default=0, description="of the notional that a trade closes, beside trading_fee"
    )
    ramp_duration: Ramp = Field(
        default=86_400, description="seconds that changed margin takes to come into force"
    )
    volatility: VolatilityTable | None = Field(
        default=None, description="volatility regimes; default: none"
    )
    backstop_capacity: Notional = Field(
        default=0, description="largest notional that the backstop vault may hold"
    )


class BehaviourTable(Table):
    """What traders do on their own; chances hold at each review of an account."""

    review_every: Seconds
    withdraw: Share = 0
    withdraw_share: Share = WAD // 2
    top_up: Share = 0
    top_up_share: Share = WAD // 2
    panic: Share = 0
    leave_within: Seconds | None = Field(
        default=None,
        description="closes its position in a market at most so many seconds after that became"
        " reduce-only; default: it does not",
    )


class PositionTable(Table):
    """A position of an explicit account."""

    market: Name
    size: PriceNumber
    side: Literal["long", "short"]


class AccountTable(Table):
    """`[[account]]`: an account written out."""

    name: Name
    deposit: PositiveAmount
    at: Time | None = Field(default=None, description="default: the start")
    positions: Annotated[list[PositionTable], Field(max_length=MAX_ACCOUNT_MARKETS)] = []
    behaviour: BehaviourTable | None = None
    tokens: Annotated[dict[Name, TokenAmount], Field(max_length=MAX_ACCOUNT_COLLATERALS)] = Field(
        default={}, description="tokens that it brings besides its deposit"
    )
    token_trades: list[TokenTradeTable] = Field(
        default=[], description="tokens that it buys and sells"
    )


class GroupTable(Table):
    """`[[group]]`: accounts drawn from distributions."""

    name: Name
    count: Count
    deposit: AmountDistribution
    leverage: LeverageDistribution
    long_share: Share
    markets: Annotated[list[Name], Field(min_length=1, max_length=MAX_MARKETS)]
    markets_per_account: Annotated[
        int, PlainValidator(integer(1, MAX_ACCOUNT_MARKETS)), json_integer(1, MAX_ACCOUNT_MARKETS)
    ] = 1
    enter_from: Time | None = Field(default=None, description="default: the start")
    enter_to: Time | None = Field(default=None, description="default: enter_from")
    behaviour: BehaviourTable | None = None
    token_shares: Annotated[dict[Name, Share], Field(max_length=MAX_ACCOUNT_COLLATERALS)] = Field(
        default={}, description="shares of the deposit that are brought in tokens"
    )
    watched: bool = Field(
        default=False, description="the summary says what its accounts came to, all together"
    )
    isolated: bool = Field(
        default=False,
        description="each market's position stands in a sub-account of its own, with its part of"
        " the deposit",
    )

    @model_validator(mode="after")
    def _alone(self) -> GroupTable:
        if self.isolated and (self.behaviour is not None or self.token_shares):
            expected = "neither behaviour nor token_shares where isolated is true"
            refuse(expected, "Traders with isolated margin hold cash and leave it where it is.")
        if self.watched and self.token_shares:
            refuse("no token_shares where watched is true", "Only cash is counted. Take one out.")
        return self


class KeeperTable(Table):
    """`[[keeper]]`: a liquidator."""

    name: Name
    capital: PositiveAmount
    latency: Delay
    capacity: Small
    cost: Amount = Field(
        default=0,
        description="what a liquidation costs it: it stays away from those that bring less",
    )
    bid: PriceNumber | None = Field(
        default=None, description="what it bids for a place in a block, where room is limited"
    )
    max_bid: PriceNumber | None = Field(
        default=None, description="most that it bids after waiting; default: bid"
    )

    @model_validator(mode="after")
    def _raised(self) -> KeeperTable:
        check_bids(self.bid, self.max_bid)
        return self


class MarketMakerTable(Table):
    """`[market_maker]`: the other side of every planned trade, of tokens too."""

    name: Name
    capital: PositiveAmount
    spread: Share
    impact_every: Seconds | None = Field(
        default=None, description="between two reports of its depth; default: none are made"
    )
    resting: PositiveAmount | None = Field(
        default=None,
        description="rests on each side of a market's book before each trade; default: nothing,"
        " and the matcher reports no orders",
    )
    tokens: Annotated[dict[Name, TokenAmount], Field(max_length=MAX_ACCOUNT_COLLATERALS)] = Field(
        default={},
        description="tokens that it brings besides its capital, a minute after the start",
    )


class ChecksTable(Table):
    """`[checks]`: how often the dear comparisons are made, in calls."""

    full_state_every: Count = 200
    views_every: Count = 50


class ExpectTable(ExpectedRoutes):
    """What a variant comes to; amounts are rounded down to token units."""

    liquidated: Annotated[int, PlainValidator(integer(0, 100_000)), json_integer(0, 100_000)] = (
        Field(description="accounts of which anything was liquidated")
    )
    bad_debt: Amount = Field(
        description="deficits of liquidated accounts, and of claims on closed markets what the"
        " fund gave"
    )
    shortfall: Amount = Field(
        description="what accounts would owe at the end at the price that the nodes of each"
        " market's first feed observe"
    )


class VariantTable(Table):
    """`[[variant]]`: another version of the scenario.

    Each table of `price`, `feed`, `path`, `market`, `group`, `account`, `keeper`, `token`,
    `provider`, `settler` and `basket` changes keys of the table of that name (a feed's has its
    price, too), `blockspace`, `system`, `waterfall`, `liquidation` and `insurance_fund` those of
    the sections of that name. `change` and `market_event` stand instead of the file's.
    """

    name: Name
    description: Annotated[str, Field(max_length=1000)] = ""
    price: list[dict[str, Any]] = []
    feed: list[dict[str, Any]] = []
    path: list[dict[str, Any]] = []
    market: list[dict[str, Any]] = []
    group: list[dict[str, Any]] = []
    account: list[dict[str, Any]] = []
    keeper: list[dict[str, Any]] = []
    change: list[dict[str, Any]] | None = None
    token: list[dict[str, Any]] = []
    settler: list[dict[str, Any]] = []
    basket: list[dict[str, Any]] = []
    market_event: list[dict[str, Any]] | None = None
    blockspace: dict[str, Any] = {}
    system: dict[str, Any] = {}
    provider: list[dict[str, Any]] = []
    waterfall: dict[str, Any] = {}
    liquidation: dict[str, Any] = {}
    insurance_fund: dict[str, Any] = {}
    expect: ExpectTable | None = None


class ScenarioFile(Table):
    """A whole scenario file."""

    scenario: ScenarioTable
    system: SystemTable
    insurance_fund: InsuranceTable
    fees: FeesTable = FeesTable()
    price: Annotated[list[PriceTable], Field(min_length=1, max_length=MAX_PRICES)]
    market: Annotated[list[MarketTable], Field(min_length=1, max_length=MAX_MARKETS)]
    feed: Annotated[list[FeedTable], Field(min_length=1, max_length=MAX_PRICES * MAX_SOURCES)]
    path: Annotated[list[PathTable], Field(min_length=1, max_length=100)]
    account: list[AccountTable] = []
    group: list[GroupTable] = []
    keeper: list[KeeperTable] = []
    market_maker: MarketMakerTable
    change: Annotated[list[ChangeTable], Field(max_length=100)] = []
    market_event: Annotated[list[MarketEventTable], Field(max_length=1000)] = []
    settler: Annotated[list[SettlerTable], Field(max_length=10)] = []
    basket: Annotated[list[BasketTable], Field(max_length=10)] = []
    checks: ChecksTable = ChecksTable()
    variant: Annotated[list[VariantTable], Field(max_length=20)] = []
    token: Annotated[list[TokenTable], Field(max_length=MAX_COLLATERALS)] = []
    credit: CreditTable | None = None
    blockspace: BlockspaceTable | None = Field(
        default=None, description="default: every call finds a place in its block"
    )
    liquidation: LiquidationTable | None = Field(
        default=None, description="default: no order, and no limits for large accounts"
    )
    waterfall: WaterfallTable | None = Field(
        default=None, description="default: keepers take over what they can, and close the rest"
    )
    provider: Annotated[list[ProviderTable], Field(max_length=100)] = []


def json_schema() -> str:
    """Return the JSON Schema of a scenario file (TOML read as JSON), as text."""
    schema = ScenarioFile.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Weiproof scenario"
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=True) + "\n"
