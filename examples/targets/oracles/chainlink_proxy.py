"""Chainlink's ``EACAggregatorProxy`` over a ``FluxAggregator``, mocks and another proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainlink_harness import (
    UINT32,
    UINT64,
    UINT80,
    UINT256,
    V6,
    V8,
    FeedReader,
    PaymentToken,
    endings,
    view,
)

from weiproof.contracts.chains import ZERO_ADDRESS, actor
from weiproof.crosscheck.targets import Deploy, Ref, Target
from weiproof.oracles.chainlink.access_controller import (
    SimpleReadAccessController,
    SimpleWriteAccessController,
)
from weiproof.oracles.chainlink.aggregator_proxy import EACAggregatorProxy
from weiproof.oracles.chainlink.flux_aggregator import FluxAggregator
from weiproof.oracles.chainlink.mock_v3_aggregator import MockV3Aggregator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weiproof.crosscheck.targets import Call, Scene
    from weiproof.engine.call import Outcome

FEEDS = ("flux", "mock", "other", "inner")
CONTROLLERS = ("writers", "readers")
PROXIES = ("proxy", "inner")


def _feed(scene: Scene) -> str:
    """A feed; rarely none, or what is no feed. Never the proxy, which would ask itself for ever."""
    if scene.one_in(8):
        return scene.among(ZERO_ADDRESS, scene.actor("guest"), scene.addresses["token"])
    return scene.addresses[scene.dice.choice(FEEDS)]


def _inner_feed(scene: Scene) -> str:
    return scene.addresses[scene.dice.choice(FEEDS[:3])]


def _controller(scene: Scene) -> str:
    """None most of the time, or one; rarely what is none."""
    if scene.one_in(8):
        return scene.among(scene.actor("guest"), scene.addresses["token"])
    return scene.among(ZERO_ADDRESS, ZERO_ADDRESS, *(scene.addresses[x] for x in CONTROLLERS))


def _own_id(scene: Scene) -> int:
    latest = int(scene.ask(scene.dice.choice(FEEDS[:3]), "latestRound"))
    near = latest + scene.among(-1, 0, 0, 1)
    own_id = scene.among(near, near, 0, 1, UINT32 - 1, UINT32, UINT64 - 1)
    return min(max(own_id, 0), UINT80 - 1)


def _round_id(scene: Scene) -> int:
    """A round of the current phase or one beside it."""
    phase = int(scene.ask("proxy", "phaseId")) + scene.among(-2, -1, 0, 0, 0, 1)
    return min(max(phase, 0), 2**16 - 1) << 64 | _own_id(scene) % UINT64


def _wide_id(scene: Scene) -> int:
    return _round_id(scene) if not scene.one_in(6) else scene.among(UINT80 - 1, UINT80, UINT256 - 1)


def _user(scene: Scene) -> str:
    book = scene.addresses
    return scene.among(actor("guest"), ZERO_ADDRESS, book["reader"], book["proxy"])


def _answer(scene: Scene) -> int:
    return scene.among(0, -1, scene.dice.between(1, 10**12))


def _mock_id(scene: Scene) -> int:
    return scene.among(1, 2, scene.dice.below(99), UINT64 - 1, UINT64, UINT80 - 2, UINT80 - 1)


def a_phase(scene: Scene) -> Iterator[Call]:
    """A feed is proposed, looked at, confirmed and read, each by whoever may or may not."""
    feed = _feed(scene)
    yield scene.call("owner", "proxy", "proposeAggregator", feed)
    yield scene.call("guest", "proxy", "proposedLatestRoundData")
    yield scene.call("guest", "proxy", "proposedGetRoundData", _own_id(scene))
    if not scene.one_in(4):
        yield scene.call("owner", "proxy", "confirmAggregator", feed)
    yield scene.call("guest", "proxy", "latestRoundData")
    yield scene.call("guest", "proxy", "getRoundData", _round_id(scene))


def a_round(scene: Scene) -> Iterator[Call]:
    """The one oracle of the aggregator reports."""
    due = int(scene.ask("flux", "latestRound")) + 1
    yield scene.call("ann", "flux", "submit", due, scene.dice.between(1900, 2000))


def a_handover(scene: Scene) -> Iterator[Call]:
    """A proxy or a controller goes to somebody else, and back."""
    target = scene.among("proxy", *CONTROLLERS)
    for giver, taker in (("owner", "guest"), ("guest", "owner")):
        yield scene.call(giver, target, "transferOwnership", actor(taker))
        yield scene.call(taker, target, "acceptOwnership")


def access(scene: Scene) -> Iterator[Call]:
    """One more or less may read, and reads."""
    target, user = scene.dice.choice(CONTROLLERS), _user(scene)
    yield scene.call("owner", "proxy", "setController", scene.addresses[target])
    for function in ("addAccess", "removeAccess"):
        yield scene.call("owner", target, function, user)
        yield scene.call("guest", "proxy", "latestRoundData")
        yield scene.call("guest", "reader", "latestOf", scene.addresses["proxy"])


def no_phase(scene: Scene) -> Iterator[Call]:
    """Without a proposal the zero address is confirmed; the proxy leads nowhere, and back."""
    yield scene.call("owner", "proxy", "confirmAggregator", ZERO_ADDRESS)
    phase = int(scene.ask("proxy", "phaseId")) << 64
    for function, args in (
        ("latestRoundData", ()),
        ("latestAnswer", ()),
        ("latestTimestamp", ()),
        ("latestRound", ()),
        ("decimals", ()),
        ("version", ()),
        ("description", ()),
        ("getRoundData", (phase | 1,)),
        ("getAnswer", (phase | 1,)),
        ("getTimestamp", (phase | 1,)),
        ("proposedLatestRoundData", ()),
    ):
        yield scene.call("guest", "proxy", function, *args)
    yield scene.call("owner", "proxy", "proposeAggregator", scene.addresses["mock"])
    yield scene.call("owner", "proxy", "confirmAggregator", scene.addresses["mock"])


class ChainlinkProxy(Target):
    """A proxy, and what it may lead to."""

    name = "chainlink-proxy"
    artifacts = (V6, V8)
    contracts = (
        Deploy("token", "PaymentToken", model=PaymentToken),
        Deploy(
            "flux",
            "FluxAggregator",
            args=(Ref("token"), 0, 0, ZERO_ADDRESS, 0, 10**12, 8, "ETH / USD"),
            model=FluxAggregator,
        ),
        Deploy("mock", "MockV3Aggregator", args=(8, 1900), model=MockV3Aggregator),
        Deploy("other", "MockV3Aggregator", args=(18, 10**18), model=MockV3Aggregator),
        Deploy(
            "writers",
            "SimpleWriteAccessController",
            model=SimpleWriteAccessController,
        ),
        Deploy("readers", "SimpleReadAccessController", model=SimpleReadAccessController),
        Deploy("reader", "FeedReader", model=FeedReader),
        Deploy(
            "inner",
            "EACAggregatorProxy",
            args=(Ref("mock"), ZERO_ADDRESS),
            model=EACAggregatorProxy,
        ),
        Deploy(
            "proxy",
            "EACAggregatorProxy",
            args=(Ref("flux"), ZERO_ADDRESS),
            model=EACAggregatorProxy,
        ),
    )
    actors = ("owner", "ann", "guest")
    deployer = "owner"
    weights = {  # noqa: RUF012 - as all targets have it
        **{f"{label}.transferOwnership": 1 for label in ("flux", "writers", "readers", "inner")},
        **{f"{label}.acceptOwnership": 1 for label in ("flux", "writers", "readers", "inner")},
        "proxy.getRoundData": 30,
        "proxy.getAnswer": 12,
        "proxy.getTimestamp": 12,
        "proxy.latestRoundData": 8,
        "proxy.latestAnswer": 4,
        "proxy.latestTimestamp": 4,
        "proxy.latestRound": 4,
        "proxy.proposedGetRoundData": 6,
        "proxy.proposedLatestRoundData": 6,
        "proxy.transferOwnership": 4,
        "proxy.acceptOwnership": 6,
        "mock.updateRoundData": 15,
        "inner.getRoundData": 4,
        "reader.answerOf": 8,
        "reader.latestOf": 8,
        "reader.roundOf": 8,
        "readers.enableAccessCheck": 10,
    }
    senders = {  # noqa: RUF012 - as all targets have it
        f"{label}.{function}": ("owner",)
        for label in (*PROXIES, *CONTROLLERS)
        for function in (
            "setController",
            "proposeAggregator",
            "confirmAggregator",
            "transferOwnership",
            "addAccess",
            "removeAccess",
            "enableAccessCheck",
            "disableAccessCheck",
        )
    }
    arguments = {  # noqa: RUF012 - as all targets have it
        "proxy.proposeAggregator._aggregator": _feed,
        "proxy.confirmAggregator._aggregator": _feed,
        "inner.proposeAggregator._aggregator": _inner_feed,
        "inner.confirmAggregator._aggregator": _inner_feed,
        "_accessController": _controller,
        "inner.setController._accessController": lambda scene: scene.addresses["writers"],
        "proxy.getRoundData._roundId": _round_id,
        "proxy.getAnswer._roundId": _wide_id,
        "proxy.getTimestamp._roundId": _wide_id,
        "proxy.proposedGetRoundData._roundId": _own_id,
        "inner.getRoundData._roundId": _round_id,
        "reader.roundOf.roundId": _round_id,
        "feed": lambda scene: scene.addresses[scene.among("proxy", "inner", "flux")],
        "mock.updateRoundData._roundId": _mock_id,
        "other.updateRoundData._roundId": _mock_id,
        "_answer": _answer,
        "_user": _user,
        "user": _user,
        "_to": lambda scene: scene.actor(scene.among("owner", "guest")),
    }
    skip = (
        *(f"token.{name}" for name in ("setBalance", "setRefusing", "transfer", "transferAndCall")),
        *(
            f"flux.{name}"
            for name in (
                "changeOracles",
                "updateFutureRounds",
                "setValidator",
                "withdrawFunds",
                "setRequesterPermissions",
                "requestNewRound",
                "onTokenTransfer",
                "withdrawPayment",
                "transferAdmin",
                "acceptAdmin",
            )
        ),
        "reader.stateOf",
    )

    def fixture(self, scene: Scene) -> Iterator[Call]:
        """One oracle."""
        oracle, admin = (actor("ann"),), (actor("owner"),)
        yield scene.call("owner", "flux", "changeOracles", (), oracle, admin, 1, 1, 0)

    def operations(self) -> Iterable[tuple[int, Callable[[Scene], Iterator[Call]]]]:
        """Phases, rounds, owners, readers, and a proxy that leads nowhere."""
        return ((40, a_phase), (30, a_round), (3, no_phase), (4, a_handover), (6, access))

    def observe(self, scene: Scene, call: Call) -> Iterator[Call]:  # noqa: ARG002 - of all calls
        """Rounds of this phase and the two before."""
        phase = int(scene.ask("proxy", "phaseId"))
        for near in range(max(phase - 2, 0), phase + 1):
            yield view(scene, "proxy", "phaseAggregators", near)
            for own_id in (0, 1, 2):
                for function in ("getRoundData", "getAnswer", "getTimestamp"):
                    yield view(scene, "proxy", function, near << 64 | own_id)

    def states(self, call: Call, outcome: Outcome) -> Iterator[str]:
        """How the call ended, and what round a read of the proxy shows."""
        yield from endings(call, outcome)
        if call.target == "proxy" and call.function == "getRoundData" and outcome.ok:
            written = outcome.values[3] != 0
            yield f"a {'written' if written else 'zero'} round is read"
