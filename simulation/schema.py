"""The scenario file as pydantic models: strict, unknown keys refused, numbers exact.

A model's fields hold integers already: decimals are scaled while they are validated, so that an
error carries the key of the number. What needs to look at several tables is checked in
:mod:`weiproof.simulation.loading`. This module is imported lazily: pydantic is heavy.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from weiproof.engine.draws import MAX_SEED

from .scenario import (
    MAX_AMOUNT,
    MAX_FEEDS,
    MAX_MARKETS,
    MAX_PRICE,
    MAX_TIERS,
    TOKEN_DECIMALS,
    TOKEN_UNIT,
    WAD,
)
from .toml_exact import Exact, scale, shorten

if TYPE_CHECKING:
    from collections.abc import Callable

ERROR_TYPE = "weiproof"
"""Type of the validation errors raised here; `expected` and `hint` are in their context."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MAX_TIME = 2**32 - 1
_ROW_LENGTH = 2


def _refuse(expected: str, hint: str) -> NoReturn:
    # The texts travel in the context: braces in a template would be taken for fields.
    context = {"expected": expected, "hint": hint}
    raise PydanticCustomError(ERROR_TYPE, "{expected}", context)


def _shown(value: object) -> str:
    if isinstance(value, (str, Exact)):
        return shorten(f"{value!r}" if isinstance(value, str) else str(value))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, datetime)):
        return shorten(str(value))
    if isinstance(value, (dict, list)):
        return "a table" if isinstance(value, dict) else "an array"
    return f"a {type(value).__name__}"


def _plain(value: int, decimals: int) -> str:
    sign = "-" if value < 0 else ""
    digits = str(abs(value)).rjust(decimals + 1, "0")
    whole, fraction = digits[: len(digits) - decimals], digits[len(digits) - decimals :]
    return f"{sign}{whole}.{fraction}".rstrip("0").rstrip(".") if decimals else f"{sign}{whole}"


def _decimal(decimals: int, low: int, high: int) -> Callable[[object], int]:
    bounds = f"{_plain(low, decimals)} to {_plain(high, decimals)}"

    def validate(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, (int, Exact)):
            hint = "Write a number without quotes."
            _refuse(f"a number from {bounds}, not {_shown(value)}", hint)
        try:
            scaled = scale(str(value) if isinstance(value, int) else value.text, decimals)
        except ValueError as error:
            _refuse(str(error), "Leave out the digits that would be lost.")
        if not low <= scaled <= high:
            _refuse(f"a number from {bounds}, not {_shown(value)}", "Keep within the bounds.")
        return scaled

    return validate


def _integer(low: int, high: int) -> Callable[[object], int]:
    def validate(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            hint = "Write a whole number without a point and without quotes."
            _refuse(f"a whole number from {low} to {high}, not {_shown(value)}", hint)
        if not low <= value <= high:
            expected = f"a whole number from {low} to {high}, not {_shown(value)}"
            _refuse(expected, "Keep within the bounds.")
        return value

    return validate


def _time(value: object) -> int:
    hint = "Write unix seconds, or a time with its offset such as 2024-08-05T01:10:00Z."
    if isinstance(value, datetime):
        if value.tzinfo is None or value.microsecond:
            _refuse(f"a time in whole seconds with its offset, not {_shown(value)}", hint)
        seconds = (value - _EPOCH) // timedelta(seconds=1)
    elif isinstance(value, int) and not isinstance(value, bool):
        seconds = value
    else:
        _refuse(f"unix seconds or a UTC time, not {_shown(value)}", hint)
    if not 0 < seconds <= _MAX_TIME:
        _refuse(f"a time from 1 to {_MAX_TIME} unix seconds, not {_shown(value)}", hint)
    return seconds


def _row(value: object) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != _ROW_LENGTH:
        _refuse("a row [time, price]", "Write two values in each row.")
    return _time(value[0]), _decimal(18, 1, MAX_PRICE)(value[1])


def _json_number(low: str, high: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "number", "description": f"exact decimal, {low} to {high}"})


def _json_integer(low: int, high: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "integer", "minimum": low, "maximum": high})


_TIME_SCHEMA: dict[str, Any] = {
    "anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "format": "date-time"}],
    "description": "unix seconds, or a time with its offset",
}
Time = Annotated[int, PlainValidator(_time), WithJsonSchema(_TIME_SCHEMA)]
Share = Annotated[int, PlainValidator(_decimal(18, 0, WAD)), _json_number("0", "1")]
SmallShare = Annotated[
    int, PlainValidator(_decimal(18, 1, WAD - 1)), _json_number("above 0", "below 1")
]
SignedShare = Annotated[
    int, PlainValidator(_decimal(18, 1 - WAD, WAD)), _json_number("above -1", "1")
]
PriceNumber = Annotated[
    int, PlainValidator(_decimal(18, 1, MAX_PRICE)), _json_number("above 0", "10**9")
]
SignedPrice = Annotated[
    int, PlainValidator(_decimal(18, -MAX_PRICE, MAX_PRICE)), _json_number("-10**9", "10**9")
]
Notional = Annotated[
    int, PlainValidator(_decimal(18, 0, 10**36)), _json_number("0", "10**18 tokens")
]
Ratio = Annotated[int, PlainValidator(_decimal(18, WAD, 10 * WAD)), _json_number("1", "10")]
Leverage = Annotated[
    int, PlainValidator(_decimal(18, 1, 1000 * WAD)), _json_number("above 0", "1000")
]
Amount = Annotated[
    int, PlainValidator(_decimal(TOKEN_DECIMALS, 0, MAX_AMOUNT)), _json_number("0", "10**21 tokens")
]
PositiveAmount = Annotated[
    int,
    PlainValidator(_decimal(TOKEN_DECIMALS, 1, MAX_AMOUNT)),
    _json_number(f"1/{TOKEN_UNIT}", "10**21 tokens"),
]
Count = Annotated[int, PlainValidator(_integer(1, 100_000)), _json_integer(1, 100_000)]
Small = Annotated[int, PlainValidator(_integer(1, 1000)), _json_integer(1, 1000)]
Seed = Annotated[int, PlainValidator(_integer(0, MAX_SEED)), _json_integer(0, MAX_SEED)]
Decimals = Annotated[int, PlainValidator(_integer(0, 18)), _json_integer(0, 18)]
Seconds = Annotated[int, PlainValidator(_integer(1, 10**8)), _json_integer(1, 10**8)]
Delay = Annotated[int, PlainValidator(_integer(0, 86_400)), _json_integer(0, 86_400)]
Row = Annotated[
    tuple[int, int],
    PlainValidator(_row),
    WithJsonSchema(
        {
            "type": "array",
            "prefixItems": [_TIME_SCHEMA, {"type": "number"}],
            "minItems": 2,
            "maxItems": 2,
        }
    ),
]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class Table(BaseModel):
    """A table of the file: strict, no unknown keys."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ScenarioTable(Table):
    """`[scenario]`: what it is, when it runs and its seed."""

    name: Name
    description: Annotated[str, Field(max_length=4000)] = ""
    start: Time
    end: Time
    seed: Seed
    block_time: Annotated[
        int, PlainValidator(_integer(1, 3600)), _json_integer(1, 3600), Field(description="seconds")
    ]

    @model_validator(mode="after")
    def _order(self) -> ScenarioTable:
        if self.end <= self.start:
            _refuse("an end after the start", "Check start and end of the scenario.")
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
            _refuse(expected, "The reward is paid out of the reserve.")
        return self


class InsuranceTable(Table):
    """`[insurance_fund]`: its amount at the start."""

    amount: Amount


class TierTable(Table):
    """One margin tier: rates above a notional."""

    above: Notional
    initial: SmallShare
    maintenance: SmallShare


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
    premium_depth: Notional
    funding_period: Seconds
    max_funding_rate: Share = Field(description="per day")
    socialisation_cap: Share
    tiers: Annotated[list[TierTable], Field(min_length=1, max_length=MAX_TIERS)]


class PriceTable(Table):
    """`[[price]]`: one price that the oracle answers."""

    name: Name
    quorum: Annotated[int, PlainValidator(_integer(1, MAX_FEEDS)), _json_integer(1, MAX_FEEDS)] = 1


class OutageTable(Table):
    """A time without observations and publications: `from` included, `to` not."""

    start: Time = Field(alias="from")
    end: Time = Field(alias="to")

    @model_validator(mode="after")
    def _order(self) -> OutageTable:
        if self.end <= self.start:
            _refuse("a `to` after the `from`", "Check both times.")
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

    @model_validator(mode="after")
    def _ages(self) -> FeedTable:
        if self.max_age < self.heartbeat:
            expected = f"a max_age of at least the heartbeat ({self.heartbeat})"
            _refuse(expected, "Real feeds are late: use the heartbeat and a margin.")
        if self.liquidation_max_age < self.max_age:
            expected = f"a liquidation_max_age of at least max_age ({self.max_age})"
            _refuse(expected, "Liquidations may use older prices than trades, not newer.")
        if self.delay >= self.heartbeat:
            _refuse("a delay below the heartbeat", "Shorten the delay.")
        return self

    @model_validator(mode="after")
    def _outages(self) -> FeedTable:
        for before, after in pairwise(self.outages):
            if after.start < before.end:
                _refuse("outages in order, without overlap", "Sort or merge the outages.")
        return self


class GeneratorTable(Table):
    """A seeded integer geometric random walk with jumps."""

    start_price: PriceNumber
    step: Seconds
    volatility: Annotated[
        int, PlainValidator(_decimal(18, 0, WAD // 10)), _json_number("0", "0.1 per step")
    ]
    jump_probability: Share = 0
    jump_size: SignedShare = Field(default=0, description="relative, negative for a crash")


class PathTable(Table):
    """`[[path]]`: a price over time, from rows, a CSV file or a generator."""

    name: Name
    rows: Annotated[list[Row], Field(min_length=1)] | None = None
    csv: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    format: Literal["klines", "chainlink-rounds"] | None = None
    column: Literal["open", "high", "low", "close"] | None = Field(
        default=None, description="which figure of klines; default: close"
    )
    generator: GeneratorTable | None = None
    interpolation: Literal["step", "linear"] = "step"
    offset: SignedPrice = Field(default=0, description="added to every price")

    @model_validator(mode="after")
    def _one_source(self) -> PathTable:
        given = [k for k in ("rows", "csv", "generator") if getattr(self, k) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            _refuse(f"exactly one of rows, csv and generator, found {found}", "Keep one.")
        if (self.csv is None) != (self.format is None):
            _refuse("csv and format together", 'Add format = "klines" beside csv.')
        if self.column is not None and self.format != "klines":
            _refuse("a column only beside format klines", "Take column out.")
        for before, after in pairwise(self.rows or []):
            if after[0] <= before[0]:
                _refuse(f"rows in rising time, {after[0]} is not", "Sort the rows.")
        return self


class BehaviourTable(Table):
    """What traders do on their own; chances hold at each review of an account."""

    review_every: Seconds
    withdraw: Share = 0
    withdraw_share: Share = WAD // 2
    top_up: Share = 0
    top_up_share: Share = WAD // 2
    panic: Share = 0


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
    positions: list[PositionTable] = []
    behaviour: BehaviourTable | None = None


class _Distribution(Table):
    kind: Literal["uniform", "loguniform", "choice"]
    low: int | None
    high: int | None
    values: list[int]

    @model_validator(mode="after")
    def _complete(self) -> _Distribution:
        if self.kind == "choice":
            if not self.values or self.low is not None or self.high is not None:
                _refuse("values, without low and high, for a choice", "Give values = [...].")
            return self
        if self.values or self.low is None or self.high is None:
            _refuse(f"low and high, without values, for {self.kind}", "Give low and high.")
        if self.low > self.high:
            _refuse("a low of at most high", "Swap them.")
        return self


class AmountDistribution(_Distribution):
    """Amounts of tokens to draw from."""

    low: PositiveAmount | None = None
    high: PositiveAmount | None = None
    values: list[PositiveAmount] = []


class LeverageDistribution(_Distribution):
    """Leverages to draw from."""

    low: Leverage | None = None
    high: Leverage | None = None
    values: list[Leverage] = []


class GroupTable(Table):
    """`[[group]]`: accounts drawn from distributions."""

    name: Name
    count: Count
    deposit: AmountDistribution
    leverage: LeverageDistribution
    long_share: Share
    markets: Annotated[list[Name], Field(min_length=1, max_length=MAX_MARKETS)]
    markets_per_account: Annotated[
        int, PlainValidator(_integer(1, MAX_MARKETS)), _json_integer(1, MAX_MARKETS)
    ] = 1
    enter_from: Time | None = Field(default=None, description="default: the start")
    enter_to: Time | None = Field(default=None, description="default: enter_from")
    behaviour: BehaviourTable | None = None


class KeeperTable(Table):
    """`[[keeper]]`: a liquidator."""

    name: Name
    capital: PositiveAmount
    latency: Delay
    capacity: Small


class MarketMakerTable(Table):
    """`[market_maker]`: the other side of every planned trade."""

    name: Name
    capital: PositiveAmount
    spread: Share


class ChecksTable(Table):
    """`[checks]`: how often the dear comparisons are made, in calls."""

    full_state_every: Count = 200
    views_every: Count = 50


class ScenarioFile(Table):
    """A whole scenario file."""

    scenario: ScenarioTable
    system: SystemTable
    insurance_fund: InsuranceTable
    price: Annotated[list[PriceTable], Field(min_length=1, max_length=MAX_MARKETS)]
    market: Annotated[list[MarketTable], Field(min_length=1, max_length=MAX_MARKETS)]
    feed: Annotated[list[FeedTable], Field(min_length=1, max_length=MAX_MARKETS * MAX_FEEDS)]
    path: Annotated[list[PathTable], Field(min_length=1, max_length=100)]
    account: list[AccountTable] = []
    group: list[GroupTable] = []
    keeper: list[KeeperTable] = []
    market_maker: MarketMakerTable
    checks: ChecksTable = ChecksTable()


def json_schema() -> str:
    """Return the JSON Schema of a scenario file (TOML read as JSON), as text."""
    schema = ScenarioFile.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Weiproof scenario"
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=True) + "\n"
