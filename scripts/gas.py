"""`weiproof gas`: what each function of the clearing house costs, by the size of the accounts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from . import errors
from .chain_option import ChainType
from .tables import grid, markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weiproof.crosscheck.gas import Row

INTRODUCTION = """\
# Gas of the clearing house

Written by `weiproof gas --markdown`. Whole gas of a transaction as its receipt has it: refunds are
taken off, and the intrinsic cost (21,000 and the call data, shown apart) is included. Every party
holds as many markets as the column says, each with a price of its own from one feed, and all
storage is cold. Every market has funding to accrue. What does not depend on the number of markets
stands once. Views are measured as if they were sent. A forced close takes part of the
position with one or two markets, the whole with four or eight.
"""


@click.command("gas")
@click.option(
    "--chain",
    type=ChainType(),
    default="eth-tester",
    show_default=True,
    help="EVM to measure on; revm's figures are an indication only.",
)
@click.option(
    "--size",
    "sizes",
    multiple=True,
    type=click.IntRange(1, 8),
    help="Markets that each party holds; can be given again [1, 2, 4, 8].",
)
@click.option("--function", "functions", multiple=True, help="Only this one; can be given again.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the text of docs/gas.md.")
def command(
    chain: str,
    sizes: tuple[int, ...],
    functions: tuple[str, ...],
    as_json: bool,
    as_markdown: bool,
) -> int:
    """Measure the gas of each function of the clearing house.

    Figures are the receipts' gas of whole transactions, intrinsic cost included.
    """
    from weiproof.crosscheck import gas

    if as_json and as_markdown:
        raise errors.BadUsage("--json and --markdown are two forms of one output: choose one")
    unknown = [name for name in functions if name not in gas.FUNCTIONS]
    if unknown:
        known = ", ".join(gas.FUNCTIONS)
        raise errors.BadUsage(f"{unknown[0]} is not measured; these are: {known}")
    chosen = tuple(sorted({*sizes})) or gas.SIZES
    rows = gas.measure(chain, chosen, functions or gas.FUNCTIONS)
    if as_json:
        report = {"chain": chain, "sizes": chosen, "rows": gas.as_json(rows)}
        click.echo(json.dumps(report, indent=2, sort_keys=True))
    elif as_markdown:
        click.echo(page(rows, chosen))
    else:
        from rich.console import Console

        Console(highlight=False).print(grid(gas.head(chosen), gas.lines(rows, chosen)))
    return errors.PASS


def page(rows: Sequence[Row], sizes: Sequence[int]) -> str:
    """The text of docs/gas.md, without a line break at its end."""
    from weiproof.crosscheck import gas

    titles = gas.head(sizes)
    rule = ("---", "---", *("---:" for _ in titles[2:]))
    return f"{INTRODUCTION}\n{markdown(titles, rule, *gas.lines(rows, sizes))}"
