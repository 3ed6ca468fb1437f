"""The price of a liquid staking token: the feed of what is staked, times the token's own rate.

The twin of ``adapters/RatedFeed.sol``. Rounds are those of the feed; the rate is that of now, so a
slash counts in the block in which the token reports it, without waiting for a round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from weiproof.engine.contract import Contract
from weiproof.engine.errors import Panic
from weiproof.engine.fixed_point import OVERFLOW, WAD, div_truncate

from .errors import RateRefused

if TYPE_CHECKING:
    from weiproof.engine.contract import World

HIGHEST_RATE = 1_000 * WAD
_LIMIT = 2**255


class RatedFeed(Contract):
    """One such feed."""

    def __init__(self, world: World, name: str, feed: str, token: str, description: str) -> None:
        super().__init__(world, name)
        self._feed = feed
        self._token = token
        self._description = description
        self._decimals = cast("int", self.call(feed, "decimals")[0])

    def decimals(self) -> tuple[int]:
        """Decimals of every answer."""
        return (self._decimals,)

    def description(self) -> tuple[str]:
        """What the feed prices, for people."""
        return (self._description,)

    def version(self) -> tuple[int]:
        """Version of the adapter."""
        return (1,)

    def feed(self) -> tuple[str]:
        """The feed of what is staked."""
        return (self._feed,)

    def token(self) -> tuple[str]:
        """The token that says its rate."""
        return (self._token,)

    def getRoundData(self, roundId: int) -> tuple[int, int, int, int, int]:  # noqa: ARG002 - ABI
        """The latest round, whatever is asked for: there is no rate of the past."""
        return self.latestRoundData()

    def latestRoundData(self) -> tuple[int, int, int, int, int]:
        """The feed's latest round, its answer times the rate.

        Rounded down, a negative answer toward zero: the hub refuses it in any case.
        """
        # PRICES
        rate = cast("int", self.call(self._token, "exchangeRate")[0])
        latest = cast("tuple[int, int, int, int, int]", self.call(self._feed, "latestRoundData"))
        round_id, answer, started_at, updated_at, answered_in = latest
        # CHECKS
        if rate == 0 or rate > HIGHEST_RATE:
            raise RateRefused(rate)
        answer = div_truncate(answer * rate, WAD)
        if not -_LIMIT <= answer < _LIMIT:
            raise Panic(OVERFLOW)
        return (round_id, answer, started_at, updated_at, answered_in)
