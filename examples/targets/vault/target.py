"""The vault and its model, which rounds for the vault everywhere."""

from __future__ import annotations

from weiproof.crosscheck.targets import Deploy, Mapping, Target, Twin, uint256

FEE_BPS = 30
LOCK = 3600


def div_up(numerator: int, denominator: int) -> int:
    """Division rounded up; by zero it panics, as in Solidity."""
    return -(-numerator // denominator)


class Vault(Twin):
    """What Vault.sol should do. Attributes answer the getters of the same names."""

    def __init__(self) -> None:
        self.totalAssets = 0
        self.totalShares = 0
        self.sharesOf = Mapping(0)
        self.unlockedAt = Mapping(0)

    def deposit(self, assets: int) -> int:
        """Shares for assets, rounded down."""
        self.require(0 < assets < 2**128, "ZeroAmount")
        shares = assets
        if self.totalShares:
            shares = uint256(assets * self.totalShares) // self.totalAssets
        self.totalAssets = uint256(self.totalAssets + assets)
        self.totalShares = uint256(self.totalShares + shares)
        self.sharesOf[self.sender] += shares
        self.unlockedAt[self.sender] = self.now + LOCK
        self.emit("Deposited", self.sender, assets, shares)
        return shares

    def withdraw(self, assets: int) -> int:
        """Burns shares, rounded up; the fee, rounded up, stays."""
        self.require(0 < assets <= self.totalAssets, "ZeroAmount")
        until = self.unlockedAt[self.sender]
        self.require(self.now >= until, "Locked", self.sender, until)
        shares = self.sharesFor(assets)
        held = self.sharesOf[self.sender]
        self.require(shares <= held, "InsufficientShares", self.sender, held, shares)
        fee = div_up(assets * FEE_BPS, 10_000)
        self.sharesOf[self.sender] = held - shares
        self.totalShares -= shares
        self.totalAssets -= assets - fee
        self.emit("Withdrawn", self.sender, assets - fee, shares, fee)
        return shares

    def donate(self, assets: int) -> None:
        """Assets without shares."""
        self.require(0 < assets < 2**128, "ZeroAmount")
        self.totalAssets = uint256(self.totalAssets + assets)
        self.emit("Donated", self.sender, assets)

    def sharesFor(self, assets: int) -> int:
        """Shares that are burned for assets, rounded up."""
        return div_up(uint256(assets * self.totalShares), self.totalAssets)

    def FEE_BPS(self) -> int:
        """The fee, hundredths of a per cent."""
        return FEE_BPS

    def LOCK(self) -> int:
        """Seconds between the last deposit and a withdrawal."""
        return LOCK


class VaultTarget(Target):
    """One vault, four holders."""

    artifacts = "out"
    sources = "src"
    contracts = (Deploy("vault", "Vault", model=Vault),)
