"""A run as tables: rows follow from journal and samples, and no digit is lost on the way."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from dataclasses import FrozenInstanceError
from datetime import datetime
from decimal import Decimal, localcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiproof.contracts.chains import actor
from weiproof.engine.backstop_records import Route
from weiproof.engine.call import Call, Event, Outcome
from weiproof.simulation import load
from weiproof.simulation.forms import Record, decode_value
from weiproof.simulation.journal import JournalWriter, read_journal
from weiproof.simulation.lines import JournalError
from weiproof.simulation.loading import load_scenario
from weiproof.simulation.run import Check, Run
from weiproof.simulation.samples import SampleReader
from weiproof.simulation.tables import arrow, rows
from weiproof.simulation.tables.files import ExportError, amount_text, export, time_text
from weiproof.simulation.tables.schema import ACCOUNTS, DIGITS, TABLES, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.simulation.tables.loaded import RunTables

ROOT = Path(__file__).resolve().parents[2]
SMALL = ROOT / "tests" / "simulation" / "small.toml"
BACKSTOP = ROOT / "scenarios" / "cascades" / "thin_book_backstop.toml"
AMOUNTS = st.integers(-(10**DIGITS) + 1, 10**DIGITS - 1)


def made(scenario: Path, folder: Path) -> Path:
    """The folder of a scenario's run on the model alone."""
    folder.mkdir()
    Run(load_scenario(scenario), check=Check("off"), chain="pyevm", folder=folder).run()
    return folder


@pytest.fixture(scope="module")
def backstop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run with many liquidations by several routes."""
    return made(BACKSTOP, tmp_path_factory.mktemp("runs") / "backstop")


@pytest.fixture(scope="module")
def tables(backstop: Path) -> RunTables:
    """That run as tables."""
    return load(backstop)


@pytest.fixture
def copy(backstop: Path, tmp_path: Path) -> Path:
    """A copy of the run's folder, to be changed."""
    return shutil.copytree(backstop, tmp_path / "copy")


def raw(amount: Decimal | None) -> int | None:
    """The integer that an amount counts."""
    if amount is None:
        return None
    with localcontext() as context:
        context.prec = 80
        return int(amount * 10**18)


def rows_of(table: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - pyarrow has no types
    """Rows as dictionaries, amounts as integers and times as unix seconds."""
    return [
        {
            name: raw(cell)
            if isinstance(cell, Decimal)
            else int(cell.timestamp())
            if isinstance(cell, datetime)
            else cell
            for name, cell in row.items()
        }
        for row in table.to_pylist()
    ]


def test_every_call_and_event_has_its_row(backstop: Path, tables: RunTables) -> None:
    """Calls and events are those of the journal, in its order, arguments and all."""
    records = read_journal(backstop / "journal.jsonl").records
    calls = rows_of(tables.calls)
    assert [row["step"] for row in calls] == list(range(len(records)))
    for row, record in zip(calls, records, strict=True):
        call, outcome = record.call, record.outcome
        assert (row["at"], row["target"], row["function"]) == (call.at, call.target, call.function)
        assert decode_value(json.loads(row["args"])) == call.args
        assert (row["ok"], row["error"]) == (outcome.ok, outcome.error)
        assert decode_value(json.loads(row["error_args"])) == outcome.error_args
        assert decode_value(json.loads(row["values"])) == outcome.values
        assert row["state_hash"] == record.state_hash.hex()
        assert row["sender"].startswith("0x") or actor(row["sender"]) == call.sender
    expected = [
        (step, number, record.call.at, event)
        for step, record in enumerate(records)
        for number, event in enumerate(record.outcome.events)
    ]
    events = rows_of(tables.events)
    assert [row["events"] for row in calls] == [len(r.outcome.events) for r in records]
    for row, (step, number, at, event) in zip(events, expected, strict=True):
        assert (row["step"], row["event"], row["at"]) == (step, number, at)
        assert (row["target"], row["name"]) == (event.target, event.name)
        assert decode_value(json.loads(row["args"])) == event.args


def test_liquidations_are_those_of_the_summary(backstop: Path, tables: RunTables) -> None:
    """Their number, notional, fees, rewards and routes add up to what the summary says."""
    told = json.loads((backstop / "summary.json").read_bytes())
    found = rows_of(tables.liquidations)
    taken = [row for row in found if row["route"] != "deleverage"]
    counts = told["liquidations"]
    assert len(taken) == counts["partial"] + counts["full"] > 10
    assert sum(row["notional"] for row in taken) == int(counts["notional"])
    assert sum(row["fee"] for row in taken) == int(counts["fees"])
    assert sum(row["reward"] for row in taken) == int(counts["rewards"])
    for route in Route:
        if route != Route.DELEVERAGE:
            expected = told["waterfall"]["routes"][route.name.lower()]["count"]
            assert sum(row["route"] == route.name.lower() for row in found) == expected
    assert {row["taker"] for row in found} >= {"(backstop)"}
    assert len({row["account"] for row in found}) == counts["accounts"]


def test_prices_are_rounds_and_sampled_marks(backstop: Path, tables: RunTables) -> None:
    """Each round has its feed, number and answer; each sampled price stands where it was taken."""
    found = rows_of(tables.prices)
    rounds = [row for row in found if row["kind"] == "round"]
    answers = [
        (step, event.target.partition("/")[2], str(event.args[0]), str(event.args[1]))
        for step, record in enumerate(read_journal(backstop / "journal.jsonl").records)
        for event in record.outcome.events
        if event.name == "AnswerUpdated"
    ]
    assert [(r["step"], r["name"], r["answer"], r["round"]) for r in rounds] == answers
    assert all(row["price"] == int(row["answer"]) * 10 ** (18 - row["decimals"]) for row in rounds)
    reader = SampleReader(backstop / "states.jsonl")
    marks = [
        (sample.at, kind, name, getattr(market, kind))
        for sample in reader
        for name, market in zip(reader.markets, sample.markets, strict=True)
        for kind in ("index", "mark", "liquidation_mark")
        if getattr(market, kind) is not None
    ]
    sampled = [(r["at"], r["kind"], r["name"], r["price"]) for r in found if r["kind"] != "round"]
    assert sampled == marks


def test_accounts_positions_and_funds_are_the_samples(backstop: Path, tables: RunTables) -> None:
    """Each figure of each sample is there, and what could not be priced is empty."""
    samples = list(SampleReader(backstop / "states.jsonl"))
    names = ("account", "cash", "equity", "initial", "maintenance", "fee")
    assert [(r["at"], *(r[name] for name in names)) for r in rows_of(tables.accounts)] == [
        (s.at, a.name, a.cash, a.equity, a.initial, a.maintenance, a.fee)
        for s in samples
        for a in s.accounts
    ]
    positions = [tuple(row.values()) for row in rows_of(tables.positions)]
    market = load_scenario(BACKSTOP).markets[0].name
    assert positions == [
        (s.at, a.name, market, p.size, p.liquidation_price)
        for s in samples
        for a in s.accounts
        for p in a.positions
    ]
    assert [tuple(row.values()) for row in rows_of(tables.funds)] == [
        (s.at, s.insurance_fund, s.unresolved_bad_debt, s.backstop.equity, s.backstop.shares)
        for s in samples
        if s.backstop is not None
    ]


def test_addresses_have_names(tables: RunTables) -> None:
    """Actors, contracts and the system's own accounts are named."""
    found = {row["name"]: row["address"] for row in tables.names.to_pylist()}
    assert found["maker"] == actor("maker")
    assert {"house", "hub", "lens", "(fund)", "(backstop)"} <= found.keys()


@given(st.lists(AMOUNTS | st.none(), min_size=1, max_size=20))
def test_amounts_become_the_same_decimals(amounts: list[int | None]) -> None:
    """Of any width, with any sign, and with gaps."""
    table = [(0, "a", 0, amount, None, 1, -1) for amount in amounts]
    batch = arrow.batch_of(ACCOUNTS, table)
    batch.validate(full=True)
    assert [raw(cell) for cell in batch["equity"].to_pylist()] == amounts
    assert [raw(cell) for cell in batch["fee"].to_pylist()] == [-1] * len(amounts)


@given(AMOUNTS)
def test_amounts_are_written_exactly(amount: int) -> None:
    """As decimals, of which the integer can be had again."""
    text = amount_text(amount)
    assert raw(Decimal(text)) == amount
    assert "E" not in text
    assert not text.startswith("-0") or amount < 0


@pytest.mark.parametrize("amount", [10**DIGITS, -(10**DIGITS), 2**127, 10**60])
def test_an_amount_that_does_not_fit_is_named(amount: int) -> None:
    """Nothing is rounded or cut: table and column are told."""
    with pytest.raises(arrow.AmountTooLarge, match=r"accounts.cash: an amount has more than 38"):
        arrow.batch_of(ACCOUNTS, [(0, "a", amount, 0, 0, 0, 0)])


def read_csv(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def cell_text(kind: Kind, cell: Any) -> str:  # noqa: ANN401 - any cell
    """A cell as CSV holds it, from what Arrow holds."""
    if cell is None:
        return ""
    if kind is Kind.FLAG:
        return str(cell).lower()
    if kind is Kind.TIME:
        return time_text(int(cell.timestamp()))
    return amount_text(raw(cell) or 0) if kind is Kind.AMOUNT else str(cell)


def test_files_hold_what_the_tables_do(
    backstop: Path, tables: RunTables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CSV and Parquet are the loaded tables, cell by cell, whatever the size of a batch."""
    import pyarrow.parquet as pq

    monkeypatch.setattr(rows, "BATCH", 7)
    gathered = export(backstop, tmp_path / "csv", "csv")
    export(backstop, tmp_path / "parquet", "parquet")
    for table in TABLES:
        loaded = tables.tables[table.name]
        assert gathered.rows[table.name] == loaded.num_rows
        assert pq.read_table(tmp_path / "parquet" / f"{table.name}.parquet").equals(loaded)
        kinds = {column.name: column.kind for column in table.columns}
        assert list(read_csv(tmp_path / "csv" / f"{table.name}.csv")) == [
            {name: cell_text(kinds[name], cell) for name, cell in row.items()}
            for row in loaded.to_pylist()
        ]


def test_csv_has_the_same_bytes_each_time(backstop: Path, tmp_path: Path) -> None:
    """On any machine: another hash seed and time zone change nothing."""
    export(backstop, tmp_path / "here", "csv")
    command = [sys.executable, "-m", "weiproof.scripts", "export", str(backstop)]
    command += ["--format", "csv", "--out", str(tmp_path / "there")]
    environment = {"PYTHONHASHSEED": "4711", "TZ": "Pacific/Auckland", "LC_ALL": "C"}
    subprocess.run(command, check=True, env=environment, capture_output=True)
    for table in TABLES:
        file = f"{table.name}.csv"
        assert (tmp_path / "here" / file).read_bytes() == (tmp_path / "there" / file).read_bytes()


def test_polars_has_the_same_decimals(tables: RunTables) -> None:
    """A frame has the rows of the table, and its amounts are decimals."""
    frame = tables.polars("accounts")
    assert frame.height == tables.accounts.num_rows
    assert frame["cash"].to_list() == tables.accounts["cash"].to_pylist()
    with pytest.raises(KeyError):
        tables.polars("nothing")


def test_a_run_tells_its_verdict(backstop: Path, tables: RunTables) -> None:
    """In text and HTML: what it came to, and how many rows each table has."""
    told = json.loads((backstop / "summary.json").read_bytes())
    assert tables.verdict.state_hash == told["state_hash"]
    assert (tables.verdict.calls, tables.verdict.complete) == (told["calls"], True)
    for text in (repr(tables), tables._repr_html_()):
        assert told["scenario"] in text
        assert told["state_hash"] in text
        assert f"{tables.liquidations.num_rows:,} rows" in text
    with pytest.raises(FrozenInstanceError):
        tables.calls = tables.events  # type: ignore[misc]


def test_what_comes_from_a_run_is_escaped(copy: Path) -> None:
    """A scenario's name cannot put anything into a notebook's page."""
    path = copy / "summary.json"
    told = json.loads(path.read_bytes()) | {"scenario": "<script>alert('x')</script>"}
    path.write_text(json.dumps(told))
    assert "<script>" not in load(copy)._repr_html_()
    assert "&lt;script&gt;alert(&#x27;x&#x27;)" in load(copy)._repr_html_()


def rewrite(folder: Path, *, stop: int, record: Record | None = None, end: bool = False) -> None:
    """A journal with the first `stop` calls, a call of choice, and perhaps an end."""
    path = folder / "journal.jsonl"
    read = read_journal(path)
    path.unlink()
    with JournalWriter.create(path, read.header) as writer:
        for each in read.records[:stop]:
            writer.append(each)
        if record is not None:
            writer.append(record)
        if end:
            writer.finish()


def test_a_run_that_stopped_has_what_came_before(copy: Path) -> None:
    """As after a divergence: no summary and no end, and the calls before are there."""
    rewrite(copy, stop=100)
    (copy / "summary.json").unlink()
    (copy / "states.jsonl").unlink()
    (copy / "divergence.json").write_text("{}")
    read = load(copy)
    verdict = read.verdict
    assert (verdict.calls, verdict.complete, verdict.divergences) == (100, False, 1)
    assert (verdict.compared, verdict.scenario) == (None, "")
    assert (read.calls.num_rows, read.accounts.num_rows) == (100, 0)
    assert "unknown" in repr(read)


def test_a_foreign_event_is_named_with_its_line(copy: Path) -> None:
    """A journal whose hashes fit, though an event has not what it should, is damaged."""
    event = Event("house", "Liquidated", (actor("maker"), 99))
    call = Call(2**31, actor("maker"), "house", "liquidate", ())
    rewrite(copy, stop=3, record=Record(call, Outcome(ok=True, events=(event,)), b"\x00" * 32))
    with pytest.raises(JournalError, match="line 5: an event is none of this protocol"):
        load(copy)


def test_another_protocol_is_refused(copy: Path) -> None:
    """Names and decimals come from the protocol, so it must be the one of the journal."""
    path = copy / "protocol.json"
    path.write_text(path.read_text().replace('"maker"', '"taker"'))
    with pytest.raises(JournalError, match=r"protocol.json is not the one"):
        load(copy)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_failed_export_leaves_nothing(copy: Path, tmp_path: Path, kind: str) -> None:
    """Where the journal is damaged no file stays, and what was there is not touched."""
    path = copy / "journal.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"ok":true', b'"ok":false', 500))
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    with pytest.raises(JournalError):
        export(copy, out, kind)
    assert [file.name for file in out.iterdir()] == ["mine.txt"]


def test_nothing_is_overwritten(backstop: Path, tmp_path: Path) -> None:
    """One file that is there stops the export before anything is written."""
    (tmp_path / "funds.csv").write_text("mine")
    with pytest.raises(ExportError, match=r"funds.csv exists"):
        export(backstop, tmp_path, "csv")
    assert [file.name for file in tmp_path.iterdir()] == ["funds.csv"]
    assert (tmp_path / "funds.csv").read_text() == "mine"


def test_without_the_extra_its_name_is_told(
    backstop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parquet and load say what to install; CSV needs nothing."""
    monkeypatch.setattr(arrow, "find_spec", lambda _: None)
    with pytest.raises(arrow.TablesUnavailable, match=r"pip install 'weiproof\[tables\]'"):
        load(backstop)
    with pytest.raises(arrow.TablesUnavailable):
        export(backstop, tmp_path / "parquet", "parquet")
    assert not (tmp_path / "parquet").exists()
    assert export(backstop, tmp_path / "csv", "csv").complete


def test_importing_the_room_imports_nothing_heavy() -> None:
    """`from weiproof.simulation import load` answers at once."""
    code = (
        "import sys; from weiproof.simulation import load;"
        "assert not {'pyarrow', 'polars', 'pydantic', 'eth_utils'} & set(sys.modules), sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_document_says_what_the_tables_hold() -> None:
    """docs/tables.md has each table with its columns, types and meanings, and no other."""
    text = (ROOT / "docs" / "tables.md").read_text("utf-8")
    sections = text.split("\n## ")[2:]
    assert [section.partition("\n")[0] for section in sections] == [t.name for t in TABLES]
    for table, section in zip(TABLES, sections, strict=True):
        rows_there = [line for line in section.splitlines() if line.startswith("| `")]
        assert rows_there == [
            f"| `{c.name}` | {c.kind.value}{', may be empty' if c.optional else ''} | {c.meaning} |"
            for c in table.columns
        ]
        assert table.meaning.lower() in section.lower()
