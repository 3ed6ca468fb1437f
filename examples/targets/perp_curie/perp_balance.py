"""The twin of AccountBalance, to its documentation: positions, their worth, what may be liquidated.

Sizes, notionals and prices have eighteen decimals. A trader's total size is what was taken plus
what orders hold less what they owe; below ten wei it counts as nothing.
"""

from __future__ import annotations

from typing import Any

from perp_math import (
    RATIO,
    WAD,
    add,
    add_uint,
    magnitude,
    median,
    mul_div,
    mul_div_uint,
    mul_uint,
    price_of,
    sub,
    to_int,
    to_uint,
)
from perp_owner import NOBODY, Owned
from perp_token import TOKENS

from weiproof.crosscheck.targets import Array, Mapping, Struct

DUST = 10
"""Sizes and notionals below this are nothing, wei."""
WHOLE_UP_TO = 100 * WAD
"""A position worth this or less is liquidated whole, USD."""
SPOT_INTERVAL = 15
"""Seconds over which the market's present price is averaged."""


class Market(Struct):
    """A trader's account in one market."""

    size: int = 0
    notional: int = 0
    growth: int = 0


class AccountBalance(Owned):
    """Positions by trader and market."""

    def __init__(self) -> None:
        super().__init__()
        self.getClearingHouse = NOBODY
        self.getClearingHouseConfig = NOBODY
        self.getOrderBook = NOBODY
        self.getVault = NOBODY
        self.owed = Mapping(0)
        self.getBaseTokens = Mapping(Array)
        self.accounts = Mapping(lambda: Mapping(Market))

    # SET-UP

    def initialize(self, config: str, book: str) -> None:
        """Once, with two contracts."""
        self.begin()
        self.check(self.label_of(config), "AB_CHCNC")
        self.check(self.label_of(book), "AB_OBNC")
        self.own()
        self.getClearingHouseConfig = config
        self.getOrderBook = book

    def setClearingHouse(self, house: str) -> None:
        """Whose calls change positions."""
        self.only_owner()
        self.getClearingHouse = house
        self.emit("ClearingHouseChanged", house)

    def setVault(self, vault: str) -> None:
        """Who settles what was realised."""
        self.only_owner()
        self.check(self.label_of(vault), "AB_VNC")
        self.getVault = vault
        self.emit("VaultChanged", vault)

    # THE CLEARING HOUSE'S CALLS

    def _only_house(self) -> None:
        self.check(self.sender == self.getClearingHouse, "CHD_OCH")

    def modifyTakerBalance(self, trader: str, token: str, base: int, quote: int) -> tuple[int, int]:
        """Adds to size and notional."""
        self._only_house()
        return self._modify(trader, token, base, quote)

    def modifyOwedRealizedPnl(self, trader: str, amount: int) -> None:
        """Adds to what was realised."""
        self._only_house()
        self._realise(trader, amount)

    def settleQuoteToOwedRealizedPnl(self, trader: str, token: str, amount: int) -> None:
        """Moves notional to what was realised."""
        self._only_house()
        self._settle(trader, token, amount)

    def settleOwedRealizedPnl(self, trader: str) -> int:
        """The vault takes what was realised."""
        self.check(self.sender == self.getVault, "AB_OV")
        owed: int = self.owed[trader]
        self.owed[trader] = 0
        return owed

    def settleBalanceAndDeregister(
        self, trader: str, token: str, base: int, quote: int, pnl: int, fee: int
    ) -> None:
        """Closes or reduces: size and notional, a maker's fee, profit, and the market's entry."""
        self._only_house()
        self._modify(trader, token, base, quote)
        self._realise(trader, fee)
        self._settle(trader, token, pnl)
        self._deregister(trader, token)

    def registerBaseToken(self, trader: str, token: str) -> None:
        """Counts a market among the trader's; once, and up to a most."""
        self._only_house()
        tokens = self.getBaseTokens[trader]
        if token in tokens:
            return
        tokens.append(token)
        most = self._config().getMaxMarketsPerAccount()
        self.check(len(tokens) <= most, "AB_MNE")

    def deregisterBaseToken(self, trader: str, token: str) -> None:
        """Counts a market no longer, where nothing is left in it."""
        self._only_house()
        self._deregister(trader, token)

    def updateTwPremiumGrowthGlobal(self, trader: str, token: str, growth: int) -> None:
        """How far funding was paid."""
        self._only_house()
        self.accounts[trader][token].growth = growth

    def settlePositionInClosedMarket(self, trader: str, token: str) -> tuple[int, int, int, int]:
        """Realises a position at its market's closing price."""
        self._only_house()
        size = self.getTakerPositionSize(trader, token)
        price = self._market(token).getClosedPrice()
        worth = mul_div(size, to_int(price), WAD)
        notional: int = self.accounts[trader][token].notional
        pnl = add(worth, notional)
        self._delete(trader, token)
        self._realise(trader, pnl)
        return worth, notional, pnl, price

    def _modify(self, trader: str, token: str, base: int, quote: int) -> tuple[int, int]:
        account = self.accounts[trader][token]
        account.size = add(account.size, base)
        account.notional = add(account.notional, quote)
        return account.size, account.notional

    def _realise(self, trader: str, amount: int) -> None:
        if amount:
            self.owed[trader] = add(self.owed[trader], amount)
            self.emit("PnlRealized", trader, amount)

    def _settle(self, trader: str, token: str, amount: int) -> None:
        if amount:
            account = self.accounts[trader][token]
            account.notional = sub(account.notional, amount)
            self._realise(trader, amount)

    def _deregister(self, trader: str, token: str) -> None:
        account = self.accounts[trader][token]
        if magnitude(account.size) >= DUST or magnitude(account.notional) >= DUST:
            return
        if not self._book().ordersOf(trader, token):
            self._delete(trader, token)

    def _delete(self, trader: str, token: str) -> None:
        """Clears an account; the last market takes the place of the one that goes."""
        self.accounts[trader][token] = Market()
        tokens = self.getBaseTokens[trader]
        if token in tokens:
            last = tokens.pop()
            if last != token:
                tokens[tokens.index(token)] = last

    # AMOUNTS

    def getAccountInfo(self, trader: str, token: str) -> Market:
        """Size, notional, and how far funding was paid."""
        account: Market = self.accounts[trader][token]
        return account

    def getTakerOpenNotional(self, trader: str, token: str) -> int:
        """Notional of what was taken."""
        notional: int = self.accounts[trader][token].notional
        return notional

    def getTakerPositionSize(self, trader: str, token: str) -> int:
        """Size of what was taken, without dust."""
        return _no_dust(self.accounts[trader][token].size)

    def getTotalPositionSize(self, trader: str, token: str) -> int:
        """Size of what was taken and of what orders hold, without dust."""
        book = self._book()
        held, _ = book.getTotalTokenAmountInPoolAndPendingFee(trader, token, True)
        made = sub(to_int(held), to_int(book.getTotalOrderDebt(trader, token, True)))
        return _no_dust(add(made, self.accounts[trader][token].size))

    def getBase(self, trader: str, token: str) -> int:
        """Base less what orders owe of it."""
        owed = self._book().getTotalOrderDebt(trader, token, True)
        return sub(self.accounts[trader][token].size, to_int(owed))

    def getQuote(self, trader: str, token: str) -> int:
        """Quote less what orders owe of it."""
        owed = self._book().getTotalOrderDebt(trader, token, False)
        return sub(self.accounts[trader][token].notional, to_int(owed))

    def getTotalOpenNotional(self, trader: str, token: str) -> int:
        """Quote with what orders hold of it."""
        held, _ = self._book().getTotalTokenAmountInPoolAndPendingFee(trader, token, False)
        quote = self.getQuote(trader, token)
        return add(to_int(held), quote)

    def hasOrder(self, trader: str) -> bool:
        """Whether orders stand in any open market of the trader's."""
        tokens = self.getBaseTokens[trader]
        asked = [token for token in tokens if self._market(token).isOpen()]
        asked += [NOBODY] * (len(tokens) - len(asked))
        return bool(self._book().hasOrder(trader, tuple(asked)))

    # WORTH

    def getTotalPositionValue(self, trader: str, token: str) -> int:
        """Size times price, rounded towards zero."""
        return self._worth(token, self.getTotalPositionSize(trader, token))

    def getTotalAbsPositionValue(self, trader: str) -> int:
        """What all positions are worth, long or short."""
        total = 0
        for token in self.getBaseTokens[trader]:
            total = add_uint(total, magnitude(self.getTotalPositionValue(trader, token)))
        return total

    def getTotalDebtValue(self, trader: str) -> int:
        """What is owed: negative base at its price, and quote where it is negative in sum."""
        quote = base = 0
        for token in self.getBaseTokens[trader]:
            held = self.getBase(trader, token)
            owed = mul_div(held, to_int(self._price(token)), WAD) if held < 0 else 0
            base = add(base, owed)
            quote = add(quote, self.getQuote(trader, token))
        return magnitude(add(min(quote, 0), base))

    def getPnlAndPendingFee(self, trader: str) -> tuple[int, int, int]:
        """What was realised, what was not, and fees of orders."""
        worth = taken = 0
        for token in self.getBaseTokens[trader]:
            worth = add(worth, self.getTotalPositionValue(trader, token))
        for token in self.getBaseTokens[trader]:
            taken = add(taken, self.accounts[trader][token].notional)
        tokens = tuple(self.getBaseTokens[trader])
        made, fee = self._book().getTotalQuoteBalanceAndPendingFee(trader, tokens)
        return self.owed[trader], add(worth, add(taken, made)), fee

    def getMarkPrice(self, token: str) -> int:
        """The median of the market's price, its average, and the index with the usual premium."""
        average, premium = self._config().getMarkPriceConfig()
        spot = self._market_price(token, SPOT_INTERVAL)
        mean = self._market_price(token, average)
        market = self._market(token)
        over = sub(
            to_int(self._market_price(token, premium)), to_int(market.getIndexPrice(premium))
        )
        index = to_uint(add(to_int(market.getIndexPrice(0)), over))
        return median(spot, mean, index)

    def _price(self, token: str) -> int:
        """The mark price; of a paused market its index price, of a closed one its last."""
        market = self._market(token)
        if market.isOpen():
            return self.getMarkPrice(token)
        price: int = market.getClosedPrice() if market.isClosed() else market.getPausedIndexPrice()
        return price

    def _worth(self, token: str, size: int) -> int:
        return mul_div(size, to_int(self._price(token)), WAD) if size else 0

    def _market_price(self, token: str, interval: int) -> int:
        return price_of(self._book().getSqrtMarketTwapX96(token, interval))

    # LIQUIDATION

    def getMarginRequirementForLiquidation(self, trader: str) -> int:
        """Maintenance margin of all positions."""
        total = self.getTotalAbsPositionValue(trader)
        return to_int(mul_div_uint(total, self._config().getMmRatio(), RATIO))

    def getLiquidatablePositionSize(self, trader: str, token: str, accountValue: int) -> int:
        """How much of a position may be taken over at a value of the account.

        Nothing with enough margin. All of a small position, or with less than half of the margin.
        Else as much of it as brings the account half way: half of what all positions are worth,
        and at most the position.
        """
        requirement = self.getMarginRequirementForLiquidation(trader)
        size = self.getTotalPositionSize(trader, token)
        if accountValue >= requirement or size == 0:
            return 0
        worth = magnitude(self._worth(token, size))
        if worth <= WHOLE_UP_TO or accountValue < requirement // 2:
            return size
        ratio = self.share(self.getTotalAbsPositionValue(trader), worth)
        return mul_div(size, ratio, RATIO)

    def share(self, total: int, worth: int) -> int:
        """Share of a position that may be taken, six decimals: never more than all of it."""
        return min(mul_div_uint(total, RATIO, mul_uint(worth, 2)), RATIO)

    # COLLABORATORS

    def _book(self) -> Any:  # noqa: ANN401 (a twin)
        self.require(self.getOrderBook != NOBODY)
        return self.contract("venue")

    def _config(self) -> Any:  # noqa: ANN401 (a twin)
        self.require(self.getClearingHouseConfig != NOBODY)
        return self.contract("config")

    def _market(self, token: str) -> Any:  # noqa: ANN401 (a twin)
        """The market of a token; what is no token reverts without data."""
        label = self.label_of(token)
        if label not in TOKENS:
            self.revert()
        return self.contract(label)


def _no_dust(size: int) -> int:
    return 0 if magnitude(size) < DUST else size
