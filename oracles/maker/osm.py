"""Maker's oracle security module: a source's value, first seen as the next, an hour later in use.

Modelled from the source of ``makerdao/osm``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from weiproof.engine.contract import ZERO_ADDRESS
from weiproof.engine.errors import EmptyRevert
from weiproof.engine.state import Record, Table

from .wards import Wards

if TYPE_CHECKING:
    from weiproof.engine.call import Value
    from weiproof.engine.contract import World

ONE_HOUR = 3600
"""The hop that it starts with, seconds."""


@dataclass(slots=True)
class OsmRecord(Record):
    """Source, hop, start of the last poke's hop, and both values, each with whether it is there."""

    stopped: int = 0
    src: str = ZERO_ADDRESS
    hop: int = ONE_HOUR
    zzz: int = 0
    cur_val: int = 0
    cur_has: int = 0
    nxt_val: int = 0
    nxt_has: int = 0


class OSM(Wards):
    """One module.

    `src` is a contract with ``peek``, which answers with a value and whether it holds.
    """

    prefix = "OSM"

    def __init__(self, world: World, name: str, ward: str, src: str) -> None:
        super().__init__(world, name, ward)
        self._modules = Table(world.store, "osm", OsmRecord)
        self._modules.edit(name).src = src

    def stopped(self) -> tuple[int]:
        """1 where pokes are refused."""
        return (self._modules.read(self.name).stopped,)

    def src(self) -> tuple[str]:
        """Where values come from."""
        return (self._modules.read(self.name).src,)

    def hop(self) -> tuple[int]:
        """Seconds of a hop."""
        return (self._modules.read(self.name).hop,)

    def zzz(self) -> tuple[int]:
        """Start of the hop in which the last poke was, unix seconds."""
        return (self._modules.read(self.name).zzz,)

    def stop(self) -> None:
        """Refuses pokes; both values stay, and can be read."""
        self.auth()
        self._modules.edit(self.name).stopped = 1

    def start(self) -> None:
        """Takes pokes again."""
        self.auth()
        self._modules.edit(self.name).stopped = 0

    def void(self) -> None:
        """Forgets both values and refuses pokes."""
        self.auth()
        record = self._modules.edit(self.name)
        record.cur_val = record.cur_has = record.nxt_val = record.nxt_has = 0
        record.stopped = 1

    def change(self, src_: str) -> None:
        """Takes values from elsewhere."""
        self.auth()
        self._modules.edit(self.name).src = src_

    def step(self, ts: int) -> None:
        """Seconds of a hop, above 0; the present hop is measured anew."""
        self.auth()
        self.require(ts > 0, "ts-is-zero")
        self._modules.edit(self.name).hop = ts

    def passed(self) -> tuple[bool]:
        """Whether a hop has gone by since the start of the last poke's: the ABI's ``pass``."""
        record = self._modules.read(self.name)
        if record.zzz + record.hop >= 2**64:
            raise EmptyRevert
        return (self.world.now >= record.zzz + record.hop,)

    def poke(self) -> None:
        """Makes the next value the current one, and the source's the next.

        The hop is counted from a grid, not from this call: the next poke may follow sooner than a
        hop after a late one. Nothing happens, and nothing reverts, while the source says that its
        value does not hold. Whatever the source reverts with comes through.
        """
        self.require(self.stopped() == (0,), "is-stopped")
        self.require(self.passed() == (True,), "not-passed")
        value, holds = self.call(self._modules.read(self.name).src, "peek")
        if not holds:
            return
        now = self.world.now
        record = self._modules.edit(self.name)
        record.cur_val, record.cur_has = record.nxt_val, record.nxt_has
        record.nxt_val, record.nxt_has = _number(value) % 2**128, 1
        record.zzz = (now - now % record.hop) % 2**64
        self.emit("LogValue", _word(record.cur_val))

    def peek(self) -> tuple[bytes, bool]:
        """The current value, and whether there is one."""
        self.toll()
        record = self._modules.read(self.name)
        return _word(record.cur_val), record.cur_has == 1

    def peep(self) -> tuple[bytes, bool]:
        """The next value, and whether there is one."""
        self.toll()
        record = self._modules.read(self.name)
        return _word(record.nxt_val), record.nxt_has == 1

    def read(self) -> tuple[bytes]:
        """The current value; reverts where there is none, and never for its age."""
        self.toll()
        record = self._modules.read(self.name)
        self.require(record.cur_has == 1, "no-current-value")
        return (_word(record.cur_val),)


setattr(OSM, "pass", OSM.passed)  # a word that Python keeps for itself


def _word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def _number(value: Value) -> int:
    """What a source answers: bytes32, or a number of the same 256 bits."""
    return int.from_bytes(value, "big") if isinstance(value, bytes) else cast("int", value)
