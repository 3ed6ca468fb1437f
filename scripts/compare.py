"""`weiproof compare`: the variants of a scenario side by side."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from weiproof.engine.backstop_records import Route

from . import errors, hunting
from .display import human
from .scenario_options import find_scenario, running_options
from .tables import grid, markdown

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from weiproof.simulation.comparison import Outcome
    from weiproof.simulation.run import Check
    from weiproof.simulation.scenario import Expected, Scenario

COLUMNS = ("variant", "liquidated", "notional", "bad debt", "shortfall", "refused")
ROUTE_COLUMNS = (
    *("variant", "keeper", "market", "backstop", "fund", "deleverage", "forced close"),
    *("deleveraged", "socialised", "vault", "fund's lowest", "gate shut"),
)
COUNTS = 7
"""Columns before the amounts."""
TOKEN_DIGITS = 6


@click.command("compare")
@click.argument("scenario")
@click.option(
    "--variant", "chosen", multiple=True, metavar="NAME", help="Only this one; may be repeated."
)
@running_options
@click.option("--markdown", "as_markdown", is_flag=True, help="Print a Markdown table only.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def command(
    scenario: str,
    chosen: tuple[str, ...],
    check: Check,
    chain: str,
    seed: int | None,
    data: Path | None,
    as_markdown: bool,
    as_json: bool,
) -> int:
    """Run each variant of SCENARIO, a TOML file or the name of a shipped one.

    Liquidated are the accounts of which anything was; the shortfall is what accounts would owe at
    the end at the price that the nodes of each market's first feed observe, whatever the mark says.
    Where the file says what a variant comes to with its own seed, anything else ends with exit
    code 1.
    """
    from weiproof.simulation.comparison import variants_of
    from weiproof.simulation.loading import load_scenario

    file = find_scenario(scenario)
    written = load_scenario(file, data=data)
    # All of them first: what is wrong with the last is not told after the others have run.
    scenarios = [
        load_scenario(file, data=data, seed=seed, variant=name)
        for name in chosen or variants_of(written)
    ]
    expecting = seed in {None, written.seed}
    outcomes = [_outcome(each, check, chain, expecting=expecting) for each in scenarios]
    if as_json:
        report = {"scenario": written.name, "variants": [_form(each) for each in outcomes]}
        click.echo(json.dumps(report, indent=2))
    elif as_markdown:
        click.echo("\n\n".join(filter(None, (table(outcomes), routes_table(outcomes)))))
    else:
        _print(written.description or written.name, outcomes)
    return errors.PASS if all(each.as_expected for each in outcomes) else errors.DIVERGENCE


def _outcome(scenario: Scenario, check: Check, chain: str, *, expecting: bool) -> Outcome:
    from weiproof.crosscheck.divergence import DivergenceFound
    from weiproof.simulation.comparison import AS_WRITTEN, outcome

    try:
        return outcome(scenario, check=check, chain=chain, expecting=expecting)
    except DivergenceFound as found:
        message = f"{scenario.variant or AS_WRITTEN}: {found}"
        raise errors.Divergence(message) from found


def table(outcomes: Iterable[Outcome]) -> str:
    """The outcomes as a Markdown table; whole tokens, and the error of most refused calls."""
    rule = ("---", *["---:"] * (len(COLUMNS) - 2), "---")
    return markdown(COLUMNS, rule, *map(_row, outcomes))


def routes_table(outcomes: Iterable[Outcome]) -> str:
    """How often each route was taken and what came of it; empty where no variant has routes."""
    rows = [_routes_row(each) for each in outcomes if each.found.routes is not None]
    rule = ("---", *["---:"] * (len(ROUTE_COLUMNS) - 1))
    return markdown(ROUTE_COLUMNS, rule, *rows) if rows else ""


def _routes_row(outcome: Outcome) -> tuple[str, ...]:
    """Counts, then amounts cut to whole tokens; a dash for what has no price."""
    found = outcome.found
    amounts = (found.deleveraged, found.socialised, found.vault_result, found.fund_lowest)
    return (
        outcome.variant,
        *map(str, found.routes or ()),
        *("-" if each is None else human(each, TOKEN_DIGITS, 0) for each in amounts),
        str(found.gate_closings),
    )


def _row(outcome: Outcome) -> tuple[str, ...]:
    found = outcome.found
    most = Counter(outcome.refused).most_common(1)
    return (
        outcome.variant,
        str(found.liquidated),
        human(outcome.notional, places=0),
        human(found.bad_debt, TOKEN_DIGITS, 0),
        human(found.shortfall, TOKEN_DIGITS, 0),
        f"{most[0][0]} {most[0][1]}" if most else "none",
    )


def _print(title: str, outcomes: list[Outcome]) -> None:
    from rich.markup import escape

    console = hunting.console(quiet=False)
    console.print(f"[bold]{escape(title)}[/bold]\n")
    console.print(grid(COLUMNS[:-1], (map(escape, _row(each)[:-1]) for each in outcomes)))
    console.print()
    with_routes = [each for each in outcomes if each.found.routes is not None]
    for head in (slice(1, COUNTS), slice(COUNTS, None)) if with_routes else ():
        rows = ((row[0], *row[head]) for row in map(_routes_row, with_routes))
        titles = (ROUTE_COLUMNS[0], *ROUTE_COLUMNS[head])
        console.print(grid(titles, (map(escape, row) for row in rows)))
        console.print()
    for outcome in outcomes:
        refused = _row(outcome)[-1]
        told = "; ".join(filter(None, (outcome.description, f"refused: {refused}")))
        console.print(f"[bold]{escape(outcome.variant)}[/bold]: {escape(told)}")
    compared = sum(outcome.compared for outcome in outcomes)
    told = f"{compared:,} calls compared, 0 divergences" if compared else "model only"
    console.print(f"\n{told}")
    for outcome in outcomes:
        if not outcome.as_expected and outcome.expected is not None:
            wanted = _figures(outcome.expected)
            found = _figures(outcome.found.as_asked(outcome.expected))
            console.print(f"[red]{escape(outcome.variant)}[/red]: expected {wanted}, found {found}")


def _figures(expected: Expected) -> str:
    """As it stands in a file."""
    debt, shortfall = map(_amount, (expected.bad_debt, expected.shortfall))
    figures = [f"liquidated = {expected.liquidated}, bad_debt = {debt}, shortfall = {shortfall}"]
    if expected.routes is not None:
        names = (route.name.lower() for route in Route)
        counts = zip(names, expected.routes, strict=True)
        taken = ", ".join(f"{name} = {count}" for name, count in counts if count)
        figures.append(f"routes = {{ {taken} }}")
    for name in ("socialised", "fund_lowest", "vault_result", "deleveraged"):
        amount = getattr(expected, name)
        figures += [] if amount is None else [f"{name} = {_amount(amount)}"]
    if expected.gate_closings is not None:
        figures.append(f"gate_closings = {expected.gate_closings}")
    return ", ".join(figures)


def _amount(amount: int) -> str:
    return human(amount, TOKEN_DIGITS, TOKEN_DIGITS).replace(",", "_")


def _form(outcome: Outcome) -> dict[str, Any]:
    """JSON form; amounts in token units, notional and fund in wei, as decimal strings."""
    return {
        "variant": outcome.variant,
        "description": outcome.description,
        "liquidated": outcome.found.liquidated,
        "bad_debt": str(outcome.found.bad_debt),
        "shortfall": str(outcome.found.shortfall),
        "notional_liquidated": str(outcome.notional),
        "insurance_fund_end": str(outcome.fund),
        "refused": outcome.refused,
        "calls_compared": outcome.compared,
        "as_expected": outcome.as_expected,
        **_routes_form(outcome.found),
    }


def _routes_form(found: Expected) -> dict[str, Any]:
    """Counts by route and amounts in token units, where the scenario has routes."""
    if found.routes is None:
        return {}
    names = ("socialised", "fund_lowest", "vault_result", "deleveraged")
    amounts = {name: getattr(found, name) for name in names}
    return {
        "routes": {route.name.lower(): found.routes[route] for route in Route},
        **{name: None if each is None else str(each) for name, each in amounts.items()},
        "gate_closings": found.gate_closings,
    }
