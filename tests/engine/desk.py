"""A small clearing house for tests: the model alone, with exact prices and readable calls."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from weiproof.engine import margin, pricing
from weiproof.engine.call import Call
from weiproof.engine.clearing_house import ClearingHouse
from weiproof.engine.collateral_token import CollateralToken
from weiproof.engine.contract import World
from weiproof.engine.fixed_point import MAX_UINT256, WAD, WEI
from weiproof.engine.funding import current_index, pending_funding, pending_loss
from weiproof.engine.lens import Lens
from weiproof.engine.life_records import CLOSED, DELISTED
from weiproof.engine.model import Model
from weiproof.engine.parameters import (
    CollateralParameters,
    CreditParameters,
    MarketParameters,
    SystemParameters,
)
from weiproof.engine.records import LIQUIDATION, TOKEN_UNIT
from weiproof.engine.settlement_token import SettlementToken
from weiproof.oracles.feed import Feed
from weiproof.oracles.oracle_hub import OracleHub

if TYPE_CHECKING:
    from weiproof.engine.call import Event, Outcome, Value
    from weiproof.engine.instruments import Standing
    from weiproof.engine.records import Ledger

GENESIS = 1_722_816_000
DOLLAR = 10**6
"""One dollar in token units."""
MAX_AGE, LIQUIDATION_MAX_AGE = 3_600, 7_200
Rates = tuple[int, int, int]
"""A tier: lower bound (wei), initial and maintenance rate (WAD)."""


def who(label: str) -> str:
    """A fixed address for a label."""
    return "0x" + hashlib.sha256(label.encode()).hexdigest()[:40]


ADMIN, MATCHER, NODE = who("admin"), who("matcher"), who("node")


def wad(text: str) -> int:
    """An exact decimal as WAD: ``wad("0.05")``."""
    whole, _, fraction = text.partition(".")
    sign = -1 if whole.startswith("-") else 1
    return sign * (abs(int(whole)) * WAD + int(fraction.ljust(18, "0") or "0"))


PARAMETERS = MarketParameters(
    size_step=wad("0.001"),
    price_tick=wad("0.01"),
    band_rate=wad("0.1"),
    trade_fee_rate=wad("0.0005"),
    liquidation_fee_rate=wad("0.005"),
    minimum_notional=10 * WAD,
    premium_depth=1_000_000 * WAD,
    funding_period=8 * 3_600,
    maximum_funding_rate=10**11,
    socialisation_cap_rate=wad("0.05"),
    mark_band_rate=wad("0.05"),
    basis_period=3_600,
    impact_max_age=60,
    ramp_duration=86_400,
)
TIERS: tuple[Rates, ...] = (
    (0, wad("0.1"), wad("0.05")),
    (100_000 * WAD, wad("0.2"), wad("0.1")),
)
SYSTEM = SystemParameters(
    liquidation_reserve=10 * WAD,
    minimum_keeper_reward=10 * WAD,
    liquidator_share=wad("0.5"),
    insurance_share=wad("0.5"),
    target_ratio=wad("1.25"),
)


@dataclass(frozen=True)
class Setup:
    """What a market is opened with."""

    parameters: MarketParameters = field(default_factory=lambda: PARAMETERS)
    tiers: tuple[Rates, ...] = TIERS


def setup(tiers: tuple[Rates, ...] = TIERS, **changes: int) -> Setup:
    """A market like :data:`PARAMETERS` with some of them changed."""
    return Setup(replace(PARAMETERS, **changes), tiers)  # type: ignore[arg-type]  # all are integers


@dataclass
class Desk:
    """One model, its clock and its calls."""

    model: Model
    now: int = GENESIS
    events: tuple[Event, ...] = ()
    addresses: dict[str, str] = field(default_factory=dict)

    @property
    def ledger(self) -> Ledger:
        """The storage of the clearing house."""
        house = self.model.world.contracts["house"]
        assert isinstance(house, ClearingHouse)
        return house.ledger

    def call(self, sender: str, target: str, function: str, *args: Value) -> Outcome:
        """Makes a call now."""
        outcome = self.model.apply(Call(self.now, sender, target, function, args))
        self.events = outcome.events
        return outcome

    def do(self, label: str, function: str, *args: Value) -> Outcome:
        """A call on the house by a labelled account, which must succeed."""
        outcome = self.call(who(label), "house", function, *args)
        assert outcome.ok, (function, outcome.error, outcome.error_args)
        return outcome

    def refused(self, label: str, function: str, *args: Value) -> tuple[str, tuple[Value, ...]]:
        """A call on the house that must revert without a trace; answers with the error."""
        before = self.model.digest(), self.model.state_hash
        outcome = self.call(who(label), "house", function, *args)
        assert not outcome.ok, (function, outcome.values)
        assert outcome.events == ()
        assert self.model.touched == ()
        assert (self.model.digest(), self.model.state_hash) == before
        return outcome.error, outcome.error_args

    def view(self, function: str, *args: Value) -> tuple[Value, ...]:
        """What a view of the house answers now."""
        outcome = self.model.view(Call(self.now, ADMIN, "house", function, args))
        assert outcome.ok, (function, outcome.error, outcome.error_args)
        return outcome.values

    def number(self, function: str, *args: Value) -> int:
        """The only, integer value of a view."""
        (value,) = self.view(function, *args)
        assert isinstance(value, int)
        return value

    def deposit(self, label: str, dollars: int) -> None:
        """Gives an account dollars and deposits them."""
        self.fund(label, dollars * DOLLAR)
        self.do(label, "deposit", dollars * DOLLAR)

    def fund(self, label: str, units: int) -> None:
        """Gives an account tokens that the house may move."""
        house = self.model.world.addresses["house"]
        assert self.call(ADMIN, "token", "faucet", (who(label),), (units,), house).ok

    def price(self, *prices: int) -> None:
        """Publishes the prices (WAD) of the first markets."""
        for market_id, price in enumerate(prices):
            assert self.call(NODE, f"feed/{market_id}", "transmit", price, self.now).ok

    def trade(self, buyer: str, seller: str, market_id: int, size: str, price: str) -> Outcome:
        """A trade that must be settled; the seller is the maker."""
        return self.do(
            "matcher", "settleTrade", *self.trade_args(buyer, seller, market_id, size, price)
        )

    def trade_args(
        self, buyer: str, seller: str, market_id: int, size: str, price: str
    ) -> tuple[Value, ...]:
        """The arguments of ``settleTrade``."""
        return who(buyer), who(seller), market_id, wad(size), wad(price), False

    def standing(self, label: str) -> Standing:
        """An account's exact standing now."""
        self.model.world.now = self.now
        return margin.standing_of(
            self.ledger, who(label), pricing.new_marks(self.ledger, LIQUIDATION)
        )

    def place(self, label: str, cash: int, positions: dict[int, tuple[int, int]]) -> None:
        """Writes an account's cash (wei) and positions (size, quote) without any call."""
        ledger = self.ledger
        account = ledger.accounts.edit(who(label))
        ledger.edit_record().vault += (cash - account.cash) // TOKEN_UNIT
        account.cash = cash
        account.markets = sum(1 << market_id for market_id in positions)
        account.open_positions = sum(size != 0 for size, _ in positions.values())
        for market_id, (size, quote) in positions.items():
            position = ledger.positions.edit(who(label), market_id)
            change = max(size, 0) - max(position.size, 0)
            position.size, position.quote = size, quote
            ledger.markets.edit(market_id).open_interest += change
            if size == 0:
                ledger.finals.edit(market_id).unpaid += max(-quote, 0)
        self.model.world.store.commit()

    def names(self) -> list[str]:
        """Names of the last call's events, in order."""
        return [event.name for event in self.events]


def open_desk(*markets: Setup, system: SystemParameters = SYSTEM) -> Desk:
    """A clearing house with these markets, one feed of 18 decimals each."""
    chosen = markets or (Setup(),)
    world = World(now=GENESIS, sender=ADMIN)
    names = ["token", "hub", "house", "lens", *(f"feed/{i}" for i in range(len(chosen)))]
    world.addresses.update({name: who("contract " + name) for name in names})
    token = SettlementToken(world, "token")
    hub = OracleHub(world, "hub", ADMIN)
    for i in range(len(chosen)):
        Feed(world, f"feed/{i}", ADMIN, NODE, 18, "", 1, 1, 2**191 - 1)
    house = ClearingHouse(world, "house", token, hub, ADMIN, MATCHER, system.fields())
    Lens(world, "lens", house)
    desk = Desk(Model(world))
    for i, market in enumerate(chosen):
        add_market(desk, i, market)
    return desk


def add_market(desk: Desk, market_id: int, market: Setup) -> None:
    """Configures a price and opens a market on it."""
    price_id = f"price {market_id}".encode().ljust(32, b"\0")
    feed = desk.model.world.addresses[f"feed/{market_id}"]
    limits = (MAX_AGE,), (LIQUIDATION_MAX_AGE,)
    assert desk.call(ADMIN, "hub", "configure", price_id, (feed,), *limits, 1).ok
    parameters = replace(market.parameters, price_id=price_id)
    desk.do("admin", "addMarket", parameters.fields(), market.tiers)


CREDIT = CreditParameters(
    base_rate=10**9,
    kink_rate=5 * 10**9,
    maximum_rate=5 * 10**10,
    kink=wad("0.8"),
    fund_share=wad("0.1"),
    debt_limit=1_000 * WAD,
    collateral_cap=10**9 * WAD,
)
COLLATERAL = CollateralParameters(
    initial_weight=wad("0.8"),
    maintenance_weight=wad("0.9"),
    seizure_discount=wad("0.05"),
    cap=10**24,
    ramp_duration=86_400,
    band_rate=wad("0.1"),
    trade_fee_rate=wad("0.0005"),
)


def add_token(desk: Desk, name: str, decimals: int, price: int, **changes: int) -> int:
    """Deploys a token with a feed of its own, admits it, and answers with its id."""
    world, label = desk.model.world, f"token/{name}"
    world.addresses |= {label: who(label), f"feed/{name}": who(f"feed/{name}")}
    CollateralToken(world, label, name, decimals)
    Feed(world, f"feed/{name}", ADMIN, NODE, 18, "", 1, 1, 2**191 - 1)
    world.store.commit()
    price_id = f"price {name}".encode().ljust(32, b"\0")
    feeds = (world.addresses[f"feed/{name}"],)
    assert desk.call(ADMIN, "hub", "configure", price_id, feeds, (MAX_AGE,), (2 * MAX_AGE,), 1).ok
    assert desk.call(NODE, f"feed/{name}", "transmit", price, desk.now).ok
    if desk.ledger.collateral_count == 0:
        desk.do("admin", "setCreditParameters", CREDIT.fields())
    chosen = {"cap": 10 ** (decimals + 6), **changes}
    parameters = replace(COLLATERAL, token=who(label), price_id=price_id, **chosen)
    desk.do("admin", "addCollateral", parameters.fields())
    return desk.ledger.collateral_count - 1


def deposit_token(desk: Desk, label: str, collateral_id: int, amount: int) -> None:
    """Gives an account units of a token and deposits them."""
    give_token(desk, label, collateral_id, amount)
    desk.do(label, "depositCollateral", collateral_id, amount)


def give_token(desk: Desk, label: str, collateral_id: int, amount: int) -> None:
    """Gives an account units of a token that the house may move."""
    token = desk.ledger.collateral_parameters.read(collateral_id).token
    name = desk.model.world.deployed[token].name
    house = desk.model.world.addresses["house"]
    assert desk.call(ADMIN, name, "faucet", (who(label),), (amount,), house).ok


def assert_conserved(desk: Desk) -> None:
    """Checks every identity that holds between calls, exactly."""
    ledger, store = desk.ledger, desk.model.world.store
    desk.model.world.now = desk.now
    holders = [str(key[1]) for key in store.keys() if key[0] == "account"]  # noqa: SIM118
    cash = sum(ledger.accounts.read(h).cash + ledger.accounts.read(h).reserve for h in holders)
    clearing = 0
    for market_id in range(ledger.market_count):
        clearing += ledger.markets.read(market_id).clearing
        assert_market_conserved(ledger, market_id, holders)
    record = ledger.record
    held = cash + clearing + record.insurance_fund + record.fees + record.dust
    held += record.interest_pool
    assert held == record.vault * TOKEN_UNIT + record.unresolved_bad_debt
    assert ledger.token.balanceOf(ledger.house.address)[0] >= record.vault


def assert_market_conserved(ledger: Ledger, market_id: int, holders: list[str]) -> None:
    """Sizes sum to zero; what is owed and owned, to the last numerator, is the clearing balance.

    In a delisted market at the final price; in a closed one the balance pays the claims.
    """
    market, final = ledger.markets.read(market_id), ledger.finals.read(market_id)
    positions = [ledger.positions.read(holder, market_id) for holder in holders]
    closed = [position.quote for position in positions if position.size == 0]
    index = current_index(ledger, market_id)
    shorts = final.shorts if market.phase >= DELISTED else market.open_interest
    assert sum(max(-position.size, 0) for position in positions) == shorts
    assert sum(max(position.size, 0) for position in positions) == market.open_interest
    assert sum(max(-quote, 0) for quote in closed) == final.unpaid
    if market.phase == CLOSED:
        assert sum(max(quote, 0) for quote in closed) == final.claims
        assert market.clearing * WEI * WAD >= final.claims * final.ratio
        return
    owned = sum(p.quote + pending_funding(p, index) - pending_loss(market, p) for p in positions)
    owned += sum(position.size * final.price * WAD for position in positions)
    assert owned + market.dust == market.clearing * WEI


UNLIMITED = MAX_UINT256
"""A ``maxSize`` that does not bind."""
