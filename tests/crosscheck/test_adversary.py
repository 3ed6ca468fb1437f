"""Nobody gains by liquidating himself, in whatever pieces and over however many accounts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.crosscheck.sampled_states import endow, in_distress, states
from tests.engine.desk import MATCHER, open_desk, who
from weiproof.contracts.chains import actor
from weiproof.crosscheck.adversary import Adversary
from weiproof.crosscheck.fuzz.playground import SPONSOR, accounts, sub_accounts
from weiproof.engine.accounts import is_owner
from weiproof.engine.draws import Draws
from weiproof.engine.fixed_point import WAD, WEI

if TYPE_CHECKING:
    from weiproof.crosscheck.fuzz.scene import Scene

MEMBERS, TRIES = 4, 60
AUCTIONS = (1, 60, 60, WAD, 0)
"""Everybody is large, and keepers get all of the fee from the beginning on."""

ROUNDS, FEW = 2, 25
OWNERS = dict(zip(sub_accounts(), accounts(), strict=False))
ROUTES = {
    "autoDeleverage",
    "buyCollateral",
    "forceClose",
    "liquidate",
    "liquidateToBackstop",
    "liquidateToFund",
    "liquidateToMarket",
    "nominate",
    "setPlan",
    "setSeizureOrder",
    "settle",
    "settleSpotTrade",
    "settleTrade",
    "swapCollateral",
}
"""What a search must have got through; all but the last few take over or sell."""


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


def conspirators(scene: Scene, account: str) -> tuple[str, ...]:
    """An account in distress, its owner's others, holders of the opposite side, a fresh one."""
    owners = (*accounts(), *sub_accounts())
    family = [each for each in owners if is_owner(each, account) and each != account]
    held = scene.held(account)
    opposite = [
        each
        for each in scene.parties
        if any(scene.size(each, market) * scene.size(account, market) < 0 for market in held)
    ]
    return tuple(dict.fromkeys((account, *family, *opposite[:2], actor(SPONSOR))))


def test_nobody_gains_from_his_own_distress() -> None:
    """Accounts that prices sank, bankrupt or not, are tried on every route, and none adds a wei.

    Their holder has both sides of their positions, tokens outside and a fresh account.
    """
    accepted, bankrupt = Counter[str](), 0
    for seed in (1, 2, 3):
        dice = Draws(seed).stream("distress")
        for scene in states(seed):
            account = in_distress(scene)
            if account is None:
                continue
            members = conspirators(scene, account)
            endow(scene, members)
            adversary = Adversary(scene.model, members, scene.matcher, scene.now, OWNERS)
            gain = adversary.search(dice, ROUNDS, FEW)
            assert gain is None
            accepted += adversary.accepted
            bankrupt += (scene.figure("equity", account) or 0) < 0
    assert accepted.keys() >= ROUTES
    assert bankrupt > 20


def test_a_gain_is_seen() -> None:
    """Four wei out of nothing, for a call that moves nothing: the first such call is told."""
    desk = open_desk()
    desk.price(2_000 * WAD)
    desk.deposit("a", 10_000)
    adversary = Adversary(desk.model, (who("a"),), MATCHER, desk.now)
    before = adversary.wealth()
    desk.ledger.accounts.edit(who("a")).cash += 4
    assert adversary.wealth() - before == 4 * WEI
