"""Values of a scenario: exact numbers, times and names, as types that validate themselves."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

from pydantic import Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from weiproof.engine.draws import MAX_SEED
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_PRICE, MAX_VAULT
from weiproof.oracles.presets import PRESETS
from weiproof.oracles.price_policy import Reducer

from .scenario import TOKEN_DECIMALS, UNITS_PER_TOKEN
from .toml_exact import Exact, did_you_mean, scale, shorten

if TYPE_CHECKING:
    from collections.abc import Callable

ERROR_TYPE = "weiproof"
"""Type of the validation errors raised here; `expected` and `hint` are in their context."""

POLICIES = tuple(PRESETS)
"""Names of the policies that a price can have."""
REDUCERS = tuple(reducer.name.lower().replace("_", "-") for reducer in Reducer)
"""Names of the ways in which feeds become a price, in the order of their numbers."""
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MAX_TIME = 2**32 - 1
_ROW_LENGTH = 2


def refuse(expected: str, hint: str) -> NoReturn:
    """Refuse a value: what was expected, and how to mend it."""
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


def plain(value: int, decimals: int) -> str:
    """A scaled integer as an exact decimal."""
    sign = "-" if value < 0 else ""
    digits = str(abs(value)).rjust(decimals + 1, "0")
    whole, fraction = digits[: len(digits) - decimals], digits[len(digits) - decimals :]
    return f"{sign}{whole}.{fraction}".rstrip("0").rstrip(".") if decimals else f"{sign}{whole}"


def decimal(decimals: int, low: int, high: int) -> Callable[[object], int]:
    """A validator of exact decimals, scaled to integers of `decimals`, within bounds."""
    bounds = f"{plain(low, decimals)} to {plain(high, decimals)}"

    def validate(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, (int, Exact)):
            hint = "Write a number without quotes."
            refuse(f"a number from {bounds}, not {_shown(value)}", hint)
        try:
            scaled = scale(str(value) if isinstance(value, int) else value.text, decimals)
        except ValueError as error:
            refuse(str(error), "Leave out the digits that would be lost.")
        if not low <= scaled <= high:
            refuse(f"a number from {bounds}, not {_shown(value)}", "Keep within the bounds.")
        return scaled

    return validate


def integer(low: int, high: int) -> Callable[[object], int]:
    """A validator of integers within bounds."""

    def validate(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            hint = "Write a whole number without a point and without quotes."
            refuse(f"a whole number from {low} to {high}, not {_shown(value)}", hint)
        if not low <= value <= high:
            expected = f"a whole number from {low} to {high}, not {_shown(value)}"
            refuse(expected, "Keep within the bounds.")
        return value

    return validate


def one_of(known: tuple[str, ...]) -> Callable[[object], str]:
    """A validator of texts that are one of these."""

    def validate(value: object) -> str:
        if not isinstance(value, str) or value not in known:
            hint = did_you_mean(str(value), known, "Choose one of these.")
            refuse(f"one of {', '.join(known)}, not {_shown(value)}", hint)
        return value

    return validate


def _time(value: object) -> int:
    hint = "Write unix seconds, or a time with its offset such as 2024-08-05T01:10:00Z."
    if isinstance(value, datetime):
        if value.tzinfo is None or value.microsecond:
            refuse(f"a time in whole seconds with its offset, not {_shown(value)}", hint)
        seconds = (value - _EPOCH) // timedelta(seconds=1)
    elif isinstance(value, int) and not isinstance(value, bool):
        seconds = value
    else:
        refuse(f"unix seconds or a UTC time, not {_shown(value)}", hint)
    if not 0 < seconds <= _MAX_TIME:
        refuse(f"a time from 1 to {_MAX_TIME} unix seconds, not {_shown(value)}", hint)
    return seconds


def _row(value: object) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != _ROW_LENGTH:
        refuse("a row [time, price]", "Write two values in each row.")
    return _time(value[0]), decimal(18, 1, MAX_PRICE)(value[1])


def json_number(low: str, high: str) -> WithJsonSchema:
    """How the JSON Schema describes an exact decimal."""
    return WithJsonSchema({"type": "number", "description": f"exact decimal, {low} to {high}"})


def json_integer(low: int, high: int) -> WithJsonSchema:
    """How the JSON Schema describes an integer."""
    return WithJsonSchema({"type": "integer", "minimum": low, "maximum": high})


def json_names(known: tuple[str, ...]) -> WithJsonSchema:
    """How the JSON Schema describes one of several names."""
    return WithJsonSchema({"type": "string", "enum": list(known)})


_TIME_SCHEMA: dict[str, Any] = {
    "anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "format": "date-time"}],
    "description": "unix seconds, or a time with its offset",
}
Time = Annotated[int, PlainValidator(_time), WithJsonSchema(_TIME_SCHEMA)]
Share = Annotated[int, PlainValidator(decimal(18, 0, WAD)), json_number("0", "1")]
HalfShare = Annotated[int, PlainValidator(decimal(18, 0, WAD // 2)), json_number("0", "0.5")]
SmallShare = Annotated[
    int, PlainValidator(decimal(18, 1, WAD - 1)), json_number("above 0", "below 1")
]
SignedShare = Annotated[
    int, PlainValidator(decimal(18, 1 - WAD, WAD)), json_number("above -1", "1")
]
PriceNumber = Annotated[
    int, PlainValidator(decimal(18, 1, MAX_PRICE)), json_number("above 0", "10**9")
]
SignedPrice = Annotated[
    int, PlainValidator(decimal(18, -MAX_PRICE, MAX_PRICE)), json_number("-10**9", "10**9")
]
Notional = Annotated[int, PlainValidator(decimal(18, 0, 10**36)), json_number("0", "10**18 tokens")]
Ratio = Annotated[int, PlainValidator(decimal(18, WAD, 10 * WAD)), json_number("1", "10")]
Leverage = Annotated[
    int, PlainValidator(decimal(18, 1, 1000 * WAD)), json_number("above 0", "1000")
]
Amount = Annotated[
    int, PlainValidator(decimal(TOKEN_DECIMALS, 0, MAX_VAULT)), json_number("0", "10**21 tokens")
]
PositiveAmount = Annotated[
    int,
    PlainValidator(decimal(TOKEN_DECIMALS, 1, MAX_VAULT)),
    json_number(f"1/{UNITS_PER_TOKEN}", "10**21 tokens"),
]
Millionths = Annotated[
    int, PlainValidator(decimal(6, 1, 4 * 10**9)), json_number("above 0, six decimals", "4000")
]
Policy = Annotated[str, PlainValidator(one_of(POLICIES)), json_names(POLICIES)]
ReducerName = Annotated[str, PlainValidator(one_of(REDUCERS)), json_names(REDUCERS)]
Count = Annotated[int, PlainValidator(integer(1, 100_000)), json_integer(1, 100_000)]
Small = Annotated[int, PlainValidator(integer(1, 1000)), json_integer(1, 1000)]
Seed = Annotated[int, PlainValidator(integer(0, MAX_SEED)), json_integer(0, MAX_SEED)]
Decimals = Annotated[int, PlainValidator(integer(0, 18)), json_integer(0, 18)]
Seconds = Annotated[int, PlainValidator(integer(1, 10**8)), json_integer(1, 10**8)]
Delay = Annotated[int, PlainValidator(integer(0, 86_400)), json_integer(0, 86_400)]
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
