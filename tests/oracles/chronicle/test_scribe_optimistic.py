"""An optimistic value counts after its challenge period, unless it was proved wrong."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from tests.oracles.feed_stage import ADMIN, FeedStage
from weiproof.contracts.chains import actor
from weiproof.engine.call import bytes32
from weiproof.oracles.chronicle.scribe_optimistic import ScribeOptimistic

READER, STRANGER = actor("reader"), actor("stranger")
FEEDS = tuple(f"0x{i:02x}" + "33" * 19 for i in (0, 9, 255))
PERIOD = 1200
GOOD = ((1).to_bytes(32, "big"), STRANGER, b"\x00\x09")
FALSE = (bytes(32), STRANGER, b"\x00\x09")


class Play(FeedStage):
    """An oracle with three feeds, of which two must sign, and one reader."""

    def __init__(self) -> None:
        """Nothing is poked yet."""
        super().__init__("scribe")
        ScribeOptimistic(self.world, "scribe", ADMIN, bytes32("ETH/USD"))
        self.values(ADMIN, "scribe", "lift", FEEDS)
        self.values(ADMIN, "scribe", "kiss", READER)
        self.now += PERIOD + 1  # configuring stamps the value with the block's time

    def poke(self, value: int) -> tuple[object, ...]:
        """Pokes a value that all can see is signed; the error, or nothing."""
        return self._made("poke", (value, self.now), GOOD)

    def op_poke(
        self, value: int, age: int = 0, data: tuple[bytes, str, bytes] = GOOD
    ) -> tuple[object, ...]:
        """Pokes one on the word of the first feed; the error, or nothing."""
        return self._made("opPoke", (value, age or self.now), data, FEEDS[0])

    def _made(self, function: str, *args: object) -> tuple[object, ...]:
        outcome = self.call(STRANGER, "scribe", function, *args)  # type: ignore[arg-type]  # ABI values
        return () if outcome.ok else (outcome.error, *outcome.error_args)

    def current(self) -> tuple[object, ...]:
        """Value and age that are read."""
        return self.values(READER, "scribe", "tryReadWithAge")[1:]


@pytest.mark.parametrize(("after", "counts"), [(PERIOD - 1, False), (PERIOD, True)])
def test_a_value_counts_from_the_end_of_the_period(after: int, *, counts: bool) -> None:
    """To the second; until then the value before is read."""
    play = Play()
    play.poke(1)
    first = play.now
    play.now += 60
    second = play.now
    assert play.op_poke(2) == ()
    assert play.current() == (1, first)
    play.now += after
    assert play.current() == ((2, second) if counts else (1, first))


@pytest.mark.parametrize(("after", "refusal"), [(PERIOD - 1, ("InChallengePeriod",)), (PERIOD, ())])
def test_there_is_one_optimistic_value_at_a_time(after: int, refusal: tuple[object, ...]) -> None:
    """Until the period is over the next is refused."""
    play = Play()
    assert play.op_poke(1) == ()
    play.now += after
    assert play.op_poke(2) == refusal


def test_a_final_value_stays_when_the_next_comes() -> None:
    """It is read through the next one's whole period, with its own time."""
    play = Play()
    play.op_poke(1)
    first = play.now
    play.now += PERIOD
    play.op_poke(2)
    second = play.now
    assert play.current() == (1, first)
    play.now += PERIOD
    assert play.current() == (2, second)


def test_the_newest_final_value_wins() -> None:
    """One that was poked during the period is newer than the optimistic one."""
    play = Play()
    play.op_poke(1)
    play.now += 60
    assert play.poke(2) == ()
    second = play.now
    play.now += PERIOD
    assert play.current() == (2, second)
    assert play.op_poke(3, second) == ("StaleMessage", second, second)


def test_an_optimistic_age_is_newer_than_both_values() -> None:
    """A plain poke has only to be newer than the one that counts."""
    play = Play()
    play.poke(1)
    play.now += 60
    play.op_poke(2)
    optimistic = play.now
    assert play.call(STRANGER, "scribe", "poke", (3, optimistic), GOOD).ok
    play.now += PERIOD
    assert play.current() == (3, optimistic)
    assert play.op_poke(4, optimistic) == ("StaleMessage", optimistic, optimistic)
    assert play.op_poke(4, play.now + 1) == ("FutureMessage", play.now + 1, play.now)


def test_an_optimistic_value_of_the_same_second_replaces_the_stored_one() -> None:
    """When the next one comes: both are as old, and the optimistic one is kept."""
    play = Play()
    play.op_poke(1)
    assert play.poke(2) == ()
    play.now += PERIOD
    assert play.current()[0] == 2
    play.op_poke(3)
    assert play.current()[0] == 1


def test_only_feeds_can_give_their_word() -> None:
    """Also not somebody else of the same first byte."""
    play = Play()
    other = FEEDS[0][:4] + "44" * 19
    refusal = ("SignerNotFeed", other)
    assert play.refused(STRANGER, "scribe", "opPoke", (1, play.now), GOOD, other) == refusal
    long = (GOOD[0], GOOD[1], bytes(256))
    assert play.op_poke(1, data=long) == ("BarNotReached", 255, 2)


def test_nobody_checks_a_signature_until_it_is_challenged() -> None:
    """A false one counts once its period is over."""
    play = Play()
    assert play.op_poke(666, data=FALSE) == ()
    play.now += PERIOD
    assert play.current()[0] == 666
    assert play.refused(STRANGER, "scribe", "opChallenge", FALSE) == ("NoOpPokeToChallenge",)


def test_a_false_signature_costs_a_feed_its_place() -> None:
    """The value is dropped, the one before counts on, stamped with the block's time."""
    play = Play()
    play.poke(1)
    play.now += 60
    play.op_poke(666, data=FALSE)
    stamped = play.now
    play.now += PERIOD - 1
    outcome = play.call(STRANGER, "scribe", "opChallenge", FALSE)
    assert outcome.values == (True,)
    assert [(event.name, event.args) for event in outcome.events] == [
        ("FeedDropped", (play.address("scribe"), FEEDS[0])),
        ("OpPokeDataDropped", (STRANGER, (666, stamped))),
        ("OpChallengeRewardPaid", (STRANGER, FALSE, 0)),
        (
            "OpPokeChallengedSuccessfully",
            (STRANGER, FALSE, keccak(text="SchnorrSignatureInvalid()")[:4]),
        ),
    ]
    assert play.values(READER, "scribe", "feeds", 0)[0] is False
    assert play.current() == (1, play.now)


def test_the_reason_of_a_challenge_is_that_of_the_configuration_now() -> None:
    """The event carries it as the poke would have reverted with it."""
    play = Play()
    too_few = (GOOD[0], GOOD[1], b"\x09")
    play.op_poke(5, data=too_few)
    outcome = play.call(STRANGER, "scribe", "opChallenge", too_few)
    reason = keccak(text="BarNotReached(uint8,uint8)")[:4] + encode(["uint8", "uint8"], (1, 2))
    assert outcome.events[-1].args == (STRANGER, too_few, reason)


def test_a_true_signature_makes_its_value_count_at_once() -> None:
    """With its own time; and then there is nothing left to challenge, and room for the next."""
    play = Play()
    play.op_poke(5)
    first = play.now
    play.now += 1
    outcome = play.call(STRANGER, "scribe", "opChallenge", GOOD)
    assert outcome.values == (False,)
    assert [event.name for event in outcome.events] == ["OpPokeChallengedUnsuccessfully"]
    assert play.current() == (5, first)
    assert play.refused(STRANGER, "scribe", "opChallenge", GOOD) == ("NoOpPokeToChallenge",)
    assert play.op_poke(6) == ()


def test_a_challenge_of_a_value_that_is_outdated_changes_nothing() -> None:
    """A newer one was poked meanwhile; it can be challenged again."""
    play = Play()
    play.op_poke(5)
    play.now += 1
    play.poke(6)
    for _ in range(2):
        assert play.values(STRANGER, "scribe", "opChallenge", GOOD) == (False,)
    assert play.current() == (6, play.now)


def test_what_is_challenged_is_what_was_poked() -> None:
    """Else both hashes are named: the lowest 160 bits over signature, commitment and feeds."""
    play = Play()
    play.op_poke(5)

    def truncated(data: tuple[bytes, str, bytes]) -> int:
        packed = data[0] + bytes.fromhex(data[1][2:]) + data[2]
        return int.from_bytes(keccak(packed)[12:], "big")

    refusal = ("SchnorrDataMismatch", truncated(FALSE), truncated(GOOD))
    assert play.refused(STRANGER, "scribe", "opChallenge", FALSE) == refusal


def test_configuring_drops_what_can_be_challenged() -> None:
    """And makes the old value look new; the event says what was dropped."""
    play = Play()
    play.poke(1)
    play.now += 60
    play.op_poke(2)
    stamped = play.now
    play.now += PERIOD - 1
    outcome = play.call(ADMIN, "scribe", "setBar", 2)
    assert [(event.name, event.args) for event in outcome.events] == [
        ("OpPokeDataDropped", (ADMIN, (2, stamped)))
    ]
    assert play.current() == (1, play.now)
    assert play.poke(3) == ("StaleMessage", play.now, play.now)


def test_configuring_keeps_what_is_final() -> None:
    """It moves to the stored value; dropping no feed at all does so, too."""
    play = Play()
    play.op_poke(2)
    play.now += PERIOD
    outcome = play.call(ADMIN, "scribe", "drop", 77)
    assert outcome.events == ()
    assert play.current() == (2, play.now)


def test_a_longer_period_drops_a_value_that_was_read() -> None:
    """Whether it is final is asked with the new period."""
    play = Play()
    play.poke(1)
    play.now += 60
    play.op_poke(2)
    play.now += PERIOD
    assert play.current()[0] == 2
    outcome = play.call(ADMIN, "scribe", "setOpChallengePeriod", PERIOD + 1)
    assert [event.name for event in outcome.events] == [
        "OpChallengePeriodUpdated",
        "OpPokeDataDropped",
    ]
    assert play.current() == (1, play.now)
    assert play.values(READER, "scribe", "opChallengePeriod") == (PERIOD + 1,)


def test_settings_of_the_optimistic_part() -> None:
    """Only wards set them, no period reverts without data, what is so already is no event."""
    play = Play()
    for function in ("setOpChallengePeriod", "setMaxChallengeReward"):
        assert play.refused(STRANGER, "scribe", function, 1) == ("NotAuthorized", STRANGER)
    assert play.refused(ADMIN, "scribe", "setOpChallengePeriod", 0) == ("",)
    most = 2**256 - 1
    assert play.call(ADMIN, "scribe", "setMaxChallengeReward", most).events == ()
    changed = play.call(ADMIN, "scribe", "setMaxChallengeReward", 5)
    assert changed.events[0].args == (ADMIN, most, 5)
    assert play.values(READER, "scribe", "maxChallengeReward") == (5,)
    assert play.values(READER, "scribe", "challengeReward") == (0,)
    play.op_poke(1)
    assert play.values(READER, "scribe", "opFeedId") == (0,)


def test_the_end_of_a_period_beyond_32_bits_panics() -> None:
    """Where the value came within a period of the year 2106's overflow."""
    play = Play()
    play.now = 2**32 - 1
    assert play.op_poke(1) == ()
    assert play.refused(READER, "scribe", "read") == ("Panic", 0x11)
