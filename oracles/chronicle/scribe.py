"""Chronicle's ``Scribe`` 2.0.1: a value that exactly `bar` feeds signed together.

Modelled from the source of ``chronicleprotocol/scribe``. Elliptic curves are left out: a feed is
lifted by its address, and an aggregated signature is taken to be one of the feeds it names, unless
it or its commitment is zero or it is not below the order of the curve, as the contract refuses
first of all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from weiproof.engine.contract import ZERO_ADDRESS
from weiproof.engine.errors import EmptyRevert
from weiproof.engine.state import Record, Table

from .access import Access
from .errors import (
    BarNotReached,
    DoubleSigningAttempted,
    FutureMessage,
    InvalidFeedId,
    SchnorrSignatureInvalid,
    StaleMessage,
)

if TYPE_CHECKING:
    from weiproof.engine.contract import World

PokeData: TypeAlias = tuple[int, int]
"""Value with 18 decimals, and its age: the time at which it was right, unix seconds."""

SchnorrData: TypeAlias = tuple[bytes, str, bytes]
"""Signature, commitment, and a byte for each feed that signed."""

FEEDS = 256
"""Most feeds: one for each first byte of an address."""

FIRST_BAR = 2
"""How many must sign, before anything else is said."""

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Order of secp256k1."""


@dataclass(slots=True)
class ScribeRecord(Record):
    """The stored value with the block time at which it came, and the bar."""

    val: int = 0
    age: int = 0
    bar: int = FIRST_BAR


@dataclass(slots=True)
class LiftedFeed(Record):
    """The feed of one id; the zero address where there is none."""

    address: str = ZERO_ADDRESS


class Scribe(Access):
    """One oracle; values have 18 decimals."""

    def __init__(self, world: World, name: str, initialAuthed: str, wat_: bytes) -> None:
        super().__init__(world, name, initialAuthed)
        if not any(wat_):
            raise EmptyRevert
        self._wat = wat_
        self._scribes = Table(world.store, "scribe", ScribeRecord)
        self._feeds = Table(world.store, "scribeFeed", LiftedFeed)

    def wat(self) -> tuple[bytes]:
        """What it prices."""
        return (self._wat,)

    def decimals(self) -> tuple[int]:
        """Decimals of every value."""
        return (18,)

    def bar(self) -> tuple[int]:
        """How many feeds must sign: neither fewer nor more."""
        return (self._scribes.read(self.name).bar,)

    def feeds(self, *feed: str | int) -> tuple[bool | str | tuple[str, ...], ...]:
        """Whether an address is a feed; whether an id is one, and whose; or all, by their ids."""
        if not feed:
            lifted = (self._feeds.read(self.name, i).address for i in range(FEEDS))
            return (tuple(address for address in lifted if address != ZERO_ADDRESS),)
        asked = feed[0]
        if isinstance(asked, str):
            return (asked == self._feed(_feed_id(asked)) != ZERO_ADDRESS,)
        address = self._feed(asked)
        return address != ZERO_ADDRESS, address

    # POKE

    def poke(self, pokeData: PokeData, schnorrData: SchnorrData) -> None:
        """Stores a value that is newer than the current one and not from the future.

        The block's time is stored as its age, not its own; so a value must be stamped after the
        block of the poke before.
        """
        # CHECKS
        self._check_age(pokeData[1], self._current()[1])
        self._verify(schnorrData)
        # EFFECTS
        record = self._scribes.edit(self.name)
        record.val, record.age = pokeData[0], self._now()
        # EVENTS
        self.emit("Poked", self.world.sender, *pokeData)

    # READ

    def read(self) -> tuple[int]:
        """The value; reverts without data on 0, and never for its age."""
        return self.readWithAge()[:1]

    def tryRead(self) -> tuple[bool, int]:
        """Whether there is a value, and the value."""
        self.toll()
        value, _ = self._current()
        return value != 0, value

    def readWithAge(self) -> tuple[int, int]:
        """The value and the block time at which it came; reverts without data on 0."""
        self.toll()
        value, age = self._current()
        if value == 0:
            raise EmptyRevert
        return value, age

    def tryReadWithAge(self) -> tuple[bool, int, int]:
        """The same after whether there is one; zeros where there is none."""
        self.toll()
        value, age = self._current()
        return (True, value, age) if value != 0 else (False, 0, 0)

    def peek(self) -> tuple[int, bool]:
        """The value, and whether there is one, as Maker's oracles answer."""
        there, value = self.tryRead()
        return value, there

    def peep(self) -> tuple[int, bool]:
        """The same: there is no next value."""
        return self.peek()

    def latestRoundData(self) -> tuple[int, int, int, int, int]:
        """As a Chainlink feed, for ever in a round 1 that never started; 0 is no error."""
        self.toll()
        value, age = self._current()
        return 1, value, 0, age, 1

    def latestAnswer(self) -> tuple[int]:
        """The value; 0 where there is none."""
        return (self.tryRead()[1],)

    # CONFIGURE

    def lift(self, feed: str | tuple[str, ...]) -> tuple[int | tuple[int, ...]]:
        """Makes an address a feed, or each of several; answers with its id, the first byte.

        Reverts without data where the id is another feed's.
        """
        self.auth()
        if isinstance(feed, str):
            return (self._lift(feed),)
        return (tuple(self._lift(each) for each in feed),)

    def drop(self, feedId: int | tuple[int, ...]) -> None:
        """Makes an id no feed any more, or each of several; nothing happens where it is none."""
        self.auth()
        for each in (feedId,) if isinstance(feedId, int) else feedId:
            self._drop(self.world.sender, each)

    def setBar(self, bar_: int) -> None:
        """How many feeds must sign; reverts without data on 0."""
        self.auth()
        if bar_ == 0:
            raise EmptyRevert
        before = self.bar()[0]
        if before != bar_:
            self.emit("BarUpdated", self.world.sender, before, bar_)
            self._scribes.edit(self.name).bar = bar_

    # INTERNAL

    def _now(self) -> int:
        return self.world.now % 2**32

    def _feed(self, feed_id: int) -> str:
        return self._feeds.read(self.name, feed_id).address

    def _current(self) -> PokeData:
        """The value that reads answer with, and its age."""
        record = self._scribes.read(self.name)
        return record.val, record.age

    def _check_age(self, age: int, current_age: int) -> None:
        if age <= current_age:
            raise StaleMessage(age, current_age)
        if age > self._now():
            raise FutureMessage(age, self._now())

    def _verify(self, schnorr_data: SchnorrData) -> None:
        """Reverts where other than `bar` different feeds signed, or the signature is none."""
        signature, commitment, feed_ids = schnorr_data
        bar = self.bar()[0]
        if len(feed_ids) != bar:
            raise BarNotReached(len(feed_ids) % 256, bar)
        for i, feed_id in enumerate(feed_ids):
            if self._feed(feed_id) == ZERO_ADDRESS:
                raise InvalidFeedId(feed_id)
            if feed_id in feed_ids[:i]:
                raise DoubleSigningAttempted(feed_id)
        number = int.from_bytes(signature, "big")
        if not 0 < number < CURVE_ORDER or commitment == ZERO_ADDRESS:
            raise SchnorrSignatureInvalid

    def _lift(self, feed: str) -> int:
        feed_id = _feed_id(feed)
        before = self._feed(feed_id)
        if before == ZERO_ADDRESS:
            self._feeds.edit(self.name, feed_id).address = feed
            self.emit("FeedLifted", self.world.sender, feed)
        elif before != feed:
            raise EmptyRevert
        return feed_id

    def _drop(self, caller: str, feed_id: int) -> None:
        feed = self._feed(feed_id)
        if feed != ZERO_ADDRESS:
            self._feeds.delete(self.name, feed_id)
            self.emit("FeedDropped", caller, feed)


def _feed_id(address: str) -> int:
    """The first byte of an address."""
    return int(address[2:4], 16)
