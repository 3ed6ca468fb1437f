"""What each named policy does at its edges, asked of the hub's twin and of its contract.

Every state of a feed meets every state of the sequencer, for every purpose. The sequencer is asked
first; then what is wrong with the round, whatever its age, but for a price that is too high; then
its age. So three small tables say all, and :func:`composed` puts them together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weiproof.contracts import artifact_store
from weiproof.contracts.chains import actor, open_chain
from weiproof.contracts.deployment import Plan, Step, deploy, predict_addresses
from weiproof.engine.call import Call, bytes32
from weiproof.engine.contract import World
from weiproof.engine.model import Model
from weiproof.engine.records import LAST_PURPOSE
from weiproof.oracles.boundaries import (
    AGES,
    DECIMALS,
    LIMIT,
    LONGER,
    NEW,
    ORDINARY,
    rounds,
    uptimes,
)
from weiproof.oracles.mock_feed import MockFeed
from weiproof.oracles.oracle_hub import OracleHub
from weiproof.oracles.presets import PRESETS

from .systems import ChainSystem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weiproof.engine.call import Outcome, Value
    from weiproof.oracles.presets import Preset
    from weiproof.oracles.round import Round

NOW = 1_900_000_000
PRICE = bytes32("edge")
ADMIN = actor("admin")
NO_SEQUENCER = "none"
"""Name of the state in which no sequencer is waited for."""
PRICE_GIVEN = "price"
"""Outcome of a read that gives a price."""
BEFORE_AGE = frozenset({"IncompleteRound", "NonPositiveAnswer", "FeedUnreadable"})
"""Outcomes that a round has whatever its age."""
NO_REASON = "no reason"
"""Outcome of a read that reverts without data."""


class SidesDiffer(Exception):
    """Model and contract do not answer alike."""


@dataclass(slots=True)
class Table:
    """What one policy does: the name of the error, or that there is a price."""

    cells: dict[tuple[str, tuple[str, str], int], str] = field(default_factory=dict)
    """By the sequencer's state, the round's age and kind, and the purpose."""

    @property
    def reads(self) -> int:
        """Reads that both sides agreed on."""
        return len(self.cells)

    def by_age(self, purpose: int) -> Mapping[str, str]:
        """What an ordinary round of each age comes to where no sequencer is waited for."""
        return {age: self.cells[NO_SEQUENCER, (age, ORDINARY), purpose] for age in AGES}

    def by_kind(self, purpose: int) -> Mapping[str, str]:
        """What a new round of each kind comes to where no sequencer is waited for."""
        return {
            kind: told
            for (sequencer, (age, kind), asked), told in self.cells.items()
            if sequencer == NO_SEQUENCER and age in {"", NEW} and asked == purpose
        }

    def by_uptime(self, purpose: int) -> Mapping[str, str]:
        """What each state of the sequencer comes to with a round that counts."""
        return {
            sequencer: told
            for (sequencer, state, asked), told in self.cells.items()
            if state == (NEW, ORDINARY) and asked == purpose
        }


def boundaries(names: Iterable[str], chain: str) -> Mapping[str, Table]:
    """The table of each policy named.

    Raises SidesDiffer at the first read on which the sides do not agree, and ChainUnavailable.
    """
    return {name: _Stage(PRESETS[name], chain).table() for name in names}


def composed(table: Table, sequencer: str, state: tuple[str, str], purpose: int) -> str:
    """The outcome of any combination, from the three tables alone."""
    age, kind = state
    waiting = table.cells[sequencer, (NEW, ORDINARY), purpose]
    if waiting != PRICE_GIVEN:
        return waiting
    of_kind = table.cells[NO_SEQUENCER, (age and NEW, kind), purpose]
    if not age or of_kind in BEFORE_AGE:
        return of_kind
    of_age = table.cells[NO_SEQUENCER, (age, ORDINARY), purpose]
    return of_kind if of_age == PRICE_GIVEN else of_age


class _Stage:
    """A feed, a sequencer's feed and a hub, on both sides."""

    def __init__(self, preset: Preset, chain: str) -> None:
        self._preset = preset
        feeds = {"feed": (DECIMALS, "feed"), "uptime": (0, "uptime")}
        store = artifact_store.shipped()
        plan = Plan(
            [
                *(Step(label, store.load("MockFeed"), args) for label, args in feeds.items()),
                Step("hub", store.load("OracleHub"), (ADMIN,)),
            ]
        )
        world = World(now=NOW, sender=ADMIN)
        world.addresses.update(predict_addresses(ADMIN, plan))
        for label, args in feeds.items():
            MockFeed(world, label, *args)
        OracleHub(world, "hub", ADMIN)
        self._model = Model(world)
        opened = open_chain(chain, genesis_time=NOW - 1)
        book = deploy(opened, plan, ADMIN, at=NOW)
        abis = {step.label: step.abi for step in plan.steps if isinstance(step, Step)}
        self._chain = ChainSystem(opened, book, abis)
        self._feeds = {label: world.addresses[label] for label in feeds}

    def table(self) -> Table:
        """Asks everything."""
        preset = self._preset
        limits = (preset.limit(LIMIT),), (preset.limit(LONGER),)
        self._apply("hub", "configure", PRICE, (self._feeds["feed"],), *limits, 1)
        self._apply("hub", "setRules", PRICE, 0, preset.rules.fields())
        self._apply("hub", "setPolicy", PRICE, preset.policy().fields())
        table = Table()
        self._ask(table, NO_SEQUENCER)
        waited = preset.sequencer(self._feeds["uptime"])
        self._apply("hub", "setSequencer", waited.fields())
        for name, uptime in uptimes(preset, NOW).items():
            self._show("uptime", uptime)
            self._ask(table, name)
        return table

    def _ask(self, table: Table, sequencer: str) -> None:
        for state, latest in rounds(NOW).items():
            self._show("feed", latest)
            for purpose in range(LAST_PURPOSE + 1):
                outcome = self._read(purpose)
                told = PRICE_GIVEN if outcome.ok else outcome.error or NO_REASON
                table.cells[sequencer, state, purpose] = told

    def _show(self, label: str, latest: Round | None) -> None:
        """Lets a feed answer with a round, or fail."""
        self._apply(label, "setFailing", latest is None)
        if latest is not None:
            self._apply(label, "setRound", *latest.fields())

    def _apply(self, label: str, function: str, *args: Value) -> None:
        call = Call(NOW, ADMIN, label, function, args)
        if not self._agreed(call, self._model.apply(call), self._chain.apply(call)).ok:
            raise SidesDiffer(f"{label}.{function}{args} is refused on both sides")

    def _read(self, purpose: int) -> Outcome:
        call = Call(NOW, ADMIN, "hub", "price", (PRICE, purpose))
        return self._agreed(call, self._model.view(call), self._chain.view(call))

    def _agreed(self, call: Call, model: Outcome, chain: Outcome) -> Outcome:
        if model != chain:
            told = f"model {model}, contract {chain}"
            raise SidesDiffer(f"{call.target}.{call.function}{call.args}: {told}")
        return model
