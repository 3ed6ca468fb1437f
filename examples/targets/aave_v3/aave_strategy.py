"""The twin of the interest rate strategy: a pure function of what a reserve lends and has left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aave_rays import PERCENT, RAY, percent_mul, ray_div, ray_mul, wad_to_ray

from weiproof.crosscheck.targets import Twin, uint256
from weiproof.crosscheck.targets.twin import Reverted

if TYPE_CHECKING:
    from typing import TypeAlias

    Request: TypeAlias = tuple[int, int, int, int, int, int, int, str, str]
    """Unbacked, liquidity added and taken, stable and variable debt, average stable rate, the
    protocol's share of interest, the asset, its aToken."""


class Strategy(Twin):
    """Rates that rise with usage, faster beyond the optimum. Rays a year."""

    def __init__(  # noqa: PLR0913, PLR0917 (the constructor's own)
        self, optimal: int, base: int, slope1: int, slope2: int, stable1: int, stable2: int,
        offset: int, excess: int, optimal_stable: int,
    ) -> None:  # fmt: skip
        self.OPTIMAL_USAGE_RATIO = optimal
        self.MAX_EXCESS_USAGE_RATIO = RAY - optimal
        self.OPTIMAL_STABLE_TO_TOTAL_DEBT_RATIO = optimal_stable
        self.MAX_EXCESS_STABLE_TO_TOTAL_DEBT_RATIO = RAY - optimal_stable
        self.getBaseVariableBorrowRate = base
        self.getVariableRateSlope1 = slope1
        self.getVariableRateSlope2 = slope2
        self.getStableRateSlope1 = stable1
        self.getStableRateSlope2 = stable2
        self.getStableRateExcessOffset = excess
        self.getBaseStableBorrowRate = slope1 + offset
        self.getMaxVariableBorrowRate = base + slope1 + slope2

    def calculateInterestRates(self, request: Request) -> tuple[int, int, int]:
        """Rates of deposits, of stable and of variable debt."""
        unbacked, added, taken, stable_debt, variable_debt, average, factor, asset, holder = request
        debt = uint256(stable_debt + variable_debt)
        usage = supply_usage = stable_share = 0
        if debt:
            stable_share = ray_div(stable_debt, debt)
            held = self._balance(asset, holder)
            both = uint256(uint256(uint256(held + added) - taken) + debt)
            usage = ray_div(debt, both)
            supply_usage = ray_div(debt, uint256(both + unbacked))
        stable, variable = self._rates(usage)
        if stable_share > self.OPTIMAL_STABLE_TO_TOTAL_DEBT_RATIO:
            excess = stable_share - self.OPTIMAL_STABLE_TO_TOTAL_DEBT_RATIO
            share = ray_div(excess, self.MAX_EXCESS_STABLE_TO_TOTAL_DEBT_RATIO)
            stable += ray_mul(self.getStableRateExcessOffset, share)
        overall = _weighted(stable_debt, average, variable_debt, variable) if debt else 0
        earned = ray_mul(overall, supply_usage)
        return percent_mul(earned, uint256(PERCENT - factor)), stable, variable

    def _rates(self, usage: int) -> tuple[int, int]:
        """Stable and variable rate at a usage, a share in rays."""
        stable, variable = self.getBaseStableBorrowRate, self.getBaseVariableBorrowRate
        if usage > self.OPTIMAL_USAGE_RATIO:
            excess = ray_div(usage - self.OPTIMAL_USAGE_RATIO, self.MAX_EXCESS_USAGE_RATIO)
            stable += self.getStableRateSlope1 + ray_mul(self.getStableRateSlope2, excess)
            variable += self.getVariableRateSlope1 + ray_mul(self.getVariableRateSlope2, excess)
            return stable, variable
        optimal = self.OPTIMAL_USAGE_RATIO
        stable += ray_div(ray_mul(self.getStableRateSlope1, usage), optimal)
        variable += ray_div(ray_mul(self.getVariableRateSlope1, usage), optimal)
        return stable, variable

    def _balance(self, asset: str, holder: str) -> int:
        label = self.label_of(asset) or ""
        try:
            return int(self.contract(label).balanceOf(holder))
        except (AttributeError, KeyError):
            raise Reverted("") from None


def _weighted(stable_debt: int, average: int, variable_debt: int, variable: int) -> int:
    """Average rate of all debt."""
    of_variable = ray_mul(wad_to_ray(variable_debt), variable)
    of_stable = ray_mul(wad_to_ray(stable_debt), average)
    debt = wad_to_ray(stable_debt + variable_debt)
    return ray_div(uint256(of_variable + of_stable), debt)
