"""Liveness: with fresh prices and no pause, nobody stays below maintenance.

:func:`resolve` needs no keeper, no matcher and no money: top-ups that owners planned, forced closes
at the mark, which are open against any holder of the opposite side, closes at the final price of a
delisted market and the market's own, and the cover of what is owed by who has nothing left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.engine.bits import each_bit
from weiproof.engine.call import Call
from weiproof.engine.life_records import DELISTED

from .protocol import house_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.engine.model import Model
    from weiproof.engine.records import Ledger

CALLS_FOR_A_POSITION = 4
"""Most calls that are needed, for each open position and account there is."""


class Stuck(Exception):
    """A call that must be open was refused, or there is no end to them."""


def resolve(model: Model, caller: str, at: int) -> list[Call]:
    """Brings every account to health or closure, and answers with the calls, already applied.

    Every price must be fresh enough for trades at `at`, and nothing paused. Raises :class:`Stuck`.
    """
    ledger = house_of(model).ledger
    made: list[Call] = []
    accounts = _accounts(ledger)
    positions = sum(len(_held(ledger, each)) for each in accounts)
    most = CALLS_FOR_A_POSITION * (positions + len(accounts))
    while (call := _next(model, ledger, accounts, caller, at)) is not None:
        outcome = model.apply(call)
        made.append(call)
        if not outcome.ok:
            message = f"{call} is refused: {outcome.error}{outcome.error_args}"
            raise Stuck(message)
        if len(made) > most:
            message = f"{most} calls were not enough for {positions} positions"
            raise Stuck(message)
    return made


def _next(model: Model, ledger: Ledger, accounts: list[str], caller: str, at: int) -> Call | None:
    for account in accounts:
        held = _held(ledger, account)
        if held and _says(model, caller, at, "isLiquidatable", account):
            top_up = Call(at, caller, "house", "topUp", (account,))
            if model.view(top_up).ok:
                return top_up
            market_id = held[0]
            if ledger.markets.read(market_id).phase >= DELISTED:
                return Call(at, caller, "house", "settleFinal", (account, market_id))
            other = _opposite(ledger, accounts, account, market_id)
            return Call(at, caller, "house", "forceClose", (account, market_id, other))
        record = ledger.accounts.read(account)
        if not held and not record.collaterals and _owes(model, caller, at, account):
            for market_id in each_bit(record.markets):
                if ledger.markets.read(market_id).phase == DELISTED:
                    return _ending(ledger, accounts, market_id, caller, at)
            return Call(at, caller, "house", "coverDebt", (account,))
    return None


def _ending(ledger: Ledger, accounts: list[str], market_id: int, caller: str, at: int) -> Call:
    """A delisted market is closed once everybody in it is settled: what claims bear comes first."""
    for account in accounts:
        if ledger.positions.read(account, market_id).size != 0:
            return Call(at, caller, "house", "settleFinal", (account, market_id))
    return Call(at, caller, "house", "closeMarket", (market_id,))


def _says(model: Model, caller: str, at: int, view: str, account: str) -> object:
    outcome = model.view(Call(at, caller, "house", view, (account,)))
    if not outcome.ok:
        message = f"{view} of {account} is refused: {outcome.error}{outcome.error_args}"
        raise Stuck(message)
    return outcome.values[0]


def _owes(model: Model, caller: str, at: int, account: str) -> bool:
    equity = _says(model, caller, at, "equity", account)
    return isinstance(equity, int) and equity < 0


def _accounts(ledger: Ledger) -> list[str]:
    store = ledger.house.world.store
    return sorted(str(key[1]) for key in store.keys() if key[0] == "account")  # noqa: SIM118


def _held(ledger: Ledger, account: str) -> list[int]:
    markets: Iterator[int] = each_bit(ledger.accounts.read(account).markets)
    return [each for each in markets if ledger.positions.read(account, each).size != 0]


def _opposite(ledger: Ledger, accounts: list[str], account: str, market_id: int) -> str:
    size = ledger.positions.read(account, market_id).size
    for other in accounts:
        if ledger.positions.read(other, market_id).size * size < 0:
            return other
    message = f"nobody holds the opposite side of market {market_id}"
    raise Stuck(message)
