"""One row of the table, and what leads to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.engine.fixed_point import WAD

from .rig import LONG, PRICE, TRADED
from .setting import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from weiproof.engine.call import Value

    from .rig import Measure, Rig

LONG_FIRST: tuple[Value, ...] = (actor(LONG), 0)
"""The long side's position in the first market."""


def nothing(_rig: Rig) -> None:
    """Nothing is needed."""


def thin(rig: Rig) -> None:
    """The long side withdraws all it can, so that it is liquidatable after the fall."""
    rig.house(LONG, "withdraw", rig.ask("withdrawable", actor(LONG)))


@dataclass(frozen=True, slots=True)
class Situation:
    """One row: who calls what, after what."""

    function: str
    name: str
    """Empty where the function has one row only."""
    sender: str
    args: tuple[Value, ...] | Callable[[Rig], tuple[Value, ...]] = ()
    prepare: Callable[[Rig], None] = nothing
    """Calls from the time of the positions on; the measured call comes a minute later."""
    dollars: int = PRICE
    """The index of every market in the measured call."""
    by_size: bool = True
    """Whether the cost depends on what the parties hold."""
    needs_token: bool = False
    """Whether the parties have to hold a token."""
    settings: tuple[str, ...] = tuple(SETTINGS)
    """Where there is something to be measured."""

    @property
    def leading(self) -> tuple[Callable[[Rig], None], int]:
        """What :meth:`.Rig.led` needs; situations that share it are measured from one state."""
        return self.prepare, self.dollars

    def arguments(self, rig: Rig) -> tuple[Value, ...]:
        """The arguments of the call."""
        return self.args(rig) if callable(self.args) else self.args

    def measured(self, rig: Rig) -> Measure:
        """What the call costs where :attr:`leading` has led; it has not happened afterwards."""
        with rig.undone():
            return rig.house(self.sender, self.function, *self.arguments(rig))


def trade_of(buyer: str, seller: str, size: int = WAD) -> tuple[Value, ...]:
    """The arguments of ``settleTrade`` in the first market at the traded price; WAD."""
    return actor(buyer), actor(seller), 0, size, TRADED * WAD, False
