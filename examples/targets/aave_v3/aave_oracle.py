"""Twins of Aave's oracle, of the price feeds that it asks first, and of its fallback."""

from __future__ import annotations

from typing import Any

import aave_words as words
from aave_tokens import ZERO

from weiproof.crosscheck.targets import Mapping, Twin
from weiproof.crosscheck.targets.twin import Reverted

BASE_UNIT = 10**8
"""Prices have 8 decimals; the base currency is the zero address."""


class Prices(Twin):
    """Prices that everybody may set; zero where none is set."""

    def __init__(self) -> None:
        self.getAssetPrice = Mapping(0)
        self.getEthUsdPrice = 0

    def setAssetPrice(self, asset: str, price: int) -> None:
        """Sets a price."""
        self.getAssetPrice[asset] = price
        self.emit("AssetPriceUpdated", asset, price, self.now)

    def setEthUsdPrice(self, price: int) -> None:
        """Sets a price that nothing here reads."""
        self.getEthUsdPrice = price
        self.emit("EthPriceUpdated", price, self.now)


class Aggregator(Twin):
    """A feed that always answers the same."""

    def __init__(self, answer: int) -> None:
        self.latestAnswer = answer
        self.getTokenType = 1
        self.decimals = 8


class Oracle(Twin):
    """Asks an asset's feed, and the fallback where there is none or its answer is no price."""

    def __init__(self, admin: str, fallback: str) -> None:
        self.admin = admin
        self.getFallbackOracle = fallback
        self.getSourceOfAsset = Mapping(ZERO)
        self.BASE_CURRENCY = ZERO
        self.BASE_CURRENCY_UNIT = BASE_UNIT

    def setAssetSources(self, assets: tuple[str, ...], sources: tuple[str, ...]) -> None:
        """Gives assets their feeds."""
        self.require(self.sender == self.admin, "Error", words.NOT_LISTING_OR_POOL_ADMIN)
        self.require(len(assets) == len(sources), "Error", words.LENGTHS)
        for asset, source in zip(assets, sources, strict=True):
            self.getSourceOfAsset[asset] = source
            self.emit("AssetSourceUpdated", asset, source)

    def setFallbackOracle(self, fallbackOracle: str) -> None:
        """Replaces the fallback."""
        self.require(self.sender == self.admin, "Error", words.NOT_LISTING_OR_POOL_ADMIN)
        self.getFallbackOracle = fallbackOracle
        self.emit("FallbackOracleUpdated", fallbackOracle)

    def getAssetPrice(self, asset: str) -> int:
        """Price of a whole token."""
        if asset == ZERO:
            return BASE_UNIT
        source = self.getSourceOfAsset[asset]
        answer = 0 if source == ZERO else int(self._answering(source, "latestAnswer")())
        if answer > 0:
            return answer
        return int(self._answering(self.getFallbackOracle, "getAssetPrice")(asset))

    def getAssetsPrices(self, assets: tuple[str, ...]) -> tuple[tuple[int, ...]]:
        """Several prices at once."""
        return (tuple(map(self.getAssetPrice, assets)),)

    def _answering(self, address: str, function: str) -> Any:  # noqa: ANN401 (a function)
        """A function of whatever is at an address; it reverts where that has none.

        So it does where that is the oracle itself, which would ask itself without end.
        """
        label = self.label_of(address)
        if label in ("steady", "silent", "prices"):
            try:
                return getattr(self.contract(label), function)
            except AttributeError:
                pass
        raise Reverted("")
