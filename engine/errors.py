"""Reverts of the model, one class for each custom error of the contracts.

::

    Revert
    ├── Panic                    Solidity's own: overflow, division by zero, index out of range
    ├── EmptyRevert              a revert without data
    ├── RevertReason             a revert with a text, as ``require`` makes it
    ├── AccessControlError       OpenZeppelin's roles
    ├── ClearingHouseError       the clearing house and its rule libraries
    ├── (weiproof.engine.erc20.TokenError)
    ├── (weiproof.engine.timelock_errors.TimelockError)
    └── (weiproof.oracles.errors.OracleError)

A reverted call leaves the state untouched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from .call import bytes32

if TYPE_CHECKING:
    from .call import Value


INDEX_OUT_OF_RANGE = 0x32
"""Panic code of an array access beyond its end."""


class Revert(Exception):
    """A call that the contracts revert. Its arguments are the error's, in ABI order."""

    parameters: ClassVar[tuple[str, ...]] = ()
    """Names of the arguments."""
    selector: ClassVar[bytes] = b""
    """First four bytes of the revert data."""

    args: tuple[Value, ...]

    def __init__(self, *args: Value) -> None:
        if len(args) != len(self.parameters):
            message = f"{type(self).__name__} takes {self.parameters}, got {args}"
            raise TypeError(message)
        super().__init__(*args)

    @property
    def name(self) -> str:
        """Name of the Solidity error."""
        return type(self).__name__


class Panic(Revert):
    """An error that Solidity raises by itself."""

    parameters = ("code",)
    selector = bytes.fromhex("4e487b71")


class EmptyRevert(Revert):
    """A revert without data, such as a call to an address that holds no such contract."""

    @property
    def name(self) -> str:
        """Empty."""
        return ""


class RevertReason(Revert):
    """A revert with a text."""

    parameters = ("reason",)
    selector = bytes.fromhex("08c379a0")

    @property
    def name(self) -> str:
        """``Error``, as Solidity calls it."""
        return "Error"


class AccessControlError(Revert):
    """A role is missing."""


class ClearingHouseError(Revert):
    """The clearing house refuses."""


class AccessControlBadConfirmation(AccessControlError):
    """Only one's own role can be renounced (OpenZeppelin)."""

    parameters = ()
    selector = bytes.fromhex("6697b232")


class AccessControlUnauthorizedAccount(AccessControlError):
    """The caller lacks the role (OpenZeppelin)."""

    parameters = ("account", "neededRole")
    selector = bytes.fromhex("e2517d3f")


class AmountOutOfBounds(ClearingHouseError):
    """Amount is zero or would take the vault beyond its bound."""

    parameters = ("amount",)
    selector = bytes.fromhex("3fb33fbc")


class ExceedsFees(ClearingHouseError):
    """More fees than were collected; token units."""

    parameters = ("amount", "fees")
    selector = bytes.fromhex("b60da9af")


class ExceedsWithdrawable(ClearingHouseError):
    """More than can be withdrawn; both in token units."""

    parameters = ("account", "amount", "withdrawable")
    selector = bytes.fromhex("ec0198f8")


class InsufficientCash(ClearingHouseError):
    """The account's cash does not cover fee and reserve; wei."""

    parameters = ("account", "cash")
    selector = bytes.fromhex("8b59cb1f")


class InsufficientLiquidity(ClearingHouseError):
    """The vault holds less than was asked for; token units."""

    parameters = ("amount", "vault")
    selector = bytes.fromhex("a17e11d5")


class InsufficientMargin(ClearingHouseError):
    """The account would end below initial margin; wei."""

    parameters = ("account", "equity", "initialMargin")
    selector = bytes.fromhex("ccc9e3c2")


class InvalidParameter(ClearingHouseError):
    """A parameter is out of its documented bounds."""

    parameters = ("parameter",)
    selector = bytes.fromhex("48bae5b8")

    @classmethod
    def named(cls, parameter: str) -> InvalidParameter:
        """The error for a parameter by its Solidity name."""
        return cls(bytes32(parameter))


class InvalidNotional(ClearingHouseError):
    """Not a sum of limit prices on the tick times sizes on the step, for that size; wei."""

    parameters = ("notional",)
    selector = bytes.fromhex("19ebac45")


class InvalidPrice(ClearingHouseError):
    """Price is zero, too large, or not a multiple of the market's tick."""

    parameters = ("price",)
    selector = bytes.fromhex("f9632e86")


class InvalidSize(ClearingHouseError):
    """Size is zero, too large, or not a multiple of the market's step."""

    parameters = ("size",)
    selector = bytes.fromhex("05082fa2")


class MarketIsPaused(ClearingHouseError):
    """The market is paused."""

    parameters = ("marketId",)
    selector = bytes.fromhex("d74502be")


class NoPosition(ClearingHouseError):
    """The account has no open position in the market."""

    parameters = ("account", "marketId")
    selector = bytes.fromhex("7fd11b6d")


class NotFirstMarket(ClearingHouseError):
    """Another of the account's positions is taken over first."""

    parameters = ("account", "first")
    selector = bytes.fromhex("9364bffa")


class CoolingDown(ClearingHouseError):
    """What may be taken of the large account's position was taken; more may be after `until`."""

    parameters = ("account", "marketId", "until")
    selector = bytes.fromhex("213cfc35")


class NotLiquidatable(ClearingHouseError):
    """The account is not below maintenance."""

    parameters = ("account",)
    selector = bytes.fromhex("dd6e915d")


class NotOpposite(ClearingHouseError):
    """The counterparty holds nothing on the opposite side."""

    parameters = ("counterparty", "marketId")
    selector = bytes.fromhex("c3076bac")


class OpenInterestTooLarge(ClearingHouseError):
    """The trade would take the market's open interest beyond its cap."""

    parameters = ("marketId",)
    selector = bytes.fromhex("0944351a")


class PauseUnchanged(ClearingHouseError):
    """The pause already is as asked for."""

    parameters = ()
    selector = bytes.fromhex("a84fb45b")


class PositionTooLarge(ClearingHouseError):
    """The position would exceed the largest size."""

    parameters = ("account", "marketId")
    selector = bytes.fromhex("d879899d")


class PriceOutsideBand(ClearingHouseError):
    """Trade price too far from the index."""

    parameters = ("price", "index")
    selector = bytes.fromhex("55aa7821")


class SameAccount(ClearingHouseError):
    """Buyer and seller, liquidator and account, or account and counterparty are one."""

    parameters = ("account",)
    selector = bytes.fromhex("96eab70d")


class SystemIsPaused(ClearingHouseError):
    """The system is paused."""

    parameters = ()
    selector = bytes.fromhex("9583e3ca")


class TooManyMarkets(ClearingHouseError):
    """The account would hold more markets than it may."""

    parameters = ("account",)
    selector = bytes.fromhex("bda6fd66")


class UnknownMarket(ClearingHouseError):
    """There is no such market."""

    parameters = ("marketId",)
    selector = bytes.fromhex("69616b87")


class WithdrawalsGated(ClearingHouseError):
    """Withdrawals wait until bad debt is resolved; wei."""

    parameters = ("unresolvedBadDebt",)
    selector = bytes.fromhex("0ea6d16b")


class UnknownCollateral(ClearingHouseError):
    """There is no such collateral token."""

    parameters = ("collateralId",)
    selector = bytes.fromhex("12f432ab")


class TooManyCollaterals(ClearingHouseError):
    """The account would hold more collateral tokens than it may."""

    parameters = ("account",)
    selector = bytes.fromhex("1b7a7d8d")


class InsufficientCollateral(ClearingHouseError):
    """Amount is zero or more than the account holds; token units."""

    parameters = ("account", "amount", "held")
    selector = bytes.fromhex("4f4d34e4")


class CollateralCapExceeded(ClearingHouseError):
    """All accounts together would hold more of the token than its cap; token units."""

    parameters = ("amount", "total", "cap")
    selector = bytes.fromhex("9d2e7e6d")


class TotalCapExceeded(ClearingHouseError):
    """All tokens together would be worth more than the cap on them; wei."""

    parameters = ("worth",)
    selector = bytes.fromhex("d361598b")


class TransferFeeRefused(ClearingHouseError):
    """The token kept a part of what was moved; token units."""

    parameters = ("collateralId", "amount", "received")
    selector = bytes.fromhex("ccabd2f4")


class HealthLowered(ClearingHouseError):
    """What comes in counts less than what goes out."""

    parameters = ("account",)
    selector = bytes.fromhex("9af5d4c9")


class NotConvertible(ClearingHouseError):
    """The account is above maintenance and within the debt limit, or owes nothing."""

    parameters = ("account",)
    selector = bytes.fromhex("4c26a2a4")


class NoDeficit(ClearingHouseError):
    """The account owes nothing, or still has positions or tokens."""

    parameters = ("account",)
    selector = bytes.fromhex("74d0a366")


class NotAuthorised(ClearingHouseError):
    """The sender neither owns the account nor may act for it."""

    parameters = ("account", "sender")
    selector = bytes.fromhex("efd2afbe")


class AccountNotEmpty(ClearingHouseError):
    """The account still has a position, a quote or an order."""

    parameters = ("account",)
    selector = bytes.fromhex("a1c76cd3")


class IsolatedAccount(ClearingHouseError):
    """The account is tied to another market."""

    parameters = ("account", "marketId")
    selector = bytes.fromhex("58d84089")


class TooManyAccounts(ClearingHouseError):
    """More accounts than are settled in one call."""

    parameters = ("count",)
    selector = bytes.fromhex("0d67a3dc")


class RampInProgress(ClearingHouseError):
    """The market's terms are still on their way."""

    parameters = ("marketId", "until")
    selector = bytes.fromhex("622dbe34")


class OffsetRampInProgress(ClearingHouseError):
    """Offsets are still on their way."""

    parameters = ("until",)
    selector = bytes.fromhex("834871ce")
