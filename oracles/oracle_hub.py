"""Several feeds for a price, and one price of those that can be trusted now.

The twin of ``OracleHub.sol``.

A feed does not count while its round is stale, not positive, incomplete, from the future, too
large, outside its bounds, or cannot be read. Below the quorum the price reverts with the first
feed's reason. A price can be held against another one and against the last that was recorded, and
while a sequencer is down there is none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weiproof.engine.access_control import DEFAULT_ADMIN_ROLE, AccessControl
from weiproof.engine.call import bytes32
from weiproof.engine.contract import ZERO_ADDRESS
from weiproof.engine.errors import INDEX_OUT_OF_RANGE, EmptyRevert, Panic, Revert
from weiproof.engine.records import LAST_PURPOSE, TRADE
from weiproof.engine.state import Table

from .errors import (
    AnswerOutsideBounds,
    DeviationTooLarge,
    FeedUnreadable,
    FutureRound,
    IncompleteRound,
    InvalidConfiguration,
    NonPositiveAnswer,
    PriceTooLarge,
    SequencerDown,
    SequencerInGrace,
    SequencerUnreadable,
    StalePrice,
    StepTooLarge,
    UnknownPrice,
)
from .price_policy import WAD_DECIMALS, Reason, Reducer, Rules, deviates, reduced, refusal
from .price_records import PURPOSES, Policy, PriceRecord, Sequencer, Source
from .round import Round

if TYPE_CHECKING:
    from enum import IntEnum

    from weiproof.engine.contract import World

MAX_SOURCES = 5
"""Most feeds for one price."""

EMPTY_ROUND = Round(0, 0, 0, 0, 0)


class OracleHub(AccessControl):
    """The hub."""

    def __init__(self, world: World, name: str, admin: str) -> None:
        super().__init__(world, name)
        self._prices = Table(world.store, "price", PriceRecord)
        self._sequencers = Table(world.store, "sequencer", Sequencer)
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
        record = self._prices.edit(priceId.hex())
        record.sources = tuple(sources)
        record.quorum = quorum
        record.policy = Policy()
        # EVENTS
        self.emit("PriceConfigured", priceId, feeds, quorum)

    def setRules(self, priceId: bytes, index: int, rules: tuple[int, ...]) -> None:
        """Sets how the rounds of one feed of a price are judged."""
        self.only_role(DEFAULT_ADMIN_ROLE)
        given = Rules(*rules)  # type: ignore[arg-type]
        # CHECKS
        sources = self._prices.read(priceId.hex()).sources
        if index >= len(sources):
            raise InvalidConfiguration(priceId, bytes32("index"))
        if given.min_answer < 0:
            raise InvalidConfiguration(priceId, bytes32("minAnswer"))
        if given.max_answer != 0 and given.max_answer < given.min_answer:
            raise InvalidConfiguration(priceId, bytes32("maxAnswer"))
        # EFFECTS
        judged = replace(sources[index], rules=given)
        changed = (*sources[:index], judged, *sources[index + 1 :])
        self._prices.edit(priceId.hex()).sources = changed
        # EVENTS
        self.emit("RulesSet", priceId, index, rules)

    def setPolicy(self, priceId: bytes, policy: tuple[int, int, int, int, bytes]) -> None:
        """Sets how the prices of several feeds become one, and what it is held against."""
        self.only_role(DEFAULT_ADMIN_ROLE)
        given = Policy(*policy)
        # CHECKS
        if self.source_count(priceId) == 0:
            raise UnknownPrice(priceId)
        if given.lenient > PURPOSES:
            raise InvalidConfiguration(priceId, bytes32("lenient"))
        if given.max_deviation != 0:
            if given.anchor == priceId:
                raise InvalidConfiguration(priceId, bytes32("anchor"))
            if self.source_count(given.anchor) == 0:
                raise UnknownPrice(given.anchor)
        _check_choice(given.reducer, Reducer)
        # EFFECTS
        self._prices.edit(priceId.hex()).policy = given
        # EVENTS
        self.emit("PolicySet", priceId, policy)

    def setSequencer(self, sequencer: tuple[str, int, int, bool]) -> None:
        """Sets whose uptime prices wait for."""
        self.only_role(DEFAULT_ADMIN_ROLE)
        given = Sequencer(*sequencer)
        # CHECKS
        if given.purposes > PURPOSES:
            raise InvalidConfiguration(bytes(32), bytes32("purposes"))
        # EFFECTS
        self._sequencers.put(given, self.name)
        # EVENTS
        self.emit("SequencerSet", sequencer)

    def record(self, priceId: bytes) -> tuple[int]:
        """Keeps the present price, which later ones are held against; anybody may."""
        # PRICES
        recorded = self.read_price(priceId, TRADE)
        # EFFECTS
        self._prices.edit(priceId.hex()).recorded = recorded
        # EVENTS
        self.emit("PriceRecorded", priceId, recorded)
        return (recorded,)

    def forget(self, priceId: bytes) -> None:
        """Forgets the price recorded last, so that any is taken next."""
        self.only_role(DEFAULT_ADMIN_ROLE)
        # EFFECTS
        self._prices.edit(priceId.hex()).recorded = 0
        # EVENTS
        self.emit("PriceRecorded", priceId, 0)

    def price(self, priceId: bytes, purpose: int) -> tuple[int]:
        """The price, WAD; see :meth:`read_price`."""
        _check_purpose(purpose)
        return (self.read_price(priceId, purpose),)

    def read_price(self, price_id: bytes, purpose: int) -> int:
        """The price, WAD, or a revert that names why there is none."""
        # CHECKS
        self._check_sequencer(purpose)
        # PRICES
        result = self._reduced(price_id, purpose)
        record = self._prices.read(price_id.hex())
        policy = record.policy
        if policy.max_deviation:
            anchor = self._reduced(policy.anchor, purpose)
            if deviates(result, anchor, policy.max_deviation):
                raise DeviationTooLarge(price_id, result, anchor)
        recorded = record.recorded
        if policy.max_step and recorded and deviates(result, recorded, policy.max_step):
            raise StepTooLarge(price_id, result, recorded)
        return result

    def sourceCount(self, priceId: bytes) -> tuple[int]:
        """How many feeds a price has."""
        return (self.source_count(priceId),)

    def source_count(self, price_id: bytes) -> int:
        """How many feeds a price has; 0 where it is not configured."""
        return len(self._prices.read(price_id.hex()).sources)

    def quorumOf(self, priceId: bytes) -> tuple[int]:
        """How many feeds must be trusted for a price."""
        return (self._prices.read(priceId.hex()).quorum,)

    def sourceOf(self, priceId: bytes, index: int) -> tuple[tuple[object, ...]]:
        """One configured feed of a price."""
        sources = self._prices.read(priceId.hex()).sources
        if index >= len(sources):
            raise Panic(INDEX_OUT_OF_RANGE)
        return (sources[index].fields(),)

    def policyOf(self, priceId: bytes) -> tuple[tuple[object, ...]]:
        """The policy of a price."""
        return (self._prices.read(priceId.hex()).policy.fields(),)

    def recordedOf(self, priceId: bytes) -> tuple[int]:
        """The price recorded last, WAD; 0 for none."""
        return (self._prices.read(priceId.hex()).recorded,)

    def sequencerUptime(self) -> tuple[tuple[object, ...]]:
        """Whose uptime prices wait for."""
        return (self._sequencers.read(self.name).fields(),)

    def reasonsOf(self, priceId: bytes, purpose: int) -> tuple[tuple[int, ...]]:
        """Each feed's reason not to count, 0 where it does."""
        _check_purpose(purpose)
        record = self._prices.read(priceId.hex())
        lenient = record.policy.lenient
        return (
            tuple(
                int(self._read(source, _max_age(source, lenient, purpose))[1])
                for source in record.sources
            ),
        )

    def _reduced(self, price_id: bytes, purpose: int) -> int:
        """One price of the feeds that count, whatever it is held against."""
        # CHECKS
        record = self._prices.read(price_id.hex())
        if len(record.sources) == 0:
            raise UnknownPrice(price_id)
        # PRICES
        policy = record.policy
        values: list[int] = []
        times: list[int] = []
        first_refused: Source | None = None
        for source in record.sources:
            latest, reason = self._read(source, _max_age(source, policy.lenient, purpose))
            if reason is Reason.NONE:
                values.append(_scaled(latest.answer, source.decimals))
                times.append(latest.updated_at)
            elif first_refused is None:
                first_refused = source
        if len(values) < record.quorum and first_refused is not None:
            self._refuse(price_id, first_refused, _max_age(first_refused, policy.lenient, purpose))
        return reduced(values, times, policy.reducer)

    def _read(self, source: Source, max_age: int) -> tuple[Round, Reason]:
        """The feed's latest round, and why it does not count."""
        try:
            latest = self._latest_round(source.feed)
        except Revert:
            return EMPTY_ROUND, Reason.FEED_UNREADABLE
        return latest, refusal(latest, source.decimals, max_age, source.rules, self.world.now)

    def _check_sequencer(self, purpose: int) -> None:
        """Reverts while the sequencer is down or was until a short while ago.

        For the purposes that wait for it.
        """
        # CHECKS
        sequencer = self._sequencers.read(self.name)
        if sequencer.feed == ZERO_ADDRESS or not sequencer.purposes & 1 << purpose:
            return
        try:
            latest = self._latest_round(sequencer.feed)
        except Revert:
            latest = EMPTY_ROUND
        since = latest.updated_at if sequencer.by_update else latest.started_at
        if since == 0:
            raise SequencerUnreadable(sequencer.feed)
        if latest.answer != 0:
            raise SequencerDown(sequencer.feed)
        if self.world.now - since <= sequencer.grace:
            raise SequencerInGrace(sequencer.feed, since, sequencer.grace)

    def _refuse(self, price_id: bytes, source: Source, max_age: int) -> None:
        latest, reason = self._read(source, max_age)
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
            raise StalePrice(price_id, feed, latest.updated_at, max_age)
        if reason is Reason.ANSWER_OUTSIDE_BOUNDS:
            raise AnswerOutsideBounds(price_id, feed, latest.answer)
        raise PriceTooLarge(price_id, feed, latest.answer)

    def _decimals_of(self, address: str) -> int:
        """What the contract at an address says; it need not be a feed."""
        return int(self.call(address, "decimals")[0])  # type: ignore[arg-type]

    def _latest_round(self, address: str) -> Round:
        """The latest round of a feed; a call to anything else fails without a reason."""
        return Round(*self.call(address, "latestRoundData"))  # type: ignore[arg-type]


def _check_purpose(purpose: int) -> None:
    """A number that is no purpose reverts without data, as the ABI decoder does."""
    if purpose > LAST_PURPOSE:
        raise EmptyRevert


def _check_choice(value: int, choices: type[IntEnum]) -> None:
    """The same of any other choice."""
    if value >= len(choices):
        raise EmptyRevert


def _max_age(source: Source, lenient: int, purpose: int) -> int:
    return source.liquidation_max_age if lenient & 1 << purpose else source.max_age


def _scaled(answer: int, decimals: int) -> int:
    """Exact: answers have at most 18 decimals."""
    return answer * int(10 ** (WAD_DECIMALS - decimals))
