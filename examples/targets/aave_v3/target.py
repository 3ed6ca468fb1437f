"""Aave v3's pool as it was published, and a model of it in exact integers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import aave_draws as draws
import aave_edges as edges
import aave_play as play
from aave_liquidation import CLOSE_TO_SAFE
from aave_market import ASSETS, USERS, contracts
from aave_reserves import SAFE

from weiproof.crosscheck.targets import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from weiproof.crosscheck.targets import Call, Scene
    from weiproof.crosscheck.targets.model import TwinModel
    from weiproof.engine.call import Outcome, Value

KINDS = {"a": "aToken", "v": "debtToken", **{each.name: "token" for each in ASSETS}}
"""Contracts of which there are three, in the names of states."""


class AaveV3(Target):
    """A market of three assets, four users, and an administrator."""

    name = "aave-v3"
    artifacts = "../../../node_modules/.targets/@aave/core-v3/artifacts"
    sources = "../../../node_modules/.targets/@aave/core-v3/contracts"
    contracts = contracts()
    actors = (*USERS, "admin")

    weights = draws.WEIGHTS
    senders = draws.SENDERS
    arguments = draws.ARGUMENTS

    def __init__(self) -> None:
        self._steps: Mapping[str, Value] = {}

    def fixture(self, scene: Scene) -> Iterator[Call]:
        """Prices, tokens and approvals for everybody, and something to borrow."""
        yield from play.opening(scene)

    def operations(self) -> Iterable[tuple[int, Callable[[Scene], Iterator[Call]]]]:
        """What makes sense in a market, beside what is drawn from the ABI."""
        return (
            (400, play.lend),
            (300, play.take),
            (500, play.owe),
            (300, play.pay),
            (100, play.borrow_for),
            (150, play.switch),
            (200, play.hand_on),
            (150, play.reprice),
            (40, play.resource),
            (60, play.collect),
            (40, play.age),
            (150, play.govern),
            (80, play.phase_out),
            (500, edges.liquidate),
            (200, edges.ruin),
        )

    def observe(self, scene: Scene, call: Call) -> Iterable[Call]:  # noqa: ARG002
        """Nothing more; notes what the model traced."""
        self._steps = dict(cast("TwinModel", scene.model).steps)
        return ()

    def invariants(self, model: Mapping[str, Any]) -> Iterator[tuple[str, int, int]]:
        """Scaled balances of the model add up."""
        for asset in ASSETS:
            for label in (f"a_{asset.name}", f"v_{asset.name}"):
                twin = model[label]
                balances = sum(twin.scaledBalanceOf.values())
                yield f"the scaled balances of {label}", balances, twin.scaledTotalSupply

    def states(self, call: Call, outcome: Outcome) -> Iterator[str]:
        """What was accepted, what was refused and why, and the edges of liquidations."""
        label = call.target.partition("_")[0]
        name = f"{KINDS.get(label, label)}.{call.function.partition('(')[0]}"
        if outcome.ok:
            yield f"{name} accepted"
        else:
            reason = "/".join(map(str, outcome.error_args)) or "without data"
            yield f"{name} refused: {outcome.error} {reason}".replace(" Error", "")
        if call.function == "liquidationCall":
            yield from _liquidation_states(self._steps, accepted=outcome.ok)


def _liquidation_states(steps: Mapping[str, Value], *, accepted: bool) -> Iterator[str]:
    health = steps.get("health")
    if health == SAFE:
        yield "health of exactly 1"
    elif health == SAFE - 1:
        yield "health of 1 less the last digit"
    if not accepted or not isinstance(health, int):
        return
    yield "half of a debt" if health > CLOSE_TO_SAFE else "all of a debt"
    if health == CLOSE_TO_SAFE:
        yield "health of exactly 0.95"
    elif 0 < health - CLOSE_TO_SAFE < 10**12:
        yield "health just above 0.95"
    for step in ("collateral exhausted", "fee", "fee shortened", "debt closed", "bad debt"):
        if steps.get(step):
            yield f"liquidation: {step}"
