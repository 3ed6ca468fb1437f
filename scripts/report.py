"""`weiproof report`: what a run came to, as one HTML file that opens anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import errors

if TYPE_CHECKING:
    from collections.abc import Callable

REPORT = "report.html"
"""A run's own report, in its folder."""


@click.command("report")
@click.argument("run", metavar="RUN_DIR", type=click.Path(path_type=Path))
@click.argument("other", metavar="[RUN_DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="File to write.")
def command(run: Path, other: Path | None, out: Path | None) -> int:
    """Write the report of the run in RUN_DIR: one HTML file that loads nothing.

    It goes to report.html in that folder, and is renewed there; with --out to another file, which
    may not be there yet. Every line of the journal is verified on the way.
    """
    write(out, run / REPORT, lambda: run_page(run))
    return errors.PASS


def run_page(folder: Path) -> bytes:
    """The report of a run's folder."""
    from weiproof.reports.gathering import gather
    from weiproof.reports.run_report import run_report

    if not (folder / "journal.jsonl").is_file():
        message = f"{folder} is not the folder of a run: it has no journal.jsonl"
        raise errors.BadUsage(message)
    return run_report(gather(folder))


def write(out: Path | None, own: Path, page: Callable[[], bytes]) -> None:
    """Writes a page where it was asked for, or to its own place, where it may be renewed."""
    from weiproof.crosscheck.new_files import write_new

    if out is None:
        path = own
        content = page()
        path.unlink(missing_ok=True)
    else:
        path = place_of(out, own.name)
        content = page()
    write_new(path, content)
    click.echo(f"wrote {path}")


def place_of(out: Path, name: str) -> Path:
    """The file that --out means; refused where something is there already."""
    path = out / name if out.is_dir() else out
    if path.exists():
        raise errors.BadUsage(f"{path} exists, and nothing is overwritten: name another with --out")
    if not path.parent.is_dir():
        raise errors.BadUsage(f"{path.parent} is no folder: make it first, or name another --out")
    return path
