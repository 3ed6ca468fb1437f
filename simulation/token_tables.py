"""The tables of a scenario file about collateral: tokens and credit.

Pydantic models like those of :mod:`weiproof.simulation.schema`, which holds the other tables.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, PlainValidator, model_validator

from weiproof.engine.collaterals import SHORTEST_RAMP
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import (
    MAX_COLLATERALS,
    MAX_INTEREST_RATE,
    MAX_MARKETS,
    MAX_RAMP,
    MAX_SIZE,
)
from weiproof.oracles.rated_feed import HIGHEST_RATE

from .collateral import NO_LIMIT, SECONDS_PER_YEAR
from .fields import (
    Decimals,
    HalfShare,
    Name,
    Notional,
    Row,
    Share,
    SmallShare,
    Time,
    decimal,
    integer,
    json_integer,
    json_number,
    refuse,
)
from .price_tables import Table

MAX_PRICES = MAX_MARKETS + MAX_COLLATERALS
"""Most prices: one for each market and each token."""

YearlyRate = Annotated[
    int,
    PlainValidator(decimal(18, 0, MAX_INTEREST_RATE * SECONDS_PER_YEAR)),
    json_number("0", "31.536 a year"),
]
ExchangeRate = Annotated[
    int, PlainValidator(decimal(18, 1, HIGHEST_RATE)), json_number("above 0", "1000")
]
TokenAmount = Annotated[
    int, PlainValidator(decimal(18, 1, MAX_SIZE)), json_number("above 0", "10**9 tokens")
]
TradingFee = Annotated[int, PlainValidator(decimal(18, 0, WAD // 10)), json_number("0", "0.1")]
Ramp = Annotated[
    int,
    PlainValidator(integer(SHORTEST_RAMP, MAX_RAMP)),
    json_integer(SHORTEST_RAMP, MAX_RAMP),
]


class TokenTable(Table):
    """`[[token]]`: a token that counts as margin."""

    name: Name
    price: Name = Field(description="name of the price that it counts at")
    path: Name | None = Field(
        default=None,
        description="what it fetches at its venue; default: what its price's first feed observes",
    )
    decimals: Decimals = 18
    initial_weight: Share
    maintenance_weight: Share
    seizure_discount: HalfShare = Field(description="what a buyer of a debtor's tokens saves")
    cap: TokenAmount = Field(description="most that all accounts may hold, in tokens")
    ramp_duration: Ramp = Field(
        default=86_400, description="in which a lower maintenance weight comes into effect"
    )
    price_band: Share = Field(
        default=WAD // 10, description="furthest of a trade's price from the token's"
    )
    trading_fee: TradingFee = Field(default=WAD // 2000, description="of a trade's notional")
    exchange_rate: ExchangeRate | None = Field(
        default=None, description="of a liquid staking token: what is staked for one, at first"
    )
    rates: list[Row] = Field(default=[], description="later exchange rates, by time")

    @model_validator(mode="after")
    def _weights(self) -> TokenTable:
        if self.initial_weight > self.maintenance_weight:
            refuse("an initial_weight of at most maintenance_weight", "Lower it.")
        if self.seizure_discount > WAD - self.maintenance_weight:
            expected = "a seizure_discount of at most 1 - maintenance_weight"
            refuse(expected, "A sale must not lower what the debtor has.")
        return self

    @model_validator(mode="after")
    def _rates(self) -> TokenTable:
        if self.rates and self.exchange_rate is None:
            refuse("an exchange_rate beside rates", "Say what it is at first.")
        if any(rate > HIGHEST_RATE for _, rate in self.rates):
            refuse("rates of at most 1000", "Keep within the bounds.")
        if any(after[0] <= before[0] for before, after in pairwise(self.rates)):
            refuse("rates in rising time", "Sort the rates.")
        return self


class TokenTradeTable(Table):
    """A trade of a token against the market maker, at the token's venue."""

    token: Name
    amount: TokenAmount
    side: Literal["buy", "sell"]
    at: Time | None = Field(default=None, description="default: when the account enters")


class CreditTable(Table):
    """`[credit]`: what negative cash costs, and how far it may go."""

    base_rate: YearlyRate = Field(default=0, description="a year, where nothing is lent out")
    kink_rate: YearlyRate = Field(default=0, description="a year, at the kink")
    maximum_rate: YearlyRate = Field(default=0, description="a year, where all is lent out")
    kink: SmallShare = Field(default=8 * 10**17, description="share of cash that is lent out")
    fund_share: Share = Field(default=10**17, description="share of interest for the fund")
    debt_limit: Notional = Field(
        default=NO_LIMIT, description="debt above which tokens are for sale; default: none"
    )
    collateral_cap: Notional = Field(
        default=NO_LIMIT, description="most that all tokens may be worth; default: none"
    )

    @model_validator(mode="after")
    def _order(self) -> CreditTable:
        if not self.base_rate <= self.kink_rate <= self.maximum_rate:
            refuse("base_rate, kink_rate and maximum_rate in rising order", "Sort them.")
        return self
