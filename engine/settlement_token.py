"""A dollar token with six decimals and a faucet: the twin of ``SettlementToken.sol``."""

from __future__ import annotations

from .erc20 import ERC20


class SettlementToken(ERC20):
    """The settlement token."""

    def decimals(self) -> tuple[int]:
        """Six."""
        return (6,)
