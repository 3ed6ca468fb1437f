"""The rows of a run's tables, gathered in one pass over its journal and one over its samples."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from weiproof.contracts.chains import actor
from weiproof.crosscheck.protocol import addresses_of
from weiproof.engine.backstop_records import Route
from weiproof.engine.fixed_point import WAD
from weiproof.simulation.folders import read_protocol
from weiproof.simulation.forms import encode_value
from weiproof.simulation.journal import JournalReader
from weiproof.simulation.lines import JournalError, encode
from weiproof.simulation.run import JOURNAL, STATES
from weiproof.simulation.samples import SampleReader
from weiproof.simulation.states import SYSTEM, namer

from .schema import (
    ACCOUNTS,
    CALLS,
    DIGITS,
    EVENTS,
    FUNDS,
    LIQUIDATIONS,
    NAMES,
    POSITIONS,
    PRICES,
    SCALE,
    TABLES,
    Row,
    Table,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from weiproof.crosscheck.spec import ProtocolSpec
    from weiproof.engine.call import Event, Value
    from weiproof.simulation.forms import Record
    from weiproof.simulation.samples import Sample

BATCH = 20_000
"""Rows of a table that are held before they are given on."""
_ADDRESS_LENGTH = 42


class Gathered(NamedTuple):
    """What is known of a run when all its rows were gathered."""

    rows: dict[str, int]
    """How many each table has."""
    complete: bool
    """Whether the run was written to its end."""
    seed: int
    state_hash: str
    """Of the last call, hex; empty without one."""


@dataclass(slots=True)
class _Batches:
    """Rows that wait until there are enough of them."""

    give: Callable[[Table, list[Row]], None]
    waiting: dict[str, list[Row]] = field(default_factory=lambda: {t.name: [] for t in TABLES})
    counts: dict[str, int] = field(default_factory=lambda: {t.name: 0 for t in TABLES})

    def add(self, table: Table, row: Row) -> None:
        rows = self.waiting[table.name]
        rows.append(row)
        if len(rows) >= BATCH:
            self._give(table)

    def finish(self) -> None:
        for table in TABLES:
            if self.waiting[table.name]:
                self._give(table)

    def _give(self, table: Table) -> None:
        rows, self.waiting[table.name] = self.waiting[table.name], []
        self.counts[table.name] += len(rows)
        self.give(table, rows)


def gather(folder: Path, give: Callable[[Table, list[Row]], None]) -> Gathered:
    """Gives the rows of all tables of a run's folder, some thousand at a time, in their order.

    A run that stopped at a divergence has the rows before it; a folder of an older version has no
    samples. Raises `JournalError` at the first damage, then rows were given already; `OSError` as
    the files give it.
    """
    journal = JournalReader(folder / JOURNAL)
    spec, actors = read_protocol(folder, journal.header)
    batches = _Batches(give)
    rows = _Rows(spec, actors, batches)
    state_hash = b""
    for step, record in enumerate(journal):
        try:
            rows.record(step, record)
        except (IndexError, TypeError, ValueError) as error:
            message = f"an event is none of this protocol: {error}"
            raise JournalError(journal.line, message) from None
        state_hash = record.state_hash
    if (folder / STATES).exists():
        for sample in SampleReader(folder / STATES):
            rows.sample(sample)
    rows.names()
    batches.finish()
    return Gathered(batches.counts, journal.complete, journal.header.seed, state_hash.hex())


class _Rows:
    """Makes rows of records and samples."""

    def __init__(self, spec: ProtocolSpec, actors: tuple[str, ...], batches: _Batches) -> None:
        self._add = batches.add
        self._markets = tuple(market.name for market in spec.markets)
        self._decimals = {feed.label: feed.decimals for feed in spec.feeds}
        self._names: dict[str, str] = {actor(label): label for label in actors} | SYSTEM
        self._names |= {address: label for label, address in addresses_of(spec).items()}
        self._namer = namer(actors)

    def record(self, step: int, record: Record) -> None:
        """The rows of one call."""
        call, outcome = record.call, record.outcome
        self._add(
            CALLS,
            (
                step,
                call.at,
                self._name(call.sender),
                call.target,
                call.function,
                _json(call.args),
                outcome.ok,
                outcome.error,
                _json(outcome.error_args),
                _json(outcome.values),
                len(outcome.events),
                record.state_hash.hex(),
            ),
        )
        for number, event in enumerate(outcome.events):
            row = (step, number, call.at, event.target, event.name, _json(event.args))
            self._add(EVENTS, row)
            if event.name == "AnswerUpdated" and event.target in self._decimals:
                self._round(step, call.at, event)
            elif event.name in {"Liquidated", "Deleveraged"}:
                self._liquidation((step, number, call.at), event)
            elif event.name == "PositionChanged":
                self._name(str(event.args[0]))

    def sample(self, sample: Sample) -> None:
        """The rows of one sample."""
        at = sample.at
        for market, told in zip(self._markets, sample.markets, strict=False):
            for kind in ("index", "mark", "liquidation_mark"):
                price = getattr(told, kind)
                if price is not None:
                    self._add(PRICES, (at, kind, market, price, None, "", "", None))
        vault = sample.backstop
        equity, shares = (None, None) if vault is None else (vault.equity, vault.shares)
        debt = sample.unresolved_bad_debt
        self._add(FUNDS, (at, sample.insurance_fund, debt, equity, shares))
        for account in sample.accounts:
            name = account.name
            margins = (account.initial, account.maintenance, account.fee)
            self._add(ACCOUNTS, (at, name, account.cash, account.equity, *margins))
            for position in account.positions:
                market = self._markets[position.market]
                row = (at, name, market, position.size, position.liquidation_price)
                self._add(POSITIONS, row)

    def names(self) -> None:
        """The rows of all addresses that were met and have a name."""
        for address, name in sorted(self._names.items()):
            if address != name:
                self._add(NAMES, (address, name))

    def _name(self, address: str) -> str:
        """Who holds an account; an address that nobody knows stands for itself."""
        name = self._names.get(address)
        if name is None:
            known = len(address) == _ADDRESS_LENGTH and address.startswith("0x")
            name = self._names[address] = self._namer(address) if known else address
        return name

    def _round(self, step: int, at: int, event: Event) -> None:
        args: tuple[Any, ...] = event.args
        answer, decimals = args[0], self._decimals[event.target]
        price = answer * 10 ** (SCALE - decimals) if decimals <= SCALE else None
        if price is not None and abs(price) >= 10**DIGITS:
            price = None
        name = event.target.partition("/")[2]
        self._add(PRICES, (at, "round", name, price, step, str(args[1]), str(answer), decimals))

    def _liquidation(self, where: tuple[int, int, int], event: Event) -> None:
        args: tuple[Any, ...] = event.args
        account, market = self._name(args[0]), self._markets[args[1]]
        taker = self._name(args[2])
        if event.name == "Deleveraged":
            amounts = (args[3], None, None, None, None, None)
            row = (*where, account, market, taker, _route(Route.DELEVERAGE), *amounts)
        else:
            size, mark, fee, reward, shortfall, route = args[3:]
            amounts = (size, mark, size * mark // WAD, fee, reward, shortfall)
            row = (*where, account, market, taker, _route(Route(route)), *amounts)
        self._add(LIQUIDATIONS, row)


def _route(route: Route) -> str:
    return route.name.lower()


def _json(values: tuple[Value, ...]) -> str:
    """An array as the journal writes it: integers as texts, texts as objects."""
    return encode(encode_value(values)) if values else "[]"
