"""A price of Pyth as a feed of rounds: the twin of ``adapters/PythFeed.sol``.

All of a round's ids and times are the time of publication. A price whose confidence interval is
too wide, or whose exponent is no longer that of the feed's decimals, cannot be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weiproof.engine.contract import Contract

from .errors import ConfidenceTooWide, ExponentRefused
from .price_policy import WAD_DECIMALS

if TYPE_CHECKING:
    from weiproof.engine.contract import World

TEN_THOUSANDTHS = 10_000


class PythFeed(Contract):
    """One such feed."""

    def __init__(
        self,
        world: World,
        name: str,
        pyth: str,
        price_id: bytes,
        max_confidence: int,
        description: str,
    ) -> None:
        super().__init__(world, name)
        self._pyth = pyth
        self._price_id = price_id
        self._max_confidence = max_confidence
        self._description = description
        expo = self._price()[2]
        if not -WAD_DECIMALS <= expo <= 0:
            raise ExponentRefused(expo)
        self._decimals = -expo

    def decimals(self) -> tuple[int]:
        """Decimals of every answer."""
        return (self._decimals,)

    def description(self) -> tuple[str]:
        """What the feed prices, for people."""
        return (self._description,)

    def version(self) -> tuple[int]:
        """Version of the adapter."""
        return (1,)

    def pyth(self) -> tuple[str]:
        """Pyth's contract."""
        return (self._pyth,)

    def priceId(self) -> tuple[bytes]:
        """Pyth's id of the price."""
        return (self._price_id,)

    def maxConfidence(self) -> tuple[int]:
        """Widest confidence interval, in ten-thousandths of the price."""
        return (self._max_confidence,)

    def getRoundData(self, roundId: int) -> tuple[int, int, int, int, int]:  # noqa: ARG002 - ABI
        """The latest round, whatever is asked for."""
        return self.latestRoundData()

    def latestRoundData(self) -> tuple[int, int, int, int, int]:
        """The latest round: id, answer, startedAt, updatedAt, answeredInRound."""
        # PRICES
        price, conf, expo, published_at = self._price()
        # CHECKS
        if expo != -self._decimals:
            raise ExponentRefused(expo)
        if price > 0 and conf * TEN_THOUSANDTHS > price * self._max_confidence:
            raise ConfidenceTooWide(price, conf)
        round_id = published_at % 2**80
        return (round_id, price, published_at, published_at, round_id)

    def _price(self) -> tuple[int, int, int, int]:
        """Price, confidence, exponent and time of publication."""
        answer: Any = self.call(self._pyth, "getPriceUnsafe", self._price_id)[0]
        price, conf, expo, published_at = answer
        return price, conf, expo, published_at
