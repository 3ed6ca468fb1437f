"""`weiproof oracle policies`: what named policies ask for, and what they do at their edges."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any

import click

from weiproof.contracts.chains import quickest, shown_name
from weiproof.engine.records import LIQUIDATION, TRADE
from weiproof.oracles.presets import PRESETS
from weiproof.oracles.price_policy import NO_LIMIT
from weiproof.oracles.price_records import PURPOSES

from . import errors, hunting
from .chain_option import ChainType
from .tables import grid, markdown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rich.console import Console

    from weiproof.crosscheck.boundaries import Table
    from weiproof.oracles.presets import Preset

PURPOSE_NAMES = ("trade", "liquidate", "deposit", "withdraw", "reduce", "settle")

WORDS = {
    "StalePrice": "stale",
    "FutureRound": "future",
    "Panic": "panic",
    "IncompleteRound": "incomplete",
    "NonPositiveAnswer": "not positive",
    "PriceTooLarge": "too high",
    "FeedUnreadable": "unreadable",
    "SequencerDown": "down",
    "SequencerInGrace": "grace",
    "SequencerUnreadable": "unknown",
}
"""Short words for errors in tables."""


@click.command("policies")
@click.argument("names", nargs=-1)
@click.option(
    "--chain",
    type=ChainType(),
    metavar=ChainType.name,
    help="EVM that is used; else revm where it is installed, and pyevm where it is not.",
)
@click.option("--all", "everything", is_flag=True, help="All policies.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print Markdown tables only.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def command(
    names: tuple[str, ...], chain: str | None, everything: bool, as_markdown: bool, as_json: bool
) -> int:
    """List the policies, or show what those of NAMES do at their edges.

    Each state of a feed meets each state of the sequencer, for every purpose, and every read is
    made on the model and on the contract; they must agree. The sequencer is asked first, then the
    kind of the round, then its age, so that the three tables hold for every combination.
    """
    from weiproof.crosscheck.boundaries import SidesDiffer, boundaries

    chosen = tuple(PRESETS) if everything else names
    _refuse_unknown(chosen)
    if chosen and chain is None:
        chain = quickest()
    try:
        tables = boundaries(chosen, chain) if chosen and chain else {}
    except SidesDiffer as differ:
        raise errors.Divergence(f"model and contract differ: {differ}") from None
    if as_json:
        described = {name: _form(name, tables) for name in chosen or PRESETS}
        click.echo(json.dumps({"policies": described}, indent=2))
    elif as_markdown:
        listed = f"{asked_in_markdown()}\n\n{sources_in_markdown()}"
        click.echo(in_markdown(tables) if chosen else listed)
    else:
        _print(hunting.console(quiet=False), tables, shown_name(chain) if chain else "")
    return errors.PASS


def _refuse_unknown(names: Sequence[str]) -> None:
    for name in names:
        if name not in PRESETS:
            near = difflib.get_close_matches(name, PRESETS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(PRESETS)}"
            raise errors.BadUsage(f"no policy is called {name!r}; {hint}")


# WHAT IS ASKED


def asked(preset: Preset) -> tuple[str, str, str, str, str, str]:
    """Age, future, other rounds, zero, reducer and sequencer in words."""
    rules = preset.rules
    if not preset.asks_age:
        age = "any"
    elif preset.lenient:
        age = "to the limit, or to the longer one to " + purposes(preset.lenient)
    else:
        age = "to the limit"
    if rules.future_panics:
        future = "panics"
    else:
        future = {0: "none", NO_LIMIT: "any"}.get(rules.max_ahead, f"to {rules.max_ahead} s")
    waits = "is not asked"
    if preset.waits:
        clock = "updatedAt" if preset.by_update else "startedAt"
        waits = f"up {preset.grace:,} s since {clock}, to {purposes(preset.waits)}"
    return (
        age,
        future,
        "count" if rules.any_round else "do not count",
        "counts" if rules.zero_counts else "does not count",
        preset.reducer.name.lower().replace("_", " "),
        waits,
    )


ASKED = ("age", "future", "incomplete rounds", "zero", "of several feeds", "the sequencer")


def purposes(bits: int) -> str:
    """Purposes in words."""
    if bits == PURPOSES:
        return "read at all"
    return " or ".join(name for bit, name in enumerate(PURPOSE_NAMES) if bits & 1 << bit)


def asked_in_markdown() -> str:
    """What every policy asks, as a Markdown table."""
    rows = [(f"`{name}`", *asked(preset)) for name, preset in PRESETS.items()]
    return _ruled(("policy", *ASKED), rows)


def sources_in_markdown() -> str:
    """What every policy but our own copies, and what it cannot, as a Markdown table."""
    rows = [
        (f"`{name}`", preset.source, preset.otherwise or "nowhere that is known")
        for name, preset in PRESETS.items()
        if name != "weiproof"
    ]
    return _ruled(("policy", "read in", "where the original differs"), rows)


# WHAT IS DONE


def edges(tables: Mapping[str, Table]) -> Iterator[tuple[str, Mapping[str, Mapping[str, str]]]]:
    """Titles and tables: outcomes by policy, of each state."""
    yield "an ordinary round, by age; to trade", {n: t.by_age(TRADE) for n, t in tables.items()}
    lenient = {n: t for n, t in tables.items() if PRESETS[n].lenient}
    if lenient:
        found = {name: table.by_age(LIQUIDATION) for name, table in lenient.items()}
        yield "the same; to liquidate or settle", found
    yield "a new round, by kind", {n: t.by_kind(TRADE) for n, t in tables.items()}
    waiting = {n: t for n, t in tables.items() if PRESETS[n].waits}
    if waiting:
        found = {name: table.by_uptime(LIQUIDATION) for name, table in waiting.items()}
        yield "a new ordinary round, by the sequencer's state; to liquidate", found


def in_markdown(tables: Mapping[str, Table]) -> str:
    """All tables, in Markdown."""
    parts = []
    for title, found in edges(tables):
        heading = f"**{title[0].upper()}{title[1:]}**"
        head = ("state", *(f"`{name}`" for name in found))
        parts.append(f"{heading}\n\n{_ruled(head, _rows(found))}")
    return "\n\n".join(parts)


def _rows(found: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, ...]]:
    for state in next(iter(found.values())):
        yield (state, *(WORDS.get(told[state], told[state]) for told in found.values()))


def _ruled(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return markdown(head, ["---"] * len(head), *rows)


def _print(console: Console, tables: Mapping[str, Table], chain: str) -> None:
    for name in tables or PRESETS:
        _describe(console, name, PRESETS[name], whole=bool(tables))
    for title, found in edges(tables) if tables else ():
        console.print(f"\n[bold]{title}[/bold]")
        console.print(grid(("", *found), _rows(found)))
    if tables:
        reads = sum(table.reads for table in tables.values())
        console.print(f"\n{reads:,} reads compared on {chain}, 0 differences")
    else:
        console.print("\nweiproof oracle policies NAME shows what one does at its edges")


def _describe(console: Console, name: str, preset: Preset, *, whole: bool) -> None:
    from rich.markup import escape

    console.print(f"[bold]{name}[/bold]  {escape(preset.source)}", highlight=False)
    if not whole:
        return
    for title, told in zip(ASKED, asked(preset), strict=True):
        console.print(f"  {title}: {told}", highlight=False)
    if preset.otherwise:
        console.print(f"  the original differs: {escape(preset.otherwise)}", highlight=False)


def _form(name: str, tables: Mapping[str, Table]) -> dict[str, Any]:
    preset = PRESETS[name]
    told: dict[str, Any] = {
        "source": preset.source,
        "otherwise": preset.otherwise,
        **dict(zip(ASKED, asked(preset), strict=True)),
    }
    if name in tables:
        table = tables[name]
        told["reads_compared"] = table.reads
        told["edges"] = [
            {
                "sequencer": uptime,
                "age": age,
                "round": kind,
                "purpose": PURPOSE_NAMES[purpose],
                "outcome": outcome,
            }
            for (uptime, (age, kind), purpose), outcome in table.cells.items()
        ]
    return told
