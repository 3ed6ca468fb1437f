"""Reverts of RedStone's contracts, one class for each custom error that a numeric feed can raise.

::

    RedstoneError
    ├── of the payload in the call data (evm-connector ``CalldataExtractor``, ``SignatureLib``)
    ├── of its timestamps and values (``RedstoneConsumerBase``, ``RedstoneDefaultsLib``)
    └── of adapters and their price feeds (on-chain-relayer)
"""

from __future__ import annotations

from weiproof.oracles.errors import OracleError


class RedstoneError(OracleError):
    """A consumer, an adapter or a price feed refuses."""


class CalldataMustHaveValidPayload(RedstoneError):
    """The call data do not end with the marker."""

    selector = bytes.fromhex("e7764c9e")


class CalldataOverOrUnderFlow(RedstoneError):
    """The call data end before the payload's tail does."""

    selector = bytes.fromhex("5796f78a")


class IncorrectUnsignedMetadataSize(RedstoneError):
    """The unsigned metadata are said to be longer than the call data."""

    selector = bytes.fromhex("c30a7bd7")


class TooLargeValueByteSize(RedstoneError):
    """A value of more than 32 bytes."""

    parameters = ("valueByteSize",)
    selector = bytes.fromhex("c000fc42")


class InvalidSignature(RedstoneError):
    """A signature that recovers to nobody, or that is not in its one valid form."""

    parameters = ("signedHash",)
    selector = bytes.fromhex("666b7cba")


class SignerNotAuthorised(RedstoneError):
    """A package of a signer that does not count."""

    parameters = ("receivedSigner",)
    selector = bytes.fromhex("ec459bc0")


class RedstonePayloadMustHaveAtLeastOneDataPackage(RedstoneError):
    """A timestamp is asked of a payload without packages."""

    selector = bytes.fromhex("8552ff3c")


class DataPackageTimestampMustNotBeZero(RedstoneError):
    """A package without a time, where only timestamps are read."""

    selector = bytes.fromhex("336dc9d0")


class DataPackageTimestampsMustBeEqual(RedstoneError):
    """Packages of different times, where only timestamps are read."""

    selector = bytes.fromhex("d9d1f465")


class DataTimestampCannotBeZero(RedstoneError):
    """A package without a time."""

    selector = bytes.fromhex("dfb25a79")


class TimestampsMustBeEqual(RedstoneError):
    """Packages of different times."""

    selector = bytes.fromhex("4cbc4742")


class InsufficientNumberOfUniqueSigners(RedstoneError):
    """Fewer signers than the threshold gave a value."""

    parameters = ("receivedSignersCount", "requiredSignersCount")
    selector = bytes.fromhex("2b13aef5")


class CanNotPickMedianOfEmptyArray(RedstoneError):
    """There is no value."""

    selector = bytes.fromhex("9e198af9")


class GetDataServiceIdNotImplemented(RedstoneError):
    """The consumer names no data service."""

    selector = bytes.fromhex("608b5307")


class TimestampFromTooLongFuture(RedstoneError):
    """The data are stamped more than the limit after the block."""

    parameters = ("receivedTimestampSeconds", "blockTimestamp")
    selector = bytes.fromhex("b6b0916d")


class TimestampIsTooOld(RedstoneError):
    """The data are stamped more than the limit before the block."""

    parameters = ("receivedTimestampSeconds", "blockTimestamp")
    selector = bytes.fromhex("0321d0b5")


class MinIntervalBetweenUpdatesHasNotPassedYet(RedstoneError):
    """The last update is too recent."""

    parameters = ("currentBlockTimestamp", "lastUpdateTimestamp", "minIntervalBetweenUpdates")
    selector = bytes.fromhex("83b3f5c4")


class DataTimestampShouldBeNewerThanBefore(RedstoneError):
    """The data are not newer than those of the last update."""

    parameters = ("receivedDataTimestampMilliseconds", "lastDataTimestampMilliseconds")
    selector = bytes.fromhex("ef05deba")


class DataTimestampIsTooBig(RedstoneError):
    """The proposed timestamp leaves 128 bits."""

    parameters = ("dataTimestamp",)
    selector = bytes.fromhex("5cbfa8a1")


class DataPackageTimestampMismatch(RedstoneError):
    """The packages are of another time than the proposed one."""

    parameters = ("expectedDataTimestamp", "dataPackageTimestamp")
    selector = bytes.fromhex("6bc11ec5")


class DataFeedValueCannotBeZero(RedstoneError):
    """A value of zero, written or read."""

    parameters = ("dataFeedId",)
    selector = bytes.fromhex("0565ce2a")


class DataFeedIdNotFound(RedstoneError):
    """The adapter has no such feed."""

    parameters = ("dataFeedId",)
    selector = bytes.fromhex("93829403")


class RoundNotFound(RedstoneError):
    """The round is zero or above the latest."""

    parameters = ("roundId",)
    selector = bytes.fromhex("f8ae8137")


class InvalidLastUpdateDetails(RedstoneError):
    """The multi-feed adapter's value is missing or 30 hours old."""

    parameters = ("dataFeedId", "lastDataTimestamp", "lastBlockTimestamp", "lastValue")
    selector = bytes.fromhex("4f319ffe")


class UnsafeUintToIntConversion(RedstoneError):
    """The value does not fit an answer's signed word."""

    parameters = ("value",)
    selector = bytes.fromhex("eccac09b")


class GetRoundDataCanBeOnlyCalledWithLatestRound(RedstoneError):
    """A feed without rounds is asked for another than round 1."""

    parameters = ("requestedRoundId",)
    selector = bytes.fromhex("22bfd6df")
