"""What the twin remembers, and the harness's setters."""

from __future__ import annotations

from perps_decimals import WAD, div, to_int, to_uint, to_uint128

from weiproof.crosscheck.targets import Array, Mapping, Struct, Twin, int256, uint128, uint256

MARKETS, ACCOUNTS = (1, 2), (1, 2, 3)
NOBODY = "0x" + "00" * 20
YEAR = 31_557_600
"""Seconds, leap days included."""


class Market(Struct):
    """Settings and state of a market; amounts and ratios have eighteen decimals."""

    maker: int = 0
    taker: int = 0
    multiplier: int = 0
    span: int = 0
    """Seconds of the liquidation window."""
    most_pd: int = 0
    """Skew as a part of the scale below which one more window is allowed."""
    endorsed: str = NOBODY
    scale: int = 0
    velocity: int = 0
    initial: int = 0
    least: int = 0
    maintenance: int = 0
    constant: int = 0
    flag: int = 0
    locked: int = 0
    price: int = 0
    skew: int = 0
    rate: int = 0
    value: int = 0
    since: int = 0


class Position(Struct):
    """A position, with price, funding and interest of the moment it was changed."""

    market: int = 0
    size: int = 0
    price: int = 0
    funding: int = 0
    interest: int = 0


class Taken(Struct):
    """What was liquidated in one block."""

    amount: int = 0
    timestamp: int = 0


class Keeper(Struct):
    """Bounds and ratios of a keeper's reward."""

    least: int = 0
    most: int = 0
    profit: int = 0
    scaling: int = 0
    collateral: int = 0


class State(Twin):
    """Two markets, three accounts, one kind of collateral: snxUSD."""

    def __init__(self) -> None:
        self.markets = Mapping(Market)
        for market in MARKETS:
            self.markets[market] = Market(since=self.now)
        self.taken = Mapping(Array)
        self.positions = Mapping(lambda: Mapping(Position))
        self.open = Mapping(Array)
        self.usd = Mapping(0)
        self.total_usd = 0
        self.debt = Mapping(0)
        self.keeper = Keeper()
        self.costs = (0, 0, 0, 0)
        self.interest_rate = 0
        self.interest = 0
        self.interest_since = self.now

    def of_market(self, market: int) -> Market:
        """A market's record."""
        self.require(market in MARKETS, "NoSuchMarket")
        found: Market = self.markets[market]
        return found

    def of_account(self, account: int) -> int:
        """An account's number, if there is such an account."""
        self.require(account in ACCOUNTS, "NoSuchAccount")
        return account

    # SETTINGS

    def setFees(self, market: int, maker: int, taker: int) -> None:
        """Fees of orders, of which the window's size is made."""
        data = self.of_market(market)
        data.maker, data.taker = maker, taker

    def setWindow(self, market: int, multiplier: int, span: int, maxPd: int, endorsed: str) -> None:
        """The liquidation window."""
        data = self.of_market(market)
        data.multiplier, data.span = multiplier, span
        data.most_pd, data.endorsed = maxPd, endorsed

    def setScale(self, market: int, skewScale: int, velocity: int) -> None:
        """What skew is measured by, and how fast it moves the funding rate."""
        data = self.of_market(market)
        data.scale, data.velocity = skewScale, velocity

    def setMargins(
        self, market: int, initial: int, least: int, maintenance: int, constant_: int
    ) -> None:
        """Ratios of margin."""
        data = self.of_market(market)
        data.initial, data.least = initial, least
        data.maintenance, data.constant = maintenance, constant_

    def setRatios(self, market: int, flag: int, locked: int) -> None:
        """The reward for flagging, and what of a position's worth bears interest."""
        data = self.of_market(market)
        data.flag, data.locked = flag, locked

    def setKeeper(self, least: int, most: int, profit: int, scaling: int, collateral: int) -> None:
        """Bounds of a keeper's reward."""
        self.keeper = Keeper(
            least=least, most=most, profit=profit, scaling=scaling, collateral=collateral
        )

    def setCosts(self, costs: tuple[int, ...]) -> None:
        """What settling, flagging, liquidating, and updating a price cost, USD."""
        self.costs = costs

    def setInterest(self, rate: int) -> None:
        """A rate a year from now on."""
        self.interest = self.next_interest()
        self.interest_rate, self.interest_since = rate, self.now

    def next_interest(self) -> int:
        """Interest of a dollar since the beginning."""
        years = to_uint128(div(self.now - self.interest_since, YEAR))
        return uint256(self.interest + uint128(self.interest_rate * years) // WAD)

    # STATE

    def setPrice(self, market: int, price: int) -> None:
        """What the oracle says."""
        self.of_market(market).price = price

    def setSkew(self, market: int, skew: int) -> None:
        """Longs less shorts."""
        self.of_market(market).skew = skew

    def deposit(self, account: int, amount: int) -> int:
        """Adds snxUSD to an account and to all accounts together, or takes it."""
        account = self.of_account(account)
        held = to_uint(int256(to_int(self.usd[account]) + amount))
        self.usd[account] = held
        self.total_usd = to_uint(int256(to_int(self.total_usd) + amount))
        return held

    def setDebt(self, account: int, debt: int) -> None:
        """What an account owes."""
        self.debt[self.of_account(account)] = debt

    def setPosition(
        self, account: int, market: int, size: int, price: int, fundingThen: int
    ) -> None:
        """Opens, changes or closes a position."""
        self.of_market(market)
        self.positions[account][market] = Position(
            market=market,
            size=size,
            price=price,
            funding=fundingThen,
            interest=self.next_interest(),
        )
        self._list(self.of_account(account), market, size)

    def _list(self, account: int, market: int, size: int) -> None:
        """Markets of an account; the library lists one, too, that is closed without being open."""
        markets = self.open[account]
        if market not in markets:
            markets.append(market)
        elif size == 0:
            last = markets.pop()
            if last != market:
                markets[markets.index(market)] = last

    def openMarkets(self, account: int) -> Array[int]:
        """Markets in which an account is counted."""
        markets: Array[int] = self.open[self.of_account(account)]
        return markets
