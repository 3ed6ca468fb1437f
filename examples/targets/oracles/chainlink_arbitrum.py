"""Chainlink's ``ArbitrumSequencerUptimeFeed`` with its ``Flags``, also behind a proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainlink_harness import UINT64, UINT80, UINT256, V6, V8, FeedReader, endings, view

from weiproof.contracts.chains import ZERO_ADDRESS, actor
from weiproof.crosscheck.targets import Deploy, Ref, Target
from weiproof.oracles.chainlink.access_controller import SimpleWriteAccessController
from weiproof.oracles.chainlink.aggregator_proxy import EACAggregatorProxy
from weiproof.oracles.chainlink.arbitrum_sequencer_uptime_feed import (
    ADDRESSES,
    ALIAS_OFFSET,
    FLAG_L2_SEQ_OFFLINE,
    ArbitrumSequencerUptimeFeed,
)
from weiproof.oracles.chainlink.flags import Flags

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weiproof.crosscheck.targets import Call, Scene
    from weiproof.engine.call import Outcome

MESSENGERS = ("relay", "spare")


def behind(address: str) -> str:
    """The L1 address whose alias on Arbitrum is an address."""
    return f"0x{(int(address, 16) - ALIAS_OFFSET) % ADDRESSES:040x}"


def _l1_sender(scene: Scene) -> str:
    usual = behind(actor("relay"))
    return scene.among(usual, usual, behind(actor("spare")), ZERO_ADDRESS, f"0x{'ff' * 20}")


def _timestamp(scene: Scene) -> int:
    """A moment at the latest status' time or beside it, now, or far away."""
    latest = scene.ask("feed", "latestTimestamp") or scene.now
    if scene.one_in(10):
        return scene.among(0, UINT64 - 1, scene.now + 10**6)
    return max(scene.among(latest - 1, latest, latest + 1, scene.now, scene.now), 0) % UINT64


def _round_id(scene: Scene) -> int:
    latest = int(scene.ask("feed", "latestRound") or 0)
    return scene.among(0, 1, latest, latest + 1, max(latest - 1, 0), UINT80 - 1)


def _wide_id(scene: Scene) -> int:
    return _round_id(scene) if not scene.one_in(6) else scene.among(UINT80, UINT80 + 1, UINT256 - 1)


def _phase_id(scene: Scene) -> int:
    return scene.among(0, 1, 1, 1, 2) << 64 | _round_id(scene) % UINT64


def _controller(scene: Scene) -> str:
    return (
        scene.addresses["raisers"]
        if not scene.one_in(6)
        else scene.among(ZERO_ADDRESS, scene.addresses["lowerers"])
    )


def _user(scene: Scene) -> str:
    book = scene.addresses
    return scene.among(book["reader"], book["proxy"], book["feed"], actor("guest"), ZERO_ADDRESS)


def _subject(scene: Scene) -> str:
    return scene.among(FLAG_L2_SEQ_OFFLINE, FLAG_L2_SEQ_OFFLINE, ZERO_ADDRESS, actor("guest"))


def _subjects(scene: Scene) -> tuple[str, ...]:
    return tuple(_subject(scene) for _ in range(scene.dice.below(4)))


def begin(scene: Scene) -> Iterator[Call]:
    """The feed may read and set its flag, and begins; the proxy and the reader may read it."""
    book = scene.addresses
    for target in ("flags", "raisers", "lowerers"):
        yield scene.call("owner", target, "addAccess", book["feed"])
    yield scene.call("owner", "feed", "initialize")
    yield scene.call("owner", "feed", "addAccess", book["proxy"])
    yield scene.call("owner", "feed", "transferL1Sender", behind(actor("relay")))


def statuses(scene: Scene) -> Iterator[Call]:
    """The sequencer goes down and comes up; messages come twice, late, and all at one time."""
    for _ in range(scene.dice.between(1, 4)):
        status = not scene.ask("feed", "latestAnswer")
        at = _timestamp(scene)
        yield scene.call("relay", "feed", "updateStatus", status, at)
        yield scene.call("relay", "feed", "updateStatus", scene.one_in(2), at)
        if scene.one_in(2):
            scene.wait(scene.dice.below(4000))


class ChainlinkArbitrum(Target):
    """The feed, its flags and their controllers, a proxy and a reader."""

    name = "chainlink-arbitrum"
    artifacts = (V8, V6)
    contracts = (
        Deploy("raisers", "SimpleWriteAccessController", model=SimpleWriteAccessController),
        Deploy("lowerers", "SimpleWriteAccessController", model=SimpleWriteAccessController),
        Deploy("flags", "Flags", args=(Ref("raisers"), Ref("lowerers")), model=Flags),
        Deploy(
            "feed",
            "ArbitrumSequencerUptimeFeed",
            args=(Ref("flags"), behind(actor("relay"))),
            model=ArbitrumSequencerUptimeFeed,
        ),
        Deploy(
            "proxy",
            "EACAggregatorProxy",
            args=(Ref("feed"), ZERO_ADDRESS),
            model=EACAggregatorProxy,
        ),
        Deploy("reader", "FeedReader", model=FeedReader),
    )
    actors = ("owner", *MESSENGERS, "guest")
    deployer = "owner"
    weights = {  # noqa: RUF012 - as all targets have it
        **{
            f"{label}.{function}": 1
            for label in ("raisers", "lowerers", "proxy")
            for function in ("transferOwnership", "acceptOwnership")
        },
        "feed.updateStatus": 80,
        "feed.getRoundData": 8,
        "feed.getAnswer": 6,
        "feed.getTimestamp": 6,
        "feed.latestRoundData": 4,
        "flags.transferOwnership": 5,
        "flags.getFlag": 4,
        "flags.getFlags": 4,
        "flags.disableAccessCheck": 2,
        "feed.disableAccessCheck": 3,
        "raisers.disableAccessCheck": 1,
        "lowerers.disableAccessCheck": 1,
        "raisers.removeAccess": 3,
        "lowerers.removeAccess": 3,
        "reader.answerOf": 8,
        "reader.latestOf": 8,
        "reader.roundOf": 8,
        "proxy.getRoundData": 8,
    }
    senders = {  # noqa: RUF012 - as all targets have it
        "feed.updateStatus": MESSENGERS,
        **{
            f"{label}.{function}": ("owner",)
            for label in ("feed", "flags", "raisers", "lowerers")
            for function in (
                "initialize",
                "transferL1Sender",
                "transferOwnership",
                "addAccess",
                "removeAccess",
                "enableAccessCheck",
                "disableAccessCheck",
                "setRaisingAccessController",
                "setLoweringAccessController",
            )
        },
    }
    arguments = {  # noqa: RUF012 - as all targets have it
        "feed.updateStatus.timestamp": _timestamp,
        "feed.transferL1Sender.to": _l1_sender,
        "feed.getRoundData._roundId": _round_id,
        "feed.getAnswer.roundId": _wide_id,
        "feed.getTimestamp.roundId": _wide_id,
        "_roundId": _phase_id,
        "reader.roundOf.roundId": _round_id,
        "feed": lambda scene: scene.addresses[scene.among("feed", "feed", "proxy")],
        "_user": _user,
        "subject": _subject,
        "subjects": _subjects,
        "racAddress": _controller,
        "lacAddress": _controller,
        "to": lambda scene: scene.actor(scene.among("owner", "guest")),
        "_to": lambda scene: scene.actor(scene.among("owner", "guest")),
    }
    skip = (
        *(f"proxy.{name}" for name in ("setController", "proposeAggregator", "confirmAggregator")),
        "reader.stateOf",
    )

    def operations(self) -> Iterable[tuple[int, Callable[[Scene], Iterator[Call]]]]:
        """Beginnings and statuses."""
        return ((15, begin), (60, statuses))

    def observe(self, scene: Scene, call: Call) -> Iterator[Call]:  # noqa: ARG002 - of all calls
        """The last rounds, the one after them, and round 0, of the feed and by way of the proxy."""
        latest = int(scene.ask("feed", "latestRound") or 0)
        for round_id in (0, max(latest - 1, 0), latest, latest + 1):
            for function in ("getRoundData", "getAnswer", "getTimestamp"):
                yield view(scene, "feed", function, round_id)
            yield view(scene, "proxy", "getRoundData", 1 << 64 | round_id)
        yield view(scene, "flags", "getFlag", FLAG_L2_SEQ_OFFLINE)

    def states(self, call: Call, outcome: Outcome) -> Iterator[str]:
        """How the call ended."""
        yield from endings(call, outcome)
