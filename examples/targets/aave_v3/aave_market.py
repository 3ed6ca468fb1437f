"""A market of three assets, deployed from Aave's own artifacts as its governance would.

The addresses provider creates the proxies of pool and configurator, the configurator those of each
reserve's tokens: their addresses follow from how often each has created something before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import aave_words as words
from aave_configurator import Configurator
from aave_oracle import Aggregator, Oracle, Prices
from aave_pool import Pool
from aave_rays import RAY
from aave_scaled import AToken, VariableDebt
from aave_strategy import Strategy
from aave_tokens import ZERO, Token

from weiproof.contracts.chains import actor
from weiproof.crosscheck.targets import Deploy, Ref, Send

if TYPE_CHECKING:
    from collections.abc import Iterator

USERS = ("alice", "bob", "carol", "dave")
ADMIN, TREASURY = actor("admin"), actor("treasury")
STEADY, SILENT = 10**8, -1
"""Answers of the two price feeds that never change: one unit, and nothing that is a price."""


class Asset(NamedTuple):
    """One reserve: its token, price and parameters. Shares in hundredths of a per cent."""

    name: str
    decimals: int
    price: int
    """Price of a whole token at the start, 8 decimals."""
    ltv: int
    threshold: int
    bonus: int
    factor: int
    """The protocol's share of interest."""
    fee: int
    """The protocol's share of a liquidation's bonus."""
    strategy: str


ETH = Asset("eth", 18, 2_000 * 10**8, 8000, 8250, 10_500, 1500, 1000, "volatile")
USD = Asset("usd", 6, 10**8, 7700, 8000, 10_450, 1000, 3333, "stable")
BTC = Asset("btc", 8, 30_000 * 10**8, 7000, 7500, 11_000, 2000, 0, "volatile")
ASSETS = (ETH, USD, BTC)

PERCENT = RAY // 100
VOLATILE = (45 * PERCENT, 0, 7 * PERCENT, 300 * PERCENT, 7 * PERCENT, 300 * PERCENT)
STABLE = (90 * PERCENT, PERCENT // 3, 4 * PERCENT, 60 * PERCENT, PERCENT // 2, 60 * PERCENT)
OFFSETS = (PERCENT, 8 * PERCENT, 20 * PERCENT)
"""Of stable rates: offset, offset where much debt is stable, and how much is much."""


def contracts() -> tuple[Deploy, ...]:
    """Everything, in order of creation."""
    return (
        *_foundations(),
        *(
            Deploy(each.name, "MintableERC20", (each.name, each.name, each.decimals), Token,
                   model_args=(each.name, each.decimals))
            for each in ASSETS
        ),
        *_oracles(),
        Deploy("volatile", "DefaultReserveInterestRateStrategy",
               (Ref("provider"), *VOLATILE, *OFFSETS), Strategy, model_args=VOLATILE + OFFSETS),
        Deploy("stable", "DefaultReserveInterestRateStrategy",
               (Ref("provider"), *STABLE, *OFFSETS), Strategy, model_args=STABLE + OFFSETS),
        *_pool(),
        *_tokens(),
    )  # fmt: skip


def _foundations() -> Iterator[Deploy]:
    yield Deploy(
        "provider",
        "PoolAddressesProvider",
        ("weiproof", actor("deployer")),
        then=(Send("provider", "setACLAdmin", (actor("deployer"),)),),
    )
    yield Deploy(
        "acl",
        "ACLManager",
        (Ref("provider"),),
        then=(
            Send("provider", "setACLManager", (Ref("acl"),)),
            Send("acl", "addPoolAdmin", (ADMIN,)),
            Send("acl", "addEmergencyAdmin", (ADMIN,)),
        ),
    )
    data = "AaveProtocolDataProvider"
    then = (Send("provider", "setPoolDataProvider", (Ref("data"),)),)
    yield Deploy("data", data, (Ref("provider"),), then=then)


def _oracles() -> Iterator[Deploy]:
    yield Deploy("steady", "MockAggregator", (STEADY,), Aggregator)
    yield Deploy("silent", "MockAggregator", (SILENT,), Aggregator)
    yield Deploy("prices", "PriceOracle", (), Prices)
    yield Deploy(
        "oracle",
        "AaveOracle",
        (Ref("provider"), (), (), Ref("prices"), ZERO, 10**8),
        Oracle,
        model_args=(ADMIN, Ref("prices")),
        then=(Send("provider", "setPriceOracle", (Ref("oracle"),)),),
    )


def _pool() -> Iterator[Deploy]:
    proxy = "InitializableImmutableAdminUpgradeabilityProxy"
    yield Deploy(
        "poolLogic",
        "Pool",
        (Ref("provider"),),
        then=(Send("provider", "setPoolImpl", (Ref("poolLogic"),)),),
    )
    given = tuple(part for each in ASSETS for part in _listed(each))
    yield Deploy("pool", proxy, (), Pool, "Pool", given, made_by=("provider", 1))
    yield Deploy(
        "configuratorLogic",
        "PoolConfigurator",
        then=(Send("provider", "setPoolConfiguratorImpl", (Ref("configuratorLogic"),)),),
    )
    yield Deploy(
        "configurator",
        proxy,
        (),
        Configurator,
        "PoolConfigurator",
        (ADMIN,),
        made_by=("provider", 2),
    )


def _listed(asset: Asset) -> tuple[object, ...]:
    """What the pool's twin is told of a reserve."""
    word = words.configuration(
        {
            words.LTV: asset.ltv,
            words.THRESHOLD: asset.threshold,
            words.BONUS: asset.bonus,
            words.DECIMALS: asset.decimals,
            words.ACTIVE: 1,
            words.BORROWING: 1,
            words.FACTOR: asset.factor,
            words.PROTOCOL_FEE: asset.fee,
        }
    )
    tokens = tuple(Ref(f"{kind}_{asset.name}") for kind in ("a", "s", "v"))
    return (Ref(asset.name), *tokens, Ref(asset.strategy), word)


def _tokens() -> Iterator[Deploy]:
    proxy = "InitializableImmutableAdminUpgradeabilityProxy"
    yield Deploy("aLogic", "AToken", (Ref("pool"),))
    yield Deploy("sLogic", "StableDebtToken", (Ref("pool"),))
    listing = Send("configurator", "initReserves", (tuple(map(_input, ASSETS)),), "admin")
    settings = tuple(send for each in ASSETS for send in _settings(each))
    then = (listing, *settings)
    yield Deploy("vLogic", "VariableDebtToken", (Ref("pool"),), then=then)
    nonce = 1
    for asset in ASSETS:
        own, name = Ref(asset.name), asset.name
        a_args, v_args = (own, TREASURY), (own,)
        maker = "configurator"
        yield Deploy(f"a_{name}", proxy, (), AToken, "AToken", a_args, made_by=(maker, nonce))
        yield Deploy(f"s_{name}", proxy, made_by=(maker, nonce + 1))
        interface = "VariableDebtToken"
        made_by = (maker, nonce + 2)
        yield Deploy(f"v_{name}", proxy, (), VariableDebt, interface, v_args, made_by=made_by)
        nonce += 3


def _input(asset: Asset) -> tuple[object, ...]:
    """What the configurator is told of a reserve."""
    logics = (Ref("aLogic"), Ref("sLogic"), Ref("vLogic"))
    names = tuple(f"{kind} {asset.name}" for kind in ("a", "a", "v", "v", "s", "s"))
    places = (Ref(asset.strategy), Ref(asset.name), TREASURY, ZERO)
    return (*logics, asset.decimals, *places, *names, b"")


def _settings(asset: Asset) -> Iterator[Send]:
    calls: tuple[tuple[str, tuple[object, ...]], ...] = (
        ("configureReserveAsCollateral", (asset.ltv, asset.threshold, asset.bonus)),
        ("setReserveBorrowing", (True,)),
        ("setReserveFactor", (asset.factor,)),
        ("setLiquidationProtocolFee", (asset.fee,)),
    )
    for function, args in calls:
        yield Send("configurator", function, (Ref(asset.name), *args), "admin")
