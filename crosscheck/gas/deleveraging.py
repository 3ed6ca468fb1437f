"""Flags, nominations and deleveraging of a bankrupt account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor

from .rig import CRASHED, FALLEN, LONG, PARTIES, SHORT, STRANGER
from .setting import HOUR
from .situation import LONG_FIRST, Situation, thin

if TYPE_CHECKING:
    from .rig import Rig

OPPOSITE = PARTIES[1::2]
"""Who is short in the first market; each of them has a profit after a fall."""


def _flagged(rig: Rig) -> None:
    """The long side was bankrupt for a while, and somebody said so."""
    thin(rig)
    rig.publish(CRASHED)
    rig.house(STRANGER, "flag", actor(LONG))


def _due(rig: Rig) -> None:
    """The long side is flagged, all short parties are nominated, and the time has come."""
    _flagged(rig)
    for label in OPPOSITE:
        rig.house(STRANGER, "nominate", 0, actor(label))
    rig.now += HOUR


def _large(rig: Rig) -> None:
    """As before, where the long side took over all other long positions in the first market."""
    for label in PARTIES[2::2]:
        rig.trade(LONG, label)
    _due(rig)


DELEVERAGING = (
    Situation("flag", "", STRANGER, (actor(LONG),), thin, CRASHED),
    Situation("unflag", "", STRANGER, (actor(LONG),), _flagged),
    Situation("nominate", "first", STRANGER, (0, actor(SHORT)), dollars=FALLEN),
    Situation("autoDeleverage", "1 of 8 candidates", STRANGER, (*LONG_FIRST, 8), _due, CRASHED),
    Situation("autoDeleverage", "8 candidates", STRANGER, (*LONG_FIRST, 8), _large, CRASHED),
)
