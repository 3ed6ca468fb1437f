"""Maker's ``Median``: an odd number of signed prices, of which the middle one is stored.

Modelled from the source of ``makerdao/median``; signatures are taken as verified: where the
contract recovers the signer of each price, the model is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.engine.call import bytes32
from weiproof.engine.contract import ZERO_ADDRESS
from weiproof.engine.errors import EmptyRevert
from weiproof.engine.state import Record, Table

from .wards import Wards

if TYPE_CHECKING:
    from weiproof.engine.contract import World

WAT = bytes32("ethusd")
"""What the median prices, unless another one is named."""


@dataclass(slots=True)
class MedianRecord(Record):
    """The stored price, the block time at which it came, and how many must sign."""

    val: int = 0
    age: int = 0
    bar: int = 1


@dataclass(slots=True)
class Oracle(Record):
    """Of one address: 1 where it may sign."""

    orcl: int = 0


@dataclass(slots=True)
class Slot(Record):
    """The signer whose address begins with a byte."""

    signer: str = ZERO_ADDRESS


class Median(Wards):
    """One median; values are of 18 decimals by convention."""

    prefix = "Median"

    def __init__(self, world: World, name: str, ward: str, wat: bytes = WAT) -> None:
        super().__init__(world, name, ward)
        self._wat = wat
        self._medians = Table(world.store, "median", MedianRecord)
        self._oracles = Table(world.store, "medianOracle", Oracle)
        self._slots = Table(world.store, "medianSlot", Slot)

    def wat(self) -> tuple[bytes]:
        """What it prices."""
        return (self._wat,)

    def age(self) -> tuple[int]:
        """Block time of the last poke, unix seconds in 32 bits."""
        return (self._medians.read(self.name).age,)

    def bar(self) -> tuple[int]:
        """How many prices a poke must bring: neither fewer nor more."""
        return (self._medians.read(self.name).bar,)

    def orcl(self, usr: str) -> tuple[int]:
        """1 where an address may sign."""
        return (self._oracles.read(self.name, usr).orcl,)

    def slot(self, first: int) -> tuple[str]:
        """The signer whose address begins with a byte."""
        return (self._slots.read(self.name, first).signer,)

    def read(self) -> tuple[int]:
        """The price; reverts on 0, and never for its age."""
        self.toll()
        value = self._medians.read(self.name).val
        self.require(value > 0, "invalid-price-feed")
        return (value,)

    def peek(self) -> tuple[int, bool]:
        """The price, and whether it is above 0."""
        self.toll()
        value = self._medians.read(self.name).val
        return value, value > 0

    def poke(self, val_: tuple[int, ...], age_: tuple[int, ...], signers: tuple[str, ...]) -> None:
        """Stores the middle one of `bar` prices in rising order, each signed by another oracle.

        Each must be stamped after the block of the last poke; none may be missing its stamp or its
        signer, which reverts without data. The zero address stands for a signature that is none.
        """
        record = self._medians.read(self.name)
        # CHECKS
        self.require(len(val_) == record.bar, "bar-too-low")
        self._check(val_, age_, signers)
        if min(len(age_), len(signers)) < len(val_):
            raise EmptyRevert
        # EFFECTS
        record = self._medians.edit(self.name)
        record.val = val_[len(val_) >> 1] % 2**128
        record.age = self.world.now % 2**32
        # EVENTS
        self.emit("LogMedianPrice", record.val, record.age)

    def lift(self, a: tuple[str, ...]) -> None:
        """Lets addresses sign; no two that begin with the same byte."""
        self.auth()
        for usr in a:
            self.require(usr != ZERO_ADDRESS, "no-oracle-0")
            self.require(self.slot(_first_byte(usr)) == (ZERO_ADDRESS,), "signer-already-exists")
            self._oracles.edit(self.name, usr).orcl = 1
            self._slots.edit(self.name, _first_byte(usr)).signer = usr

    def drop(self, a: tuple[str, ...]) -> None:
        """Lets them sign no longer; the slot of the first byte is freed, whoever holds it."""
        self.auth()
        for usr in a:
            self._oracles.edit(self.name, usr).orcl = 0
            self._slots.edit(self.name, _first_byte(usr)).signer = ZERO_ADDRESS

    def setBar(self, bar_: int) -> None:
        """How many must sign: an odd number."""
        self.auth()
        self.require(bar_ > 0, "quorum-is-zero")
        self.require(bar_ % 2 != 0, "quorum-not-odd-number")
        self._medians.edit(self.name).bar = bar_

    def _check(
        self, values: tuple[int, ...], ages: tuple[int, ...], signers: tuple[str, ...]
    ) -> None:
        stored_age = self._medians.read(self.name).age
        last = 0
        signed: list[int] = []
        for value, age, signer in zip(values, ages, signers, strict=False):
            self.require(self.orcl(signer) == (1,), "invalid-oracle")
            self.require(age > stored_age, "stale-message")
            self.require(value >= last, "messages-not-in-order")
            last = value
            self.require(_first_byte(signer) not in signed, "oracle-already-signed")
            signed.append(_first_byte(signer))


def _first_byte(address: str) -> int:
    return int(address[2:4], 16)
