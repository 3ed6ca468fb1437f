"""A reserve's configuration in one word, and the texts that Aave v3 reverts with."""

from __future__ import annotations

Field = tuple[int, int]
"""First bit and count of bits."""

LTV: Field = (0, 16)
THRESHOLD: Field = (16, 16)
BONUS: Field = (32, 16)
DECIMALS: Field = (48, 8)
ACTIVE: Field = (56, 1)
FROZEN: Field = (57, 1)
BORROWING: Field = (58, 1)
STABLE: Field = (59, 1)
PAUSED: Field = (60, 1)
FLASH_LOANS: Field = (63, 1)
FACTOR: Field = (64, 16)
BORROW_CAP: Field = (80, 36)
SUPPLY_CAP: Field = (116, 36)
PROTOCOL_FEE: Field = (152, 16)


def field(word: int, place: Field) -> int:
    """One field of a configuration."""
    return word >> place[0] & ((1 << place[1]) - 1)


def with_field(word: int, place: Field, value: int) -> int:
    """A configuration with a field replaced."""
    mask = ((1 << place[1]) - 1) << place[0]
    return word & ~mask | value << place[0]


def configuration(values: dict[Field, int]) -> int:
    """A configuration of several fields."""
    word = 0
    for place, value in values.items():
        word = with_field(word, place, value)
    return word


NOT_POOL_ADMIN = "1"
NOT_POOL_OR_EMERGENCY_ADMIN = "3"
NOT_RISK_OR_POOL_ADMIN = "4"
NOT_LISTING_OR_POOL_ADMIN = "5"
NOT_CONFIGURATOR = "10"
NOT_ATOKEN = "11"
RESERVE_PARAMS = "20"
NOT_POOL = "23"
MINT_AMOUNT = "24"
BURN_AMOUNT = "25"
AMOUNT = "26"
INACTIVE = "27"
IS_FROZEN = "28"
IS_PAUSED = "29"
NO_BORROWING = "30"
NO_STABLE_BORROWING = "31"
BALANCE = "32"
RATE_MODE = "33"
NO_COLLATERAL = "34"
UNHEALTHY = "35"
COLLATERAL_TOO_SMALL = "36"
NO_DEBT_OF_TYPE = "39"
EXPLICIT_AMOUNT = "40"
NO_STABLE_DEBT = "41"
NO_VARIABLE_DEBT = "42"
NOTHING_SUPPLIED = "43"
HEALTHY = "45"
NOT_LIQUIDATABLE = "46"
NOT_BORROWED = "47"
OVER_BORROW_CAP = "50"
OVER_SUPPLY_CAP = "51"
LTV_ZERO = "57"
EMODE_CATEGORY = "58"
NOT_USABLE = "62"
FACTOR_RANGE = "67"
BORROW_CAP_RANGE = "68"
SUPPLY_CAP_RANGE = "69"
FEE_RANGE = "70"
LENGTHS = "76"
ADDRESS_ZERO = "77"
UNSUPPORTED = "80"
NOT_LISTED = "82"
INITIALIZED = "Contract instance has already been initialized"
