"""The token and the stakes of ``TellorPlayground`` (usingtellor 5.0.5): anybody may mint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.engine.contract import ZERO_ADDRESS, Contract
from weiproof.engine.errors import RevertReason
from weiproof.engine.fixed_point import to_uint256
from weiproof.engine.state import Record, Table

if TYPE_CHECKING:
    from weiproof.engine.contract import World

FAUCET = 1000 * 10**18
"""Tokens that each call of the faucet mints, 18 decimals."""

WITHDRAWAL_DELAY = 7 * 86_400
"""Seconds between a request to withdraw a stake and the withdrawal, inclusive."""

TIME_BASED_REWARD = 5 * 10**17


@dataclass(slots=True)
class Amount(Record):
    """A balance, an allowance or a supply; 18 decimals."""

    value: int = 0


@dataclass(slots=True)
class Staker(Record):
    """What is known of a reporter."""

    start_date: int = 0
    """Time of the last deposit or request, unix seconds."""
    staked: int = 0
    locked: int = 0
    """What was asked back; 18 decimals, as what is staked."""
    last_report: int = 0
    """Unix seconds."""
    reports: int = 0


class PlaygroundToken(Contract):
    """An ERC20 token that mints for everybody and keeps stakes."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world, name)
        self._balances = Table(world.store, "tellorBalance", Amount)
        self._allowances = Table(world.store, "tellorAllowance", Amount)
        self._supply = Table(world.store, "tellorSupply", Amount)
        self._stakers = Table(world.store, "tellorStaker", Staker)

    # TOKEN

    def symbol(self) -> tuple[str]:
        """Symbol of the token."""
        return ("TRBP",)

    def decimals(self) -> tuple[int]:
        """Eighteen."""
        return (18,)

    def token(self) -> tuple[str]:
        """Itself."""
        return (self.address,)

    def totalSupply(self) -> tuple[int]:
        """All that was minted."""
        return (self._supply.read(self.name).value,)

    def balanceOf(self, _account: str) -> tuple[int]:
        """What an account holds."""
        return (self._balances.read(self.name, _account).value,)

    def allowance(self, _owner: str, _spender: str) -> tuple[int]:
        """What a spender may move of an owner's."""
        return (self._allowances.read(self.name, _owner, _spender).value,)

    def faucet(self, _user: str) -> None:
        """Mints 1,000 tokens."""
        if _user == ZERO_ADDRESS:
            raise RevertReason("ERC20: mint to the zero address")
        supply = self._supply.edit(self.name)
        supply.value = to_uint256(supply.value + FAUCET)
        self._balances.edit(self.name, _user).value += FAUCET
        self.emit("Transfer", ZERO_ADDRESS, _user, FAUCET)

    def approve(self, _spender: str, _amount: int) -> tuple[bool]:
        """Lets a spender move tokens of the caller's."""
        self._approve(self.world.sender, _spender, _amount)
        return (True,)

    def transfer(self, _recipient: str, _amount: int) -> tuple[bool]:
        """Moves tokens of the caller's."""
        self._transfer(self.world.sender, _recipient, _amount)
        return (True,)

    def transferFrom(self, _sender: str, _recipient: str, _amount: int) -> tuple[bool]:
        """Moves tokens that the caller may move; even an infinite allowance shrinks."""
        self._transfer(_sender, _recipient, _amount)
        spender = self.world.sender
        (allowed,) = self.allowance(_sender, spender)
        self._approve(_sender, spender, to_uint256(allowed - _amount))
        return (True,)

    def _approve(self, owner: str, spender: str, amount: int) -> None:
        if spender == ZERO_ADDRESS:
            raise RevertReason("ERC20: approve to the zero address")
        self._allowances.edit(self.name, owner, spender).value = amount
        self.emit("Approval", owner, spender, amount)

    def _transfer(self, sender: str, recipient: str, amount: int) -> None:
        """Moves tokens; panics with 0x11 where there are too few."""
        if sender == ZERO_ADDRESS:
            raise RevertReason("ERC20: transfer from the zero address")
        if recipient == ZERO_ADDRESS:
            raise RevertReason("ERC20: transfer to the zero address")
        balance = self._balances.edit(self.name, sender)
        balance.value = to_uint256(balance.value - amount)
        self._balances.edit(self.name, recipient).value += amount
        self.emit("Transfer", sender, recipient, amount)

    def _collect(self, amount: int) -> None:
        """Takes tokens of the caller's.

        It checks what the caller allowed the contract, and writes what is left of that as what the
        caller allows itself: the contract's own allowance never shrinks.
        """
        sender = self.world.sender
        self._transfer(sender, self.address, amount)
        (allowed,) = self.allowance(sender, self.address)
        self._approve(sender, sender, to_uint256(allowed - amount))

    # STAKES

    def stakeAmount(self) -> tuple[int]:
        """Stake that a reporter needs: none."""
        return (0,)

    def getStakeAmount(self) -> tuple[int]:
        """Stake that a reporter needs: none."""
        return (0,)

    def timeBasedReward(self) -> tuple[int]:
        """A reward that nobody gets."""
        return (TIME_BASED_REWARD,)

    def tips(self, _queryId: bytes) -> tuple[int]:
        """Tips for a query: nobody can tip."""
        return (0,)

    def tipsInContract(self) -> tuple[int]:
        """All tips."""
        return (0,)

    def getStakerInfo(
        self, _stakerAddress: str
    ) -> tuple[int, int, int, int, int, int, int, int, bool]:
        """Start, staked, locked, 0, last report's time, reports, 0, 0, false."""
        found = self._stakers.read(self.name, _stakerAddress)
        held = (found.start_date, found.staked, found.locked)
        return (*held, 0, found.last_report, found.reports, 0, 0, False)

    def addStakingRewards(self, _amount: int) -> None:
        """Takes tokens that nobody gets back."""
        self._collect(_amount)

    def depositStake(self, _amount: int) -> None:
        """Stakes tokens: first those asked back and not withdrawn, then the caller's."""
        staker = self._stakers.edit(self.name, self.world.sender)
        if staker.locked >= _amount and staker.locked > 0:
            staker.locked -= _amount
        else:
            self._collect(_amount - staker.locked)
            staker.locked = 0
        staker.start_date = self.world.now
        staker.staked += _amount
        self.emit("NewStaker", self.world.sender, _amount)

    def requestStakingWithdraw(self, _amount: int) -> None:
        """Asks for staked tokens; the wait for all that was asked starts again."""
        staker = self._stakers.edit(self.name, self.world.sender)
        if staker.staked < _amount:
            raise RevertReason("insufficient staked balance")
        staker.start_date = self.world.now
        staker.locked += _amount
        staker.staked -= _amount
        self.emit("StakeWithdrawRequested", self.world.sender, _amount)

    def withdrawStake(self) -> None:
        """Pays out what was asked for, seven days after the last request or deposit."""
        staker = self._stakers.edit(self.name, self.world.sender)
        if self.world.now - staker.start_date < WITHDRAWAL_DELAY:
            raise RevertReason("7 days didn't pass")
        if staker.locked == 0:
            raise RevertReason("reporter not locked for withdrawal")
        self._transfer(self.address, self.world.sender, staker.locked)
        staker.locked = 0
        self.emit("StakeWithdrawn", self.world.sender)
