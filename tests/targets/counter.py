"""A target of two contracts, one behind a proxy, with a library, Ether and overloads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.crosscheck.targets import (
    Deploy,
    Encoded,
    Mapping,
    Ref,
    Struct,
    Target,
    Twin,
    overload,
    uint256,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.crosscheck.targets import Call, Scene

CAP = 10**20


class Entry(Struct):
    """What somebody added last."""

    amount: int = 0
    open: bool = False


class Registry(Twin):
    """Notes by address; nobody notes himself."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.notes = Mapping(0)

    def note(self, who: str, value: int) -> None:
        """Notes a value."""
        self.require(self.sender != who, "Strange", who)
        self.notes[who] = value
        self.emit("Noted", who, value)


class Counter(Twin):
    """A capped sum."""

    def __init__(self, registry: str, cap: int) -> None:
        self.registry = registry
        self.cap = cap
        self.total = 0
        self.entries = Mapping(Entry)
        self.nested = Mapping(lambda: Mapping(0))

    def initialize(self, _registry: str, _cap: int) -> None:
        """Happens once, when the proxy is made."""
        self.revert("Error", "initialized")

    @overload("add(uint256)")
    def add(self, amount: int) -> int:
        """Adds up to the cap."""
        self.total = min(uint256(self.total + amount), self.cap)
        self.entries[self.sender].amount = amount % 2**128
        self.entries[self.sender].open = True
        self.contract("registry").note(self.sender, self.total)
        return uint256(self.total + self.value)

    @overload("add(uint256,uint256[])")
    def add_to(self, amount: int, more: tuple[int, ...]) -> int:
        """Adds to each of some."""
        for key in more:
            self.nested[key][self.sender] = uint256(self.nested[key][self.sender] + amount)
        return uint256(sum(more))

    def close(self) -> None:
        """Forgets the sender's entry."""
        self.require(self.entries[self.sender].open, "Error", "closed")
        del self.entries[self.sender]


class CounterTarget(Target):
    """The counter behind its proxy."""

    name = "counter"
    artifacts = "out"
    sources = "src"
    contracts = (
        Deploy("registry", "Registry", ("0x" + "00" * 19 + "05",), Registry),
        Deploy("logic", "Counter"),
        Deploy(
            "counter",
            "Proxy",
            (Ref("logic"), Encoded("logic", "initialize", (Ref("registry"), CAP))),
            Counter,
            interface="Counter",
            model_args=(Ref("registry"), CAP),
            value=7,
        ),
    )

    def fixture(self, scene: Scene) -> Iterator[Call]:
        """Somebody begins."""
        yield scene.call("alice", "counter", "add(uint256)", 5)


target = CounterTarget()
