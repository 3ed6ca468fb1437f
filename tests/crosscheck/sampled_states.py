"""States that a campaign passes through, with everything resumed and fresh prices."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from weiproof.crosscheck.fuzz import campaign, prices
from weiproof.crosscheck.fuzz.playground import SPEC
from weiproof.crosscheck.fuzz.scene import Scene
from weiproof.crosscheck.protocol import deploy_model
from weiproof.engine.draws import Draws

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
    markets = range(scene.market_count)
    tokens = all(scene.token_price(each) is not None for each in scene.tokens)
    return len(markets) > 0 and tokens and all(scene.index(each) is not None for each in markets)


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
