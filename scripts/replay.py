"""`weiproof replay`: runs a journal again and verifies every hash."""

from __future__ import annotations

import json
from pathlib import Path

import click

from weiproof.contracts.chains import CHAIN_NAMES

from . import errors


@click.command("replay")
@click.argument("run_dir", type=click.Path(path_type=Path))
@click.option(
    "--chain", type=click.Choice(CHAIN_NAMES), help="Compare with the contracts too, on this EVM."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def command(run_dir: Path, chain: str | None, as_json: bool) -> int:
    """Verify the run in RUN_DIR by running its journal again.

    Every line's hash, every outcome, state hash and digest, and the summary must come out as
    written; otherwise the command ends with exit code 4.
    """
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
        click.echo(f"{done.compared} calls compared with the contracts on {chain}, 0 divergences")
    click.echo(f"state hash {done.state_hash}")
    return errors.PASS
