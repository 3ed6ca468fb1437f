"""`weiproof gas`: what each function of the clearing house costs, by the size of the accounts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from . import errors
from .chain_option import ChainType
from .tables import grid, markdown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weiproof.crosscheck.gas import Row, Size

INTRODUCTION = """\
# Gas of the clearing house

Written by `weiproof gas --markdown > docs/gas.md`. Whole gas of a transaction as its receipt has
it: refunds are taken off, and the intrinsic cost (21,000 and the call data) is included. All
storage is cold.

Every party of a call holds as many markets and collateral tokens as the column says: `4 + 3 tokens`
is four markets and three tokens. Each market and each token has a price of its own from one feed,
and every market three margin tiers. An empty cell is a situation that needs a token. Eight markets
and four tokens are there and in use by others in every column.

**Full** has everything on: funding and interest that run, marks with basis and impact price, a
volatility regime that scales requirements, an open-interest scale, the liquidity add-on, caps, an
offset between two markets that whoever holds both holds on opposite sides, a floor below offsets,
margin warnings, three fee tiers, a settlement fee. **Plain** has none of these; rates are zero.

`settleBatch` settles as many losers as winners, in the same markets. A forced close takes part of
the position of who has one market, the whole of who has more. Views are measured as if they were
sent.
"""

TITLES = {"full": "Full", "plain": "Plain"}
FIXED = "Whatever the accounts hold"


class SizeType(click.ParamType[Any]):
    """What every party holds: ``4`` or ``4+3``."""

    name = "markets[+tokens]"

    def convert(self, value: Any, param: Any, ctx: Any) -> Size:  # noqa: ANN401 - click's signature
        """Reads the option."""
        from weiproof.crosscheck.gas import Size

        try:
            return Size.parse(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


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
    type=SizeType(),
    help="Markets and tokens that each party holds; can be given again [1, 2, 4, 8, 4+3, 8+4].",
)
@click.option(
    "--setting",
    "settings",
    multiple=True,
    type=click.Choice(tuple(TITLES)),
    help="With everything on, or without; can be given again [both].",
)
@click.option("--function", "functions", multiple=True, help="Only this one; can be given again.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the text of docs/gas.md.")
def command(
    chain: str,
    sizes: tuple[Size, ...],
    settings: tuple[str, ...],
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
    columns = tuple(dict.fromkeys(sizes)) or gas.SIZES
    situations = [each for each in gas.SITUATIONS if not functions or each.function in functions]
    if not any(gas.sizes_of(each, columns) for each in situations):
        raise errors.BadUsage(f"{functions[0]} needs a token: choose a size such as 4+3")
    chosen = tuple(dict.fromkeys(settings)) or tuple(gas.SETTINGS)
    rows = gas.measure(chain, columns, functions or gas.FUNCTIONS, chosen)
    if as_json:
        report = {
            "chain": chain,
            "sizes": [str(size) for size in columns],
            "settings": chosen,
            "rows": gas.as_json(rows),
        }
        click.echo(json.dumps(report, indent=2, sort_keys=True))
    elif as_markdown:
        click.echo(page(rows, columns, chosen))
    else:
        _print(rows, columns, chosen)
    return errors.PASS


def page(rows: Sequence[Row], sizes: Sequence[Size], settings: Sequence[str]) -> str:
    """The text of docs/gas.md, without a line break at its end."""
    parts = [INTRODUCTION]
    for title, names, (head, *lines) in _tables(rows, sizes, settings):
        rule = (*("---" for _ in range(names)), *("---:" for _ in head[names:]))
        parts.append(f"## {title}\n\n{markdown(head, rule, *lines)}\n")
    return "\n".join(parts).rstrip("\n")


def _print(rows: Sequence[Row], sizes: Sequence[Size], settings: Sequence[str]) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    for title, _, (head, *lines) in _tables(rows, sizes, settings):
        console.print(f"{title}", grid(head, lines), "", sep="\n")


def _tables(
    rows: Sequence[Row], sizes: Sequence[Size], settings: Sequence[str]
) -> Iterator[tuple[str, int, list[tuple[str, ...]]]]:
    """Each table that has rows: title, columns of names, head and lines."""
    from weiproof.crosscheck import gas

    tables = [(TITLES[setting], gas.by_size(rows, setting, sizes)) for setting in settings]
    tables.append((FIXED, gas.fixed(rows, settings)))
    for title, table in tables:
        whole = list(table)
        if len(whole) > 1:
            yield title, 2, whole
