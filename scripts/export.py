"""`weiproof export`: a saved case as a test for another tool."""

from __future__ import annotations

from pathlib import Path

import click

from weiproof.contracts.chains import CHAIN_NAMES

from . import errors, hunting
from .target_option import TargetFile

CHAIN = CHAIN_NAMES[0]


@click.command("export")
@click.argument("case", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--format",
    "kind",
    type=click.Choice(("foundry", "pytest")),
    required=True,
    help="A Foundry test, or a pytest test.",
)
@click.option("--target", type=TargetFile(), help="The target's Python file.")
@click.option("--artifacts", type=click.Path(exists=True, path_type=Path), help="Contracts to use.")
@click.option("--out", type=click.Path(path_type=Path), help="File to write, or folder.")
@click.option("--embed", is_flag=True, help="Put the contracts' code into the Foundry test itself.")
def command(
    case: Path,
    kind: str,
    target: Path | None,
    artifacts: Path | None,
    out: Path | None,
    embed: bool,
) -> int:
    """Write CASE as a test: it fails on the faulty contracts, and passes on mended ones.

    The Foundry test needs no library; it takes the contracts from the project it is run in, or with
    --embed from itself. Nothing is overwritten.
    """
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
