"""The clearing house: one settlement asset, several perpetual markets, cross margin.

The twin of ``ClearingHouse.sol``. Traders trade with each other, so open interest is balanced and
profit and loss sum to zero; the rules stand in the modules named as the linked libraries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from . import liquidation, margin, markets, settlement, trading, views
from .access_control import DEFAULT_ADMIN_ROLE, AccessControl
from .errors import SystemIsPaused
from .records import TRADE, Ledger, MarketParameters, SystemParameters, Tier

if TYPE_CHECKING:
    from .call import Value
    from .contract import World
    from .records import PriceSource
    from .settlement_token import SettlementToken

MATCHER_ROLE = bytes.fromhex("df91394c13c48ebd5370100f1eb84afe3c6c47a78f9f9f874d5a9ec6afe0ae6b")
"""Who may bring trades."""
PARAMETER_ROLE = bytes.fromhex("17d57ed1a1d10c36bff7484e6bb95371a28422a7baabf93343b1965f53f83fa0")
"""Who may open markets and change parameters."""
PAUSER_ROLE = bytes.fromhex("65d7a28e3265b37a6474929f336521b332c1681b933f6cb9f3376673440d862a")
"""Who may pause and resume."""
TREASURER_ROLE = bytes.fromhex("3496e2e73c4d42b75d702e60d9e48102720b8691234415963a5a857b86425d07")
"""Who may withdraw trading fees."""

Words = tuple[int, ...]


class ClearingHouse(AccessControl):
    """The clearing house."""

    def __init__(
        self,
        world: World,
        name: str,
        token: SettlementToken,
        hub: PriceSource,
        admin: str,
        matcher: str,
        parameters: Words,
    ) -> None:
        super().__init__(world, name)
        self.ledger = Ledger(self, token, hub)
        self.grant(DEFAULT_ADMIN_ROLE, admin)
        self.grant(PARAMETER_ROLE, admin)
        self.grant(PAUSER_ROLE, admin)
        self.grant(TREASURER_ROLE, admin)
        self.grant(MATCHER_ROLE, matcher)
        markets.set_system_parameters(self.ledger, SystemParameters(*parameters))

    # MONEY

    def deposit(self, amount: int) -> None:
        """Deposits `amount` token units for the sender."""
        self._when_not_paused()
        settlement.deposit(self.ledger, self.world.sender, amount)

    def withdraw(self, amount: int) -> None:
        """Withdraws `amount` token units to the sender."""
        self._when_not_paused()
        settlement.withdraw(self.ledger, self.world.sender, amount)

    def depositInsurance(self, amount: int) -> None:
        """Gives `amount` token units of the sender to the insurance fund."""
        self._when_not_paused()
        settlement.deposit_insurance(self.ledger, self.world.sender, amount)

    def withdrawFees(self, to: str, amount: int) -> None:
        """Pays `amount` token units of trading fees to `to`."""
        self.only_role(TREASURER_ROLE)
        settlement.withdraw_fees(self.ledger, to, amount)

    # TRADING AND SETTLEMENT

    def settleTrade(self, buyer: str, seller: str, marketId: int, size: int, price: int) -> None:
        """Settles a trade of `size` (WAD) at `price` (WAD)."""
        self.only_role(MATCHER_ROLE)
        self._when_not_paused()
        trading.settle_trade(self.ledger, trading.Trade(buyer, seller, marketId, size, price))

    def settle(self, account: str) -> None:
        """Turns the account's profit and loss into cash."""
        self._when_not_paused()
        settlement.settle(self.ledger, account)

    def accrueFunding(self, marketId: int) -> None:
        """Brings a market's funding up to this block."""
        self._when_not_paused()
        settlement.accrue_funding(self.ledger, marketId)

    # LIQUIDATION

    def liquidate(self, account: str, marketId: int, maxSize: int) -> None:
        """The sender takes over a liquidatable position at the mark.

        At most `maxSize` (WAD) of it.
        """
        self._when_not_paused()
        liquidation.liquidate(self.ledger, self.world.sender, account, marketId, maxSize)

    def forceClose(self, account: str, marketId: int, counterparty: str) -> None:
        """Closes a liquidatable position at the mark against a holder of the opposite side."""
        self._when_not_paused()
        liquidation.force_close(self.ledger, self.world.sender, account, marketId, counterparty)

    # ADMINISTRATION

    def addMarket(self, parameters: tuple[Value, ...], tiers: tuple[Words, ...]) -> tuple[int]:
        """Opens a market; answers with its id."""
        self.only_role(PARAMETER_ROLE)
        return (markets.add_market(self.ledger, _parameters(parameters), _tiers(tiers)),)

    def setMarketParameters(
        self, marketId: int, parameters: tuple[Value, ...], tiers: tuple[Words, ...]
    ) -> None:
        """Changes a market's parameters."""
        self.only_role(PARAMETER_ROLE)
        markets.set_market_parameters(self.ledger, marketId, _parameters(parameters), _tiers(tiers))

    def setSystemParameters(self, parameters: Words) -> None:
        """Changes the system's parameters."""
        self.only_role(PARAMETER_ROLE)
        markets.set_system_parameters(self.ledger, SystemParameters(*parameters))

    def setMarketPaused(self, marketId: int, paused: bool) -> None:
        """Pauses or resumes a market."""
        self.only_role(PAUSER_ROLE)
        markets.set_market_paused(self.ledger, marketId, paused)

    def setPaused(self, paused: bool) -> None:
        """Pauses or resumes everything."""
        self.only_role(PAUSER_ROLE)
        markets.set_paused(self.ledger, paused)

    # FIGURES

    def equity(self, account: str) -> tuple[int]:
        """Equity, wei, rounded down."""
        return (views.equity(self.ledger, account),)

    def initialMargin(self, account: str) -> tuple[int]:
        """Initial margin, wei, rounded up."""
        return (views.initial_margin(self.ledger, account),)

    def maintenanceMargin(self, account: str) -> tuple[int, int]:
        """Maintenance margin and the liquidation fee beside it, wei, rounded up."""
        return views.maintenance_margin(self.ledger, account)

    def marginRatio(self, account: str) -> tuple[int]:
        """Equity / (maintenance margin + fee), WAD, rounded down."""
        return (views.margin_ratio(self.ledger, account),)

    def freeCollateral(self, account: str) -> tuple[int]:
        """Equity less initial margin, wei, rounded down."""
        return (views.free_collateral(self.ledger, account),)

    def withdrawable(self, account: str) -> tuple[int]:
        """What can be withdrawn now, token units, rounded down."""
        return (views.withdrawable(self.ledger, account),)

    def isLiquidatable(self, account: str) -> tuple[bool]:
        """Whether the account is below maintenance."""
        return (views.is_liquidatable(self.ledger, account),)

    def isLiquidatableAt(self, account: str, marketId: int, price: int) -> tuple[bool]:
        """Whether the account would be below maintenance with the market's mark at `price`."""
        return (views.is_liquidatable_at(self.ledger, account, marketId, price),)

    def liquidationPrice(self, account: str, marketId: int) -> tuple[bool, int]:
        """The mark, nearest to safety, at which the account is liquidatable."""
        return views.liquidation_price(self.ledger, account, marketId)

    def liquidationSize(self, account: str, marketId: int) -> tuple[int]:
        """How much of the position a liquidation would take now, WAD."""
        return (views.liquidation_size(self.ledger, account, marketId),)

    def markPrice(self, marketId: int) -> tuple[int]:
        """A market's mark, WAD."""
        markets.existing(self.ledger, marketId)
        return (margin.mark_of(self.ledger, margin.new_marks(self.ledger, TRADE), marketId),)

    # RECORDS

    def accountRecord(self, account: str) -> tuple[tuple[Value, ...]]:
        """The stored record of an account."""
        return (self.ledger.accounts.read(account).fields(),)

    def positionRecord(self, account: str, marketId: int) -> tuple[tuple[Value, ...]]:
        """The stored position of an account in a market."""
        return (self.ledger.positions.read(account, marketId).fields(),)

    def marketRecord(self, marketId: int) -> tuple[tuple[Value, ...]]:
        """The stored record of a market."""
        return (self.ledger.markets.read(marketId).fields(),)

    def marketParameters(self, marketId: int) -> tuple[Value, ...]:
        """The parameters of a market, its tiers with their deductions."""
        return self.ledger.settings.read(marketId).fields()

    def systemRecord(self) -> tuple[tuple[Value, ...]]:
        """The stored record of the system."""
        return (self.ledger.record.fields(),)

    def systemParameters(self) -> tuple[tuple[Value, ...]]:
        """The parameters of the system."""
        return (self.ledger.parameters.fields(),)

    def marketCount(self) -> tuple[int]:
        """How many markets there are."""
        return (self.ledger.market_count,)

    def _when_not_paused(self) -> None:
        # CHECKS
        if self.ledger.record.paused:
            raise SystemIsPaused


def _parameters(values: tuple[Value, ...]) -> MarketParameters:
    return MarketParameters(cast("bytes", values[0]), *cast("Words", values[1:]))


def _tiers(rows: tuple[Words, ...]) -> tuple[Tier, ...]:
    return tuple(Tier(*row) for row in rows)
