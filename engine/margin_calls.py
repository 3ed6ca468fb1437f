"""Margin calls, warnings before an account can be liquidated: the twin of ``MarginCalls.sol``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import margin, pricing
from .records import LIQUIDATION

if TYPE_CHECKING:
    from .instruments import Standing
    from .parameters import SystemRisk
    from .records import Ledger

FIRST, SECOND = 1, 2
"""Levels of a warning; 0 is none."""


def check_margin(ledger: Ledger, account: str) -> None:
    """Brings the account's warning up to date; anyone may."""
    # PRICES
    standing = margin.standing_of(ledger, account, pricing.new_marks(ledger, LIQUIDATION))
    # EFFECTS
    update(ledger, account, standing)


def update(ledger: Ledger, account: str, standing: Standing) -> None:
    """Stores the account's warning level where it changed, and says so: once per crossing."""
    # MARGIN
    present = ledger.accounts.read(account).warning
    risk = ledger.system_risk
    if risk.first_warning == 0 and present == 0:
        return
    health = margin.health_of(standing)
    level = level_of(risk, health, present)
    # EFFECTS
    if level == present:
        return
    ledger.accounts.edit(account).warning = level
    # EVENTS
    ledger.emit("MarginWarning", account, level, health)


def level_of(risk: SystemRisk, health: int, present: int) -> int:
    """The level that a health factor (WAD, rounded down) leads to from `present`.

    A warning begins below its ratio, and ends at its ratio plus the hysteresis.
    """
    # MARGIN
    hysteresis = risk.warning_hysteresis
    if is_below(health, risk.second_warning, hysteresis if present >= SECOND else 0):
        return SECOND
    if is_below(health, risk.first_warning, hysteresis if present >= FIRST else 0):
        return FIRST
    return 0


def is_below(health: int, ratio: int, hysteresis: int) -> bool:
    """Whether a health factor is below a warning's ratio and hysteresis; a ratio of zero is off."""
    return ratio > 0 and health < ratio + hysteresis
