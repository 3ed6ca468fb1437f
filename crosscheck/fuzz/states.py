"""Rare states that a campaign should pass through, told from a call's events."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from weiproof.contracts.chains import ZERO_ADDRESS
from weiproof.engine import deleveraging, pricing
from weiproof.engine.backstop_records import Route
from weiproof.engine.errors import Revert
from weiproof.engine.fixed_point import WAD
from weiproof.engine.records import TRADE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weiproof.engine.call import Call, Event, Outcome
    from weiproof.engine.records import Ledger

STATES = (
    "taken over in part",
    "taken over whole",
    "filled by the market in part",
    "filled by the market whole",
    "taken over by the backstop vault in part",
    "taken over by the backstop vault whole",
    "taken over by the fund in part",
    "taken over by the fund whole",
    "force-closed in part",
    "force-closed whole",
    "deficit met by the fund alone",
    "deficit met in part by the fund",
    "deficit socialised",
    "deficit left over after the cap",
    "deficit left over without a charge",
    "bad debt repaid in part or whole",
    "income of the fund beyond bad debt",
    "keeper paid from the reserve",
    "funding booked for a payer",
    "funding booked for a receiver",
    "socialised loss booked",
    "loss settled",
    "profit settled",
    "position turned or closed by a trade",
    "dust swept",
    "token trade that left dust",
    "claims that will be paid in full",
    "claims that will be paid in part",
    "market closed with money of the fund",
    "market closed with bad debt",
    "loss on a closed market paid to the fund",
    "deleveraged whole",
    "deleveraged in part",
    "deleveraged against several",
    "deleveraged where candidates tie",
    "withdrawals closed by bad debt",
    "withdrawals opened again",
    "candidate replaced",
)
"""All states that are counted."""


class Around:
    """States that are told by looking at the model before a call and after it."""

    def __init__(self, ledger: Ledger, call: Call) -> None:
        """The model's clock must stand at the call's time."""
        self._ledger = ledger
        self._closed = ledger.record.unresolved_bad_debt > 0
        self._ties = call.function == "autoDeleverage" and _ties(ledger, call)

    def states(self, outcome: Outcome) -> Iterator[str]:
        """The states that the call led to."""
        if self._ties and outcome.ok:
            yield "deleveraged where candidates tie"
        closed = self._ledger.record.unresolved_bad_debt > 0
        if closed != self._closed:
            yield "withdrawals closed by bad debt" if closed else "withdrawals opened again"


def _ties(ledger: Ledger, call: Call) -> bool:
    """Whether two candidates against a position have the same rank."""
    account, market_id, _ = call.args
    if not isinstance(account, str) or not isinstance(market_id, int):
        return False
    is_long = ledger.positions.read(account, market_id).size > 0
    try:
        marks = pricing.new_marks(ledger, TRADE)
        ranked = deleveraging.ranked(ledger, marks, market_id, is_long=not is_long)
    except Revert:
        return False
    return any(
        first.weight > 0 and first.weight * second.equity == second.weight * first.equity
        for first, second in pairwise(ranked)
    )


_ROUTES = {
    Route.KEEPER: "taken over",
    Route.MARKET: "filled by the market",
    Route.BACKSTOP: "taken over by the backstop vault",
    Route.FUND: "taken over by the fund",
    Route.FORCED_CLOSE: "force-closed",
}


def states_of(outcome: Outcome) -> Iterator[str]:
    """The states that a call passed through."""
    for i, event in enumerate(outcome.events):
        reader = _READERS.get(event.name)
        if reader is not None:
            yield from reader(event, outcome.events[:i])


def _liquidated(event: Event, before: tuple[Event, ...]) -> Iterator[str]:
    account, market_id, *_, reward, _deficit, route = event.args
    changes = [e.args for e in before if e.name == "PositionChanged"]
    whole = any(args[:3] == (account, market_id, 0) for args in changes)
    yield f"{_ROUTES[route]} {'whole' if whole else 'in part'}"  # type: ignore[index]
    used = any(e.name == "ReserveChanged" and e.args[0] == account for e in before)
    if used and reward:
        yield "keeper paid from the reserve"


def _deficit_covered(event: Event, _: tuple[Event, ...]) -> Iterator[str]:
    _account, _market_id, from_fund, socialised, unresolved = event.args
    if from_fund and not (socialised or unresolved):
        yield "deficit met by the fund alone"
    elif from_fund:
        yield "deficit met in part by the fund"
    if socialised:
        yield "deficit socialised"
    if unresolved:
        yield f"deficit left over {'after the cap' if socialised else 'without a charge'}"


def _credited(event: Event, _: tuple[Event, ...]) -> Iterator[str]:
    amount, repaid = event.args
    if repaid:
        yield "bad debt repaid in part or whole"
        if amount != repaid:
            yield "income of the fund beyond bad debt"


def _booked(event: Event, _: tuple[Event, ...]) -> Iterator[str]:
    _account, _market_id, funding, loss = event.args
    if isinstance(funding, int) and funding:
        yield f"funding booked for a {'receiver' if funding > 0 else 'payer'}"
    if loss:
        yield "socialised loss booked"


def _settled(event: Event, _: tuple[Event, ...]) -> Iterator[str]:
    amount = event.args[2]
    if isinstance(amount, int):
        yield "profit settled" if amount > 0 else "loss settled"


def _traded(event: Event, before: tuple[Event, ...]) -> Iterator[str]:
    size = event.args[3]
    changes = [e.args[2] for e in before if e.name == "PositionChanged"]
    if any(isinstance(c, int) and isinstance(size, int) and abs(c) < size for c in changes):
        yield "position turned or closed by a trade"


def _swept(_event: Event, _: tuple[Event, ...]) -> Iterator[str]:
    yield "dust swept"


def _market_closed(event: Event, _: tuple[Event, ...]) -> Iterator[str]:
    _market_id, ratio, claims, from_fund, unresolved = event.args
    if claims:
        yield f"claims that will be paid in {'full' if ratio == WAD else 'part'}"
    if from_fund:
        yield "market closed with money of the fund"
    if unresolved:
        yield "market closed with bad debt"


def _final_settled(_event: Event, before: tuple[Event, ...]) -> Iterator[str]:
    paid = any(e.name == "InsuranceFundCredited" for e in before)
    changed = any(e.name == "PositionChanged" for e in before)
    if paid and not changed and any(e.name == "ProfitSettled" for e in before):
        yield "loss on a closed market paid to the fund"


def _token_traded(event: Event, _: tuple[Event, ...]) -> Iterator[str]:
    paid, received = event.args[5:7]
    if paid != received:
        yield "token trade that left dust"


def _deleveraged(event: Event, before: tuple[Event, ...]) -> Iterator[str]:
    account, market_id, *_ = event.args
    changes = [e.args for e in before if e.name == "PositionChanged"]
    whole = any(args[:3] == (account, market_id, 0) for args in changes)
    yield f"deleveraged {'whole' if whole else 'in part'}"
    if any(e.name == "Deleveraged" for e in before):
        yield "deleveraged against several"


def _nominated(event: Event, _: tuple[Event, ...]) -> Iterator[str]:
    if event.args[2] != ZERO_ADDRESS:
        yield "candidate replaced"


_READERS: dict[str, Callable[[Event, tuple[Event, ...]], Iterator[str]]] = {
    "DeficitCovered": _deficit_covered,
    "Deleveraged": _deleveraged,
    "DustSwept": _swept,
    "FinalSettled": _final_settled,
    "FundingBooked": _booked,
    "InsuranceFundCredited": _credited,
    "Liquidated": _liquidated,
    "MarketClosed": _market_closed,
    "Nominated": _nominated,
    "ProfitSettled": _settled,
    "SpotTradeSettled": _token_traded,
    "TradeSettled": _traded,
}
