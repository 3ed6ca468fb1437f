"""The tables of a scenario file that make prices: prices, their feeds, and the feeds' paths.

Pydantic models like those of :mod:`weiproof.simulation.schema`, which holds the other tables.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, model_validator

from weiproof.engine.fixed_point import WAD
from weiproof.oracles.oracle_hub import MAX_SOURCES

from .fields import (
    Decimals,
    Delay,
    HalfShare,
    Leverage,
    Millionths,
    Name,
    Policy,
    PriceNumber,
    ReducerName,
    Row,
    Seconds,
    Share,
    SignedPrice,
    SignedShare,
    SmallShare,
    Time,
    decimal,
    integer,
    json_integer,
    json_number,
    refuse,
)

DepthNotional = Annotated[
    int, PlainValidator(decimal(18, WAD, 10**36)), json_number("1", "10**18 tokens")
]


class Table(BaseModel):
    """A table of the file: strict, no unknown keys."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class PriceTable(Table):
    """`[[price]]`: one price that the oracle answers, and the policy by which it does."""

    name: Name
    policy: Policy = Field(default="weiproof", description="whose policy it has")
    reducer: ReducerName | None = Field(
        default=None, description="how feeds become a price; default: as the policy says"
    )
    anchor: Name | None = Field(default=None, description="the price that it is held against")
    max_deviation: Millionths | None = Field(
        default=None, description="share of the anchor; default: as the policy says"
    )
    quorum: Annotated[
        int, PlainValidator(integer(1, MAX_SOURCES)), json_integer(1, MAX_SOURCES)
    ] = 1


class OutageTable(Table):
    """A time without observations and publications: `from` included, `to` not."""

    start: Time = Field(alias="from")
    end: Time = Field(alias="to")

    @model_validator(mode="after")
    def _order(self) -> OutageTable:
        if self.end <= self.start:
            refuse("a `to` after the `from`", "Check both times.")
        return self


class FeedTable(Table):
    """`[[feed]]`: one source of a price with its node network."""

    name: Name
    price: Name
    source: Name = Field(description="name of the path that the nodes observe")
    decimals: Decimals
    heartbeat: Seconds
    deviation: SmallShare
    delay: Delay
    max_age: Seconds
    liquidation_max_age: Seconds
    outages: list[OutageTable] = []
    min_answer: PriceNumber | None = Field(
        default=None, description="the feed does not store lower answers"
    )
    max_answer: PriceNumber | None = Field(default=None, description="nor higher ones")
    lowest: PriceNumber | None = Field(
        default=None, description="lower answers do not count for the price"
    )
    highest: PriceNumber | None = Field(default=None, description="nor do higher ones")
    average: Seconds | None = Field(
        default=None, description="the nodes observe the path's average over so many seconds"
    )
    hop: Seconds | None = Field(
        default=None, description="an oracle security module with hops of so many seconds"
    )
    gas: Name | None = Field(default=None, description="name of the path of gas prices")
    gas_limit: PriceNumber | None = Field(
        default=None, description="nothing is published while gas costs more"
    )
    token: Name | None = Field(
        default=None, description="the token by whose exchange rate answers are multiplied"
    )
    bid: PriceNumber | None = Field(
        default=None, description="what is bid for a report's place in a block"
    )
    max_bid: PriceNumber | None = Field(
        default=None, description="most that is bid after waiting; default: bid"
    )

    @model_validator(mode="after")
    def _raised(self) -> FeedTable:
        check_bids(self.bid, self.max_bid)
        return self

    @model_validator(mode="after")
    def _bounds(self) -> FeedTable:
        for low, high in (("min_answer", "max_answer"), ("lowest", "highest")):
            least, most = getattr(self, low), getattr(self, high)
            if least is not None and most is not None and least > most:
                refuse(f"a {low} of at most {high}", "Swap them.")
        if (self.gas is None) != (self.gas_limit is None):
            refuse("gas and gas_limit together", "Name a path of gas prices and a limit.")
        return self

    @model_validator(mode="after")
    def _ages(self) -> FeedTable:
        if self.max_age < self.heartbeat:
            expected = f"a max_age of at least the heartbeat ({self.heartbeat})"
            refuse(expected, "Real feeds are late: use the heartbeat and a margin.")
        if self.liquidation_max_age < self.max_age:
            expected = f"a liquidation_max_age of at least max_age ({self.max_age})"
            refuse(expected, "Liquidations may use older prices than trades, not newer.")
        if self.delay >= self.heartbeat:
            refuse("a delay below the heartbeat", "Shorten the delay.")
        return self

    @model_validator(mode="after")
    def _outages(self) -> FeedTable:
        for before, after in pairwise(self.outages):
            if after.start < before.end:
                refuse("outages in order, without overlap", "Sort or merge the outages.")
        return self


class GeneratorTable(Table):
    """A seeded integer geometric random walk with jumps."""

    start_price: PriceNumber
    step: Seconds
    volatility: Annotated[
        int, PlainValidator(decimal(18, 0, WAD // 10)), json_number("0", "0.1 per step")
    ]
    jump_probability: Share = 0
    jump_size: SignedShare = Field(default=0, description="relative, negative for a crash")


class DepthTable(Table):
    """The depth of a venue: how far forced trades move its price, and for how long."""

    notional: DepthNotional = Field(description="moves the price by `move`")
    move: SmallShare = Field(default=WAD // 100, description="share of the price")
    impact: Literal["linear", "square-root"] = "linear"
    half_life: Seconds = Field(description="in which others absorb half of what was traded")
    largest_move: HalfShare = Field(
        default=WAD // 4, description="where the book ends; nothing trades beyond it"
    )

    @model_validator(mode="after")
    def _reach(self) -> DepthTable:
        if self.largest_move < self.move:
            expected = "a largest_move of at least the move that its notional makes"
            refuse(expected, "Raise it, or give the notional of a smaller move.")
        return self


class FollowsTable(Table):
    """A price that follows another path."""

    path: Name = Field(description="the path that it follows, before that one's offset")
    start_price: PriceNumber = Field(description="at the start of the scenario")
    beta: Leverage = Field(
        description="how far it moves where the path moves by one, as shares of both at the start"
    )


class PathTable(Table):
    """`[[path]]`: a price over time, from rows, a CSV file, a generator or another path."""

    name: Name
    rows: Annotated[list[Row], Field(min_length=1)] | None = None
    csv: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    format: Literal["klines", "chainlink-rounds", "pyth-updates", "uniswap-v3"] | None = None
    column: Literal["open", "high", "low", "close"] | None = Field(
        default=None, description="which figure of klines; default: close"
    )
    generator: GeneratorTable | None = None
    follows: FollowsTable | None = None
    interpolation: Literal["step", "linear"] = "step"
    offset: SignedPrice = Field(default=0, description="added to every price")
    depth: DepthTable | None = Field(
        default=None, description="how far forced trades move the price; default: not at all"
    )

    @model_validator(mode="after")
    def _one_source(self) -> PathTable:
        kinds = ("rows", "csv", "generator", "follows")
        given = [kind for kind in kinds if getattr(self, kind) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            refuse(f"exactly one of rows, csv, generator and follows, found {found}", "Keep one.")
        if (self.csv is None) != (self.format is None):
            refuse("csv and format together", 'Add format = "klines" beside csv.')
        if self.column is not None and self.format != "klines":
            refuse("a column only beside format klines", "Take column out.")
        for before, after in pairwise(self.rows or []):
            if after[0] <= before[0]:
                refuse(f"rows in rising time, {after[0]} is not", "Sort the rows.")
        return self


def check_bids(bid: int | None, max_bid: int | None) -> None:
    """Refuses a largest bid without a first one, or below it."""
    if max_bid is not None and (bid is None or max_bid < bid):
        refuse("a max_bid beside bid, and at least as high", "Check both.")
