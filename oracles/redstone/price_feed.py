"""Price feeds in front of an adapter, with Chainlink's interface.

``PriceFeedWithRounds``, ``PriceFeedWithoutRounds``, the feed of a multi-feed adapter, and the
merged ones that are their own adapter (@redstone-finance/on-chain-relayer 0.6.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from weiproof.engine.errors import RevertReason
from weiproof.engine.fixed_point import MAX_INT256

from .adapter import (
    Initializable,
    PriceFeedsAdapterWithoutRounds,
    PriceFeedsAdapterWithRounds,
)
from .errors import GetRoundDataCanBeOnlyCalledWithLatestRound, UnsafeUintToIntConversion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weiproof.engine.contract import World

DECIMALS = 8
ONLY_ROUND = 1
"""Round of a feed without rounds."""


def signed_answer(value: int) -> int:
    """The value as an answer; reverts beyond 255 bits."""
    if value > MAX_INT256:
        raise UnsafeUintToIntConversion(value)
    return value


def cast_answer(value: int) -> int:
    """The same, reverting as OpenZeppelin's ``SafeCast`` does."""
    if value > MAX_INT256:
        raise RevertReason("SafeCast: value doesn't fit in an int256")
    return value


class PriceFeed(Initializable):
    """One feed of an adapter; reads revert without data where the adapter is none."""

    _adapter: str
    _feed_id: bytes

    def __init__(self, world: World, name: str, adapter: str, feed_id: bytes) -> None:
        super().__init__(world, name)
        self._adapter, self._feed_id = adapter.lower(), feed_id

    def decimals(self) -> tuple[int]:
        """Decimals of every answer."""
        return (DECIMALS,)

    def description(self) -> tuple[str]:
        """The same for all feeds."""
        return ("Redstone Price Feed",)

    def version(self) -> tuple[int]:
        """Version of the feed."""
        return (1,)

    def getDataFeedId(self) -> tuple[bytes]:
        """Which value of the adapter's it is."""
        return (self._feed_id,)

    def getPriceFeedAdapter(self) -> tuple[str]:
        """The adapter."""
        return (self._adapter,)

    def latestRound(self) -> tuple[int]:
        """The latest round: the only one."""
        return (ONLY_ROUND,)

    def latestAnswer(self) -> tuple[int]:
        """The latest value."""
        (value,) = self._read("getValueForDataFeed", self._feed_id)
        return (signed_answer(value),)

    def latestRoundData(self) -> tuple[int, int, int, int, int]:
        """The latest round; both its times are those of the block, not of the data."""
        (round_id,) = self.latestRound()
        (answer,) = self.latestAnswer()
        (at,) = self._read("getBlockTimestampFromLatestUpdate")
        return (round_id, answer, at, at, round_id)

    def getRoundData(self, requestedRoundId: int) -> tuple[int, int, int, int, int]:
        """The latest round, by its id only."""
        if requestedRoundId != ONLY_ROUND:
            raise GetRoundDataCanBeOnlyCalledWithLatestRound(requestedRoundId)
        return self.latestRoundData()

    def _read(self, function: str, *args: int | bytes) -> tuple[int, ...]:
        """What the adapter answers."""
        return cast("tuple[int, ...]", self.call(self._adapter, function, *args))


class PriceFeedWithoutRounds(PriceFeed):
    """A feed of an adapter that keeps no history."""


class PriceFeedWithoutRoundsForMultiFeedAdapter(PriceFeed):
    """A feed of a multi-feed adapter; a whole round cannot be read once it is 30 hours old."""

    def latestRoundData(self) -> tuple[int, int, int, int, int]:
        """The round; both its times are those of the block of the feed's own update."""
        _, at, value = self._read("getLastUpdateDetails", self._feed_id)
        return (ONLY_ROUND, cast_answer(value), at, at, ONLY_ROUND)


class PriceFeedWithRounds(PriceFeed):
    """A feed of an adapter with rounds."""

    def getPriceFeedAdapterWithRounds(self) -> tuple[str]:
        """The adapter."""
        return (self._adapter,)

    def latestRound(self) -> tuple[int]:
        """The adapter's latest round."""
        (round_id,) = self._read("getLatestRoundId")
        return (round_id,)

    def getRoundData(self, requestedRoundId: int) -> tuple[int, int, int, int, int]:
        """A round; here ``startedAt`` is the time of the data, in whole seconds."""
        value, milliseconds, at = self._read(
            "getRoundDataFromAdapter", self._feed_id, requestedRoundId
        )
        answer = signed_answer(value)
        return (requestedRoundId, answer, milliseconds // 1000, at, requestedRoundId)


class MergedPriceFeedAdapterWithRounds(PriceFeedWithRounds, PriceFeedsAdapterWithRounds):
    """A feed that is its own adapter."""

    def __init__(self, world: World, name: str, settings: tuple[Any, ...]) -> None:
        PriceFeedsAdapterWithRounds.__init__(self, world, name, settings)
        self._adapter, self._feed_id = self.address, self.settings.feed_ids[0]

    def aggregator(self) -> tuple[str]:
        """Itself."""
        return (self.address,)

    def _update(self, ids: Sequence[bytes], values: Sequence[int]) -> None:
        super()._update(ids, values)
        self.emit("AnswerUpdated", cast_answer(values[0]), self._round_id(), self.world.now)


class MergedPriceFeedAdapterWithoutRounds(PriceFeedWithoutRounds, PriceFeedsAdapterWithoutRounds):
    """The same without rounds."""

    def __init__(self, world: World, name: str, settings: tuple[Any, ...]) -> None:
        PriceFeedsAdapterWithoutRounds.__init__(self, world, name, settings)
        self._adapter, self._feed_id = self.address, self.settings.feed_ids[0]

    def aggregator(self) -> tuple[str]:
        """Itself."""
        return (self.address,)

    def _update(self, ids: Sequence[bytes], values: Sequence[int]) -> None:
        super()._update(ids, values)
        self.emit("AnswerUpdated", cast_answer(values[0]), ONLY_ROUND, self.world.now)
