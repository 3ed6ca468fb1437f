"""The system: Perp's contracts as they were published, Venue beside them, and the models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perp_balance import AccountBalance
from perp_config import Config
from perp_strategy import ARGUMENTS, first, liquidate, move, trade
from perp_token import TOKENS, BaseToken
from perp_venue import Venue

from weiproof.crosscheck.targets import Deploy, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weiproof.crosscheck.targets import Call, Scene

HOUSE = (
    "modifyTakerBalance",
    "modifyOwedRealizedPnl",
    "settleQuoteToOwedRealizedPnl",
    "settleBalanceAndDeregister",
    "registerBaseToken",
    "deregisterBaseToken",
    "updateTwPremiumGrowthGlobal",
    "settlePositionInClosedMarket",
)
"""What only the clearing house may call."""
RARE = ("renounceOwnership", "setOwner", "updateOwner", "setClearingHouse", "setVault", "pause")


def contracts_with(balance: type[AccountBalance]) -> tuple[Deploy, ...]:
    """What is deployed, with one of the models of AccountBalance."""
    return (
        Deploy("config", "ClearingHouseConfig", model=Config),
        Deploy("venue", "Venue", model=Venue),
        Deploy("balance", "AccountBalance", model=balance),
        *(Deploy(label, "BaseToken", model=BaseToken) for label in TOKENS),
    )


class Perp(Target):
    """Three markets; the clearing house is an account, everything it asks of others is Venue's."""

    name = "perp-curie"
    artifacts = ("out", "../../../node_modules/.targets/@perp/curie-contract/artifacts")
    sources = "../../../node_modules/.targets/@perp/curie-contract/contracts"
    deployer = "owner"
    actors = ("alice", "bob", "house", "owner")
    contracts = contracts_with(AccountBalance)
    arguments = ARGUMENTS
    senders = {f"balance.{name}": ("house",) for name in HOUSE} | {
        f"{label}.{name}": ("owner",)
        for label in ("config", "balance", *TOKENS)
        for name in (*RARE, "close", "setMaxMarketsPerAccount")
    }
    weights = {  # noqa: RUF012
        f"{label}.{name}": 1
        for label in ("config", "balance", *TOKENS)
        for name in (*RARE, "initialize", "close")
    }

    def fixture(self, scene: Scene) -> Iterator[Call]:
        """Everything initialised, every market with a price."""
        yield from first(scene)

    def operations(self) -> Iterable[tuple[int, Callable[[Scene], Iterator[Call]]]]:
        """Trades, prices, and liquidations near the requirement."""
        return ((60, trade), (20, move), (40, liquidate))
