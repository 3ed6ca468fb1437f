"""`weiproof fuzz`: seeded random calls, valid and invalid, on model and contracts in lockstep."""

from __future__ import annotations

import json
import shlex
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from weiproof.contracts.chains import CHAIN_NAMES, shown_name

from . import errors, fuzz_report, hunting
from .chain_option import ChainType
from .fuzz_report import Hunt
from .target_option import TargetFile, as_given

if TYPE_CHECKING:
    from weiproof.crosscheck.driver import Campaign, Limits
    from weiproof.crosscheck.hunt import Catch, Hunter

MOST_STEPS = 10**9
DEFAULT_STEPS = 5000
"""Calls where neither steps nor seconds are given."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    target: Path | None
    steps: int | None
    workers: int
    driver: str
    seconds: int | None
    seed: int
    chain: str
    against: str | None
    artifacts: Path | None
    folder: Path
    trials: int
    evidence: Path | None
    markdown: Path | None
    junit: Path | None
    report: Path | None
    as_json: bool

    @property
    def most_steps(self) -> int | None:
        """Calls to compare; None where time alone ends it."""
        if self.steps is None and self.seconds is None:
            return DEFAULT_STEPS
        return self.steps


@click.command("fuzz")
@click.option(
    "--target",
    type=TargetFile(),
    help="Python file of a target of your own; without one, the margin contracts.",
)
@click.option("--steps", type=click.IntRange(1, MOST_STEPS), help="Calls to compare.")
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    help="Processes that share the steps; each has the next seed.",
)
@click.option(
    "--driver",
    type=click.Choice(("bulk", "search")),
    default="bulk",
    show_default=True,
    help="Weighted draws aimed at edges, or a Hypothesis state machine.",
)
@click.option("--seconds", type=click.IntRange(1, 10**7), help="Stop after so much time.")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**64 - 1),
    default=0,
    show_default=True,
    help="Fixes the whole sequence.",
)
@click.option(
    "--chain",
    type=ChainType(),
    default=CHAIN_NAMES[0],
    show_default=True,
    help="EVM that is used.",
)
@click.option("--against", type=ChainType(), help="Second EVM that must agree.")
@click.option(
    "--artifacts",
    type=click.Path(exists=True, path_type=Path),
    help="Contracts to use instead of the target's own.",
)
@click.option(
    "--cases",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("cases"),
    show_default=True,
    help="Where counterexamples are saved; those saved before run first.",
)
@click.option(
    "--trials",
    type=click.IntRange(0, 10**7),
    default=20_000,
    show_default=True,
    help="Most trials when shrinking; 0 leaves a finding as it is.",
)
@click.option(
    "--evidence",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a bundle there that `weiproof verify` checks.",
)
@click.option("--markdown", type=click.Path(path_type=Path), help="Write the report there, too.")
@click.option("--junit", type=click.Path(path_type=Path), help="Write JUnit's XML there, too.")
@click.option("--report", type=click.Path(path_type=Path), help="Write it as HTML there, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def command(**given: Any) -> int:  # noqa: ANN401 (an option each, see Options)
    """Send seeded random calls to model and contracts, and compare.

    Outcomes and touched state are compared after each call, the whole state now and then, the
    invariants always. The first difference is saved as a case, shrunk to a minimum and told; the
    exit code is then 1. Cases that were saved before run first.
    """
    options = Options(**given)
    _refuse_together(options)
    _refuse_places(options.evidence, options.markdown, options.junit, options.report)
    hunt = _hunted(options)
    if options.evidence is not None:
        _write_evidence(options.evidence, hunt)
    report = fuzz_report.report_of(hunt)
    report["steps"] = options.most_steps
    report["uncompared"] = _uncompared(hunt.hunter)
    if options.target is None:
        report["unseen"] = _unseen(hunt.campaign)
    fuzz_report.write(hunt, options.markdown, options.junit)
    if options.report is not None:
        fuzz_report.write_page(options.report, hunt, report)
    if options.as_json:
        click.echo(json.dumps(report, indent=2, sort_keys=True))
    else:
        fuzz_report.show(hunting.console(quiet=False), hunt, report)
    return errors.DIVERGENCE if hunt.failed else errors.PASS


def _hunted(options: Options) -> Hunt:
    """Runs saved cases and the campaign, and shrinks what is found."""
    from weiproof.crosscheck.hunt import Hunter
    from weiproof.crosscheck.opening import Opening

    with hunting.progress(quiet=options.as_json) as follow:
        hunter = Hunter(
            Opening(options.target, options.artifacts),
            options.chain,
            against=options.against,
            folder=options.folder,
            most_trials=options.trials,
            watch_shrinking=follow.shrinking,
        )
        saved = hunter.saved()
        started = time.process_time()
        campaign = _campaign(hunter, options, follow)
        spent = max(time.process_time() - started, 1e-9)
        catch = None if campaign.passed else _caught(hunter, campaign, options.folder)
    return Hunt(hunter, campaign, saved, catch, spent, _again(options))


def _refuse_together(options: Options) -> None:
    """Refuses options that exclude each other, before anything is opened."""
    if options.seconds is not None and options.workers > 1:
        raise errors.BadUsage("--workers needs --steps, not --seconds")
    if options.driver == "search" and options.workers > 1:
        raise errors.BadUsage("--driver search has one process: leave out --workers")


def _refuse_places(evidence: Path | None, *files: Path | None) -> None:
    """Refuses places that nothing can be written to, before hours are spent."""
    if evidence is not None and evidence.is_dir() and any(evidence.iterdir()):
        message = f"{evidence} holds something, and nothing is overwritten: name another folder"
        raise errors.BadUsage(message)
    for file in files:
        if file is not None and file.is_file():
            message = f"{file} is there already, and nothing is overwritten: name another file"
            raise errors.BadUsage(message)
        if file is not None and (file.is_dir() or not file.parent.is_dir()):
            raise errors.BadUsage(f"{file}: a file in a folder that exists is expected")


def _caught(hunter: Hunter, campaign: Campaign, folder: Path) -> Catch:
    """What was found, saved and shrunk; an interruption leaves it as it was found."""
    try:
        return hunter.catch(campaign)
    except KeyboardInterrupt:
        message = f"a finding is in {folder} as it was found; `weiproof shrink` makes it smaller"
        click.echo(message, err=True)
        raise


def _again(options: Options) -> str:
    target, against = options.target, options.against
    given: list[tuple[str, object]] = [
        ("--target", None if target is None else as_given(target)),
        ("--steps", options.most_steps),
        ("--seconds", options.seconds),
        ("--seed", options.seed),
        ("--workers", options.workers if options.workers > 1 else None),
        ("--driver", options.driver if options.driver != "bulk" else None),
        ("--chain", shown_name(options.chain)),
        ("--against", None if against is None else shown_name(against)),
        ("--artifacts", options.artifacts),
    ]
    parts = [str(word) for option in given if option[1] is not None for word in option]
    return shlex.join(["weiproof", "fuzz", *parts])


def _campaign(hunter: Hunter, options: Options, follow: hunting.Follow) -> Campaign:
    from weiproof.crosscheck import workers as parallel

    steps, seed = options.most_steps, options.seed
    if options.driver == "search":
        return hunter.search(seed, _limits(options), follow.comparing(steps))
    if steps is not None and options.workers > 1:
        opening, against = hunter.opening, hunter.against
        return parallel.run(opening, hunter.chain, seed, steps, options.workers, against)
    return hunter.campaign(seed, _limits(options), follow.comparing(steps))


def _limits(options: Options) -> Limits:
    from weiproof.crosscheck.driver import Limits

    if options.seconds is None:
        return Limits(options.most_steps)
    until = time.monotonic() + options.seconds
    return Limits(options.most_steps, lambda: time.monotonic() >= until)


def _uncompared(hunter: Hunter) -> list[str]:
    """Functions of the target that no twin answers."""
    if hunter.opening.target_file is None:
        return []
    bench: Any = hunter.opening.open(CHAIN_NAMES[0])
    return list(bench.uncompared)


def _unseen(campaign: Campaign) -> dict[str, list[str]]:
    """Reachable errors and events of the margin contracts that did not occur."""
    from weiproof.contracts import artifact_store
    from weiproof.crosscheck.fuzz.reachability import expected_errors, expected_events

    tally, store = campaign.tally, artifact_store.shipped()
    return {
        "errors": [name for name in expected_errors(store) if not tally.errors[name]],
        "events": [name for name in expected_events(store) if not tally.events[name]],
    }


def _write_evidence(folder: Path, hunt: Hunt) -> None:
    from datetime import datetime, timezone

    from weiproof.crosscheck import evidence

    hunter, catch = hunt.hunter, hunt.catch
    document = evidence.evidence_of(
        hunt.campaign,
        hunter.opening.open(hunter.chain),
        command=hunt.again,
        target_file=hunter.opening.target_file,
        seconds=int(hunt.spent),
        started_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
    )
    cases = [catch.case] if catch is not None and catch.case is not None else []
    evidence.write(folder, document, cases)
