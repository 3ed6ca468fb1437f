"""What the hub keeps of a price: its feeds, its policy, its last record; and the sequencer.

The structs of ``OracleHub.sol``, fields in their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.engine.contract import ZERO_ADDRESS
from weiproof.engine.records import LAST_PURPOSE, LIQUIDATION, SETTLE
from weiproof.engine.state import Record

from .price_policy import Reducer, Rules

if TYPE_CHECKING:
    from weiproof.engine.call import Value

LENIENT = 1 << LIQUIDATION | 1 << SETTLE
"""Purposes with the longer age limit where nothing else is set."""

PURPOSES = (1 << LAST_PURPOSE + 1) - 1
"""Bits of all purposes."""


STRICT = Rules()
"""Of every feed until other rules are set."""


@dataclass(frozen=True, slots=True)
class Source:
    """One feed of a price; age limits in seconds."""

    feed: str
    max_age: int
    liquidation_max_age: int
    decimals: int
    rules: Rules = STRICT

    def fields(self) -> tuple[object, ...]:
        """The values in the order of the struct."""
        limits = (self.max_age, self.liquidation_max_age)
        return (self.feed, *limits, self.decimals, self.rules.fields())


@dataclass(frozen=True, slots=True)
class Policy:
    """How the prices of several feeds become one, and what it is held against."""

    reducer: int = Reducer.MEDIAN
    lenient: int = LENIENT
    """Bit of each purpose that has the longer age limit."""
    max_deviation: int = 0
    """From the anchor, millionths of it; 0 where there is no anchor."""
    max_step: int = 0
    """From the price recorded last, millionths of it; 0 for any."""
    anchor: bytes = bytes(32)
    """Another price."""

    def fields(self) -> tuple[Value, ...]:
        """The values in the order of the struct."""
        limits = (self.max_deviation, self.max_step)
        return (int(self.reducer), self.lenient, *limits, self.anchor)


NO_POLICY = Policy(lenient=0)
"""Of a price that was never configured."""


@dataclass(slots=True)
class PriceRecord(Record):
    """What is configured for a price, and its last record."""

    sources: tuple[Source, ...] = ()
    quorum: int = 0
    """How many of the feeds must be trusted."""
    policy: Policy = NO_POLICY
    recorded: int = 0
    """The price recorded last, WAD; 0 for none."""

    def fields(self) -> tuple[object, ...]:
        """As nested tuples."""
        rows = tuple(source.fields() for source in self.sources)
        return (rows, self.quorum, self.policy.fields(), self.recorded)


@dataclass(slots=True)
class Sequencer(Record):
    """Whose uptime prices wait for."""

    feed: str = ZERO_ADDRESS
    """None: the zero address."""
    grace: int = 0
    """Seconds after it came up."""
    purposes: int = 0
    """Bit of each purpose that waits for it."""
    by_update: bool = False
    """Since ``updatedAt`` rather than ``startedAt``."""
