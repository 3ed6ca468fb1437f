"""The end of a market: delisting, final settlement, claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.crosscheck.protocol import ADMIN

from .rig import BYSTANDERS, DEBTOR, PARTIES, STRANGER
from .setting import SETTINGS
from .situation import Situation

if TYPE_CHECKING:
    from weiproof.engine.call import Value

    from .rig import Rig

_LOSER: tuple[Value, ...] = (actor(BYSTANDERS[0]), 0)
_WINNER: tuple[Value, ...] = (actor(BYSTANDERS[1]), 0)
"""Two that hold every market, whatever the parties hold."""


def _reducing(rig: Rig) -> None:
    """The first market may only be reduced."""
    rig.house(ADMIN, "setReduceOnly", 0, True)


def _delisted(rig: Rig) -> None:
    """The first market's price is final."""
    _reducing(rig)
    rig.house(ADMIN, "delist", 0)


def _settled(rig: Rig) -> None:
    """Nobody holds a position in the first market any more."""
    _delisted(rig)
    debtors = (DEBTOR,) if rig.spec is SETTINGS["full"] else ()
    for label in (*PARTIES, *BYSTANDERS, *debtors):
        rig.house(STRANGER, "settleFinal", actor(label), 0)


def _closed(rig: Rig) -> None:
    """What claims on the first market are paid is decided."""
    _settled(rig)
    rig.house(STRANGER, "closeMarket", 0)


LIFE = (
    Situation("setReduceOnly", "", ADMIN, (0, True), by_size=False),
    Situation("delist", "", ADMIN, (0,), _reducing, by_size=False),
    Situation("settleFinal", "a loss", STRANGER, _LOSER, _delisted, by_size=False),
    Situation("settleFinal", "a profit", STRANGER, _WINNER, _delisted, by_size=False),
    Situation("closeMarket", "", STRANGER, (0,), _settled, by_size=False),
    Situation("claimFinal", "", STRANGER, _WINNER, _closed, by_size=False),
)
