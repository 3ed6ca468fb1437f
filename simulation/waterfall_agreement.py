"""What a scenario's tables must agree on for the routes of liquidations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .waterfall_tables import ExpectedRoutes

if TYPE_CHECKING:
    from . import schema
    from .validation import Problems


def check_waterfall(document: schema.ScenarioFile, problems: Problems) -> None:
    """Note everything in which vault, providers and nominators do not fit the rest of a file."""
    _check_presence(document, problems)
    _check_nominators(document, problems)
    _check_expected(document, problems)
    start, end = document.scenario.start, document.scenario.end
    for i, provider in enumerate(document.provider):
        if provider.at is not None and not start <= provider.at <= end:
            problems.add(f"provider[{i}].at", "a time within the scenario", "Move it.")


def _check_presence(document: schema.ScenarioFile, problems: Problems) -> None:
    if document.waterfall is not None:
        return
    hint = "Add it: it says when the vault takes over."
    for i, market in enumerate(document.market):
        if market.backstop_capacity:
            expected = "a [waterfall] beside backstop_capacity"
            problems.add(f"market[{i}].backstop_capacity", expected, hint)
    for i, _ in enumerate(document.provider):
        problems.add(f"provider[{i}]", "a [waterfall] beside a [[provider]]", hint)


def _check_expected(document: schema.ScenarioFile, problems: Problems) -> None:
    """Figures of routes are expected only where there are routes."""
    for i, variant in enumerate(document.variant):
        if variant.expect is None or variant.waterfall or document.waterfall is not None:
            continue
        for key in ExpectedRoutes.model_fields:
            if getattr(variant.expect, key) is not None:
                expected = f"a [waterfall] beside {key}"
                hint = "Add it, or take the figure out: without routes there is none."
                problems.add(f"variant[{i}].expect.{key}", expected, hint)


def _check_nominators(document: schema.ScenarioFile, problems: Problems) -> None:
    if document.waterfall is None:
        return
    keepers = {keeper.name for keeper in document.keeper}
    nominators = document.waterfall.nominators
    for i, name in enumerate(nominators):
        key = f"waterfall.nominators[{i}]"
        problems.refer(key, name, keepers, "[[keeper]]")
        if name in nominators[:i]:
            problems.add(key, f"each keeper once, {name} is there already", "Take it out.")
