"""Reverts of Pyth's contracts: ``PythErrors.sol`` of the SDK 4.3.1."""

from __future__ import annotations

from weiproof.oracles.errors import OracleError


class PythError(OracleError):
    """A Pyth contract refuses."""


class ExponentOverflow(PythError):
    """The scale is beyond 10**58 either way."""

    selector = bytes.fromhex("96c1d04c")


class InsufficientFee(PythError):
    """Less Ether was sent than the updates cost."""

    selector = bytes.fromhex("025dbdd4")


class InvalidArgument(PythError):
    """Two arrays are not equally long."""

    selector = bytes.fromhex("a9cb9e0d")


class InvalidInputExpo(PythError):
    """An exponent is below -255."""

    selector = bytes.fromhex("6a345a28")


class InvalidTwapUpdateData(PythError):
    """A point of a time-weighted average is not the first of its publish time."""

    selector = bytes.fromhex("1dbbd294")


class InvalidTwapUpdateDataSet(PythError):
    """Start and end of a time-weighted average do not belong together."""

    selector = bytes.fromhex("196224b0")


class InvalidUpdateData(PythError):
    """An update cannot be read."""

    selector = bytes.fromhex("e69ffece")


class NegativeInputPrice(PythError):
    """A price is below zero."""

    selector = bytes.fromhex("4db089c0")


class NoFreshUpdate(PythError):
    """None of the prices named is older than was said."""

    selector = bytes.fromhex("de2c57fa")


class PriceFeedNotFound(PythError):
    """Nothing was ever stored for the price."""

    selector = bytes.fromhex("14aebe68")


class PriceFeedNotFoundWithinRange(PythError):
    """No update for a price lies within the window."""

    selector = bytes.fromhex("45805f5d")


class StalePrice(PythError):
    """The publish time is too far from the block's, either way."""

    selector = bytes.fromhex("19abf40e")
