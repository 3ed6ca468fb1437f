"""Reverts of feeds and of the oracle hub, one class for each custom error of the contracts."""

from __future__ import annotations

from weiproof.engine.errors import Revert


class OracleError(Revert):
    """A feed or the hub refuses."""


class FeedUnreadable(OracleError):
    """The feed reverts, needs too much gas or answers with less than a round."""

    parameters = ("priceId", "feed")
    selector = bytes.fromhex("4658ccd7")


class FutureRound(OracleError):
    """The round is stamped later than the block."""

    parameters = ("priceId", "feed", "updatedAt")
    selector = bytes.fromhex("b7735bb3")


class IncompleteRound(OracleError):
    """The round has no timestamp or carries an older round's answer."""

    parameters = ("priceId", "feed", "roundId")
    selector = bytes.fromhex("f7cc6de7")


class InvalidConfiguration(OracleError):
    """A parameter of ``configure`` is out of bounds."""

    parameters = ("priceId", "parameter")
    selector = bytes.fromhex("f3e8e193")


class NonPositiveAnswer(OracleError):
    """The answer is zero or negative."""

    parameters = ("priceId", "feed", "answer")
    selector = bytes.fromhex("46bcf924")


class PriceTooLarge(OracleError):
    """The answer exceeds ``MAX_PRICE``."""

    parameters = ("priceId", "feed", "answer")
    selector = bytes.fromhex("4ede2ca9")


class StalePrice(OracleError):
    """The round is older than the age limit."""

    parameters = ("priceId", "feed", "updatedAt", "maxAge")
    selector = bytes.fromhex("73081a70")


class UnknownPrice(OracleError):
    """No feeds are configured for the price."""

    parameters = ("priceId",)
    selector = bytes.fromhex("b8215d0b")


class AnswerOutOfBounds(OracleError):
    """The answer lies outside the feed's bounds and was not stored."""

    parameters = ("answer", "minAnswer", "maxAnswer")
    selector = bytes.fromhex("f563842f")


class ObservationInFuture(OracleError):
    """The observation lies after the block."""

    parameters = ("observedAt", "blockTime")
    selector = bytes.fromhex("034aa5a6")


class FeedFailing(OracleError):
    """The feed was told to fail."""

    parameters = ()
    selector = bytes.fromhex("c4ee4298")


class AnswerOutsideBounds(OracleError):
    """The answer lies outside the bounds that the hub has for the feed."""

    parameters = ("priceId", "feed", "answer")
    selector = bytes.fromhex("b7ac1d4a")


class DeviationTooLarge(OracleError):
    """The price is too far from its anchor."""

    parameters = ("priceId", "price", "anchor")
    selector = bytes.fromhex("28413257")


class StepTooLarge(OracleError):
    """The price is too far from the one recorded last."""

    parameters = ("priceId", "price", "recorded")
    selector = bytes.fromhex("3225ffdc")


class SequencerUnreadable(OracleError):
    """The sequencer's feed cannot be read or was never written."""

    parameters = ("feed",)
    selector = bytes.fromhex("85d21773")


class SequencerDown(OracleError):
    """The sequencer is down."""

    parameters = ("feed",)
    selector = bytes.fromhex("3ba861c9")


class SequencerInGrace(OracleError):
    """The sequencer came up too short a while ago."""

    parameters = ("feed", "since", "grace")
    selector = bytes.fromhex("678b178b")


class ConfidenceTooWide(OracleError):
    """The confidence interval is wider than the feed allows."""

    parameters = ("price", "conf")
    selector = bytes.fromhex("20e0eeed")


class ExponentRefused(OracleError):
    """The exponent is not that of the feed's decimals, or no feed can have so many."""

    parameters = ("expo",)
    selector = bytes.fromhex("d35b9adb")


class PriceFeedNotFound(OracleError):
    """There is no price."""

    parameters = ()
    selector = bytes.fromhex("14aebe68")


class RateRefused(OracleError):
    """The rate is zero, or so high that the answer may not fit."""

    parameters = ("exchangeRate",)
    selector = bytes.fromhex("2472ed06")
