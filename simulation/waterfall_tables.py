"""The tables of a scenario file about the routes of liquidations.

Pydantic models like those of :mod:`weiproof.simulation.schema`, which holds the other tables, and
what they come to in plain integers.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, PlainValidator, model_validator

from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_COOL_DOWN, MAX_RAMP, MAX_VAULT

from .fields import (
    Amount,
    Name,
    Notional,
    PositiveAmount,
    Seconds,
    Share,
    Small,
    Time,
    decimal,
    integer,
    json_integer,
    json_number,
    refuse,
)
from .price_tables import Table
from .scenario import TOKEN_DECIMALS, member_names
from .waterfall import Limits

PositiveShare = Annotated[int, PlainValidator(decimal(18, 1, WAD)), json_number("above 0", "1")]
LongDelay = Annotated[int, PlainValidator(integer(0, MAX_RAMP)), json_integer(0, MAX_RAMP)]
CoolDown = Annotated[int, PlainValidator(integer(0, MAX_COOL_DOWN)), json_integer(0, MAX_COOL_DOWN)]
SignedAmount = Annotated[
    int,
    PlainValidator(decimal(TOKEN_DECIMALS, -MAX_VAULT, MAX_VAULT)),
    json_number("-10**20 tokens", "10**20 tokens"),
]
Tally = Annotated[int, PlainValidator(integer(0, 10**6)), json_integer(0, 10**6)]


class LiquidationTable(Table):
    """`[liquidation]`: the order of takeovers, and limits for large accounts; off by default."""

    ordered: bool = Field(
        default=False, description="whether the position that relieves most per notional is first"
    )
    large_notional: Notional = Field(
        default=0, description="notional beyond which an account is large; 0 is off"
    )
    largest_share: PositiveShare | None = Field(
        default=None, description="most of a large account's position that is taken in a cool_down"
    )
    urgent_health: Share = Field(
        default=0, description="health factor below which there are no limits"
    )
    cool_down: CoolDown = Field(default=0, description="seconds between two full shares")
    maximum_keeper_reward: Amount = Field(
        default=0, description="most that a keeper gets of one takeover's fee; 0 is no maximum"
    )

    @model_validator(mode="after")
    def _share(self) -> LiquidationTable:
        if self.large_notional and self.largest_share is None:
            refuse("a largest_share beside large_notional", "Say how much may be taken at a time.")
        return self


class WaterfallTable(Table):
    """`[waterfall]`: the routes beside a keeper's; keepers then go by the protocol's route."""

    takeover_ratio: Share = Field(
        default=0,
        description="equity over maintenance margin and fee below which the vault may take over",
    )
    fund_ratio: Share = Field(default=0, description="that below which the insurance fund may")
    fee_share: Share = Field(
        default=0, description="of the liquidation fee, to the vault for what it takes over"
    )
    fund_share: Share = Field(
        default=0, description="most of the fund that may be margin for what it took over"
    )
    withdrawal_delay: LongDelay = Field(
        default=0, description="seconds from a provider's request to its withdrawal"
    )
    deleverage_delay: LongDelay = Field(
        default=3600, description="seconds from a bankrupt account's flag to its deleveraging"
    )
    nominators: list[Name] = Field(
        default=[],
        description="keepers that flag bankrupt accounts and nominate candidates; default: none,"
        " and nobody is deleveraged",
    )
    unload_every: Seconds = Field(
        default=60, description="between two trades that work off what vault and fund took over"
    )
    unload_share: PositiveShare = Field(
        default=WAD, description="share of a position that is offered in such a trade"
    )

    @model_validator(mode="after")
    def _order(self) -> WaterfallTable:
        if self.fund_ratio > self.takeover_ratio:
            expected = "a fund_ratio of at most the takeover_ratio"
            refuse(expected, "The vault comes first. Lower it, or raise takeover_ratio.")
        return self


class ProviderTable(Table):
    """`[[provider]]`: liquidity providers of the backstop vault."""

    name: Name
    count: Small = Field(default=1, description="how many there are; then they are numbered")
    deposit: PositiveAmount = Field(description="of each")
    at: Time | None = Field(default=None, description="default: the start")
    leave_at: PositiveShare | None = Field(
        default=None,
        description="fall of a share's worth from its highest at which they ask to withdraw;"
        " default: they stay",
    )

    @property
    def names(self) -> tuple[str, ...]:
        """The name of one, or of all that there are."""
        return (self.name,) if self.count == 1 else member_names(self.name, self.count)


class RoutesTable(Table):
    """Takeovers, deleveragings and forced closes by route; a deleveraging is one call."""

    keeper: Tally = 0
    market: Tally = 0
    backstop: Tally = 0
    fund: Tally = 0
    deleverage: Tally = 0
    forced_close: Tally = 0


class ExpectedRoutes(Table):
    """What a variant with a `[waterfall]` comes to besides; what is left out is not looked at."""

    routes: RoutesTable | None = Field(default=None, description="how often each was taken")
    socialised: Amount | None = Field(default=None, description="what holders were charged")
    fund_lowest: Amount | None = Field(default=None, description="the insurance fund's lowest")
    vault_result: SignedAmount | None = Field(
        default=None, description="what the vault gained, or lost, for its providers"
    )
    deleveraged: Amount | None = Field(
        default=None, description="notional at the mark that candidates closed"
    )
    gate_closings: Tally | None = Field(
        default=None, description="how often bad debt closed withdrawals"
    )


def limits_of(table: LiquidationTable | None) -> Limits | None:
    """Order and limits, where the file has any."""
    if table is None:
        return None
    return Limits(
        ordered=table.ordered,
        largest_share=table.largest_share or 0,
        urgent_health=table.urgent_health,
        cool_down=table.cool_down,
        maximum_keeper_reward=table.maximum_keeper_reward,
        large_notional=table.large_notional,
    )
