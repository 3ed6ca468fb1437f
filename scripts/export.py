"""`weiproof export`: a saved case as a test for another tool, or a run as tables."""

from __future__ import annotations

from pathlib import Path

import click

from weiproof.contracts.chains import CHAIN_NAMES

from . import errors, hunting
from .target_option import TargetFile

CHAIN = CHAIN_NAMES[0]
OF_CASE, OF_RUN = ("foundry", "pytest"), ("parquet", "csv")
"""Formats of a saved case, and of a run's folder."""


@click.command("export")
@click.argument("source", metavar="CASE|RUN_DIR", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--format",
    "kind",
    type=click.Choice((*OF_CASE, *OF_RUN)),
    required=True,
    help="Of a case a Foundry test or a pytest test; of a run Parquet or CSV files.",
)
@click.option("--target", type=TargetFile(), help="Of a case: its Python file.")
@click.option(
    "--artifacts",
    type=click.Path(exists=True, path_type=Path),
    help="Of a case: contracts to use.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Of a case: file to write, or folder. Of a run: folder, by default in the run's.",
)
@click.option(
    "--embed", is_flag=True, help="Of a case: put the contracts' code into the Foundry test itself."
)
def command(
    source: Path,
    kind: str,
    target: Path | None,
    artifacts: Path | None,
    out: Path | None,
    embed: bool,
) -> int:
    """Write CASE as a test, or the run in RUN_DIR as tables. Nothing is overwritten.

    The test of a case fails on the faulty contracts, and passes on mended ones. The Foundry test
    needs no library; it takes the contracts from the project it is run in, or with --embed from
    itself.

    Of a run there is one file a table: calls, events, prices, liquidations, accounts, positions,
    funds and names; docs/tables.md describes them. Parquet needs the extra `tables`.
    """
    if not source.is_dir():
        if kind in OF_RUN:
            raise errors.BadUsage(
                f"{source} is a file: --format {kind} is for the folder of a run;"
                f" a saved case has {' and '.join(OF_CASE)}"
            )
        return _export_case(source, kind, target, artifacts, out, embed=embed)
    if kind in OF_CASE:
        raise errors.BadUsage(
            f"{source} is a folder: --format {kind} is for a saved case;"
            f" a run has {' and '.join(OF_RUN)}"
        )
    if target is not None or artifacts is not None or embed:
        raise errors.BadUsage(
            f"{source} is a folder: --target, --artifacts and --embed are for a saved case"
        )
    return _export_run(source, kind, out)


def _export_run(folder: Path, kind: str, out: Path | None) -> int:
    from weiproof.simulation.run import JOURNAL
    from weiproof.simulation.tables.files import export

    if not (folder / JOURNAL).is_file():
        raise errors.BadUsage(f"{folder} is not the folder of a run: it has no {JOURNAL}")
    out = folder / kind if out is None else out
    for name, rows in export(folder, out, kind).rows.items():
        click.echo(f"wrote {out / name}.{kind}, {rows:,} rows")
    return errors.PASS


def _export_case(
    case: Path,
    kind: str,
    target: Path | None,
    artifacts: Path | None,
    out: Path | None,
    *,
    embed: bool,
) -> int:
    from weiproof.crosscheck import cases, driver
    from weiproof.crosscheck.exports.foundry import foundry_test
    from weiproof.crosscheck.exports.python import pytest_test
    from weiproof.crosscheck.new_files import write_new
    from weiproof.crosscheck.opening import Opening

    saved = cases.load(case)
    file = hunting.target_file(saved, case, target)
    opening = Opening(file, artifacts)
    bench = opening.open(CHAIN)
    fixture, calls = saved.sequences(bench)
    finding = driver.replay(bench, [*fixture, *calls], whole=True)
    if finding is None:
        raise errors.BadUsage(
            f"{case}: it passes now, so there is nothing that a test could show;"
            " name the faulty contracts with --artifacts"
        )
    if kind == "foundry":
        name, text = foundry_test(opening.open(CHAIN), fixture, calls, finding, embed=embed)
        path = _place(out, f"{name}.t.sol")
    else:
        name, text = pytest_test(bench, fixture, calls, finding, file)
        path = _place(out, f"{name}.py")
    write_new(path, text)
    click.echo(f"wrote {path}")
    return errors.PASS


def _place(out: Path | None, name: str) -> Path:
    path = Path(name) if out is None else out / name if out.is_dir() else out
    if path.exists():
        raise errors.BadUsage(f"{path} exists, and nothing is overwritten: name another with --out")
    if not path.parent.is_dir():
        raise errors.BadUsage(f"{path.parent} is no folder: make it first, or name another --out")
    return path
