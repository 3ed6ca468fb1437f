"""A token with any decimals and a faucet, which may keep a part of what is moved.

The twin of ``mocks/CollateralToken.sol``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .erc20 import ERC20
from .fixed_point import WAD
from .state import Record, Table

if TYPE_CHECKING:
    from .contract import World


@dataclass(slots=True)
class TransferFee(Record):
    """Share of a transfer that is burnt, WAD."""

    value: int = 0


class CollateralToken(ERC20):
    """One such token."""

    def __init__(self, world: World, name: str, symbol: str, decimals: int) -> None:  # noqa: ARG002 - for people
        super().__init__(world, name)
        self._decimals = decimals
        self._fees = Table(world.store, "transferFee", TransferFee)

    def decimals(self) -> tuple[int]:
        """Decimals of its units."""
        return (self._decimals,)

    def transferFee(self) -> tuple[int]:
        """Share of a transfer that is burnt, WAD."""
        return (self._fees.read(self.name).value,)

    def setTransferFee(self, transferFee: int) -> None:
        """Sets the share of a transfer that is burnt, WAD; at most the whole."""
        # EFFECTS
        fee = min(transferFee, WAD)
        self._fees.edit(self.name).value = fee
        # EVENTS
        self.emit("TransferFeeSet", fee)

    def move(self, source: str, to: str, amount: int) -> None:
        """Moves tokens from one holder to another and burns the fee out of what arrives."""
        super().move(source, to, amount)
        fee = self._fees.read(self.name).value
        if fee > 0:
            self._burn(to, amount * fee // WAD)
