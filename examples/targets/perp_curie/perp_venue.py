"""The twin of Venue.sol, the stand-in for order book, exchange, price feed and vault."""

from __future__ import annotations

from perp_math import RATIO

from weiproof.crosscheck.targets import Array, Mapping, Struct, Twin, int256, uint256


class Side(Struct):
    """What a maker's orders hold and owe of one token."""

    inPool: int = 0
    debt: int = 0


class Venue(Twin):
    """Numbers that anybody may set."""

    def __init__(self) -> None:
        self.getSqrtMarketTwapX96 = Mapping(lambda: Mapping(0))
        self.indexOf = Mapping(lambda: Mapping(0))
        self.sideOf = Mapping(lambda: Mapping(lambda: Mapping(Side)))
        self.feeOf = Mapping(lambda: Mapping(0))
        self.ordersOf = Mapping(lambda: Mapping(0))

    def getExchange(self) -> str:
        """It is the exchange, too."""
        return self.address

    def decimals(self) -> int:
        """Decimals of index prices."""
        return 8

    def setPrices(self, token: str, root: int, index: int, intervals: tuple[int, ...]) -> None:
        """One price over every interval."""
        for interval in intervals:
            self.getSqrtMarketTwapX96[token][interval] = root
            self.indexOf[token][interval] = index

    def setRoot(self, token: str, interval: int, root: int) -> None:
        """A market price over an interval."""
        self.getSqrtMarketTwapX96[token][interval] = root

    def setIndex(self, token: str, interval: int, index: int) -> None:
        """An index price over an interval."""
        self.indexOf[token][interval] = index

    def setSide(self, trader: str, token: str, ofBase: object, inPool: int, debt: int) -> None:
        """What orders hold and owe."""
        side = self.sideOf[trader][token][ofBase]
        side.inPool, side.debt = inPool, debt

    def setOrders(self, trader: str, token: str, orders: int, fee: int) -> None:
        """How many orders, and what they earned."""
        self.ordersOf[trader][token] = orders
        self.feeOf[trader][token] = fee

    def settle(self, balances: str, trader: str) -> int:
        """As the vault."""
        if self.label_of(balances) != "balance":
            self.revert()
        owed: int = self.contract("balance").settleOwedRealizedPnl(trader)
        return owed

    def liquidatable(
        self, balances: str, trader: str, token: str, millionths: int, more: int
    ) -> int:
        """As the clearing house: by a part of the requirement, rounded towards zero, and some."""
        if self.label_of(balances) != "balance":
            self.revert()
        balance = self.contract("balance")
        needed = int256(balance.getMarginRequirementForLiquidation(trader) * millionths)
        part = abs(needed) // RATIO
        value = int256((-part if needed < 0 else part) + more)
        size: int = balance.getLiquidatablePositionSize(trader, token, value)
        return size

    def getDispatchedPrice(self, interval: int) -> int:
        """The index price of the token that asks."""
        return self.indexOf[self.sender][interval]

    def getOpenOrderIds(self, trader: str, token: str) -> Array[bytes]:
        """As many empty names as there are orders."""
        return Array([bytes(32)] * self.ordersOf[trader][token])

    def hasOrder(self, trader: str, tokens: tuple[str, ...]) -> bool:
        """Whether there are orders in any of the markets."""
        return any(self.ordersOf[trader][token] for token in tokens)

    def getTotalQuoteBalanceAndPendingFee(
        self, trader: str, tokens: tuple[str, ...]
    ) -> tuple[int, int]:
        """Quote less what is owed of it, and fees, over several markets."""
        quote = fee = 0
        for token in tokens:
            side = self.sideOf[trader][token][False]
            quote = int256(quote + _wrapped(side.inPool))
            quote = int256(quote - _wrapped(side.debt))
            fee = uint256(fee + self.feeOf[trader][token])
        return quote, fee

    def getTotalTokenAmountInPoolAndPendingFee(
        self, trader: str, token: str, ofBase: object
    ) -> tuple[int, int]:
        """What orders hold, and what they earned."""
        return self.sideOf[trader][token][ofBase].inPool, self.feeOf[trader][token]

    def getTotalOrderDebt(self, trader: str, token: str, ofBase: object) -> int:
        """What orders owe."""
        owed: int = self.sideOf[trader][token][ofBase].debt
        return owed


def _wrapped(value: int) -> int:
    """An unsigned word read as a signed one."""
    return value - (1 << 256) if value >> 255 else value
