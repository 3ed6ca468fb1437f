"""Pyth's contracts for tests and for consumers: equal to the models; and where the mock differs.

Skipped where the packages are not installed: ``python examples/targets/install.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.oracles.pyth.pyth_desk import ETH, FEE, mock_update, real
from weiproof.contracts.chains import actor
from weiproof.crosscheck import driver
from weiproof.crosscheck.driver import Limits
from weiproof.crosscheck.opening import Opening
from weiproof.crosscheck.targets.bench import TwinBench
from weiproof.engine.call import Call
from weiproof.engine.errors import Panic, RevertReason
from weiproof.oracles.pyth import abstract_pyth, aggregator, errors, mock_pyth, utils
from weiproof.oracles.pyth.accumulator import PriceUpdate, encode_update
from weiproof.oracles.pyth.structs import NO_ID, Price, PriceFeed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from weiproof.engine.call import Outcome, Value

ROOT = Path(__file__).resolve().parent.parent.parent
TARGETS = ROOT / "examples" / "targets" / "oracles"
MOCK = Opening(TARGETS / "pyth_mock.py")
AGGREGATOR = Opening(TARGETS / "pyth_aggregator.py")
UTILS = Opening(TARGETS / "pyth_utils.py")
BUILD = ROOT / "node_modules" / ".targets" / "oracles" / "pyth"

pytestmark = pytest.mark.skipif(
    not BUILD.is_dir(), reason="the build is missing: python examples/targets/install.py"
)

START = 1_700_000_000
ALWAYS = (0, 2**64 - 1)
PARSE, UNIQUE = "parsePriceFeedUpdates", "parsePriceFeedUpdatesUnique"
CONFIG = "parsePriceFeedUpdatesWithConfig"
TWAP, NECESSARY = "parseTwapPriceFeedUpdates", "updatePriceFeedsIfNecessary"

MOCK_BRANCHES = (
    *(f"pyth.updatePriceFeeds: {ended}" for ended in ("0 events", "1 events", "2 events")),
    *(
        f"pyth.{name}: {ended}"
        for name in (PARSE, UNIQUE, CONFIG)
        for ended in ("0 events", "1 events", "PriceFeedNotFoundWithinRange", "no data")
    ),
    *(
        f"pyth.{name}: InsufficientFee"
        for name in ("updatePriceFeeds", PARSE, UNIQUE, CONFIG, TWAP, NECESSARY)
    ),
    *(
        f"pyth.{name}: {ended}"
        for name in ("getPriceNoOlderThan", "getEmaPriceNoOlderThan", "getPrice", "getEmaPrice")
        for ended in ("0 events", "StalePrice", "PriceFeedNotFound")
    ),
    *(f"pyth.{NECESSARY}: {ended}" for ended in ("1 events", "InvalidArgument", "NoFreshUpdate")),
    *(
        f"pyth.{TWAP}: {ended}"
        for ended in ("1 events", "2 events", "InvalidTwapUpdateDataSet", "Panic(50)", "no data")
    ),
    "costly.getUpdateFee: Panic(17)",
    "costly.updatePriceFeeds: InsufficientFee",
    "pyth.createPriceFeedUpdateData: 0 events",
    "pyth.createTwapPriceFeedUpdateData: 0 events",
)
AGGREGATOR_BRANCHES = (
    "feed.updateFeeds: ok",
    "feed.updateFeeds: no data",
    "payer.update: ok",
    "payer.update: no data",
    "dear.updateFeeds: Panic(17)",
    "dear.updateFeeds: no data",
    "orphan.updateFeeds: no data",
    "orphan.latestRoundData: no data",
    "feed.decimals: ok",
    "feed.decimals: Panic(17)",
    "feed.latestRoundData: ok",
    "feed.latestRoundData: PriceFeedNotFound",
)
UTILS_BRANCHES = (
    *(
        f"{name}: {ended}"
        for name in ("convertToUint", "deriveCrossRate")
        for ended in (
            "something", "nothing", "ExponentOverflow", "InvalidInputExpo", "NegativeInputPrice",
            "Panic(17)",
        )
    ),
    "deriveCrossRate: Panic(18)",
)  # fmt: skip


@pytest.mark.parametrize(
    ("opening", "branches", "events"),
    [
        (MOCK, MOCK_BRANCHES, {"PriceFeedUpdate", "TwapPriceFeedUpdate"}),
        (AGGREGATOR, AGGREGATOR_BRANCHES, {"PriceFeedUpdate", "Refused"}),
        (UTILS, UTILS_BRANCHES, set()),
    ],
    ids=("mock", "aggregator", "utils"),
)
def test_a_campaign_finds_no_difference(
    revm: str, opening: Opening, branches: Iterable[str], events: set[str]
) -> None:
    """Random and directed calls agree, meet every branch, and emit every event."""
    campaign = driver.run(opening.open(revm), 4, Limits(1_500))
    assert campaign.passed, campaign.finding
    missed = [branch for branch in branches if not campaign.states[branch]]
    assert missed == []
    assert set(campaign.tally.events) == events


@pytest.mark.parametrize("opening", [MOCK, AGGREGATOR, UTILS], ids=("mock", "aggregator", "utils"))
def test_another_back_end_agrees(opening: Opening) -> None:
    """A sample on py-evm."""
    campaign = driver.run(opening.open("pyevm"), 5, Limits(150))
    assert campaign.passed, campaign.finding


def test_the_library_is_exact_at_every_exponent(revm: str) -> None:
    """For each exponent from -300 to 300, the widest price, and a few numbers of decimals."""
    bench = UTILS.open(revm)
    assert isinstance(bench, TwinBench)
    outcomes = {"ok": 0, "ExponentOverflow": 0, "InvalidInputExpo": 0}
    for expo in range(-300, 301):
        for decimals in (0, 18, 255):
            args = (2**63 - 1, expo, decimals)
            outcome = bench.apply(Call(START, actor("alice"), "utils", "convertToUint", args))
            outcomes["ok" if outcome.ok else outcome.error] += 1
    assert outcomes == {"ok": 117 + 117 + 59, "InvalidInputExpo": 3 * 45, "ExponentOverflow": 1375}


# WHERE THE MOCK DIFFERS FROM THE CONTRACT IN USE


class Mock:
    """The published mock, whose answers the model's are compared with on the way."""

    def __init__(self, chain: str) -> None:
        bench = MOCK.open(chain)
        assert isinstance(bench, TwinBench)
        self.bench = bench

    def call(self, function: str, *args: Value, value: int = 10**9) -> Outcome:
        """What both sides answer; DivergenceFound is raised otherwise."""
        return self.bench.apply(Call(START, actor("bob"), "pyth", function, args, value))


def update(published: int = START, previous: int = 0, id_: bytes = ETH) -> bytes:
    """The same price as ``mock_update`` makes, for the contract in use."""
    return encode_update(9, [PriceUpdate(id_, 2_000, 7, -8, published, previous, 2_001, 8)])


def test_the_mock_does_not_look_at_uniqueness(revm: str) -> None:
    """It takes an update that is not the first within the window; the contract in use does not."""
    window = (START - 1, START)
    taken = Mock(revm).call(UNIQUE, (mock_update(ETH, START, START - 1),), (ETH,), *window)
    assert taken.ok
    refused = real().call(UNIQUE, (update(START, START - 1),), (ETH,), *window)
    assert refused.error == "PriceFeedNotFoundWithinRange"


def test_the_mock_stores_what_it_parses(revm: str) -> None:
    """Its price can be read afterwards; the contract in use has none."""
    mock, desk = Mock(revm), real()
    assert mock.call(PARSE, (mock_update(ETH, START),), (ETH,), *ALWAYS).events
    assert mock.call("getPriceUnsafe", ETH, value=0).ok
    assert desk.call(PARSE, (update(),), (ETH,), *ALWAYS).ok
    assert desk.error("getPriceUnsafe", ETH) == "PriceFeedNotFound"


def test_the_mock_does_not_count(revm: str) -> None:
    """More data than prices passes there, although it was asked to be minimal."""
    data, args = (mock_update(ETH, START), mock_update(ETH, START)), (*ALWAYS, False, True, False)
    assert Mock(revm).call(CONFIG, data, (ETH,), *args).ok
    assert real().error(CONFIG, (update(), update()), (ETH,), *args) == "InvalidArgument"


def test_the_mock_updates_what_does_not_exist(revm: str) -> None:
    """Even where a publish time of zero would do."""
    assert Mock(revm).call(NECESSARY, (mock_update(ETH, START),), (ETH,), (0,)).ok
    assert real().error(NECESSARY, (update(),), (ETH,), (0,)) == "NoFreshUpdate"


def test_the_mock_has_no_fee_for_a_call(revm: str) -> None:
    """What pays for an update there is too little for the contract in use."""
    assert Mock(revm).call("updatePriceFeeds", (mock_update(ETH, START),), value=FEE).ok
    assert real().error("updatePriceFeeds", (update(),), value=FEE) == "InsufficientFee"


def test_the_mock_finds_no_price_of_id_zero(revm: str) -> None:
    """It stores one and cannot read it, and parses it out of nothing."""
    mock, desk = Mock(revm), real()
    assert mock.call("updatePriceFeeds", (mock_update(NO_ID, START),)).events
    assert mock.call("getPriceUnsafe", NO_ID, value=0).error == "PriceFeedNotFound"
    assert mock.call(PARSE, (), (NO_ID,), *ALWAYS).values == ((PriceFeed(),),)
    assert desk.call("updatePriceFeeds", (update(id_=NO_ID),)).ok
    assert desk.call("getPriceUnsafe", NO_ID).ok
    assert desk.error(PARSE, (update(id_=NO_ID),), (NO_ID,), *ALWAYS) == (
        "PriceFeedNotFoundWithinRange"
    )


def test_the_mock_answers_twice(revm: str) -> None:
    """A price that is asked for twice is found once in the contract in use."""
    assert Mock(revm).call(PARSE, (mock_update(ETH, START),), (ETH, ETH), *ALWAYS).ok
    error = real().error(PARSE, (update(),), (ETH, ETH), *ALWAYS)
    assert error == "PriceFeedNotFoundWithinRange"


def test_the_mock_tells_averages(revm: str) -> None:
    """It emits an event for each; the contract in use asks for two updates and emits none."""
    mock = Mock(revm)
    made = mock.call("createTwapPriceFeedUpdateData", ETH, 1, 2, 3, 4, 5, 6, value=0).values[0]
    assert mock.call(TWAP, (made,), (ETH,)).events[0].name == "TwapPriceFeedUpdate"
    assert isinstance(made, bytes)
    assert real().error(TWAP, (made,), (ETH,)) == "InvalidUpdateData"


# FAULTS THAT ARE PLANTED IN THE MODELS


def _one_sided(self: abstract_pyth.AbstractPyth, price: Price, age: int) -> object:
    """An age that does not count ahead."""
    if self.world.now - price.publish_time > age:
        raise errors.StalePrice
    return price


def _strict(self: abstract_pyth.AbstractPyth, price: Price, age: int) -> object:
    """An age whose edge does not pass."""
    if abs(self.world.now - price.publish_time) >= age:
        raise errors.StalePrice
    return price


def _no_refund(self: aggregator.PythAggregatorV3, to: str) -> None:
    """Change that nobody gets."""


def _zero_divides(x: int, y: int, divisor: int) -> int:
    """A division that rounds up."""
    if divisor == 0:
        raise Panic(0x12)
    return -(-x * y // divisor)


def _wordy(_: int) -> int:
    """A fee that reverts in words where it overflows."""
    raise RevertReason("overflow")


@pytest.mark.parametrize(
    ("opening", "owner", "name", "fault"),
    [
        (MOCK, abstract_pyth.AbstractPyth, "_no_older", _one_sided),
        (MOCK, abstract_pyth.AbstractPyth, "_no_older", _strict),
        (MOCK, mock_pyth, "to_uint256", lambda x: x % 2**256),
        (MOCK, mock_pyth, "to_uint256", _wordy),
        (MOCK, mock_pyth.MockPyth, "_outdated", lambda self, id_, t: (  # fewer prices are outdated
            self._stored(id_).price.publish_time < t
        )),
        (AGGREGATOR, aggregator.PythAggregatorV3, "_refund", _no_refund),
        (AGGREGATOR, aggregator, "wrapped_int", lambda x, _: max(min(x, 127), -127)),
        (UTILS, utils, "mul_div_down", _zero_divides),
        (UTILS, utils, "MOST_SCALE", 59),
        (UTILS, utils, "LEAST_EXPO", -256),
        (UTILS, utils, "_int32", lambda x: x),
    ],
    ids=(
        "future is fresh", "edge is stale", "fee wraps", "fee reverts in words",
        "missing is not outdated", "no change", "decimals clamped", "rounded up", "scale",
        "exponent", "width",
    ),
)  # fmt: skip
def test_a_fault_in_a_model_is_found(
    revm: str,
    monkeypatch: pytest.MonkeyPatch,
    opening: Opening,
    owner: object,
    name: str,
    fault: Callable[..., object],
) -> None:
    """A model that is off by a rule is told apart from the contract."""
    monkeypatch.setattr(owner, name, fault)
    assert driver.run(opening.open(revm), 2, Limits(1_000)).finding is not None
