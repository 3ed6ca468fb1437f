"""The first offchain reporting: ``OffchainAggregator`` 4.0.0 (libocr, contract)."""

from __future__ import annotations

from itertools import pairwise

from weiproof.engine.errors import EmptyRevert, RevertReason

from .ocr_aggregator import MAX_ORACLES, MAX_ROUND_ID, OcrAggregator


class OffchainAggregator(OcrAggregator):
    """Observations must come sorted, from different observers, more than twice as many as faulty.

    Both times of a round are the block's.
    """

    def version(self) -> tuple[int]:
        """Version of the aggregator."""
        return (4,)

    def typeAndVersion(self) -> tuple[str]:
        """What the contract calls itself."""
        return ("OffchainAggregator 4.0.0",)

    def transmitters(self) -> tuple[tuple[str, ...]]:
        """Who may transmit."""
        return (self._record.transmitters,)

    def setConfig(
        self, signers: tuple[str, ...], transmitters: tuple[str, ...], threshold: int
    ) -> None:
        """Replaces the oracles, of which up to `threshold` may be faulty. Nobody may be both."""
        if len(signers) > MAX_ORACLES:
            raise RevertReason("too many signers")
        if threshold <= 0:
            raise RevertReason("threshold must be positive")
        if len(signers) != len(transmitters):
            raise RevertReason("oracle addresses out of registration")
        if len(signers) <= 3 * threshold:
            raise RevertReason("faulty-oracle threshold too high")
        self.only_owner()
        known: list[str] = []
        for signer, transmitter in zip(signers, transmitters, strict=True):
            for oracle, role in ((signer, "signer"), (transmitter, "transmitter")):
                if oracle in known:
                    raise RevertReason(f"repeated {role} address")
                known.append(oracle)
        self._configure(signers, transmitters, threshold)

    def transmit(
        self,
        epochAndRound: int,
        observations: tuple[int, ...],
        observers: tuple[int, ...],
        signers: tuple[str, ...],
    ) -> None:
        """Stores a report: observations of 192 bits, the index of who made each, who signed it."""
        self._check_fresh(epochAndRound)
        self._check_counts(len(observations), len(signers))
        for i, observer in enumerate(observers):
            if observer >= MAX_ORACLES:
                raise EmptyRevert
            if observer in observers[:i]:
                raise RevertReason("observer index repeated")
        self._check_transmitter()
        for i, signer in enumerate(signers):
            if signer not in self._record.signers:
                raise RevertReason("address not authorized to sign")
            if signer in signers[:i]:
                raise RevertReason("non-unique signature")
        if any(before > after for before, after in pairwise(observations)):
            raise RevertReason("observations not sorted")
        self._store(epochAndRound, observations, self.world.now)

    def getRoundData(self, roundId: int) -> tuple[int, int, int, int, int]:
        """A round: id, answer, startedAt, updatedAt, answeredInRound. Reverts beyond 32 bits."""
        if roundId > MAX_ROUND_ID:
            raise RevertReason("No data present")
        return super().getRoundData(roundId)

    def _check_counts(self, observations: int, signatures: int) -> None:
        f = self._record.f
        if signatures <= f:
            raise RevertReason("not enough signatures")
        if signatures > MAX_ORACLES:
            raise RevertReason("too many signatures")
        if observations > MAX_ORACLES:
            raise RevertReason("num observations out of bounds")
        if observations <= 2 * f:
            raise RevertReason("too few values to trust median")
