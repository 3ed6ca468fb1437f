"""The twin of Aave v3's pool: stable rate, e-mode, isolation, bridge and flash loans aside."""

from __future__ import annotations

from typing import Any

import aave_words as words
from aave_liquidation import Liquidation
from aave_rays import MOST, percent_div, percent_mul, ray_mul
from aave_reserves import SAFE, Account, Cache
from aave_tokens import ZERO
from aave_words import field

from weiproof.crosscheck.targets import uint256

STABLE, VARIABLE = 1, 2
"""Modes of debt; 0 is none, and more is a panic."""


class Pool(Liquidation):
    """Deposits, loans, and what else moves them."""

    # DEPOSITS

    def supply(self, asset: str, amount: int, onBehalfOf: str, referralCode: int) -> None:
        """Takes a deposit; the first one of an asset counts as collateral from then on."""
        cache = self.updated(asset)
        self.require(amount, "Error", words.AMOUNT)
        self._require_open(cache)
        self._require_below_cap(cache, amount)
        self.set_rates(cache, amount, 0)
        self.at(asset).transferFrom(self.sender, cache.reserve.aTokenAddress, amount)
        index = cache.liquidity_index
        if cache.a_token.mint(self.sender, onBehalfOf, amount, index):
            self.use_first(onBehalfOf, cache.reserve, asset)
        self.emit("Supply", asset, self.sender, onBehalfOf, amount, referralCode)

    def deposit(self, asset: str, amount: int, onBehalfOf: str, referralCode: int) -> None:
        """The old name of it."""
        self.supply(asset, amount, onBehalfOf, referralCode)

    def withdraw(self, asset: str, amount: int, to: str) -> int:
        """Pays out a deposit, or all of it."""
        cache = self.updated(asset)
        user, reserve = self.sender, cache.reserve
        balance = ray_mul(cache.a_token.scaledBalanceOf(user), cache.liquidity_index)
        amount = balance if amount == MOST else amount
        self.require(amount, "Error", words.AMOUNT)
        self.require(amount <= balance, "Error", words.BALANCE)
        self._require_running(cache)
        self.set_rates(cache, 0, amount)
        uses = self.uses(user, reserve)
        if uses and amount == balance:
            self.set_uses(user, reserve, value=False)
            self.emit("ReserveUsedAsCollateralDisabled", asset, user)
        cache.a_token.burn(user, to, amount, cache.liquidity_index)
        if uses and self.borrows_any(user):
            self.require_healthy(user, asset)
        self.emit("Withdraw", asset, user, to, amount)
        return amount

    def setUserUseReserveAsCollateral(self, asset: str, useAsCollateral: bool) -> None:
        """Has a deposit count as collateral or not."""
        cache = self.cached(asset)
        user, reserve = self.sender, cache.reserve
        self.require(cache.a_token.balanceOf(user), "Error", words.NOTHING_SUPPLIED)
        self._require_running(cache)
        if useAsCollateral == self.uses(user, reserve):
            return
        if useAsCollateral:
            self.require(cache.has(words.LTV), "Error", words.NOT_USABLE)
            self.set_uses(user, reserve, value=True)
            self.emit("ReserveUsedAsCollateralEnabled", asset, user)
        else:
            self.set_uses(user, reserve, value=False)
            self.require_healthy(user, asset)
            self.emit("ReserveUsedAsCollateralDisabled", asset, user)

    def finalizeTransfer(
        self, asset: str, origin: str, to: str, amount: int, before: int, beforeTo: int
    ) -> None:
        """What an aToken asks after a transfer."""
        reserve = self.reserves[asset]
        is_token = self.sender == reserve.aTokenAddress
        self.require(is_token, "Error", words.NOT_ATOKEN)
        paused = field(reserve.configuration, words.PAUSED)
        self.require(not paused, "Error", words.IS_PAUSED)
        if origin == to or amount == 0:
            return
        if self.uses(origin, reserve):
            if self.borrows_any(origin):
                self.require_healthy(origin, asset)
            if before == amount:
                self.set_uses(origin, reserve, value=False)
                self.emit("ReserveUsedAsCollateralDisabled", asset, origin)
        if beforeTo == 0:
            self.use_first(to, reserve, asset)

    def mintToTreasury(self, assets: tuple[str, ...]) -> None:
        """Mints the protocol's share of the interest so far."""
        for asset in assets:
            reserve = self.reserves[asset]
            accrued = reserve.accruedToTreasury
            if not field(reserve.configuration, words.ACTIVE) or accrued == 0:
                continue
            reserve.accruedToTreasury = 0
            index = self.income_index(reserve)
            amount = ray_mul(accrued, index)
            self.at(reserve.aTokenAddress).mintToTreasury(amount, index)
            self.emit("MintedToTreasury", asset, amount)

    # LOANS

    def borrow(
        self, asset: str, amount: int, interestRateMode: int, referralCode: int, onBehalfOf: str
    ) -> None:
        """Lends to the sender on somebody's account."""
        self._require_mode(interestRateMode)
        cache = self.updated(asset)
        reserve, user = cache.reserve, self.sender
        self._require_lendable(cache, amount, interestRateMode, onBehalfOf)
        index = cache.debt_index
        first, cache.scaled_debt = cache.debt.mint(user, onBehalfOf, amount, index)
        if first:
            self.set_borrows(onBehalfOf, reserve, value=True)
        self.set_rates(cache, 0, amount)
        cache.a_token.transferUnderlyingTo(user, amount)
        rate = reserve.currentVariableBorrowRate
        mode = interestRateMode
        self.emit("Borrow", asset, user, onBehalfOf, amount, mode, rate, referralCode)

    def repay(self, asset: str, amount: int, interestRateMode: int, onBehalfOf: str) -> int:
        """Takes back a loan, or all of it."""
        return self._repay(asset, amount, interestRateMode, onBehalfOf, by_deposit=False)

    def repayWithATokens(self, asset: str, amount: int, interestRateMode: int) -> int:
        """Takes back the sender's loan out of the sender's deposit."""
        return self._repay(asset, amount, interestRateMode, self.sender, by_deposit=True)

    def _repay(
        self, asset: str, amount: int, mode: int, onBehalfOf: str, *, by_deposit: bool
    ) -> int:
        self._require_mode(mode)
        cache = self.updated(asset)
        debt, user = cache.debt.balanceOf(onBehalfOf), self.sender
        self.require(amount, "Error", words.AMOUNT)
        explicit = amount != MOST or user == onBehalfOf
        self.require(explicit, "Error", words.EXPLICIT_AMOUNT)
        self._require_running(cache)
        self.require(debt and mode == VARIABLE, "Error", words.NO_DEBT_OF_TYPE)
        if by_deposit and amount == MOST:
            amount = cache.a_token.balanceOf(user)
        paid = min(amount, debt)
        cache.scaled_debt = cache.debt.burn(onBehalfOf, paid, cache.debt_index)
        self.set_rates(cache, 0 if by_deposit else paid, 0)
        if paid == debt:
            self.set_borrows(onBehalfOf, cache.reserve, value=False)
        a_token = cache.reserve.aTokenAddress
        if by_deposit:
            cache.a_token.burn(user, a_token, paid, cache.liquidity_index)
        else:
            self.at(asset).transferFrom(user, a_token, paid)
        self.emit("Repay", asset, onBehalfOf, user, paid, by_deposit)
        return int(paid)

    def swapBorrowRateMode(self, asset: str, interestRateMode: int) -> None:
        """Refused in every case, because there is no stable rate."""
        self._require_mode(interestRateMode)
        cache = self.updated(asset)
        self._require_open(cache)
        if interestRateMode == STABLE:
            self.revert("Error", words.NO_STABLE_DEBT)
        self.require(interestRateMode == VARIABLE, "Error", words.RATE_MODE)
        self.require(cache.debt.balanceOf(self.sender), "Error", words.NO_VARIABLE_DEBT)
        self.revert("Error", words.NO_STABLE_BORROWING)

    def setUserEMode(self, categoryId: int) -> None:
        """There is no category but the usual one."""
        self.require(categoryId == 0, "Error", words.EMODE_CATEGORY)
        self.emit("UserEModeSet", self.sender, categoryId)

    # CONDITIONS

    def _require_mode(self, mode: int) -> None:
        if mode > VARIABLE:
            self.revert("Panic", 0x21)

    def _require_running(self, cache: Cache) -> None:
        self.require(cache.has(words.ACTIVE), "Error", words.INACTIVE)
        self.require(not cache.has(words.PAUSED), "Error", words.IS_PAUSED)

    def _require_open(self, cache: Cache) -> None:
        self._require_running(cache)
        self.require(not cache.has(words.FROZEN), "Error", words.IS_FROZEN)

    def _require_below_cap(self, cache: Cache, amount: int) -> None:
        cap = field(cache.configuration, words.SUPPLY_CAP)
        if cap:
            scaled = uint256(cache.a_token.scaledTotalSupply() + cache.reserve.accruedToTreasury)
            total = uint256(ray_mul(scaled, cache.liquidity_index) + amount)
            is_below = total <= cap * self.unit(cache.reserve)
            self.require(is_below, "Error", words.OVER_SUPPLY_CAP)

    def _require_lendable(self, cache: Cache, amount: int, mode: int, user: str) -> None:
        self.require(amount, "Error", words.AMOUNT)
        self._require_open(cache)
        self.require(cache.has(words.BORROWING), "Error", words.NO_BORROWING)
        self.require(mode in (STABLE, VARIABLE), "Error", words.RATE_MODE)
        unit = self.unit(cache.reserve)
        cap = field(cache.configuration, words.BORROW_CAP)
        if cap:
            total = uint256(ray_mul(cache.scaled_debt, cache.debt_index) + amount)
            self.require(total <= cap * unit, "Error", words.OVER_BORROW_CAP)
        account: Account = self.account(user)
        self.require(account.collateral, "Error", words.NO_COLLATERAL)
        self.require(account.ltv, "Error", words.LTV_ZERO)
        self.require(account.health > SAFE, "Error", words.UNHEALTHY)
        value = uint256(self.price(cache.asset) * amount) // unit
        needed = percent_div(uint256(account.debt + value), account.ltv)
        self.require(needed <= account.collateral, "Error", words.COLLATERAL_TOO_SMALL)
        self.require(mode == VARIABLE, "Error", words.NO_STABLE_BORROWING)

    # VIEWS

    def getUserAccountData(self, user: str) -> tuple[int, ...]:
        """Collateral, debt, what more may be borrowed, threshold, LTV, health factor."""
        account = self.account(user)
        most = percent_mul(account.collateral, account.ltv)
        free = max(most - account.debt, 0)
        figures = account.collateral, account.debt, free
        return (*figures, account.threshold, account.ltv, account.health)

    def getReserveNormalizedIncome(self, asset: str) -> int:
        """What a unit of deposits is worth now."""
        return self.income_index(self.reserves[asset])

    def getReserveNormalizedVariableDebt(self, asset: str) -> int:
        """What a unit of debt is worth now."""
        return self.debt_index(self.reserves[asset])

    def getReserveData(self, asset: str) -> tuple[tuple[Any, ...]]:
        """All that is kept of a reserve; nothing is unbacked or isolated."""
        configuration, *others = self.reserves[asset].fields()
        return (((configuration,), *others, 0, 0),)

    def getConfiguration(self, asset: str) -> tuple[tuple[int]]:
        """A reserve's configuration."""
        return ((self.reserves[asset].configuration,),)

    def getUserConfiguration(self, user: str) -> tuple[tuple[int]]:
        """What a user borrows and uses as collateral."""
        return ((self.data[user],),)

    def getUserEMode(self, user: str) -> int:  # noqa: ARG002
        """No category."""
        return 0

    def getReserveAddressById(self, id: int) -> str:  # noqa: A002 (the contract's)
        """An asset by its place in the list."""
        return self.assets[id] if id < len(self.assets) else ZERO

    def getReservesList(self) -> tuple[tuple[str, ...]]:
        """All assets."""
        return (self.assets,)

    # THE CONFIGURATOR'S

    def setConfiguration(self, asset: str, configuration: tuple[int]) -> None:
        """Replaces a reserve's configuration."""
        allowed = self.label_of(self.sender) == "configurator"
        self.require(allowed, "Error", words.NOT_CONFIGURATOR)
        self.require(asset != ZERO, "Error", words.ADDRESS_ZERO)
        self.require(asset in self.assets, "Error", words.NOT_LISTED)
        (self.reserves[asset].configuration,) = configuration

    def initialize(self, *_given: object) -> None:
        """Refused: it was initialized when it was created."""
        self.revert("Error", words.INITIALIZED)
