"""Reverts of readers of Tellor; the oracle itself reverts with texts."""

from __future__ import annotations

from weiproof.oracles.errors import OracleError


class NoValue(OracleError):
    """Nothing undisputed was reported before the time up to which is read."""

    parameters = ("before",)
    selector = bytes.fromhex("2c83dd4e")


class TooOld(OracleError):
    """The latest value that may be read is over the age limit."""

    parameters = ("timestamp",)
    selector = bytes.fromhex("34dce749")


class ValueTooLarge(OracleError):
    """The value does not fit an answer's signed word."""

    parameters = ("value",)
    selector = bytes.fromhex("98a06844")
