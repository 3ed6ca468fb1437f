"""What is deployed and configured of our protocol, in exact integers.

:mod:`.protocol` builds both systems from a :class:`ProtocolSpec`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from weiproof.engine.call import bytes32
from weiproof.engine.parameters import MarketParameters
from weiproof.oracles.feed import MAX_ANSWER
from weiproof.oracles.price_policy import Rules  # noqa: TC001 - resolved when a spec is decoded
from weiproof.oracles.price_records import STRICT, Policy

if TYPE_CHECKING:
    from weiproof.contracts.deployment import AddressBook
    from weiproof.engine.call import Value

DEFAULT = Policy()
"""What a price has until another policy is set."""


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """A feed: `name` labels its contract as ``feed/<name>``; a mock answers whatever it is told."""

    name: str
    decimals: int = 8
    description: str = ""
    first_phase: int = 1
    min_answer: int = 1
    max_answer: int = MAX_ANSWER
    mock: bool = False

    @property
    def label(self) -> str:
        """Name in the address book."""
        return f"feed/{self.name}"


@dataclass(frozen=True, slots=True)
class TokenSpec:
    """A token besides the settlement token: `name` labels its contract as ``token/<name>``."""

    name: str
    decimals: int = 18
    exchange_rate: int = 0
    """How much of what is staked one token stands for at first, WAD; 0 for a token without rate."""

    @property
    def label(self) -> str:
        """Name in the address book."""
        return f"token/{self.name}"


@dataclass(frozen=True, slots=True)
class RatedFeedSpec:
    """A feed that multiplies another by a token's rate; labelled as feeds are."""

    name: str
    feed: str
    """Name of the feed of what is staked."""
    token: str
    """Name of the token that says its rate."""
    description: str = ""

    @property
    def label(self) -> str:
        """Name in the address book."""
        return f"feed/{self.name}"


@dataclass(frozen=True, slots=True)
class CollateralSpec:
    """A token that counts as margin.

    Weights, discount and rates WAD, cap in token units, ramp in seconds.
    """

    token: str
    price: str
    initial_weight: int
    maintenance_weight: int
    seizure_discount: int
    cap: int
    ramp_duration: int = 86_400
    band_rate: int = 10**17
    trade_fee_rate: int = 5 * 10**14

    def parameters(self, addresses: AddressBook) -> tuple[Value, ...]:
        """The argument of ``addCollateral``."""
        return (
            addresses[f"token/{self.token}"],
            price_id(self.price),
            self.initial_weight,
            self.maintenance_weight,
            self.seizure_discount,
            self.cap,
            self.ramp_duration,
            self.band_rate,
            self.trade_fee_rate,
        )


@dataclass(frozen=True, slots=True)
class CreditSpec:
    """What negative cash costs: rates WAD per second, kink and share WAD, limit and cap wei."""

    base_rate: int = 0
    kink_rate: int = 0
    maximum_rate: int = 0
    kink: int = 8 * 10**17
    fund_share: int = 10**17
    debt_limit: int = 10**36
    collateral_cap: int = 10**36

    def parameters(self) -> tuple[int, ...]:
        """The argument of ``setCreditParameters``."""
        return (
            self.base_rate,
            self.kink_rate,
            self.maximum_rate,
            self.kink,
            self.fund_share,
            self.debt_limit,
            self.collateral_cap,
        )


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A feed as a source of a price; age limits in seconds."""

    feed: str
    max_age: int
    liquidation_max_age: int
    rules: Rules = STRICT


@dataclass(frozen=True, slots=True)
class PriceSpec:
    """A price: its sources in the order in which they are asked, the quorum, and the policy."""

    name: str
    sources: tuple[SourceSpec, ...]
    quorum: int
    reducer: int = DEFAULT.reducer
    lenient: int = DEFAULT.lenient
    """Bit of each purpose that has the longer age limit."""
    max_deviation: int = 0
    """From the anchor, millionths of it."""
    anchor: str = ""
    """Name of another price; empty for none."""

    def policy(self) -> Policy:
        """The policy as the hub keeps it."""
        anchor = price_id(self.anchor)
        return Policy(self.reducer, self.lenient, self.max_deviation, 0, anchor)


@dataclass(frozen=True, slots=True)
class TierSpec:
    """A margin tier: rates (WAD) for the notional above `lower_bound` (wei)."""

    lower_bound: int
    initial_rate: int
    maintenance_rate: int


@dataclass(frozen=True, slots=True)
class FeeTierSpec:
    """A tier of the fee schedule.

    Shares (WAD) of a market's fee rate from a volume of `lower_volume` (wei) on.
    """

    lower_volume: int
    maker_rate: int
    taker_rate: int


@dataclass(frozen=True, slots=True)
class VolatilitySpec:
    """How a market's variance is measured; seconds, decay WAD.

    Each regime has the variances (squares of WAD) at which it is entered and below which it is
    left, and its scale (WAD).
    """

    observation_period: int
    maximum_gap: int
    decay: int
    regime_ramp: int
    regimes: tuple[tuple[int, int, int], ...] = ()

    def parameters(self) -> tuple[int, ...]:
        """The parameters as ``setVolatility`` takes them, beside the regimes."""
        return (self.observation_period, self.maximum_gap, self.decay, self.regime_ramp)


@dataclass(frozen=True, slots=True)
class MarketSpec:
    """A market; sizes, prices and rates WAD, notional and depth in wei.

    Funding rate WAD per second.
    """

    name: str
    price: str
    size_step: int
    price_tick: int
    tiers: tuple[TierSpec, ...]
    band_rate: int = 10**17
    trade_fee_rate: int = 5 * 10**14
    liquidation_fee_rate: int = 5 * 10**15
    minimum_notional: int = 10 * 10**18
    premium_depth: int = 1_000_000 * 10**18
    funding_period: int = 8 * 3600
    maximum_funding_rate: int = 10**11
    socialisation_cap_rate: int = 5 * 10**16
    mark_band_rate: int = 5 * 10**16
    basis_period: int = 3600
    impact_max_age: int = 60
    settlement_fee_rate: int = 0
    ramp_duration: int = 3_600
    risk: tuple[int, ...] = ()
    """What requirements grow by, and caps, as ``setMarketRisk`` takes them; empty for none."""
    volatility: VolatilitySpec | None = None
    backstop_capacity: int = 0
    """The largest notional that the backstop vault may hold, wei."""

    def parameters(self) -> tuple[Value, ...]:
        """The argument of ``addMarket``."""
        names = tuple(field.name for field in fields(MarketParameters))[1:]
        return (price_id(self.price), *(getattr(self, name) for name in names))

    def tier_rows(self) -> tuple[tuple[int, ...], ...]:
        """The tiers as ``addMarket`` takes them."""
        return tuple((t.lower_bound, t.initial_rate, t.maintenance_rate) for t in self.tiers)


@dataclass(frozen=True, slots=True)
class TimelockSpec:
    """Who changes parameters with how much notice; lower-case addresses."""

    delay: int
    """Least time between the schedule and the execution of a change, seconds."""
    proposers: tuple[str, ...] = ()
    """May schedule and cancel; empty for the administrator."""
    executors: tuple[str, ...] = ()
    """May execute what is due; empty for everybody."""
    cancellers: tuple[str, ...] = ()
    """May cancel, beside the proposers."""
    alone: bool = True
    """Whether the administrator gives the parameter role up."""


@dataclass(frozen=True, slots=True)
class ProtocolSpec:
    """Everything that is deployed and configured.

    Reserve and reward in wei, shares and ratio WAD, delay in seconds.
    """

    feeds: tuple[FeedSpec, ...]
    prices: tuple[PriceSpec, ...]
    markets: tuple[MarketSpec, ...]
    liquidation_reserve: int = 10 * 10**18
    minimum_keeper_reward: int = 10 * 10**18
    liquidator_share: int = 5 * 10**17
    insurance_share: int = 5 * 10**17
    target_ratio: int = 125 * 10**16
    genesis_time: int = 1_722_816_000
    tokens: tuple[TokenSpec, ...] = ()
    rated_feeds: tuple[RatedFeedSpec, ...] = ()
    collaterals: tuple[CollateralSpec, ...] = ()
    credit: CreditSpec = CreditSpec()
    fee_tiers: tuple[FeeTierSpec, ...] = ()
    system_risk: tuple[int, ...] = ()
    """Offset floor and margin warnings as ``setSystemRisk`` takes them; empty for none."""
    liquidation: tuple[int, ...] = ()
    """Order and limits as ``setLiquidationParameters`` takes them; empty for none."""
    offsets: tuple[tuple[int, int, int], ...] = ()
    """Pairs of market ids with their rate, WAD."""
    backstop: tuple[int, ...] = ()
    """When the system takes over, as ``setBackstopParameters`` takes it; empty for never."""
    deleverage_delay: int = 3_600
    """Least time between the flag of a bankrupt account and its deleveraging."""
    timelock: TimelockSpec | None = None
    """Gets the parameter role after everything is configured; None for no timelock."""

    def system_parameters(self) -> tuple[int, ...]:
        """The argument of ``setSystemParameters``."""
        return (
            self.liquidation_reserve,
            self.minimum_keeper_reward,
            self.liquidator_share,
            self.insurance_share,
            self.target_ratio,
            self.deleverage_delay,
        )


def price_id(name: str) -> bytes:
    """The bytes32 under which the hub knows a price.

    Raises ValueError where the name has more than 32 bytes.
    """
    return bytes32(name)
