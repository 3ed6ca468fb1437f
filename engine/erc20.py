"""The twin of OpenZeppelin's ``ERC20``, with the faucet that all tokens of a simulation have."""

from __future__ import annotations

from dataclasses import dataclass

from .contract import ZERO_ADDRESS, Contract, World
from .errors import INDEX_OUT_OF_RANGE, Panic, Revert
from .fixed_point import MAX_UINT256, OVERFLOW
from .state import Record, Table


@dataclass(slots=True)
class Amount(Record):
    """A balance, an allowance or a supply, token units."""

    value: int = 0


class TokenError(Revert):
    """A token refuses."""


class ERC20InsufficientAllowance(TokenError):
    """The spender may not move that much (OpenZeppelin)."""

    parameters = ("spender", "allowance", "needed")
    selector = bytes.fromhex("fb8f41b2")


class ERC20InsufficientBalance(TokenError):
    """The holder has less than that (OpenZeppelin)."""

    parameters = ("sender", "balance", "needed")
    selector = bytes.fromhex("e450d38c")


class ERC20InvalidApprover(TokenError):
    """The zero address cannot approve (OpenZeppelin)."""

    parameters = ("approver",)
    selector = bytes.fromhex("e602df05")


class ERC20InvalidReceiver(TokenError):
    """Tokens cannot go to the zero address (OpenZeppelin)."""

    parameters = ("receiver",)
    selector = bytes.fromhex("ec442f05")


class ERC20InvalidSpender(TokenError):
    """The zero address cannot spend (OpenZeppelin)."""

    parameters = ("spender",)
    selector = bytes.fromhex("94280d62")


class ERC20(Contract):
    """A token; its records are kept under its label."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world, name)
        self._balances = Table(world.store, "balance", Amount)
        self._allowances = Table(world.store, "allowance", Amount)
        self._supply = Table(world.store, "supply", Amount)

    def balanceOf(self, holder: str) -> tuple[int]:
        """What an address holds."""
        return (self._balances.read(self.name, holder).value,)

    def allowance(self, owner: str, spender: str) -> tuple[int]:
        """What `spender` may move of the owner's tokens."""
        return (self._allowances.read(self.name, owner, spender).value,)

    def totalSupply(self) -> tuple[int]:
        """All tokens."""
        return (self._supply.read(self.name).value,)

    def approve(self, spender: str, amount: int) -> tuple[bool]:
        """Lets `spender` move up to `amount` of the caller's tokens."""
        self._approve(self.world.sender, spender, amount)
        return (True,)

    def transfer(self, to: str, amount: int) -> tuple[bool]:
        """Moves the caller's tokens."""
        self.move(self.world.sender, to, amount)
        return (True,)

    def transferFrom(self, source: str, to: str, amount: int) -> tuple[bool]:
        """Moves another's tokens within the allowance."""
        self.transfer_from(self.world.sender, source, to, amount)
        return (True,)

    def faucet(self, holders: tuple[str, ...], amounts: tuple[int, ...], spender: str) -> None:
        """Mints `amounts[i]` to `holders[i]`; `spender` may move all that each of them holds."""
        # EFFECTS
        for i, holder in enumerate(holders):
            if i >= len(amounts):
                raise Panic(INDEX_OUT_OF_RANGE)
            self._mint(holder, amounts[i])
            self._approve(holder, spender, MAX_UINT256)

    def transfer_from(self, spender: str, source: str, to: str, amount: int) -> None:
        """Moves tokens for `spender`, using up its allowance unless that is unlimited."""
        # CHECKS
        allowance = self._allowances.read(self.name, source, spender).value
        if allowance < MAX_UINT256:
            if allowance < amount:
                raise ERC20InsufficientAllowance(spender, allowance, amount)
            if source == ZERO_ADDRESS:
                raise ERC20InvalidApprover(source)
            # EFFECTS
            self._allowances.edit(self.name, source, spender).value = allowance - amount
        self.move(source, to, amount)

    def move(self, source: str, to: str, amount: int) -> None:
        """Moves tokens from one holder to another."""
        # CHECKS
        if to == ZERO_ADDRESS:
            raise ERC20InvalidReceiver(ZERO_ADDRESS)
        balance = self._balances.read(self.name, source).value
        if balance < amount:
            raise ERC20InsufficientBalance(source, balance, amount)
        # EFFECTS
        self._balances.edit(self.name, source).value -= amount
        self._balances.edit(self.name, to).value += amount
        # EVENTS
        self.emit("Transfer", source, to, amount)

    def _mint(self, holder: str, amount: int) -> None:
        # CHECKS
        if holder == ZERO_ADDRESS:
            raise ERC20InvalidReceiver(ZERO_ADDRESS)
        supply = self._supply.edit(self.name)
        if supply.value + amount > MAX_UINT256:
            raise Panic(OVERFLOW)
        # EFFECTS
        supply.value += amount
        self._balances.edit(self.name, holder).value += amount
        # EVENTS
        self.emit("Transfer", ZERO_ADDRESS, holder, amount)

    def _burn(self, holder: str, amount: int) -> None:
        # EFFECTS
        self._balances.edit(self.name, holder).value -= amount
        self._supply.edit(self.name).value -= amount
        # EVENTS
        self.emit("Transfer", holder, ZERO_ADDRESS, amount)

    def _approve(self, owner: str, spender: str, amount: int) -> None:
        # CHECKS
        if spender == ZERO_ADDRESS:
            raise ERC20InvalidSpender(ZERO_ADDRESS)
        # EFFECTS
        self._allowances.edit(self.name, owner, spender).value = amount
        # EVENTS
        self.emit("Approval", owner, spender, amount)
