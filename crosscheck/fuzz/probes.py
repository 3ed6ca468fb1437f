"""Any function with any arguments, drawn by type and name from the ABI: mostly to be refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from weiproof.contracts.chains import ZERO_ADDRESS
from weiproof.crosscheck.spec import price_id

from .admin import ROLES
from .scene import NO_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weiproof.engine.call import Call, Value

    from .scene import Scene

DIRECTED = frozenset(
    {
        "setRound",
        "setFailing",
        "setTransferFee",
        "setExchangeRate",
        "faucet",
        "startPhase",
        "transmit",
    }
)
"""Open to anybody or to roles that would upset every price; they have generators of their own."""

MOST_ITEMS = 3
"""Longest array that is drawn."""

READS = 14
"""Views that are read after each call that is drawn."""

TRIES = 12
"""How often arguments are drawn for a view that would revert."""

_Function: TypeAlias = "tuple[str, str, Sequence[Mapping[str, Any]]]"
"""Target, name and inputs."""


class Prober:
    """Calls of every function that the model answers: at random, and all views in turn."""

    def __init__(self, scene: Scene, abis: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """Finds the functions; `abis` by the contracts' names in the address book."""
        every: dict[tuple[str, str], list[_Function]] = {}
        views: dict[tuple[str, str], list[_Function]] = {}
        for target in sorted(abis):
            for entry in abis[target]:
                if entry["type"] != "function" or not scene.model.answers(target, entry["name"]):
                    continue
                kind = (target.partition("/")[0], entry["name"])
                function = (target, entry["name"], entry["inputs"])
                if entry["name"] not in DIRECTED:
                    every.setdefault(kind, []).append(function)
                if entry["stateMutability"] in ("view", "pure"):
                    views.setdefault(kind, []).append(function)
        self.functions = tuple(map(tuple, every.values()))
        """Each function, of all contracts of a kind that have it."""
        self._views = tuple(map(tuple, views.values()))
        self._turns = 0

    def __call__(self, scene: Scene) -> Iterator[Call]:
        """One call of any function, from somebody without a role, and the next few views."""
        sender = scene.among(scene.outsider, scene.dice.choice(scene.accounts))
        yield _drawn(scene, sender, scene.dice.choice(self.functions))
        for _ in range(READS):
            view = self._views[self._turns % len(self._views)]
            self._turns += 1
            yield _answered(scene, view)


def _drawn(scene: Scene, sender: str, function: tuple[_Function, ...]) -> Call:
    """A call of a function with any arguments."""
    target, name, inputs = scene.dice.choice(function)
    return scene.call(sender, target, name, *(argument(scene, each) for each in inputs))


def _answered(scene: Scene, view: tuple[_Function, ...]) -> Call:
    """A call of a view that does not revert, where a few draws find one."""
    call = _drawn(scene, scene.outsider, view)
    for _ in range(TRIES - 1):
        if scene.would_pass(call):
            break
        call = _drawn(scene, scene.outsider, view)
    return call


def argument(scene: Scene, parameter: Mapping[str, Any]) -> Value:
    """A value for one ABI parameter."""
    kind = str(parameter["type"])
    if kind.endswith("[]"):
        inner = {**parameter, "type": kind[:-2]}
        return tuple(argument(scene, inner) for _ in range(scene.dice.between(0, MOST_ITEMS)))
    if kind == "tuple":
        return tuple(argument(scene, each) for each in parameter["components"])
    return plain(scene, kind, str(parameter["name"]))


def plain(scene: Scene, kind: str, name: str) -> Value:
    """A value of an elementary type; the parameter's name says what would make sense."""
    if kind == "address":
        known = (ZERO_ADDRESS, scene.outsider, scene.address("house"), scene.admin)
        return scene.among(scene.dice.choice(scene.accounts), scene.dice.choice(known))
    if kind == "bool":
        return scene.one_in(2)
    if kind == "bytes":
        return scene.among(b"", b"\x01", bytes(36))
    if kind == "bytes32":
        names = (*scene.prices, "nothing")
        return scene.among(price_id(scene.dice.choice(names)), scene.dice.choice(ROLES))
    if kind == "uint8":
        return scene.among(0, 1, 0, 1, 2, 255)
    if not kind.startswith(("int", "uint")):
        raise TypeError(f"no values are known for the ABI type {kind}")
    return number(scene, kind, name)


def number(scene: Scene, kind: str, name: str) -> int:
    """An integer that fits its type, at an edge of it or of the domain."""
    if name in ("marketId", "markets", "held") and not scene.one_in(4):
        return scene.dice.choice(scene.markets)
    if name == "price" and not scene.one_in(4):
        return scene.dice.choice(tuple(scene.targets.values()))
    signed = kind.startswith("int")
    width = int(kind.removeprefix("u").removeprefix("int"))
    largest = (1 << (width - signed)) - 1
    edges = (0, 1, 2, 10**6, 10**18, 10**27, 10**27 + 1, largest, min(NO_LIMIT // 2, largest))
    return min(scene.dice.choice(edges), largest)
