"""The markets of a scenario, in plain integers, units as in :mod:`weiproof.simulation.scenario`."""

from __future__ import annotations

from dataclasses import dataclass

from weiproof.crosscheck.spec import VolatilitySpec
from weiproof.engine.fixed_point import WAD

SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Regime:
    """A volatility regime; volatilities are those of one observation period, WAD."""

    enter: int
    """Volatility from which it is entered."""
    leave: int
    """Volatility below which it is left."""
    scale: int
    """By what margin requirements are multiplied, WAD."""


@dataclass(frozen=True, slots=True)
class Volatility:
    """How a market's volatility is measured and what it leads to."""

    observation_period: int
    """Least seconds between two observations."""
    maximum_gap: int
    """Most seconds over which a return counts."""
    decay: int
    """Weight of the past variance at an observation, WAD."""
    regime_ramp: int
    """Seconds that maintenance margin takes to a new regime's scale."""
    regimes: tuple[Regime, ...]

    def spec(self) -> VolatilitySpec:
        """As it is deployed: regimes by variances, the exact squares of volatilities."""
        return VolatilitySpec(
            self.observation_period,
            self.maximum_gap,
            self.decay,
            self.regime_ramp,
            tuple((r.enter**2, r.leave**2, r.scale) for r in self.regimes),
        )


@dataclass(frozen=True, slots=True)
class Tier:
    """One step of a market's margin schedule."""

    above: int
    """Notional from which the rates hold, WAD."""
    initial: int
    """Marginal initial margin rate, WAD."""
    maintenance: int
    """Marginal maintenance margin rate, WAD."""


@dataclass(frozen=True, slots=True)
class FeeTier:
    """One step of the trading fees by an account's volume of thirty days."""

    above: int
    """Volume from which the shares hold, WAD."""
    maker: int
    """Share of the market's trading fee that a maker pays, WAD."""
    taker: int
    """Share that a taker pays, WAD."""


@dataclass(frozen=True, slots=True)
class Market:
    """One perpetual market; its id is its place in the scenario."""

    name: str
    price: str
    """Name of the price that is its index."""
    path: str
    """Name of the path at which its traders find the market."""
    size_step: int
    price_tick: int
    price_band: int
    """Largest distance of a trade price from the index, WAD share."""
    trading_fee: int
    liquidation_fee: int
    minimum_notional: int
    """Least notional that a liquidation may leave of a position, WAD; trades may open less."""
    premium_depth: int
    """Least notional of a timestamp's trades that counts for the basis of the mark, WAD."""
    funding_period: int
    """Seconds over which a premium is paid."""
    max_funding_rate: int
    """Largest funding rate per second, WAD, rounded down from the rate per day in the file."""
    max_funding_rate_per_day: int
    """The same per day as the file gives it, WAD."""
    socialisation_cap: int
    """Largest loss per unit that one call may charge to holders, WAD share of the mark price."""
    tiers: tuple[Tier, ...]
    mark_band: int = WAD // 20
    """Furthest of the mark from the index, WAD share."""
    basis_period: int = 3600
    """Seconds over which trades move the basis fully."""
    impact_max_age: int = 60
    """Oldest report of depth that counts for the mark, seconds."""
    settlement_fee: int = 0
    """On the notional that a trade closes, WAD share."""
    ramp_duration: int = SECONDS_PER_DAY
    """Seconds that changed margin takes to come into force."""
    volatility: Volatility | None = None
