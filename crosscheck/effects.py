"""What a single call may do, and what it may not: checked around every call.

A refused call touches nothing, and a call no account that is not party to it. Settling changes no
equity, but for the dust that it leaves; what goes out leaves initial margin behind; no change of
parameters or of the volatility regime makes a healthy account liquidatable at its own timestamp.
What a trade of tokens may do stands in :mod:`.token_trades`, a deleveraging in :mod:`.deleverages`,
a fill by the market route in :mod:`.market_fills`, a reduction or a top-up by an owner's plan in
:mod:`.planned_moves`.
What holds in every state, whatever was called, stands in :mod:`.invariants`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.engine import margin
from weiproof.engine.backstop_records import BACKSTOP, FUND
from weiproof.engine.fixed_point import WEI
from weiproof.engine.parameters import VIRTUAL_SHARES
from weiproof.engine.records import LIQUIDATION, WITHDRAW

from . import deleverages, market_fills, planned_moves, readable, token_trades
from .invariants import InvariantBroken

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weiproof.engine.call import Call, Outcome, Value
    from weiproof.engine.model import Model
    from weiproof.engine.records import Ledger

HOUSE, TIMELOCK = "house", "timelock"
EXECUTING = frozenset({"execute", "executeBatch"})
"""Calls by which the timelock changes what it may."""

OWNED = (
    "account",
    "position",
    "orders",
    "holding",
    "volume",
    "trader",
    "liquidationWindow",
    "flag",
    "plan",
    "auction",
    "backstopShares",
    "seizureOrder",
)
"""Tables whose records belong to an account, the first part of the key."""

SETTLING = frozenset({"settle", "settleBatch", "settleFinal", "claimFinal"})
LEAVING = frozenset(
    {"withdraw", "withdrawCollateral", "transfer", "transferCollateral", "depositBackstop"}
)
CHANGING = frozenset(
    {
        "setMarketParameters",
        "setSystemParameters",
        "setMarketRisk",
        "setSystemRisk",
        "setOffset",
        "setVolatility",
        "setCollateralParameters",
        "setCreditParameters",
        "setAuctionParameters",
        "setMarketLimitRate",
        "accrueFunding",  # may change the regime
    }
)
SYSTEM: dict[str, str] = {
    "depositBackstop": BACKSTOP,
    "withdrawBackstop": BACKSTOP,
    "liquidateToBackstop": BACKSTOP,
    "liquidateToFund": FUND,
    "releaseFund": FUND,
}
"""Calls to which a system account is party without being named."""
SHARING = frozenset({"depositBackstop", "withdrawBackstop"})
PAIRED = frozenset({token_trades.FUNCTION, deleverages.FUNCTION, market_fills.FUNCTION})
LOOKED_AT = SETTLING | CHANGING | SHARING | PAIRED | planned_moves.FUNCTIONS
"""Calls before which the model is looked at."""


class Effects:
    """Looks at the model before a call (:meth:`before`) and after it (:meth:`check`)."""

    def __init__(self, model: Model, ledger: Ledger, accounts: Sequence[str] = ()) -> None:
        """Keeps the model; `accounts` are those that a change of parameters may not hurt."""
        self.model = model
        self.ledger = ledger
        self.accounts = accounts
        self._equities: dict[str, int | None] = {}
        self._dust = 0
        self._token_trades = token_trades.TokenTrades(ledger)
        self._deleverages = deleverages.Deleverages(ledger)
        self._planned = planned_moves.PlannedMoves(ledger)
        self._market_fills = market_fills.MarketFills(ledger)
        self._healthy: list[str] = []
        self._vault = (0, 0)
        self._epoch = 0

    def before(self, call: Call) -> None:
        """Takes note of what the call may not change."""
        self._equities, self._healthy = {}, []
        looked_at = {HOUSE: LOOKED_AT, TIMELOCK: EXECUTING}.get(call.target, frozenset())
        if call.function not in looked_at:
            return
        self.model.world.now = call.at
        if call.function == token_trades.FUNCTION:
            self._token_trades.before(call)
        elif call.function in SHARING:
            self._vault = self._vault_now()
            self._epoch = self.ledger.backstop.epoch
        elif call.function == deleverages.FUNCTION:
            self._deleverages.before(call)
        elif call.function in planned_moves.FUNCTIONS:
            self._planned.before(call)
        elif call.function == market_fills.FUNCTION:
            self._market_fills.before(call)
        elif call.function in SETTLING:
            self._dust = self._dust_now()
            self._equities = {account: self._equity(account) for account in _addresses(call.args)}
        else:
            concerned = self._concerned(call)
            self._healthy = [each for each in concerned if self._is_below(each) is False]

    def _concerned(self, call: Call) -> Sequence[str]:
        """Of the accounts those whose margin a change may touch: an accrual's are in its market."""
        market = call.args[0]
        if call.function != "accrueFunding" or not isinstance(market, int):
            return self.accounts
        bitmaps = self.ledger.accounts
        return [each for each in self.accounts if bitmaps.read(each).markets >> market & 1]

    def check(self, step: int, call: Call, outcome: Outcome) -> None:
        """Checks what the last call did. Raises :class:`~.invariants.InvariantBroken`."""
        if not outcome.ok:
            if self.model.touched:
                count = len(self.model.touched)
                raise InvariantBroken("a refused call changes nothing", step, call, count, 0)
            return
        if call.target in (HOUSE, TIMELOCK):
            self._check_parties(step, call, outcome)
            self._check_kind(step, call, outcome)

    def _check_kind(self, step: int, call: Call, outcome: Outcome) -> None:
        if call.function in SETTLING:
            self._check_settling(step, call)
        elif call.function in LEAVING:
            self._check_leaving(step, call)
        elif call.function == token_trades.FUNCTION:
            self._token_trades.check(step, call, outcome)
        if call.function in SHARING:
            self._check_shares(step, call)
        elif call.function == deleverages.FUNCTION:
            self._deleverages.check(step, call, outcome)
        elif call.function in planned_moves.FUNCTIONS:
            self._planned.check(step, call, outcome)
        elif call.function == market_fills.FUNCTION:
            self._market_fills.check(step, call, outcome)
        for account in self._healthy:
            if self._is_below(account):
                name = f"{call.function} leaves {account} healthy"
                raise InvariantBroken(name, step, call, 1, 0)

    def _check_parties(self, step: int, call: Call, outcome: Outcome) -> None:
        system = SYSTEM.get(call.function, call.sender)
        named = (call.sender, system, *_addresses(call.args))
        parties = (*named, *deleverages.parties(outcome), *planned_moves.parties(outcome))
        for key in self.model.touched:
            if key[0] in OWNED and key[1] not in parties:
                name = f"a call changes no {key[0]} of {key[1]}, who is not party to it"
                raise InvariantBroken(name, step, call, 1, 0)

    def _check_settling(self, step: int, call: Call) -> None:
        after = [self._equity(account) for account in self._equities]
        if None in after or None in self._equities.values():
            return
        left = sum(value or 0 for value in after) + self._dust_now()
        right = sum(value or 0 for value in self._equities.values()) + self._dust
        if left != right:
            name = "settling keeps equity, but for what becomes dust"
            raise InvariantBroken(name, step, call, left, right)

    def _check_leaving(self, step: int, call: Call) -> None:
        account = str(call.args[0]) if call.function.startswith("transfer") else call.sender
        standing = readable.standing_with_orders(self.ledger, account, WITHDRAW)
        if standing is not None and not margin.is_above_initial(standing):
            name = f"{account} has initial margin after what went out"
            equity = margin.initial_equity(standing)
            raise InvariantBroken(name, step, call, equity, standing.initial)

    def _check_shares(self, step: int, call: Call) -> None:
        (equity, shares), (next_equity, next_shares) = self._vault, self._vault_now()
        if self.ledger.backstop.epoch != self._epoch:
            return
        left, right = next_equity * shares, equity * next_shares
        if left < right:
            name = f"{call.function} leaves the other shares of the vault worth what they were"
            raise InvariantBroken(name, step, call, left, right)

    def _vault_now(self) -> tuple[int, int]:
        """Equity of the backstop vault, a numerator, and its shares, the virtual ones included."""
        standing = readable.standing(self.ledger, BACKSTOP, WITHDRAW)
        equity = 0 if standing is None else standing.equity
        return equity, self.ledger.backstop.shares + VIRTUAL_SHARES

    def _dust_now(self) -> int:
        markets = range(self.ledger.market_count)
        dust = sum(self.ledger.markets.read(market_id).dust for market_id in markets)
        return dust + self.ledger.record.dust * WEI

    def _equity(self, account: str) -> int | None:
        standing = readable.standing(self.ledger, account, LIQUIDATION)
        if standing is None:
            return None
        return standing.equity + self.ledger.accounts.read(account).reserve * WEI

    def _is_below(self, account: str) -> bool | None:
        standing = readable.standing(self.ledger, account, LIQUIDATION)
        return None if standing is None else margin.is_below_maintenance(standing)


def _addresses(args: tuple[Value, ...]) -> Iterator[str]:
    for arg in args:
        if isinstance(arg, str):
            yield arg
        elif isinstance(arg, tuple):
            yield from _addresses(arg)
