"""The twin of the pool's configurator: flags, caps, fees and the collateral parameters."""

from __future__ import annotations

import aave_words as words
from aave_rays import PERCENT, percent_mul
from aave_words import Field, field, with_field

from weiproof.crosscheck.targets import Twin

MOST_CAP = 2**36 - 1
MOST_WORD = 2**16 - 1


class Configurator(Twin):
    """Changes configurations for the one who is both pool and emergency admin."""

    def __init__(self, admin: str) -> None:
        self.admin = admin

    def configureReserveAsCollateral(
        self, asset: str, ltv: int, liquidationThreshold: int, liquidationBonus: int
    ) -> None:
        """Sets LTV, threshold and bonus; a threshold of zero where nobody has deposits."""
        self._require_admin(words.NOT_RISK_OR_POOL_ADMIN)
        self._require_params(ltv <= liquidationThreshold)
        word = self._word(asset)
        if liquidationThreshold:
            self._require_params(liquidationBonus > PERCENT)
            both = percent_mul(liquidationThreshold, liquidationBonus)
            self._require_params(both <= PERCENT)
        else:
            self._require_params(liquidationBonus == 0)
            self._require_no_deposits(asset)
        self.require(ltv <= MOST_WORD, "Error", "63")
        self.require(liquidationThreshold <= MOST_WORD, "Error", "64")
        self.require(liquidationBonus <= MOST_WORD, "Error", "65")
        word = with_field(word, words.LTV, ltv)
        word = with_field(word, words.THRESHOLD, liquidationThreshold)
        self._put(asset, with_field(word, words.BONUS, liquidationBonus))
        figures = ltv, liquidationThreshold, liquidationBonus
        self.emit("CollateralConfigurationChanged", asset, *figures)

    def setReserveBorrowing(self, asset: str, enabled: bool) -> None:
        """Allows new loans or not."""
        self._flag(asset, words.BORROWING, "ReserveBorrowing", value=enabled)

    def setReserveFlashLoaning(self, asset: str, enabled: bool) -> None:
        """Allows flash loans or not."""
        self._flag(asset, words.FLASH_LOANS, "ReserveFlashLoaning", value=enabled)

    def setReserveFreeze(self, asset: str, freeze: bool) -> None:
        """Stops new deposits and loans."""
        self._flag(asset, words.FROZEN, "ReserveFrozen", value=freeze)

    def setReservePause(self, asset: str, paused: bool) -> None:
        """Stops everything."""
        reason = words.NOT_POOL_OR_EMERGENCY_ADMIN
        self._flag(asset, words.PAUSED, "ReservePaused", value=paused, reason=reason)

    def setReserveFactor(self, asset: str, newReserveFactor: int) -> None:
        """Sets the protocol's share of interest."""
        refusal = words.FACTOR_RANGE if newReserveFactor > PERCENT else ""
        self._number(asset, words.FACTOR, newReserveFactor, "ReserveFactorChanged", refusal)

    def setLiquidationProtocolFee(self, asset: str, newFee: int) -> None:
        """Sets the protocol's share of liquidation bonuses."""
        refusal = words.FEE_RANGE if newFee > PERCENT else ""
        self._number(asset, words.PROTOCOL_FEE, newFee, "LiquidationProtocolFeeChanged", refusal)

    def setBorrowCap(self, asset: str, newBorrowCap: int) -> None:
        """Limits what may be owed, whole tokens; zero is no limit."""
        refusal = words.BORROW_CAP_RANGE if newBorrowCap > MOST_CAP else ""
        self._number(asset, words.BORROW_CAP, newBorrowCap, "BorrowCapChanged", refusal)

    def setSupplyCap(self, asset: str, newSupplyCap: int) -> None:
        """Limits deposits, whole tokens; zero is no limit."""
        refusal = words.SUPPLY_CAP_RANGE if newSupplyCap > MOST_CAP else ""
        self._number(asset, words.SUPPLY_CAP, newSupplyCap, "SupplyCapChanged", refusal)

    def initialize(self, *_given: object) -> None:
        """Refused: it was initialized when it was created."""
        self.revert("Error", words.INITIALIZED)

    def _flag(
        self, asset: str, place: Field, event: str, *, value: bool,
        reason: str = words.NOT_RISK_OR_POOL_ADMIN,
    ) -> None:  # fmt: skip
        self._require_admin(reason)
        self._put(asset, with_field(self._word(asset), place, int(value)))
        self.emit(event, asset, value)

    def _number(self, asset: str, place: Field, value: int, event: str, refusal: str) -> None:
        self._require_admin(words.NOT_RISK_OR_POOL_ADMIN)
        self.require(not refusal, "Error", refusal)
        word = self._word(asset)
        self._put(asset, with_field(word, place, value))
        self.emit(event, asset, field(word, place), value)

    def _require_admin(self, reason: str) -> None:
        self.require(self.sender == self.admin, "Error", reason)

    def _require_params(self, condition: object) -> None:
        self.require(condition, "Error", words.RESERVE_PARAMS)

    def _require_no_deposits(self, asset: str) -> None:
        pool = self.contract("pool")
        ((_, *others),) = pool.getReserveData(asset)
        label = self.label_of(others[7])
        if label is None:
            self.revert()
        supply = self.contract(label).totalSupply()
        empty = supply == 0 and others[11] == 0
        self.require(empty, "Error", "18")

    def _word(self, asset: str) -> int:
        ((word,),) = self.contract("pool").getConfiguration(asset)
        return int(word)

    def _put(self, asset: str, word: int) -> None:
        self.contract("pool").setConfiguration(asset, (word,))
