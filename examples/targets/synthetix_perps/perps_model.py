"""What an account has and needs, and who may liquidate it for how much."""

from __future__ import annotations

from perps_decimals import WAD, mul, to_int, to_uint
from perps_market import Markets

from weiproof.crosscheck.targets import int256, uint256

FLAG, LIQUIDATE, UPDATE = 1, 2, 3
"""Places among the costs."""


class Perps(Markets):
    """All of the harness."""

    # KEEPERS

    def keeperCaps(self, cost: int, available: int) -> tuple[int, int]:
        """Least and most of a reward; a margin of zero stands for an account that is flagged."""
        keeper = self.keeper
        least = max(uint256(cost + keeper.least), mul(cost, uint256(keeper.profit + WAD)))
        most = keeper.most
        if available:
            most = min(mul(available, keeper.scaling), most)
        return least, most

    def keeperReward(self, rewards: int, cost: int, available: int) -> int:
        """Rewards and costs within the bounds; the upper one counts where they cross."""
        least, most = self.keeperCaps(cost, available)
        return min(max(least, uint256(rewards + cost)), most)

    def _flag_cost(self, account: int) -> int:
        """Of flagging, and of updating the price of each position."""
        return int(self.costs[FLAG] + len(self.open[account]) * self.costs[UPDATE])

    # MARGIN OF AN ACCOUNT

    def availableMargin(self, account: int) -> int:
        """Collateral and profits less debt."""
        account = self.of_account(account)
        held = to_int(self.usd[account])
        gained = 0
        for market, price in self._prices(account):
            gained = int256(gained + self.profit(self.positions[account][market], price)[0])
        return int256(int256(held + gained) - to_int(self.debt[account]))

    def _prices(self, account: int) -> list[tuple[int, int]]:
        """Market and price of each position; a negative price is refused."""
        return [(m, to_uint(self.markets[m].price)) for m in self.open[account]]

    def requirements(self, account: int) -> tuple[int, int, int]:
        """Initial and maintenance margin of all positions, and what a liquidation may cost."""
        account = self.of_account(account)
        if not self.open[account]:
            return 0, 0, 0
        initial = maintenance = 0
        for market, price in self._prices(account):
            size = self.positions[account][market].size
            _, _, one, other = self.requiredMargins(market, size, price)
            maintenance = uint256(maintenance + other)
            initial = uint256(initial + one)
        return initial, maintenance, self._reward(account)

    def _reward(self, account: int) -> int:
        """Of a keeper who flags, and of those who liquidate window after window."""
        flags = windows = 0
        for market, price in self._prices(account):
            size = abs(self.positions[account][market].size)
            needed = self.windowsFor(market, size)
            flags = uint256(flags + self.flagReward(market, mul(size, price)))
            windows = max(windows, needed)
        held = self.usd[account]
        rewards = max(flags, mul(held, self.keeper.collateral))
        once = self.costs[LIQUIDATE]
        first = self.keeperReward(rewards, uint256(self._flag_cost(account) + once), held)
        more = uint256(self.keeperReward(0, once, 0) * (windows - 1)) if windows else 0
        return uint256(first + more)

    def isLiquidatable(self, account: int) -> tuple[bool, int, int, int, int]:
        """Less than maintenance and reward together; exactly as much is enough."""
        available = self.availableMargin(account)
        initial, maintenance, reward = self.requirements(account)
        needed = to_int(uint256(maintenance + reward))
        return needed > available, available, initial, maintenance, reward

    def isMarginLiquidatable(self, account: int) -> tuple[bool, int]:
        """For an account with debt: less than nothing after the reward."""
        account = self.of_account(account)
        cost = uint256(self._flag_cost(account) + self.costs[LIQUIDATE])
        held = self.usd[account]
        reward = self.keeperReward(mul(held, self.keeper.collateral), cost, held)
        least = to_int(reward)
        available = int256(self.availableMargin(account) - least)
        return available < 0 and self.debt[account] > 0, available

    def withdrawableMargin(self, account: int) -> int:
        """Nothing with debt; all without positions; else what initial margin and reward leave."""
        account = self.of_account(account)
        if self.debt[account]:
            return 0
        if not self.open[account]:
            return to_int(self.usd[account])
        initial, _, reward = self.requirements(account)
        needed = uint256(initial + reward)
        return int256(self.availableMargin(account) - to_int(needed))
