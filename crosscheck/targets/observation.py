"""What is read back of a user's contracts: every view that a twin answers.

Views without arguments after each call; views of an address for everybody a call concerns, of a
number for the numbers in its arguments; views of keys for the entries that the call wrote in the
mapping of that name. At the end, everything that was ever read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from weiproof.contracts.abi import signature_of
from weiproof.contracts.chains import ZERO_ADDRESS
from weiproof.engine.call import Call

from .slots import slot_differences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from weiproof.crosscheck.divergence import Divergence
    from weiproof.crosscheck.systems import ChainSystem
    from weiproof.engine.call import Outcome, Value

    from .model import TargetModel
    from .state import Path
    from .target import Target

MOST_ACCOUNTS = 6
"""Addresses whose views are read after one call."""

MOST_NUMBERS = 2
"""Integers among a call's arguments with which views of a number are read."""

_ADDRESS_CHARS = 42
_UINT = re.compile(r"uint\d+")


class View:
    """A view function that both sides answer."""

    def __init__(self, target: str, entry: Mapping[str, Any], function: str) -> None:
        self.target = target
        self.function = function
        self.name = str(entry["name"])
        self.types = tuple(str(parameter["type"]) for parameter in entry["inputs"])

    def call(self, at: int, args: tuple[Value, ...]) -> Call:
        """The call that reads it."""
        return Call(at, ZERO_ADDRESS, self.target, self.function, args)


class TwinObservation:
    """Reads views by the ABI, and remembers what was read."""

    def __init__(
        self,
        target: Target,
        model: TargetModel,
        abis: Mapping[str, Sequence[Mapping[str, Any]]],
        layouts: Mapping[str, Any],
    ) -> None:
        """Takes the ABIs by label, and the storage layouts of those that have one."""
        self.model = model
        self.layouts = layouts
        self.views = tuple(views_of(target, model, abis))
        self._read: dict[tuple[View, tuple[Value, ...]], None] = {}

    def touched(self, keys: Sequence[Path], cause: Call, outcome: Outcome | None) -> Iterator[Call]:
        """Views of what the call touched and of whom it concerns."""
        concerned = accounts_of(cause, outcome, keys)[:MOST_ACCOUNTS]
        numbers = [arg for arg in cause.args if type(arg) is int][:MOST_NUMBERS]  # no booleans
        for view in self.views:
            for args in _arguments(view, concerned, numbers, keys):
                self._read[view, args] = None
                yield view.call(cause.at, args)

    def whole(self, cause: Call) -> Iterator[Call]:
        """Every view that was ever read."""
        for view, args in list(self._read):
            yield view.call(cause.at, args)

    def figures(self, accounts: Iterable[str], cause: Call) -> Iterator[Call]:
        """Views of accounts."""
        for account in accounts:
            for view in self.views:
                if view.types == ("address",):
                    yield view.call(cause.at, (account,))

    def slots(
        self, chain: ChainSystem, keys: Sequence[Path], cause: Call, step: int
    ) -> Iterator[Divergence]:
        """Differences in the storage behind the written attributes."""
        return slot_differences(self.layouts, self.model, chain, keys, cause, step)


def views_of(
    target: Target, model: TargetModel, abis: Mapping[str, Sequence[Mapping[str, Any]]]
) -> Iterator[View]:
    """The views that both sides answer and that the target does not skip."""
    for label, abi in abis.items():
        entries = [entry for entry in abi if entry["type"] == "function"]
        names = [entry["name"] for entry in entries]
        for entry in entries:
            if entry.get("stateMutability") not in ("view", "pure"):
                continue
            name = str(entry["name"])
            function = name if names.count(name) == 1 else signature_of(entry)
            skipped = f"{label}.{name}" in target.skip
            if not skipped and model.answers(label, function):
                yield View(label, entry, function)


def accounts_of(cause: Call, outcome: Outcome | None, keys: Sequence[Path]) -> list[str]:
    """Addresses that a call concerns: its sender, arguments and events, and written keys."""
    found = [cause.sender, *_addresses(cause.args)]
    for event in outcome.events if outcome is not None else ():
        found += _addresses(event.args)
    for path in keys:
        found += _addresses(path[2:])
    return list(dict.fromkeys(found))


def _addresses(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, tuple):
            yield from _addresses(value)
        elif isinstance(value, str) and value.startswith("0x") and len(value) == _ADDRESS_CHARS:
            yield value


def _arguments(
    view: View, concerned: Sequence[str], numbers: Sequence[int], keys: Sequence[Path]
) -> Iterator[tuple[Value, ...]]:
    count = len(view.types)
    if count == 0:
        yield ()
        return
    found: dict[tuple[Value, ...], None] = {}
    if view.types == ("address",):
        found |= {(account,): None for account in concerned}
    elif count == 1 and _UINT.fullmatch(view.types[0]):
        bits = int(view.types[0].removeprefix("uint"))
        found |= {(number,): None for number in numbers if 0 <= number < 1 << bits}
    for path in keys:
        if path[:2] == (view.target, view.name) and len(path) >= 2 + count:
            found[path[2 : 2 + count]] = None
    yield from found
