"""Policies of protocols that are in use, as configurations of the hub.

Each copies how a consumer judges a round of a feed and makes a price of it. What the hub cannot
copy stands in ``otherwise``. `docs/oracles/policies.md` shows what each does at its edges.
"""

from __future__ import annotations

from dataclasses import dataclass

from weiproof.engine.records import LIQUIDATION, TRADE

from .price_policy import NO_LIMIT, Reducer, Rules
from .price_records import LENIENT, PURPOSES, STRICT, Policy, Sequencer

MINUTE, HOUR = 60, 3_600


@dataclass(frozen=True, slots=True)
class Preset:
    """One protocol's policy."""

    source: str
    """The contract whose conditions these are."""
    rules: Rules = STRICT
    reducer: Reducer = Reducer.FIRST
    lenient: int = 0
    """Bit of each purpose that has the longer age limit."""
    max_deviation: int = 0
    """Most that a price may differ from its anchor where it has one, millionths."""
    asks_age: bool = True
    """Whether it has an age limit; if not, any limit given for a feed is without effect."""
    grace: int = 0
    """Seconds after the sequencer came up in which it gives no price; see `waits`."""
    waits: int = 0
    """Bit of each purpose that waits for the sequencer."""
    by_update: bool = False
    """The grace begins at ``updatedAt`` rather than ``startedAt``."""
    otherwise: str = ""
    """Where the original does something that the hub does not."""

    def limit(self, max_age: int) -> int:
        """The age limit that holds where `max_age` seconds are given for a feed."""
        return max_age if self.asks_age else NO_LIMIT

    def policy(self, anchor: bytes = bytes(32)) -> Policy:
        """The policy of a price; `anchor` is another price that it is held against, if any."""
        deviation = self.max_deviation if any(anchor) else 0
        return Policy(self.reducer, self.lenient, deviation, 0, anchor)

    def sequencer(self, feed: str) -> Sequencer:
        """Whose uptime prices wait for, where `feed` is the address of its feed."""
        return Sequencer(feed, self.grace, self.waits, self.by_update)


_UNASKED = Rules(any_round=True, max_ahead=NO_LIMIT)
"""Of consumers that take the answer and look at nothing else than its sign."""

PRESETS = {
    "weiproof": Preset(
        "this protocol's default",
        reducer=Reducer.MEDIAN,
        lenient=LENIENT,
        grace=HOUR,
        waits=PURPOSES,
    ),
    "chainlink_guide": Preset(
        "the checks that Chainlink's documentation asks, or asked once, of consumers on a rollup",
        grace=HOUR,
        waits=PURPOSES,
        otherwise="a round or an uptime of the future is left to the consumer's arithmetic, which "
        "panics; its sample takes a sequencer never heard of to be up; `answeredInRound` is "
        "deprecated now",
    ),
    "aave_v3": Preset(
        "AaveOracle and PriceOracleSentinel (@aave/core-v3 1.19.3)",
        rules=_UNASKED,
        asks_age=False,
        grace=HOUR,
        waits=1 << TRADE | 1 << LIQUIDATION,
        by_update=True,
        otherwise="a fallback oracle is no feed of rounds; accounts with a health factor below "
        "0.95 are liquidated in the grace period, too; a sequencer never heard of is up, an uptime "
        "of the future panics",
    ),
    "compound_v3": Preset(
        "Comet.getPrice",
        rules=_UNASKED,
        asks_age=False,
    ),
    "morpho_chainlink": Preset(
        "MorphoChainlinkOracleV2 with one feed",
        rules=Rules(zero_counts=True, any_round=True, max_ahead=NO_LIMIT),
        asks_age=False,
        otherwise="prices of several feeds and vaults are multiplied",
    ),
    "euler_chainlink": Preset(
        "ChainlinkOracle (euler-price-oracle)",
        rules=Rules(any_round=True, future_panics=True),
        otherwise="limits lie between a minute and 72 hours",
    ),
    "euler_pyth": Preset(
        "PythOracle (euler-price-oracle), through PythFeed",
        rules=Rules(any_round=True, max_ahead=MINUTE),
        otherwise="limits are at most 15 minutes; the exponent may change from price to price",
    ),
    "gmx_v2": Preset(
        "ChainlinkPriceFeedUtils and Oracle (gmx-synthetics), with a reference feed as the anchor",
        rules=_UNASKED,
        max_deviation=500_000,
        grace=300,
        waits=1 << LIQUIDATION,
        otherwise="the anchor's 50 % hold against both sides of a spread; a sequencer never "
        "heard of is up, an uptime of the future panics",
    ),
    "maker_osm": Preset(
        "Spotter over OSM and Median",
        rules=_UNASKED,
        asks_age=False,
        otherwise="without a value the spot price is 0 instead of a revert",
    ),
    "redstone": Preset(
        "RedstoneConsumerNumericBase (evm-connector 0.9.0), each signer a feed",
        rules=Rules(zero_counts=True, any_round=True, max_ahead=MINUTE),
        reducer=Reducer.MEDIAN,
        otherwise="the limit is 180 seconds; all packages carry one time, or the call reverts",
    ),
    "synthetix_v3": Preset(
        "StalenessCircuitBreakerNode and the median of ReducerNode (oracle-manager 3.13.0)",
        rules=Rules(zero_counts=True, any_round=True, max_ahead=NO_LIMIT),
        reducer=Reducer.MEDIAN,
        otherwise="negative prices count; the age asked for is the average of the times",
    ),
}
"""By name."""
