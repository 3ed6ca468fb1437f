"""What accounts can hold: the twin of ``Instruments.sol``.

Each kind of instrument is a module with ``contribute``, which adds to a standing what an account's
holdings of that kind are worth and require; margin tests know nothing else of them.
"""

# Modules import each other: rules call each other, as their twins do.
# pyright: reportImportCycles=false

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from . import holdings, perpetuals
from .pricing import Marks
from .records import TRADE

if TYPE_CHECKING:
    from .offsets import Leg
    from .records import Ledger


@dataclass(slots=True)
class Standing:
    """An account's standing at given marks; all numerators, exact."""

    equity: int = 0
    """Cash with interest, profit and loss of all positions, accrued funding and losses included.

    And tokens at their maintenance weight.
    """
    cash: int = 0
    """Cash with interest, wei."""
    losses: int = 0
    """The negative profits and losses alone."""
    final_losses: int = 0
    """Those of them in delisted markets."""
    initial: int = 0
    maintenance: int = 0
    fee: int = 0
    """Liquidation fee on the whole notional."""
    worth: int = 0
    """Tokens at their maintenance weight, as far as equity holds them."""
    initial_worth: int = 0
    """Tokens at their initial weight."""
    gross: int = 0
    """Maintenance margin before offsets."""
    legs: list[Leg] = field(default_factory=list)
    """The parts of the markets, in the order of their ids."""
    marks: Marks = field(default_factory=lambda: Marks(TRADE, TRADE))
    """What it goes by."""


class Instrument(Protocol):
    """A kind of instrument."""

    def contribute(self, ledger: Ledger, account: str, standing: Standing) -> None:
        """Adds what the account's holdings of this kind are worth and require; exact."""
        ...


INSTRUMENTS: tuple[Instrument, ...] = (perpetuals, holdings)
"""Tokens come last: what counts as little without a price is judged by what the others require."""


def contribute(ledger: Ledger, account: str, standing: Standing) -> None:
    """Adds all instruments to a standing."""
    for instrument in INSTRUMENTS:
        instrument.contribute(ledger, account, standing)
