"""Chainlink's ``FluxAggregator``: submissions, rounds that time out, funds, members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainlink_harness import (
    LEAST_INT,
    MOST_INT,
    UINT32,
    UINT80,
    UINT128,
    V6,
    AnswerValidator,
    FeedReader,
    PaymentToken,
    endings,
    view,
)

from weiproof.contracts.chains import ZERO_ADDRESS, actor
from weiproof.crosscheck.targets import Deploy, Ref, Target
from weiproof.oracles.chainlink.flux_aggregator import FluxAggregator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weiproof.crosscheck.targets import Call, Scene
    from weiproof.engine.call import Outcome

ORACLES = ("ann", "bob", "cid", "dan", "eva")
ADMINS = ("adam", "abel")
LOW, HIGH = -5000, 1_000_000
TIMEOUT = 600
PAYMENT = 10**18
CROWD = tuple(f"0x{0xC0FFEE << 100 | i:040x}" for i in range(78))
"""One more than there may be oracles."""


def _reporting(scene: Scene) -> int:
    """The round that an oracle is told to report on; 0 where the call reverts."""
    state = scene.ask("flux", "oracleRoundState", scene.sender, 0)
    return int(state[1]) if state else 0


def _round_id(scene: Scene) -> int:
    """The round to report on, or one beside it; rarely one of another width."""
    due = _reporting(scene)
    if scene.one_in(12):
        return scene.among(0, UINT32 - 1, UINT32 + due, UINT32 * 7 + due, UINT80 - 1)
    beside = max(due + scene.among(-2, -1, 1, 2), 0)
    return beside if scene.one_in(5) else due


def _asked_id(scene: Scene) -> int:
    return scene.among(0, _round_id(scene) % UINT32, _round_id(scene) % UINT32)


def _shown_id(scene: Scene) -> int:
    return min(_round_id(scene), UINT80 - 1)


def _submission(scene: Scene) -> int:
    if scene.one_in(10):
        return scene.among(LOW - 1, LOW, HIGH, HIGH + 1, LEAST_INT, MOST_INT)
    return scene.among(scene.dice.between(1990, 2010), -scene.dice.between(0, 9))


def _member(scene: Scene) -> str:
    return scene.actor(scene.dice.choice(ORACLES))


def _admin(scene: Scene) -> str:
    return scene.actor(scene.dice.choice(ADMINS))


def _anybody(scene: Scene) -> str:
    return scene.among(*scene.actors, ZERO_ADDRESS)


def _count(scene: Scene) -> int:
    """How many submissions, mostly what the number of oracles allows."""
    count = int(scene.ask("flux", "oracleCount"))
    return max(count + scene.among(-2, -1, -1, 0, 0, 1), 0)


def _few(scene: Scene) -> int:
    return scene.among(0, 1, 1, 2, 3)


def _payment(scene: Scene) -> int:
    available, count = scene.ask("flux", "availableFunds"), max(scene.ask("flux", "oracleCount"), 1)
    edge = available // (2 * count)
    return scene.among(PAYMENT, PAYMENT, PAYMENT, 0, 1, edge, min(edge + 1, UINT128 - 1))


def _timeout(scene: Scene) -> int:
    return scene.among(TIMEOUT, TIMEOUT, TIMEOUT, 0, 1, UINT32 - 1)


def _validator(scene: Scene) -> str:
    book = scene.addresses
    usual = (book["validator"], book["validator"], ZERO_ADDRESS)
    return scene.among(*usual, book["token"]) if not scene.one_in(10) else scene.actor("guest")


def _withdrawn(scene: Scene) -> int:
    """What can be withdrawn, or beside it, or as much beyond 128 bits."""
    due = int(scene.ask("flux", "withdrawablePayment", _member(scene)))
    return scene.among(0, 1, due, due + 1, due // 2, UINT128 + due, UINT128 - 1)


def _spared(scene: Scene) -> int:
    """What the owner can take, or beside it."""
    available, payment = scene.ask("flux", "availableFunds"), scene.ask("flux", "paymentAmount")
    edge = max(available - payment * 2 * scene.ask("flux", "oracleCount"), 0)
    return scene.among(0, 1, edge, edge + 1, UINT128)


def _balance(scene: Scene) -> int:
    owed = int(scene.ask("flux", "allocatedFunds"))
    funds = 10**21 * scene.dice.between(1, 9)
    if scene.one_in(3):
        return scene.among(0, max(owed - 1, 0), owed, owed + UINT128 + 5, owed + UINT128 - 1)
    return owed + funds


def _holder(scene: Scene) -> str:
    flux = scene.addresses["flux"]
    return scene.among(flux, flux, flux, scene.actor("owner"))


def _data(scene: Scene) -> bytes:
    return scene.among(b"", b"", b"\x01")


def a_round(scene: Scene) -> Iterator[Call]:
    """Some oracles report on the round that each is told to, one after the other."""
    for label in ORACLES[: scene.dice.between(1, 5)]:
        scene.sender = scene.actor(label)
        yield scene.call(label, "flux", "submit", _reporting(scene), _submission(scene))


def a_timeout(scene: Scene) -> Iterator[Call]:
    """A round is given up at the last second that is too early and the first that is not.

    Then one more oracle tries to report on it.
    """
    first, second, third = (scene.dice.choice(ORACLES) for _ in range(3))
    scene.sender = scene.actor(first)
    due = _reporting(scene)
    yield scene.call(first, "flux", "submit", due, _submission(scene))
    yield scene.call(scene.sender, "flux", "oracleRoundState", scene.sender, due % UINT32)
    asked = scene.ask("flux", "oracleRoundState", scene.sender, due % UINT32)
    left = max(asked[3] + asked[4] - scene.now, 0) if asked and asked[4] < UINT32 - 1 else 0
    scene.wait(left)
    for _ in range(2):
        yield scene.call(second, "flux", "submit", due + 1, _submission(scene))
        yield scene.call("requester", "flux", "requestNewRound")
        scene.wait(1)
    yield scene.call(third, "flux", "submit", due, _submission(scene))
    yield scene.call(third, "flux", "getRoundData", due % UINT32)


def a_change(scene: Scene) -> Iterator[Call]:
    """Oracles leave and come, a few at a time."""
    members = scene.ask("flux", "getOracles")
    out = tuple(each for each in members if scene.one_in(3))
    others = [actor(each) for each in ORACLES if actor(each) not in members or actor(each) in out]
    back = tuple(each for each in others if scene.one_in(2))
    admins = tuple(_admin(scene) if scene.one_in(6) else actor("adam") for _ in back)
    after = len(members) - len(out) + len(back)
    most = max(after - scene.among(0, 0, 1), 0)
    least = max(most - _few(scene), 0)
    delay = scene.among(0, 0, 1, after)
    who = "owner" if not scene.one_in(10) else "guest"
    yield scene.call(who, "flux", "changeOracles", out, back, admins, least, most, delay)


def refused_changes(scene: Scene) -> Iterator[Call]:
    """Oracles that nobody knows, come twice, are too many, or have no admin or another one's."""
    members, guest, adam = scene.ask("flux", "getOracles"), actor("guest"), actor("adam")
    some = members[:1]
    for out, back, admins in (
        ((guest,), (), ()),
        ((), some, (adam,) * len(some)),
        ((), CROWD, (adam,) * len(CROWD)),
        ((), (guest,), (adam, adam)),
        ((), (guest,), (ZERO_ADDRESS,)),
        (some, some, (guest,) * len(some)),
        ((), (), ()),
    ):
        yield scene.call("owner", "flux", "changeOracles", out, back, admins, 0, 0, 0)
    yield scene.call("owner", "flux", "updateFutureRounds", UINT128 - 1, 1, 1, 0, TIMEOUT)


def validated(scene: Scene) -> Iterator[Call]:
    """A round is told to the validator, which does whatever it does."""
    mode = scene.dice.below(4)
    yield scene.call("guest", "validator", "setMode", mode)
    yield scene.call("owner", "flux", "setValidator", scene.addresses["validator"])
    yield from a_round(scene)
    yield scene.call("owner", "flux", "setValidator", ZERO_ADDRESS)


def widths(scene: Scene) -> Iterator[Call]:
    """One oracle is paid so much that what is owed leaves 128 bits at the third submission.

    The funds are filled up each time.
    """
    members = scene.ask("flux", "getOracles")
    out, flux, token = tuple(m for m in members if m != actor("ann")), "flux", "token"
    back = () if actor("ann") in members else (actor("ann"),)
    admins = (actor("adam"),) * len(back)
    yield scene.call("owner", flux, "changeOracles", out, back, admins, 1, 1, 0)
    for i in range(4):
        owed = int(scene.ask(flux, "allocatedFunds"))
        balance = owed + UINT128 - 1
        yield scene.call("owner", token, "setBalance", scene.addresses[flux], balance)
        yield scene.call("guest", flux, "updateAvailableFunds")
        if i == 0:
            yield scene.call(
                "owner", flux, "updateFutureRounds", UINT128 // 2 - 1, 1, 1, 0, TIMEOUT
            )
            scene.wait(TIMEOUT + 1)
        scene.sender = scene.actor("ann")
        yield scene.call("ann", flux, "submit", _reporting(scene), 2000)


def refill(scene: Scene) -> Iterator[Call]:
    """Usual funds, settings and token again, so that rounds go on."""
    owed, count = int(scene.ask("flux", "allocatedFunds")), int(scene.ask("flux", "oracleCount"))
    yield scene.call("owner", "token", "setRefusing", False)
    yield scene.call("owner", "token", "setBalance", scene.addresses["flux"], owed + 10**24)
    yield scene.call("owner", "flux", "updateAvailableFunds")
    least = min(count, 2)
    yield scene.call("owner", "flux", "updateFutureRounds", PAYMENT, least, count, 0, TIMEOUT)


def refused_transfers(scene: Scene) -> Iterator[Call]:
    """The token answers false: what the owner takes reverts with a text, earnings without."""
    yield scene.call("owner", "token", "setRefusing", True)
    yield scene.call("owner", "flux", "withdrawFunds", actor("guest"), 1)
    for label in ORACLES:
        admin = str(scene.ask("flux", "getAdmin", actor(label)))
        if admin in scene.actors:
            yield scene.call(admin, "flux", "withdrawPayment", actor(label), admin, 0)
    yield scene.call("owner", "token", "setRefusing", False)


def a_handover(scene: Scene) -> Iterator[Call]:
    """The aggregator goes to somebody else, and back."""
    for giver, taker in (("owner", "guest"), ("guest", "owner")):
        yield scene.call(giver, "flux", "transferOwnership", actor(taker))
        yield scene.call(taker, "flux", "acceptOwnership")


def requests(scene: Scene) -> Iterator[Call]:
    """Rounds are requested, answered by those who are told to, and requested again."""
    for _ in range(2):
        yield scene.call("requester", "flux", "requestNewRound")
        yield from a_round(scene)


class ChainlinkFlux(Target):
    """One aggregator with its token, a validator and a contract that reads it."""

    name = "chainlink-flux"
    artifacts = V6
    contracts = (
        Deploy("token", "PaymentToken", model=PaymentToken),
        Deploy("validator", "AnswerValidator", model=AnswerValidator),
        Deploy("reader", "FeedReader", model=FeedReader),
        Deploy(
            "flux",
            "FluxAggregator",
            args=(Ref("token"), 0, TIMEOUT, ZERO_ADDRESS, LOW, HIGH, 8, "ETH / USD"),
            model=FluxAggregator,
        ),
    )
    actors = ("owner", *ORACLES, *ADMINS, "requester", "guest")
    deployer = "owner"
    episode = 200
    weights = {  # noqa: RUF012 - as all targets have it
        "flux.submit": 120,
        "flux.changeOracles": 1,
        "flux.updateFutureRounds": 12,
        "flux.transferOwnership": 2,
        "flux.oracleRoundState": 12,
        "flux.getRoundData": 6,
        "flux.setValidator": 6,
        "reader.stateOf": 2,
        "token.transfer": 1,
        "token.setRefusing": 2,
        "token.setBalance": 6,
    }
    senders = {  # noqa: RUF012 - as all targets have it
        "flux.submit": ORACLES,
        "flux.changeOracles": ("owner",),
        "flux.updateFutureRounds": ("owner",),
        "flux.setRequesterPermissions": ("owner",),
        "flux.setValidator": ("owner",),
        "flux.withdrawFunds": ("owner",),
        "flux.transferOwnership": ("owner",),
        "flux.acceptOwnership": ("owner", "guest"),
        "flux.requestNewRound": ("requester",),
        "flux.withdrawPayment": ADMINS,
        "flux.transferAdmin": ADMINS,
        "flux.acceptAdmin": ADMINS,
        "token.transferAndCall": ("owner",),
    }
    arguments = {  # noqa: RUF012 - as all targets have it
        "flux.submit._roundId": _round_id,
        "flux.submit._submission": _submission,
        "flux.getRoundData._roundId": _shown_id,
        "flux.getAnswer._roundId": _round_id,
        "flux.getTimestamp._roundId": _round_id,
        "flux.oracleRoundState._queriedRoundId": _asked_id,
        "reader.stateOf.roundId": _asked_id,
        "reader.roundOf.roundId": _shown_id,
        "feed": lambda scene: scene.addresses["flux"],
        "oracle": _member,
        "_oracle": _member,
        "_newAdmin": _admin,
        "_recipient": _anybody,
        "_newValidator": _validator,
        "_minSubmissions": _few,
        "_maxSubmissions": _count,
        "_restartDelay": _few,
        "_paymentAmount": _payment,
        "_timeout": _timeout,
        "flux.withdrawPayment._amount": _withdrawn,
        "flux.withdrawFunds._amount": _spared,
        "flux.setRequesterPermissions._requester": lambda scene: scene.actor("requester"),
        "flux.setRequesterPermissions._delay": _few,
        "flux.onTokenTransfer._data": _data,
        "token.setBalance.account": _holder,
        "token.setBalance.balance": _balance,
        "token.setRefusing.refusing_": lambda scene: scene.one_in(3),
        "token.transferAndCall.to": _holder,
        "token.transferAndCall.value": lambda scene: scene.dice.below(10**20),
        "token.transferAndCall.data": _data,
        "validator.setMode.mode_": lambda scene: scene.dice.below(4),
        "flux.transferOwnership._to": lambda scene: scene.among(
            scene.actor("guest"), actor("owner")
        ),
    }
    skip = ("validator.validate",)

    def fixture(self, scene: Scene) -> Iterator[Call]:
        """Funds, three oracles, somebody who may start rounds."""
        three, admin = tuple(map(actor, ORACLES[:3])), actor("adam")
        yield scene.call("owner", "token", "setBalance", actor("owner"), 10**24)
        yield scene.call("owner", "token", "setBalance", scene.addresses["flux"], 10**24)
        yield scene.call("guest", "flux", "updateAvailableFunds")
        yield scene.call("owner", "flux", "changeOracles", (), three, (admin,) * 3, 2, 3, 1)
        yield scene.call("owner", "flux", "updateFutureRounds", PAYMENT, 2, 3, 1, TIMEOUT)
        yield scene.call("owner", "flux", "setRequesterPermissions", actor("requester"), True, 2)

    def operations(self) -> Iterable[tuple[int, Callable[[Scene], Iterator[Call]]]]:
        """Rounds, timeouts, requests, members, funds, widths and owners."""
        return (
            (40, a_round),
            (25, a_timeout),
            (12, requests),
            (10, a_change),
            (3, widths),
            (12, refill),
            (6, validated),
            (2, refused_changes),
            (2, refused_transfers),
            (1, a_handover),
        )

    def observe(self, scene: Scene, call: Call) -> Iterator[Call]:
        """The rounds around the one that is reported on, and what two oracles are told."""
        scene.sender = call.sender
        due = _reporting(scene)
        for round_id in range(max(due - 2, 0), due + 1):
            yield view(scene, "flux", "getRoundData", round_id)
            yield view(scene, "flux", "getTimestamp", round_id)
        for oracle in (actor("ann"), _member(scene)):
            yield view(scene, "flux", "oracleRoundState", oracle, 0)
            yield view(scene, "flux", "oracleRoundState", oracle, max(due - 1, 0))

    def states(self, call: Call, outcome: Outcome) -> Iterator[str]:
        """How the call ended, whether funds overflow, and whether a copied answer is read."""
        yield from endings(call, outcome)
        overflow = outcome.error_args == ("SafeMath: addition overflow",)
        if call.function == "submit" and overflow and call.args[0] != UINT32 - 1:
            yield "what is owed leaves its width"
        if call.function == "getRoundData" and outcome.ok:
            round_id, *_, answered_in_round = outcome.values
            copied = round_id != answered_in_round
            yield f"a round with {'a copied' if copied else 'an own'} answer is read"
