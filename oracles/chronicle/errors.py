"""Reverts of Chronicle's contracts."""

from __future__ import annotations

from weiproof.oracles.errors import OracleError


class NotAuthorized(OracleError):
    """The caller may not configure."""

    parameters = ("caller",)
    selector = bytes.fromhex("4a0bfec1")


class NotTolled(OracleError):
    """The caller may not read."""

    parameters = ("caller",)
    selector = bytes.fromhex("d957b595")


class StaleMessage(OracleError):
    """The value is not newer than the current one."""

    parameters = ("givenAge", "currentAge")
    selector = bytes.fromhex("76f4b878")


class FutureMessage(OracleError):
    """The value is stamped after the block."""

    parameters = ("givenAge", "currentTimestamp")
    selector = bytes.fromhex("eea80f52")


class BarNotReached(OracleError):
    """Fewer or more feeds signed than the bar asks for."""

    parameters = ("numberSigners", "bar")
    selector = bytes.fromhex("ce818a24")


class InvalidFeedId(OracleError):
    """There is no such feed."""

    parameters = ("feedId",)
    selector = bytes.fromhex("c523c75e")


class DoubleSigningAttempted(OracleError):
    """A feed is named twice."""

    parameters = ("feedId",)
    selector = bytes.fromhex("1280090c")


class SchnorrSignatureInvalid(OracleError):
    """The signature does not verify."""

    parameters = ()
    selector = bytes.fromhex("bd2a556b")


class InChallengePeriod(OracleError):
    """The optimistic value before can still be challenged."""

    parameters = ()
    selector = bytes.fromhex("8855b9e8")


class NoOpPokeToChallenge(OracleError):
    """No optimistic value can be challenged any more."""

    parameters = ()
    selector = bytes.fromhex("cff75876")


class SchnorrDataMismatch(OracleError):
    """What is challenged is not what was poked."""

    parameters = ("gotHash", "wantHash")
    selector = bytes.fromhex("73ceee30")


class SignerNotFeed(OracleError):
    """The signer of an optimistic value is no feed."""

    parameters = ("signer",)
    selector = bytes.fromhex("56d7d2e8")
