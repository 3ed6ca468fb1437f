"""Reports of Chainlink Data Streams, schema v3: a price that whoever uses it brings.

Four clocks of a report must be kept apart: from when and until when its price applies, when it
expires, and the block's. Verification looks at the expiry alone, and only where a fee manager is
set; the age is for the consumer to judge. Signatures are not modelled.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from enum import Enum
from typing import Any, cast

from weiproof.engine.fixed_point import mul_div_down, to_uint256

from .errors import OracleError
from .words import decode_words, encode_words

_FIELDS = (
    ("bytes32", "uint32", "uint32", "uint192", "uint192", "uint32", "int192", "int192", "int192")
)  # fmt: skip

FLOAT_PRECISION = 10**30
"""One, for GMX's multipliers and factors."""


class ExpiredReport(OracleError):
    """The report can no longer be verified (Chainlink's fee managers)."""

    selector = bytes.fromhex("b6c405f5")


class InvalidDataStreamFeedId(OracleError):
    """The report is of another feed (GMX)."""

    parameters = ("token", "feedId", "expectedFeedId")
    selector = bytes.fromhex("a4949e25")


class InvalidDataStreamPrices(OracleError):
    """Bid or ask is zero or negative (GMX)."""

    parameters = ("token", "bid", "ask")
    selector = bytes.fromhex("2a74194d")


class InvalidDataStreamBidAsk(OracleError):
    """The bid is above the ask (GMX)."""

    parameters = ("token", "bid", "ask")
    selector = bytes.fromhex("8d56bea1")


class EmptyDataStreamMultiplier(OracleError):
    """No multiplier is set for the token (GMX)."""

    parameters = ("token",)
    selector = bytes.fromhex("088405c6")


class InvalidDataStreamSpreadReductionFactor(OracleError):
    """The spread would be reduced by more than all of it (GMX)."""

    parameters = ("token", "spreadReductionFactor")
    selector = bytes.fromhex("6e0c29ed")


class MaxPriceAgeExceeded(OracleError):
    """The price is too old (GMX)."""

    parameters = ("oracleTimestamp", "currentTimestamp")
    selector = bytes.fromhex("2b6e7c3f")


@dataclass(frozen=True, slots=True)
class Report:
    """What the network signed; times in unix seconds, prices in the feed's decimals.

    Raises ValueError where a field does not fit its width.
    """

    feed_id: bytes
    """Its first two bytes are the schema's version."""
    valid_from_timestamp: int
    """Earliest time for which the price applies."""
    observations_timestamp: int
    """Latest time for which the price applies: when it was observed."""
    native_fee: int
    """Price of verification in the chain's own token, wei."""
    link_fee: int
    """Price of verification in LINK, wei."""
    expires_at: int
    """Last time at which the report is verified."""
    price: int
    """Median."""
    bid: int
    ask: int

    def __post_init__(self) -> None:
        self.encode()

    @classmethod
    def decode(cls, body: bytes) -> Report:
        """The report in ``abi.encode`` of its fields.

        Reverts without data where bytes are missing or a field does not fit its width, as a
        consumer's ``abi.decode`` does.
        """
        values: tuple[Any, ...] = decode_words(_FIELDS, body)
        return cls(*values)

    def encode(self) -> bytes:
        """``abi.encode`` of the fields, as they are signed."""
        return encode_words(_FIELDS, cast("tuple[int | bytes, ...]", astuple(self)))

    @property
    def version(self) -> int:
        """Version of the schema, from the feed's id."""
        return int.from_bytes(self.feed_id[:2], "big")


# VERIFICATION


def require_unexpired(report: Report, now: int) -> None:
    """What a fee manager asks before it takes a fee (0.3.0 to 0.5.0).

    Reverts with ExpiredReport after the second of the expiry, in which it still verifies. The
    verifier 0.4.0 hides the reason behind BadVerification.
    """
    if report.expires_at < now:
        raise ExpiredReport


# CONSUMERS


class Fault(Enum):
    """Why a consumer does not take a report."""

    EXPIRED = "expired"
    NOT_YET_VALID = "not yet valid"
    OBSERVED_IN_FUTURE = "observed in the future"
    TOO_OLD = "too old"
    NOT_POSITIVE = "not positive"
    CROSSED = "bid above ask"
    OUTSIDE_SPREAD = "price outside bid and ask"


@dataclass(frozen=True, slots=True)
class ReportPolicy:
    """A careful consumer: which reports it takes. Ages in seconds, the edges pass."""

    max_age: int
    """Most time since the observation."""
    max_ahead: int = 0
    """Most time until the observation, where the block's clock is behind."""

    def faults(self, report: Report, now: int) -> tuple[Fault, ...]:
        """Everything that is wrong with a report at a block's time; nothing if it is taken."""
        observed = report.observations_timestamp
        checks = (
            (Fault.EXPIRED, report.expires_at < now),
            (Fault.NOT_YET_VALID, report.valid_from_timestamp > now + self.max_ahead),
            (Fault.OBSERVED_IN_FUTURE, observed > now + self.max_ahead),
            (Fault.TOO_OLD, observed + self.max_age < now),
            (Fault.NOT_POSITIVE, min(report.bid, report.price, report.ask) <= 0),
            (Fault.CROSSED, report.bid > report.ask),
            (Fault.OUTSIDE_SPREAD, not report.bid <= report.price <= report.ask),
        )
        return tuple(fault for fault, found in checks if found)


@dataclass(frozen=True, slots=True)
class GmxStream:
    """How GMX v2 is configured for a token: ``ChainlinkDataStreamProvider`` and ``Oracle``."""

    token: str
    feed_id: bytes
    multiplier: int
    """From the feed's decimals to GMX's, in 30 decimals."""
    spread_reduction: int = 0
    """Share of the spread that is taken away, in 30 decimals."""
    timestamp_adjustment: int = 0
    """Seconds that are taken off the time of observation."""

    def price(self, report: Report) -> tuple[int, int, int]:
        """Least and most price, and its time; each product is rounded down.

        Reverts in the provider's order; neither expiry nor median is looked at.
        """
        self._check(report)
        bid = mul_div_down(report.bid, self.multiplier, FLOAT_PRECISION)
        ask = mul_div_down(report.ask, self.multiplier, FLOAT_PRECISION)
        if self.spread_reduction > FLOAT_PRECISION:
            raise InvalidDataStreamSpreadReductionFactor(self.token, self.spread_reduction)
        if self.spread_reduction == FLOAT_PRECISION:
            bid = ask = (ask + bid) // 2
        elif self.spread_reduction:
            half = (ask - bid) // 2
            less = mul_div_down(half, self.spread_reduction, FLOAT_PRECISION)
            bid, ask = bid + less, ask - less
        return bid, ask, to_uint256(report.observations_timestamp - self.timestamp_adjustment)

    def require_fresh(self, timestamp: int, now: int, max_age: int) -> None:
        """Reverts with MaxPriceAgeExceeded beyond an age in seconds; the future is fresh."""
        if timestamp + max_age < now:
            raise MaxPriceAgeExceeded(timestamp, now)

    def _check(self, report: Report) -> None:
        prices = (self.token, report.bid, report.ask)
        if report.feed_id != self.feed_id:
            raise InvalidDataStreamFeedId(self.token, report.feed_id, self.feed_id)
        if report.bid <= 0 or report.ask <= 0:
            raise InvalidDataStreamPrices(*prices)
        if report.bid > report.ask:
            raise InvalidDataStreamBidAsk(*prices)
        if self.multiplier == 0:
            raise EmptyDataStreamMultiplier(self.token)
