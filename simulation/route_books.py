"""What keepers see of a liquidation's routes: read from the model, which that does not change."""

from __future__ import annotations

from functools import cmp_to_key
from typing import TYPE_CHECKING

from weiproof.crosscheck.protocol import house_of
from weiproof.engine import deleveraging, liquidation, pricing, ramp, views
from weiproof.engine.deleveraging_records import MAX_CANDIDATES
from weiproof.engine.errors import Revert
from weiproof.engine.fixed_point import WAD, mul_div_down
from weiproof.engine.records import LIQUIDATION, TRADE

if TYPE_CHECKING:
    from weiproof.engine.backstop_records import Route
    from weiproof.engine.call import Call, Outcome
    from weiproof.engine.deleveraging import Candidate
    from weiproof.engine.model import Model

    from .books import Books


def _order(first: Candidate, second: Candidate) -> int:
    return -1 if deleveraging.precedes(first, second) else 1


_RANK = cmp_to_key(_order)
"""Candidates by the rule's own comparison; no two of them are equal."""


class RouteBooks:
    """Routes, sizes and candidates of liquidations in the model."""

    def __init__(self, model: Model, books: Books) -> None:
        """Takes the model of the `books`."""
        self._model = model
        self._ledger = house_of(model).ledger
        self._books = books

    def route(self, account: str, market: int, at: int) -> Route | None:
        """The route that the protocol tells; None where no price can be trusted."""
        self._model.world.now = at
        try:
            return views.liquidation_route(self._ledger, account, market)
        except Revert:
            return None

    def would(self, call: Call) -> Outcome:
        """What a call would come to."""
        return self._model.view(call)

    def liquidation_size(self, account: str, market: int, at: int) -> int:
        """What a takeover may take now, WAD; 0 where it may not, or without a price."""
        self._model.world.now = at
        try:
            return views.liquidation_size(self._ledger, account, market)
        except Revert:
            return 0

    def highest_reward(self, market: int, size: int, at: int) -> tuple[int, int]:
        """The mark of a liquidation, WAD, and the most that a keeper can earn with `size`, wei.

        Both 0 where no price can be trusted.
        """
        self._model.world.now = at
        ledger = self._ledger
        try:
            mark = pricing.mark_of(ledger, pricing.new_marks(ledger, LIQUIDATION), market)
        except Revert:
            return 0, 0
        fee = liquidation.fee_of(size, mark, ramp.liquidation_fee_rate(ledger, market))
        reward = mul_div_down(fee, ledger.parameters.liquidator_share, WAD)
        return mark, max(reward, ledger.parameters.minimum_keeper_reward)

    def opposite_holder(self, account: str, market: int, accounts: tuple[str, ...]) -> str | None:
        """The largest holder of the opposite side."""
        return self._books.opposite_holder(account, market, accounts)

    def mark(self, market: int, at: int) -> int:
        """The mark, WAD; 0 where no price can be trusted."""
        return self._books.mark(market, at) or 0

    def size(self, account: str, market: int) -> int:
        """What the account holds there, WAD, without its sign."""
        return abs(self._ledger.positions.read(account, market).size)

    def is_long(self, account: str, market: int) -> bool:
        """Whether the account is long there."""
        return self._ledger.positions.read(account, market).size > 0

    def is_bankrupt(self, account: str, at: int) -> bool:
        """Whether the account may be flagged."""
        self._model.world.now = at
        try:
            return deleveraging.is_bankrupt(self._ledger, account)
        except Revert:
            return False

    def flagged(self, account: str) -> bool:
        """Whether the account has a flag."""
        return self._ledger.flags.read(account).flagged_at != 0

    def is_due(self, account: str, at: int) -> bool:
        """Whether the time since its flag has passed."""
        self._model.world.now = at
        try:
            deleveraging.require_due(self._ledger, account)
        except Revert:
            return False
        return True

    def candidates(
        self, account: str, market: int, at: int, accounts: tuple[str, ...]
    ) -> tuple[tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]]:
        """Who may be deleveraged against the account's position: nominated ones, and others.

        Each with its size (WAD), best first; of the others as many as the list has places left.
        """
        self._model.world.now = at
        ledger, is_long = self._ledger, not self.is_long(account, market)
        entered = ledger.candidates.read(market, is_long).accounts
        marks = pricing.new_marks(ledger, TRADE)
        found = (
            deleveraging.candidate_of(ledger, marks, market, each, is_long=is_long)
            for each in accounts
            if each != account
        )
        ranked = sorted((each for each in found if each.weight), key=_RANK)
        rows = tuple((each.account, abs(each.size)) for each in ranked)
        listed = tuple(row for row in rows if row[0] in entered)
        others = tuple(row for row in rows if row[0] not in entered)
        return listed, others[: MAX_CANDIDATES - len(entered)]
