"""Reserves: indices, interest rates, and what an account's deposits and debts are worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import aave_words as words
from aave_rays import (
    MOST,
    RAY,
    compounded_interest,
    linear_interest,
    percent_mul,
    ray_div,
    ray_mul,
    to_uint128,
    wad_div,
)
from aave_tokens import ZERO
from aave_words import field

from weiproof.crosscheck.targets import Mapping, Struct, Twin, uint128, uint256
from weiproof.crosscheck.targets.twin import Reverted

SAFE = 10**18
"""Health factor below which an account may be liquidated."""


class Reserve(Struct):
    """What the pool keeps of an asset."""

    configuration: int = 0
    liquidityIndex: int = 0
    currentLiquidityRate: int = 0
    variableBorrowIndex: int = 0
    currentVariableBorrowRate: int = 0
    currentStableBorrowRate: int = 0
    lastUpdateTimestamp: int = 0
    id: int = 0
    aTokenAddress: str = ZERO
    stableDebtTokenAddress: str = ZERO
    variableDebtTokenAddress: str = ZERO
    interestRateStrategyAddress: str = ZERO
    accruedToTreasury: int = 0


@dataclass
class Cache:
    """What one call knows of a reserve: read at its start, and what it will be."""

    asset: str
    reserve: Reserve
    a_token: Any
    debt: Any
    configuration: int
    scaled_debt: int
    liquidity_index: int
    debt_index: int

    def has(self, place: words.Field) -> bool:
        """Whether a flag of the configuration is set."""
        return field(self.configuration, place) != 0


class Account(NamedTuple):
    """An account in the base currency."""

    collateral: int
    debt: int
    ltv: int
    threshold: int
    health: int
    has_zero_ltv: bool


NOBODY = Account(0, 0, 0, 0, MOST, has_zero_ltv=False)


class Reserves(Twin):
    """The part of the pool that knows reserves and accounts."""

    def __init__(self, *given: Any) -> None:  # noqa: ANN401 (addresses and words)
        """Takes asset, its three tokens, strategy and configuration of each reserve in turn."""
        self.reserves = Mapping(Reserve)
        self.assets: tuple[str, ...] = given[::6]
        self.data = Mapping(0)
        """Two bits a reserve of each user: borrowing, and used as collateral."""
        for i in range(0, len(given), 6):
            asset, a_token, stable, debt, strategy, configuration = given[i : i + 6]
            self.reserves[asset] = Reserve(
                configuration=configuration,
                liquidityIndex=RAY,
                variableBorrowIndex=RAY,
                id=i // 6,
                aTokenAddress=a_token,
                stableDebtTokenAddress=stable,
                variableDebtTokenAddress=debt,
                interestRateStrategyAddress=strategy,
            )

    # INDICES

    def income_index(self, reserve: Reserve) -> int:
        """What a unit of deposits is worth now."""
        if reserve.lastUpdateTimestamp == self.now:
            return reserve.liquidityIndex
        seconds = self.now - reserve.lastUpdateTimestamp
        factor = linear_interest(reserve.currentLiquidityRate, seconds)
        return ray_mul(factor, reserve.liquidityIndex)

    def debt_index(self, reserve: Reserve) -> int:
        """What a unit of debt is worth now."""
        if reserve.lastUpdateTimestamp == self.now:
            return reserve.variableBorrowIndex
        seconds = self.now - reserve.lastUpdateTimestamp
        factor = compounded_interest(reserve.currentVariableBorrowRate, seconds)
        return ray_mul(factor, reserve.variableBorrowIndex)

    def cached(self, asset: str) -> Cache:
        """A reserve as a call finds it; of an asset that is not listed it reverts without data."""
        reserve = self.reserves[asset]
        if reserve.aTokenAddress == ZERO:
            raise Reverted("")
        debt = self.at(reserve.variableDebtTokenAddress)
        return Cache(
            asset,
            reserve,
            self.at(reserve.aTokenAddress),
            debt,
            reserve.configuration,
            debt.scaledTotalSupply(),
            reserve.liquidityIndex,
            reserve.variableBorrowIndex,
        )

    def updated(self, asset: str) -> Cache:
        """A reserve whose indices were brought to the present."""
        cache = self.cached(asset)
        reserve = cache.reserve
        seconds = self.now - reserve.lastUpdateTimestamp
        if seconds == 0:
            return cache
        if reserve.currentLiquidityRate:
            factor = linear_interest(reserve.currentLiquidityRate, seconds)
            cache.liquidity_index = ray_mul(factor, reserve.liquidityIndex)
            reserve.liquidityIndex = to_uint128(cache.liquidity_index)
        before = reserve.variableBorrowIndex
        if cache.scaled_debt:
            factor = compounded_interest(reserve.currentVariableBorrowRate, seconds)
            cache.debt_index = ray_mul(factor, before)
            reserve.variableBorrowIndex = to_uint128(cache.debt_index)
        self._accrue(cache, before)
        reserve.lastUpdateTimestamp = self.now
        return cache

    def _accrue(self, cache: Cache, index_before: int) -> None:
        """The protocol's share of the interest since the last update."""
        factor = field(cache.configuration, words.FACTOR)
        if factor == 0:
            return
        before = ray_mul(cache.scaled_debt, index_before)
        now = ray_mul(cache.scaled_debt, cache.debt_index)
        share = percent_mul(uint256(now - before), factor)
        if share:
            more = to_uint128(ray_div(share, cache.liquidity_index))
            cache.reserve.accruedToTreasury = uint128(cache.reserve.accruedToTreasury + more)

    def set_rates(self, cache: Cache, added: int, taken: int) -> None:
        """Rates as they will be once tokens have come in or gone out."""
        reserve = cache.reserve
        debt = ray_mul(cache.scaled_debt, cache.debt_index)
        strategy = self.at(reserve.interestRateStrategyAddress)
        factor = field(cache.configuration, words.FACTOR)
        request = (0, added, taken, 0, debt, 0, factor, cache.asset, reserve.aTokenAddress)
        supply, stable, variable = strategy.calculateInterestRates(request)
        reserve.currentLiquidityRate = to_uint128(supply)
        reserve.currentStableBorrowRate = to_uint128(stable)
        reserve.currentVariableBorrowRate = to_uint128(variable)
        indices = cache.liquidity_index, cache.debt_index
        self.emit("ReserveDataUpdated", cache.asset, supply, stable, variable, *indices)

    # ACCOUNTS

    def uses(self, user: str, reserve: Reserve) -> bool:
        """Whether a deposit counts as collateral."""
        return self.data[user] >> (2 * reserve.id + 1) & 1 == 1

    def set_uses(self, user: str, reserve: Reserve, *, value: bool) -> None:
        """Marks a deposit as collateral or not."""
        self._set_bit(user, 2 * reserve.id + 1, value=value)

    def set_borrows(self, user: str, reserve: Reserve, *, value: bool) -> None:
        """Marks an asset as borrowed or not."""
        self._set_bit(user, 2 * reserve.id, value=value)

    def borrows_any(self, user: str) -> bool:
        """Whether a user has debt."""
        return self.data[user] & 0x5555 != 0

    def _set_bit(self, user: str, bit: int, *, value: bool) -> None:
        self.data[user] = self.data[user] & ~(1 << bit) | value << bit

    def account(self, user: str) -> Account:
        """A user's deposits and debts at the oracle's prices."""
        data = self.data[user]
        if data == 0:
            return NOBODY
        collateral = debt = ltvs = thresholds = 0
        has_zero_ltv = False
        for i, asset in enumerate(self.assets):
            borrows, uses = data >> 2 * i & 1, data >> (2 * i + 1) & 1
            if not borrows and not uses:
                continue
            reserve = self.reserves[asset]
            ltv = field(reserve.configuration, words.LTV)
            threshold = field(reserve.configuration, words.THRESHOLD)
            price, unit = self.price(asset), self.unit(reserve)
            if threshold and uses:
                scaled = self.at(reserve.aTokenAddress).scaledBalanceOf(user)
                balance = ray_mul(scaled, self.income_index(reserve))
                value = uint256(balance * price) // unit
                collateral = uint256(collateral + value)
                ltvs = uint256(ltvs + uint256(value * ltv))
                has_zero_ltv = has_zero_ltv or ltv == 0
                thresholds = uint256(thresholds + uint256(value * threshold))
            if borrows:
                scaled = self.at(reserve.variableDebtTokenAddress).scaledBalanceOf(user)
                owed = ray_mul(scaled, self.debt_index(reserve)) if scaled else 0
                debt = uint256(debt + uint256(price * owed) // unit)
        ltv = ltvs // collateral if collateral else 0
        threshold = thresholds // collateral if collateral else 0
        health = wad_div(percent_mul(collateral, threshold), debt) if debt else MOST
        return Account(collateral, debt, ltv, threshold, health, has_zero_ltv)

    def require_healthy(self, user: str, asset: str) -> None:
        """After collateral went: healthy, and no deposit of zero LTV left while another goes."""
        account = self.account(user)
        self.require(account.health >= SAFE, "Error", words.UNHEALTHY)
        ltv = field(self.reserves[asset].configuration, words.LTV)
        self.require(not account.has_zero_ltv or ltv == 0, "Error", words.LTV_ZERO)

    def price(self, asset: str) -> int:
        """Price of a whole token, 8 decimals."""
        return int(self.contract("oracle").getAssetPrice(asset))

    def unit(self, reserve: Reserve) -> int:
        """A whole token, in its smallest units."""
        return int(10 ** field(reserve.configuration, words.DECIMALS))

    def at(self, address: str) -> Any:  # noqa: ANN401 (a twin, called)
        """Another contract by its address."""
        return self.contract(self.label_of(address) or "")
