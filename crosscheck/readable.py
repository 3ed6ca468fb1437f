"""An account's standing as far as its prices can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.engine import margin, pricing, views
from weiproof.engine.errors import Revert

if TYPE_CHECKING:
    from weiproof.engine.instruments import Standing
    from weiproof.engine.records import Ledger


def standing(ledger: Ledger, account: str, purpose: int) -> Standing | None:
    """The account's standing now; None where no price can be trusted for the purpose."""
    try:
        return views.current(ledger, account, purpose)
    except Revert:
        return None


def standing_in_distress(ledger: Ledger, account: str, purpose: int) -> Standing | None:
    """As :func:`standing`, with the prices of tokens by which accounts in distress are judged."""
    try:
        return margin.standing_of(ledger, account, pricing.distress_marks(ledger, purpose))
    except Revert:
        return None


def standing_with_orders(ledger: Ledger, account: str, purpose: int) -> Standing | None:
    """As :func:`standing`, with the initial margin that resting orders reserve."""
    try:
        return views.with_orders(ledger, account, purpose)
    except Revert:
        return None
