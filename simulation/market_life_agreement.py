"""What a scenario's tables must agree on for the life of markets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .market_life import DELISTED, OPEN, PAUSED, REDUCE_ONLY

if TYPE_CHECKING:
    from . import market_life_tables, schema
    from .validation import Problems


@dataclass(slots=True)
class _Stage:
    """What a market is at some time of a scenario."""

    reduce_only: bool = False
    paused: bool = False
    delisted: bool = False

    def refusal(self, becomes: str) -> tuple[str, str] | None:
        """What an event would need, and a hint; None where the clearing house takes it."""
        if self.delisted:
            return "no event after the market is delisted", "Take it out: its price is final."
        if becomes == DELISTED and not (self.reduce_only or self.paused):
            hint = "Let it become reduce-only or paused before."
            return "a market that is reduce-only or paused before it is delisted", hint
        if becomes in {REDUCE_ONLY, OPEN} and self.reduce_only == (becomes == REDUCE_ONLY):
            return f"a market that is not {becomes} already", "Take one of them out."
        if becomes not in {REDUCE_ONLY, OPEN, DELISTED} and self.paused == (becomes == PAUSED):
            return f"a market that is not {becomes} already", "Take one of them out."
        return None

    def become(self, becomes: str) -> None:
        """Takes note of an event."""
        if becomes == DELISTED:
            self.delisted = True
        elif becomes in {REDUCE_ONLY, OPEN}:
            self.reduce_only = becomes == REDUCE_ONLY
        else:
            self.paused = becomes == PAUSED


def check_market_life(document: schema.ScenarioFile, problems: Problems) -> None:
    """Note every event that is out of time, of no market, or that the contracts would refuse."""
    names = {market.name for market in document.market}
    stages: dict[str, _Stage] = {}
    for i, event in sorted(enumerate(document.market_event), key=lambda pair: pair[1].at):
        key = f"market_event[{i}]"
        if not document.scenario.start <= event.at <= document.scenario.end:
            problems.add(f"{key}.at", "a time within the scenario", "Move it.")
        problems.refer(f"{key}.market", event.market, names, "[[market]]")
        _advance(stages.setdefault(event.market, _Stage()), event, key, problems)


def _advance(
    stage: _Stage, event: market_life_tables.MarketEventTable, key: str, problems: Problems
) -> None:
    refusal = stage.refusal(event.becomes)
    if refusal is None:
        stage.become(event.becomes)
    else:
        problems.add(f"{key}.becomes", *refusal)
