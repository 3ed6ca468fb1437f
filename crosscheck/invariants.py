"""What holds in every state of the model, whatever was called.

Checked on stored values, without a price: conservation of money, balance of every market, backing
by tokens. The class keeps track of who has records, so that a check walks accounts and not the
store.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weiproof.engine import funding
from weiproof.engine.bits import each_bit
from weiproof.engine.clearing_house import ClearingHouse
from weiproof.engine.deleveraging_records import MAX_CANDIDATES
from weiproof.engine.erc20 import ERC20
from weiproof.engine.errors import Revert
from weiproof.engine.fixed_point import WAD, WEI
from weiproof.engine.life_records import CLOSED, DELISTED
from weiproof.engine.parameters import MAX_PRICE
from weiproof.engine.records import TOKEN_UNIT

from .divergence import call_as_json, identity_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weiproof.engine.call import Call
    from weiproof.engine.model import Model
    from weiproof.engine.records import Ledger
    from weiproof.engine.state import Key


class InvariantBroken(Exception):
    """A state that no sequence of calls may lead to."""

    def __init__(self, name: str, step: int, call: Call, left: int, right: int) -> None:
        """Keeps what was found: an equation or inequality `name` between `left` and `right`."""
        super().__init__(
            f"invariant broken: {name}\n"
            f"step      {step} at {call.at}\n"
            f"call      {call.target}.{call.function}{call.args}\n"
            f"left      {left}\n"
            f"right     {right}\n"
            f"gap       {left - right:+d}"
        )
        self.name = name
        self.step = step
        self.call = call
        self.left = left
        self.right = right

    kind = "invariant"

    @property
    def identity(self) -> tuple[str, ...]:
        """The same for every call sequence that breaks this invariant."""
        return identity_of(self.kind, self.name)

    @property
    def gap(self) -> int:
        """Left less right."""
        return self.left - self.right

    def describe(self, _names: Mapping[str, str] | None = None) -> str:
        """Several lines for people."""
        return str(self)

    def as_json(self, names: Mapping[str, str] | None = None) -> dict[str, object]:
        """What was found, integers as decimal strings."""
        return {
            "kind": self.kind,
            "name": self.name,
            "step": self.step,
            "call": call_as_json(self.call, names or {}),
            "left": str(self.left),
            "right": str(self.right),
            "gap": str(self.gap),
        }


@dataclass(slots=True)
class _Sums:
    """Over all accounts: by market sizes, long sizes and claims; by token what is held; cash."""

    sizes: dict[int, int]
    longs: dict[int, int]
    claims: dict[int, int]
    closed: dict[int, int]
    unpaid: dict[int, int]
    held: dict[int, int] = field(default_factory=dict)
    cash: int = 0
    debt: int = 0
    reserves: int = 0


@dataclass(frozen=True, slots=True)
class Money:
    """Both sides of the ledger identity, wei: vault and bad debt, and what they are made up of."""

    parts: dict[str, int]
    """Cash, clearing, fund, fees, dust and interest."""
    vault: int
    unresolved: int

    @property
    def unaccounted(self) -> int:
        """How far the sides are from each other."""
        return sum(self.parts.values()) - self.vault - self.unresolved


def money_of(ledger: Ledger, held: int, markets: Iterable[int]) -> Money:
    """The identity's sides; `held` is all accounts' cash and reserves, wei."""
    record = ledger.record
    parts = {
        "cash and reserves of all accounts": held,
        "clearing balances": sum(ledger.markets.read(each).clearing for each in markets),
        "insurance fund": record.insurance_fund,
        "trading fees": record.fees,
        "dust": record.dust,
        "interest on its way": record.interest_pool,
    }
    return Money(parts, record.vault * TOKEN_UNIT, record.unresolved_bad_debt)


class Invariants:
    """The invariants of one model; :meth:`check` after each call, or now and then."""

    def __init__(self, model: Model, ledger: Ledger) -> None:
        """Finds the accounts and markets that have records already."""
        self.model = model
        self.ledger = ledger
        self._accounts: dict[str, None] = {}
        self._markets: dict[int, None] = {}
        self._traded: dict[str, None] = {}
        self._ordered: dict[tuple[str, int], None] = {}
        self._providers: dict[str, None] = {}
        self._listed: dict[tuple[int, bool], None] = {}
        self.note(model.world.store.keys())

    def note(self, keys: Iterable[Key]) -> None:
        """Remembers accounts and markets among touched keys; needed after every call."""
        for key in keys:
            if key[0] == "account":
                self._accounts[str(key[1])] = None
            elif key[0] == "volume":
                self._traded[str(key[1])] = None
            elif key[0] == "orders":
                self._ordered[str(key[1]), int(key[2])] = None
            elif key[0] == "backstopShares":
                self._providers[str(key[1])] = None
            elif key[0] == "candidates":
                self._listed[int(key[1]), bool(key[2])] = None
            elif key[0] == "market":
                self._markets[int(key[1])] = None

    def check(self, step: int, call: Call) -> None:
        """Checks everything on the present state, which `call` led to.

        Raises :class:`InvariantBroken`.
        """
        sums = self._sums(step, call)
        for market_id in self._markets:
            self._check_market(step, call, market_id, sums)
        self._check_money(step, call, sums.cash + sums.reserves)
        self._check_counters(step, call, sums)
        self._check_volumes(step, call)
        self._check_orders(step, call)
        self._check_shares(step, call)
        if call.function == "nominate":
            self._check_candidates(step, call)
        if call.function.endswith("Collateral"):
            self._check_tokens(step, call)

    def check_liquidation_prices(self, step: int, call: Call, account: str) -> None:
        """Checks each of an account's liquidation prices: liquidatable there, not one unit better.

        Nothing where another market of the account has no price. Raises :class:`InvariantBroken`.
        """
        house = self.ledger.house
        if not isinstance(house, ClearingHouse):
            return
        for market_id in each_bit(self.ledger.accounts.read(account).markets):
            size = self.ledger.positions.read(account, market_id).size
            try:
                exists, price = house.liquidationPrice(account, market_id)
                better = price + 1 if size > 0 else price - 1
                at = exists and house.isLiquidatableAt(account, market_id, price)[0]
                inside = exists and 0 < better <= MAX_PRICE
                beyond = inside and house.isLiquidatableAt(account, market_id, better)[0]
            except Revert:
                continue
            if (at, beyond) != (exists, False):
                name = f"{account} becomes liquidatable at its price in market {market_id}"
                raise InvariantBroken(name, step, call, int(at), int(beyond))

    def _sums(self, step: int, call: Call) -> _Sums:
        """What all accounts together hold and owe."""
        none = dict.fromkeys(self._markets, 0)
        sums = _Sums(dict(none), dict(none), dict(none), dict(none), dict(none))
        markets = {market_id: self.ledger.markets.read(market_id) for market_id in self._markets}
        finals = {market_id: self.ledger.finals.read(market_id) for market_id in self._markets}
        read_account, read_position = self.ledger.accounts.read, self.ledger.positions.read
        for account in self._accounts:
            record = read_account(account)
            if record.reserve < 0:
                name = f"the reserve of {account} is not negative"
                raise InvariantBroken(name, step, call, record.reserve, 0)
            sums.cash += record.cash
            sums.debt -= min(record.cash, 0)
            sums.reserves += record.reserve
            if record.collaterals:
                self._add_holdings(account, sums)
            for market_id in each_bit(record.markets) if record.markets else ():
                position = read_position(account, market_id)
                market, size = markets[market_id], position.size
                sums.sizes[market_id] += size
                if size > 0:
                    sums.longs[market_id] += size
                pending = funding.pending_funding(position, market.funding_index)
                pending -= funding.pending_loss(market, position)
                if market.phase == DELISTED:
                    pending += size * finals[market_id].price * WAD
                sums.claims[market_id] += position.quote + pending
                if size == 0:
                    sums.closed[market_id] += max(position.quote, 0)
                    sums.unpaid[market_id] -= min(position.quote, 0)
        return sums

    def _add_holdings(self, account: str, sums: _Sums) -> None:
        for collateral_id in each_bit(self.ledger.accounts.read(account).collaterals):
            amount = self.ledger.holdings.read(account, collateral_id).amount
            sums.held[collateral_id] = sums.held.get(collateral_id, 0) + amount

    def _check_market(self, step: int, call: Call, market_id: int, sums: _Sums) -> None:
        market, final = self.ledger.markets.read(market_id), self.ledger.finals.read(market_id)
        ends = market.phase == CLOSED
        left, right = sums.claims[market_id] + market.dust, market.clearing * WEI
        shorts = sums.longs[market_id] - sums.sizes[market_id]
        if market.phase < DELISTED and sums.sizes[market_id] != 0:
            name, left, right = "sizes of a market sum to zero", sums.sizes[market_id], 0
        elif market.phase >= DELISTED and shorts != final.shorts:
            name = "short positions of a delisted market are counted"
            left, right = shorts, final.shorts
        elif sums.longs[market_id] != market.open_interest:
            name = "open interest is the sum of long sizes"
            left, right = sums.longs[market_id], market.open_interest
        elif sums.unpaid[market_id] != final.unpaid:
            name = "what closed positions owe is counted"
            left, right = sums.unpaid[market_id], final.unpaid
        elif ends and sums.closed[market_id] != final.claims:
            name = "what is claimed of a closed market is counted"
            left, right = sums.closed[market_id], final.claims
        elif ends and market.clearing * WEI * WAD < final.claims * final.ratio:
            name = "the balance of a closed market pays its claims"
            left, right = market.clearing * WEI * WAD, final.claims * final.ratio
        elif ends and final.claims == 0 and market.clearing != 0:
            name = "a closed market without claims keeps nothing"
            left, right = market.clearing, 0
        elif not ends and left != right:
            name = "claims on a market and its dust are its clearing balance"
        else:
            return
        raise InvariantBroken(f"{name} (market {market_id})", step, call, left, right)

    def _check_counters(self, step: int, call: Call, sums: _Sums) -> None:
        record = self.ledger.record
        pairs = [
            ("total debt is the sum of negative cash", sums.debt, record.total_debt),
            (
                "total credit is the sum of positive cash",
                sums.cash + sums.debt,
                record.total_credit,
            ),
        ]
        for collateral_id in range(self.ledger.collateral_count):
            total = self.ledger.collaterals.read(collateral_id).total
            name = f"the total of collateral {collateral_id} is the sum of what accounts hold"
            pairs.append((name, sums.held.get(collateral_id, 0), total))
        for name, left, right in pairs:
            if left != right:
                raise InvariantBroken(name, step, call, left, right)

    def _check_tokens(self, step: int, call: Call) -> None:
        world = self.model.world
        for collateral_id in range(self.ledger.collateral_count):
            token = world.deployed[self.ledger.collateral_parameters.read(collateral_id).token]
            total = self.ledger.collaterals.read(collateral_id).total
            balance = (
                token.balanceOf(self.ledger.house.address)[0] if isinstance(token, ERC20) else 0
            )
            if balance < total:
                name = f"the clearing house holds all tokens of collateral {collateral_id}"
                raise InvariantBroken(name, step, call, balance, total)

    def _check_money(self, step: int, call: Call, held: int) -> None:
        record, money = self.ledger.record, money_of(self.ledger, held, self._markets)
        if money.unaccounted != 0:
            name = "cash, clearing, fund, fees, dust and interest are vault and unresolved bad debt"
            left, right = sum(money.parts.values()), money.vault + money.unresolved
            raise InvariantBroken(name, step, call, left, right)
        held = self.ledger.token.balanceOf(self.ledger.house.address)[0]
        if held < record.vault:
            name = "the clearing house holds the tokens of its vault"
            raise InvariantBroken(name, step, call, held, record.vault)
        if record.insurance_fund < 0:
            name = "the insurance fund is not negative"
            raise InvariantBroken(name, step, call, record.insurance_fund, 0)

    def _check_volumes(self, step: int, call: Call) -> None:
        for account in self._traded:
            volume = self.ledger.volumes.read(account)
            left, right = volume.total, sum(volume.buckets)
            if left != right:
                name = f"the volume of {account} is the sum of its days"
                raise InvariantBroken(name, step, call, left, right)

    def _check_orders(self, step: int, call: Call) -> None:
        for account, market_id in self._ordered:
            orders = self.ledger.orders.read(account, market_id)
            marked = self.ledger.accounts.read(account).ordered_markets >> market_id & 1
            name = f"{account} is marked as resting in market {market_id} where it has orders"
            rests = int(orders.bid_size > 0 or orders.ask_size > 0)
            if marked != rests:
                raise InvariantBroken(name, step, call, marked, rests)
            for size, notional in (
                (orders.bid_size, orders.bid_notional),
                (orders.ask_size, orders.ask_notional),
            ):
                if min(size, notional) < 0 or (size == 0 and notional != 0):
                    name = f"{account} rests with no notional without a size in market {market_id}"
                    raise InvariantBroken(name, step, call, size, notional)

    def _check_shares(self, step: int, call: Call) -> None:
        held = 0
        for account in self._providers:
            shares = self.ledger.backstop_shares.read(account)
            if shares.epoch == self.ledger.backstop.epoch:
                held += shares.held
            if not 0 <= shares.requested <= shares.held:
                name = f"{account} asks for no more shares than it holds"
                raise InvariantBroken(name, step, call, shares.requested, shares.held)
        record = self.ledger.backstop
        if held != record.shares:
            name = "the vault's shares are the sum of what accounts hold"
            raise InvariantBroken(name, step, call, held, record.shares)

    def _check_candidates(self, step: int, call: Call) -> None:
        for market_id, is_long in self._listed:
            listed = self.ledger.candidates.read(market_id, is_long).accounts
            most = min(len(set(listed)), MAX_CANDIDATES)
            if len(listed) != most:
                name = f"a list of market {market_id} has each candidate once, and not too many"
                raise InvariantBroken(name, step, call, len(listed), most)


class Bystanders:
    """Whether a call changed only what it is said to have touched.

    And nothing where it reverted.
    """

    def __init__(self, model: Model) -> None:
        """Copies the fields of every record as they are before the call."""
        self.model = model
        self._before = _fields(model)

    def check(self, step: int, call: Call) -> None:
        """Compares the records that the last call left alone.

        Raises :class:`InvariantBroken` naming the record.
        """
        after = _fields(self.model)
        touched = dict.fromkeys(self.model.touched)
        for key, fields in after.items():
            if key not in touched and self._before.get(key) != fields:
                raise InvariantBroken(f"a call leaves {key} as it was", step, call, 1, 0)


def _fields(model: Model) -> dict[Key, tuple[object, ...]]:
    records = model.world.store.snapshot()
    return {key: record.fields() for key, record in records.items()}
