"""Twins of the tokens that grow: aTokens, and variable debt."""

from __future__ import annotations

from typing import Any

import aave_words as words
from aave_rays import ray_div, ray_mul, to_uint128
from aave_tokens import ZERO

from weiproof.crosscheck.targets import Mapping, Twin, uint128, uint256


class Scaled(Twin):
    """Balances divided by an index of the reserve, so that all of them grow with it."""

    def __init__(self, asset: str, treasury: str) -> None:
        self.asset = asset
        self.treasury = treasury
        self.scaledBalanceOf = Mapping(0)
        self.getPreviousIndex = Mapping(0)
        self.scaledTotalSupply = 0

    @property
    def pool(self) -> Any:  # noqa: ANN401 (a twin, called)
        """The pool, as this token calls it."""
        return self.contract("pool")

    def UNDERLYING_ASSET_ADDRESS(self) -> str:
        """The reserve's token."""
        return self.asset

    def initialize(self, *_given: object) -> None:
        """Refused: it was initialized when the reserve was."""
        self.revert("Error", words.INITIALIZED)

    def getScaledUserBalanceAndSupply(self, user: str) -> tuple[int, int]:
        """Two scaled figures at once."""
        return self.scaledBalanceOf[user], self.scaledTotalSupply

    def _only_pool(self) -> None:
        is_pool = self.label_of(self.sender) == "pool"
        self.require(is_pool, "Error", words.NOT_POOL)

    def _increase(self, user: str, index: int) -> int:
        """What a balance grew by since it last changed."""
        scaled = self.scaledBalanceOf[user]
        return uint256(ray_mul(scaled, index) - ray_mul(scaled, self.getPreviousIndex[user]))

    def _mint(self, caller: str, user: str, amount: int, index: int) -> bool:
        """Mints; whether the balance was zero before."""
        scaled = ray_div(amount, index)
        self.require(scaled, "Error", words.MINT_AMOUNT)
        before = self.scaledBalanceOf[user]
        increase = self._increase(user, index)
        self.getPreviousIndex[user] = to_uint128(index)
        self.scaledTotalSupply = uint256(self.scaledTotalSupply + to_uint128(scaled))
        self.scaledBalanceOf[user] = uint128(before + scaled)
        self._tell_mint(caller, user, uint256(amount + increase), increase, index)
        return before == 0

    def _burn(self, user: str, target: str, amount: int, index: int) -> None:
        scaled = ray_div(amount, index)
        self.require(scaled, "Error", words.BURN_AMOUNT)
        increase = self._increase(user, index)
        self.getPreviousIndex[user] = to_uint128(index)
        self.scaledTotalSupply = uint256(self.scaledTotalSupply - to_uint128(scaled))
        self.scaledBalanceOf[user] = uint128(self.scaledBalanceOf[user] - scaled)
        if increase > amount:
            self._tell_mint(user, user, increase - amount, increase, index)
        else:
            self.emit("Transfer", user, ZERO, amount - increase)
            self.emit("Burn", user, target, amount - increase, increase, index)

    def _tell_mint(self, caller: str, user: str, amount: int, increase: int, index: int) -> None:
        self.emit("Transfer", ZERO, user, amount)
        self.emit("Mint", caller, user, amount, increase, index)


class AToken(Scaled):
    """Deposits: whoever holds them earns the reserve's interest."""

    def __init__(self, asset: str, treasury: str) -> None:
        super().__init__(asset, treasury)
        self.allowance = Mapping(lambda: Mapping(0))

    def RESERVE_TREASURY_ADDRESS(self) -> str:
        """Who receives the protocol's share."""
        return self.treasury

    def balanceOf(self, user: str) -> int:
        """Deposit with interest."""
        return ray_mul(self.scaledBalanceOf[user], self._index())

    def totalSupply(self) -> int:
        """Deposits with interest."""
        return ray_mul(self.scaledTotalSupply, self._index()) if self.scaledTotalSupply else 0

    # THE POOL'S

    def mint(self, caller: str, onBehalfOf: str, amount: int, index: int) -> bool:
        """For a deposit."""
        self._only_pool()
        return self._mint(caller, onBehalfOf, amount, index)

    def burn(self, origin: str, receiverOfUnderlying: str, amount: int, index: int) -> None:
        """For a withdrawal: the underlying goes out, unless it would come here."""
        self._only_pool()
        self._burn(origin, receiverOfUnderlying, amount, index)
        if receiverOfUnderlying != self.address:
            self._underlying().transfer(receiverOfUnderlying, amount)

    def mintToTreasury(self, amount: int, index: int) -> None:
        """The protocol's share of the interest."""
        self._only_pool()
        if amount:
            self._mint(self.sender, self.treasury, amount, index)

    def transferOnLiquidation(self, origin: str, to: str, value: int) -> None:
        """Moves a deposit without asking whether its owner stays healthy."""
        self._only_pool()
        self._move(origin, to, value, is_checked=False)

    def transferUnderlyingTo(self, target: str, amount: int) -> None:
        """Pays out a loan."""
        self._only_pool()
        self._underlying().transfer(target, amount)

    def handleRepayment(self, user: str, onBehalfOf: str, amount: int) -> None:  # noqa: ARG002
        """Nothing to do."""
        self._only_pool()

    # EVERYBODY'S

    def transfer(self, recipient: str, amount: int) -> bool:
        """Moves a deposit, where its owner stays healthy."""
        self._move(self.sender, recipient, to_uint128(amount), is_checked=True)
        return True

    def transferFrom(self, sender: str, recipient: str, amount: int) -> bool:
        """Moves a deposit that was approved."""
        allowed = self.allowance[sender][self.sender]
        self._approve(sender, self.sender, uint256(allowed - to_uint128(amount)))
        self._move(sender, recipient, amount, is_checked=True)
        return True

    def approve(self, spender: str, amount: int) -> bool:
        """Allows somebody to move the sender's deposit."""
        self._approve(self.sender, spender, amount)
        return True

    def increaseAllowance(self, spender: str, addedValue: int) -> bool:
        """Allows more."""
        allowed = self.allowance[self.sender][spender]
        self._approve(self.sender, spender, uint256(allowed + addedValue))
        return True

    def decreaseAllowance(self, spender: str, subtractedValue: int) -> bool:
        """Allows less."""
        allowed = self.allowance[self.sender][spender]
        self._approve(self.sender, spender, uint256(allowed - subtractedValue))
        return True

    def _approve(self, owner: str, spender: str, amount: int) -> None:
        self.allowance[owner][spender] = amount
        self.emit("Approval", owner, spender, amount)

    def _move(self, sender: str, to: str, amount: int, *, is_checked: bool) -> None:
        index = self._index()
        held, had = self.balanceOf(sender), self.balanceOf(to)
        grown, grown_to = self._increase(sender, index), self._increase(to, index)
        self.getPreviousIndex[sender] = to_uint128(index)
        self.getPreviousIndex[to] = to_uint128(index)
        scaled = to_uint128(ray_div(amount, index))
        self.scaledBalanceOf[sender] = uint128(self.scaledBalanceOf[sender] - scaled)
        self.scaledBalanceOf[to] = uint128(self.scaledBalanceOf[to] + scaled)
        if grown:
            self._tell_mint(self.sender, sender, grown, grown, index)
        if sender != to and grown_to:
            self._tell_mint(self.sender, to, grown_to, grown_to, index)
        self.emit("Transfer", sender, to, amount)
        if is_checked:
            self.pool.finalizeTransfer(self.asset, sender, to, amount, held, had)
        self.emit("BalanceTransfer", sender, to, ray_div(amount, index), index)

    def _index(self) -> int:
        return int(self.pool.getReserveNormalizedIncome(self.asset))

    def _underlying(self) -> Any:  # noqa: ANN401 (a twin, called)
        return self.contract(self.label_of(self.asset) or "")


class VariableDebt(Scaled):
    """Debt at the variable rate. It cannot be moved; others may be allowed to make it."""

    def __init__(self, asset: str) -> None:
        super().__init__(asset, ZERO)
        self.borrowAllowance = Mapping(lambda: Mapping(0))

    def balanceOf(self, user: str) -> int:
        """Debt with interest."""
        scaled = self.scaledBalanceOf[user]
        return ray_mul(scaled, self._index()) if scaled else 0

    def totalSupply(self) -> int:
        """Debts with interest."""
        return ray_mul(self.scaledTotalSupply, self._index())

    def mint(self, user: str, onBehalfOf: str, amount: int, index: int) -> tuple[bool, int]:
        """For a loan, out of the allowance where somebody else takes it."""
        self._only_pool()
        if user != onBehalfOf:
            left = uint256(self.borrowAllowance[onBehalfOf][user] - amount)
            self._delegate(onBehalfOf, user, left)
        return self._mint(user, onBehalfOf, amount, index), self.scaledTotalSupply

    def burn(self, origin: str, amount: int, index: int) -> int:
        """For a repayment."""
        self._only_pool()
        self._burn(origin, ZERO, amount, index)
        return self.scaledTotalSupply

    def approveDelegation(self, delegatee: str, amount: int) -> None:
        """Allows somebody to borrow on the sender's account."""
        self._delegate(self.sender, delegatee, amount)

    def transfer(self, *_given: object) -> bool:
        """Refused."""
        self.revert("Error", words.UNSUPPORTED)

    def transferFrom(self, *_given: object) -> bool:
        """Refused."""
        self.revert("Error", words.UNSUPPORTED)

    def approve(self, *_given: object) -> bool:
        """Refused."""
        self.revert("Error", words.UNSUPPORTED)

    def allowance(self, *_given: object) -> int:
        """Refused."""
        self.revert("Error", words.UNSUPPORTED)

    def increaseAllowance(self, *_given: object) -> bool:
        """Refused."""
        self.revert("Error", words.UNSUPPORTED)

    def decreaseAllowance(self, *_given: object) -> bool:
        """Refused."""
        self.revert("Error", words.UNSUPPORTED)

    def _delegate(self, owner: str, delegatee: str, amount: int) -> None:
        self.borrowAllowance[owner][delegatee] = amount
        self.emit("BorrowAllowanceDelegated", owner, delegatee, self.asset, amount)

    def _index(self) -> int:
        return int(self.pool.getReserveNormalizedVariableDebt(self.asset))
