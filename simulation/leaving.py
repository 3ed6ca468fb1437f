"""Leaving a market that became reduce-only: with the maker as far as it shrinks, and each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .books import Books
    from .traders import TradingFloor


class Exit:
    """Brings together who leaves a market; who finds nobody waits for the next one to leave."""

    def __init__(self, floor: TradingFloor, books: Books) -> None:
        """Trades on the floor."""
        self._floor = floor
        self._books = books
        self._waiting: dict[int, list[str]] = {}

    def leave(self, account: str, market: int, at: int) -> None:
        """Closes an account's position as far as others, whose positions that shrinks, take it."""
        if not self._books.is_active(market):
            return
        waiting = self._waiting.setdefault(market, [])
        self._close(account, self._floor.maker_of(market), market, at)
        for other in tuple(waiting):
            self._close(account, other, market, at)
            if self._books.size(other, market) == 0:
                waiting.remove(other)
        if self._books.size(account, market) != 0:
            waiting.append(account)

    def _close(self, account: str, other: str, market: int, at: int) -> None:
        size, opposite = self._books.size(account, market), self._books.size(other, market)
        if size * opposite >= 0:
            return
        closed = min(abs(size), abs(opposite)) * (-1 if size > 0 else 1)
        if other == self._floor.maker_of(market):
            self._floor.force(account, market, closed, at)
        else:
            self._floor.cross(account, other, market, closed, at)
