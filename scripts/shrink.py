"""`weiproof shrink`: makes a saved case smaller."""

from __future__ import annotations

from pathlib import Path

import click

from weiproof.contracts.chains import CHAIN_NAMES

from . import errors, hunting
from .chain_option import ChainType
from .target_option import TargetFile


@click.command("shrink")
@click.argument("case", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--target", type=TargetFile(), help="The target's Python file.")
@click.option("--artifacts", type=click.Path(exists=True, path_type=Path), help="Contracts to use.")
@click.option("--chain", type=ChainType(), default=CHAIN_NAMES[0], show_default=True)
@click.option("--trials", type=click.IntRange(1, 10**7), default=20_000, show_default=True)
def command(
    case: Path, target: Path | None, artifacts: Path | None, chain: str, trials: int
) -> int:
    """Shrink CASE to a local minimum that shows the same finding, and save it beside CASE."""
    from weiproof.crosscheck import cases, driver, reports
    from weiproof.crosscheck.hunt import Hunter
    from weiproof.crosscheck.opening import Opening

    saved = cases.load(case)
    opening = Opening(hunting.target_file(saved, case, target), artifacts)
    bench = opening.open(chain)
    fixture, calls = saved.sequences(bench)
    finding = driver.replay(bench, [*fixture, *calls], whole=True)
    if finding is None:
        raise errors.BadUsage(f"{case}: it passes now, there is nothing to shrink")
    with hunting.progress(quiet=False) as follow:
        hunter = Hunter(
            opening,
            chain,
            folder=case.parent,
            most_trials=trials,
            watch_shrinking=follow.shrinking,
        )
        catch = hunter.reduce(fixture, calls, finding, saved.seed, is_raw=False)
    for line in reports.lines_of(catch, bench.names, bench.genesis_time):
        click.echo(line)
    click.echo(f"\nsaved     {catch.case}")
    return errors.PASS
