"""Liquidations: how much debt may be paid, how much collateral is due for it, and to whom."""

from __future__ import annotations

from typing import NamedTuple

import aave_words as words
from aave_rays import percent_div, percent_mul, ray_div, ray_mul
from aave_reserves import SAFE, Cache, Reserve, Reserves
from aave_words import field

from weiproof.crosscheck.targets import uint256

HALF, ALL = 5000, 10_000
"""Close factors: the share of a debt that one call may pay."""

CLOSE_TO_SAFE = 95 * 10**16
"""Health factor above which only half of a debt may be paid."""


class Due(NamedTuple):
    """What a liquidation moves."""

    collateral: int
    debt: int
    fee: int


class Liquidation(Reserves):
    """The part of the pool that liquidates."""

    def liquidationCall(
        self,
        collateralAsset: str,
        debtAsset: str,
        user: str,
        debtToCover: int,
        receiveAToken: bool,
    ) -> None:
        """Pays a user's debt and takes collateral for it, with a bonus."""
        cache = self.updated(debtAsset)
        collateral = self.reserves[collateralAsset]
        health = self.account(user).health
        self.trace("health", health)
        debt = int(cache.debt.balanceOf(user))
        share = HALF if health > CLOSE_TO_SAFE else ALL
        wanted = min(debtToCover, percent_mul(debt, share))
        self._require_liquidatable(collateral, cache, user, health, debt)
        a_token = self.at(collateral.aTokenAddress)
        balance = int(a_token.balanceOf(user))
        due = self._due(collateralAsset, cache, wanted, balance)
        closes, exhausts = due.debt == debt, due.collateral + due.fee == balance
        self.trace("debt closed", closes)
        self.trace("collateral exhausted", exhausts)
        self.trace("bad debt", exhausts and not closes)
        if closes:
            self.set_borrows(user, cache.reserve, value=False)
        if exhausts:
            self.set_uses(user, collateral, value=False)
            self.emit("ReserveUsedAsCollateralDisabled", collateralAsset, user)
        cache.scaled_debt = cache.debt.burn(user, due.debt, cache.debt_index)
        self.set_rates(cache, due.debt, 0)
        if receiveAToken:
            self._hand_over(collateralAsset, user, due.collateral)
        else:
            self._pay_out(collateralAsset, user, due.collateral)
        if self.trace("fee", due.fee):
            self._charge(collateral, user, due.fee)
        self.at(debtAsset).transferFrom(self.sender, cache.reserve.aTokenAddress, due.debt)
        amounts = due.debt, due.collateral
        self.emit(
            "LiquidationCall", collateralAsset, debtAsset, user, *amounts, self.sender,
            receiveAToken,
        )  # fmt: skip

    def use_first(self, user: str, reserve: Reserve, asset: str) -> None:
        """A first deposit counts as collateral, where the asset can be collateral."""
        if field(reserve.configuration, words.LTV):
            self.set_uses(user, reserve, value=True)
            self.emit("ReserveUsedAsCollateralEnabled", asset, user)

    def _require_liquidatable(
        self, collateral: Reserve, cache: Cache, user: str, health: int, debt: int
    ) -> None:
        words_of_both = (collateral.configuration, cache.configuration)
        active = all(field(word, words.ACTIVE) for word in words_of_both)
        paused = any(field(word, words.PAUSED) for word in words_of_both)
        self.require(active, "Error", words.INACTIVE)
        self.require(not paused, "Error", words.IS_PAUSED)
        self.require(health < SAFE, "Error", words.HEALTHY)
        can = field(collateral.configuration, words.THRESHOLD) and self.uses(user, collateral)
        self.require(can, "Error", words.NOT_LIQUIDATABLE)
        self.require(debt, "Error", words.NOT_BORROWED)

    def _due(self, asset: str, cache: Cache, wanted: int, balance: int) -> Due:
        """Collateral for a debt, with the bonus; less of both where there is not enough."""
        reserve = self.reserves[asset]
        price, debt_price = self.price(asset), self.price(cache.asset)
        unit, debt_unit = self.unit(reserve), self.unit(cache.reserve)
        bonus = field(reserve.configuration, words.BONUS)
        worth = uint256(uint256(debt_price * wanted) * unit) // uint256(price * debt_unit)
        amount, debt = percent_mul(worth, bonus), wanted
        if amount > balance:
            amount = balance
            paid = uint256(uint256(price * amount) * debt_unit) // uint256(debt_price * unit)
            debt = percent_div(paid, bonus)
        share = field(reserve.configuration, words.PROTOCOL_FEE)
        fee = 0
        if share:
            extra = uint256(amount - percent_div(amount, bonus))
            fee = percent_mul(extra, share)
        return Due(uint256(amount - fee), debt, fee)

    def _hand_over(self, asset: str, user: str, amount: int) -> None:
        """The liquidator receives the deposit itself."""
        reserve = self.reserves[asset]
        a_token = self.at(reserve.aTokenAddress)
        before = a_token.balanceOf(self.sender)
        a_token.transferOnLiquidation(user, self.sender, amount)
        if before == 0:
            self.use_first(self.sender, reserve, asset)

    def _pay_out(self, asset: str, user: str, amount: int) -> None:
        """The liquidator receives the underlying."""
        cache = self.updated(asset)
        self.set_rates(cache, 0, amount)
        cache.a_token.burn(user, self.sender, amount, cache.liquidity_index)

    def _charge(self, reserve: Reserve, user: str, fee: int) -> None:
        """The treasury receives its share of the bonus, or what is left of the deposit."""
        index = self.income_index(reserve)
        a_token = self.at(reserve.aTokenAddress)
        left = a_token.scaledBalanceOf(user)
        if self.trace("fee shortened", ray_div(fee, index) > left):
            fee = ray_mul(left, index)
        a_token.transferOnLiquidation(user, a_token.RESERVE_TREASURY_ADDRESS(), fee)
