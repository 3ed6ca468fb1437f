"""Parameters of the clearing house and their bounds: with the records, the twin of ``Records.sol``.

Units: sizes, prices and rates WAD; notionals and depths wei; caps on tokens in token units;
durations in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .contract import ZERO_ADDRESS
from .state import Record

if TYPE_CHECKING:
    from .call import Value

MAX_SIZE = 10**27
"""Largest position or trade, WAD."""

MAX_PRICE = 10**27
"""Highest price, WAD."""

MAX_PREMIUM_DEPTH = 10**28
"""Largest notional that a sample of the mark may need, wei: 1e10 dollars."""

MAX_NOTIONAL = 10**36
"""Largest notional a parameter may name, wei: the largest size at the largest price."""

MAX_VAULT = 10**26
"""Most token units in the vault: 1e20 dollars."""

MAX_LOSS_INDEX = 2**160 - 1
"""Highest index of socialised losses, numerators per wei of size."""

MAX_FUNDING_RATE = 10**12
"""Highest funding rate a market may allow, WAD per second: 8.64 % a day."""

MAX_MARKETS = 64
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

SEIZURE_DUST = 10**20
"""Least that an account's holding of a token must be worth to go before others in a seizure.

Wei: 100 dollars.
"""

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

MAX_COOL_DOWN = 3_600
"""Longest time between two full shares of a large account, seconds."""

MAX_STOP_RATIO = 2 * 10**18
"""Highest stop ratio of an owner's plan, WAD."""

MAX_AUCTION_TIME = 3_600
"""Longest rise, and longest time after it, of an auction, seconds."""

MAX_MARKET_LIMIT_RATE = 10**17
"""Furthest that a fill by the market route may be allowed to be worse than the mark, WAD."""

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

MAX_SHARES = 10**38
"""Most shares of the backstop vault."""

VIRTUAL_SHARES = 10**3
"""Shares of the backstop vault that nobody holds.

Whoever gives to an empty vault gives to nobody.
"""


@dataclass(slots=True)
class Tier(Record):
    """A margin tier as it is configured.

    Marginal rates for the notional above `lower_bound` (wei).
    """

    lower_bound: int
    initial_rate: int
    maintenance_rate: int


@dataclass(slots=True)
class MarketParameters(Record):
    """Parameters of a market; rates WAD, funding rate WAD per second, notional and depth in wei."""

    price_id: bytes = bytes(32)
    liquidation_fee_rate: int = 0
    mark_band_rate: int = 0
    basis_period: int = 0
    premium_depth: int = 0
    impact_max_age: int = 0
    ramp_duration: int = 0
    funding_period: int = 0
    minimum_notional: int = 0
    size_step: int = 0
    price_tick: int = 0
    band_rate: int = 0
    trade_fee_rate: int = 0
    settlement_fee_rate: int = 0
    maximum_funding_rate: int = 0
    socialisation_cap_rate: int = 0


@dataclass(slots=True)
class MarketSettings(Record):
    """Parameters and tiers of a market, as they are stored."""

    parameters: MarketParameters
    tiers: tuple[Tier, ...]

    def fields(self) -> tuple[Value, ...]:
        """Parameters and tiers as nested tuples."""
        return (self.parameters.fields(), tuple(tier.fields() for tier in self.tiers))


@dataclass(slots=True)
class SystemParameters(Record):
    """Parameters of the system: reserve and reward in wei, shares and ratio WAD.

    The least time between the flag of a bankrupt account and its deleveraging in seconds.
    """

    liquidation_reserve: int = 0
    minimum_keeper_reward: int = 0
    liquidator_share: int = 0
    insurance_share: int = 0
    target_ratio: int = 0
    deleverage_delay: int = 0


@dataclass(slots=True)
class LiquidationParameters(Record):
    """Which position is taken over first, and how much of a large account's at a time.

    Share and health WAD, reward and notional wei, time in seconds.
    """

    ordered: bool = False
    """Whether the position that relieves most is first."""
    largest_share: int = 0
    """Most of a large account's position that is taken in a window."""
    urgent_health: int = 0
    """Health factor below which the limits no longer hold."""
    cool_down: int = 0
    """Length of a window."""
    maximum_keeper_reward: int = 0
    """Most that a keeper gets of the fee of one takeover; 0 is no maximum."""
    large_notional: int = 0
    """Notional beyond which an account is large; 0 is off."""


@dataclass(slots=True)
class AuctionParameters(Record):
    """For which accounts keepers need an auction, and what it gives them.

    Notional wei, times seconds, share and health WAD.
    """

    auction_notional: int = 0
    """Notional beyond which an account is taken over by auction; 0 is off."""
    duration: int = 0
    """How long the keeper's share rises to all of the fee."""
    validity: int = 0
    """How long it stays there before the auction is void."""
    start_share: int = 0
    """The keeper's share of the fee at the beginning."""
    urgent_health: int = 0
    """Health factor below which no auction is needed."""


@dataclass(slots=True)
class MarketLimit(Record):
    """By how much a fill by the market route may be worse than the mark, WAD."""

    rate: int = 0


@dataclass(slots=True)
class CollateralParameters(Record):
    """A token that counts as margin.

    Weights, discount and rates WAD, cap in token units, ramp in seconds.
    """

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
    band_rate: int = 0
    """Furthest that a trade's price may be from the token's, as a share of that."""
    trade_fee_rate: int = 0
    """Fee on a trade's notional, before the shares of maker and taker."""


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
class BackstopParameters(Record):
    """When and for what the system itself takes positions over; zero is off.

    Delay in seconds, shares and ratios WAD.
    """

    withdrawal_delay: int = 0
    """From a request to the withdrawal from the backstop vault."""
    fee_share: int = 0
    """Share of the liquidation fee that the vault gets, at most the fund's part."""
    takeover_ratio: int = 0
    """Ratio of equity to maintenance margin and fee below which the vault may take over."""
    fund_ratio: int = 0
    """That below which the insurance fund may."""
    fund_share: int = 0
    """Most of the fund that may be margin for what it took over, as a share of both."""
