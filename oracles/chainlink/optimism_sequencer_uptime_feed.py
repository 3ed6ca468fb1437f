"""``OptimismSequencerUptimeFeed`` 1.0.0 (@chainlink/contracts 0.8.0, v0.8/l2ep/dev)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import InvalidSender, NoDataPresent
from .sequencer_uptime_feed import SequencerUptimeFeed

if TYPE_CHECKING:
    from weiproof.engine.contract import World

    from .sequencer_uptime_feed import StatusRound


class OptimismSequencerUptimeFeed(SequencerUptimeFeed):
    """A status is written where it differs; one that does not refreshes ``updatedAt`` alone.

    So a grace period that counts from ``updatedAt`` starts anew with each message, one that counts
    from ``startedAt`` does not. Rounds that were never written revert.
    """

    def __init__(
        self,
        world: World,
        name: str,
        l1SenderAddress: str,
        l2CrossDomainMessengerAddr: str,
        initialStatus: bool,
    ) -> None:
        super().__init__(world, name, l1SenderAddress)
        self._messenger = l2CrossDomainMessengerAddr
        self._record_round(status=initialStatus, started_at=world.now, updated_at=world.now)

    def typeAndVersion(self) -> tuple[str]:
        """What the contract calls itself."""
        return ("OptimismSequencerUptimeFeed 1.0.0",)

    def updateStatus(self, status: bool, timestamp: int) -> None:
        """Takes a status from L1 by way of the messenger; `timestamp` is the time there."""
        if self.world.sender != self._messenger:
            raise InvalidSender
        if self.call(self._messenger, "xDomainMessageSender") != self.l1Sender():
            raise InvalidSender
        feed = self._feeds.read(self.name)
        if feed.started_at > timestamp:
            self._ignore(status=status, timestamp=timestamp)
        elif feed.status == status:
            self._refresh(status=status)
        else:
            now = self.world.now
            self._record_round(status=status, started_at=timestamp, updated_at=now)

    def _refresh(self, *, status: bool) -> None:
        # EFFECTS
        feed = self._feeds.edit(self.name)
        feed.updated_at = self.world.now
        self._rounds.edit(self.name, feed.round_id).updated_at = self.world.now
        # EVENTS
        self.emit("RoundUpdated", int(status), self.world.now)

    def _round(self, round_id: int) -> StatusRound:
        latest = self._latest()
        if not 0 < round_id <= latest.round_id:
            raise NoDataPresent
        return self._rounds.read(self.name, round_id)
