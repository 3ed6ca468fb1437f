"""Chainlink's ``OptimismSequencerUptimeFeed`` with a messenger that relays what it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainlink_harness import (
    OPTIMISM,
    UINT64,
    UINT80,
    UINT256,
    V6,
    CrossDomainMessenger,
    FeedReader,
    endings,
    view,
)

from weiproof.contracts.chains import ZERO_ADDRESS, actor
from weiproof.crosscheck.targets import Deploy, Ref, Target
from weiproof.oracles.chainlink.aggregator_proxy import EACAggregatorProxy
from weiproof.oracles.chainlink.optimism_sequencer_uptime_feed import OptimismSequencerUptimeFeed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weiproof.crosscheck.targets import Call, Scene
    from weiproof.engine.call import Outcome

L1_SENDERS = ("0x" + "1a" * 20, "0x" + "2b" * 20)


def _sender(scene: Scene) -> str:
    first, second = L1_SENDERS
    return scene.among(first, first, first, first, second, ZERO_ADDRESS)


def _timestamp(scene: Scene) -> int:
    """A moment at the latest status' time or beside it, now, or far away."""
    latest = int(scene.ask("feed", "latestTimestamp"))
    if scene.one_in(40):
        return scene.among(0, UINT64 - 1, scene.now + 10**6)
    return max(scene.among(latest - 1, latest, latest + 1, scene.now, scene.now), 0) % UINT64


def _round_id(scene: Scene) -> int:
    latest = int(scene.ask("feed", "latestRound"))
    return scene.among(0, 1, latest, latest + 1, max(latest - 1, 0), UINT80 - 1)


def _wide_id(scene: Scene) -> int:
    return _round_id(scene) if not scene.one_in(6) else scene.among(UINT80, UINT80 + 1, UINT256 - 1)


def _phase_id(scene: Scene) -> int:
    return scene.among(0, 1, 1, 1, 2) << 64 | _round_id(scene) % UINT64


def _user(scene: Scene) -> str:
    book = scene.addresses
    return scene.among(book["reader"], book["proxy"], actor("guest"), ZERO_ADDRESS)


def _feed(scene: Scene) -> str:
    book = scene.addresses
    if scene.one_in(12):
        return scene.among(actor("guest"), book["reader"], book["orphan"])
    return scene.among(book["feed"], book["feed"], book["feed"], book["proxy"])


def statuses(scene: Scene) -> Iterator[Call]:
    """Messages that change the status, repeat it, or come late."""
    yield scene.call("owner", "feed", "transferL1Sender", L1_SENDERS[0])
    for _ in range(scene.dice.between(1, 5)):
        status = bool(scene.ask("feed", "latestAnswer")) ^ scene.one_in(3)
        at = _timestamp(scene)
        feed = scene.addresses["feed"]
        yield scene.call("guest", "messenger", "relay", L1_SENDERS[0], feed, status, at)
        scene.wait(scene.among(0, 1, scene.dice.below(4000)))


class ChainlinkOptimism(Target):
    """The feed, its messenger, a proxy, a reader; and a feed whose messenger is an account."""

    name = "chainlink-optimism"
    artifacts = (OPTIMISM, V6)
    contracts = (
        Deploy("messenger", "CrossDomainMessenger", model=CrossDomainMessenger),
        Deploy(
            "feed",
            "OptimismSequencerUptimeFeed",
            args=(L1_SENDERS[0], Ref("messenger"), False),
            model=OptimismSequencerUptimeFeed,
        ),
        Deploy(
            "orphan",
            "OptimismSequencerUptimeFeed",
            args=(L1_SENDERS[0], actor("guest"), True),
            model=OptimismSequencerUptimeFeed,
        ),
        Deploy(
            "proxy",
            "EACAggregatorProxy",
            args=(Ref("feed"), ZERO_ADDRESS),
            model=EACAggregatorProxy,
        ),
        Deploy("reader", "FeedReader", model=FeedReader),
    )
    actors = ("owner", "guest")
    deployer = "owner"
    weights = {  # noqa: RUF012 - as all targets have it
        "messenger.relay": 60,
        "feed.getRoundData": 8,
        "feed.getAnswer": 6,
        "feed.getTimestamp": 6,
        "feed.disableAccessCheck": 3,
        "reader.answerOf": 8,
        "reader.latestOf": 8,
        "reader.roundOf": 8,
        "proxy.getRoundData": 8,
        **{
            f"orphan.{name}": 1
            for name in (
                "addAccess",
                "removeAccess",
                "enableAccessCheck",
                "disableAccessCheck",
                "transferOwnership",
                "acceptOwnership",
                "transferL1Sender",
            )
        },
    }
    senders = {  # noqa: RUF012 - as all targets have it
        f"feed.{function}": ("owner",)
        for function in (
            "transferL1Sender",
            "transferOwnership",
            "addAccess",
            "removeAccess",
            "enableAccessCheck",
            "disableAccessCheck",
        )
    }
    arguments = {  # noqa: RUF012 - as all targets have it
        "timestamp": _timestamp,
        "messenger.relay.sender": _sender,
        "feed.transferL1Sender.to": _sender,
        "feed.getRoundData._roundId": _round_id,
        "feed.getAnswer.roundId": _wide_id,
        "feed.getTimestamp.roundId": _wide_id,
        "_roundId": _phase_id,
        "reader.roundOf.roundId": _round_id,
        "feed": _feed,
        "_user": _user,
        "to": lambda scene: scene.actor(scene.among("owner", "guest")),
    }
    skip = (
        *(f"proxy.{name}" for name in ("setController", "proposeAggregator", "confirmAggregator")),
        "reader.stateOf",
    )

    def operations(self) -> Iterable[tuple[int, Callable[[Scene], Iterator[Call]]]]:
        """Statuses."""
        return ((60, statuses),)

    def observe(self, scene: Scene, call: Call) -> Iterator[Call]:  # noqa: ARG002 - of all calls
        """The last rounds, the one after them, and round 0, of the feed and by way of the proxy."""
        latest = int(scene.ask("feed", "latestRound"))
        for round_id in (0, max(latest - 1, 0), latest, latest + 1):
            for function in ("getRoundData", "getAnswer", "getTimestamp"):
                yield view(scene, "feed", function, round_id)
            yield view(scene, "proxy", "getRoundData", 1 << 64 | round_id)

    def states(self, call: Call, outcome: Outcome) -> Iterator[str]:
        """How the call ended."""
        yield from endings(call, outcome)
