"""Chainlink's ``DerivedPriceFeed`` over two ``MockV3Aggregator``, of several decimals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainlink_harness import LEAST_INT, MOST_INT, UINT80, V8, endings, view

from weiproof.crosscheck.targets import Deploy, Ref, Target
from weiproof.oracles.chainlink.derived_price_feed import DerivedPriceFeed
from weiproof.oracles.chainlink.mock_v3_aggregator import MockV3Aggregator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weiproof.crosscheck.targets import Call, Scene
    from weiproof.engine.call import Outcome

FEEDS = {"dollar": 8, "ether": 18, "whole": 0, "cast": 94, "beyond": 96}
"""Mocks with their decimals: `cast` is divided by a power of ten that turns negative on its way to
a signed word, `beyond` by one that fits no word."""

PAIRS = (
    ("dollar", "ether", 8),
    ("ether", "dollar", 18),
    ("whole", "ether", 1),
    ("ether", "whole", 17),
    ("cast", "dollar", 17),
    ("dollar", "cast", 17),
    ("beyond", "dollar", 18),
    ("ether", "beyond", 18),
)
LABELS = tuple(f"{base}_over_{quote}" for base, quote, _ in PAIRS)


def _answer(scene: Scene) -> int:
    """Of any size and sign; zero and the ends often."""
    size = scene.dice.bits(scene.dice.between(1, 256)) >> 1
    if scene.one_in(4):
        return scene.among(0, 1, -1, LEAST_INT, MOST_INT)
    return scene.among(size, -size, scene.dice.between(1, 10**12), 10 ** scene.dice.below(77))


def _round_id(scene: Scene) -> int:
    return scene.among(0, 1, 2, UINT80 - 2, UINT80 - 1, scene.dice.below(99))


def priced(scene: Scene) -> Iterator[Call]:
    """Both sides of a pair are set, and the price is read: also where it just does not overflow."""
    base, quote, decimals = scene.dice.choice(PAIRS)
    answer = _answer(scene)
    if scene.one_in(3):
        up = 10 ** (decimals + max(decimals - FEEDS[base], 0))
        answer = scene.among(1, -1) * (MOST_INT // up + scene.among(-1, 0, 1))
    yield scene.call("alice", base, "updateAnswer", min(max(answer, LEAST_INT), MOST_INT))
    yield scene.call("alice", quote, "updateAnswer", scene.among(_answer(scene), 1, -1))
    for label in LABELS:
        yield scene.call("alice", label, "latestRoundData")


def past_the_ids(scene: Scene) -> Iterator[Call]:
    """The round after the last id of 80 bits."""
    feed = scene.dice.choice(tuple(FEEDS))
    yield scene.call("alice", feed, "updateRoundData", UINT80 - 1, _answer(scene), 1, 2)
    yield scene.call("alice", feed, "updateAnswer", _answer(scene))
    yield scene.call("alice", feed, "latestRoundData")


class ChainlinkDerived(Target):
    """Feeds over feeds."""

    name = "chainlink-derived"
    artifacts = V8
    contracts = (
        *(
            Deploy(label, "MockV3Aggregator", args=(decimals, 1), model=MockV3Aggregator)
            for label, decimals in FEEDS.items()
        ),
        *(
            Deploy(
                label,
                "DerivedPriceFeed",
                args=(Ref(base), Ref(quote), decimals),
                model=DerivedPriceFeed,
            )
            for label, (base, quote, decimals) in zip(LABELS, PAIRS, strict=True)
        ),
    )
    actors = ("alice", "bob")
    weights = {f"{label}.latestRoundData": 6 for label in LABELS}  # noqa: RUF012 - as all have it
    arguments = {  # noqa: RUF012 - as all targets have it
        "_answer": _answer,
        "_roundId": _round_id,
    }

    def operations(self) -> Iterable[tuple[int, Callable[[Scene], Iterator[Call]]]]:
        """Prices, and ids beyond their width."""
        return ((40, priced), (4, past_the_ids))

    def observe(self, scene: Scene, call: Call) -> Iterator[Call]:
        """Rounds of the mock that was called."""
        if call.target in FEEDS:
            for round_id in (0, 1, UINT80 - 1, int(scene.ask(call.target, "latestRound")) % UINT80):
                yield view(scene, call.target, "getRoundData", round_id)

    def states(self, call: Call, outcome: Outcome) -> Iterator[str]:
        """How the call ended, and the sign of a price."""
        yield from endings(call, outcome)
        if call.target in LABELS and call.function == "latestRoundData" and outcome.ok:
            answer = outcome.values[1]
            sign = "zero" if answer == 0 else "positive" if answer > 0 else "negative"  # type: ignore[operator]  # an int256
            yield f"{call.target} is {sign}"
