"""The twin of the underlying tokens."""

from __future__ import annotations

from weiproof.crosscheck.targets import Mapping, Twin, overload

ZERO = "0x" + "00" * 20


class Token(Twin):
    """An ERC-20 that everybody may mint."""

    def __init__(self, name: str, decimals: int) -> None:
        self.name = name
        self.symbol = name
        self.decimals = decimals
        self.totalSupply = 0
        self.balanceOf = Mapping(0)
        self.allowance = Mapping(lambda: Mapping(0))

    @overload("mint(uint256)")
    def mint_own(self, value: int) -> bool:
        """Mints for the sender."""
        return self.mint_for(self.sender, value)

    @overload("mint(address,uint256)")
    def mint_for(self, account: str, value: int) -> bool:
        """Mints for anybody."""
        self.require(account != ZERO, "Error", "ERC20: mint to the zero address")
        self.totalSupply = self._sum(self.totalSupply, value)
        self.balanceOf[account] = self._sum(self.balanceOf[account], value)
        self.emit("Transfer", ZERO, account, value)
        return True

    def transfer(self, recipient: str, amount: int) -> bool:
        """Moves the sender's tokens."""
        self._move(self.sender, recipient, amount)
        return True

    def transferFrom(self, sender: str, recipient: str, amount: int) -> bool:
        """Moves tokens that were approved; even the largest allowance is used up."""
        self._move(sender, recipient, amount)
        allowed = self.allowance[sender][self.sender]
        self.require(amount <= allowed, "Error", "ERC20: transfer amount exceeds allowance")
        self._approve(sender, self.sender, allowed - amount)
        return True

    def approve(self, spender: str, amount: int) -> bool:
        """Allows somebody to move the sender's tokens."""
        self._approve(self.sender, spender, amount)
        return True

    def increaseAllowance(self, spender: str, addedValue: int) -> bool:
        """Allows more."""
        allowed = self._sum(self.allowance[self.sender][spender], addedValue)
        self._approve(self.sender, spender, allowed)
        return True

    def decreaseAllowance(self, spender: str, subtractedValue: int) -> bool:
        """Allows less."""
        allowed = self.allowance[self.sender][spender]
        enough = subtractedValue <= allowed
        self.require(enough, "Error", "ERC20: decreased allowance below zero")
        self._approve(self.sender, spender, allowed - subtractedValue)
        return True

    def _move(self, sender: str, recipient: str, amount: int) -> None:
        self.require(sender != ZERO, "Error", "ERC20: transfer from the zero address")
        self.require(recipient != ZERO, "Error", "ERC20: transfer to the zero address")
        held = self.balanceOf[sender]
        self.require(amount <= held, "Error", "ERC20: transfer amount exceeds balance")
        self.balanceOf[sender] = held - amount
        self.balanceOf[recipient] = self._sum(self.balanceOf[recipient], amount)
        self.emit("Transfer", sender, recipient, amount)

    def _approve(self, owner: str, spender: str, amount: int) -> None:
        self.require(owner != ZERO, "Error", "ERC20: approve from the zero address")
        self.require(spender != ZERO, "Error", "ERC20: approve to the zero address")
        self.allowance[owner][spender] = amount
        self.emit("Approval", owner, spender, amount)

    def _sum(self, x: int, y: int) -> int:
        self.require(x + y < 1 << 256)
        return x + y
