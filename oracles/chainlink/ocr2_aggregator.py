"""The second offchain reporting: ``OCR2Aggregator`` (libocr, contract2)."""

from __future__ import annotations

from weiproof.engine.errors import Panic, RevertReason
from weiproof.engine.fixed_point import OVERFLOW

from .ocr_aggregator import MAX_ORACLES, MAX_ROUND_ID, OcrAggregator
from .owned import ConfirmedOwner

UINT8, UINT32 = 2**8, 2**32


class OCR2Aggregator(OcrAggregator, ConfirmedOwner):
    """Observations are taken in the order of the report, which nobody checks.

    There must be more than may be faulty, and exactly one signature more than that. ``startedAt``
    is what the nodes say the time of observation is, unchecked; ``updatedAt`` is the block's, both
    in 32 bits.
    """

    def version(self) -> tuple[int]:
        """Version of the aggregator."""
        return (6,)

    def typeAndVersion(self) -> tuple[str]:
        """What the contract calls itself."""
        return ("OCR2Aggregator 1.0.0",)

    def getTransmitters(self) -> tuple[tuple[str, ...]]:
        """Who may transmit."""
        return (self._record.transmitters,)

    def setConfig(self, signers: tuple[str, ...], transmitters: tuple[str, ...], f: int) -> None:
        """Replaces the oracles, of which up to `f` may be faulty.

        Three times `f` is counted in 8 bits: it panics with 0x11 from 86 on.
        """
        self.only_owner()
        if len(signers) > MAX_ORACLES:
            raise RevertReason("too many oracles")
        if len(signers) != len(transmitters):
            raise RevertReason("oracle length mismatch")
        if 3 * f >= UINT8:
            raise Panic(OVERFLOW)
        if len(signers) <= 3 * f:
            raise RevertReason("faulty-oracle f too high")
        if f <= 0:
            raise RevertReason("f must be positive")
        for i in range(len(signers)):
            if signers[i] in signers[:i]:
                raise RevertReason("repeated signer address")
            if transmitters[i] in transmitters[:i]:
                raise RevertReason("repeated transmitter address")
        self._configure(signers, transmitters, f)

    def transmit(
        self,
        epochAndRound: int,
        observationsTimestamp: int,
        observations: tuple[int, ...],
        signers: tuple[str, ...],
    ) -> None:
        """Stores a report: when observed, observations of 192 bits, and who signed it."""
        self._check_fresh(epochAndRound)
        self._check_transmitter()
        f = self._record.f
        if len(signers) != f + 1:
            raise RevertReason("wrong number of signatures")
        if any(signer not in self._record.signers for signer in signers):
            raise RevertReason("signature error")
        if len(dict.fromkeys(signers)) < len(signers):
            raise RevertReason("duplicate signer")
        if len(observations) > MAX_ORACLES:
            raise RevertReason("num observations out of bounds")
        if len(observations) <= f:
            raise RevertReason("too few values to trust median")
        self._store(epochAndRound, observations, observationsTimestamp)

    def getRoundData(self, roundId: int) -> tuple[int, int, int, int, int]:
        """A round: id, answer, startedAt, updatedAt, answeredInRound. Five zeros beyond 32 bits."""
        return (0, 0, 0, 0, 0) if roundId > MAX_ROUND_ID else super().getRoundData(roundId)

    def _transmission_time(self) -> int:
        return self.world.now % UINT32
