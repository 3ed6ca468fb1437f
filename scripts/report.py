"""`weiproof report`: what a run came to, or a case shows, as one HTML file that opens anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from weiproof.contracts.chains import CHAIN_NAMES

from . import errors, hunting
from .target_option import TargetFile

if TYPE_CHECKING:
    from weiproof.crosscheck.bench import Bench, Finding
    from weiproof.crosscheck.opening import Opening
    from weiproof.engine.call import Call
    from weiproof.reports.gathering import RunFacts

REPORT, COMPARISON = "report.html", "comparison.html"
"""A run's own report in its folder, and a comparison where no file is named."""

CHAIN = CHAIN_NAMES[0]


@click.command("report")
@click.argument("subject", metavar="RUN_DIR|CASE", type=click.Path(path_type=Path))
@click.argument("other", metavar="[RUN_DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="File to write, or folder.")
@click.option("--target", type=TargetFile(), help="Of a case: its Python file.")
@click.option(
    "--artifacts",
    type=click.Path(exists=True, path_type=Path),
    help="Of a case: contracts to use instead of the target's own.",
)
def command(
    subject: Path, other: Path | None, out: Path | None, target: Path | None, artifacts: Path | None
) -> int:
    """Write the report of the run in RUN_DIR, or of CASE: one HTML file that loads nothing.

    A run's report is report.html in its folder, and is renewed there; a case's stands here under
    the case's name. Two folders are laid side by side, in comparison.html. With --out it goes to
    another file; what is there already is overwritten nowhere else. Every line of a journal is
    verified on the way.
    """
    if other is not None:
        path = place_of(out, Path(COMPARISON))
        content = comparison_page(subject, other)
    elif subject.is_file():
        path = place_of(out, Path(f"{subject.stem}.html"))
        content = case_page(subject, target, artifacts)
    elif out is None:
        content = run_page(subject)
        path = subject / REPORT
        path.unlink(missing_ok=True)
    else:
        path = place_of(out, Path(REPORT))
        content = run_page(subject)
    put(path, content)
    return errors.PASS


def put(path: Path, content: bytes, *, quiet: bool = False) -> None:
    """Writes a page that is not there yet, and says where."""
    from weiproof.crosscheck.new_files import write_new

    write_new(path, content)
    if not quiet:
        click.echo(f"wrote {path}")


def place_of(out: Path | None, usual: Path) -> Path:
    """The file that is to be written; refused where something is there already."""
    path = usual if out is None else out / usual.name if out.is_dir() else out
    if path.exists():
        raise errors.BadUsage(f"{path} exists, and nothing is overwritten: name another with --out")
    if not path.parent.is_dir():
        raise errors.BadUsage(f"{path.parent} is no folder: make it first, or name another --out")
    return path


def run_page(folder: Path) -> bytes:
    """The report of a run's folder."""
    from weiproof.reports.run_report import run_report

    return run_report(gathered(folder))


def comparison_page(first: Path, second: Path) -> bytes:
    """The comparison of two runs."""
    from weiproof.reports.comparison import comparison_report

    return comparison_report(gathered(first), gathered(second))


def gathered(folder: Path) -> RunFacts:
    """What a run's folder holds."""
    from weiproof.reports.gathering import gather

    if not (folder / "journal.jsonl").is_file():
        message = f"{folder} is not the folder of a run: it has no journal.jsonl"
        raise errors.BadUsage(message)
    return gather(folder)


def case_page(path: Path, target: Path | None, artifacts: Path | None) -> bytes:
    """The report of a saved case: what it shows now."""
    from weiproof.crosscheck import cases, driver
    from weiproof.crosscheck.diagnosis import diagnose
    from weiproof.crosscheck.opening import Opening
    from weiproof.reports.finding_report import FindingFacts, finding_report

    case = cases.load(path)
    opening = Opening(hunting.target_file(case, path, target), artifacts)
    bench = opening.open(CHAIN)
    fixture, calls = case.sequences(bench)
    finding = driver.replay(bench, [*fixture, *calls], whole=True)
    diagnosis, text, why = None, "", "Nothing is left that a test could show."
    if finding is not None:
        diagnosis = diagnose(opening.open(CHAIN), fixture, calls, finding)
        text, why = solidity(opening, fixture, calls, finding)
    return finding_report(
        FindingFacts(
            target=case.target,
            seed=case.seed,
            names=bench.names,
            genesis_time=bench.genesis_time,
            fixture=fixture,
            calls=calls,
            finding=finding,
            diagnosis=diagnosis,
            solidity=text,
            no_solidity=why,
            saved=case.finding,
            again=f"weiproof replay {path.name}",
        )
    )


def solidity(
    opening: Opening, fixture: list[Call], calls: list[Call], finding: Finding
) -> tuple[str, str]:
    """The Foundry test of a finding; where there can be none, an empty text and the reason."""
    from weiproof.crosscheck.exports.expectation import ExportError
    from weiproof.crosscheck.exports.foundry import foundry_test

    bench: Bench = opening.open(CHAIN)
    try:
        return foundry_test(bench, fixture, calls, finding)[1], ""
    except ExportError as error:
        return "", f"There is no test of it: {error}."
