"""The clearing house: one settlement asset, collateral tokens, perpetual markets, cross margin.

The twin of ``ClearingHouse.sol``. Traders trade with each other, so open interest is balanced and
profit and loss sum to zero; the rules stand in the modules named as the linked libraries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import (
    accounts,
    auctions,
    backstop,
    collaterals,
    deleveraging,
    fees,
    figures,
    forced_close,
    liquidation,
    liquidation_limits,
    margin_calls,
    mark,
    market_life,
    market_route,
    orders,
    plans,
    reductions,
    seizure_order,
    settlement,
    spot,
    takeovers,
    trading,
    views,
)
from .administration import MATCHER_ROLE, TREASURER_ROLE, Administration
from .errors import SystemIsPaused
from .plan_records import Plan

if TYPE_CHECKING:
    from .call import Value


class ClearingHouse(Administration):
    """The clearing house."""

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

    # COLLATERAL

    def depositCollateral(self, collateralId: int, amount: int) -> None:
        """Deposits `amount` units of a token for the sender."""
        self._when_not_paused()
        collaterals.deposit_collateral(self.ledger, self.world.sender, collateralId, amount)

    def withdrawCollateral(self, collateralId: int, amount: int) -> None:
        """Withdraws `amount` units of a token to the sender."""
        self._when_not_paused()
        collaterals.withdraw_collateral(self.ledger, self.world.sender, collateralId, amount)

    def swapCollateral(self, idIn: int, amountIn: int, idOut: int, amountOut: int) -> None:
        """Brings in `amountIn` units of one token and takes out `amountOut` of another.

        Without lowering health.
        """
        self._when_not_paused()
        sender = self.world.sender
        collaterals.swap_collateral(self.ledger, sender, idIn, amountIn, idOut, amountOut)

    def buyCollateral(self, account: str, collateralId: int, amount: int) -> None:
        """The sender buys `amount` units of a debtor's token at a discount, with cash."""
        self._when_not_paused()
        purchase = collaterals.Purchase(account, self.world.sender, collateralId, amount)
        collaterals.buy_collateral(self.ledger, purchase)

    def setSeizureOrder(self, account: str, order: tuple[int, ...]) -> None:
        """Says in which order an account's tokens of one rank are to be sold, by their ids.

        While none is for sale; those that are not named come last.
        """
        self._when_not_paused()
        seizure_order.set_seizure_order(self.ledger, self.world.sender, account, order)

    def coverDebt(self, account: str) -> None:
        """Covers what an account owes that has nothing left."""
        self._when_not_paused()
        collaterals.cover_debt(self.ledger, account)

    # ACCOUNTS

    def transfer(self, source: str, to: str, amount: int) -> None:
        """Moves `amount` token units of cash between two accounts of the sender."""
        self._when_not_paused()
        accounts.transfer(self.ledger, self.world.sender, source, to, amount)

    def transferCollateral(self, source: str, to: str, collateralId: int, amount: int) -> None:
        """Moves `amount` units of a token between two accounts of the sender."""
        self._when_not_paused()
        sender = self.world.sender
        accounts.transfer_collateral(self.ledger, sender, source, to, collateralId, amount)

    def setIsolated(self, account: str, marketId: int, isolated: bool) -> None:
        """Ties an account without positions and orders to one market, or frees it."""
        self._when_not_paused()
        accounts.set_isolated(self.ledger, self.world.sender, account, marketId, isolated)

    def setTrader(self, account: str, trader: str, allowed: bool) -> None:
        """Lets a trader act for an account of the sender, or no longer."""
        self._when_not_paused()
        accounts.set_trader(self.ledger, self.world.sender, account, trader, allowed)

    # PLANS

    def setPlan(self, account: str, plan: tuple[int, int, int, int, str]) -> None:
        """Replaces what the sender decides in advance for an account of its own in distress."""
        self._when_not_paused()
        plans.set_plan(self.ledger, self.world.sender, account, Plan(*plan))

    def reduce(self, account: str, marketId: int, maxSize: int, minFee: int) -> None:
        """The sender takes over a position of an account below its stop ratio at the mark.

        At most `maxSize` (WAD) of it, for no less than `minFee` (wei).
        """
        self._when_not_paused()
        reductions.reduce(self.ledger, self.world.sender, account, marketId, maxSize, minFee)

    def topUp(self, account: str) -> None:
        """Moves cash to an account in distress from the one that its owner named."""
        self._when_not_paused()
        plans.top_up(self.ledger, account)

    # TRADING AND SETTLEMENT

    def settleTrade(
        self,
        buyer: str,
        seller: str,
        marketId: int,
        size: int,
        price: int,
        buyerIsMaker: bool,
    ) -> None:
        """Settles a trade of `size` (WAD) at `price` (WAD).

        The buyer pays the maker's fee, or else the seller does.
        """
        self.only_role(MATCHER_ROLE)
        self._when_not_paused()
        trade = trading.Trade(buyer, seller, marketId, size, price, buyerIsMaker)
        trading.settle_trade(self.ledger, trade)

    def setOrders(
        self,
        account: str,
        marketId: int,
        bidSize: int,
        bidNotional: int,
        askSize: int,
        askNotional: int,
    ) -> None:
        """Says what an account has resting in a market.

        Sizes WAD, and the sums of size x limit price, wei.
        """
        self.only_role(MATCHER_ROLE)
        self._when_not_paused()
        report = orders.OrderReport(account, marketId, bidSize, bidNotional, askSize, askNotional)
        orders.set_orders(self.ledger, report)

    def settleSpotTrade(
        self,
        buyer: str,
        seller: str,
        collateralId: int,
        amount: int,
        price: int,
        buyerIsMaker: bool,
    ) -> None:
        """Settles a trade of `amount` units of a token at `price` (WAD for a whole token).

        The buyer pays the maker's fee, or else the seller does.
        """
        self.only_role(MATCHER_ROLE)
        self._when_not_paused()
        trade = spot.SpotTrade(buyer, seller, collateralId, amount, price, buyerIsMaker)
        spot.settle_spot_trade(self.ledger, trade)

    def settle(self, account: str) -> None:
        """Turns the account's profit and loss into cash."""
        self._when_not_paused()
        settlement.settle(self.ledger, account)

    def settleBatch(self, accounts: tuple[str, ...]) -> None:
        """Turns the profit and loss of several accounts into cash."""
        self._when_not_paused()
        settlement.settle_batch(self.ledger, accounts)

    def accrueFunding(self, marketId: int) -> None:
        """Brings a market's funding up to this block."""
        self._when_not_paused()
        settlement.accrue_funding(self.ledger, marketId)

    def reportImpact(self, marketId: int, impactBid: int, impactAsk: int) -> None:
        """Reports what an impact order would be paid and asked, WAD, by the matcher's book."""
        self.only_role(MATCHER_ROLE)
        self._when_not_paused()
        mark.report_impact(self.ledger, marketId, impactBid, impactAsk)

    def checkMargin(self, account: str) -> None:
        """Brings the account's margin warning up to date."""
        self._when_not_paused()
        margin_calls.check_margin(self.ledger, account)

    # LIQUIDATION

    def liquidate(self, account: str, marketId: int, maxSize: int) -> None:
        """The sender takes over a liquidatable position at the mark.

        At most `maxSize` (WAD) of it.
        """
        self._when_not_paused()
        liquidation.liquidate(self.ledger, self.world.sender, account, marketId, maxSize)

    def liquidateToMarket(
        self, account: str, marketId: int, size: int, price: int, counterparty: str
    ) -> None:
        """Settles the matcher's fill of `size` (WAD) of a liquidatable position.

        Against `counterparty` at `price` (WAD).
        """
        self.only_role(MATCHER_ROLE)
        self._when_not_paused()
        fill = market_route.Fill(account, marketId, size, price, counterparty)
        market_route.liquidate_to_market(self.ledger, fill)

    def beginAuction(self, account: str) -> None:
        """Begins the auction of a large account that is liquidatable."""
        self._when_not_paused()
        auctions.begin_auction(self.ledger, account)

    def endAuction(self, account: str) -> None:
        """Ends the auction of an account that is not liquidatable any more, or one that is void."""
        self._when_not_paused()
        auctions.end_auction(self.ledger, account)

    def forceClose(self, account: str, marketId: int, counterparty: str) -> None:
        """Closes a liquidatable position at the mark against a holder of the opposite side."""
        self._when_not_paused()
        forced_close.force_close(self.ledger, self.world.sender, account, marketId, counterparty)

    # THE END OF A MARKET

    def settleFinal(self, account: str, marketId: int) -> None:
        """Closes an account's position in a delisted market at the final price.

        A loss is paid, a profit becomes a claim.
        """
        self._when_not_paused()
        market_life.settle_final(self.ledger, account, marketId)

    def closeMarket(self, marketId: int) -> None:
        """Decides what the claims on a delisted market are paid, once nobody holds a position."""
        self._when_not_paused()
        market_life.close_market(self.ledger, marketId)

    def claimFinal(self, account: str, marketId: int) -> None:
        """Pays an account's claim on a closed market."""
        self._when_not_paused()
        market_life.claim_final(self.ledger, account, marketId)

    def liquidateToBackstop(self, account: str, marketId: int, maxSize: int) -> None:
        """The backstop vault takes over a position of an account that is far below maintenance.

        The sender earns the keeper's reward.
        """
        self._when_not_paused()
        sender = self.world.sender
        takeovers.liquidate_to_backstop(self.ledger, sender, account, marketId, maxSize)

    def liquidateToFund(self, account: str, marketId: int, maxSize: int) -> None:
        """The insurance fund takes over a position of an account that is even further below.

        The sender earns the keeper's reward.
        """
        self._when_not_paused()
        sender = self.world.sender
        takeovers.liquidate_to_fund(self.ledger, sender, account, marketId, maxSize)

    def releaseFund(self) -> None:
        """Gives what is left of the fund's account back to the fund, where it holds no position."""
        self._when_not_paused()
        takeovers.release_fund(self.ledger)

    # BACKSTOP

    def depositBackstop(self, amount: int) -> None:
        """Moves `amount` token units of the sender's cash to the backstop vault, for shares."""
        self._when_not_paused()
        backstop.deposit_backstop(self.ledger, self.world.sender, amount)

    def requestBackstopWithdrawal(self, shares: int) -> None:
        """Asks to withdraw that many of the sender's shares.

        Replaces what it asked for before.
        """
        self._when_not_paused()
        backstop.request_backstop_withdrawal(self.ledger, self.world.sender, shares)

    def withdrawBackstop(self) -> None:
        """Burns the shares that the sender asked to withdraw, for their part of the equity."""
        self._when_not_paused()
        backstop.withdraw_backstop(self.ledger, self.world.sender)

    def flag(self, account: str) -> None:
        """Says that an account is bankrupt; its deleveraging may begin a minimum time later."""
        self._when_not_paused()
        deleveraging.flag(self.ledger, account)

    def unflag(self, account: str) -> None:
        """Takes the flag off an account that is not bankrupt any more."""
        self._when_not_paused()
        deleveraging.unflag(self.ledger, account)

    def nominate(self, marketId: int, account: str) -> None:
        """Enters a holder with a profit into the candidates on its side of a market."""
        self._when_not_paused()
        deleveraging.nominate(self.ledger, marketId, account)

    def autoDeleverage(self, account: str, marketId: int, maxCandidates: int) -> None:
        """Closes a bankrupt account's position at its bankruptcy price.

        Against at most `maxCandidates` candidates.
        """
        self._when_not_paused()
        sender = self.world.sender
        deleveraging.auto_deleverage(self.ledger, sender, account, marketId, maxCandidates)

    # FIGURES

    def accountFigures(self, account: str) -> tuple[tuple[Value, ...]]:
        """All of an account's figures, at the marks that trades go by."""
        return (figures.account_figures(self.ledger, account).fields(),)

    def equity(self, account: str) -> tuple[int]:
        """Equity, wei, rounded down."""
        return (views.equity(self.ledger, account),)

    def initialMargin(self, account: str) -> tuple[int]:
        """Initial margin, wei, rounded up."""
        return (views.initial_margin(self.ledger, account),)

    def maintenanceMargin(self, account: str) -> tuple[int, int]:
        """Maintenance margin and the liquidation fee beside it, wei, rounded up."""
        return views.maintenance_margin(self.ledger, account)

    def healthFactor(self, account: str) -> tuple[int]:
        """Equity / (maintenance margin + fee), WAD, rounded down."""
        return (views.health_factor(self.ledger, account),)

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

    def bankruptcyPrice(self, account: str, marketId: int) -> tuple[bool, int]:
        """The worst mark at which the account's equity is not negative."""
        return views.bankruptcy_price(self.ledger, account, marketId)

    def liquidationSize(self, account: str, marketId: int) -> tuple[int]:
        """How much of the position a liquidation would take now, WAD."""
        return (views.liquidation_size(self.ledger, account, marketId),)

    def liquidationMarket(self, account: str) -> tuple[bool, int]:
        """The market in which a liquidatable account is taken over first, where the order is on."""
        return liquidation_limits.liquidation_market(self.ledger, account)

    def seizureFirst(self, account: str) -> tuple[bool, int]:
        """The token with which a seizure of the account's tokens begins.

        None where it holds none that has a price and is worth enough.
        """
        return seizure_order.seizure_first(self.ledger, account)

    def liquidationRoute(self, account: str, marketId: int) -> tuple[int]:
        """The route that is next for a liquidatable account's position."""
        return (int(views.liquidation_route(self.ledger, account, marketId)),)

    def markPrice(self, marketId: int) -> tuple[int]:
        """A market's mark, WAD."""
        return (views.mark_price(self.ledger, marketId),)

    def interestRate(self) -> tuple[int]:
        """What negative cash costs now, WAD per second, rounded up."""
        return (views.interest_rate(self.ledger),)

    def indexPrice(self, marketId: int) -> tuple[int]:
        """A market's index, WAD."""
        return (views.index_price(self.ledger, marketId),)

    def volumeOf(self, account: str) -> tuple[int]:
        """What the account traded in its thirty days, wei."""
        return (fees.volume_of(self.ledger, account),)

    def feeRates(self, account: str, marketId: int) -> tuple[int, int]:
        """Maker and taker rate of the account's next trade in a market, WAD, rounded up."""
        return fees.fee_rates(self.ledger, account, marketId)

    def _when_not_paused(self) -> None:
        # CHECKS
        if self.ledger.record.paused:
            raise SystemIsPaused
