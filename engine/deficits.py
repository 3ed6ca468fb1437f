"""What others must cover of bankrupt accounts that are liquidated: the twin of ``Deficits.sol``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import insurance, margin, perpetuals, positions, pricing
from .fixed_point import WEI, absolute, div_up, mul_div_down, mul_div_up
from .records import TRADE

if TYPE_CHECKING:
    from .instruments import Standing
    from .pricing import Marks
    from .records import Ledger


def cover_deficit(ledger: Ledger, account: str, market_id: int, size: int, purpose: int) -> int:
    """Covers the part of a bankrupt account's deficit that falls to `size` of its position; wei."""
    # MARGIN
    marks = pricing.distress_marks(ledger, purpose)
    standing = margin.standing_of(ledger, account, marks)
    if shortfall_of(ledger, account, standing) == 0:
        return 0
    held = ledger.positions.read(account, market_id).size
    mark = pricing.mark_of(ledger, marks, market_id)
    relieved, whole = relief_of(ledger, marks, market_id, absolute(held), size)
    deficit = deficit_of(ledger, account, standing, last=relieved == standing.gross)
    deficit = mul_div_up(deficit, relieved, standing.gross)
    if deficit == 0:
        return 0
    cap_rate = ledger.market_parameters(market_id).socialisation_cap_rate
    cap = mul_div_down(cap_rate * mark, relieved, whole)
    # EFFECTS
    insurance.cover_deficit(ledger, account, market_id, held, deficit, cap)
    return deficit


def cover_closed(ledger: Ledger, account: str, market_id: int, size: int) -> None:
    """Covers the deficit of an account that a forced close left without a position by its charge.

    `size` is what the account held before, WAD.
    """
    # MARGIN
    if ledger.accounts.read(account).open_positions > 0:
        return
    marks = pricing.distress_marks(ledger, TRADE)
    standing = margin.standing_of(ledger, account, marks)
    deficit = div_up(shortfall_of(ledger, account, standing), WEI)
    if deficit == 0:
        return
    mark = pricing.mark_of(ledger, marks, market_id)
    cap = ledger.market_parameters(market_id).socialisation_cap_rate * mark
    # EFFECTS
    insurance.cover_deficit(ledger, account, market_id, size, deficit, cap)
    positions.settle(ledger, account, market_id, mark, 0)


def relief_of(
    ledger: Ledger, marks: Marks, market_id: int, held: int, size: int
) -> tuple[int, int]:
    """Maintenance margin before offsets that closing `size` of `held` relieves, and of the whole.

    Numerators.
    """
    # MARGIN
    whole = perpetuals.maintenance_of(ledger, marks, market_id, held)
    return whole - perpetuals.maintenance_of(ledger, marks, market_id, held - size), whole


def shortfall_of(ledger: Ledger, account: str, standing: Standing) -> int:
    """What a bankrupt account lacks, its tokens counted at what a seizure brings; a numerator.

    Without the losses in delisted markets that its cash and tokens do not reach: those lower what
    their claims are paid.
    """
    # MARGIN
    equity = margin.seized_equity(ledger, account, standing)
    if equity >= 0:
        return 0
    lacking = absolute(equity)
    owed = absolute(standing.final_losses)
    paid = margin.payable_by(ledger, account, standing.worth) * WEI
    if owed <= paid:
        return lacking
    return max(lacking - (owed - paid), 0)


def deficit_of(ledger: Ledger, account: str, standing: Standing, *, last: bool) -> int:
    """What others must cover of a bankrupt account, wei, rounded up.

    Its reserve comes first, except for what a keeper may still get of it before the last position
    is closed.
    """
    # MARGIN
    deficit = div_up(shortfall_of(ledger, account, standing), WEI)
    kept = 0 if last else ledger.parameters.minimum_keeper_reward
    own = max(ledger.accounts.read(account).reserve - kept, 0)
    return max(deficit - own, 0)
