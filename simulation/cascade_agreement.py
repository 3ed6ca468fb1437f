"""What a scenario's tables must agree on for depth and room in blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import schema
    from .validation import Problems


def check_cascades(document: schema.ScenarioFile, problems: Problems) -> None:
    """Note everything in which depth, bids and demand do not fit the rest of a file."""
    _check_depth(document, problems)
    _check_bids(document, problems)
    _check_demand(document, problems)


def _check_depth(document: schema.ScenarioFile, problems: Problems) -> None:
    deep = {path.name for path in document.path if path.depth is not None}
    for i, feed in enumerate(document.feed):
        for key in ("average", "hop"):
            if feed.source in deep and getattr(feed, key) is not None:
                hint = f"Take out {key}, or let the nodes observe another path."
                expected = f"no {key} where the source ({feed.source}) has depth"
                problems.add(f"feed[{i}].{key}", expected, hint)
        if feed.gas is not None and feed.gas in deep:
            problems.add(f"feed[{i}].gas", "a path without depth", "Gas is no venue.")


def _check_bids(document: schema.ScenarioFile, problems: Problems) -> None:
    senders = [(f"feed[{i}]", feed.bid) for i, feed in enumerate(document.feed)]
    senders += [(f"keeper[{i}]", keeper.bid) for i, keeper in enumerate(document.keeper)]
    for key, bid in senders:
        if document.blockspace is None and bid is not None:
            expected = "a [blockspace] beside bid"
            problems.add(f"{key}.bid", expected, "Without it every call finds its place.")
        if document.blockspace is not None and bid is None:
            problems.add(f"{key}.bid", "a bid, room in blocks is limited", "Add it.")
    for i, feed in enumerate(document.feed):
        if document.blockspace is not None and feed.gas is not None:
            hint = "Room in blocks already decides when it is published. Take gas out."
            problems.add(f"feed[{i}].gas", "no gas beside a [blockspace]", hint)


def _check_demand(document: schema.ScenarioFile, problems: Problems) -> None:
    without = {path.name for path in document.path if path.depth is None}
    demands = [] if document.blockspace is None else document.blockspace.demand
    for i, demand in enumerate(demands):
        key = f"blockspace.demand[{i}].gas"
        problems.refer(key, demand.gas, without, "[[path]] without depth")
