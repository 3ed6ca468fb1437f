"""`weiproof replay`: runs a journal again and verifies every hash, or a saved case."""

from __future__ import annotations

import json
from pathlib import Path

import click

from weiproof.contracts.chains import CHAIN_NAMES, shown_name

from . import errors, hunting
from .chain_option import ChainType
from .target_option import TargetFile


@click.command("replay")
@click.argument("run", metavar="RUN_DIR|CASE", type=click.Path(path_type=Path))
@click.option("--chain", type=ChainType(), help="Compare with the contracts too, on this EVM.")
@click.option("--target", type=TargetFile(), help="Of a case: its Python file.")
@click.option(
    "--artifacts",
    type=click.Path(exists=True, path_type=Path),
    help="Of a case: contracts to use instead of the target's own.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def command(
    run: Path, chain: str | None, target: Path | None, artifacts: Path | None, as_json: bool
) -> int:
    """Verify the run in RUN_DIR by running its journal again, or make the calls of CASE again.

    Of a run, every line's hash, every outcome, state hash and digest, and the summary must come out
    as written; otherwise the command ends with exit code 4. A case ends with 1 where model and
    contracts differ still, and with 0 where they agree now.
    """
    if run.is_file():
        return _replay_case(run, chain or CHAIN_NAMES[0], target, artifacts, as_json=as_json)
    return _replay_run(run, chain, as_json=as_json)


def _replay_case(
    path: Path, chain: str, target: Path | None, artifacts: Path | None, *, as_json: bool
) -> int:
    from weiproof.crosscheck import cases, driver
    from weiproof.crosscheck.divergence import KINDS
    from weiproof.crosscheck.opening import Opening

    case = cases.load(path)
    bench = Opening(hunting.target_file(case, path, target), artifacts).open(chain)
    fixture, calls = case.sequences(bench)
    finding = driver.replay(bench, [*fixture, *calls], whole=True)
    if as_json:
        report = {
            "calls": len(fixture) + len(calls),
            "divergences": 0 if finding is None else 1,
            "same": finding is not None and finding.identity == case.identity,
            "finding": None if finding is None else finding.as_json(bench.names),
        }
        click.echo(json.dumps(report, indent=2, sort_keys=True))
    elif finding is None:
        click.echo(
            f"{len(fixture) + len(calls)} calls replayed on {shown_name(chain)}, 0 divergences"
        )
    else:
        click.echo(KINDS[finding.kind])
        click.echo(finding.describe(bench.names))
        if finding.identity != case.identity:
            click.echo("This is another finding than the one that was saved.")
    return errors.PASS if finding is None else errors.DIVERGENCE


def _replay_run(run_dir: Path, chain: str | None, *, as_json: bool) -> int:
    from weiproof.crosscheck.divergence import DivergenceFound
    from weiproof.simulation.replay import replay

    if not (run_dir / "journal.jsonl").is_file():
        message = f"{run_dir} is not the folder of a run: it has no journal.jsonl"
        raise errors.BadUsage(message)
    try:
        done = replay(run_dir, chain=chain)
    except DivergenceFound as found:
        raise errors.Divergence(str(found)) from found
    if as_json:
        report = {
            "calls": done.calls,
            "calls_compared": done.compared,
            "divergences": 0,
            "state_hash": done.state_hash,
        }
        click.echo(json.dumps(report, indent=2, sort_keys=True))
        return errors.PASS
    click.echo(f"{done.calls} calls replayed, every hash verified")
    if chain is not None:
        where = shown_name(chain)
        click.echo(f"{done.compared} calls compared with the contracts on {where}, 0 divergences")
    click.echo(f"state hash {done.state_hash}")
    return errors.PASS
