"""Calls that are drawn from the ABI: how often, by whom, and with which arguments.

They are there for what no operation thinks of; most of them are refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aave_market import ASSETS
from aave_play import asset_address, asset_list, mode_strategy, price_strategy
from aave_rays import MOST, RAY
from aave_tokens import ZERO

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weiproof.crosscheck.targets import Scene
    from weiproof.engine.call import Value

POOL = {
    "supply": 20,
    "withdraw": 30,
    "borrow": 30,
    "repay": 30,
    "repayWithATokens": 20,
    "liquidationCall": 30,
    "setUserUseReserveAsCollateral": 20,
    "mintToTreasury": 10,
    "deposit": 5,
    "swapBorrowRateMode": 10,
    "setUserEMode": 3,
    "finalizeTransfer": 2,
    "setConfiguration": 2,
    "initialize": 1,
}
CONFIGURATOR = {
    "configureReserveAsCollateral": 15,
    "setReserveFactor": 8,
    "setLiquidationProtocolFee": 8,
    "setSupplyCap": 6,
    "setBorrowCap": 6,
    "setReserveFlashLoaning": 3,
    "setReserveBorrowing": 2,
    "setReserveFreeze": 2,
    "setReservePause": 2,
    "initialize": 1,
}
TOKEN = ("mint", "transfer", "transferFrom", "approve", "increaseAllowance", "decreaseAllowance")
A_TOKEN = (
    *TOKEN, "burn", "mintToTreasury", "transferOnLiquidation", "transferUnderlyingTo",
    "handleRepayment", "initialize",
)  # fmt: skip
DEBT_TOKEN = (*TOKEN, "burn", "approveDelegation", "initialize")

WEIGHTS = {
    **{f"pool.{function}": weight for function, weight in POOL.items()},
    **{f"configurator.{function}": weight for function, weight in CONFIGURATOR.items()},
    **{f"{each.name}.{function}": 2 for each in ASSETS for function in TOKEN},
    **{f"a_{each.name}.{function}": 2 for each in ASSETS for function in A_TOKEN},
    **{f"v_{each.name}.{function}": 1 for each in ASSETS for function in DEBT_TOKEN},
    "prices.setAssetPrice": 5,
    "prices.setEthUsdPrice": 1,
    "oracle.setAssetSources": 6,
    "oracle.setFallbackOracle": 3,
    "stable.calculateInterestRates": 10,
    "volatile.calculateInterestRates": 10,
}
SENDERS = {
    **{f"configurator.{function}": ("admin",) for function in CONFIGURATOR},
    "oracle.setAssetSources": ("admin",),
    "oracle.setFallbackOracle": ("admin",),
}


def amount(scene: Scene) -> int:
    """A few wei, a usual sum, everything, or what was accepted before, or beside it."""
    way = scene.dice.below(10)
    known = scene.accepted.get(("pool", "supply", 1))
    if way < 4 and known:  # noqa: PLR2004 (two fifths)
        value = scene.dice.choice(tuple(known))
        return value + scene.among(-1, 0, 1) if isinstance(value, int) else 0
    if way < 6:  # noqa: PLR2004 (a fifth)
        return scene.dice.between(1, 20)
    if way < 7:  # noqa: PLR2004 (a tenth)
        return scene.among(0, MOST, MOST - 1, 1 << 128, 1 << 127)
    return int(scene.dice.between(1, 99) * 10 ** scene.dice.below(20))


def share(scene: Scene) -> int:
    """Hundredths of a per cent: none, all, more than all, or any."""
    return scene.among(0, 1, 10_000, 10_001, 1 << 16, scene.dice.below(10_000))


def bonus(scene: Scene) -> int:
    """What a liquidator gets, hundredths of a per cent: all and a bit, less, or none."""
    return scene.among(0, 10_000, 10_001, scene.dice.between(10_001, 13_000), 1 << 16)


def cap(scene: Scene) -> int:
    """Whole tokens: none, few, many, the most there can be, and one more."""
    return scene.among(0, 1, scene.dice.below(2_000_000), 2**36 - 1, 2**36)


def feeds(scene: Scene) -> tuple[str, ...]:
    """None to three feeds, or what is none."""
    known = (scene.addresses["steady"], scene.addresses["silent"], ZERO, ZERO)
    return tuple(scene.among(*known, scene.actors[0]) for _ in range(scene.dice.below(4)))


def fallback(scene: Scene) -> str:
    """Mostly the one that there was."""
    kept = scene.addresses["prices"]
    return scene.among(kept, kept, kept, scene.actors[0], scene.addresses["oracle"])


def request(scene: Scene) -> tuple[int | str, ...]:
    """What a strategy is asked: any mixture of stable and variable debt."""
    asset = scene.among(*ASSETS)
    sums = (scene.dice.bits(scene.dice.between(1, 90)) for _ in range(5))
    unbacked, added, taken, stable, variable = sums
    taken = scene.among(0, taken)
    debts = scene.among((0, variable), (stable, 0), (stable, variable), (0, 0))
    average = scene.dice.below(3 * RAY)
    places = scene.addresses[asset.name], scene.addresses[f"a_{asset.name}"]
    return (scene.among(0, unbacked), added, taken, *debts, average, share(scene), *places)


ARGUMENTS: Mapping[str, Callable[[Scene], Value]] = {
    "asset": asset_address,
    "assets": asset_list,
    "collateralAsset": asset_address,
    "debtAsset": asset_address,
    "interestRateMode": mode_strategy,
    "pool.supply.amount": amount,
    "pool.deposit.amount": amount,
    "pool.withdraw.amount": amount,
    "pool.borrow.amount": amount,
    "pool.repay.amount": amount,
    "pool.repayWithATokens.amount": amount,
    "pool.liquidationCall.debtToCover": amount,
    "price": price_strategy,
    "newReserveFactor": share,
    "newFee": share,
    "ltv": share,
    "liquidationThreshold": share,
    "liquidationBonus": bonus,
    "newBorrowCap": cap,
    "newSupplyCap": cap,
    "sources": feeds,
    "fallbackOracle": fallback,
    "stable.calculateInterestRates.params": request,
    "volatile.calculateInterestRates.params": request,
}
