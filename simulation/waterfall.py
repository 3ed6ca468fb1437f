"""The routes of a liquidation beside a keeper's, and who provides for them, in plain integers.

Units as in :mod:`weiproof.simulation.scenario`: ratios, shares and notionals WAD, amounts token
units, durations seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

from weiproof.engine.fixed_point import WAD
from weiproof.engine.records import TOKEN_UNIT


@dataclass(frozen=True, slots=True)
class Limits:
    """Which position is taken over first, and how much of a large account's at a time."""

    ordered: bool = False
    """Whether the position that relieves most per notional is first."""
    largest_share: int = 0
    """Most of a large account's position that is taken in a window, WAD."""
    urgent_health: int = 0
    """Health factor below which the limits no longer hold, WAD."""
    cool_down: int = 0
    """Length of a window, seconds."""
    maximum_keeper_reward: int = 0
    """Most that a keeper gets of the fee of one takeover, token units; 0 is no maximum."""
    large_notional: int = 0
    """Notional beyond which an account is large, WAD; 0 is off."""

    def spec(self) -> tuple[int, ...]:
        """As ``setLiquidationParameters`` takes them, reward in wei."""
        return (
            self.ordered,
            self.largest_share,
            self.urgent_health,
            self.cool_down,
            self.maximum_keeper_reward * TOKEN_UNIT,
            self.large_notional,
        )


@dataclass(frozen=True, slots=True)
class Provider:
    """A liquidity provider of the backstop vault."""

    name: str
    deposit: int
    """Token units."""
    at: int
    """Time of its deposit, unix seconds."""
    leave_at: int | None = None
    """Fall of a share's worth from its highest since then, at which it asks to withdraw; WAD."""


@dataclass(frozen=True, slots=True)
class Waterfall:
    """When the system takes over, deleverages, and works off what it took."""

    withdrawal_delay: int = 0
    """From a provider's request to its withdrawal."""
    fee_share: int = 0
    """Share of the liquidation fee that the vault gets of its takeovers."""
    takeover_ratio: int = 0
    """Equity over what is required below which the vault may take over."""
    fund_ratio: int = 0
    """That below which the insurance fund may."""
    fund_share: int = 0
    """Most of the fund that may be margin for what it took over."""
    deleverage_delay: int = 3600
    """From the flag of a bankrupt account to its deleveraging."""
    nominators: tuple[str, ...] = ()
    """Keepers that flag bankrupt accounts and nominate candidates; without any nobody does."""
    unload_every: int = 60
    """Between two trades that work off what the vault and the fund took over."""
    unload_share: int = WAD
    """Share of each position that is offered in such a trade."""
    capacities: tuple[int, ...] = ()
    """Largest notional that the vault may hold, by market."""
    providers: tuple[Provider, ...] = ()

    def spec(self) -> tuple[int, ...]:
        """As ``setBackstopParameters`` takes it."""
        return (
            self.withdrawal_delay,
            self.fee_share,
            self.takeover_ratio,
            self.fund_ratio,
            self.fund_share,
        )
