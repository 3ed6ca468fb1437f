"""Nobody gains by liquidating himself, in whatever pieces and over however many accounts."""

from __future__ import annotations

import pytest

from tests.crosscheck.sampled_states import states
from tests.engine.desk import MATCHER, open_desk, who
from weiproof.crosscheck.adversary import Adversary
from weiproof.engine.draws import Draws
from weiproof.engine.fixed_point import WAD, WEI

MEMBERS, TRIES = 4, 60
AUCTIONS = (1, 60, 60, WAD, 0)
"""Everybody is large, and keepers get all of the fee from the beginning on."""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_call_among_own_accounts_gains(seed: int) -> None:
    """From sampled states four accounts of one holder try sixty calls each; none adds anything."""
    dice, made = Draws(seed).stream("adversary"), 0
    for scene in states(seed):
        offset = dice.below(len(scene.accounts))
        scene.model.apply(scene.house(scene.admin, "setMarketLimitRate", WAD // 10))
        if dice.below(2):
            scene.model.apply(scene.house(scene.admin, "setAuctionParameters", AUCTIONS))
        members = (*scene.accounts[offset:], *scene.accounts[:offset])[:MEMBERS]
        adversary = Adversary(scene.model, members, scene.matcher, scene.now)
        gain = adversary.attack(dice, TRIES)
        assert gain is None
        made += adversary.made
    assert made > 300


def test_a_gain_is_seen() -> None:
    """Four wei out of nothing, for a call that moves nothing: the first such call is told."""
    desk = open_desk()
    desk.price(2_000 * WAD)
    desk.deposit("a", 10_000)
    adversary = Adversary(desk.model, (who("a"),), MATCHER, desk.now)
    before = adversary.wealth()
    desk.ledger.accounts.edit(who("a")).cash += 4
    assert adversary.wealth() - before == 4 * WEI
