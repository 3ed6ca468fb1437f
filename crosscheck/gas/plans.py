"""Owners' plans: setting one, reducing and topping up, and a liquidation that looks at one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.engine.accounts import sub_account
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_STOP_RATIO
from weiproof.engine.plan_records import Plan

from .rig import DOLLAR, FALLEN, KEEPER, LONG, STRANGER
from .situation import LONG_FIRST, Situation, thin

if TYPE_CHECKING:
    from .rig import Rig

_ACCOUNT = actor(LONG)
_SOURCE = sub_account(_ACCOUNT, 1)
_LIMIT = 10**15
_PLAN = Plan(1, MAX_STOP_RATIO, WAD // 5, _LIMIT, _SOURCE)


def _with_stop(rig: Rig) -> None:
    """The long side has just initial margin, which is below its stop ratio."""
    thin(rig)
    rig.house(LONG, "setPlan", _ACCOUNT, Plan(0, MAX_STOP_RATIO, WAD // 5).fields())


def _with_source(rig: Rig) -> None:
    """As before, with a source that has cash."""
    rig.house(LONG, "deposit", DOLLAR)
    rig.house(LONG, "transfer", _ACCOUNT, _SOURCE, DOLLAR)
    thin(rig)
    rig.house(LONG, "setPlan", _ACCOUNT, _PLAN.fields())


def _without_source(rig: Rig) -> None:
    """The source that would top up has nothing, and the first market is the first of the order."""
    thin(rig)
    rig.house(LONG, "setPlan", _ACCOUNT, _PLAN.fields())


PLANS = (
    Situation("setPlan", "", LONG, (_ACCOUNT, _PLAN.fields())),
    Situation("reduce", "partial", KEEPER, (*LONG_FIRST, WAD // 5, 0), _with_stop),
    Situation("topUp", "", STRANGER, (_ACCOUNT,), _with_source),
    Situation(
        "liquidate",
        "partial, by a plan",
        KEEPER,
        (*LONG_FIRST, WAD // 5),
        _without_source,
        dollars=FALLEN,
    ),
)
