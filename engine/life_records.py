"""How a market ends: with the other records, the twin of ``Records.sol``."""

from __future__ import annotations

from dataclasses import dataclass

from .state import Record

OPEN, REDUCE_ONLY, DELISTED, CLOSED = range(4)
"""What a market's life has come to.

Trades may be opened, or only reduce; its final price is fixed, and then what its claims are paid.
"""


@dataclass(slots=True)
class FinalRecord(Record):
    """How a market ends."""

    price: int = 0
    """Its mark from delisting on, WAD."""
    ratio: int = 0
    """The share of a claim that is paid once it is closed, WAD."""
    shorts: int = 0
    """Sum of the short positions that are still open after delisting, WAD.

    Open interest counts the long ones.
    """
    unpaid: int = 0
    """What closed positions owe, a numerator.

    Kept all its life, because at the end nobody could list them.
    """
    claims: int = 0
    """What is still claimed of a closed market, a numerator."""
