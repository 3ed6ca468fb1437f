"""Records and bounds of the clearing house: the twin of ``Records.sol``.

Units: cash, reserve, clearing, fund, fees and dust of the ledger in wei (WAD of the settlement
token); sizes, prices and rates WAD; ``quote``, dust of a market and requirements as numerators
(1e-36 wei); indices in numerators per wei of size; times unix seconds; vault in token units.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from .state import Record, Table

if TYPE_CHECKING:
    from .call import Value
    from .contract import Contract
    from .settlement_token import SettlementToken

MAX_SIZE = 10**27
"""Largest position or trade, WAD."""

MAX_PRICE = 10**27
"""Highest price, WAD."""

MAX_NOTIONAL = 10**36
"""Largest notional a parameter may name, wei: the largest size at the largest price."""

MAX_VAULT = 10**27
"""Most token units in the vault: 1e21 dollars."""

TOKEN_UNIT = 10**12
"""Wei of cash per unit of the six-decimal settlement token."""

MAX_FUNDING_RATE = 10**12
"""Highest funding rate a market may allow, WAD per second: 8.64 % a day."""

MAX_MARKETS = 32
"""Most markets of the clearing house."""

MAX_ACCOUNT_MARKETS = 8
"""Most markets one account may hold at a time."""

MAX_TIERS = 8
"""Most margin tiers of a market."""

TRADE, LIQUIDATION, DEPOSIT, WITHDRAW, REDUCE, SETTLE = range(6)
"""What a price is read for; the policy of each price says what is allowed for which.

``TRADE`` is taking on risk, or closing somebody against their will.
"""

LAST_PURPOSE = SETTLE


@dataclass(slots=True)
class Tier(Record):
    """A margin tier as it is configured.

    Marginal rates for the notional above `lower_bound` (wei).
    """

    lower_bound: int
    initial_rate: int
    maintenance_rate: int


@dataclass(slots=True)
class MarginTier(Record):
    """A margin tier as it is stored, with the deductions that make the requirement continuous."""

    lower_bound: int
    initial_rate: int
    initial_deduction: int
    maintenance_rate: int
    maintenance_deduction: int


@dataclass(slots=True)
class MarketParameters(Record):
    """Parameters of a market; rates WAD, funding rate WAD per second, notional and depth in wei."""

    price_id: bytes = bytes(32)
    size_step: int = 0
    price_tick: int = 0
    band_rate: int = 0
    trade_fee_rate: int = 0
    liquidation_fee_rate: int = 0
    minimum_notional: int = 0
    premium_depth: int = 0
    funding_period: int = 0
    maximum_funding_rate: int = 0
    socialisation_cap_rate: int = 0


@dataclass(slots=True)
class MarketSettings(Record):
    """Parameters and tiers of a market, as they are stored."""

    parameters: MarketParameters
    tiers: tuple[MarginTier, ...]

    def fields(self) -> tuple[Value, ...]:
        """Parameters and tiers as nested tuples."""
        return (self.parameters.fields(), tuple(tier.fields() for tier in self.tiers))


@dataclass(slots=True)
class SystemParameters(Record):
    """Parameters of the system: reserve and reward in wei, shares and ratio WAD."""

    liquidation_reserve: int = 0
    minimum_keeper_reward: int = 0
    liquidator_share: int = 0
    insurance_share: int = 0
    target_ratio: int = 0


@dataclass(slots=True)
class MarketRecord(Record):
    """The stored, changing part of a market."""

    paused: bool = False
    open_interest: int = 0
    clearing: int = 0
    dust: int = 0
    premium: int = 0
    funding_rate: int = 0
    funding_price: int = 0
    funding_index: int = 0
    accrued_at: int = 0
    long_loss_index: int = 0
    short_loss_index: int = 0


@dataclass(slots=True)
class AccountRecord(Record):
    """An account: `markets` is the bitmap of the markets in which it has a position or a quote."""

    cash: int = 0
    reserve: int = 0
    markets: int = 0
    open_positions: int = 0


@dataclass(slots=True)
class Position(Record):
    """A position: signed size, exact signed sum of what was paid.

    And the indices it is booked up to.
    """

    size: int = 0
    quote: int = 0
    funding_index: int = 0
    loss_index: int = 0


@dataclass(slots=True)
class SystemRecord(Record):
    """Totals of the system."""

    paused: bool = False
    vault: int = 0
    insurance_fund: int = 0
    fees: int = 0
    dust: int = 0
    unresolved_bad_debt: int = 0


@dataclass(slots=True)
class Count(Record):
    """How many markets there are."""

    value: int = 0


class PriceSource(Protocol):
    """What the clearing house needs of an oracle hub."""

    def read_price(self, price_id: bytes, purpose: int) -> int:
        """The price, WAD, or a revert that names why there is none."""
        ...

    def source_count(self, price_id: bytes) -> int:
        """How many feeds the price has; 0 where it is not configured."""
        ...


class Ledger:
    """The storage of the clearing house, handed to the rules."""

    def __init__(self, house: Contract, token: SettlementToken, hub: PriceSource) -> None:
        store = house.world.store
        self.house = house
        self.token = token
        self.hub = hub
        self.accounts = Table(store, "account", AccountRecord)
        self.positions = Table(store, "position", Position)
        self.markets = Table(store, "market", MarketRecord)
        self.settings = Table(store, "settings", _no_settings)
        self.systems = Table(store, "system", SystemRecord)
        self.system_parameters = Table(store, "systemParameters", SystemParameters)
        self.counts = Table(store, "marketCount", Count)

    @property
    def now(self) -> int:
        """Block time, unix seconds."""
        return self.house.world.now

    @property
    def record(self) -> SystemRecord:
        """The system's totals, not to be changed."""
        return self.systems.read()

    def edit_record(self) -> SystemRecord:
        """The system's totals, to be changed."""
        return self.systems.edit()

    @property
    def parameters(self) -> SystemParameters:
        """The system's parameters."""
        return self.system_parameters.read()

    @property
    def market_count(self) -> int:
        """How many markets there are."""
        return self.counts.read().value

    def market_parameters(self, market_id: int) -> MarketParameters:
        """Parameters of a market."""
        return self.settings.read(market_id).parameters

    def tiers(self, market_id: int) -> tuple[MarginTier, ...]:
        """Tiers of a market, lowest first."""
        return self.settings.read(market_id).tiers

    def emit(self, event: str, *args: Value) -> None:
        """Emits an event from the clearing house."""
        self.house.emit(event, *args)


def _no_settings() -> MarketSettings:
    return MarketSettings(MarketParameters(), ())
