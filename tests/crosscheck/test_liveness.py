"""Whatever a campaign leads to, everybody can be brought to health or closure."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import pytest

from tests.engine.desk import open_desk, who
from weiproof.crosscheck.fuzz import campaign, prices
from weiproof.crosscheck.fuzz.playground import SPEC
from weiproof.crosscheck.fuzz.scene import Scene
from weiproof.crosscheck.liveness import Stuck, resolve
from weiproof.crosscheck.protocol import deploy_model
from weiproof.engine.draws import Draws
from weiproof.engine.fixed_point import WAD

if TYPE_CHECKING:
    from collections.abc import Iterator

CALLS, EVERY = 3_000, 40


def made_ready(scene: Scene) -> bool:
    """Everything is resumed and every price of markets and tokens published anew."""
    scene.model.apply(scene.house(scene.admin, "setPaused", False))
    for market_id in range(scene.market_count):
        scene.model.apply(scene.house(scene.admin, "setMarketPaused", market_id, False))
    for call in prices.fresh_all(scene):
        scene.model.apply(call)
    return all(scene.index(market_id) is not None for market_id in range(scene.market_count))


def states(seed: int) -> Iterator[Scene]:
    """What a campaign passes through, made ready; it goes on from before that."""
    scene = Scene(SPEC, deploy_model(SPEC), Draws(seed))
    for number, call in enumerate(islice(campaign.sequence(scene, lambda _: iter(())), CALLS)):
        scene.model.apply(call)
        if number % EVERY:
            continue
        before, targets = scene.model.snapshot(), dict(scene.targets)
        if made_ready(scene):
            yield scene
        scene.model.restore(before)
        scene.targets = targets


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_state_can_be_resolved(seed: int) -> None:
    """From each sampled state on nobody is liquidatable in the end; then nothing is left to do."""
    resolved = calls = 0
    for scene in states(seed):
        calls += len(resolve(scene.model, scene.outsider, scene.now))
        resolved += 1
        assert resolve(scene.model, scene.outsider, scene.now) == []
        for account in scene.parties:
            assert scene.ask("house", "isLiquidatable", account) == (False,)
    assert resolved > CALLS // EVERY // 2
    assert calls > resolved // 2


def test_a_stale_price_is_told() -> None:
    """Where a price is too old the search ends with what is refused."""
    desk = open_desk()
    desk.price(2_000 * WAD)
    for label in "ab":
        desk.deposit(label, 10_000)
    desk.trade("a", "b", 0, "10", "2000")
    desk.now += 86_400
    with pytest.raises(Stuck, match="StalePrice"):
        resolve(desk.model, who("k"), desk.now)
