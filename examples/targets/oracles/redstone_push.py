"""RedStone's adapters and price feeds, which a relayer keeps.

The contracts of @redstone-finance/on-chain-relayer 0.6.1 (with evm-connector 0.6.1, which it asks
for) under thin ones of our own, which fill in signers and feeds, and call themselves with a payload
appended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import redstone_draws as draws

from weiproof.crosscheck.targets import Deploy, Ref, Target
from weiproof.oracles.redstone.adapter import (
    PriceFeedsAdapterWithoutRounds,
    PriceFeedsAdapterWithRounds,
    RedstoneAdapter,
    Settings,
)
from weiproof.oracles.redstone.multi_feed import (
    MAX_STALENESS,
    MultiFeedAdapterWithoutRounds,
)
from weiproof.oracles.redstone.price_feed import (
    MergedPriceFeedAdapterWithoutRounds,
    MergedPriceFeedAdapterWithRounds,
    PriceFeedWithoutRounds,
    PriceFeedWithoutRoundsForMultiFeedAdapter,
    PriceFeedWithRounds,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from weiproof.crosscheck.targets import Call, Scene
    from weiproof.engine.call import Outcome


class Updated(RedstoneAdapter):
    """Twin of what makes an update callable with its payload as an argument."""

    def updateFrom(self, dataPackagesTimestamp: int, payload: bytes) -> None:
        """Calls itself."""
        self.call(self.address, "updateDataFeedsValues", dataPackagesTimestamp, payload)


class WithRounds(Updated, PriceFeedsAdapterWithRounds):
    """An adapter with rounds."""


class WithoutRounds(Updated, PriceFeedsAdapterWithoutRounds):
    """An adapter without rounds."""


class MergedWithRounds(MergedPriceFeedAdapterWithRounds, Updated):
    """An adapter of one feed, with rounds."""


class MergedWithoutRounds(MergedPriceFeedAdapterWithoutRounds, Updated):
    """An adapter of one feed, without rounds."""


class Multi(MultiFeedAdapterWithoutRounds):
    """An adapter whose feeds are updated each for itself."""

    def updatePartialFrom(self, ids: tuple[bytes, ...], payload: bytes) -> None:
        """Calls itself."""
        self.call(self.address, "updateDataFeedsValuesPartial", ids, payload)


ETH, BTC, _ = draws.FEEDS
SETTINGS = Settings(draws.SIGNERS, 3, draws.FEEDS)
PATIENT = Settings(draws.SIGNERS, 1, draws.FEEDS[:1], 0, 2**255, 2**255)
"""An adapter that takes data of any time, as often as they come."""

ADAPTERS = {
    "rounds": SETTINGS,
    "latest": SETTINGS._replace(threshold=2),
    "mergedRounds": SETTINGS._replace(threshold=1, feed_ids=draws.FEEDS[:1]),
    "mergedLatest": SETTINGS._replace(threshold=2, feed_ids=draws.FEEDS[:1]),
    "patient": PATIENT,
}


READERS = {"rounds": "ethRounds", "latest": "btcLatest", "patient": "ethPatient"}
"""Feeds in front of adapters that are no feeds themselves."""

READS = ("latestRoundData", "latestAnswer")

SETTLED = (
    "aggregateValues",
    "decimals",
    "description",
    "getAllowedTimestampDiffsInSeconds",
    "getAuthorisedSignerIndex",
    "getBlockTimestamp",
    "getDataFeedId",
    "getDataServiceId",
    "getMinIntervalBetweenUpdates",
    "getPriceFeedAdapter",
    "getUniqueSignersThreshold",
    "requireAuthorisedUpdater",
    "validateDataFeedValueOnRead",
    "validateDataFeedValueOnWrite",
    "validateDataPackagesTimestampOnce",
    "validateProposedDataPackagesTimestamp",
    "version",
)
"""What never changes, or is a part of an update, and is asked of one contract of a kind only."""


def update(label: str) -> Callable[[Scene], Iterator[Call]]:
    """An update as a relayer sends it: mostly good, the proposed time mostly that of the data."""
    settings = ADAPTERS[label]

    def made(scene: Scene) -> Iterator[Call]:
        for _ in range(scene.among(1, 2, 2)):
            at = draws.milliseconds(scene)
            if scene.one_in(6):
                at = next_to(scene, scene.ask(label, "getDataTimestampFromLatestUpdate"))
            proposed = next_to(scene, at) if scene.one_in(12) else at
            if settings is PATIENT and scene.one_in(8):
                proposed = next_to(scene, 2**128)
            keys = draws.KEYS[: settings.threshold + scene.among(0, 0, 1, 2)]
            payload = appended(scene, at, settings.feed_ids, keys)
            yield scene.call(scene.among(*scene.actors), label, "updateFrom", proposed, payload)
            if scene.one_in(2):
                feed, function = READERS.get(label, label), scene.among(*READS)
                yield scene.call(scene.among(*scene.actors), feed, function)
            scene.wait(scene.among(0, 1, 2, 3, 4, 30))

    return made


def update_partial(scene: Scene) -> Iterator[Call]:
    """Updates of some feeds of the multi-feed adapter, often two at the same time."""
    for _ in range(scene.among(1, 2, 2)):
        ids = draws.FEEDS[: scene.among(1, 2, 3, 3)]
        at = draws.milliseconds(scene)
        if scene.one_in(4):
            at = next_to(scene, scene.ask("multi", "getLastUpdateDetailsUnsafe", ids[0])[0])
        payload = appended(scene, at, ids, draws.KEYS[: scene.among(1, 2)])
        yield scene.call(scene.among(*scene.actors), "multi", "updatePartialFrom", ids, payload)
        if scene.one_in(2):
            yield scene.call(scene.among(*scene.actors), "ethMulti", scene.among(*READS))
        scene.wait(scene.among(0, 0, 1, 3, 30, MAX_STALENESS - 1, MAX_STALENESS))


def appended(scene: Scene, at: int, ids: Sequence[bytes], keys: Sequence[bytes]) -> bytes:
    """A payload, in every other case with nothing wrong about it but, maybe, its time."""
    make = scene.among(draws.payload_of, draws.sound_payload)
    return make(scene, at, ids, keys)


def next_to(scene: Scene, number: int) -> int:
    """The number, or one on either side of it."""
    return max(number + scene.among(-1, 0, 1), 0)


def round_id(scene: Scene) -> int:
    """A round that was written, or is next to one."""
    latest = scene.ask("rounds", "getLatestRoundId")
    return scene.among(0, 1, latest, latest + 1, max(latest - 1, 0), 2**80 - 1)


def proposed(scene: Scene) -> int:
    """Milliseconds that an update may propose."""
    if scene.one_in(10):
        return scene.among(0, 2**128 - 1, 2**128, 2**256 - 1)
    return draws.milliseconds(scene)


def updater(scene: Scene) -> str:
    """Anybody."""
    return scene.among(*scene.actors)


class RedstonePush(Target):
    """Adapters of both kinds, merged and not, and price feeds in front of them."""

    name = "redstone-push"
    artifacts = "../../../node_modules/.targets/oracles/redstone_push"
    contracts = (
        Deploy("rounds", "AdapterWithRounds", args=(ADAPTERS["rounds"],), model=WithRounds),
        Deploy("latest", "AdapterWithoutRounds", args=(ADAPTERS["latest"],), model=WithoutRounds),
        Deploy(
            "mergedRounds",
            "MergedWithRounds",
            args=(ADAPTERS["mergedRounds"],),
            model=MergedWithRounds,
        ),
        Deploy(
            "mergedLatest",
            "MergedWithoutRounds",
            args=(ADAPTERS["mergedLatest"],),
            model=MergedWithoutRounds,
        ),
        Deploy("patient", "AdapterWithRounds", args=(PATIENT,), model=WithRounds),
        Deploy("multi", "MultiFeed", args=(SETTINGS._replace(threshold=1),), model=Multi),
        Deploy("ethRounds", "FeedWithRounds", args=(Ref("rounds"), ETH), model=PriceFeedWithRounds),
        Deploy(
            "btcLatest",
            "FeedWithoutRounds",
            args=(Ref("latest"), BTC),
            model=PriceFeedWithoutRounds,
        ),
        Deploy(
            "ethMulti",
            "FeedOfMulti",
            args=(Ref("multi"), ETH),
            model=PriceFeedWithoutRoundsForMultiFeedAdapter,
        ),
        Deploy(
            "ethPatient",
            "FeedWithRounds",
            args=(Ref("patient"), ETH),
            model=PriceFeedWithRounds,
        ),
        Deploy(
            "unknown",
            "FeedWithRounds",
            args=(Ref("rounds"), draws.UNKNOWN),
            model=PriceFeedWithRounds,
        ),
        Deploy(
            "nowhere",
            "FeedWithRounds",
            args=(Ref("latest"), ETH),  # which has no rounds
            model=PriceFeedWithRounds,
        ),
    )
    arguments = {  # noqa: RUF012 - as Target has it
        "dataFeedId": draws.feed,
        "dataFeedIds": draws.feeds,
        "dataFeedsIds": draws.feeds,
        "requestedDataFeedIds": draws.feeds,
        "ids": draws.feeds,
        "payload": draws.any_payload,
        "values": draws.values,
        "valueForDataFeed": draws.value,
        "dataPackagesTimestamp": proposed,
        "receivedTimestampMilliseconds": proposed,
        "requestedRoundId": round_id,
        "roundId": round_id,
        "receivedSigner": updater,
        "updater": updater,
    }
    weights = {
        f"{label}.{function}": weight
        for label in (*ADAPTERS, "multi")
        for function, weight in {
            "updateDataFeedsValues": 2,
            "updateDataFeedsValuesPartial": 2,
            "updateFrom": 4,
            "updatePartialFrom": 4,
            "initialize": 1,
        }.items()
    } | {
        f"{label}.{function}": 3
        for label in ("ethRounds", "btcLatest", "ethMulti", "ethPatient", "unknown", "nowhere")
        for function in ("latestRoundData", "latestAnswer", "getRoundData")
    }
    skip = tuple(
        f"{label}.{function}"
        for label in (
            "latest",
            "mergedRounds",
            "mergedLatest",
            "patient",
            "btcLatest",
            "ethPatient",
        )
        for function in SETTLED
    )

    def operations(self) -> Iterable[tuple[int, Callable[[Scene], Iterator[Call]]]]:
        """Updates, mostly good ones."""
        return (*((80, update(label)) for label in ADAPTERS), (120, update_partial))

    def states(self, call: Call, outcome: Outcome) -> Iterable[str]:
        """Which function is refused, and why."""
        if not outcome.ok:
            why = outcome.error_args[0] if outcome.error == "Error" else outcome.error
            yield f"{call.function}: {why or 'no data'}"
