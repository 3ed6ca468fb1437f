"""Records of deleveraging: with ``records.py``, the twin of ``Records.sol``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .state import Record

if TYPE_CHECKING:
    from .call import Value

MAX_CANDIDATES = 32
"""Most candidates for deleveraging that are kept for one side of a market."""


@dataclass(slots=True)
class FlagRecord(Record):
    """Since when an account is known to be bankrupt; 0 where it is not known."""

    flagged_at: int = 0


@dataclass(slots=True)
class Candidates(Record):
    """Who is nominated on one side of a market, in no order."""

    accounts: tuple[str, ...] = ()

    def fields(self) -> tuple[Value, ...]:
        """The addresses as one tuple."""
        return (self.accounts,)
