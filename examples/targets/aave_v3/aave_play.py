"""What a campaign does with the market: deposits, loans, and everything around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aave_market import ASSETS, USERS, Asset
from aave_rays import MOST, percent_mul
from aave_tokens import ZERO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weiproof.crosscheck.targets import Call, Scene

VARIABLE = 2
YEAR = 365 * 86_400


def opening(scene: Scene) -> Iterator[Call]:
    """Prices, tokens and approvals for everybody, and something to borrow."""
    for asset in ASSETS:
        place = scene.addresses[asset.name]
        yield scene.call("admin", "prices", "setAssetPrice", place, asset.price)
        for user in USERS:
            amount = 10**7 * 10**asset.decimals
            yield scene.call(user, asset.name, "mint(uint256)", amount)
            yield scene.call(user, asset.name, "approve", scene.addresses["pool"], MOST)
    for user, name, amount in (("carol", "eth", 10**21), ("dave", "usd", 10**12)):
        owner = scene.actor(user)
        yield scene.call(user, "pool", "supply", scene.addresses[name], amount, owner, 0)


# DRAWS


def any_asset(scene: Scene) -> Asset:
    """One of the listed assets."""
    return scene.among(*ASSETS)


def asset_address(scene: Scene) -> str:
    """Mostly an asset; now and then something that is not listed."""
    if scene.one_in(20):
        return scene.among(*scene.actors, ZERO, *scene.addresses.values())
    return scene.addresses[any_asset(scene).name]


def asset_list(scene: Scene) -> tuple[str, ...]:
    """None to three assets, with repetitions."""
    return tuple(asset_address(scene) for _ in range(scene.dice.below(4)))


def amount_of(scene: Scene, asset: Asset) -> int:
    """A few wei, a round sum, or anything between."""
    way = scene.dice.below(10)
    if way < 2:  # noqa: PLR2004 (a fifth)
        return scene.dice.below(30)
    if way < 6:  # noqa: PLR2004 (two fifths)
        return int(scene.dice.between(1, 999) * 10 ** scene.dice.between(0, asset.decimals))
    return scene.dice.bits(scene.dice.between(1, 70))


def share_of(scene: Scene, whole: int) -> int:
    """A part of something, all of it, or a little more or less."""
    part = whole * scene.dice.between(1, 999) // 1000
    return max(scene.among(part, part, part, whole // 2, whole, whole - 1, whole + 1), 0)


def price_strategy(scene: Scene) -> int:
    """A price for an asset: usual, tiny, or none."""
    return scene.among(0, 1, 10**8, 2_000 * 10**8, scene.dice.bits(scene.dice.between(1, 60)))


def mode_strategy(scene: Scene) -> int:
    """Mostly the variable rate."""
    return scene.among(0, 1, 3) if scene.one_in(12) else VARIABLE


def place_of(scene: Scene, asset: Asset) -> str:
    """Address of an asset's token."""
    return scene.addresses[asset.name]


def deposit_of(scene: Scene, asset: Asset, user: str) -> int:
    """What somebody has deposited of an asset."""
    return int(scene.ask(f"a_{asset.name}", "balanceOf", user) or 0)


def debt_of(scene: Scene, asset: Asset, user: str) -> int:
    """What somebody owes of an asset."""
    return int(scene.ask(f"v_{asset.name}", "balanceOf", user) or 0)


def depositors(scene: Scene, asset: Asset) -> list[str]:
    """Who has deposits of an asset."""
    return [user for user in scene.actors if deposit_of(scene, asset, user)]


# OPERATIONS


def lend(scene: Scene) -> Iterator[Call]:
    """Somebody makes a deposit, mostly for themselves."""
    asset, user = any_asset(scene), scene.actor(scene.among(*USERS))
    owner = scene.dice.choice(scene.actors) if scene.one_in(6) else user
    amount, held = amount_of(scene, asset), scene.ask(asset.name, "balanceOf", user)
    if amount > held and not scene.one_in(12):
        amount = share_of(scene, held)
    function = "deposit" if scene.one_in(10) else "supply"
    yield scene.call(user, "pool", function, place_of(scene, asset), amount, owner, 0)


def take(scene: Scene) -> Iterator[Call]:
    """Somebody withdraws, now and then as much as their debts allow."""
    asset = any_asset(scene)
    owners = depositors(scene, asset)
    if not owners:
        yield from lend(scene)
        return
    user = scene.dice.choice(tuple(owners))
    to = scene.dice.choice(scene.actors) if scene.one_in(6) else user
    held = deposit_of(scene, asset, user)

    def withdraw(amount: int) -> Call:
        return scene.call(user, "pool", "withdraw", place_of(scene, asset), amount, to)

    if scene.one_in(4):
        for amount in scene.edges(lambda value: [withdraw(value)], 1, 1, held):
            yield withdraw(amount)
        return
    yield withdraw(MOST if scene.one_in(5) else share_of(scene, held))


def owe(scene: Scene) -> Iterator[Call]:
    """Somebody borrows: a share of what is allowed, or all of it and a little more."""
    asset, user = any_asset(scene), scene.dice.choice(scene.actors)
    account = scene.ask("pool", "getUserAccountData", user)
    price = scene.ask("oracle", "getAssetPrice", place_of(scene, asset))
    if account is None or not account[0] or not price:
        yield from lend(scene)
        return
    most = account[2] * 10**asset.decimals // price
    left = scene.ask(asset.name, "balanceOf", scene.addresses[f"a_{asset.name}"])
    if most > left and not scene.one_in(8):
        most = left

    def borrow(amount: int) -> Call:
        mode, place = mode_strategy(scene), place_of(scene, asset)
        return scene.call(user, "pool", "borrow", place, amount, mode, 0, user)

    if scene.one_in(4):
        for amount in scene.edges(lambda value: [borrow(value)], 1, 1, 2 * most + 2):
            yield borrow(amount)
        return
    yield borrow(scene.among(share_of(scene, most), most, scene.dice.below(20)))


def borrow_for(scene: Scene) -> Iterator[Call]:
    """Somebody allows another to borrow on their account, who does, up to it or beyond."""
    asset = any_asset(scene)
    owner, user = scene.dice.choice(scene.actors), scene.dice.choice(scene.actors)
    amount = amount_of(scene, asset)
    yield scene.call(owner, f"v_{asset.name}", "approveDelegation", user, amount)
    drawn = scene.among(amount, amount // 2, amount + 1)
    place = place_of(scene, asset)
    yield scene.call(user, "pool", "borrow", place, drawn, VARIABLE, 0, owner)


def pay(scene: Scene) -> Iterator[Call]:
    """Somebody repays a debt, their own or another's, in tokens or out of a deposit."""
    asset = any_asset(scene)
    debtors = [user for user in scene.actors if debt_of(scene, asset, user)]
    if not debtors:
        yield from owe(scene)
        return
    user = scene.dice.choice(tuple(debtors))
    payer = scene.dice.choice(scene.actors) if scene.one_in(4) else user
    owed, place = debt_of(scene, asset, user), place_of(scene, asset)
    amount = MOST if scene.one_in(5) else share_of(scene, owed)
    mode = mode_strategy(scene)
    if scene.one_in(3):
        yield scene.call(user, "pool", "repayWithATokens", place, amount, mode)
    else:
        yield scene.call(payer, "pool", "repay", place, amount, mode, user)


def switch(scene: Scene) -> Iterator[Call]:
    """Somebody has a deposit count as collateral or not."""
    asset = any_asset(scene)
    owners = depositors(scene, asset)
    user = scene.dice.choice(tuple(owners) or scene.actors)
    function = "setUserUseReserveAsCollateral"
    yield scene.call(user, "pool", function, place_of(scene, asset), scene.one_in(2))


def hand_on(scene: Scene) -> Iterator[Call]:
    """Somebody moves a deposit to another, now and then as much as their debts allow."""
    asset = any_asset(scene)
    owners = depositors(scene, asset)
    if not owners:
        yield from lend(scene)
        return
    user, to = scene.dice.choice(tuple(owners)), scene.dice.choice(scene.actors)
    held, label = deposit_of(scene, asset, user), f"a_{asset.name}"

    def move(amount: int) -> Call:
        return scene.call(user, label, "transfer", to, amount)

    if scene.one_in(4):
        for amount in scene.edges(lambda value: [move(value)], 1, 1, held):
            yield move(amount)
        return
    amount = share_of(scene, held)
    if scene.one_in(3):
        spender = scene.dice.choice(scene.actors)
        yield scene.call(user, label, "approve", spender, share_of(scene, amount))
        yield scene.call(spender, label, "transferFrom", user, to, amount)
    else:
        yield move(amount)


def reprice(scene: Scene) -> Iterator[Call]:
    """A price moves by some per cent, or to anything."""
    asset = any_asset(scene)
    old = scene.ask("prices", "getAssetPrice", place_of(scene, asset)) or asset.price
    moved = old * scene.dice.between(60, 150) // 100
    price = scene.among(moved, moved, moved, asset.price, old + 1, price_strategy(scene))
    yield scene.call("admin", "prices", "setAssetPrice", place_of(scene, asset), price)


def resource(scene: Scene) -> Iterator[Call]:
    """An asset gets a feed: one that answers, one that does not, or none; mostly not for long."""
    asset = any_asset(scene)
    place, feeds = place_of(scene, asset), [scene.addresses["steady"], scene.addresses["silent"]]
    source = scene.among(*feeds, *feeds, ZERO, scene.actors[0], scene.addresses["pool"])
    yield scene.call("admin", "oracle", "setAssetSources", (place,), (source,))
    yield from scene.among(owe, take, lend)(scene)
    if not scene.one_in(4):
        yield scene.call("admin", "oracle", "setAssetSources", (place,), (ZERO,))


def collect(scene: Scene) -> Iterator[Call]:
    """The protocol's share of interest is minted."""
    user = scene.dice.choice(scene.actors)
    yield scene.call(user, "pool", "mintToTreasury", asset_list(scene))


def age(scene: Scene) -> Iterator[Call]:
    """Years pass, after which a wei is less than the least that can be deposited."""
    scene.wait(scene.dice.between(YEAR // 4, 3 * YEAR))
    asset, user = any_asset(scene), scene.dice.choice(scene.actors)
    place = place_of(scene, asset)
    amount = scene.dice.between(1, 3)
    yield scene.call(user, "pool", "supply", place, amount, user, 0)
    yield scene.call(user, "pool", "borrow", place, amount, VARIABLE, 0, user)
    yield scene.call(user, "pool", "repay", place, amount, VARIABLE, user)
    yield scene.call(user, "pool", "withdraw", place, amount, user)


def govern(scene: Scene) -> Iterator[Call]:
    """The administrator changes a reserve, others feel it, and mostly it is changed back."""
    asset = any_asset(scene)
    place = place_of(scene, asset)

    def configure(function: str, *args: int | bool) -> Call:
        return scene.call("admin", "configurator", function, place, *args)

    flag = scene.among("setReservePause", "setReserveFreeze", "setReserveBorrowing")
    if scene.one_in(2):
        yield configure(flag, flag != "setReserveBorrowing")
        for _ in range(scene.dice.between(1, 3)):
            yield from scene.among(lend, take, owe, pay, switch, hand_on)(scene)
        yield configure(flag, flag == "setReserveBorrowing")
        return
    yield scene.among(*_changes(scene, asset, configure))


def _changes(scene: Scene, asset: Asset, configure: Callable[..., Call]) -> tuple[Call, ...]:
    """Parameters as they might be, caps about what there is."""
    supply = int(scene.ask(f"a_{asset.name}", "totalSupply") or 0) // 10**asset.decimals
    owed = int(scene.ask(f"v_{asset.name}", "totalSupply") or 0) // 10**asset.decimals
    threshold = scene.dice.between(1, 9500)
    ltv = scene.among(0, threshold, share_of(scene, threshold))
    bonus = scene.dice.between(10_001, 12_000)
    fits = percent_mul(threshold, bonus) <= 10_000  # noqa: PLR2004 (all of it)
    params = (ltv, threshold, bonus) if fits else (asset.ltv, asset.threshold, asset.bonus)
    return (
        configure("configureReserveAsCollateral", *params),
        configure("configureReserveAsCollateral", asset.ltv, asset.threshold, asset.bonus),
        configure("setReserveFactor", scene.among(0, scene.dice.below(10_001))),
        configure("setLiquidationProtocolFee", scene.among(0, scene.dice.below(10_001))),
        configure("setSupplyCap", scene.among(0, supply, supply + 1)),
        configure("setBorrowCap", scene.among(0, owed, owed + 1)),
    )


def phase_out(scene: Scene) -> Iterator[Call]:
    """Nothing may be borrowed against an asset any more, while there are deposits of it."""
    asset = any_asset(scene)
    place, name = place_of(scene, asset), "configureReserveAsCollateral"
    yield scene.call("admin", "configurator", name, place, 0, asset.threshold, asset.bonus)
    owners = depositors(scene, asset)
    for _ in range(scene.dice.between(1, 3)):
        user = scene.dice.choice(tuple(owners) or scene.actors)
        kept, function = any_asset(scene), "setUserUseReserveAsCollateral"
        amount = share_of(scene, deposit_of(scene, kept, user))
        yield scene.among(
            scene.call(user, "pool", function, place, scene.one_in(2)),
            scene.call(user, "pool", function, place_of(scene, kept), scene.one_in(2)),
            scene.call(user, "pool", "withdraw", place_of(scene, kept), amount, user),
            scene.call(user, f"a_{kept.name}", "transfer", scene.actors[0], amount),
            scene.call(user, "pool", "borrow", place_of(scene, kept), 1, VARIABLE, 0, user),
        )
    if not scene.one_in(4):
        params = asset.ltv, asset.threshold, asset.bonus
        yield scene.call("admin", "configurator", name, place, *params)
