"""Tellor's playground, and what contracts read from it.

``TellorPlayground`` and ``BenchUsingTellor`` are the bytecode that usingtellor 5.0.5 ships; the
delayed reader is a contract of our own on its ``UsingTellor``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.crosscheck.targets import Deploy, Ref, Target
from weiproof.engine.keccak import keccak256
from weiproof.oracles.tellor.delayed_reader import DelayedReader
from weiproof.oracles.tellor.playground import TellorPlayground
from weiproof.oracles.tellor.playground_token import FAUCET, WITHDRAWAL_DELAY
from weiproof.oracles.tellor.using_tellor import UsingTellor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weiproof.crosscheck.targets import Call, Scene
    from weiproof.engine.call import Outcome

DELAY, MAX_AGE = 900, 3600
DATA = (b"", b"spot price of ether", b"x" * 40)
HASHED = tuple(map(keccak256, DATA))
LEGACY = tuple(number.to_bytes(32, "big") for number in (1, 100, 101))
"""The last one is no legacy id, and the hash of nothing known."""

QUERIES = (HASHED[1], HASHED[1], LEGACY[0], LEGACY[1], *HASHED, LEGACY[2])
MAIN = HASHED[1]
"""The query that the delayed reader reads."""

PAUSES = (0, 0, 1, 30, 300, DELAY - 1, DELAY, DELAY + 1)


def query(scene: Scene) -> bytes:
    """A query, mostly one that can be reported."""
    return scene.among(*QUERIES)


def value(scene: Scene) -> bytes:
    """A price, or bytes that are none."""
    if scene.one_in(8):
        return scene.among(b"", b"\1", bytes(31), b"\xff" * 32, b"\x7f" + b"\xff" * 31, bytes(65))
    return (2_000 * 10**18 + scene.dice.bits(64)).to_bytes(32, "big")


def timestamp(scene: Scene) -> int:
    """The time of a report, or one beside it, or any."""
    found = stamp(scene, query(scene))
    return max(found + scene.among(0, 0, -1, 1), 0)


def stamp(scene: Scene, query_id: bytes) -> int:
    """The time of one of the last reports of a query; now, where there is none."""
    count = int(scene.ask("playground", "getNewValueCountbyQueryId", query_id))
    if not count or scene.one_in(16):
        return scene.among(scene.now, scene.now, 0, 2**256 - 2)
    index = count - 1 - scene.dice.below(min(count, 6))
    return int(scene.ask("playground", "getTimestampbyQueryIdandIndex", query_id, index))


def index(scene: Scene) -> int:
    """Place of a report, or one behind the last."""
    count = int(scene.ask("playground", "getNewValueCountbyQueryId", query(scene)))
    return scene.among(0, max(count - 1, 0), count, count + 1, 2**255)


def dispute(scene: Scene) -> bytes:
    """What disputes of a value are counted under."""
    query_id = query(scene)
    return keccak256(query_id + stamp(scene, query_id).to_bytes(32, "big"))


def most(scene: Scene) -> int:
    """How many values are asked for: few, or more than there can be."""
    return scene.among(0, 1, 2, 3, 10, 100, 2**64, 2**256 - 1)


def age(scene: Scene) -> int:
    """An age, rarely one above any time."""
    return scene.among(0, 1, 60, DELAY, MAX_AGE, 10**9, 2**255)


def amount(scene: Scene) -> int:
    """Tokens: what the sender has or has not, or staked, or asked back, or one unit more."""
    held = int(scene.ask("playground", "balanceOf", scene.sender))
    _, staked, locked, *_ = scene.ask("playground", "getStakerInfo", scene.sender)
    near = scene.among(held, staked, locked, FAUCET) + scene.among(0, 0, 1, -1)
    return scene.among(max(near, 0), max(near, 0) // 2, 0, FAUCET, 2**256 - 1)


def part(scene: Scene) -> int:
    """Mostly what can be staked and asked back."""
    return scene.among(FAUCET, FAUCET // 3, FAUCET // 3, 1, amount(scene))


def report(scene: Scene) -> Iterator[Call]:
    """Reports of one query in a row, and now and then a dispute of one of them."""
    place = scene.among(1, 1, 1, 2)
    query_id, data = HASHED[place], DATA[place]
    for _ in range(scene.among(1, 2, 3)):
        count = int(scene.ask("playground", "getNewValueCountbyQueryId", query_id))
        args = (query_id, value(scene), scene.among(0, count), data)
        yield scene.call(scene.among(*scene.actors), "playground", "submitValue", *args)
        scene.wait(scene.among(*PAUSES))
    if scene.one_in(2):
        at = stamp(scene, query_id)
        yield scene.call(scene.among(*scene.actors), "playground", "beginDispute", query_id, at)


def wait_and_read(scene: Scene) -> Iterator[Call]:
    """A report to the delayed reader's query, which is read at the edges of its delay and age."""
    reporter = scene.among(*scene.actors)
    args = (MAIN, value(scene), 0, DATA[1])
    yield scene.call(reporter, "playground", "submitValue", *args)
    for pause in (scene.among(DELAY, DELAY + 1), scene.among(1, MAX_AGE - DELAY, MAX_AGE)):
        scene.wait(pause)
        yield scene.call(scene.among(*scene.actors), "reader", "latestRoundData")


def read_many(scene: Scene) -> Iterator[Call]:
    """The last values of a query, as many as there are, or more than there can be."""
    query_id = query(scene)
    args = (query_id, scene.now + scene.among(0, 1), age(scene), most(scene))
    yield scene.call(scene.among(*scene.actors), "user", "getMultipleValuesBefore", *args)


def look(scene: Scene) -> Iterator[Call]:
    """Getters of what is stored, of what is there or next to it."""
    query_id = query(scene)
    at = stamp(scene, query_id)
    for function, args in (
        ("values", (query_id, at)),
        ("isDisputed", (query_id, at)),
        ("reporterByTimestamp", (query_id, at)),
        ("timestamps", (query_id, index(scene))),
        ("voteRounds", (dispute(scene), scene.dice.below(3))),
    ):
        if scene.one_in(2):
            yield scene.call(scene.among(*scene.actors), "playground", function, *args)


def stake(scene: Scene) -> Iterator[Call]:
    """A stake that is deposited, asked back, and withdrawn at the edge of the wait."""
    who = scene.sender = scene.among(*scene.actors)
    playground = scene.addresses["playground"]
    yield scene.call(who, "playground", "faucet", who)
    yield scene.call(who, "playground", "approve", playground, scene.among(FAUCET, 2**256 - 1))
    yield scene.call(who, "playground", "depositStake", part(scene))
    yield scene.call(who, "playground", "requestStakingWithdraw", part(scene))
    if scene.one_in(3):
        yield scene.call(who, "playground", "depositStake", amount(scene))
    scene.wait(WITHDRAWAL_DELAY + scene.among(-1, 0, 1))
    yield scene.call(who, "playground", "withdrawStake")


READS = (
    "getDataBefore",
    "getDataAfter",
    "getIndexForDataBefore",
    "getIndexForDataAfter",
    "getMultipleValuesBefore",
)


class Tellor(Target):
    """An oracle, a reader of anything, one with a delay, and one that reads where nothing is."""

    name = "tellor"
    artifacts = (
        "../../../node_modules/.targets/usingtellor/artifacts/contracts",
        "../../../node_modules/.targets/oracles/tellor",
    )
    contracts = (
        Deploy("playground", "TellorPlayground", model=TellorPlayground),
        Deploy("user", "BenchUsingTellor", args=(Ref("playground"),), model=UsingTellor),
        Deploy(
            "reader",
            "DelayedReader",
            args=(Ref("playground"), MAIN, DELAY, MAX_AGE),
            model=DelayedReader,
        ),
        Deploy("lost", "BenchUsingTellor", args=("0x" + "11" * 20,), model=UsingTellor),
    )
    weights = {f"user.{function}": 6 for function in READS} | {
        "reader.latestRoundData": 12,
        "playground.getDataBefore": 4,
        "playground.submitValue": 30,
        "playground.beginDispute": 3,
    }
    arguments = {  # noqa: RUF012 - as Target has it
        "_queryId": query,
        "_value": value,
        "_queryData": lambda scene: scene.among(*DATA),
        "_nonce": index,
        "_timestamp": timestamp,
        "_index": index,
        "_hash": dispute,
        "_maxAge": age,
        "_maxCount": most,
        "_amount": amount,
    }

    def operations(self) -> Iterable[tuple[int, Callable[[Scene], Iterator[Call]]]]:
        """Reports, reads, stakes, and looks at what is stored."""
        return (
            (40, report),
            (15, wait_and_read),
            (15, read_many),
            (10, look),
            (15, stake),
        )

    def observe(self, scene: Scene, call: Call) -> Iterable[Call]:
        """What can be read after a report or a dispute."""
        if call.function not in {"submitValue", "beginDispute"}:
            return
        query_id = call.args[0]
        for after in (-1, 0, 1):
            at = max(stamp(scene, query_id) + after, 0)
            for function in READS[:4]:
                yield scene.call(scene.actors[0], "user", function, query_id, at)

    def states(self, call: Call, outcome: Outcome) -> Iterable[str]:
        """Which function is refused, and why."""
        if not outcome.ok:
            why = outcome.error_args[0] if outcome.error == "Error" else outcome.error
            yield f"{call.function}: {why or 'no data'}"
