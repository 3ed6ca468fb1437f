"""Each preset against the conditions of the contract that it copies, in that contract's own terms.

What the hub does otherwise is listed case by case: nothing else may differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from weiproof.contracts.chains import actor
from weiproof.engine.call import Call, bytes32
from weiproof.engine.contract import World
from weiproof.engine.model import Model
from weiproof.engine.records import LAST_PURPOSE, LIQUIDATION, TRADE
from weiproof.oracles.boundaries import DECIMALS, LIMIT, rounds, uptimes
from weiproof.oracles.mock_feed import MockFeed
from weiproof.oracles.oracle_hub import OracleHub
from weiproof.oracles.presets import PRESETS

if TYPE_CHECKING:
    from collections.abc import Callable

    from weiproof.engine.call import Value
    from weiproof.oracles.round import Round

NOW = 1_900_000_000
ADMIN, PRICE = actor("admin"), bytes32("price")
GIVEN, REFUSED, PANIC = "price", "refused", "panic"


class Stage:
    """A hub with one preset over a feed and a sequencer's feed."""

    def __init__(self, name: str, *, sequencer: bool) -> None:
        """The age limits are the same for all purposes."""
        preset, world = PRESETS[name], World(now=NOW, sender=ADMIN)
        labels = ("feed", "uptime", "hub")
        world.addresses.update({label: actor(label) for label in labels})
        MockFeed(world, "feed", DECIMALS, "feed")
        MockFeed(world, "uptime", 0, "uptime")
        OracleHub(world, "hub", ADMIN)
        self.model = Model(world)
        limits = (preset.limit(LIMIT),)
        self.call("hub", "configure", PRICE, (actor("feed"),), limits, limits, 1)
        self.call("hub", "setRules", PRICE, 0, preset.rules.fields())
        self.call("hub", "setPolicy", PRICE, preset.policy().fields())
        if sequencer:
            self.call("hub", "setSequencer", preset.sequencer(actor("uptime")).fields())

    def call(self, label: str, function: str, *args: Value) -> None:
        """The administrator's call, which must succeed."""
        assert self.model.apply(Call(NOW, ADMIN, label, function, args)).ok

    def show(self, label: str, latest: Round | None) -> None:
        """Lets a feed answer with a round, or fail."""
        self.call(label, "setFailing", latest is None)
        if latest is not None:
            fields = (latest.round_id, latest.answer, latest.started_at, latest.updated_at)
            self.call(label, "setRound", *fields, latest.answered_in_round)

    def read(self, purpose: int = TRADE) -> str:
        """What a reader gets."""
        outcome = self.model.view(Call(NOW, ADMIN, "hub", "price", (PRICE, purpose)))
        if outcome.ok:
            return GIVEN
        return PANIC if outcome.error == "Panic" else REFUSED


# THE ORIGINALS


def age(latest: Round) -> int:
    """What 0.8 computes: an underflow panics."""
    if latest.updated_at > NOW:
        raise ArithmeticError
    return NOW - latest.updated_at


def guide(latest: Round) -> bool:
    """What the documentation asks of a consumer."""
    complete = latest.updated_at != 0 and latest.answered_in_round >= latest.round_id
    return latest.answer > 0 and complete and age(latest) <= LIMIT


def sign_alone(latest: Round) -> bool:
    """``AaveOracle.getAssetPrice``, ``Comet.getPrice``; a median's ``read``."""
    return latest.answer > 0


def morpho(latest: Round) -> bool:
    """``ChainlinkDataFeedLib.getPrice``: no negative answers."""
    return latest.answer >= 0


def euler_chainlink(latest: Round) -> bool:
    """``ChainlinkOracle._getQuote``."""
    return latest.answer > 0 and age(latest) <= LIMIT


def euler_pyth(latest: Round) -> bool:
    """``PythOracle._fetchPriceStruct``, the time of publication for ``updatedAt``."""
    published = latest.updated_at
    late = published < NOW and NOW - published > LIMIT
    early = published >= NOW and published - NOW > 60
    return not late and not early and latest.answer > 0


def gmx(latest: Round) -> bool:
    """``ChainlinkPriceFeedUtils.getPriceFeedPrice``."""
    late = latest.updated_at < NOW and NOW - latest.updated_at > LIMIT
    return latest.answer > 0 and not late


def redstone(latest: Round) -> bool:
    """``RedstoneDefaultsLib.validateTimestamp``; values are unsigned."""
    ahead, behind = latest.updated_at - NOW, NOW - latest.updated_at
    return ahead <= 60 and behind <= LIMIT and latest.answer >= 0


def synthetix(latest: Round) -> bool:
    """``StalenessCircuitBreakerNode``; nobody looks at the price."""
    return latest.updated_at + LIMIT >= NOW


ORIGINALS: dict[str, Callable[[Round], bool]] = {
    "chainlink_guide": guide,
    "aave_v3": sign_alone,
    "compound_v3": sign_alone,
    "morpho_chainlink": morpho,
    "euler_chainlink": euler_chainlink,
    "euler_pyth": euler_pyth,
    "gmx_v2": gmx,
    "maker_osm": sign_alone,
    "redstone": redstone,
    "synthetix_v3": synthetix,
}


def original(name: str, latest: Round | None) -> str:
    """What the original does with a round."""
    if latest is None:
        return REFUSED
    try:
        return GIVEN if ORIGINALS[name](latest) else REFUSED
    except ArithmeticError:
        return PANIC


def otherwise(name: str, kind: str, latest: Round | None) -> bool:
    """Whether the hub is known to answer otherwise."""
    if kind == "too high":  # the hub's own bound
        return True
    if name == "chainlink_guide":  # the hub refuses the future by name
        return latest is not None and latest.updated_at > NOW
    return name == "synthetix_v3" and kind == "negative"


@pytest.mark.parametrize("name", sorted(ORIGINALS))
def test_rounds_are_judged_as_the_original_does(name: str) -> None:
    """Every age and kind: a price, a refusal or a panic, whichever the original comes to."""
    stage, compared = Stage(name, sequencer=False), 0
    for (_, kind), latest in rounds(NOW).items():
        stage.show("feed", latest)
        if not otherwise(name, kind, latest):
            assert stage.read() == original(name, latest), (kind, latest)
            compared += 1
    assert compared > 60


def test_every_preset_is_checked() -> None:
    """All but this protocol's own; who differs says so."""
    assert set(ORIGINALS) == set(PRESETS) - {"weiproof"}
    assert all(PRESETS[name].otherwise for name in ("chainlink_guide", "synthetix_v3", "aave_v3"))


# SEQUENCERS

SEQUENCERS: dict[str, tuple[frozenset[int], Callable[[Round], bool]]] = {
    "chainlink_guide": (
        frozenset(range(LAST_PURPOSE + 1)),
        lambda up: up.answer == 0 and up.started_at != 0 and NOW - up.started_at > 3_600,
    ),
    "aave_v3": (
        frozenset({TRADE, LIQUIDATION}),
        lambda up: up.answer == 0 and NOW - up.updated_at > 3_600,
    ),
    "gmx_v2": (
        frozenset({LIQUIDATION}),
        lambda up: up.answer == 0 and NOW - up.started_at > 300,
    ),
}
"""Purposes that wait, and what lets them go on; a feed that cannot be read lets nobody."""

NEVER_HEARD_OF = ("aave_v3", "gmx_v2")
"""Whom a feed that was never written does not stop, as it stops the hub."""


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_the_sequencer_is_waited_for_as_the_original_does(name: str) -> None:
    """Every state, for every purpose; who asks no sequencer reads on."""
    stage = Stage(name, sequencer=True)
    stage.show("feed", rounds(NOW)["new", "ordinary"])
    name = "chainlink_guide" if name == "weiproof" else name  # it asks the same
    waiting, goes_on = SEQUENCERS.get(name, (frozenset(), lambda _: True))
    for state, uptime in uptimes(PRESETS[name], NOW).items():
        stage.show("uptime", uptime)
        for purpose in range(LAST_PURPOSE + 1):
            if state == "never written" and name in NEVER_HEARD_OF:
                expected = purpose not in waiting
            else:
                expected = purpose not in waiting or (uptime is not None and goes_on(uptime))
            assert (stage.read(purpose) == GIVEN) is expected, (state, purpose)
