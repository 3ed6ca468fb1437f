"""`weiproof report`: what a run came to, or a case shows, as one HTML file that opens anywhere."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from weiproof.contracts.chains import quickest, shown_name

from . import errors, hunting
from .chain_option import ChainType
from .target_option import TargetFile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weiproof.crosscheck.bench import Bench, Finding
    from weiproof.engine.call import Call
    from weiproof.reports.finding_report import FindingFacts
    from weiproof.reports.gathering import RunFacts

REPORT, COMPARISON = "report.html", "comparison.html"
"""A run's own report in its folder, and a comparison where no file is named."""

TRIALS = 200
"""Trials of a run's shrinking: many of its calls go in the first ones."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    subject: Path
    other: Path | None
    out: Path | None
    target: Path | None
    artifacts: Path | None
    trials: int
    chain: str | None


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
@click.option(
    "--trials",
    type=click.IntRange(0, 10**7),
    default=TRIALS,
    show_default=True,
    help="Of a run that ended early: most trials when its calls are shrunk; 0 leaves them.",
)
@click.option(
    "--chain",
    type=ChainType(),
    help="Of a case or such a run: EVM that it is played on again; the quickest by default.",
)
def command(**given: Any) -> int:  # noqa: ANN401 (an option each, see Options)
    """Write the report of the run in RUN_DIR, or of CASE: one HTML file that loads nothing.

    A run's report is report.html in its folder, and is renewed there; a case's stands here under
    the case's name. Two folders are laid side by side, in comparison.html. With --out it goes to
    another file; what is there already is overwritten nowhere else. Every line of a journal is
    verified on the way.
    """
    options = Options(**given)
    subject, out = options.subject, options.out
    if not subject.is_file() and (options.target or options.artifacts):
        raise errors.BadUsage("--target and --artifacts are for a case, not for a run")
    if options.other is not None:
        path = place_of(out, Path(COMPARISON))
        content = comparison_page(subject, options.other)
    elif subject.is_file():
        path = place_of(out, Path(f"{subject.stem}.html"))
        content = case_page(subject, options)
    elif out is None:
        content = run_page(subject, options.chain, options.trials)
        path = subject / REPORT
        path.unlink(missing_ok=True)
    else:
        path = place_of(out, Path(REPORT))
        content = run_page(subject, options.chain, options.trials)
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


def run_page(folder: Path, chain: str | None = None, trials: int = TRIALS) -> bytes:
    """The report of a run's folder; one that ended early is played again and shrunk."""
    from weiproof.reports.run_report import run_report

    facts = gathered(folder)
    finding = None
    if facts.finding is not None and trials:
        finding = _shrunk(folder, facts, facts.finding, chain or quickest(), trials)
    return run_report(facts, finding, played_again=trials > 0)


def _shrunk(
    folder: Path, facts: RunFacts, written: dict[str, Any], chain: str, trials: int
) -> FindingFacts | None:
    from weiproof.reports.finding_report import FindingFacts
    from weiproof.simulation.run_shrinking import shrink_run

    shrunk = shrink_run(folder, facts.spec, facts.actors, written, chain=chain, most_trials=trials)
    if shrunk is None:
        return None
    text, why = solidity(shrunk.open, shrunk.fixture, shrunk.calls, shrunk.finding)
    end = "a local minimum" if shrunk.complete else "more trials may leave fewer"
    return FindingFacts(
        target=facts.name,
        seed=facts.header.seed,
        names=shrunk.open().names,
        genesis_time=facts.spec.genesis_time,
        fixture=shrunk.fixture,
        calls=shrunk.calls,
        finding=shrunk.finding,
        diagnosis=shrunk.diagnosis,
        solidity=text,
        no_solidity=why,
        saved={},
        how=f"Of {facts.calls:,} calls of the run these are left after {shrunk.trials:,} trials,"
        f" and show it still: {end}.",
    )


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


def case_page(path: Path, options: Options) -> bytes:
    """The report of a saved case: what it shows now."""
    from weiproof.crosscheck import cases, driver
    from weiproof.crosscheck.diagnosis import diagnose
    from weiproof.crosscheck.opening import Opening
    from weiproof.reports.finding_report import FindingFacts, finding_report

    case = cases.load(path)
    opening = Opening(hunting.target_file(case, path, options.target), options.artifacts)

    def opened() -> Bench:
        return opening.open(options.chain or quickest())

    bench = opened()
    fixture, calls = case.sequences(bench)
    finding = driver.replay(bench, [*fixture, *calls], whole=True)
    diagnosis, text, why = None, "", "Nothing is left that a test could show."
    if finding is not None:
        diagnosis = diagnose(opened(), fixture, calls, finding)
        text, why = solidity(opened, fixture, calls, finding)
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
            again=_command(path, options),
        )
    )


def _command(case: Path, options: Options) -> str:
    """What shows a case again, on the same contracts."""
    parts = ["weiproof", "replay", str(case)]
    for name, value in (
        ("target", options.target),
        ("artifacts", options.artifacts),
        ("chain", options.chain and shown_name(options.chain)),
    ):
        parts += [f"--{name}", str(value)] if value else []
    return shlex.join(parts)


def solidity(
    opened: Callable[[], Bench], fixture: Sequence[Call], calls: Sequence[Call], finding: Finding
) -> tuple[str, str]:
    """The Foundry test of a finding; where there can be none, an empty text and the reason."""
    from weiproof.crosscheck.exports.expectation import ExportError
    from weiproof.crosscheck.exports.foundry import foundry_test

    try:
        return foundry_test(opened(), fixture, calls, finding)[1], ""
    except ExportError as error:
        return "", f"There is no test of it: {error}."
