"""`weiproof verify`: checks a bundle of evidence."""

from __future__ import annotations

import json
from pathlib import Path

import click

from . import errors


@click.command("verify")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def command(folder: str, as_json: bool) -> int:
    """Check every hash of the evidence in DIR, and say what it is evidence of.

    It ends with exit code 4 where a file was changed, added or taken away, and with 1 where the
    campaign had found a divergence. The command that is printed runs the campaign again: its counts
    and its state hash must then be the same.
    """
    from weiproof.crosscheck import evidence

    if not Path(folder, evidence.MANIFEST).is_file():
        message = f"{folder} is no bundle of evidence: it has no {evidence.MANIFEST}"
        raise errors.BadUsage(message)
    document = evidence.verify(Path(folder))
    code = errors.PASS if document["divergences"] == 0 else errors.DIVERGENCE
    if as_json:
        click.echo(json.dumps(document, indent=2, sort_keys=True))
        return code
    click.echo("every hash verified")
    click.echo(
        f"{document['target']}: {document['calls_compared']:,} calls and"
        f" {document['views_compared']:,} views compared on {document['chain']},"
        f" {document['divergences']} divergences"
    )
    bound = document["bound"]
    if bound is not None:
        click.echo(
            f"divergences per call below {bound['divergences_per_call_below']}"
            f" at {bound['confidence']} confidence. {bound['assumptions']}"
        )
    click.echo(f"state hash {document['state_hash']}")
    click.echo(f"again: {document['command']}")
    return code
