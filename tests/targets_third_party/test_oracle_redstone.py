"""RedStone's consumers, adapters and feeds: equal to the models, and faults in these are found.

Skipped where the packages are not installed: ``python examples/targets/install.py``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from weiproof.crosscheck import driver
from weiproof.crosscheck.driver import Limits
from weiproof.crosscheck.opening import Opening
from weiproof.oracles.redstone import consumer, multi_feed, payload, price_feed, signatures

ROOT = Path(__file__).resolve().parent.parent.parent
TARGETS = ROOT / "examples" / "targets" / "oracles"
PULL, PUSH = Opening(TARGETS / "redstone_pull.py"), Opening(TARGETS / "redstone_push.py")
BUILDS = ROOT / "node_modules" / ".targets" / "oracles"

pytestmark = pytest.mark.skipif(
    not all(BUILDS.joinpath(each).is_dir() for each in ("redstone_pull", "redstone_push")),
    reason="the builds are missing: python examples/targets/install.py",
)

PAYLOAD_ERRORS = (
    "CalldataMustHaveValidPayload",
    "CalldataOverOrUnderFlow",
    "DataTimestampCannotBeZero",
    "GetDataServiceIdNotImplemented",
    "IncorrectUnsignedMetadataSize",
    "InsufficientNumberOfUniqueSigners",
    "Panic(0x11)",
    "SignerNotAuthorised",
    "TimestampFromTooLongFuture",
    "TimestampIsTooOld",
    "TimestampsMustBeEqual",
    "TooLargeValueByteSize",
)
PULL_ERRORS = (
    *PAYLOAD_ERRORS,
    "CanNotPickMedianOfEmptyArray",
    "DataPackageTimestampMustNotBeZero",
    "DataPackageTimestampsMustBeEqual",
    "InvalidSignature",
    "RedstonePayloadMustHaveAtLeastOneDataPackage",
    "TimestampIsNotValid",
)
PUSH_ERRORS = (
    *PAYLOAD_ERRORS,
    "(no data)",
    "DataFeedIdNotFound",
    "DataFeedValueCannotBeZero",
    "DataPackageTimestampMismatch",
    "DataTimestampIsTooBig",
    "DataTimestampShouldBeNewerThanBefore",
    "GetRoundDataCanBeOnlyCalledWithLatestRound",
    "InvalidLastUpdateDetails",
    "MinIntervalBetweenUpdatesHasNotPassedYet",
    "RoundNotFound",
    "UnsafeUintToIntConversion",
)
PUSH_EVENTS = (
    "AnswerUpdated",
    "Initialized",
    "UpdateSkipDueToBlockTimestamp",
    "UpdateSkipDueToDataTimestamp",
    "UpdateSkipDueToInvalidValue",
    "ValueUpdate",
)
PUSH_TEXTS = (
    "initialize: Initializable: contract is already initialized",
    "latestRoundData: SafeCast: value doesn't fit in an int256",
    "updateFrom: SafeCast: value doesn't fit in an int256",
)


def test_consumers_that_are_pulled_agree(revm: str) -> None:
    """Payloads of all kinds, well signed and not, whole and broken, are read alike."""
    campaign = driver.run(PULL.open(revm), 3, Limits(1_200))
    assert campaign.passed, campaign.finding
    assert [each for each in PULL_ERRORS if not campaign.tally.errors[each]] == []


def test_adapters_that_are_pushed_agree(revm: str) -> None:
    """Updates, rounds, feeds and their refusals are alike."""
    campaign = driver.run(PUSH.open(revm), 1, Limits(1_200))
    assert campaign.passed, campaign.finding
    assert [each for each in PUSH_ERRORS if not campaign.tally.errors[each]] == []
    assert [each for each in PUSH_EVENTS if not campaign.tally.events[each]] == []
    assert [each for each in PUSH_TEXTS if not campaign.states[each]] == []


@pytest.mark.parametrize(("target", "calls"), [(PULL, 150), (PUSH, 60)], ids=("pull", "push"))
def test_another_back_end_agrees(target: Opening, calls: int) -> None:
    """A sample on py-evm."""
    campaign = driver.run(target.open("pyevm"), 5, Limits(calls))
    assert campaign.passed, campaign.finding


@pytest.mark.parametrize(
    ("module", "name", "fault"),
    [
        (consumer, "redstone_median", lambda values: sorted(values)[len(values) // 2]),
        (consumer, "is_canonical", lambda v, s: True),  # noqa: ARG005 - any
        (payload, "_is_marker", lambda tail: tail == payload.MARKER),
        (payload, "COUNT_BYTES", 1),
        (signatures, "HALF_CURVE_ORDER", signatures.CURVE_ORDER),
    ],
    ids=("upper median", "any signature", "marker as text", "count of a byte", "any s"),
)
def test_faults_in_what_is_pulled_are_found(
    revm: str, monkeypatch: pytest.MonkeyPatch, module: object, name: str, fault: object
) -> None:
    """A model with another median, or less strict or more so, differs from the contracts."""
    monkeypatch.setattr(module, name, fault)
    assert not driver.run(PULL.open(revm), 3, Limits(1_200)).passed


@pytest.mark.parametrize(
    ("module", "name", "fault"),
    [
        (multi_feed, "MAX_STALENESS", multi_feed.MAX_STALENESS + 1),
        (price_feed, "MAX_INT256", 2**255),
        (consumer.RedstoneConsumer, "validateTimestamp", lambda *_: None),
    ],
    ids=("a second longer", "an answer too large", "data of any age"),
)
def test_faults_in_what_is_pushed_are_found(
    revm: str, monkeypatch: pytest.MonkeyPatch, module: object, name: str, fault: object
) -> None:
    """A model with other edges differs from the contracts."""
    monkeypatch.setattr(module, name, fault)
    assert not driver.run(PUSH.open(revm), 1, Limits(1_200)).passed
