"""What keepers of tokens see: who owes, what of theirs is for sale, and whether buying it pays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.crosscheck import readable
from weiproof.crosscheck.protocol import house_of
from weiproof.engine import collaterals, holdings, margin
from weiproof.engine.bits import each_bit
from weiproof.engine.errors import Revert
from weiproof.engine.fixed_point import WAD, WEI, div_up
from weiproof.engine.records import LIQUIDATION, SETTLE

from .collateral import observed_price, venue_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weiproof.engine.model import Model

    from .collateral import Token
    from .scenario import Scenario
    from .venues import Venues


@dataclass(frozen=True, slots=True)
class Offer:
    """Tokens of a debtor that a keeper can buy."""

    token: int
    """Token id."""
    amount: int
    """Token units."""
    proceeds: int
    """What they fetch at the venue, wei, rounded down."""


class Debts:
    """Debts and tokens of accounts in the model."""

    def __init__(self, scenario: Scenario, model: Model, venues: Venues) -> None:
        """Takes a model that deploys the scenario's protocol, and what its venues show."""
        self._venues = venues
        self._scenario = scenario
        self._model = model
        self._ledger = house_of(model).ledger

    def debtors(self, accounts: Iterable[str], at: int) -> tuple[str, ...]:
        """Of `accounts`, those whose tokens are for sale, or that owe and have nothing left."""
        if not self._scenario.collateral.tokens:
            return ()
        self._model.world.now = at
        return tuple(
            account
            for account in accounts
            if self.has_nothing_left(account) or self._owed(account) > 0
        )

    def has_nothing_left(self, account: str) -> bool:
        """Whether the account owes and holds neither open positions nor tokens."""
        record = self._ledger.accounts.read(account)
        if record.open_positions or record.collaterals:
            return False
        standing = readable.standing(self._ledger, account, SETTLE)
        return standing is not None and standing.equity < 0

    def offers(self, account: str, keeper: str, at: int) -> tuple[Offer, ...]:
        """What the keeper would buy of the account's tokens: as far as its own cash reaches.

        Only where the venue pays more than the house asks, by token id.
        """
        self._model.world.now = at
        owed, budget = self._owed(account), self._budget(keeper)
        found = []
        for token_id in each_bit(self._ledger.accounts.read(account).collaterals):
            offer = self._offer(account, token_id, owed, budget, at)
            if offer is not None:
                found.append(offer)
        return tuple(found)

    def worth(self, account: str, at: int) -> int:
        """The account's tokens at the prices that their first feeds observe; a numerator."""
        worth = 0
        for token_id in each_bit(self._ledger.accounts.read(account).collaterals):
            token = self._scenario.collateral.tokens[token_id]
            amount = self._ledger.holdings.read(account, token_id).amount * token.unit
            worth += amount * observed_price(self._scenario, token, at, self._venues.price) * WAD
        return worth

    def _offer(self, account: str, token_id: int, owed: int, budget: int, at: int) -> Offer | None:
        ledger, token = self._ledger, self._scenario.collateral.tokens[token_id]
        price_id = ledger.collateral_parameters.read(token_id).price_id
        try:
            price = ledger.hub.read_price(price_id, LIQUIDATION)
        except Revert:
            return None
        asked = token.unit * price * (WAD - holdings.seizure_discount(ledger, token_id))
        held = ledger.holdings.read(account, token_id).amount
        amount = min(held, div_up(max(owed, 0), asked), budget // asked)
        while amount:
            amount, paid = self._sale(token, amount, at)
            if amount and paid > asked:
                return Offer(token_id, amount, amount * paid // WEI)
            # less of it fetches more only where sales move the price
            amount = amount // 2 if self._venues.have_depth else 0
        return None

    def sell(self, offer: Offer, at: int) -> None:
        """Sells what was bought of an offer at the venue, whose price that moves."""
        token = self._scenario.collateral.tokens[offer.token]
        path, rate = venue_of(self._scenario, token, at)
        self._venues.trade(path, -(offer.amount * token.unit * rate // WAD), at)

    def _sale(self, token: Token, amount: int, at: int) -> tuple[int, int]:
        """What the venue takes of an amount (token units), and what a unit fetches; a numerator."""
        path, rate = venue_of(self._scenario, token, at)
        size = amount * token.unit * rate // WAD
        taken = -self._venues.takes(path, -size, at)
        if taken < size:
            amount = taken * WAD // (token.unit * rate)
        price = self._venues.average_price(path, -taken, at) * rate // WAD
        return amount, token.unit * price * WAD

    def _owed(self, account: str) -> int:
        """What buyers may bring: by the test of ``buyCollateral``; a numerator, 0 without price."""
        if not self._ledger.accounts.read(account).collaterals:
            return 0
        standing = readable.standing(self._ledger, account, LIQUIDATION)
        if standing is None:
            return 0
        return collaterals.owed_by(self._ledger, account, standing)

    def _budget(self, keeper: str) -> int:
        """Cash that the keeper can spend; a numerator, 0 without price."""
        standing = readable.standing(self._ledger, keeper, LIQUIDATION)
        return 0 if standing is None else margin.withdrawable(self._ledger, keeper, standing)
