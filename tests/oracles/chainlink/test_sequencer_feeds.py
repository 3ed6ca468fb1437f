"""Whether a rollup's sequencer is up, as the feeds of both kinds of rollup tell it."""

from __future__ import annotations

import pytest

from tests.engine.desk import who
from tests.oracles.feed_stage import ADMIN, FeedStage
from weiproof.engine.call import Event
from weiproof.engine.contract import Contract
from weiproof.engine.keccak import keccak256
from weiproof.oracles.chainlink.access_controller import SimpleWriteAccessController
from weiproof.oracles.chainlink.aggregator_proxy import EACAggregatorProxy
from weiproof.oracles.chainlink.arbitrum_sequencer_uptime_feed import (
    ADDRESSES,
    ALIAS_OFFSET,
    FLAG_L2_SEQ_OFFLINE,
    ArbitrumSequencerUptimeFeed,
    l1_to_l2_alias,
)
from weiproof.oracles.chainlink.errors import (
    AlreadyInitialized,
    InvalidSender,
    NoDataPresent,
    Uninitialized,
)
from weiproof.oracles.chainlink.flags import Flags
from weiproof.oracles.chainlink.optimism_sequencer_uptime_feed import OptimismSequencerUptimeFeed
from weiproof.oracles.round import Round

RELAY, GUEST, L1_SENDER = who("relay"), who("guest"), who("l1 sender")
UINT64 = 2**64


class Messenger(Contract):
    """A messenger of one L1 sender."""

    def xDomainMessageSender(self) -> tuple[str]:  # noqa: N802 - ABI
        """The L1 sender."""
        return (L1_SENDER,)

    def relay(self, status: bool, timestamp: int) -> None:
        """Relays a status."""
        self.call(self.world.addresses["optimism"], "updateStatus", status, timestamp)


@pytest.fixture
def stage() -> FeedStage:
    """A feed of each kind, up at first; flags that the one on Arbitrum may set."""
    made = FeedStage("writers", "flags", "arbitrum", "messenger", "optimism", "proxy")
    SimpleWriteAccessController(made.world, "writers")
    Flags(made.world, "flags", made.address("writers"), made.address("writers"))
    behind = f"0x{(int(RELAY, 16) - ALIAS_OFFSET) % ADDRESSES:040x}"
    ArbitrumSequencerUptimeFeed(made.world, "arbitrum", made.address("flags"), behind)
    Messenger(made.world, "messenger")
    messenger = made.address("messenger")
    OptimismSequencerUptimeFeed(made.world, "optimism", L1_SENDER, messenger, False)
    EACAggregatorProxy(made.world, "proxy", made.address("arbitrum"), "0x" + "00" * 20)
    return made


@pytest.fixture
def begun(stage: FeedStage) -> FeedStage:
    """The same, initialized."""
    for target in ("flags", "writers"):
        stage.values(ADMIN, target, "addAccess", stage.address("arbitrum"))
    stage.values(ADMIN, "arbitrum", "initialize")
    return stage


def latest(stage: FeedStage, target: str) -> tuple[object, ...]:
    """The latest round of a feed."""
    return stage.values(GUEST, target, "latestRoundData")


def test_a_feed_that_never_began(stage: FeedStage) -> None:
    """Nothing can be read of it and nothing written; it begins once."""
    for function in ("latestAnswer", "latestTimestamp", "latestRound", "latestRoundData"):
        assert stage.refused(GUEST, "arbitrum", function) == ("Uninitialized",)
    for function in ("getAnswer", "getTimestamp", "getRoundData"):
        assert stage.refused(GUEST, "arbitrum", function, 1) == ("Uninitialized",)
    assert stage.refused(RELAY, "arbitrum", "updateStatus", True, 1) == ("Uninitialized",)
    assert stage.refused(ADMIN, "arbitrum", "initialize") == ("Error", "No access")
    stage.values(ADMIN, "flags", "addAccess", stage.address("arbitrum"))
    stage.values(ADMIN, "arbitrum", "initialize")
    assert stage.refused(ADMIN, "arbitrum", "initialize") == ("AlreadyInitialized",)
    assert latest(stage, "arbitrum") == (1, 0, stage.now, stage.now, 1)


def test_a_feed_that_begins_with_its_flag_up(stage: FeedStage) -> None:
    """Its first status is that the sequencer is down."""
    stage.values(ADMIN, "flags", "addAccess", stage.address("arbitrum"))
    stage.values(ADMIN, "flags", "raiseFlag", FLAG_L2_SEQ_OFFLINE)
    stage.values(ADMIN, "arbitrum", "initialize")
    assert latest(stage, "arbitrum") == (1, 1, stage.now, stage.now, 1)


def test_down_and_up_on_arbitrum(begun: FeedStage) -> None:
    """Each change is a round at the time on L1 for both times, and sets the flag."""
    began = begun.now
    begun.now += 100
    outcome = begun.call(RELAY, "arbitrum", "updateStatus", True, began + 60)
    assert [event.name for event in outcome.events] == ["NewRound", "AnswerUpdated", "FlagRaised"]
    assert latest(begun, "arbitrum") == (2, 1, began + 60, began + 60, 2)
    assert begun.values(GUEST, "flags", "getFlag", FLAG_L2_SEQ_OFFLINE) == (True,)
    begun.values(RELAY, "arbitrum", "updateStatus", False, began + 60)
    assert latest(begun, "arbitrum") == (3, 0, began + 60, began + 60, 3)
    assert begun.values(GUEST, "flags", "getFlag", FLAG_L2_SEQ_OFFLINE) == (False,)
    one = begun.values(GUEST, "arbitrum", "getRoundData", 1)
    assert one == (1, 0, began, began, 1)


def test_what_is_ignored_on_arbitrum(begun: FeedStage) -> None:
    """The same status, and one that is older than the latest; neither time moves."""
    began = begun.now
    begun.now += 100
    for status, at in ((False, begun.now), (True, began - 1)):
        outcome = begun.call(RELAY, "arbitrum", "updateStatus", status, at)
        ignored = Event("arbitrum", "UpdateIgnored", (False, began, status, at))
        assert outcome.events == (ignored,)
        assert latest(begun, "arbitrum") == (1, 0, began, began, 1)


def test_rounds_that_were_never_written(begun: FeedStage) -> None:
    """Zeros between the ids on Arbitrum, a revert on Optimism."""
    for round_id in (0, 2, 2**80 - 1):
        zeros = (round_id, 0, 0, 0, round_id)
        assert begun.values(GUEST, "arbitrum", "getRoundData", round_id) == zeros
        assert begun.values(GUEST, "arbitrum", "getAnswer", round_id) == (0,)
        assert begun.values(GUEST, "arbitrum", "getTimestamp", round_id) == (0,)
        for function in ("getRoundData", "getAnswer", "getTimestamp"):
            assert begun.refused(GUEST, "optimism", function, round_id) == ("NoDataPresent",)


def test_a_repeated_status_on_optimism(stage: FeedStage) -> None:
    """It refreshes ``updatedAt`` and leaves ``startedAt``; an older one is ignored."""
    began = stage.now
    stage.now += 1000
    outcome = stage.call(GUEST, "messenger", "relay", False, began)
    assert outcome.events == (Event("optimism", "RoundUpdated", (0, stage.now)),)
    assert latest(stage, "optimism") == (1, 0, began, stage.now, 1)
    assert stage.values(GUEST, "optimism", "getRoundData", 1) == (1, 0, began, stage.now, 1)
    assert stage.values(GUEST, "optimism", "latestTimestamp") == (began,)
    outcome = stage.call(GUEST, "messenger", "relay", False, began - 1)
    ignored = Event("optimism", "UpdateIgnored", (False, began, False, began - 1))
    assert outcome.events == (ignored,)


def test_down_and_up_on_optimism(stage: FeedStage) -> None:
    """``startedAt`` is the time on L1, ``updatedAt`` the block's."""
    stage.now += 500
    stage.values(GUEST, "messenger", "relay", True, stage.now - 30)
    assert latest(stage, "optimism") == (2, 1, stage.now - 30, stage.now, 2)


def test_a_grace_period_counts_differently(begun: FeedStage) -> None:
    """An hour after the sequencer came up the two feeds agree on ``startedAt`` only."""
    up = begun.now + 10
    begun.now = up
    for status in (True, False):
        begun.values(RELAY, "arbitrum", "updateStatus", status, up)
        begun.values(GUEST, "messenger", "relay", status, up)
    begun.now += 3_600
    begun.values(RELAY, "arbitrum", "updateStatus", False, begun.now)
    begun.values(GUEST, "messenger", "relay", False, begun.now)
    assert latest(begun, "arbitrum")[2:4] == (up, up)
    assert latest(begun, "optimism")[2:4] == (up, up + 3_600)


def test_who_may_send_a_status(begun: FeedStage) -> None:
    """The alias of the L1 sender on Arbitrum; on Optimism the messenger, for the L1 sender."""
    assert begun.refused(GUEST, "arbitrum", "updateStatus", True, 1) == ("InvalidSender",)
    assert begun.refused(GUEST, "optimism", "updateStatus", True, 1) == ("InvalidSender",)
    begun.values(ADMIN, "optimism", "transferL1Sender", GUEST)
    assert begun.refused(GUEST, "messenger", "relay", True, begun.now) == ("InvalidSender",)
    begun.values(ADMIN, "arbitrum", "transferL1Sender", L1_SENDER)
    assert begun.values(GUEST, "arbitrum", "l1Sender") == (L1_SENDER,)
    assert begun.refused(RELAY, "arbitrum", "updateStatus", True, 1) == ("InvalidSender",)


def test_aliases_wrap_around() -> None:
    """The alias adds an offset to 160 bits."""
    assert l1_to_l2_alias("0x" + "00" * 20) == "0x1111000000000000000000000000000000001111"
    assert l1_to_l2_alias("0x" + "ff" * 20) == "0x1111000000000000000000000000000000001110"


def test_who_may_read(begun: FeedStage) -> None:
    """Accounts; contracts when they are listed, such as a proxy in front."""
    for function in ("latestRoundData", "latestAnswer", "latestTimestamp", "latestRound"):
        assert begun.refused(GUEST, "proxy", function) == ("Error", "No access")
    begun.values(ADMIN, "arbitrum", "addAccess", begun.address("proxy"))
    one = 1 << 64 | 1
    assert latest(begun, "proxy") == (one, 0, begun.now, begun.now, one)
    begun.values(ADMIN, "arbitrum", "removeAccess", begun.address("proxy"))
    begun.values(ADMIN, "arbitrum", "disableAccessCheck")
    assert latest(begun, "proxy") == (one, 0, begun.now, begun.now, one)


def test_flags_that_may_not_be_set(begun: FeedStage) -> None:
    """A feed that may not set its flag cannot change its status."""
    begun.values(ADMIN, "writers", "removeAccess", begun.address("arbitrum"))
    reason = ("Error", "Not allowed to raise flags")
    assert begun.refused(RELAY, "arbitrum", "updateStatus", True, UINT64 - 1) == reason
    assert latest(begun, "arbitrum") == (1, 0, begun.now, begun.now, 1)


def test_flags_are_raised_and_lowered_once(begun: FeedStage) -> None:
    """Those that are so already tell nothing; many are read at once."""
    raised = Event("flags", "FlagRaised", (GUEST,))
    assert begun.call(ADMIN, "flags", "raiseFlags", (GUEST, GUEST)).events == (raised,)
    flags = begun.values(GUEST, "flags", "getFlags", (GUEST, RELAY))
    assert flags == ((True, False),)
    lowered = Event("flags", "FlagLowered", (GUEST,))
    assert begun.call(ADMIN, "flags", "lowerFlags", (RELAY, GUEST)).events == (lowered,)


def test_flags_without_controllers(begun: FeedStage) -> None:
    """The owner may, everybody else reverts without data."""
    for function in ("setRaisingAccessController", "setLoweringAccessController"):
        begun.values(ADMIN, "flags", function, "0x" + "00" * 20)
    for function in ("raiseFlag", "lowerFlag"):
        assert begun.refused(GUEST, "flags", function, GUEST) == ("",)
        begun.values(ADMIN, "flags", function, GUEST)


def test_an_offer_to_oneself(begun: FeedStage) -> None:
    """The owner of a v0.8 contract cannot offer it to himself, that of a v0.6 one can."""
    refused = ("Error", "Cannot transfer to self")
    assert begun.refused(ADMIN, "arbitrum", "transferOwnership", ADMIN) == refused
    begun.values(ADMIN, "writers", "transferOwnership", ADMIN)
    begun.values(ADMIN, "writers", "acceptOwnership")


def test_what_the_feeds_tell_of_themselves(begun: FeedStage) -> None:
    """Names, flag and messenger, no decimals."""
    flag = int.from_bytes(keccak256(b"chainlink.flags.arbitrum-seq-offline"), "big") - 1
    shown = "0x" + flag.to_bytes(32, "big")[:20].hex()
    assert begun.values(GUEST, "arbitrum", "FLAG_L2_SEQ_OFFLINE") == (shown,)
    assert begun.values(GUEST, "arbitrum", "FLAGS") == (begun.address("flags"),)
    assert begun.values(GUEST, "arbitrum", "aliasedL1MessageSender") == (RELAY,)
    assert begun.values(GUEST, "flags", "typeAndVersion") == ("Flags 1.1.0",)
    for target, name in (
        ("arbitrum", "ArbitrumSequencerUptimeFeed 1.0.0"),
        ("optimism", "OptimismSequencerUptimeFeed 1.0.0"),
    ):
        assert begun.values(GUEST, target, "typeAndVersion") == (name,)
        assert begun.values(GUEST, target, "decimals") == (0,)
        assert begun.values(GUEST, target, "version") == (1,)


def test_a_consumer_reads_the_status(begun: FeedStage) -> None:
    """What a policy reads is what the view answers."""
    optimism = begun.world.contracts["optimism"]
    begun.values(GUEST, "optimism", "latestRound")
    assert isinstance(optimism, OptimismSequencerUptimeFeed)
    assert Round(*optimism.latestRoundData()) == Round(1, 0, begun.now, begun.now, 1)


def test_selectors() -> None:
    """They are the hash's first bytes."""
    for error in (AlreadyInitialized, InvalidSender, NoDataPresent, Uninitialized):
        assert error.selector == keccak256(f"{error.__name__}()".encode())[:4]
