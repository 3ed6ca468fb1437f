"""Synthetix's libraries of perps markets, as they were published, and a model of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perps_draws import ARGUMENTS, cover, first, rush
from perps_model import Perps
from perps_state import ACCOUNTS, MARKETS

from weiproof.crosscheck.targets import Deploy, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weiproof.crosscheck.targets import Call, Scene
    from weiproof.engine.call import Outcome

BY_MARKET = ("maxInWindow", "capacity", "liquidations")
BY_ACCOUNT = ("isLiquidatable", "isMarginLiquidatable", "withdrawableMargin", "openMarkets")
PURE = ("requiredMargins", "windowsFor", "flagReward", "funding", "pnl", "keeperReward")


class SynthetixPerps(Target):
    """Two markets and three accounts."""

    name = "synthetix-perps"
    artifacts = "../../../node_modules/.targets/synthetix_perps"
    sources = "src"
    actors = ("alice", "bob")
    contracts = (Deploy("perps", "PerpsHarness", model=Perps),)
    arguments = ARGUMENTS
    weights = dict.fromkeys((f"perps.{name}" for name in PURE), 8)
    skip = tuple(
        f"perps.{name}"
        for name in (
            "process",
            "processWithRuntime",
            "processManyWithRuntime",
            "processManyWithManyRuntime",
        )
    )

    def fixture(self, scene: Scene) -> Iterator[Call]:
        """Markets that are configured, with prices."""
        yield from first(scene)

    def operations(self) -> Iterable[tuple[int, Callable[[Scene], Iterator[Call]]]]:
        """Windows that are used up, and margins at the edge."""
        return ((25, rush), (15, cover))

    def observe(self, scene: Scene, call: Call) -> Iterable[Call]:  # noqa: ARG002
        """Windows of both markets, and the margins of all accounts."""
        for function in BY_MARKET:
            for market in MARKETS:
                yield _read(call, function, market)
        for function in BY_ACCOUNT:
            for account in ACCOUNTS:
                yield _read(call, function, account)

    def states(self, call: Call, outcome: Outcome) -> Iterable[str]:
        """How a liquidation ended, and where an account stands."""
        if not outcome.ok:
            return
        if call.function == "liquidate":
            taken, asked = outcome.values[0], call.args[1]
            yield f"liquidate: {'all' if taken == asked else 'a part' if taken else 'nothing'}"
        if call.function == "isLiquidatable":
            yield f"account liquidatable: {outcome.values[0]}"
            _, available, _, maintenance, reward = outcome.values
            if available == maintenance + reward:
                yield "account at the edge"


def _read(call: Call, function: str, *args: int) -> Call:
    return type(call)(call.at, call.sender, "perps", function, args)
