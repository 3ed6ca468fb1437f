"""A run in memory, as Arrow tables with exact decimals."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from weiproof.simulation.folders import is_broken_invariant, read_document, read_finding
from weiproof.simulation.run import SUMMARY

from .arrow import batch_of, require, schema_of, with_arrow
from .rows import gather
from .schema import TABLES

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

    from .schema import Row, Table


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a run came to."""

    scenario: str
    """Its name; empty where the run did not come to its end."""
    seed: int
    calls: int
    compared: int | None
    """Calls that were compared with the contracts; None where the run did not come to its end."""
    divergences: int
    broken: str
    """The invariant that was broken; empty where none was."""
    complete: bool
    """Whether the run came to its end."""
    state_hash: str
    """After the last call, hex."""

    def facts(self) -> tuple[tuple[str, str], ...]:
        """For people: what, and how it is."""
        compared = "unknown" if self.compared is None else f"{self.compared:,}"
        return (
            ("scenario", self.scenario or "unknown"),
            ("seed", str(self.seed)),
            ("calls", f"{self.calls:,}"),
            ("compared", compared),
            ("divergences", str(self.divergences)),
            *((("broken", self.broken),) if self.broken else ()),
            ("came to its end", "yes" if self.complete else "no"),
            ("state hash", self.state_hash),
        )


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class RunTables:
    """A run's verdict and tables; docs/tables.md says what each holds."""

    folder: Path
    verdict: Verdict
    calls: pa.Table
    events: pa.Table
    prices: pa.Table
    liquidations: pa.Table
    accounts: pa.Table
    positions: pa.Table
    funds: pa.Table
    names: pa.Table

    @property
    def tables(self) -> dict[str, pa.Table]:
        """All tables by their names."""
        return {table.name: getattr(self, table.name) for table in TABLES}

    def polars(self, name: str) -> pl.DataFrame:
        """A table as a Polars frame, decimals exact.

        Raises KeyError where there is no such table, `TablesUnavailable` without polars.
        """
        require("polars")
        import polars as pl

        frame = pl.from_arrow(self.tables[name])
        if isinstance(frame, pl.Series):
            raise TypeError(name)
        return frame

    def __repr__(self) -> str:
        """Verdict and sizes of the tables."""
        return "\n".join(
            [f"Run {self.folder}"]
            + [f"  {what:16}{how}" for what, how in self.verdict.facts()]
            + [f"  {name:16}{size}" for name, size in self._sizes()]
        )

    def _repr_html_(self) -> str:
        """The same for a notebook; whatever comes from the run is escaped."""
        rows = [
            f"<tr><th scope='row'>{escape(what)}</th><td>{escape(how)}</td></tr>"
            for what, how in (*self.verdict.facts(), *self._sizes())
        ]
        caption = f"<caption>Run {escape(str(self.folder))}</caption>"
        return f"<table>{caption}<tbody>{''.join(rows)}</tbody></table>"

    def _sizes(self) -> list[tuple[str, str]]:
        return [
            (name, f"{table.num_rows:,} rows, {table.num_columns} columns")
            for name, table in self.tables.items()
        ]


def load(folder: str | Path) -> RunTables:
    """Reads a run's folder, verifies its journal line by line, and returns its tables.

    Raises `TablesUnavailable` without pyarrow, `JournalError` where a file is damaged,
    `AmountTooLarge` where an amount has more than 38 digits, `OSError` as the files give it.
    """
    with_arrow()
    import pyarrow as pa

    folder = Path(folder)
    batches: dict[str, list[pa.RecordBatch]] = {table.name: [] for table in TABLES}

    def keep(table: Table, rows: list[Row]) -> None:
        batches[table.name].append(batch_of(table, rows))

    gathered = gather(folder, keep)
    told, finding = read_document(folder / SUMMARY), read_finding(folder)
    broken = "" if finding is None or not is_broken_invariant(finding) else str(finding.get("name"))
    verdict = Verdict(
        scenario=str(told.get("scenario", "")),
        seed=gathered.seed,
        calls=gathered.rows["calls"],
        compared=told.get("calls_compared"),
        divergences=int(finding is not None and not broken),
        broken=broken,
        complete=gathered.complete,
        state_hash=gathered.state_hash,
    )
    tables = {t.name: pa.Table.from_batches(batches[t.name], schema_of(t)) for t in TABLES}
    return RunTables(folder, verdict, **tables)
