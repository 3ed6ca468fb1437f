"""Records of the clearing house: with the parameters, the twin of ``Records.sol``.

Units: cash, reserve, clearing, fund, fees and dust of the ledger in wei (WAD of the settlement
token); sizes, prices and rates WAD; ``quote``, dust of a market and requirements as numerators
(1e-36 wei); indices in numerators per wei of size or of cash; times unix
seconds; vault, holdings and their totals in token units.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from .backstop_records import BackstopRecord, BackstopShares, Capacity
from .deleveraging_records import Candidates, FlagRecord
from .life_records import FinalRecord
from .parameters import (
    VOLUME_DAYS,
    AuctionParameters,
    BackstopParameters,
    CollateralParameters,
    CreditParameters,
    FeeSchedule,
    FeeTier,
    LiquidationParameters,
    MarketLimit,
    MarketParameters,
    MarketRisk,
    MarketSettings,
    OffsetPair,
    Offsets,
    SystemParameters,
    SystemRisk,
    Tier,
    VolatilityParameters,
    VolatilitySettings,
)
from .plan_records import Plan
from .ramp_records import OffsetRamp, PreviousTerms
from .state import Record, Table

if TYPE_CHECKING:
    from .call import Value
    from .contract import Contract
    from .settlement_token import SettlementToken

TOKEN_UNIT = 10**12
"""Wei of cash per unit of the six-decimal settlement token."""

TRADE, LIQUIDATION, DEPOSIT, WITHDRAW, REDUCE, SETTLE = range(6)
"""What a price is read for; the policy of each price says what is allowed for which.

``TRADE`` is taking on risk, or closing somebody against their will.
"""

LAST_PURPOSE = SETTLE


@dataclass(slots=True)
class CollateralRecord(Record):
    """The stored, changing part of a collateral token."""

    unit: int = 0
    """WAD of the token in one of its units."""
    last_price: int = 0
    """The price that was last read when tokens moved, WAD."""
    ramp_end: int = 0
    total: int = 0
    """What all accounts hold, token units."""
    weight_from: int = 0
    """Maintenance weight from which it ramps down."""
    ramp_start: int = 0
    seizure_rank: int = 0
    """A debtor's tokens of a lower rank are sold first."""


@dataclass(slots=True)
class Permission(Record):
    """Whether a trader may act for an account."""

    allowed: bool = False


@dataclass(slots=True)
class Holding(Record):
    """What an account holds of a collateral token, token units."""

    amount: int = 0


@dataclass(slots=True)
class SeizureOrderRecord(Record):
    """In which order an owner wants an account's tokens of one rank sold."""

    places: int = 0
    """Byte `i` is one more than the place of token `i`, 0 where the owner named it not."""


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
class VolatilityRecord(Record):
    """A market's variance, and where its maintenance scale is on its way from."""

    last_price: int = 0
    observed_at: int = 0
    variance: int = 0
    regime: int = 0
    scale_from: int = 0
    ramp_start: int = 0


@dataclass(slots=True)
class MarketRecord(Record):
    """The stored, changing part of a market."""

    paused: bool = False
    open_interest: int = 0
    accrued_at: int = 0
    sampled_at: int = 0
    """Timestamp of the sample that is not in the basis yet."""
    impact_at: int = 0
    funding_rate: int = 0
    basis: int = 0
    """Premium of trades over the index, WAD of the index, up to `basis_at`."""
    basis_at: int = 0
    next_impact_at: int = 0
    ramp_end: int = 0
    """When the market's terms are all in force."""
    socialised: bool = False
    """Whether the loss indices were ever raised."""
    phase: int = 0
    """``OPEN``, ``REDUCE_ONLY``, ``DELISTED`` or ``CLOSED``."""
    funding_index: int = 0
    funding_price: int = 0
    sample_notional: int = 0
    next_impact_price: int = 0
    """The last report, in effect from the next timestamp on."""
    sample_sum: int = 0
    """Sum of the sample's premium x notional, WAD x wei."""
    long_loss_index: int = 0
    impact_price: int = 0
    """The impact price before the last report, WAD, of `impact_at`."""
    short_loss_index: int = 0
    clearing: int = 0
    dust: int = 0


@dataclass(slots=True)
class AccountRecord(Record):
    """An account.

    `markets` is the bitmap of the markets in which it has a position or a quote, `ordered_markets`
    that of those in which it has orders resting, `collaterals` that of the tokens it holds;
    `cash_index` is the interest index that its cash is booked up to; `isolated_to` is one more than
    the market that it is tied to, 0 for none.
    """

    cash: int = 0
    markets: int = 0
    ordered_markets: int = 0
    cash_index: int = 0
    reserve: int = 0
    open_positions: int = 0
    collaterals: int = 0
    isolated_to: int = 0
    warning: int = 0


@dataclass(slots=True)
class Position(Record):
    """A position: signed size, exact signed sum of what was paid.

    And the indices it is booked up to.
    """

    size: int = 0
    funding_index: int = 0
    quote: int = 0
    loss_index: int = 0


@dataclass(slots=True)
class LiquidationWindow(Record):
    """What was taken over of a large account's position since `started_at`.

    When it was `base`; WAD.
    """

    started_at: int = 0
    base: int = 0
    taken: int = 0


@dataclass(slots=True)
class AuctionRecord(Record):
    """When an account's auction began, 0 for none.

    One of an earlier epoch, of other parameters, is void.
    """

    started_at: int = 0
    epoch: int = 0


@dataclass(slots=True)
class RestingOrders(Record):
    """What an account has resting in a market's order book.

    Sizes WAD, and the sums of size x limit price in wei.
    """

    bid_size: int = 0
    bid_notional: int = 0
    ask_size: int = 0
    ask_notional: int = 0


@dataclass(slots=True)
class SystemRecord(Record):
    """Totals of the system: of money, and of interest on negative cash."""

    paused: bool = False
    vault: int = 0
    interest_at: int = 0
    insurance_fund: int = 0
    fees: int = 0
    dust: int = 0
    unresolved_bad_debt: int = 0
    total_debt: int = 0
    total_credit: int = 0
    debt_index: int = 0
    credit_index: int = 0
    interest_pool: int = 0


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
        self.orders = Table(store, "orders", RestingOrders)
        self.markets = Table(store, "market", MarketRecord)
        self.finals = Table(store, "finalRecord", FinalRecord)
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
        self.liquidation_parameters = Table(store, "liquidationParameters", LiquidationParameters)
        self.windows = Table(store, "liquidationWindow", LiquidationWindow)
        self.backstop_settings = Table(store, "backstopParameters", BackstopParameters)
        self.backstops = Table(store, "backstopRecord", BackstopRecord)
        self.backstop_capacities = Table(store, "backstopCapacity", Capacity)
        self.backstop_shares = Table(store, "backstopShares", BackstopShares)
        self.flags = Table(store, "flag", FlagRecord)
        self.candidates = Table(store, "candidates", Candidates)
        self.seizure_orders = Table(store, "seizureOrder", SeizureOrderRecord)
        self.plans = Table(store, "plan", Plan)
        self.auction_settings = Table(store, "auctionParameters", AuctionParameters)
        self.auction_epochs = Table(store, "auctionEpoch", Count)
        self.market_limits = Table(store, "marketLimitRate", MarketLimit)
        self.auctions = Table(store, "auction", AuctionRecord)

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

    def tiers(self, market_id: int) -> tuple[Tier, ...]:
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
    def liquidation(self) -> LiquidationParameters:
        """Which position is taken over first, and how much of a large account's at a time."""
        return self.liquidation_parameters.read()

    @property
    def offset_ramp(self) -> OffsetRamp:
        """The offsets from which the last change of them ramps."""
        return self.offset_ramps.read()

    @property
    def offsets(self) -> tuple[OffsetPair, ...]:
        """All offsets, by falling rate."""
        return self.offset_lists.read().pairs

    @property
    def backstop_parameters(self) -> BackstopParameters:
        """When and for what the system itself takes positions over."""
        return self.backstop_settings.read()

    @property
    def auction_parameters(self) -> AuctionParameters:
        """For which accounts keepers need an auction, and what it gives them."""
        return self.auction_settings.read()

    @property
    def auction_epoch(self) -> int:
        """How often these parameters changed."""
        return self.auction_epochs.read().value

    @property
    def market_limit_rate(self) -> int:
        """By how much a fill by the market route may be worse than the mark, WAD."""
        return self.market_limits.read().rate

    @property
    def backstop(self) -> BackstopRecord:
        """The vault's shares, and the margin that the fund gave, not to be changed."""
        return self.backstops.read()

    def emit(self, event: str, *args: Value) -> None:
        """Emits an event from the clearing house."""
        self.house.emit(event, *args)


def _no_volatility() -> VolatilitySettings:
    return VolatilitySettings(VolatilityParameters(), ())


def _no_settings() -> MarketSettings:
    return MarketSettings(MarketParameters(), ())
