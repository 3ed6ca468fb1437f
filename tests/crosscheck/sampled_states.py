"""States that a campaign passes through, with everything resumed and fresh prices."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from weiproof.crosscheck.fuzz import campaign, prices
from weiproof.crosscheck.fuzz.playground import SPEC
from weiproof.crosscheck.fuzz.scene import Scene
from weiproof.crosscheck.protocol import deploy_model
from weiproof.engine.bits import each_bit
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
        before, targets, now = scene.model.snapshot(), dict(scene.targets), scene.now
        if made_ready(scene):
            yield scene
        scene.model.restore(before)
        scene.targets, scene.now = targets, now


def in_distress(scene: Scene) -> str | None:
    """The prices turn against somebody: an account below maintenance, some of them bankrupt.

    A bankrupt one is flagged, and may be deleveraged; tokens fall, too. None where nobody is.
    """
    holders = [each for each in scene.parties if scene.held(each)]
    if not holders:
        return None
    with_tokens = [each for each in holders if scene.account(each).collaterals]
    account = scene.dice.choice(tuple(with_tokens or holders))
    market_id = scene.dice.choice(scene.held(account))
    for token_id in each_bit(scene.account(account).collaterals):
        name = scene.token_price_name(token_id)
        if name in scene.targets and scene.one_in(2):
            scene.targets[name] = scene.share(scene.targets[name], 500, 950)
    made_ready(scene)
    figure = scene.among("liquidationPrice", "bankruptcyPrice")
    found = scene.ask("house", figure, account, market_id)
    if found is not None and found[0] and isinstance(found[1], int):
        far = scene.dice.between(1, 30)
        sign = -far if scene.size(account, market_id) > 0 else far
        scene.targets[scene.price_name(market_id)] = max(found[1] * (1000 + sign) // 1000, 1)
        made_ready(scene)
    scene.model.apply(scene.house(scene.outsider, "flag", account))
    scene.wait(scene.ledger.parameters.deleverage_delay)
    made_ready(scene)
    return account if scene.ask("house", "isLiquidatable", account) == (True,) else None


def endow(scene: Scene, accounts: tuple[str, ...]) -> None:
    """Everybody has some of every token outside, which the clearing house may take."""
    house = scene.address("house")
    for token_id in scene.tokens:
        price = scene.token_price(token_id) or WAD
        units = 10_000 * WAD * WAD // (price * scene.ledger.collaterals.read(token_id).unit)
        args = (accounts, (units,) * len(accounts), house)
        scene.model.apply(scene.call(scene.outsider, scene.token_label(token_id), "faucet", *args))
