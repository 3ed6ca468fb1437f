"""The twin of ClearingHouseConfig: ratios (six decimals) and intervals (seconds)."""

from __future__ import annotations

from perp_math import RATIO
from perp_owner import Owned


class Config(Owned):
    """Settings of the clearing house. Attributes answer the getters of the same names."""

    def __init__(self) -> None:
        super().__init__()
        self.getMaxMarketsPerAccount = 0
        self.getImRatio = 0
        self.getMmRatio = 0
        self.getLiquidationPenaltyRatio = 0
        self.getPartialCloseRatio = 0
        self.getMaxFundingRate = 0
        self.getTwapInterval = 0
        self.getSettlementTokenBalanceCap = 0
        self.intervals = (0, 0)

    def initialize(self) -> None:
        """10% initial and 6.25% maintenance margin, 2.5% penalty, prices over 15 and 30 minutes."""
        self.begin()
        self.own()
        self.getMaxMarketsPerAccount = 255
        self.getImRatio = RATIO // 10
        self.getMmRatio = RATIO // 16
        self.getLiquidationPenaltyRatio = RATIO // 40
        self.getMaxFundingRate = RATIO // 10
        self.getTwapInterval = 900
        self.intervals = (1800, 900)

    def setLiquidationPenaltyRatio(self, ratio: int) -> None:
        """At most all of it."""
        self.check(ratio <= RATIO, "CHC_RO")
        self.only_owner()
        self.getLiquidationPenaltyRatio = ratio
        self.emit("LiquidationPenaltyRatioChanged", ratio)

    def setTwapInterval(self, seconds: int) -> None:
        """Any interval."""
        self.only_owner()
        self.getTwapInterval = seconds
        self.emit("TwapIntervalChanged", seconds)

    def setMaxMarketsPerAccount(self, count: int) -> None:
        """Any count."""
        self.only_owner()
        self.getMaxMarketsPerAccount = count
        self.emit("MaxMarketsPerAccountChanged", count)

    def setSettlementTokenBalanceCap(self, cap: int) -> None:
        """Any cap."""
        self.only_owner()
        self.getSettlementTokenBalanceCap = cap
        self.emit("SettlementTokenBalanceCapChanged", cap)

    def setMaxFundingRate(self, rate: int) -> None:
        """Any rate, above 100% too."""
        self.only_owner()
        self.getMaxFundingRate = rate
        self.emit("MaxFundingRateChanged", rate)

    def setMarkPriceMarketTwapInterval(self, seconds: int) -> None:
        """Never zero."""
        self.only_owner()
        self.check(seconds, "CHC_IMPMTI")
        self.intervals = (seconds, self.intervals[1])
        self.emit("MarkPriceMarketTwapIntervalChanged", seconds)

    def setMarkPricePremiumInterval(self, seconds: int) -> None:
        """Never zero."""
        self.only_owner()
        self.check(seconds, "CHC_IMPPI")
        self.intervals = (self.intervals[0], seconds)
        self.emit("MarkPricePremiumIntervalChanged", seconds)

    def getMarkPriceConfig(self) -> tuple[int, int]:
        """Over how many seconds the market's price and the premium are averaged."""
        return self.intervals
