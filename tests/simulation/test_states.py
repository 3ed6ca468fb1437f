"""Samples of what accounts have: the engine's figures at regular times, written and verified."""

from __future__ import annotations

import shutil
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from weiproof.contracts.chains import actor
from weiproof.crosscheck.divergence import DivergenceFound
from weiproof.crosscheck.protocol import deploy_model, house_of
from weiproof.engine import cash, mark, pricing, views
from weiproof.engine.accounts import sub_account
from weiproof.engine.backstop_records import BACKSTOP
from weiproof.engine.errors import Revert
from weiproof.engine.fixed_point import WEI, div_up
from weiproof.engine.records import LIQUIDATION
from weiproof.simulation.journal import read_journal
from weiproof.simulation.lines import GENESIS, JournalError, chained, read_lines
from weiproof.simulation.loading import load_scenario
from weiproof.simulation.replay import replay
from weiproof.simulation.run import Check, Run
from weiproof.simulation.samples import AccountState, Sample, SampleReader
from weiproof.simulation.states import MAX_EVALUATIONS, MAX_SAMPLES, namer, times_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from weiproof.engine.records import Ledger

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "scenarios"
AUGUST = SCENARIOS / "august_2024.toml"


def run(scenario: Path, folder: Path, *, check: str = "off") -> Run:
    """Run a scenario into a new folder."""
    folder.mkdir()
    made = Run(load_scenario(scenario), check=Check(check), chain="pyevm", folder=folder)
    made.run()
    return made


@pytest.fixture(scope="module")
def august(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the shipped scenario's run on the model alone."""
    folder = tmp_path_factory.mktemp("runs") / "august"
    run(AUGUST, folder)
    return folder


def ask(view: Callable[[], int]) -> int | None:
    """What a view answers; None where it reverts."""
    try:
        return view()
    except Revert:
        return None


def by_views(ledger: Ledger, account: str, told: AccountState) -> AccountState:
    """The same state by the engine's published views alone."""

    def liquidation(market: int) -> int | None:
        try:
            exists, price = views.liquidation_price(ledger, account, market)
        except Revert:
            return None
        return price if exists else None

    def initial() -> int:
        return div_up(views.with_orders(ledger, account, LIQUIDATION).initial, WEI)

    return AccountState(
        name=told.name,
        cash=cash.current(ledger, account),
        equity=ask(lambda: views.equity(ledger, account)),
        initial=ask(initial),
        maintenance=ask(lambda: views.maintenance_margin(ledger, account)[0]),
        fee=ask(lambda: views.maintenance_margin(ledger, account)[1]),
        positions=tuple(
            type(each)(
                each.market,
                ledger.positions.read(account, each.market).size,
                liquidation(each.market),
            )
            for each in told.positions
        ),
    )


def compare(ledger: Ledger, name_of: Callable[[str], str], sample: Sample) -> None:
    """Each account's figures, and each price, are what the views answer."""
    keys = [key for key in ledger.house.world.store.committed if key[0] == "account"]
    addresses = {name_of(str(key[1])): str(key[1]) for key in keys}
    for account in sample.accounts:
        assert account == by_views(ledger, addresses[account.name], account)
    for market, told in enumerate(sample.markets):
        marks = pricing.new_marks(ledger, LIQUIDATION)
        assert told.mark == ask(partial(views.mark_price, ledger, market))
        assert told.index == ask(partial(views.index_price, ledger, market))
        assert told.liquidation_mark == ask(partial(pricing.mark_of, ledger, marks, market))
    left_out = addresses.keys() - {account.name for account in sample.accounts}
    for name in left_out:
        assert views.equity(ledger, addresses[name]) == 0
    assert sample.insurance_fund == ledger.record.insurance_fund
    assert sample.unresolved_bad_debt == ledger.record.unresolved_bad_debt
    if sample.backstop is not None:
        assert sample.backstop.shares == ledger.backstop.shares
        assert sample.backstop.equity == ask(partial(views.equity, ledger, BACKSTOP))


@pytest.mark.parametrize(
    "name",
    ["august_2024", "cascades/thin_book_backstop", "cascades/delisting", "margin/staking_slash"],
)
def test_figures_are_those_of_the_views(name: str, tmp_path: Path) -> None:
    """A few samples of a run, made from its journal, hold what the views answer at their times."""
    made = run(SCENARIOS / f"{name}.toml", tmp_path / "run")
    samples = list(SampleReader(tmp_path / "run" / "states.jsonl"))
    chosen = [*samples[:: len(samples) // 5], samples[-1]]
    model = deploy_model(made.spec)
    ledger, world = house_of(model).ledger, model.world
    records = list(read_journal(tmp_path / "run" / "journal.jsonl").records)
    for sample in chosen:
        while records and records[0].call.at <= sample.at:
            model.apply(records.pop(0).call)
        now, world.now = world.now, sample.at
        compare(ledger, namer(made._driver.actors), sample)
        world.now = now
    assert max(len(sample.accounts) for sample in chosen) > 3
    prices = [p.liquidation_price for s in chosen for a in s.accounts for p in a.positions]
    assert any(prices)


def test_samples_stand_at_regular_times_from_start_to_end(august: Path) -> None:
    """The first is of the first block, the last of the end, and the others between them."""
    scenario = load_scenario(AUGUST)
    reader = SampleReader(august / "states.jsonl")
    times = [sample.at for sample in reader]
    assert (times[0], times[-1]) == (scenario.start, scenario.end)
    assert {b - a for a, b in pairwise(times[:-1])} == {reader.times.every}
    assert reader.times.every % scenario.block_time == 0
    assert (reader.complete, reader.count) == (True, len(times))
    assert reader.markets == tuple(market.name for market in scenario.markets)


@pytest.mark.parametrize("accounts", [0, 1, 119, 1_000, 30_000, 10**6])
def test_accounts_are_looked_at_a_limited_number_of_times(accounts: int) -> None:
    """More accounts have fewer samples, and there are at least two."""
    times = times_of(load_scenario(AUGUST), accounts)
    count, at = 0, times.after(times.start - 1)
    while at is not None:
        count, at = count + 1, times.after(at)
    assert 2 <= count <= MAX_SAMPLES
    assert count == 2 or count * accounts <= MAX_EVALUATIONS


def test_accounts_are_named_after_who_holds_them() -> None:
    """An actor's account has its label, a sub-account a number, the system's a name of its own."""
    name = namer(("alice", "bob"))
    assert name(actor("bob")) == "bob"
    assert name(sub_account(actor("alice"), 3)) == "alice/3"
    assert name(BACKSTOP) == "(backstop)"
    assert name("0x" + "99" * 20) == "0x" + "99" * 20


def test_a_replay_computes_the_samples_again(august: Path, tmp_path: Path) -> None:
    """Samples that were changed, even with new hashes, or cut, do not replay; none at all do."""
    folder = tmp_path / "copy"
    shutil.copytree(august, folder)
    file = folder / "states.jsonl"
    written = file.read_bytes()
    assert replay(folder).calls > 800
    forms = [form for form, _ in read_lines(file)]
    forms[5]["insurance_fund"] = str(int(forms[5]["insurance_fund"]) + 1)
    file.write_bytes(chain_of(forms))
    with pytest.raises(JournalError, match=r"states.jsonl line 6: it does not follow"):
        replay(folder)
    forms[0]["markets"][0] = "another"
    file.write_bytes(chain_of(forms))
    with pytest.raises(JournalError, match=r"states.jsonl line 1: it does not follow"):
        replay(folder)
    lines = written.splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:-1]))
    with pytest.raises(JournalError, match=r"states.jsonl line \d+: it does not follow"):
        replay(folder)
    file.write_bytes(written + lines[-1])
    with pytest.raises(JournalError, match=r"states.jsonl line \d+: it does not follow"):
        replay(folder)
    file.unlink()
    assert replay(folder).calls > 800


def chain_of(forms: list[dict[str, Any]]) -> bytes:
    """The file of some lines with hashes that fit."""
    previous, text = GENESIS, b""
    for form in forms:
        line, previous = chained(form, previous)
        text += line
    return text


@pytest.mark.parametrize(
    ("line", "key", "value", "reason"),
    [
        (0, "version", "9", "no header"),
        (0, "every", "0", "not positive"),
        (0, "markets", "ETH", "array"),
        (2, "at", True, "integer"),
        (2, "accounts", [{"account": "999", "cash": "1"}], "no name"),
        (2, "accounts", [{"account": "0"}], "cash is missing"),
        (2, "accounts", ["x"], "object"),
        (2, "markets", [{"price": "1"}], "keys index"),
        (2, "more", "1", "keys"),
        (-1, "samples", "3", "the end"),
    ],
)
def test_other_content_is_refused(
    august: Path, tmp_path: Path, line: int, key: str, value: object, reason: str
) -> None:
    """A line with whatever else in it, though its hashes fit, is named with its number."""
    forms = [form for form, _ in read_lines(august / "states.jsonl")]
    forms[line][key] = value
    file = tmp_path / "states.jsonl"
    file.write_bytes(chain_of(forms))
    with pytest.raises(JournalError, match=reason) as caught:
        list(SampleReader(file))
    assert caught.value.line == line % len(forms) + 1


def test_a_divergence_leaves_the_samples_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are those of the whole run, up to the call, without an end."""
    run(AUGUST, tmp_path / "whole")
    monkeypatch.setattr(mark, "div_truncate", lambda n, d: n // d)
    with pytest.raises(DivergenceFound) as found:
        run(AUGUST, tmp_path / "diverged", check="full")
    reader = SampleReader(tmp_path / "diverged" / "states.jsonl")
    samples = list(reader)
    assert not reader.complete
    assert samples == list(SampleReader(tmp_path / "whole" / "states.jsonl"))[: len(samples)]
    assert samples[-1].at < found.value.divergence.call.at <= samples[-1].at + reader.times.every
