"""An adversary who holds several accounts and tries to come out richer by liquidating himself.

At standing prices and time nothing that he does among his own accounts may make him richer: not by
taking over what is his, on any route, by being deleveraged against candidates that he nominated, by
closing it against himself or others, by plans that let him reduce it or top it up, by selling,
swapping or ordering its tokens, by splitting it over accounts, or by pieces as small as may be.
What he has is counted as he would: tokens at what a seizure brings, and an account that owes more
than it has is worth nothing to him, and never less. A deficit is covered in whole wei, rounded up,
so less than a wei is no gain.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weiproof.engine import cash, holdings, margin, perpetuals, pricing
from weiproof.engine.accounts import is_owner, sub_account
from weiproof.engine.backstop_records import BACKSTOP
from weiproof.engine.bits import each_bit
from weiproof.engine.call import Call
from weiproof.engine.fixed_point import WAD, WEI
from weiproof.engine.parameters import MAX_STOP_RATIO, VIRTUAL_SHARES
from weiproof.engine.plan_records import Plan
from weiproof.engine.records import LIQUIDATION, TOKEN_UNIT

from .protocol import house_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from weiproof.engine.call import Value
    from weiproof.engine.draws import Stream
    from weiproof.engine.model import Model

NO_LIMIT = 2**256 - 1

SOURCE = 77
"""Number of the account from which his others are topped up."""


@dataclass(frozen=True, slots=True)
class Gain:
    """A call that made the adversary richer, and by how much."""

    call: Call
    amount: int
    """A numerator: 1e-36 wei."""
    before: tuple[Call, ...] = ()
    """The calls that were accepted before it, in order."""


@dataclass(slots=True)
class _Draw:
    """What a call is drawn from: two of his accounts, a market and a token of the first."""

    dice: Stream
    account: str
    other: str
    market_id: int
    token_id: int
    units: int = field(default=0)
    """What the first holds of the token."""


class Adversary:
    """Holds accounts and makes calls in one block."""

    def __init__(
        self,
        model: Model,
        accounts: Sequence[str],
        matcher: str,
        at: int,
        owners: Mapping[str, str] | None = None,
    ) -> None:
        """The first account is the one that most is tried with.

        `owners` says who sends for accounts that cannot; the others send for themselves.
        """
        self._model = model
        self._ledger = house_of(model).ledger
        self._accounts = tuple(accounts)
        sources = [self._ledger.plans.read(each).top_up_source for each in accounts]
        sources += [sub_account(each, SOURCE) for each in accounts]
        self._sources = tuple(each for each in dict.fromkeys(sources) if each not in accounts)
        self._matcher = matcher
        self._at = at
        self._owners = owners or {}
        self.accepted: Counter[str] = Counter()
        """How many calls were accepted, by function."""

    @property
    def made(self) -> int:
        """How many calls were accepted."""
        return self.accepted.total()

    def search(self, dice: Stream, rounds: int, tries: int) -> Gain | None:
        """Attacks so many times from the present state, which stands afterwards."""
        mark = self._model.snapshot()
        for _ in range(rounds):
            gain = self.attack(dice, tries)
            self._model.restore(mark)
            if gain is not None:
                return gain
        return None

    def attack(self, dice: Stream, tries: int) -> Gain | None:
        """Tries so many calls one after the other; answers with the first that gained."""
        before = self.wealth()
        made: list[Call] = []
        for _ in range(tries):
            call = self._drawn(dice)
            if not self._model.apply(call).ok:
                continue
            self.accepted[call.function] += 1
            after = self.wealth()
            if after >= before + WEI:
                return Gain(call, after - before, tuple(made))
            before = after
            made.append(call)
        return None

    def wealth(self) -> int:
        """What all his accounts and purses are worth to him; a numerator."""
        self._model.world.now = self._at
        return sum(map(self._worth, (*self._accounts, *self._sources)))

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
        for token_id in range(ledger.collateral_count):
            record_of = ledger.collaterals.read(token_id)
            price = pricing.token_price_or_zero(ledger, marks, token_id)
            brings = record_of.unit * price * (WAD - holdings.seizure_discount(ledger, token_id))
            inside += ledger.holdings.read(account, token_id).amount * brings
            outside += self._purse(account, token_id) * brings
        outside += self._shares_worth(account)
        return max(inside, 0) + record.reserve * WEI + outside

    def _purse(self, account: str, token_id: int) -> int:
        """Units of a token that an address has outside the clearing house."""
        token = self._ledger.collateral_parameters.read(token_id).token
        units = self._ledger.house.call(token, "balanceOf", account)[0]
        return units if isinstance(units, int) else 0

    def _shares_worth(self, account: str) -> int:
        """What an account's shares of the backstop vault are worth, rounded down; a numerator."""
        own, vault = self._ledger.backstop_shares.read(account), self._ledger.backstop
        if own.held == 0 or own.epoch != vault.epoch:
            return 0
        marks = pricing.new_marks(self._ledger, LIQUIDATION)
        equity = margin.standing_of(self._ledger, BACKSTOP, marks).equity
        return max(equity, 0) * own.held // (vault.shares + VIRTUAL_SHARES)

    def _drawn(self, dice: Stream) -> Call:
        """Any call of his own; mostly one that bears on a liquidation."""
        account, other = dice.choice(self._accounts), dice.choice(self._accounts)
        account = self._accounts[0] if dice.below(2) else account
        record = self._ledger.accounts.read(account)
        market_id = dice.choice(tuple(each_bit(record.markets)) or (0,))
        token_id = dice.choice(tuple(each_bit(record.collaterals)) or (0,))
        units = self._ledger.holdings.read(account, token_id).amount
        draw = _Draw(dice, account, other, market_id, token_id, units)
        return dice.choice(self._moves())(draw)

    def _moves(self) -> tuple[Callable[[_Draw], Call], ...]:
        """All that he may do; what bears on a liquidation more than once."""
        takeovers = (
            self._liquidate,
            self._take_over,
            self._force_close,
            self._deleverage,
            self._fill,
            self._plan,
        )
        tokens = (self._buy_token, self._buy_token, self._swap, self._trade_token, self._order)
        money = (self._move_cash, self._move_token, self._transfer, self._share)
        return (*takeovers * 2, *tokens, *money, self._settle, self._cover, self._trade)

    # TAKEOVERS

    def _liquidate(self, draw: _Draw) -> Call:
        if draw.dice.below(4) == 0:
            return self._house(draw.other, "beginAuction", draw.account)
        args = (draw.account, draw.market_id, self._piece(draw))
        if draw.dice.below(3) == 0:
            return self._house(draw.other, "reduce", *args, 0)
        return self._house(draw.other, "liquidate", *args)

    def _fill(self, draw: _Draw) -> Call:
        """A fill between two of his accounts, at a price about the mark."""
        parameters = self._ledger.market_parameters(draw.market_id)
        marks = pricing.new_marks(self._ledger, LIQUIDATION)
        mark = pricing.mark_of(self._ledger, marks, draw.market_id)
        beside = mark * self._ledger.market_limit_rate // WAD
        price = draw.dice.choice((mark, mark - beside, mark + beside, mark + beside // 2))
        price = max(price - price % parameters.price_tick, parameters.price_tick)
        held = abs(self._ledger.positions.read(draw.account, draw.market_id).size)
        size = draw.dice.choice((parameters.size_step, held, held // 2))
        size -= size % parameters.size_step
        args = (draw.account, draw.market_id, size, price, draw.other)
        return Call(self._at, self._matcher, "house", "liquidateToMarket", args)

    def _plan(self, draw: _Draw) -> Call:
        """A plan for an account, money for its source, or a top-up from it."""
        source, kind = sub_account(draw.account, SOURCE), draw.dice.below(4)
        if kind == 0:
            return self._house(draw.account, "topUp", draw.account)
        if kind == 1:
            amount = 10 ** draw.dice.below(12)
            return self._house(draw.account, "transfer", draw.account, source, amount)
        plan = Plan(
            stop_ratio=draw.dice.choice((0, WAD, MAX_STOP_RATIO)),
            reduce_fee_share=draw.dice.choice((0, 1, WAD - 1)),
            top_up_limit=10 ** draw.dice.below(14),
            top_up_source=source,
        )
        return self._house(draw.account, "setPlan", draw.account, plan.fields())

    def _take_over(self, draw: _Draw) -> Call:
        function = draw.dice.choice(("liquidateToBackstop", "liquidateToFund"))
        return self._house(draw.other, function, draw.account, draw.market_id, self._piece(draw))

    def _force_close(self, draw: _Draw) -> Call:
        return self._house(draw.other, "forceClose", draw.account, draw.market_id, draw.other)

    def _deleverage(self, draw: _Draw) -> Call:
        kind = draw.dice.below(4)
        if kind == 0:
            return self._house(draw.other, "nominate", draw.market_id, draw.account)
        if kind == 1:
            return self._house(draw.other, draw.dice.choice(("flag", "unflag")), draw.account)
        args = (draw.account, draw.market_id, draw.dice.choice((1, 2, NO_LIMIT)))
        return self._house(draw.other, "autoDeleverage", *args)

    # TOKENS

    def _buy_token(self, draw: _Draw) -> Call:
        units = draw.dice.choice((1, draw.units, draw.units // 2, draw.units // 100))
        return self._house(draw.other, "buyCollateral", draw.account, draw.token_id, units)

    def _swap(self, draw: _Draw) -> Call:
        """What comes in is worth the same, less, or just what the weights ask for."""
        brought = draw.dice.below(self._ledger.collateral_count)
        out = draw.dice.choice((draw.units, draw.units // 2, 1))
        shares = (WAD, WAD * 99 // 100, WAD * 9 // 10, WAD * 3 // 4, WAD // 2)
        value = out * self._unit_value(draw.token_id) * draw.dice.choice(shares) // WAD
        units = -(-value // max(self._unit_value(brought), 1))
        args = (brought, units, draw.token_id, out)
        return self._house(draw.account, "swapCollateral", *args)

    def _trade_token(self, draw: _Draw) -> Call:
        """A trade of tokens among his accounts, at any price that the band allows."""
        parameters = self._ledger.collateral_parameters.read(draw.token_id)
        marks = pricing.new_marks(self._ledger, LIQUIDATION)
        index = pricing.token_price_or_zero(self._ledger, marks, draw.token_id)
        band = index * parameters.band_rate // WAD
        price = draw.dice.choice((index, index - band, index + band, index - band // 2))
        units = draw.dice.choice((1, draw.units, draw.units // 2))
        maker = draw.dice.below(2) == 0
        args = (draw.other, draw.account, draw.token_id, units, price, maker)
        return Call(self._at, self._matcher, "house", "settleSpotTrade", args)

    def _order(self, draw: _Draw) -> Call:
        order = tuple(each_bit(draw.dice.below(1 << self._ledger.collateral_count)))
        order = order[::-1] if draw.dice.below(2) else order
        return self._house(draw.account, "setSeizureOrder", draw.account, order)

    # MONEY

    def _settle(self, draw: _Draw) -> Call:
        if draw.dice.below(2):
            return self._house(draw.other, "settle", draw.account)
        return self._house(draw.other, "settleBatch", (draw.account, draw.other))

    def _cover(self, draw: _Draw) -> Call:
        return self._house(draw.other, "coverDebt", draw.account)

    def _move_cash(self, draw: _Draw) -> Call:
        function = draw.dice.choice(("deposit", "withdraw"))
        return self._house(draw.account, function, 10 ** draw.dice.below(12))

    def _move_token(self, draw: _Draw) -> Call:
        if draw.dice.below(2):
            units = draw.dice.choice((1, draw.units, draw.units // 2))
            return self._house(draw.account, "withdrawCollateral", draw.token_id, units)
        token_id = draw.dice.below(self._ledger.collateral_count)
        purse = self._purse(draw.account, token_id)
        units = draw.dice.choice((1, purse, purse // 2))
        return self._house(draw.account, "depositCollateral", token_id, units)

    def _transfer(self, draw: _Draw) -> Call:
        """Between two accounts of one owner, where he has such."""
        family = [each for each in self._accounts if is_owner(draw.account, each)]
        to = draw.dice.choice(tuple(family))
        if draw.dice.below(2):
            amount = 10 ** draw.dice.below(12)
            return self._house(draw.account, "transfer", draw.account, to, amount)
        args = (draw.account, to, draw.token_id, draw.dice.choice((1, draw.units)))
        return self._house(draw.account, "transferCollateral", *args)

    def _share(self, draw: _Draw) -> Call:
        """Into the backstop vault and out of it again."""
        held = self._ledger.backstop_shares.read(draw.account).held
        kind = draw.dice.below(3)
        if kind == 0:
            return self._house(draw.account, "withdrawBackstop")
        if kind == 1:
            return self._house(draw.account, "requestBackstopWithdrawal", held)
        return self._house(draw.account, "depositBackstop", 10 ** draw.dice.below(12))

    # TRADES

    def _trade(self, draw: _Draw) -> Call:
        """A trade among his accounts, at any price that the band allows."""
        buyer, seller, market_id, dice = draw.account, draw.other, draw.market_id, draw.dice
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

    def _piece(self, draw: _Draw) -> int:
        """How much of a position: all, a step, a half, or all but a step; WAD."""
        size = abs(self._ledger.positions.read(draw.account, draw.market_id).size)
        step = self._ledger.market_parameters(draw.market_id).size_step
        return draw.dice.choice((NO_LIMIT, step, size, size // 2, max(size - step, 0)))

    def _unit_value(self, token_id: int) -> int:
        """What a unit of a token is worth; a numerator."""
        marks = pricing.new_marks(self._ledger, LIQUIDATION)
        price = pricing.token_price_or_zero(self._ledger, marks, token_id)
        return self._ledger.collaterals.read(token_id).unit * price

    def _house(self, sender: str, function: str, *args: Value) -> Call:
        return Call(self._at, self._owners.get(sender, sender), "house", function, args)
