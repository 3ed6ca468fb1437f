"""What the tables of a run hold.

docs/tables.md says the same; a test compares them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

Cell: TypeAlias = int | str | bool | None
"""A value as rows hold it; an amount is its raw integer."""
Row: TypeAlias = "tuple[Cell, ...]"

SCALE = 18
"""Decimal places of every amount: its raw integer counts 10**-18."""
DIGITS = 38
"""Most digits of an amount."""


class Kind(Enum):
    """What a column holds; the value is the word for it in documents."""

    INTEGER = "integer"
    """Fits in 64 bits, signed."""
    TIME = "time"
    """Unix seconds in rows."""
    TEXT = "text"
    FLAG = "flag"
    AMOUNT = "amount"
    """A decimal of :data:`DIGITS` digits with :data:`SCALE` places, exact."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    name: str
    kind: Kind
    meaning: str
    optional: bool = False
    """Whether it may be empty."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a run."""

    name: str
    meaning: str
    columns: tuple[Column, ...]


def _integer(name: str, meaning: str, *, optional: bool = False) -> Column:
    return Column(name, Kind.INTEGER, meaning, optional)


def _text(name: str, meaning: str) -> Column:
    return Column(name, Kind.TEXT, meaning)


def _amount(name: str, meaning: str, *, optional: bool = False) -> Column:
    return Column(name, Kind.AMOUNT, meaning, optional)


_STEP = _integer("step", "number of the call, from 0")
_AT = Column("at", Kind.TIME, "block time")
_EVENT = _integer("event", "number of the event in its call, from 0")
_SAMPLED = Column("at", Kind.TIME, "time of the sample")

CALLS = Table(
    "calls",
    "every call and its outcome",
    (
        _STEP,
        _AT,
        _text("sender", "name of who called"),
        _text("target", "contract that was called"),
        _text("function", "its function"),
        _text("args", "arguments, JSON"),
        Column("ok", Kind.FLAG, "whether it was not reverted"),
        _text("error", "error of the revert; empty without one"),
        _text("error_args", "arguments of the error, JSON"),
        _text("values", "what was returned, JSON"),
        _integer("events", "how many events it emitted"),
        _text("state_hash", "running hash of the state after it, hex"),
    ),
)
EVENTS = Table(
    "events",
    "every event",
    (
        _STEP,
        _EVENT,
        _AT,
        _text("target", "contract that emitted it"),
        _text("name", "name of the event"),
        _text("args", "arguments, JSON"),
    ),
)
PRICES = Table(
    "prices",
    "rounds of feeds, and sampled prices of markets",
    (
        _AT,
        _text("kind", "`round`, `index`, `mark` or `liquidation_mark`"),
        _text("name", "feed, or market"),
        _amount("price", "the price, USD; empty where it has too many digits", optional=True),
        _integer("step", "of a round: number of its call", optional=True),
        _text("round", "of a round: its number, an integer of 80 bits"),
        _text("answer", "of a round: the answer as the feed stores it, an integer"),
        _integer("decimals", "of a round: decimals of the answer", optional=True),
    ),
)
LIQUIDATIONS = Table(
    "liquidations",
    "every position, or part of one, that was taken from an account",
    (
        _STEP,
        _EVENT,
        _AT,
        _text("account", "name of the account"),
        _text("market", "name of the market"),
        _text("taker", "name of who took it"),
        _text(
            "route",
            "`keeper`, `market`, `backstop`, `fund`, `deleverage` or `forced_close`",
        ),
        _amount("size", "how much of the position, without a sign"),
        _amount("mark", "the mark, USD; empty of a deleveraging", optional=True),
        _amount("notional", "size x mark, USD, rounded down; empty as the mark", optional=True),
        _amount("fee", "liquidation fee, USD", optional=True),
        _amount("reward", "what the taker got of it, USD", optional=True),
        _amount("shortfall", "what the account could not pay, USD", optional=True),
    ),
)
ACCOUNTS = Table(
    "accounts",
    "what each account had and needed at each sample",
    (
        _SAMPLED,
        _text("account", "name of the account"),
        _amount("cash", "cash with interest, USD"),
        _amount(
            "equity",
            "cash, profit, funding, and tokens at their maintenance weight, USD, rounded down",
            optional=True,
        ),
        _amount(
            "initial", "initial margin, for resting orders too, USD, rounded up", optional=True
        ),
        _amount("maintenance", "maintenance margin, USD, rounded up", optional=True),
        _amount("fee", "liquidation fee beside it, USD, rounded up", optional=True),
    ),
)
POSITIONS = Table(
    "positions",
    "every open position at each sample",
    (
        _SAMPLED,
        _text("account", "name of the account"),
        _text("market", "name of the market"),
        _amount("size", "its size, negative for a short"),
        _amount(
            "liquidation_price",
            "the mark at which the account is liquidatable, USD; empty where there is none",
            optional=True,
        ),
    ),
)
FUNDS = Table(
    "funds",
    "insurance fund, bad debt and backstop vault at each sample",
    (
        _SAMPLED,
        _amount("insurance_fund", "the insurance fund, USD"),
        _amount("unresolved_bad_debt", "bad debt that nobody covered yet, USD"),
        _amount("backstop_equity", "equity of the backstop vault, USD", optional=True),
        _amount("backstop_shares", "its shares", optional=True),
    ),
)
NAMES = Table(
    "names",
    "addresses that have a name",
    (
        _text("address", "the address, as it stands in arguments"),
        _text("name", "who, or what contract, that is"),
    ),
)

TABLES = (CALLS, EVENTS, PRICES, LIQUIDATIONS, ACCOUNTS, POSITIONS, FUNDS, NAMES)
"""All tables of a run, in the order of documents."""
