"""Reports of Data Streams: their bytes, their clocks, and who takes them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from weiproof.engine.errors import EmptyRevert, Panic, Revert
from weiproof.oracles import data_streams
from weiproof.oracles.data_streams import (
    EmptyDataStreamMultiplier,
    ExpiredReport,
    Fault,
    GmxStream,
    InvalidDataStreamBidAsk,
    InvalidDataStreamFeedId,
    InvalidDataStreamPrices,
    InvalidDataStreamSpreadReductionFactor,
    MaxPriceAgeExceeded,
    Report,
    ReportPolicy,
    require_unexpired,
)

NOW = 1_700_000_000
FEED = b"\x00\x03" + b"\x11" * 30
REPORT = Report(FEED, NOW - 2, NOW - 1, 5, 6, NOW + 3600, 2_000, 1_999, 2_003)
TYPES = ("bytes32", "uint32", "uint32", "uint192", "uint192", "uint32", *("int192",) * 3)
SIGNATURES = {
    "ExpiredReport": "",
    "InvalidDataStreamFeedId": "address,bytes32,bytes32",
    "InvalidDataStreamPrices": "address,int192,int192",
    "InvalidDataStreamBidAsk": "address,int192,int192",
    "EmptyDataStreamMultiplier": "address",
    "InvalidDataStreamSpreadReductionFactor": "address,uint256",
    "MaxPriceAgeExceeded": "uint256,uint256",
}
TOKEN = "0x" + "ab" * 20
WAD = 10**30
STREAM = GmxStream(TOKEN, FEED, WAD)


@pytest.mark.parametrize("name", SIGNATURES)
def test_every_error_knows_its_selector(name: str) -> None:
    """The first four bytes of keccak256 of its signature."""
    error = getattr(data_streams, name)
    assert error.selector == keccak(text=f"{name}({SIGNATURES[name]})")[:4]
    assert len(error.parameters) == len([part for part in SIGNATURES[name].split(",") if part])


# BYTES


def times() -> st.SearchStrategy[int]:
    """Any time of 32 bits."""
    return st.integers(0, 2**32 - 1)


def prices() -> st.SearchStrategy[int]:
    """Any price of 192 bits."""
    return st.integers(-(2**191), 2**191 - 1)


def fees() -> st.SearchStrategy[int]:
    """Any fee of 192 bits."""
    return st.integers(0, 2**192 - 1)


@given(
    st.builds(
        Report, st.binary(min_size=32, max_size=32), times(), times(), fees(), fees(), times(),
        prices(), prices(), prices(),
    )
)  # fmt: skip
def test_a_report_is_nine_words(report: Report) -> None:
    """As eth_abi encodes them in the order of the schema, and back."""
    fields = [getattr(report, name) for name in Report.__slots__]
    assert report.encode() == encode(TYPES, fields)
    assert Report.decode(report.encode()) == report


@pytest.mark.parametrize("place", range(9))
def test_a_field_that_does_not_fit_reverts_without_data(place: int) -> None:
    """Each of them, just beyond its width, but for the id, of which every word is one."""
    dirty = {"uint32": 1 << 32, "uint192": 1 << 192, "int192": 1 << 191}.get(TYPES[place])
    words = REPORT.encode()
    for value in (dirty, None if dirty is None else (1 << 256) - dirty - 1):
        if value is None:
            continue
        changed = words[: 32 * place] + value.to_bytes(32, "big") + words[32 * (place + 1) :]
        with pytest.raises(EmptyRevert):
            Report.decode(changed)


def test_a_report_that_is_cut_short_reverts_without_data() -> None:
    """By one byte; more bytes than needed do not matter."""
    with pytest.raises(EmptyRevert):
        Report.decode(REPORT.encode()[:-1])
    assert Report.decode(REPORT.encode() + b"\xff") == REPORT


def test_no_report_is_made_that_does_not_fit() -> None:
    """A field beyond its width is a mistake of the caller."""
    for field, value in (("expires_at", 2**32), ("price", 2**191), ("native_fee", -1)):
        with pytest.raises(ValueError, match="not a"):
            replace(REPORT, **{field: value})  # type: ignore[arg-type]  # integers all


def test_the_schema_is_in_the_id() -> None:
    """Its first two bytes."""
    assert REPORT.version == 3


# CLOCKS


def test_a_report_is_verified_in_its_last_second() -> None:
    """And not in the next; nothing but the expiry counts."""
    old = replace(REPORT, observations_timestamp=1, valid_from_timestamp=1)
    require_unexpired(old, NOW + 3600)
    with pytest.raises(ExpiredReport):
        require_unexpired(old, NOW + 3601)


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({}, ()),
        ({"expires_at": NOW}, ()),
        ({"expires_at": NOW - 1}, (Fault.EXPIRED,)),
        ({"observations_timestamp": NOW - 60}, ()),
        ({"observations_timestamp": NOW - 61}, (Fault.TOO_OLD,)),
        ({"observations_timestamp": NOW + 5}, ()),
        ({"observations_timestamp": NOW + 6}, (Fault.OBSERVED_IN_FUTURE,)),
        ({"valid_from_timestamp": NOW + 5}, ()),
        ({"valid_from_timestamp": NOW + 6}, (Fault.NOT_YET_VALID,)),
        ({"bid": 1}, ()),
        ({"bid": 0}, (Fault.NOT_POSITIVE,)),
        ({"bid": 2_000, "ask": 2_000}, ()),
        ({"bid": 2_001}, (Fault.OUTSIDE_SPREAD,)),
        ({"price": 2_004}, (Fault.OUTSIDE_SPREAD,)),
        ({"bid": 2_004}, (Fault.CROSSED, Fault.OUTSIDE_SPREAD)),
        ({"price": -1}, (Fault.NOT_POSITIVE, Fault.OUTSIDE_SPREAD)),
    ],
)
def test_a_careful_consumer_names_every_fault(
    changes: dict[str, int], faults: tuple[Fault, ...]
) -> None:
    """Each clock and each price by itself, to the second and to the unit."""
    policy = ReportPolicy(max_age=60, max_ahead=5)
    assert policy.faults(replace(REPORT, **changes), NOW) == faults  # type: ignore[arg-type]  # integers all


# GMX


def refused(stream: GmxStream, report: Report) -> tuple[type[Revert], tuple[object, ...]]:
    """Why there is no price."""
    with pytest.raises(Revert) as caught:
        stream.price(report)
    return type(caught.value), caught.value.args


def test_gmx_takes_bid_and_ask_at_the_time_of_observation() -> None:
    """Expiry and median are not looked at."""
    report = replace(REPORT, expires_at=0, price=-5)
    assert STREAM.price(report) == (1_999, 2_003, NOW - 1)


def test_gmx_refuses_in_order() -> None:
    """Feed, signs, order, multiplier, reduction; an equal bid and ask pass."""
    other = b"\x00\x03" + b"\x22" * 30
    bad = replace(REPORT, feed_id=other, bid=0)
    assert refused(STREAM, bad) == (InvalidDataStreamFeedId, (TOKEN, other, FEED))
    for bid, ask in ((0, 5), (5, 0), (-1, 5), (5, -1)):
        bad = replace(REPORT, bid=bid, ask=ask)
        assert refused(STREAM, bad) == (InvalidDataStreamPrices, (TOKEN, bid, ask))
    bad = replace(REPORT, bid=6, ask=5)
    assert refused(replace(STREAM, multiplier=0), bad) == (InvalidDataStreamBidAsk, (TOKEN, 6, 5))
    assert STREAM.price(replace(REPORT, bid=5, ask=5))[:2] == (5, 5)
    stream = replace(STREAM, multiplier=0, spread_reduction=WAD + 1)
    assert refused(stream, REPORT) == (EmptyDataStreamMultiplier, (TOKEN,))
    stream = replace(STREAM, spread_reduction=WAD + 1)
    expected = (InvalidDataStreamSpreadReductionFactor, (TOKEN, WAD + 1))
    assert refused(stream, REPORT) == expected


def test_gmx_scales_down() -> None:
    """Bid and ask are each multiplied and rounded down."""
    stream = replace(STREAM, multiplier=WAD // 2)
    assert stream.price(REPORT)[:2] == (999, 1_001)


@pytest.mark.parametrize(
    ("reduction", "prices"),
    [(0, (10, 17)), (WAD - 1, (12, 15)), (WAD // 2, (11, 16)), (WAD, (13, 13)), (1, (10, 17))],
)
def test_gmx_narrows_the_spread(reduction: int, prices: tuple[int, int]) -> None:
    """By a share of half of it, rounded down twice; all of it is the floored middle."""
    report = replace(REPORT, bid=10, ask=17)
    assert replace(STREAM, spread_reduction=reduction).price(report)[:2] == prices


def test_gmx_takes_prices_from_the_future() -> None:
    """Exactly as old as allowed passes, and so does any time to come."""
    STREAM.require_fresh(NOW - 300, NOW, 300)
    STREAM.require_fresh(NOW + 10**9, NOW, 300)
    with pytest.raises(MaxPriceAgeExceeded) as caught:
        STREAM.require_fresh(NOW - 301, NOW, 300)
    assert caught.value.args == (NOW - 301, NOW)


def test_gmx_takes_the_adjustment_off_the_time() -> None:
    """More of it than there is time panics."""
    assert replace(STREAM, timestamp_adjustment=9).price(REPORT)[2] == NOW - 10
    early = replace(REPORT, observations_timestamp=8)
    assert refused(replace(STREAM, timestamp_adjustment=9), early) == (Panic, (0x11,))
