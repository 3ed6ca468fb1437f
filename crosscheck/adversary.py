"""An adversary who holds several accounts and tries to come out richer by liquidating himself.

At standing prices and time nothing that he does among his own accounts may make him richer: not by
taking over what is his, by closing it against himself or others, by splitting it over accounts, or
by pieces as small as may be. What he has is counted as he would: tokens at what a seizure brings,
and an account that owes more than it has is worth nothing to him, and never less. A deficit is
covered in whole wei, rounded up, so less than a wei is no gain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.engine import cash, holdings, perpetuals, pricing
from weiproof.engine.bits import each_bit
from weiproof.engine.call import Call
from weiproof.engine.fixed_point import WAD, WEI
from weiproof.engine.records import LIQUIDATION, TOKEN_UNIT

from .protocol import house_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weiproof.engine.draws import Stream
    from weiproof.engine.model import Model

NO_LIMIT = 2**256 - 1


@dataclass(frozen=True, slots=True)
class Gain:
    """A call that made the adversary richer, and by how much."""

    call: Call
    amount: int
    """A numerator: 1e-36 wei."""


class Adversary:
    """Holds accounts and makes calls in one block."""

    def __init__(self, model: Model, accounts: Sequence[str], matcher: str, at: int) -> None:
        self._model = model
        self._ledger = house_of(model).ledger
        self._accounts = tuple(accounts)
        self._matcher = matcher
        self._at = at
        self.made = 0
        """How many calls were accepted."""

    def attack(self, dice: Stream, tries: int) -> Gain | None:
        """Tries so many calls one after the other; answers with the first that gained."""
        before = self.wealth()
        for _ in range(tries):
            call = self._drawn(dice)
            if not self._model.apply(call).ok:
                continue
            self.made += 1
            after = self.wealth()
            if after >= before + WEI:
                return Gain(call, after - before)
            before = after
        return None

    def wealth(self) -> int:
        """What all his accounts and purses are worth to him; a numerator."""
        self._model.world.now = self._at
        return sum(map(self._worth, self._accounts))

    def _worth(self, account: str) -> int:
        ledger = self._ledger
        marks = pricing.new_marks(ledger, LIQUIDATION)
        record = ledger.accounts.read(account)
        inside = cash.current(ledger, account) * WEI
        for market_id in each_bit(record.markets):
            inside += perpetuals.booked_quote(ledger, account, market_id, marks)
            size = ledger.positions.read(account, market_id).size
            if size != 0:
                inside += size * pricing.mark_of(ledger, marks, market_id) * WAD
        outside = ledger.token.balanceOf(account)[0] * TOKEN_UNIT * WEI
        for token_id in each_bit(record.collaterals):
            amount = ledger.holdings.read(account, token_id).amount
            price = pricing.token_price_or_zero(ledger, marks, token_id)
            value = amount * ledger.collaterals.read(token_id).unit * price
            inside += value * (WAD - holdings.seizure_discount(ledger, token_id))
        return max(inside, 0) + record.reserve * WEI + outside

    def _drawn(self, dice: Stream) -> Call:
        """Any call of his own; mostly one that bears on a liquidation."""
        account, other = dice.choice(self._accounts), dice.choice(self._accounts)
        held = tuple(each_bit(self._ledger.accounts.read(account).markets)) or (0,)
        market_id = dice.choice(held)
        size = abs(self._ledger.positions.read(account, market_id).size)
        step = self._ledger.market_parameters(market_id).size_step
        piece = dice.choice((NO_LIMIT, step, size, size // 2, max(size - step, 0)))
        units = 10 ** dice.below(12)
        plain: tuple[Call, ...] = (
            self._house(other, "liquidate", account, market_id, piece),
            self._house(other, "liquidate", account, market_id, piece),
            self._house(other, "forceClose", account, market_id, other),
            self._house(other, "settle", account),
            self._house(other, "deposit", units),
            self._house(account, "withdraw", units),
            self._house(other, "beginAuction", account),
        )
        kind = dice.below(len(plain) + 2)
        if kind < len(plain):
            return plain[kind]
        make = self._fill if kind == len(plain) else self._trade
        return make(dice, account, other, market_id)

    def _fill(self, dice: Stream, account: str, other: str, market_id: int) -> Call:
        """A fill between two of his accounts, at a price about the mark."""
        parameters = self._ledger.market_parameters(market_id)
        marks = pricing.new_marks(self._ledger, LIQUIDATION)
        mark = pricing.mark_of(self._ledger, marks, market_id)
        beside = mark * self._ledger.market_limit_rate // WAD
        price = dice.choice((mark, mark - beside, mark + beside, mark + beside // 2))
        price = max(price - price % parameters.price_tick, parameters.price_tick)
        held = abs(self._ledger.positions.read(account, market_id).size)
        size = dice.choice((parameters.size_step, held, held // 2))
        size -= size % parameters.size_step
        args = (account, market_id, size, price, other)
        return Call(self._at, self._matcher, "house", "liquidateToMarket", args)

    def _trade(self, dice: Stream, buyer: str, seller: str, market_id: int) -> Call:
        """A trade among his accounts, at any price that the band allows."""
        parameters = self._ledger.market_parameters(market_id)
        marks = pricing.new_marks(self._ledger, LIQUIDATION)
        index = pricing.index_of(self._ledger, marks, market_id)
        band = index * parameters.band_rate // WAD
        price = dice.choice((index, index - band, index + band, index + band // 2))
        price -= price % parameters.price_tick
        held = abs(self._ledger.positions.read(seller, market_id).size)
        size = dice.choice((parameters.size_step, held, held // 2, 10 * held))
        size -= size % parameters.size_step
        args = (buyer, seller, market_id, size, price, dice.below(2) == 0)
        return Call(self._at, self._matcher, "house", "settleTrade", args)

    def _house(self, sender: str, function: str, *args: str | int) -> Call:
        return Call(self._at, sender, "house", function, args)
