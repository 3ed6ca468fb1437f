"""Several feeds for a price, the median of those that can be trusted now.

The twin of ``OracleHub.sol``.

A feed does not count while its round is stale, not positive, incomplete, from the future, too
large, or cannot be read. Below the quorum the price reverts with the first feed's reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from weiproof.engine.access_control import DEFAULT_ADMIN_ROLE, AccessControl
from weiproof.engine.call import bytes32
from weiproof.engine.errors import INDEX_OUT_OF_RANGE, EmptyRevert, Panic, Revert
from weiproof.engine.records import LIQUIDATION, MAX_PRICE
from weiproof.engine.state import Record, Table

from .errors import (
    FeedUnreadable,
    FutureRound,
    IncompleteRound,
    InvalidConfiguration,
    NonPositiveAnswer,
    PriceTooLarge,
    StalePrice,
    UnknownPrice,
)
from .round import Round

if TYPE_CHECKING:
    from weiproof.engine.contract import World

MAX_SOURCES = 5
"""Most feeds for one price."""

WAD_DECIMALS = 18


class Reason(IntEnum):
    """Why a feed does not count."""

    NONE = 0
    FEED_UNREADABLE = 1
    INCOMPLETE_ROUND = 2
    NON_POSITIVE_ANSWER = 3
    FUTURE_ROUND = 4
    STALE_PRICE = 5
    PRICE_TOO_LARGE = 6


@dataclass(frozen=True, slots=True)
class Source:
    """One feed of a price; age limits in seconds."""

    feed: str
    max_age: int
    liquidation_max_age: int
    decimals: int


@dataclass(slots=True)
class PriceRecord(Record):
    """The feeds of a price and how many of them must be trusted."""

    sources: tuple[Source, ...] = ()
    quorum: int = 0

    def fields(self) -> tuple[object, ...]:
        """Sources as nested tuples, then the quorum."""
        rows = tuple((s.feed, s.max_age, s.liquidation_max_age, s.decimals) for s in self.sources)
        return (rows, self.quorum)


EMPTY_ROUND = Round(0, 0, 0, 0, 0)


class OracleHub(AccessControl):
    """The hub."""

    def __init__(self, world: World, name: str, admin: str) -> None:
        super().__init__(world, name)
        self._prices = Table(world.store, "price", PriceRecord)
        self.grant(DEFAULT_ADMIN_ROLE, admin)

    def configure(
        self,
        priceId: bytes,
        feeds: tuple[str, ...],
        maxAges: tuple[int, ...],
        liquidationMaxAges: tuple[int, ...],
        quorum: int,
    ) -> None:
        """Sets the feeds of a price; decimals are read from each feed and kept."""
        self.only_role(DEFAULT_ADMIN_ROLE)
        # CHECKS
        if len(feeds) == 0 or len(feeds) > MAX_SOURCES:
            raise InvalidConfiguration(priceId, bytes32("feeds"))
        if len(maxAges) != len(feeds):
            raise InvalidConfiguration(priceId, bytes32("maxAges"))
        if len(liquidationMaxAges) != len(feeds):
            raise InvalidConfiguration(priceId, bytes32("liquidationMaxAges"))
        if quorum == 0 or quorum > len(feeds):
            raise InvalidConfiguration(priceId, bytes32("quorum"))
        # EFFECTS
        sources: list[Source] = []
        for i, feed in enumerate(feeds):
            if liquidationMaxAges[i] < maxAges[i]:
                raise InvalidConfiguration(priceId, bytes32("liquidationMaxAges"))
            if feed in feeds[:i]:
                raise InvalidConfiguration(priceId, bytes32("feeds"))
            decimals = self._decimals_of(feed)
            if decimals > WAD_DECIMALS:
                raise InvalidConfiguration(priceId, bytes32("decimals"))
            sources.append(Source(feed, maxAges[i], liquidationMaxAges[i], decimals))
        self._prices.put(PriceRecord(tuple(sources), quorum), priceId.hex())
        # EVENTS
        self.emit("PriceConfigured", priceId, feeds, quorum)

    def price(self, priceId: bytes, purpose: int) -> tuple[int]:
        """The price, WAD; see :meth:`read_price`."""
        _check_purpose(purpose)
        return (self.read_price(priceId, purpose),)

    def read_price(self, price_id: bytes, purpose: int) -> int:
        """The price, WAD. Median of an even count.

        The average of the two in the middle, rounded down.
        """
        # CHECKS
        record = self._prices.read(price_id.hex())
        if len(record.sources) == 0:
            raise UnknownPrice(price_id)
        # PRICES
        prices: list[int] = []
        first_refused: Source | None = None
        for source in record.sources:
            latest, reason = self._read(source, purpose)
            if reason is Reason.NONE:
                prices.append(_scaled(latest.answer, source.decimals))
            elif first_refused is None:
                first_refused = source
        if len(prices) < record.quorum and first_refused is not None:
            self._refuse(price_id, first_refused, purpose)
        return _median(sorted(prices))

    def sourceCount(self, priceId: bytes) -> tuple[int]:
        """How many feeds a price has."""
        return (self.source_count(priceId),)

    def source_count(self, price_id: bytes) -> int:
        """How many feeds a price has; 0 where it is not configured."""
        return len(self._prices.read(price_id.hex()).sources)

    def quorumOf(self, priceId: bytes) -> tuple[int]:
        """How many feeds must be trusted for a price."""
        return (self._prices.read(priceId.hex()).quorum,)

    def sourceOf(self, priceId: bytes, index: int) -> tuple[tuple[str, int, int, int]]:
        """One configured feed of a price: feed, maxAge, liquidationMaxAge, decimals."""
        sources = self._prices.read(priceId.hex()).sources
        if index >= len(sources):
            raise Panic(INDEX_OUT_OF_RANGE)
        source = sources[index]
        return ((source.feed, source.max_age, source.liquidation_max_age, source.decimals),)

    def reasonsOf(self, priceId: bytes, purpose: int) -> tuple[tuple[int, ...]]:
        """Each feed's reason not to count, 0 where it does."""
        _check_purpose(purpose)
        sources = self._prices.read(priceId.hex()).sources
        return (tuple(int(self._read(source, purpose)[1]) for source in sources),)

    def _read(self, source: Source, purpose: int) -> tuple[Round, Reason]:  # noqa: PLR0911 - one a reason
        """The feed's latest round, and why it does not count."""
        try:
            latest = self._latest_round(source.feed)
        except Revert:
            return EMPTY_ROUND, Reason.FEED_UNREADABLE
        now = self.world.now
        if latest.updated_at == 0 or latest.answered_in_round < latest.round_id:
            return latest, Reason.INCOMPLETE_ROUND
        if latest.answer <= 0:
            return latest, Reason.NON_POSITIVE_ANSWER
        if latest.updated_at > now:
            return latest, Reason.FUTURE_ROUND
        if now - latest.updated_at > _max_age(source, purpose):
            return latest, Reason.STALE_PRICE
        if latest.answer > MAX_PRICE // 10 ** (WAD_DECIMALS - source.decimals):
            return latest, Reason.PRICE_TOO_LARGE
        return latest, Reason.NONE

    def _refuse(self, price_id: bytes, source: Source, purpose: int) -> None:
        latest, reason = self._read(source, purpose)
        feed = source.feed
        if reason is Reason.FEED_UNREADABLE:
            raise FeedUnreadable(price_id, feed)
        if reason is Reason.INCOMPLETE_ROUND:
            raise IncompleteRound(price_id, feed, latest.round_id)
        if reason is Reason.NON_POSITIVE_ANSWER:
            raise NonPositiveAnswer(price_id, feed, latest.answer)
        if reason is Reason.FUTURE_ROUND:
            raise FutureRound(price_id, feed, latest.updated_at)
        if reason is Reason.STALE_PRICE:
            raise StalePrice(price_id, feed, latest.updated_at, _max_age(source, purpose))
        raise PriceTooLarge(price_id, feed, latest.answer)

    def _decimals_of(self, address: str) -> int:
        """What the contract at an address says; it need not be a feed."""
        decimals = getattr(self.world.deployed.get(address), "decimals", None)
        if decimals is None:
            raise EmptyRevert
        return int(decimals()[0])

    def _latest_round(self, address: str) -> Round:
        """The latest round of a feed; a call to anything else fails without a reason."""
        latest_round = getattr(self.world.deployed.get(address), "latest_round", None)
        if latest_round is None:
            raise EmptyRevert
        found: Round = latest_round()
        return found


def _check_purpose(purpose: int) -> None:
    """A number that is no purpose reverts without data, as the ABI decoder does."""
    if purpose > LIQUIDATION:
        raise EmptyRevert


def _max_age(source: Source, purpose: int) -> int:
    return source.liquidation_max_age if purpose == LIQUIDATION else source.max_age


def _scaled(answer: int, decimals: int) -> int:
    """Exact: answers have at most 18 decimals."""
    return answer * int(10 ** (WAD_DECIMALS - decimals))


def _median(prices: list[int]) -> int:
    middle = len(prices) // 2
    if len(prices) % 2 == 1:
        return prices[middle]
    return (prices[middle - 1] + prices[middle]) // 2
