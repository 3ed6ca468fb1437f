"""Records and bounds of the clearing house: the twin of ``Records.sol``.

Units: cash, reserve, clearing, fund, fees and dust of the ledger in wei (WAD of the settlement
token); sizes, prices and rates WAD; ``quote``, dust of a market and requirements as numerators
(1e-36 wei); indices in numerators per wei of size or of cash; times unix
seconds; vault, holdings and their totals in token units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from .contract import ZERO_ADDRESS
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

MAX_COLLATERALS = 8
"""Most collateral tokens of the clearing house."""

MAX_ACCOUNT_COLLATERALS = 4
"""Most collateral tokens one account may hold at a time."""

MAX_INTEREST_RATE = 10**12
"""Highest interest rate, WAD per second: 8.64 % a day."""

MAX_BATCH = 64
"""Most accounts that are settled in one call."""

MAX_ROUNDS = 8
"""Most rounds in which they are settled."""

MAX_REGIMES = 3
"""Most volatility regimes of a market beside the calm one."""

MAX_REGIME_SCALE = 4 * 10**18
"""Highest scale of a regime, WAD."""

MAX_RAMP = 365 * 86_400
"""Longest ramp of a parameter, seconds."""

MAX_FEE_TIERS = 8
"""Most tiers of the fee schedule."""

MAX_SETTLEMENT_FEE_RATE = 10**16
"""Highest settlement fee rate of a market, WAD."""

VOLUME_DAYS = 30
"""Days over which an account's volume counts, the present one among them."""

MAX_OFFSET_RATE = 9 * 10**17
"""Highest share of the smaller requirement that an offset forgives, both legs together, WAD."""

MAX_OFFSETS = 16
"""Most pairs of markets with an offset."""

MAX_SCALE = 10**19
"""Highest scale of initial margin by open interest, and highest ratio of a margin warning, WAD."""

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
    mark_band_rate: int = 0
    basis_period: int = 0
    impact_max_age: int = 0
    settlement_fee_rate: int = 0
    ramp_duration: int = 0


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
class CollateralParameters(Record):
    """A token that counts as margin; weights and discount WAD, cap in token units, seconds."""

    token: str = ZERO_ADDRESS
    price_id: bytes = bytes(32)
    initial_weight: int = 0
    """Share of its value that counts towards initial margin."""
    maintenance_weight: int = 0
    """Share of its value that counts towards maintenance margin."""
    seizure_discount: int = 0
    """What a buyer of a debtor's tokens saves."""
    cap: int = 0
    """Most that all accounts together may hold."""
    ramp_duration: int = 0
    """How long a lower maintenance weight takes to come into effect."""


@dataclass(slots=True)
class CreditParameters(Record):
    """What negative cash costs.

    Rates WAD per second, utilisation and share WAD, limit and cap in wei.
    """

    base_rate: int = 0
    """Rate where nothing is lent out."""
    kink_rate: int = 0
    """Rate at the utilisation `kink`."""
    maximum_rate: int = 0
    """Rate where everything is lent out."""
    kink: int = 0
    fund_share: int = 0
    """Share of the interest that goes to the insurance fund."""
    debt_limit: int = 0
    """Debt above which anyone may buy an account's tokens."""
    collateral_cap: int = 0
    """Most that all tokens together may be worth after a deposit."""


@dataclass(slots=True)
class CollateralRecord(Record):
    """The stored, changing part of a collateral token."""

    unit: int = 0
    """WAD of the token in one of its units."""
    total: int = 0
    """What all accounts hold, token units."""
    last_price: int = 0
    """The price that was last read when tokens moved, WAD."""
    weight_from: int = 0
    """Maintenance weight from which it ramps down."""
    ramp_start: int = 0
    ramp_end: int = 0


@dataclass(slots=True)
class Permission(Record):
    """Whether a trader may act for an account."""

    allowed: bool = False


@dataclass(slots=True)
class Holding(Record):
    """What an account holds of a collateral token, token units."""

    amount: int = 0


@dataclass(slots=True)
class FeeTier(Record):
    """A tier of the fee schedule.

    Shares (WAD) of a market's fee rate from a volume of `lower_volume` (wei) on.
    """

    lower_volume: int
    maker_rate: int
    taker_rate: int


@dataclass(slots=True)
class FeeSchedule(Record):
    """The tiers of the trading fees, lowest first; none is one tier of whole shares."""

    tiers: tuple[FeeTier, ...] = ()

    def fields(self) -> tuple[Value, ...]:
        """The tiers as nested tuples."""
        return (tuple(tier.fields() for tier in self.tiers),)


@dataclass(slots=True)
class VolumeRecord(Record):
    """What an account traded on each of its last days, token units.

    `total` is the sum of the buckets, `day` the latest day with a trade (days since 1970); a day is
    in the bucket of its remainder by thirty.
    """

    total: int = 0
    day: int = 0
    buckets: tuple[int, ...] = (0,) * VOLUME_DAYS


@dataclass(slots=True)
class VolatilityParameters(Record):
    """How a market's variance is measured: periods, gap and ramp in seconds, decay WAD."""

    observation_period: int = 0
    """Least time between two observations, over which the variance is; 0 is off."""
    maximum_gap: int = 0
    """Longest time over which a return counts."""
    decay: int = 0
    """Weight of the past variance at an observation."""
    regime_ramp: int = 0
    """How long maintenance margin takes to a new regime's scale."""


@dataclass(slots=True)
class Regime(Record):
    """A volatility regime.

    Variances (squares of WAD) at which it is entered and below which it is left, and the scale of
    requirements in it (WAD).
    """

    enter_variance: int
    exit_variance: int
    scale: int


@dataclass(slots=True)
class VolatilitySettings(Record):
    """How a market's variance is measured, and its regimes, calmest first."""

    parameters: VolatilityParameters
    regimes: tuple[Regime, ...]

    def fields(self) -> tuple[Value, ...]:
        """Parameters and regimes as nested tuples."""
        return (self.parameters.fields(), tuple(regime.fields() for regime in self.regimes))


@dataclass(slots=True)
class VolatilityRecord(Record):
    """A market's variance, and where its maintenance scale is on its way from."""

    last_price: int = 0
    observed_at: int = 0
    variance: int = 0
    regime: int = 0
    scale_from: int = 0
    ramp_start: int = 0


@dataclass(slots=True)
class MarketRisk(Record):
    """What a market's requirements grow by, and its caps; zero is off.

    Notional bounds and depth in wei, rates and scale WAD, caps as sizes.
    """

    open_interest_lower: int = 0
    open_interest_upper: int = 0
    open_interest_scale: int = 0
    half_spread_rate: int = 0
    impact_rate: int = 0
    depth: int = 0
    add_on_cap_rate: int = 0
    maximum_position: int = 0
    maximum_open_interest: int = 0


@dataclass(slots=True)
class SystemRisk(Record):
    """What holds for whole accounts; zero is off.

    The floor is a share of the total before offsets, warnings and hysteresis are health factors;
    all WAD.
    """

    offset_floor: int = 0
    first_warning: int = 0
    second_warning: int = 0
    warning_hysteresis: int = 0
    ramp_duration: int = 0


@dataclass(slots=True)
class OffsetPair(Record):
    """Two positively correlated markets, `first` < `second`, and their rate (WAD).

    The share of the smaller requirement that opposite positions in them forgive, both legs
    together.
    """

    first: int
    second: int
    rate: int


@dataclass(slots=True)
class Offsets(Record):
    """All offsets, by falling rate."""

    pairs: tuple[OffsetPair, ...] = ()

    def fields(self) -> tuple[Value, ...]:
        """The pairs as nested tuples."""
        return (tuple(pair.fields() for pair in self.pairs),)


@dataclass(slots=True)
class PreviousTerms(Record):
    """A market's terms from which the last change of them ramps."""

    ramp_start: int = 0
    ramp_end: int = 0
    liquidation_fee_rate: int = 0
    mark_band_rate: int = 0
    premium_depth: int = 0
    basis_period: int = 0
    impact_max_age: int = 0
    tiers: tuple[MarginTier, ...] = ()
    risk: MarketRisk = field(default_factory=MarketRisk)

    def fields(self) -> tuple[Value, ...]:
        """The values, tiers and risk as nested tuples."""
        return (
            self.ramp_start,
            self.ramp_end,
            self.liquidation_fee_rate,
            self.mark_band_rate,
            self.premium_depth,
            self.basis_period,
            self.impact_max_age,
            tuple(tier.fields() for tier in self.tiers),
            self.risk.fields(),
        )


@dataclass(slots=True)
class OffsetRamp(Record):
    """The offsets and their floor from which the last change of them ramps."""

    floor: int = 0
    ramp_start: int = 0
    ramp_end: int = 0
    pairs: tuple[OffsetPair, ...] = ()

    def fields(self) -> tuple[Value, ...]:
        """The values, pairs as nested tuples."""
        pairs = tuple(pair.fields() for pair in self.pairs)
        return (self.floor, self.ramp_start, self.ramp_end, pairs)


@dataclass(slots=True)
class MarketRecord(Record):
    """The stored, changing part of a market."""

    paused: bool = False
    open_interest: int = 0
    clearing: int = 0
    dust: int = 0
    funding_rate: int = 0
    funding_price: int = 0
    funding_index: int = 0
    accrued_at: int = 0
    long_loss_index: int = 0
    short_loss_index: int = 0
    basis: int = 0
    """Premium of trades over the index, WAD of the index, up to `basis_at`."""
    basis_at: int = 0
    sampled_at: int = 0
    """Timestamp of the sample that is not in the basis yet."""
    sample_sum: int = 0
    """Sum of its trades' premium x notional, WAD x wei."""
    sample_notional: int = 0
    impact_price: int = 0
    """The impact price before the last report, WAD."""
    impact_at: int = 0
    next_impact_price: int = 0
    """The last report, in effect from the next timestamp on."""
    next_impact_at: int = 0


@dataclass(slots=True)
class AccountRecord(Record):
    """An account.

    `markets` is the bitmap of the markets in which it has a position or a quote, `collaterals` that
    of the tokens it holds; `cash_index` is the interest index that its cash is booked up to;
    `isolated_to` is one more than the market that it is tied to, 0 for none.
    """

    cash: int = 0
    reserve: int = 0
    markets: int = 0
    open_positions: int = 0
    collaterals: int = 0
    cash_index: int = 0
    isolated_to: int = 0
    warning: int = 0


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
    """Totals of the system: of money, and of interest on negative cash."""

    paused: bool = False
    vault: int = 0
    insurance_fund: int = 0
    fees: int = 0
    dust: int = 0
    unresolved_bad_debt: int = 0
    total_debt: int = 0
    total_credit: int = 0
    debt_index: int = 0
    credit_index: int = 0
    interest_pool: int = 0
    interest_at: int = 0


@dataclass(slots=True)
class Count(Record):
    """How many markets, or collateral tokens, there are."""

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
        self.volatility_settings = Table(store, "volatilitySettings", _no_volatility)
        self.volatilities = Table(store, "volatility", VolatilityRecord)
        self.credit = Table(store, "creditParameters", CreditParameters)
        self.collateral_counts = Table(store, "collateralCount", Count)
        self.collateral_parameters = Table(store, "collateralParameters", CollateralParameters)
        self.collaterals = Table(store, "collateral", CollateralRecord)
        self.holdings = Table(store, "holding", Holding)
        self.traders = Table(store, "trader", Permission)
        self.fee_schedules = Table(store, "feeTiers", FeeSchedule)
        self.volumes = Table(store, "volume", VolumeRecord)
        self.previous_terms = Table(store, "previousTerms", PreviousTerms)
        self.offset_ramps = Table(store, "offsetRamp", OffsetRamp)
        self.market_risks = Table(store, "marketRisk", MarketRisk)
        self.system_risks = Table(store, "systemRisk", SystemRisk)
        self.offset_lists = Table(store, "offsets", Offsets)

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

    @property
    def credit_parameters(self) -> CreditParameters:
        """What negative cash costs and how far it may go."""
        return self.credit.read()

    @property
    def collateral_count(self) -> int:
        """How many collateral tokens there are."""
        return self.collateral_counts.read().value

    def market_parameters(self, market_id: int) -> MarketParameters:
        """Parameters of a market."""
        return self.settings.read(market_id).parameters

    def tiers(self, market_id: int) -> tuple[MarginTier, ...]:
        """Tiers of a market, lowest first."""
        return self.settings.read(market_id).tiers

    @property
    def fee_tiers(self) -> tuple[FeeTier, ...]:
        """Tiers of the trading fees, lowest first."""
        return self.fee_schedules.read().tiers

    def market_risk(self, market_id: int) -> MarketRisk:
        """What a market's requirements grow by, and its caps."""
        return self.market_risks.read(market_id)

    @property
    def system_risk(self) -> SystemRisk:
        """The offset floor and the margin warnings."""
        return self.system_risks.read()

    @property
    def offset_ramp(self) -> OffsetRamp:
        """The offsets from which the last change of them ramps."""
        return self.offset_ramps.read()

    @property
    def offsets(self) -> tuple[OffsetPair, ...]:
        """All offsets, by falling rate."""
        return self.offset_lists.read().pairs

    def emit(self, event: str, *args: Value) -> None:
        """Emits an event from the clearing house."""
        self.house.emit(event, *args)


def _no_volatility() -> VolatilitySettings:
    return VolatilitySettings(VolatilityParameters(), ())


def _no_settings() -> MarketSettings:
    return MarketSettings(MarketParameters(), ())
