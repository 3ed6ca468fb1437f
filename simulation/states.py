"""What accounts have, require and hold at regular times of a run, and its file.

A sample is taken of the model after all calls up to its time, and changes nothing. All figures are
the engine's, at the prices that liquidations go by: equity, margin and prices of liquidation as its
views publish them. What cannot be priced is left out. The first line tells the times, the last one
how many samples there are; without it the run was not written to its end.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.crosscheck.protocol import house_of
from weiproof.engine import cash, margin, offsets, orders, pricing
from weiproof.engine.backstop_records import BACKSTOP, FUND
from weiproof.engine.bits import each_bit
from weiproof.engine.errors import Revert
from weiproof.engine.fixed_point import WEI, div_up, floor_div
from weiproof.engine.life_records import DELISTED
from weiproof.engine.records import LIQUIDATION, TRADE, AccountRecord

from .lines import GENESIS, chained
from .liquidation_prices import liquidation_price
from .samples import VERSION, Times

if TYPE_CHECKING:
    from collections.abc import Callable

    from weiproof.crosscheck.spec import ProtocolSpec
    from weiproof.engine.instruments import Standing
    from weiproof.engine.model import Model
    from weiproof.engine.pricing import Marks
    from weiproof.engine.records import Ledger

    from .forms import Json
    from .scenario import Scenario

MAX_SAMPLES, USUAL_SAMPLES = 120, 48
"""Most samples of a run, and as many as there are of one with some hundred accounts or more."""
FEW_EVALUATIONS, MAX_EVALUATIONS = 10_000, 100_000
"""Evaluations of accounts up to which there are more samples, and from which on there are fewer.

An evaluation takes a twentieth of the time of a call.
"""

SYSTEM = {BACKSTOP: "(backstop)", FUND: "(fund)"}
"""Names of the system's own accounts; no scenario can give such a name."""


def times_of(scenario: Scenario, accounts: int) -> Times:
    """Block times of a scenario, so many that its accounts are not looked at too often."""
    start, end, accounts = scenario.start, scenario.end, max(accounts, 1)
    count = max(USUAL_SAMPLES, FEW_EVALUATIONS // accounts)
    count = max(min(count, MAX_SAMPLES, MAX_EVALUATIONS // accounts), 2)
    every = max(div_up(end - start, count - 1), 1)
    return Times(start, div_up(every, scenario.block_time) * scenario.block_time, end)


class Sampler:
    """Takes samples of a model while calls are applied to it; `write` gets the file's lines."""

    def __init__(
        self,
        model: Model,
        spec: ProtocolSpec,
        names: Callable[[str], str],
        times: Times,
        write: Callable[[bytes], object],
    ) -> None:
        """`names` says the name of an account's address."""
        self._world = model.world
        self._ledger = house_of(model).ledger
        self._spec = spec
        self._names = names
        self._times = times
        self._write = write
        self._next: int | None = times.start
        self._numbers: dict[str, int] = {}
        self._last_hash = GENESIS
        self._samples = 0

    def begin(self) -> None:
        """Writes the first line."""
        self._line(_header(self._times, self._spec))

    def is_due(self, at: int) -> bool:
        """Whether there is anything to do before a call at `at`."""
        return self._next is not None and self._next < at

    def before(self, at: int) -> None:
        """Takes the samples that are due before a call at `at`."""
        while self._next is not None and self._next < at:
            self._sample(self._next)

    def finish(self) -> None:
        """Takes the samples that are left, and writes the last line."""
        while self._next is not None:
            self._sample(self._next)
        self._line({"kind": "end", "samples": str(self._samples)})

    def _line(self, form: dict[str, Json]) -> None:
        line, self._last_hash = chained(form, self._last_hash)
        self._write(line)

    def _sample(self, at: int) -> None:
        world, now = self._world, self._world.now
        world.now = at
        try:
            self._line(self._form(at))
        finally:
            world.now = now
        self._samples += 1
        self._next = self._times.after(at)

    def _form(self, at: int) -> dict[str, Json]:
        ledger = self._ledger
        marks = pricing.new_marks(ledger, LIQUIDATION)
        accounts, new = self._at_stake()
        form: dict[str, Json] = {
            "kind": "sample",
            "at": str(at),
            "markets": [_market(ledger, marks, m) for m in range(ledger.market_count)],
            "insurance_fund": str(ledger.record.insurance_fund),
            "unresolved_bad_debt": str(ledger.record.unresolved_bad_debt),
            "new": [self._names(account) for account in new],
            "accounts": [
                {"account": str(number), **_account(ledger, marks, account)}
                for number, account in accounts
            ],
        }
        if self._spec.backstop:
            form["backstop"] = _backstop(ledger, marks)
        return form

    def _at_stake(self) -> tuple[list[tuple[int, str]], list[str]]:
        """Accounts that have anything, with their numbers; and those that get their number now."""
        found = [
            key[1]
            for key, record in self._world.store.committed.items()
            if key[0] == "account" and isinstance(record, AccountRecord) and _is_at_stake(record)
        ]
        accounts = [account for account in found if isinstance(account, str)]
        numbers = self._numbers
        new = sorted((a for a in accounts if a not in numbers), key=self._names)
        for account in new:
            numbers[account] = len(numbers)
        return sorted((numbers[account], account) for account in accounts), new


def namer(actors: tuple[str, ...]) -> Callable[[str], str]:
    """Says the names of accounts: of an actor, its label; of its sub-account, with a number.

    Of the system's own, what :data:`SYSTEM` says; of any other, its address.
    """
    labels = {int(actor(label), 16): label for label in actors}
    owners = {address >> 8: address for address in labels}

    def name(account: str) -> str:
        if account in SYSTEM:
            return SYSTEM[account]
        number = int(account, 16)
        owner = owners.get(number >> 8)
        if owner is None:
            return account
        return labels[owner] if owner == number else f"{labels[owner]}/{owner ^ number}"

    return name


def _header(times: Times, spec: ProtocolSpec) -> dict[str, Json]:
    return {
        "kind": "header",
        "version": str(VERSION),
        "start": str(times.start),
        "every": str(times.every),
        "end": str(times.end),
        "markets": [market.name for market in spec.markets],
    }


def _is_at_stake(record: AccountRecord) -> bool:
    return bool(
        record.cash
        or record.reserve
        or record.markets
        or record.collaterals
        or record.ordered_markets
    )


def _market(ledger: Ledger, marks: Marks, market: int) -> Json:
    """Mark and index by which trades go, and the mark by which liquidations do."""
    trade = pricing.new_marks(ledger, TRADE)
    figures = {
        "index": lambda: pricing.index_of(ledger, trade, market),
        "mark": lambda: pricing.mark_of(ledger, trade, market),
        "liquidation_mark": lambda: pricing.mark_of(ledger, marks, market),
    }
    return _priced(figures)


def _priced(figures: dict[str, Callable[[], int]]) -> dict[str, Json]:
    """The figures that have a price."""
    found: dict[str, Json] = {}
    for name, figure in figures.items():
        with suppress(Revert):
            found[name] = str(figure())
    return found


def _backstop(ledger: Ledger, marks: Marks) -> Json:
    """Equity and shares of the backstop vault."""
    shares: dict[str, Json] = {"shares": str(ledger.backstop.shares)}
    with suppress(Revert):
        shares["equity"] = str(floor_div(margin.standing_of(ledger, BACKSTOP, marks).equity, WEI))
    return shares


def _account(ledger: Ledger, marks: Marks, account: str) -> dict[str, Json]:
    """Cash, equity, requirements and positions of an account; wei."""
    record = ledger.accounts.read(account)
    form: dict[str, Json] = {"cash": str(cash.current(ledger, account))}
    standing = None
    with suppress(Revert):
        standing = margin.standing_of(ledger, account, marks)
        form["equity"] = str(floor_div(standing.equity, WEI))
        form["maintenance"] = str(div_up(standing.maintenance, WEI))
        form["fee"] = str(div_up(standing.fee, WEI))
        form["initial"] = str(div_up(orders.initial_of(ledger, account, marks, standing), WEI))
    held = ((m, ledger.positions.read(account, m).size) for m in each_bit(record.markets))
    positions = [
        _position(ledger, account, market, size, standing) for market, size in held if size != 0
    ]
    if positions:
        form["positions"] = positions
    return form


def _position(
    ledger: Ledger, account: str, market: int, size: int, standing: Standing | None
) -> Json:
    """Size of a position, WAD; and where it is known, the mark at which it can be liquidated."""
    form: dict[str, Json] = {"market": str(market), "size": str(size)}
    if standing is None or ledger.markets.read(market).phase >= DELISTED:
        return form
    leg = standing.legs[offsets.index_of(standing.legs, market)]
    with suppress(Revert):
        price = liquidation_price(ledger, account, standing, leg)
        if price is not None:
            form["liquidation_price"] = str(price)
    return form
