"""A liquid staking token whose rate to what is staked is whatever it was told to be.

The twin of ``mocks/StakedToken.sol``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .collateral_token import CollateralToken
from .state import Record, Table

if TYPE_CHECKING:
    from .contract import World


@dataclass(slots=True)
class ExchangeRate(Record):
    """How much of what is staked one token stands for, WAD."""

    value: int = 0


class StakedToken(CollateralToken):
    """One such token."""

    def __init__(
        self, world: World, name: str, symbol: str, decimals: int, exchange_rate: int
    ) -> None:
        super().__init__(world, name, symbol, decimals)
        self._rates = Table(world.store, "exchangeRate", ExchangeRate)
        self._rates.edit(name).value = exchange_rate
        world.store.commit()

    def exchangeRate(self) -> tuple[int]:
        """How much of what is staked one token stands for, WAD."""
        return (self._rates.read(self.name).value,)

    def setExchangeRate(self, exchangeRate: int) -> None:
        """Sets the rate, WAD."""
        # EFFECTS
        self._rates.edit(self.name).value = exchangeRate
        # EVENTS
        self.emit("ExchangeRateSet", exchangeRate)
