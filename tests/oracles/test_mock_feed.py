"""A feed that answers whatever it was told to."""

from __future__ import annotations

from tests.engine.desk import ADMIN, who
from tests.oracles.hub_desk import HubDesk


def test_it_answers_what_it_was_told() -> None:
    """Any values, from anybody, for whatever round is asked; before, zeros."""
    desk = HubDesk(30)
    assert desk.call(ADMIN, "m0", "latestRoundData").values == (0, 0, 0, 0, 0)
    told = (2**80 - 1, -(2**255), 2**256 - 1, 1, 0)
    outcome = desk.call(who("anybody"), "m0", "setRound", *told)
    assert (outcome.events[0].name, outcome.events[0].args) == ("RoundSet", told)
    assert desk.call(ADMIN, "m0", "latestRoundData").values == told
    assert desk.call(ADMIN, "m0", "getRoundData", 5).values == told


def test_it_fails_when_told_to() -> None:
    """Reading reverts with its own error, until it is told otherwise; decimals stay readable."""
    desk = HubDesk(30)
    assert desk.call(ADMIN, "m0", "setFailing", True).events[0].args == (True,)
    assert desk.call(ADMIN, "m0", "failing").values == (True,)
    for function, args in (("latestRoundData", ()), ("getRoundData", (1,))):
        outcome = desk.call(ADMIN, "m0", function, *args)
        assert (outcome.error, outcome.error_args) == ("FeedFailing", ())
    assert desk.call(ADMIN, "m0", "decimals").values == (30,)
    assert desk.call(ADMIN, "m0", "setFailing", False).ok
    assert desk.call(ADMIN, "m0", "latestRoundData").ok


def test_it_describes_itself() -> None:
    """A description, and version 0: no real aggregator has it."""
    desk = HubDesk(8)
    assert desk.call(ADMIN, "m0", "description").values == ("mock",)
    assert desk.call(ADMIN, "m0", "version").values == (0,)
