"""Each preset against the conditions of the contract that it copies, in that contract's own terms.

What the hub does otherwise is listed: nothing else may differ, and what is listed does.
"""

from __future__ import annotations

from itertools import permutations
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
from weiproof.oracles.price_policy import deviates, reduced

if TYPE_CHECKING:
    from collections.abc import Callable

    from weiproof.engine.call import Value
    from weiproof.oracles.round import Round

NOW = 1_900_000_000
ADMIN, PRICE = actor("admin"), bytes32("price")
GIVEN, REFUSED, PANIC = "price", "refused", "panic"


class Stage:
    """A hub with one preset over a feed and a sequencer's feed."""

    def __init__(self, name: str) -> None:
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
        self.call("hub", "setSequencer", preset.sequencer(actor("uptime")).fields())

    def call(self, label: str, function: str, *args: Value) -> None:
        """The administrator's call, which must succeed."""
        assert self.model.apply(Call(NOW, ADMIN, label, function, args)).ok

    def show(self, label: str, latest: Round | None) -> None:
        """Lets a feed answer with a round, or fail."""
        self.call(label, "setFailing", latest is None)
        if latest is not None:
            self.call(label, "setRound", *latest.fields())

    def read(self, purpose: int) -> str:
        """What a reader gets."""
        outcome = self.model.view(Call(NOW, ADMIN, "hub", "price", (PRICE, purpose)))
        if outcome.ok:
            return GIVEN
        return PANIC if outcome.error == "Panic" else REFUSED


# THE ORIGINALS


def age(at: int) -> int:
    """What 0.8 computes: an underflow panics."""
    if at > NOW:
        raise ArithmeticError
    return NOW - at


def guide(latest: Round) -> bool:
    """What the documentation asks of a consumer."""
    complete = latest.updated_at != 0 and latest.answered_in_round >= latest.round_id
    return latest.answer > 0 and complete and age(latest.updated_at) <= LIMIT


def sign_alone(latest: Round) -> bool:
    """``AaveOracle.getAssetPrice``, ``Comet.getPrice``; a median's ``read``."""
    return latest.answer > 0


def morpho(latest: Round) -> bool:
    """``ChainlinkDataFeedLib.getPrice``: no negative answers."""
    return latest.answer >= 0


def euler_chainlink(latest: Round) -> bool:
    """``ChainlinkOracle._getQuote``."""
    return latest.answer > 0 and age(latest.updated_at) <= LIMIT


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

SEQUENCERS: dict[str, tuple[frozenset[int], Callable[[Round], bool]]] = {
    "chainlink_guide": (
        frozenset(range(LAST_PURPOSE + 1)),
        lambda up: up.answer == 0 and age(up.started_at) > 3_600,
    ),
    "aave_v3": (
        frozenset({TRADE, LIQUIDATION}),
        lambda up: up.answer == 0 and age(up.updated_at) > 3_600,
    ),
    "gmx_v2": (
        frozenset({LIQUIDATION}),
        lambda up: up.answer == 0 and age(up.started_at) > 300,
    ),
}
"""Purposes that wait, and what lets them go on."""

NO_SEQUENCER: tuple[frozenset[int], Callable[[Round], bool]] = (frozenset(), lambda _: True)


def told(condition: Callable[[Round], bool], latest: Round | None) -> str:
    """What a condition comes to; what cannot be read reverts."""
    if latest is None:
        return REFUSED
    try:
        return GIVEN if condition(latest) else REFUSED
    except ArithmeticError:
        return PANIC


# WHERE THE HUB DIFFERS: label, what the original does, what the hub does

OWN_BOUND = ("too high", GIVEN, REFUSED)
NEVER_HEARD_OF = ("never written", GIVEN, REFUSED)
UPTIME_AHEAD = ("up 1 s ahead", PANIC, REFUSED)
ODD_UPTIMES = (NEVER_HEARD_OF[0], UPTIME_AHEAD[0])
DIFFERENCES = {
    "chainlink_guide": {NEVER_HEARD_OF, UPTIME_AHEAD, ("ahead", PANIC, REFUSED)},
    "aave_v3": {NEVER_HEARD_OF, UPTIME_AHEAD},
    "gmx_v2": {NEVER_HEARD_OF, UPTIME_AHEAD},
    "synthetix_v3": {("negative", GIVEN, REFUSED)},
}
"""All of them, beside the highest price, which is the hub's own bound."""


@pytest.mark.parametrize("name", sorted(ORIGINALS))
def test_a_preset_answers_as_the_original_does(name: str) -> None:
    """Every age, kind, uptime and purpose; whatever differs is listed, and does differ."""
    stage, found = Stage(name), set()
    waiting, goes_on = SEQUENCERS.get(name, NO_SEQUENCER)
    for state, uptime in uptimes(PRESETS[name], NOW).items():
        stage.show("uptime", uptime)
        for (_, kind), latest in rounds(NOW).items():
            stage.show("feed", latest)
            judged = told(ORIGINALS[name], latest)
            for purpose in range(LAST_PURPOSE + 1):
                up = told(goes_on, uptime) if purpose in waiting else GIVEN
                original, hub = judged if up == GIVEN else up, stage.read(purpose)
                if hub != original:
                    odd = purpose in waiting and state in ODD_UPTIMES
                    label = "ahead" if up == GIVEN and judged == PANIC else state if odd else kind
                    found.add((label, original, hub))
    assert found == {OWN_BOUND} | DIFFERENCES.get(name, set())


def test_every_preset_is_checked() -> None:
    """All but this protocol's own, which asks what the guide asks; who differs says so."""
    assert set(ORIGINALS) == set(PRESETS) - {"weiproof"}
    assert all(PRESETS[name].otherwise for name in DIFFERENCES)
    ours, guided = PRESETS["weiproof"], PRESETS["chainlink_guide"]
    assert ours.rules == guided.rules
    assert ours.sequencer(actor("uptime")) == guided.sequencer(actor("uptime"))


# SEVERAL PRICES


@pytest.mark.parametrize("reference", [1, 2, 3, 7 * 10**8 + 1, 2_000 * 10**18, 10**27])
def test_gmx_measures_the_deviation_by_the_reference(reference: int) -> None:
    """``Precision.toFactor`` of the difference has 30 decimals and is rounded down."""
    half = 5 * 10**29
    for price in (reference // 2, reference + reference // 2):
        for beside in range(max(price - 2, 0), price + 3):
            original = abs(beside - reference) * 10**30 // reference > half
            assert deviates(beside, reference, PRESETS["gmx_v2"].max_deviation) is original


@pytest.mark.parametrize("name", ["redstone", "synthetix_v3"])
def test_medians_of_an_even_count_are_floored(name: str) -> None:
    """``NumericArrayLib.pickMedian``; ``ReducerNode`` divides a positive sum, truncating."""
    for values in permutations((5, 8, 8, 13)):
        assert reduced(values, (0, 0, 0, 0), PRESETS[name].reducer) == 8
    assert reduced((8, 5), (0, 0), PRESETS[name].reducer) == 6
    assert reduced((9, 5, 6), (0, 0, 0), PRESETS[name].reducer) == 6
