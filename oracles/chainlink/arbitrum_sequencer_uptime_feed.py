"""``ArbitrumSequencerUptimeFeed`` 1.0.0 (@chainlink/contracts 0.8.0, v0.8/l2ep/dev)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import AlreadyInitialized, InvalidSender, Uninitialized
from .sequencer_uptime_feed import SequencerUptimeFeed

if TYPE_CHECKING:
    from weiproof.engine.contract import World

    from .sequencer_uptime_feed import SequencerFeed

FLAG_L2_SEQ_OFFLINE = "0xa438451d6458044c3c8cd2f6f31c91ac882a6d91"
"""Flag that is up while the sequencer is down: keccak256 of the flag's name less 1, 20 bytes."""

ALIAS_OFFSET = 0x1111000000000000000000000000000000001111
"""What Arbitrum adds to the address of a contract that calls from L1."""

ADDRESSES = 2**160


def l1_to_l2_alias(address: str) -> str:
    """The address as which an L1 contract calls on Arbitrum; it wraps around at 160 bits."""
    return f"0x{(int(address, 16) + ALIAS_OFFSET) % ADDRESSES:040x}"


class ArbitrumSequencerUptimeFeed(SequencerUptimeFeed):
    """A status is written where it differs and is not older than the latest; equal times do.

    ``updatedAt`` is ``startedAt``, the L1 time of the change: it does not move while the status
    stays. Rounds that were never written read as zeros, those of a feed without a first one revert.
    """

    def __init__(self, world: World, name: str, flagsAddress: str, l1SenderAddress: str) -> None:
        super().__init__(world, name, l1SenderAddress)
        self._flags_address = flagsAddress

    def FLAG_L2_SEQ_OFFLINE(self) -> tuple[str]:
        """The flag that is up while the sequencer is down."""
        return (FLAG_L2_SEQ_OFFLINE,)

    def FLAGS(self) -> tuple[str]:
        """The contract that keeps the flag."""
        return (self._flags_address,)

    def typeAndVersion(self) -> tuple[str]:
        """What the contract calls itself."""
        return ("ArbitrumSequencerUptimeFeed 1.0.0",)

    def aliasedL1MessageSender(self) -> tuple[str]:
        """Who must call with a status."""
        return (l1_to_l2_alias(*self.l1Sender()),)

    def initialize(self) -> None:
        """Writes the first round, from the flag and at the block's time."""
        self.only_owner()
        if self._feeds.read(self.name).round_id != 0:
            raise AlreadyInitialized
        status = bool(self.call(self._flags_address, "getFlag", FLAG_L2_SEQ_OFFLINE)[0])
        now = self.world.now
        self._record_round(status=status, started_at=now, updated_at=now)
        # EVENTS
        self.emit("Initialized")

    def updateStatus(self, status: bool, timestamp: int) -> None:
        """Takes a status from L1; `timestamp` is the time there, unix seconds, and may be any."""
        feed = self._initialized()
        if self.world.sender != self.aliasedL1MessageSender()[0]:
            raise InvalidSender
        if feed.status == status or feed.started_at > timestamp:
            self._ignore(status=status, timestamp=timestamp)
            return
        self._record_round(status=status, started_at=timestamp, updated_at=timestamp)
        self.call(self._flags_address, "raiseFlag" if status else "lowerFlag", FLAG_L2_SEQ_OFFLINE)

    def _initialized(self) -> SequencerFeed:
        feed = self._feeds.read(self.name)
        if feed.round_id == 0:
            raise Uninitialized
        return feed

    def _latest(self) -> SequencerFeed:
        self.check_access()
        return self._initialized()
