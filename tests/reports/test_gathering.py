"""What a report tells follows from the run's files; what does not fit together is refused."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.reports.runs import SHIPPED, SMALL, run_of
from weiproof.engine.call import Event
from weiproof.engine.fixed_point import WAD
from weiproof.reports import liquidations as listed
from weiproof.reports.gathering import RunFacts, gather
from weiproof.reports.run_report import run_report, stale_periods
from weiproof.reports.standings import move_of, quantiles_of
from weiproof.simulation.journal import JournalError, JournalWriter, read_journal
from weiproof.simulation.samples import PositionState, SampleReader

if TYPE_CHECKING:
    from pathlib import Path

AUGUST = SHIPPED["august_2024"]
BACKSTOP = SHIPPED["thin_book_backstop"]


@pytest.fixture(scope="module", name="august")
def _august() -> RunFacts:
    """August 2024."""
    return gather(run_of(AUGUST))


def rows_of(table: Any) -> list[dict[str, Any]]:  # noqa: ANN401 (a table)
    """Rows by the keys of their columns."""
    keys = [column.key for column in table.columns]
    return [dict(zip(keys, row, strict=True)) for row in table.rows]


def test_the_amounts_are_those_of_the_summary(august: RunFacts) -> None:
    """Fund, shortfalls and liquidations add up to what the run itself counted."""
    summary = json.loads((run_of(AUGUST) / "summary.json").read_bytes())
    sold = rows_of(august.liquidations.table())
    assert sum(row["fee"] for row in sold) == int(summary["liquidations"]["fees"])
    assert sum(row["reward"] for row in sold) == int(summary["liquidations"]["rewards"])
    assert sum(row["notional"] for row in sold) == int(summary["liquidations"]["notional"])
    assert sum(row["shortfall"] for row in sold) == int(summary["bad_debt"])
    assert len({row["account"] for row in sold}) == summary["liquidations"]["accounts"]
    funds = rows_of(august.funds.table())
    fund = [row["amount"] for row in funds if row["line"] == "insurance fund"]
    assert fund[-1] == int(summary["insurance_fund"]["end"])
    assert min(fund) == int(summary["insurance_fund"]["lowest"])
    assert rows_of(august.keepers.table(august.claims))[0]["refused"] > 0


def test_rounds_are_those_of_the_journal(august: RunFacts) -> None:
    """Each answer of a feed, scaled to 18 decimals, and each gap between two rounds."""
    rounds: dict[str, list[tuple[int, int]]] = {}
    for record in read_journal(run_of(AUGUST) / "journal.jsonl").records:
        for event in record.outcome.events:
            if event.name == "AnswerUpdated":
                answer: Any = event.args[0]
                name = event.target.partition("/")[2]
                rounds.setdefault(name, []).append((record.call.at, answer * 10**10))
    table = rows_of(august.prices.table())
    for name, expected in rounds.items():
        found = [(row["at"], row["price"]) for row in table if row["source"] == name]
        assert found == expected
    for row in rows_of(august.oracles.table(august.metrics.feeds, august.story.feeds, august.end)):
        times = [at for at, _ in rounds[row["feed"]]]
        gaps = [b - a for a, b in pairwise(times)]
        assert row["rounds"] == len(times)
        assert row["longest"] == max(gaps)
        assert times[gaps.index(max(gaps))] == row["longest_from"]
        assert (row["heartbeat"], row["deviation"]) == (36, 5 * 10**15)
        prices = [price for _, price in rounds[row["feed"]]]
        steps = [abs(Fraction(b, a) - 1) for a, b in pairwise(prices)]
        assert 0 <= Fraction(row["largest"], WAD) - max(steps) < Fraction(1, WAD)


def test_marks_are_those_of_samples_and_liquidations(august: RunFacts) -> None:
    """In order of time; a sample without a price that can be trusted has none."""
    samples = list(SampleReader(run_of(AUGUST) / "states.jsonl"))
    marks = [
        (row["at"], row["price"])
        for row in rows_of(august.prices.table())
        if row["market"] == "ETH-PERP" and row["source"] == "mark"
    ]
    assert marks == sorted(marks, key=lambda pair: pair[0])
    expected = {(each.at, each.markets[0].liquidation_mark) for each in samples}
    assert expected <= set(marks)
    assert any(mark is None for _, mark in marks)


def test_refused_calls_are_counted_by_reason(august: RunFacts) -> None:
    """Error and function, how often, from when to when; those for a price are told apart."""
    refused = Counter(
        (record.outcome.error, f"house.{record.call.function}")
        for record in read_journal(run_of(AUGUST) / "journal.jsonl").records
        if not record.outcome.ok
    )
    rows = rows_of(august.oracles.refusal_table())
    assert {(row["error"], row["function"]): row["times"] for row in rows} == refused
    assert {row["of"] for row in rows if row["error"] == "StalePrice"} == {"price"}


def test_stale_periods_are_those_of_the_summary(august: RunFacts) -> None:
    """To the second."""
    summary = json.loads((run_of(AUGUST) / "summary.json").read_bytes())
    found = {
        name: [[str(begin), str(end)] for begin, end in periods]
        for name, periods in stale_periods(august).items()
    }
    assert found == summary["stale_periods"]


def test_accounts_are_those_of_the_samples(august: RunFacts) -> None:
    """Ratio, requirements and equity of each; one that has nothing any more has nothing."""
    assert august.standings is not None
    expected: dict[tuple[str, int], tuple[int, int]] = {}
    last_at = 0
    for sample in SampleReader(run_of(AUGUST) / "states.jsonl"):
        last_at = sample.at
        for account in sample.accounts:
            if account.equity is not None and account.maintenance is not None:
                required = account.maintenance + (account.fee or 0)
                expected[account.name, sample.at] = (account.equity, required)
    for row in rows_of(august.standings.standing_table()):
        equity, required = expected.get((row["account"], row["at"]), (0, 0))
        assert (row["equity"], row["required"]) == (equity, required)
        assert row["ratio"] == (equity * WAD // required if required else None)
    overview = {row["account"]: row for row in rows_of(august.standings.account_table())}
    gone = overview["high-05"]
    assert (gone["last"], gone["shortfall"] > 0) == (0, True)
    # no price could be trusted in the samples before it was liquidated for good
    assert overview["long-eth-20x"]["last"] == 0
    assert overview["maker"]["last"] == expected["maker", last_at][0]
    lowest = [
        equity * WAD // required
        for (name, _), (equity, required) in expected.items()
        if name == "swing-22" and required
    ]
    assert overview["swing-22"]["lowest"] == min(lowest)


def test_levels_are_those_of_the_positions(august: RunFacts) -> None:
    """The notional of a side within a move is that of its positions whose price lies there."""
    assert august.standings is not None
    samples = {each.at: each for each in SampleReader(run_of(AUGUST) / "states.jsonl")}
    rows = rows_of(august.standings.level_table())
    assert rows
    for at in sorted({row["at"] for row in rows})[::9]:
        sample = samples[at]
        for market, name in enumerate(("ETH-PERP", "BTC-PERP")):
            mark = sample.markets[market].liquidation_mark
            for move in (0, 3, 12):
                expected = sum(
                    position.size * mark // WAD
                    for account in sample.accounts
                    for position in account.positions
                    if mark is not None
                    and position.market == market
                    and position.size > 0
                    and position.liquidation_price is not None
                    and position.liquidation_price * 100 >= mark * (100 - move)
                )
                mine = [
                    row["notional"]
                    for row in rows
                    if (row["at"], row["market"], row["side"]) == (at, name, "long")
                    and row["move"] <= move
                ]
                assert sum(mine) == expected


@pytest.mark.parametrize(
    ("size", "price", "move"), [(1, 90, 10), (1, 899, 2), (1, 901, 1), (1, 1000, 0), (-1, 1100, 10)]
)
def test_a_move_is_rounded_away_from_the_mark(size: int, price: int, move: int) -> None:
    """The whole percent that reaches the price; none where the price was passed already."""
    mark = 100 if price == 90 else 910 if price in (899, 901) else 1000
    assert move_of(PositionState(0, size, price), mark) == move
    assert move_of(PositionState(0, size, None), mark) is None


def test_quantiles_are_ratios_that_occur() -> None:
    """Of n in order that in place n q / 100, rounded up; those below one are counted."""
    ratios = [WAD * number // 10 for number in (3, 12, 50, 8, 20)]
    assert quantiles_of(7, ratios) == (
        *(7, 5, 2, 3 * WAD // 10),
        *(WAD * number // 10 for number in (3, 8, 12, 20, 50)),
    )


def test_routes_and_vault_are_told() -> None:
    """Of a run with a waterfall: each route's liquidations, and the vault's equity over time."""
    facts = gather(run_of(BACKSTOP))
    routes = Counter(row["route"] for row in rows_of(facts.liquidations.table()))
    counted = facts.summary["waterfall"]["routes"]
    assert routes["backstop"] >= counted["backstop"]["count"] > 0
    assert routes["fund"] >= counted["fund"]["count"] > 0
    lines = {row["line"] for row in rows_of(facts.funds.table())}
    assert "backstop vault" in lines
    sampled = [each.backstop for each in SampleReader(run_of(BACKSTOP) / "states.jsonl")]
    assert facts.funds.last("backstop vault") == (sampled[-1] and sampled[-1].equity)


def test_a_deleveraging_is_told_at_its_price() -> None:
    """Each candidate with its size and price; what falls to it of the shortfall is in the price."""
    facts = gather(run_of(SHIPPED["exhausted_fund"]))
    rows = [row for row in rows_of(facts.liquidations.table()) if row["route"] == "deleverage"]
    assert len(rows) == facts.summary["waterfall"]["candidates"] > 0
    assert all(row["mark"] is None and row["price"] > 0 for row in rows)


def test_a_sum_begins_with_nothing() -> None:
    """The line of what was deleveraged is zero from the start to its first amount, and goes on."""
    facts = gather(run_of(SHIPPED["exhausted_fund"]))
    rows = rows_of(facts.funds.table())
    told = [(row["at"], row["amount"]) for row in rows if row["line"] == "deleveraged"]
    assert told[0] == (facts.spec.genesis_time, 0)
    assert told[1][1] > 0
    assert told[-1] == (facts.metrics.last_at, facts.funds.last("deleveraged"))
    amounts = [amount for _, amount in told]
    assert amounts == sorted(amounts)


def test_a_list_has_a_limit_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond it the number of all is said; sums still count all."""
    monkeypatch.setattr(listed, "MOST_ROWS", 10)
    facts = gather(run_of(AUGUST))
    table = facts.liquidations.table()
    assert (len(table.rows), facts.liquidations.count) == (10, 66)
    assert table.note == "The first 10 of 66 liquidations."
    counted = sum(count for count, _, _ in facts.liquidations.by_account.values())
    assert counted == 66
    last = facts.liquidations.at_mark.points()[-1].value
    assert last == int(facts.summary["liquidations"]["notional"])


def test_the_same_folder_gives_the_same_bytes() -> None:
    """No clock, no place, no order of chance."""
    assert run_report(gather(run_of(SMALL))) == run_report(gather(run_of(SMALL)))
    assert str(run_of(SMALL)).encode() not in run_report(gather(run_of(SMALL)))


def copy_of(folder: Path, to: Path) -> Path:
    """A folder that may be changed."""
    shutil.copytree(folder, to)
    return to


def test_a_run_of_before_has_a_report_without_samples(tmp_path: Path) -> None:
    """What needs them says why it is empty."""
    folder = copy_of(run_of(SMALL), tmp_path / "run")
    (folder / "states.jsonl").unlink()
    (folder / "scenario.toml").unlink()
    facts = gather(folder)
    page = run_report(facts).decode()
    assert facts.standings is None
    assert page.count("This run holds no samples of its accounts") == 3
    assert "<h1>small</h1>" in page


def test_a_run_that_was_cut_short_says_so(tmp_path: Path) -> None:
    """Its report tells of the calls that there are."""
    folder = copy_of(run_of(SMALL), tmp_path / "run")
    lines = (folder / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "journal.jsonl").write_bytes(b"".join(lines[:-10]))
    for name in ("summary.json", "states.jsonl"):
        (folder / name).unlink()
    facts = gather(folder)
    assert facts.calls == len(lines) - 11
    assert "The run did not come to its end." in run_report(facts).decode()


def test_a_run_without_its_summary_is_refused(tmp_path: Path) -> None:
    """Where the journal has its end; the missing file is named."""
    folder = copy_of(run_of(SMALL), tmp_path / "run")
    (folder / "summary.json").unlink()
    with pytest.raises(JournalError, match=r"summary\.json .* is not there"):
        gather(folder)


def test_a_foreign_event_is_named_with_its_line(tmp_path: Path) -> None:
    """A journal whose hashes fit, though an event has not what it should, is damaged."""
    folder = copy_of(run_of(SMALL), tmp_path / "run")
    read = read_journal(folder / "journal.jsonl")
    (folder / "journal.jsonl").unlink()
    with JournalWriter.create(folder / "journal.jsonl", read.header) as writer:
        for record in read.records[:5]:
            event = Event("house", "Liquidated", (99,))
            outcome = replace(record.outcome, events=(event,))
            writer.append(replace(record, outcome=outcome))
    with pytest.raises(JournalError, match="line 2: an event is none of this protocol"):
        gather(folder)


def test_a_feed_that_fell_silent_has_its_gap() -> None:
    """The longest gap is that from its last round to the end of the run, where that is longer."""
    facts = gather(run_of(SHIPPED["luna_2022"]))
    row = rows_of(facts.oracles.table(facts.metrics.feeds, facts.story.feeds, facts.end))[0]
    rounds = [
        record.call.at
        for record in read_journal(run_of(SHIPPED["luna_2022"]) / "journal.jsonl").records
        for event in record.outcome.events
        if event.name == "AnswerUpdated"
    ]
    assert row["longest"] == facts.end - rounds[-1] > max(b - a for a, b in pairwise(rounds))
    assert row["longest_from"] == rounds[-1]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("journal.jsonl", b'"deposit"', b'"settle"'),
        ("states.jsonl", b'"cash":"1', b'"cash":"2'),
        ("protocol.json", b"1000", b"1001"),
        ("summary.json", b'"fees": "', b'"fees": "1'),
        ("summary.json", b"{", b"["),
        ("summary.json", b'"latencies": {', b'"latencies": {"soon": 1, '),
        ("summary.json", b'"calls_compared": 0', b'"calls_compared": -1'),
        ("summary.json", b'"scenario": "', b'"scenario": 7, "other": "'),
        ("timing.json", b"{", b"["),
        ("divergence.json", b"{", b""),
        ("journal.jsonl", b'"kind":"end"', b'"kind":"enc"'),
    ],
)
def test_damage_is_refused(name: str, old: bytes, new: bytes, tmp_path: Path) -> None:
    """A changed journal, sample, protocol or summary gives no report, nor another's shape."""
    folder = copy_of(run_of(SMALL), tmp_path / "run")
    for beside in ("timing.json", "divergence.json"):
        (folder / beside).write_text("{}")
    file = folder / name
    assert old in file.read_bytes()
    file.write_bytes(file.read_bytes().replace(old, new, 1))
    with pytest.raises(JournalError):
        gather(folder)
