"""What the generators of the fuzz see: the model's state, the clock, the dice.

And how they make calls.

Generators ask the model, never the chain, so that one seed gives one sequence on every back end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from weiproof.contracts.chains import actor
from weiproof.crosscheck.protocol import ADMIN, MATCHER, TRANSMITTER, house_of
from weiproof.crosscheck.spec import price_id
from weiproof.engine.backstop_records import BACKSTOP, FUND
from weiproof.engine.bits import each_bit
from weiproof.engine.call import Call
from weiproof.engine.fixed_point import WAD
from weiproof.engine.records import LIQUIDATION, TRADE

from .playground import ANCHORS, OUTSIDER, accounts, sub_accounts

if TYPE_CHECKING:
    from weiproof.crosscheck.spec import FeedSpec, PriceSpec, ProtocolSpec
    from weiproof.engine.call import Value
    from weiproof.engine.draws import Draws
    from weiproof.engine.model import Model
    from weiproof.engine.parameters import MarketParameters
    from weiproof.engine.records import AccountRecord, Ledger

T = TypeVar("T")

MOST_MARKETS = 14
"""The fuzz plays on this many markets."""

NO_LIMIT = 2**256 - 1
"""Largest argument of an external function."""

WIDEST_RATE = 2**64 - 1
"""The highest rate, share or ratio that a parameter can carry."""

LONGEST_TIME = 2**32 - 1
"""The longest duration that a parameter can carry."""


class Scene:
    """The state of play."""

    def __init__(self, spec: ProtocolSpec, model: Model, draws: Draws) -> None:
        self.spec = spec
        self.model = model
        self.now = spec.genesis_time
        self.targets = dict(ANCHORS)
        """What each price is about, WAD: the next answers of its feeds."""
        self.accounts = accounts()
        self.parties = (*accounts(), *sub_accounts())
        """Who may hold positions; only the accounts among them send calls."""
        self._owners = dict(zip(sub_accounts(), self.accounts, strict=False))
        self.admin = actor(ADMIN)
        self.matcher = actor(MATCHER)
        self.transmitter = actor(TRANSMITTER)
        self.outsider = actor(OUTSIDER)
        self._owners |= dict.fromkeys((BACKSTOP, FUND), self.outsider)
        self.feeds: dict[str, FeedSpec] = {feed.name: feed for feed in spec.feeds}
        self.prices: dict[str, PriceSpec] = {
            price.name: price
            for price in spec.prices
            if all(source.feed in self.feeds for source in price.sources)
        }
        """Prices that can be published; the others follow from them."""
        self._names = {price_id(price.name): price.name for price in spec.prices}
        self.ledger: Ledger = house_of(model).ledger
        """The storage of the model's clearing house."""
        self._draws = draws
        self._streams = {"": self._draws.stream("fuzz")}
        self.dice = self._streams[""]

        self.turns = 0
        """How many directed sequences were begun."""
        self.edges = 0
        """How many sequences to an edge were begun."""

    def start_over(self, now: int) -> None:
        """Sets clock and prices back to the fixture's; the dice roll on."""
        self.now = now
        self.targets = dict(ANCHORS)

    # CHANCE

    def use_dice(self, label: str) -> None:
        """Draws from the stream of `label` from here on: a generator's draws shift no other's."""
        if label not in self._streams:
            self._streams[label] = self._draws.stream(f"fuzz/{label}")
        self.dice = self._streams[label]

    def one_in(self, count: int) -> bool:
        """True once in `count` times."""
        return self.dice.below(count) == 0

    def among(self, *items: T) -> T:
        """One of the items."""
        return self.dice.choice(items)

    def share(self, value: int, low: int, high: int) -> int:
        """Between `low` and `high` thousandths of a value."""
        return value * self.dice.between(low, high) // 1000

    def other(self, *excluded: str) -> str:
        """An account that is none of the excluded."""
        return self.dice.choice(tuple(a for a in self.accounts if a not in excluded))

    # CALLS

    def wait(self, seconds: int) -> None:
        """Lets time pass."""
        self.now += seconds

    def arrive(self, market_id: int) -> None:
        """Lets time pass until a market's terms are where they were on their way to."""
        self.now = max(self.now, self.ledger.markets.read(market_id).ramp_end)

    def call(self, sender: str, target: str, function: str, *args: Value) -> Call:
        """A call in a block of the present time; what a sub-account would send, its owner sends.

        What a system account would send, anybody sends.
        """
        owner = self._owners.get(sender, sender)
        return Call(self.now, owner, target, function, args)

    def house(self, sender: str, function: str, *args: Value) -> Call:
        """A call of the clearing house."""
        return self.call(sender, "house", function, *args)

    def trade(
        self,
        buyer: str,
        seller: str,
        market_id: int,
        size: int,
        price: int,
        *,
        maker: bool | None = None,
    ) -> Call:
        """A trade, brought by the matcher; the maker is drawn where none is said."""
        first = self.one_in(2) if maker is None else maker
        return self.house(self.matcher, "settleTrade", buyer, seller, market_id, size, price, first)

    # WHAT THE MODEL SAYS

    def ask(self, target: str, function: str, *args: Value) -> tuple[Value, ...] | None:
        """What a view of the model answers now; None where it reverts."""
        outcome = self.model.view(self.call(self.outsider, target, function, *args))
        return outcome.values if outcome.ok else None

    def ask_later(
        self, seconds: int, target: str, function: str, *args: Value
    ) -> tuple[Value, ...] | None:
        """What a view of the model will answer so many seconds from now, if nothing happens."""
        call = Call(self.now + seconds, self.outsider, target, function, args)
        outcome = self.model.view(call)
        return outcome.values if outcome.ok else None

    def figure(self, function: str, *args: Value) -> int | None:
        """The first value of a view of the clearing house; None where it reverts."""
        values = self.ask("house", function, *args)
        return None if values is None or not isinstance(values[0], int) else values[0]

    def would_pass(self, call: Call) -> bool:
        """Whether the model would accept a call."""
        return self.model.view(call).ok

    def account(self, address: str) -> AccountRecord:
        """An account's record."""
        return self.ledger.accounts.read(address)

    def size(self, address: str, market_id: int) -> int:
        """The signed size of a position."""
        return self.ledger.positions.read(address, market_id).size

    def held(self, address: str) -> tuple[int, ...]:
        """Markets in which an account has an open position."""
        markets = each_bit(self.account(address).markets)
        return tuple(market_id for market_id in markets if self.size(address, market_id) != 0)

    def holders(self, market_id: int) -> tuple[tuple[str, int], ...]:
        """Accounts with an open position in a market, and its signed size."""
        parties = (*self.parties, BACKSTOP, FUND)
        sizes = ((account, self.size(account, market_id)) for account in parties)
        return tuple((account, size) for account, size in sizes if size != 0)

    @property
    def markets(self) -> tuple[int, ...]:
        """Ids of the markets that are played on; where there are very many, not of all."""
        return tuple(range(min(self.market_count, MOST_MARKETS)))

    @property
    def market_count(self) -> int:
        """How many markets there are: the first id that is unknown."""
        return self.ledger.market_count

    @property
    def tokens(self) -> tuple[int, ...]:
        """Ids of the collateral tokens of the specification."""
        return tuple(range(len(self.spec.collaterals)))

    def token_named(self, name: str) -> int:
        """Id of a collateral token."""
        return next(i for i in self.tokens if self.spec.collaterals[i].token == name)

    def token_label(self, collateral_id: int) -> str:
        """Name of a collateral token in the address book."""
        return f"token/{self.spec.collaterals[collateral_id].token}"

    def token_units(self, account: str, collateral_id: int) -> int:
        """Units of a collateral token that an address has outside the clearing house."""
        values = self.ask(self.token_label(collateral_id), "balanceOf", account)
        return values[0] if values is not None and isinstance(values[0], int) else 0

    def token_price_name(self, collateral_id: int) -> str:
        """Name of a collateral token's price."""
        return self.spec.collaterals[collateral_id].price

    def token_price(self, collateral_id: int) -> int | None:
        """A collateral token's price for trades, WAD; None where there is none now."""
        word = price_id(self.token_price_name(collateral_id))
        values = self.ask("hub", "price", word, TRADE)
        return None if values is None or not isinstance(values[0], int) else values[0]

    def parameters(self, market_id: int) -> MarketParameters:
        """A market's parameters."""
        return self.ledger.market_parameters(market_id)

    def price_name(self, market_id: int) -> str:
        """Name of a market's price."""
        return self._names[self.parameters(market_id).price_id]

    def index(self, market_id: int) -> int | None:
        """The price that trades go by, WAD; None where there is none now."""
        return self._price(market_id, TRADE)

    def mark(self, market_id: int) -> int | None:
        """The price that liquidations go by, WAD; None where there is none now."""
        return self._price(market_id, LIQUIDATION)

    def units(self, address: str) -> int:
        """Tokens of an address, units."""
        return self.ledger.token.balanceOf(address)[0]

    def address(self, label: str) -> str:
        """Address of a contract."""
        return self.model.world.addresses[label]

    def _price(self, market_id: int, purpose: int) -> int | None:
        values = self.ask("hub", "price", self.parameters(market_id).price_id, purpose)
        return None if values is None or not isinstance(values[0], int) else values[0]


def on_grid(value: int, grid: int) -> int:
    """The multiple of `grid` at or below a value, at least one of it."""
    return max(value - value % grid, grid)


def tokens_for(wad: int) -> int:
    """Token units for an amount of dollars in WAD, at least one."""
    return max(wad * 10**6 // WAD, 1)
