"""Deleveraging: a bankrupt account's positions are closed against those who profit most.

The twin of ``Deleveraging.sol``. With the most leverage first, at the price at which the account
ends with nothing and owes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import (
    deficits,
    liquidation,
    margin,
    markets,
    offsets,
    orders,
    perpetuals,
    positions,
    pricing,
)
from .backstop_records import Route
from .bits import each_bit
from .contract import ZERO_ADDRESS
from .deleveraging_errors import (
    AlreadyNominated,
    DeleveragingTooEarly,
    FlagStands,
    NoCandidate,
    NotBankrupt,
    NotCandidate,
    NotFlagged,
)
from .deleveraging_records import MAX_CANDIDATES, Candidates
from .errors import NoPosition
from .fixed_point import WAD, WEI, absolute, mul_div_down, product_at_least
from .instruments import Standing
from .liquidation import Takeover, Terms
from .records import LIQUIDATION, TRADE

if TYPE_CHECKING:
    from .pricing import Marks
    from .records import Ledger


@dataclass(slots=True)
class Candidate:
    """A holder opposite to a bankrupt position, and what it is ranked by: weight / equity."""

    account: str
    size: int = 0
    """Of its position, WAD."""
    profit: int = 0
    """Of its position at the mark; a numerator."""
    weight: int = 0
    """Profit x notional of the whole account, each in wei and rounded down.

    0 for who is no candidate now.
    """
    equity: int = 1
    """Positive; a numerator."""
    standing: Standing = field(default_factory=Standing)


@dataclass(slots=True)
class Closing:
    """What is left to close of a bankrupt position: size and mark WAD.

    And what candidates have to give up for it, a numerator.
    """

    account: str
    caller: str
    market_id: int
    is_long: bool
    mark: int
    left: int
    owed: int


def flag(ledger: Ledger, account: str) -> None:
    """Notes that an account is bankrupt; anyone may."""
    # CHECKS
    if ledger.flags.read(account).flagged_at != 0:
        raise FlagStands(account)
    # MARGIN
    if not is_bankrupt(ledger, account):
        raise NotBankrupt(account)
    # EFFECTS
    ledger.flags.edit(account).flagged_at = ledger.now
    # EVENTS
    ledger.emit("AccountFlagged", account)


def unflag(ledger: Ledger, account: str) -> None:
    """Takes the flag off an account that is not bankrupt any more; anyone may."""
    # CHECKS
    if ledger.flags.read(account).flagged_at == 0:
        raise NotFlagged(account)
    # MARGIN
    if is_bankrupt(ledger, account):
        raise FlagStands(account)
    # EFFECTS
    clear_flag(ledger, account)


def nominate(ledger: Ledger, market_id: int, account: str) -> None:
    """Enters a holder with a profit into the candidates on its side of a market; anyone may.

    Into a full list only in the place of who comes last, and after the new one.
    """
    # CHECKS
    markets.active(ledger, market_id)
    is_long = ledger.positions.read(account, market_id).size > 0
    accounts = ledger.candidates.read(market_id, is_long).accounts
    if account in accounts:
        raise AlreadyNominated(account, market_id)
    # PRICES
    marks = pricing.new_marks(ledger, TRADE)
    # MARGIN
    candidate = candidate_of(ledger, marks, market_id, account, is_long=is_long)
    if candidate.weight == 0:
        raise NotCandidate(account, market_id)
    place = place_of(ledger, marks, market_id, candidate, is_long=is_long)
    # EFFECTS
    replaced = accounts[place] if place < len(accounts) else ZERO_ADDRESS
    entered = (*accounts[:place], account, *accounts[place + 1 :])
    ledger.candidates.put(Candidates(entered), market_id, is_long)
    # EVENTS
    ledger.emit("Nominated", account, market_id, replaced)


def auto_deleverage(
    ledger: Ledger, caller: str, account: str, market_id: int, max_candidates: int
) -> None:
    """Closes a position of a bankrupt account against its candidates, best first, at one price.

    At most so many of them take part. Anyone may, a minimum time after the flag. The account must
    be bankrupt at the marks that trades go by, since candidates are closed against their will, and
    with its tokens at the prices of a liquidation, so that it is not bankrupt for want of one.
    """
    # CHECKS
    markets.active(ledger, market_id)
    require_due(ledger, account)
    # PRICES
    marks = pricing.distress_marks(ledger, TRADE)
    # MARGIN
    closing = closing_of(ledger, marks, caller, account, market_id)
    marks = pricing.trade_marks(ledger, marks)
    candidates = ranked(ledger, marks, market_id, is_long=not closing.is_long)
    # EFFECTS
    positions.book_all(ledger, account)
    orders.release_all(ledger, account)
    taken = 0
    for candidate in candidates:
        if taken == max_candidates or closing.left == 0:
            break
        taken += close_against(ledger, closing, candidate)
    if taken == 0:
        raise NoCandidate(account, market_id)
    if ledger.accounts.read(account).open_positions == 0:
        clear_flag(ledger, account)


def require_due(ledger: Ledger, account: str) -> None:
    """Reverts unless the account was flagged the minimum time ago."""
    # CHECKS
    flagged_at = ledger.flags.read(account).flagged_at
    if flagged_at == 0:
        raise NotFlagged(account)
    begins = flagged_at + ledger.parameters.deleverage_delay
    if ledger.now < begins:
        raise DeleveragingTooEarly(account, begins)


def due_of(ledger: Ledger, account: str, market_id: int) -> int:
    """How many are nominated against a position that may be closed against them by now.

    0 before its time.
    """
    flagged_at = ledger.flags.read(account).flagged_at
    if flagged_at == 0 or ledger.now < flagged_at + ledger.parameters.deleverage_delay:
        return 0
    is_long = ledger.positions.read(account, market_id).size > 0
    return len(ledger.candidates.read(market_id, not is_long).accounts)


def is_bankrupt(ledger: Ledger, account: str) -> bool:
    """Whether an account has an open position and negative equity, at prices of a liquidation."""
    # MARGIN
    if ledger.accounts.read(account).open_positions == 0:
        return False
    marks = pricing.new_marks(ledger, LIQUIDATION)
    return deficits.shortfall_of(ledger, account, margin.standing_of(ledger, account, marks)) > 0


def clear_flag(ledger: Ledger, account: str) -> None:
    """Forgets an account's flag."""
    # EFFECTS
    ledger.flags.delete(account)
    # EVENTS
    ledger.emit("AccountUnflagged", account)


def place_of(
    ledger: Ledger, marks: Marks, market_id: int, candidate: Candidate, *, is_long: bool
) -> int:
    """Where a new candidate goes in the list.

    Behind all, or in a full one in the place of the last by rank.
    """
    # MARGIN
    accounts = ledger.candidates.read(market_id, is_long).accounts
    if len(accounts) < MAX_CANDIDATES:
        return len(accounts)
    last, place = candidate, 0
    for i, each in enumerate(accounts):
        other = candidate_of(ledger, marks, market_id, each, is_long=is_long)
        if precedes(last, other):
            last, place = other, i
    if last is candidate:
        raise NotCandidate(candidate.account, market_id)
    return place


def ranked(ledger: Ledger, marks: Marks, market_id: int, *, is_long: bool) -> list[Candidate]:
    """All candidates on one side of a market, best first."""
    # MARGIN
    candidates: list[Candidate] = []
    for account in ledger.candidates.read(market_id, is_long).accounts:
        other = candidate_of(ledger, marks, market_id, account, is_long=is_long)
        place = len(candidates)
        while place > 0 and precedes(other, candidates[place - 1]):
            place -= 1
        candidates.insert(place, other)
    return candidates


def precedes(first: Candidate, second: Candidate) -> bool:
    """Whether a candidate comes before another: by profit x leverage, which is notional / equity.

    Of equals the lower address. Compared exactly.
    """
    left, right = first.weight * second.equity, second.weight * first.equity
    if left != right:
        return left > right
    return first.account < second.account


def candidate_of(
    ledger: Ledger, marks: Marks, market_id: int, account: str, *, is_long: bool
) -> Candidate:
    """An account as a candidate on one side of a market.

    One without weight holds nothing there now, has no profit or no equity, or a position without a
    price.
    """
    # PRICES
    size = ledger.positions.read(account, market_id).size
    if size == 0 or (size > 0) != is_long or not is_priced(ledger, marks, account):
        return Candidate(account)
    # MARGIN
    standing = margin.standing_of(ledger, account, marks)
    value = size * pricing.mark_of(ledger, marks, market_id) * WAD
    profit = perpetuals.booked_quote(ledger, account, market_id, marks) + value
    if profit <= 0 or standing.equity <= 0:
        return Candidate(account)
    weight = profit // WEI * (margin.notional_of(standing) // WAD)
    return Candidate(account, size, profit, weight, standing.equity, standing)


def is_priced(ledger: Ledger, marks: Marks, account: str) -> bool:
    """Whether every market in which the account has a position has a price."""
    # PRICES
    for market_id in each_bit(ledger.accounts.read(account).markets):
        if ledger.positions.read(account, market_id).size == 0:
            continue
        if pricing.mark_or_zero(ledger, marks, market_id) == 0:
            return False
    return True


def closing_of(ledger: Ledger, marks: Marks, caller: str, account: str, market_id: int) -> Closing:
    """What is to be closed, and what falls to it of the account's deficit.

    By maintenance margin before offsets, rounded down, so that the last position takes the rest.
    """
    # CHECKS
    size = ledger.positions.read(account, market_id).size
    if size == 0:
        raise NoPosition(account, market_id)
    # MARGIN
    standing = margin.standing_of(ledger, account, marks)
    deficit = deficits.shortfall_of(ledger, account, standing)
    if deficit == 0:
        raise NotBankrupt(account)
    leg = standing.legs[offsets.index_of(standing.legs, market_id)]
    deficit = less_reserve(ledger, account, deficit)
    owed = mul_div_down(deficit, leg.maintenance, standing.gross)
    return Closing(account, caller, market_id, size > 0, leg.mark, absolute(size), owed)


def less_reserve(ledger: Ledger, account: str, deficit: int) -> int:
    """What others must give up for a bankrupt account, a numerator.

    Its reserve comes first, except for what a keeper may still get of it.
    """
    # MARGIN
    reserve = ledger.accounts.read(account).reserve
    own = max(reserve - ledger.parameters.minimum_keeper_reward, 0) * WEI
    return max(deficit - own, 0)


def close_against(ledger: Ledger, closing: Closing, candidate: Candidate) -> bool:
    """Closes as much as the candidate holds, at the mark less what falls to it of the deficit.

    That is rounded down. Nothing where it cannot bear that. Both sides use one exact notional.
    """
    # MARGIN
    size = min(absolute(candidate.size), closing.left)
    given = mul_div_down(closing.owed, size, closing.left)
    if not can_give(ledger, closing, candidate, size, given):
        return False
    # EFFECTS
    pay_reward(ledger, closing, size)
    orders.release_all(ledger, candidate.account)
    positions.book_all(ledger, candidate.account)
    moved = size if closing.is_long else -size
    paid = moved * closing.mark * WAD + given
    positions.exchange(ledger, closing.account, closing.market_id, -moved, -paid)
    positions.exchange(ledger, candidate.account, closing.market_id, moved, paid)
    closing.left -= size
    closing.owed -= given
    # EVENTS
    ledger.emit("Deleveraged", closing.account, closing.market_id, candidate.account, size, paid)
    return True


def can_give(ledger: Ledger, closing: Closing, candidate: Candidate, size: int, given: int) -> bool:
    """Whether a candidate has a profit at that price, and is not liquidatable afterwards.

    After it gave up `given` (a numerator) for `size` of its position. Where the position is closed,
    the fraction of a wei that it leaves behind is taken off.
    """
    # MARGIN
    if candidate.weight == 0:
        return False
    held = absolute(candidate.size)
    if product_at_least(given, held, candidate.profit, size):
        return False
    standing = candidate.standing
    equity = standing.equity - given
    if size == held:
        equity -= (candidate.profit - given) % WEI
    # Less of a position never requires more.
    if equity >= standing.maintenance + standing.fee:
        return True
    beside = perpetuals.beside_of(ledger, standing, closing.market_id)
    rest = candidate.size - size if candidate.size > 0 else candidate.size + size
    required = perpetuals.required_with(ledger, standing.marks, beside, rest, closing.mark)
    return equity >= required


def pay_reward(ledger: Ledger, closing: Closing, size: int) -> None:
    """With the account's last position the caller gets the minimum keeper reward.

    As in a forced close; the rest of the reserve returns to the account.
    """
    # EFFECTS
    account, market_id = closing.account, closing.market_id
    takeover = Takeover(account, "", closing.caller, market_id, size, Route.DELEVERAGE)
    held = ledger.positions.read(account, market_id).size
    liquidation.pay_reward(ledger, takeover, Terms(held=held, size=size))
