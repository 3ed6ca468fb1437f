"""Chronicle's ``ScribeOptimistic`` 2.0.1: a feed's word counts unless somebody proves it wrong.

Modelled from the source of ``chronicleprotocol/scribe``, with the signatures of :mod:`.scribe`. It
holds no Ether, so a challenge's reward is 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.engine.errors import EmptyRevert, Panic, Revert
from weiproof.engine.fixed_point import MAX_UINT256, OVERFLOW
from weiproof.engine.keccak import keccak256
from weiproof.engine.state import Record, Table

from .errors import (
    BarNotReached,
    InChallengePeriod,
    NoOpPokeToChallenge,
    SchnorrDataMismatch,
    SignerNotFeed,
)
from .scribe import PokeData, SchnorrData, Scribe, _feed_id

if TYPE_CHECKING:
    from weiproof.engine.contract import World

FIRST_CHALLENGE_PERIOD = 20 * 60
"""Seconds, before anything else is said."""


@dataclass(slots=True)
class OptimisticRecord(Record):
    """The optimistic value with the block time at which it came, and what binds its feed to it."""

    val: int = 0
    age: int = 0
    challenge_period: int = FIRST_CHALLENGE_PERIOD
    feed_id: int = 0
    commitment: int = 0
    max_reward: int = MAX_UINT256


class ScribeOptimistic(Scribe):
    """One oracle; values have 18 decimals."""

    def __init__(self, world: World, name: str, initialAuthed: str, wat_: bytes) -> None:
        super().__init__(world, name, initialAuthed, wat_)
        self._optimistic = Table(world.store, "scribeOptimistic", OptimisticRecord)

    def opChallengePeriod(self) -> tuple[int]:
        """Seconds for which an optimistic value can be challenged and does not count."""
        return (self._optimistic.read(self.name).challenge_period,)

    def opFeedId(self) -> tuple[int]:
        """The feed of the last optimistic value."""
        return (self._optimistic.read(self.name).feed_id,)

    def maxChallengeReward(self) -> tuple[int]:
        """The most that a challenger is paid, wei."""
        return (self._optimistic.read(self.name).max_reward,)

    def challengeReward(self) -> tuple[int]:
        """What a challenger is paid: nothing, for there is nothing."""
        return (0,)

    # POKE

    def opPoke(self, pokeData: PokeData, schnorrData: SchnorrData, signer: str) -> None:
        """Takes one feed's word for a signature that nobody checks now.

        The value counts once the challenge period is over; until then no other is taken. It must be
        newer than both values that are stored, whether they count or not.
        """
        # CHECKS
        if len(schnorrData[2]) > 255:  # noqa: PLR2004 - the highest bar
            raise BarNotReached(255, self.bar()[0])
        if not self._finalized():
            raise InChallengePeriod
        optimistic, stored = self._optimistic.read(self.name), self._scribes.read(self.name)
        self._check_age(pokeData[1], max(optimistic.age, stored.age))
        if self._feed(_feed_id(signer)) != signer:
            raise SignerNotFeed(signer)
        # EFFECTS
        if optimistic.age >= stored.age:
            self._settle()
        record = self._optimistic.edit(self.name)
        record.feed_id = _feed_id(signer)
        record.commitment = _commitment(schnorrData)
        record.val, record.age = pokeData[0], self._now()
        # EVENTS
        self.emit("OpPoked", self.world.sender, signer, schnorrData, pokeData)

    def opChallenge(self, schnorrData: SchnorrData) -> tuple[bool]:
        """Checks the signature of the optimistic value while it can be challenged.

        A false one loses its feed the right to be one; a true one counts at once. Answers with
        whether it was false.
        """
        # CHECKS
        if self._finalized():
            raise NoOpPokeToChallenge
        wanted, given = self._optimistic.read(self.name).commitment, _commitment(schnorrData)
        if given != wanted:
            raise SchnorrDataMismatch(given, wanted)
        sender = self.world.sender
        try:
            self._verify(schnorrData)
        except Revert as revert:
            self._drop(self.address, self.opFeedId()[0])
            self.emit("OpChallengeRewardPaid", sender, schnorrData, self.challengeReward()[0])
            self.emit("OpPokeChallengedSuccessfully", sender, schnorrData, _encoded(revert))
            return (True,)
        if self._optimistic.read(self.name).age > self._scribes.read(self.name).age:
            self._settle()
            self._forget()
        self.emit("OpPokeChallengedUnsuccessfully", sender, schnorrData)
        return (False,)

    # CONFIGURE

    def setBar(self, bar_: int) -> None:
        """How many feeds must sign; an optimistic value that can be challenged is dropped."""
        super().setBar(bar_)
        self._after_authed_action()

    def setOpChallengePeriod(self, opChallengePeriod_: int) -> None:
        """Seconds, above 0 (else it reverts without data); drops what is then not final.

        So a longer period drops a value that has already been read.
        """
        self.auth()
        if opChallengePeriod_ == 0:
            raise EmptyRevert
        before = self.opChallengePeriod()[0]
        if before != opChallengePeriod_:
            self.emit("OpChallengePeriodUpdated", self.world.sender, before, opChallengePeriod_)
            self._optimistic.edit(self.name).challenge_period = opChallengePeriod_
        self._after_authed_action()

    def setMaxChallengeReward(self, maxChallengeReward_: int) -> None:
        """The most that a challenger is paid, wei."""
        self.auth()
        before = self.maxChallengeReward()[0]
        if before != maxChallengeReward_:
            self.emit("MaxChallengeRewardUpdated", self.world.sender, before, maxChallengeReward_)
            self._optimistic.edit(self.name).max_reward = maxChallengeReward_

    # INTERNAL

    def _current(self) -> PokeData:
        """The newer of the stored value and of an optimistic one that is final."""
        optimistic, stored = self._optimistic.read(self.name), self._scribes.read(self.name)
        if self._finalized() and optimistic.age > stored.age:
            return optimistic.val, optimistic.age
        return stored.val, stored.age

    def _finalized(self) -> bool:
        """Whether the challenge period is over; a time beyond 32 bits panics with 0x11."""
        record = self._optimistic.read(self.name)
        if record.age + record.challenge_period >= 2**32:
            raise Panic(OVERFLOW)
        return record.age + record.challenge_period <= self._now()

    def _drop(self, caller: str, feed_id: int) -> None:
        super()._drop(caller, feed_id)
        self._after_authed_action()

    def _settle(self) -> None:
        """Stores the optimistic value as the one that counts."""
        optimistic, stored = self._optimistic.read(self.name), self._scribes.edit(self.name)
        stored.val, stored.age = optimistic.val, optimistic.age

    def _forget(self) -> None:
        record = self._optimistic.edit(self.name)
        record.val = record.age = 0

    def _after_authed_action(self) -> None:
        """Leaves no optimistic value, and stamps the one that counts with the block's time.

        So what was signed under the old configuration is stale; and the value looks fresh.
        """
        record = self._optimistic.read(self.name)
        if not self._finalized():
            self.emit("OpPokeDataDropped", self.world.sender, (record.val, record.age))
        elif record.age > self._scribes.read(self.name).age:
            self._settle()
        self._forget()
        self._scribes.edit(self.name).age = self._now()


def _commitment(schnorr_data: SchnorrData) -> int:
    """The lowest 160 bits of the hash of what was signed."""
    signature, commitment, feed_ids = schnorr_data
    packed = signature + bytes.fromhex(commitment[2:]) + feed_ids
    return int.from_bytes(keccak256(packed)[12:], "big")


def _encoded(revert: Revert) -> bytes:
    """The error as revert data; its arguments are small numbers."""
    numbers = (value for value in revert.args if isinstance(value, int))
    return revert.selector + b"".join(value.to_bytes(32, "big") for value in numbers)
