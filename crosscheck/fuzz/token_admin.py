"""What an administrator may set of tokens and of negative cash, within and without bounds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import (
    MAX_COLLATERALS,
    MAX_INTEREST_RATE,
    MAX_NOTIONAL,
    MAX_RAMP,
    MAX_SIZE,
    CollateralParameters,
    CreditParameters,
)

from .scene import LONGEST_TIME, NO_LIMIT, WIDEST_RATE
from .tokens import HOUR, endow, fresh_token, units_worth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.engine.call import Call

    from .scene import Scene


def collateral_parameters(scene: Scene) -> Iterator[Call]:
    """A token's parameters change, by a ramp where they fall; or they are refused."""
    collateral_id = scene.dice.choice(scene.tokens)
    old = scene.ledger.collateral_parameters.read(collateral_id)
    weight = scene.among(WAD, WAD * 9 // 10, WAD * 7 // 10, WAD // 2, 0)
    good = replace(
        old,
        initial_weight=scene.share(weight, 500, 1000),
        maintenance_weight=weight,
        seizure_discount=min(scene.among(0, WAD // 20, WAD - weight), WAD - weight, WAD // 2),
        ramp_duration=scene.among(HOUR, 86_400, MAX_RAMP),
        band_rate=scene.among(0, WAD // 100, WAD // 10, WAD),
        trade_fee_rate=scene.among(0, 1, WAD // 2000, WAD // 10),
    )
    chosen = _wrong_collateral(scene, good) if scene.one_in(3) else good
    sender = scene.outsider if scene.one_in(8) else scene.admin
    if scene.one_in(10):
        unknown = scene.among(scene.ledger.collateral_count, NO_LIMIT)
        yield scene.house(sender, "setCollateralParameters", unknown, good.fields())
    yield scene.house(sender, "setCollateralParameters", collateral_id, chosen.fields())
    scene.wait(scene.among(0, 1, HOUR - 1, HOUR))
    if scene.one_in(2):
        back = replace(old, ramp_duration=HOUR)
        yield scene.house(scene.admin, "setCollateralParameters", collateral_id, back.fields())


def add_token(scene: Scene) -> Iterator[Call]:
    """A token is to be admitted: mostly one that cannot be."""
    count = scene.ledger.collateral_count
    old = scene.ledger.collateral_parameters.read(scene.dice.choice(scene.tokens))
    sender = scene.outsider if scene.one_in(6) else scene.admin
    late = scene.address("token/LATE")
    token = scene.among(
        old.token,
        scene.address("token"),
        scene.address("token/WIDE"),
        scene.outsider,
        late,
        late,
    )
    parameters = replace(old, token=token, cap=10**6)
    if token == late and count < MAX_COLLATERALS and scene.one_in(2):
        parameters = _wrong_collateral(scene, parameters)
    yield scene.house(sender, "addCollateral", parameters.fields())


def full_tokens(scene: Scene) -> Iterator[Call]:
    """Tokens are admitted until there are as many as there may be, and one more is refused."""
    old = scene.ledger.collateral_parameters.read(scene.tokens[0])
    for name in ("LATE", "LATER", "LATEST", "LAST", "LAST"):
        parameters = replace(old, token=scene.address(f"token/{name}"), cap=10**6)
        yield scene.house(scene.admin, "addCollateral", parameters.fields())


def credit_parameters(scene: Scene) -> Iterator[Call]:
    """What negative cash costs changes, or is refused."""
    base = scene.among(0, 10**9, 10**10)
    good = CreditParameters(
        base,
        base + scene.among(0, 1, 10**10),
        base + scene.among(10**10, 10**11, MAX_INTEREST_RATE - base),
        scene.among(1, WAD // 2, WAD * 8 // 10, WAD - 1),
        scene.among(0, WAD // 10, WAD),
        scene.among(0, WAD, 1_000 * WAD, 10**6 * WAD, MAX_NOTIONAL),
        scene.among(10**9 * WAD, MAX_NOTIONAL),
    )
    wrong = (
        replace(good, base_rate=good.kink_rate + 1),
        replace(good, kink_rate=good.maximum_rate + 1),
        replace(good, maximum_rate=MAX_INTEREST_RATE + 1),
        replace(good, kink=scene.among(0, WAD, WIDEST_RATE)),
        replace(good, fund_share=WAD + 1),
        replace(good, debt_limit=MAX_NOTIONAL + 1),
        replace(good, collateral_cap=MAX_NOTIONAL + 1),
    )
    sender = scene.outsider if scene.one_in(6) else scene.admin
    chosen = scene.dice.choice(wrong) if scene.one_in(3) else good
    yield scene.house(sender, "setCreditParameters", chosen.fields())
    yield scene.house(scene.outsider, "interestRate")


def total_cap(scene: Scene) -> Iterator[Call]:
    """The cap on all tokens is a wei below what a deposit makes of them, and just that."""
    account, collateral_id = scene.dice.choice(scene.accounts), scene.dice.choice(scene.tokens)
    for each in scene.tokens:
        yield from fresh_token(scene, each)
    amount = units_worth(scene, collateral_id, scene.dice.between(1, 1_000))
    yield from endow(scene, account, collateral_id, amount)
    old = scene.ledger.credit_parameters
    deposit = scene.house(account, "depositCollateral", collateral_id, amount)
    yield _capped(scene, old, 0)
    yield deposit
    refusal = scene.model.view(deposit)
    if refusal.error == "TotalCapExceeded" and isinstance(refusal.error_args[0], int):
        for cap in (refusal.error_args[0] - 1, refusal.error_args[0]):
            yield _capped(scene, old, cap)
            yield deposit
    yield _capped(scene, old, 0)
    yield from _swaps(scene, account, collateral_id)
    yield _capped(scene, old, old.collateral_cap)


def _swaps(scene: Scene, account: str, id_out: int) -> Iterator[Call]:
    """A token goes out for more of another, and for less that counts for as much."""
    id_in = scene.dice.choice(tuple(each for each in scene.tokens if each != id_out))
    amount = units_worth(scene, id_in, 100)
    yield from endow(scene, account, id_in, 2 * amount)
    for dollars in (scene.dice.between(1, 50), scene.dice.between(101, 190)):
        parts = units_worth(scene, id_out, dollars)
        yield scene.house(account, "swapCollateral", id_in, amount, id_out, parts)


def _capped(scene: Scene, parameters: CreditParameters, cap: int) -> Call:
    changed = replace(parameters, collateral_cap=cap)
    return scene.house(scene.admin, "setCreditParameters", changed.fields())


def _wrong_collateral(scene: Scene, good: CollateralParameters) -> CollateralParameters:
    return scene.among(
        replace(good, token=scene.outsider),
        replace(good, price_id=scene.among(bytes(32), b"BTC-USD".ljust(32, b"\0"))),
        replace(good, initial_weight=good.maintenance_weight + 1),
        replace(good, maintenance_weight=WAD + 1),
        replace(good, seizure_discount=WAD - good.maintenance_weight + 1),
        replace(good, seizure_discount=WAD // 2 + 1, initial_weight=0, maintenance_weight=0),
        replace(good, cap=MAX_SIZE + 1),
        replace(good, ramp_duration=scene.among(HOUR - 1, MAX_RAMP + 1, LONGEST_TIME)),
        replace(good, band_rate=scene.among(WAD + 1, WIDEST_RATE)),
        replace(good, trade_fee_rate=scene.among(WAD // 10 + 1, WIDEST_RATE)),
    )
