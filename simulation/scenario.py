"""A scenario in plain integers: what the event loop runs.

Units: prices, sizes, notionals, rates and shares are WAD (10**18 = 1); amounts (deposits, capital,
funds, rewards) are token units (10**6 = 1 USD); times are unix seconds, durations are seconds.
The order of every tuple is the order of the file, so positions in it can serve as ids.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from weiproof.engine.parameters import MAX_ACCOUNT_MARKETS
from weiproof.oracles.feed import MAX_ANSWER

from .blockspace import NO_BIDS, Bids
from .collateral import NO_COLLATERAL, Collateral, TokenTrade
from .market_life import NO_EVENTS, MarketLife

if TYPE_CHECKING:
    from .blockspace import Blockspace
    from .depth import Depth
    from .dynamics import Change
    from .market import FeeTier, Market
    from .waterfall import Limits, Waterfall

TOKEN_DECIMALS = 6
"""Decimals of the settlement token."""
UNITS_PER_TOKEN = 10**TOKEN_DECIMALS
"""One settlement token, in token units."""


@dataclass(frozen=True, slots=True)
class System:
    """Parameters of the whole system."""

    liquidation_reserve: int
    """Locked by an account's first position, token units."""
    minimum_keeper_reward: int
    """Paid to a liquidator out of the reserve, token units."""
    liquidator_share: int
    """Share of the liquidation fee that the liquidator gets, WAD."""
    insurance_share: int
    """Share of trading fees that the insurance fund gets, WAD."""
    target_ratio: int
    """Margin ratio that a partial liquidation restores, WAD, at least 1."""


@dataclass(frozen=True, slots=True)
class Price:
    """One price that the hub answers."""

    name: str
    quorum: int
    """Least number of valid feeds."""
    policy: str = "weiproof"
    """Name of a preset."""
    reducer: int | None = None
    """How feeds become a price, where it is not as the preset says."""
    anchor: str = ""
    """Name of the price that it is held against; empty for none."""
    max_deviation: int | None = None
    """Furthest from the anchor, millionths, where it is not as the preset says."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A time without observations and publications."""

    start: int
    """First second of it, unix seconds."""
    end: int
    """First second after it, unix seconds."""


@dataclass(frozen=True, slots=True)
class Feed:
    """One source of a price and its node network."""

    name: str
    price: str
    source: str
    """Name of the path that the nodes observe."""
    decimals: int
    """Decimals of the answers on chain."""
    heartbeat: int
    """Seconds after which a report is made without a deviation."""
    deviation: int
    """Relative change that makes a report, WAD, inclusive."""
    delay: int
    """Seconds from observation to publication."""
    max_age: int
    """Oldest report that trades may use, seconds."""
    liquidation_max_age: int
    """Oldest report that liquidations may use, seconds."""
    outages: tuple[Outage, ...]
    min_answer: int = 1
    """Lowest answer that the feed stores, in its decimals."""
    max_answer: int = MAX_ANSWER
    """Highest answer that it stores."""
    lowest: int = 0
    """Lowest answer that counts for the hub."""
    highest: int = 0
    """Highest answer that counts; 0 for any."""
    average: int = 0
    """Seconds over which the nodes average the path; 0 for its present price."""
    hop: int = 0
    """Seconds of the hops of an oracle security module behind the feed; 0 for none."""
    gas: str = ""
    """Name of the path of gas prices; empty where gas is no matter."""
    gas_limit: int = 0
    """Gas price above which nothing is published, in the path's numbers."""
    token: str = ""
    """Name of the token by whose rate answers are multiplied; empty for none."""
    bids: Bids = NO_BIDS
    """What its transmitter bids for a place in a block."""

    @property
    def label(self) -> str:
        """Name of the feed contract in the address book."""
        return f"feed/{self.price}/{self.name}"


@dataclass(frozen=True, slots=True)
class PricePath:
    """A price over time: what a venue shows."""

    name: str
    times: tuple[int, ...]
    """Unix seconds, rising strictly; the first is not after the start of the scenario."""
    prices: tuple[int, ...]
    """WAD, one for each time, offset already added."""
    linear: bool
    """Whether the price moves in a line from point to point (else it jumps at each)."""
    depth: Depth | None = None
    """How far forced trades move it; None where nothing does."""


@dataclass(frozen=True, slots=True)
class Position:
    """A position that an account opens."""

    market: int
    """Market id."""
    size: int
    """WAD, a multiple of the market's step, negative for a short."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What traders do on their own, each with its chance at each review of their account."""

    review_every: int
    """Seconds between two reviews of an account."""
    withdraw: int
    """Chance to withdraw, WAD."""
    withdraw_share: int
    """Share of what is withdrawable that is taken then, WAD."""
    top_up: int
    """Chance to answer a margin call (equity below initial margin) with a deposit, WAD."""
    top_up_share: int
    """Share of the first deposit that is added then, WAD."""
    panic: int
    """Chance to close everything when the account stands below its first deposit, WAD."""
    leave_within: int = 0
    """Most seconds after which it leaves a market that became reduce-only; 0 where it stays."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account written out in the file."""

    name: str
    deposit: int
    at: int
    """Time of its deposit and trades, unix seconds."""
    positions: tuple[Position, ...]
    behaviour: Behaviour | None
    tokens: tuple[tuple[int, int], ...] = ()
    """Ids of tokens that it brings besides, and token units."""
    token_trades: tuple[TokenTrade, ...] = ()


@dataclass(frozen=True, slots=True)
class Distribution:
    """Values to draw from: `uniform` or `loguniform` over low..high, or a `choice` of values."""

    kind: str
    low: int
    high: int
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Accounts drawn from distributions."""

    name: str
    count: int
    deposit: Distribution
    """Token units."""
    leverage: Distribution
    """Notional over deposit, WAD."""
    long_share: int
    """Chance that an account is long, WAD."""
    markets: tuple[int, ...]
    """Market ids to choose from."""
    markets_per_account: int
    """Number of different markets an account trades, its notional split evenly."""
    enter_from: int
    enter_to: int
    """Times within which accounts enter, unix seconds, both included."""
    behaviour: Behaviour | None
    isolated: bool = False
    """Whether each market's position stands in a sub-account of its own."""
    token_shares: tuple[tuple[int, int], ...] = ()
    """Ids of tokens in which a share of the deposit is brought, and the shares, WAD."""
    watched: bool = False
    """Whether the summary says what its accounts came to."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """A liquidator."""

    name: str
    capital: int
    latency: int
    """Seconds from the block in which an account can be liquidated to its call."""
    capacity: int
    """Most liquidations in one block."""
    bids: Bids = NO_BIDS
    """What it bids for a place in a block."""
    cost: int = 0
    """What a liquidation costs it, token units."""


@dataclass(frozen=True, slots=True)
class MarketMaker:
    """The other side of every planned trade."""

    name: str
    capital: int
    spread: int
    """Whole distance from bid to ask, WAD share of the price."""
    impact_every: int = 0
    """Seconds between two reports of its depth; 0 for none."""
    resting: int = 0
    """What rests on each side of a market's book before each trade, token units; 0 for nothing."""
    tokens: tuple[tuple[int, int], ...] = ()
    """Ids of tokens that it brings besides, and token units."""


@dataclass(frozen=True, slots=True)
class Checks:
    """How often the lockstep compares what is too dear to compare after every call."""

    full_state_every: int
    """Calls between comparisons of the whole state."""
    views_every: int
    """Calls between comparisons of derived views."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a variant comes to."""

    liquidated: int
    """Accounts of which anything was liquidated."""
    bad_debt: int
    """Token units, rounded down."""
    shortfall: int
    """What accounts would owe at the end at the prices that first feeds observe, token units."""
    routes: tuple[int, ...] | None = None
    """How often each route was taken, by its number; None where nothing is said of a figure."""
    socialised: int | None = None
    """Charged to holders, token units, rounded down."""
    fund_lowest: int | None = None
    """Lowest of the insurance fund, token units, rounded down."""
    vault_result: int | None = None
    """What the vault gained for its providers, token units, rounded down."""
    deleveraged: int | None = None
    """Notional at the mark that candidates closed, token units, rounded down."""
    gate_closings: int | None = None
    """How often bad debt closed withdrawals."""

    def as_asked(self, expected: Expected) -> Expected:
        """Without the figures of which nothing is expected."""
        names = (each.name for each in fields(self))
        unasked: dict[str, Any] = {name: None for name in names if getattr(expected, name) is None}
        return replace(self, **unasked)


@dataclass(frozen=True, slots=True)
class Variant:
    """Another version of the same scenario."""

    name: str
    description: str
    expected: Expected | None


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that a scenario read besides itself."""

    name: str
    sha256: str
    """Lower-case hex."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything a run needs, in integers."""

    name: str
    description: str
    start: int
    end: int
    """Last time at which a block may stand, unix seconds."""
    seed: int
    block_time: int
    """Seconds from one block to the next."""
    system: System
    insurance_fund: int
    """Token units put into the insurance fund at the start."""
    prices: tuple[Price, ...]
    markets: tuple[Market, ...]
    feeds: tuple[Feed, ...]
    paths: tuple[PricePath, ...]
    accounts: tuple[Account, ...]
    groups: tuple[Group, ...]
    keepers: tuple[Keeper, ...]
    market_maker: MarketMaker
    checks: Checks
    text_sha256: str
    """SHA-256 of the scenario file, lower-case hex."""
    inputs: tuple[InputFile, ...]
    """The CSV files that were read, in the order of the paths."""
    variants: tuple[Variant, ...] = ()
    """The versions that the file has."""
    variant: str = ""
    """Name of the one that this is; empty for the file as it is."""
    fee_tiers: tuple[FeeTier, ...] = ()
    """Trading fees by volume; none where everybody pays a market's whole fee."""
    changes: tuple[Change, ...] = ()
    """By time; of equal times in the order of the file."""
    collateral: Collateral = NO_COLLATERAL
    """Tokens that count as margin, and what negative cash costs."""
    blockspace: Blockspace | None = None
    """Room for calls of oracles and keepers; None where everything fits into a block."""
    market_life: MarketLife = NO_EVENTS
    """Pauses, reduce-only times and delistings, and who settles what is delisted."""
    limits: Limits | None = None
    """Order of takeovers and limits for large accounts; None where there are none."""
    waterfall: Waterfall | None = None
    """Routes of liquidations beside a keeper's; None where keepers do all."""

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 over the hashes of the scenario file and all its inputs, and the variant's name.

        The seed is not in it: it may be overridden.
        """
        parts = [self.text_sha256, *(f"{file.sha256} {file.name}" for file in self.inputs)]
        if self.variant:
            parts.append(f"variant {self.variant}")
        return hashlib.sha256("\n".join(parts).encode("utf-8")).digest()

    @property
    def maker_accounts(self) -> int:
        """How many accounts the market maker needs: each holds a limited number of markets."""
        return -(-len(self.markets) // MAX_ACCOUNT_MARKETS)

    def path(self, name: str) -> PricePath:
        """Return the path `name`; `KeyError` where there is none."""
        for path in self.paths:
            if path.name == name:
                return path
        raise KeyError(name)

    def block_at_or_after(self, at: int) -> int:
        """Return the time of the first block that is not before `at`."""
        missing = -(at - self.start) % self.block_time
        return max(at + missing, self.start)

    def feeds_of(self, price: str) -> tuple[Feed, ...]:
        """Return the feeds of a price, in order."""
        return tuple(feed for feed in self.feeds if feed.price == price)


def member_names(group: str, count: int) -> tuple[str, ...]:
    """Return the account names of a group: `name-00` and so on, all of the same length."""
    width = len(str(count - 1))
    return tuple(f"{group}-{i:0{width}d}" for i in range(count))
