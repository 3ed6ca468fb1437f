"""Our protocol as a pair of systems: what is deployed, and how it is set up on both sides.

A :class:`ProtocolSpec` describes feeds, prices, markets and parameters in exact integers.
:func:`deploy_model` and :func:`deploy_chain` build the two systems from it, at the same addresses;
:func:`setup_calls` are the ordinary calls that configure either.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from weiproof.contracts import artifact_store
from weiproof.contracts.chains import actor
from weiproof.contracts.deployment import Plan, Ref, Step, deploy, predict_addresses
from weiproof.engine.call import Call, bytes32
from weiproof.engine.clearing_house import ClearingHouse
from weiproof.engine.collateral_token import CollateralToken
from weiproof.engine.contract import World
from weiproof.engine.lens import Lens
from weiproof.engine.model import Model
from weiproof.engine.settlement_token import SettlementToken
from weiproof.engine.staked_token import StakedToken
from weiproof.oracles.feed import MAX_ANSWER, Feed
from weiproof.oracles.mock_feed import MockFeed
from weiproof.oracles.oracle_hub import OracleHub
from weiproof.oracles.price_policy import Rules  # noqa: TC001 - resolved when a spec is decoded
from weiproof.oracles.price_records import STRICT, Policy
from weiproof.oracles.rated_feed import RatedFeed

from .systems import ChainSystem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.contracts.artifact_store import ArtifactStore
    from weiproof.contracts.chains import Chain
    from weiproof.contracts.deployment import AddressBook
    from weiproof.engine.call import Value

DEPLOYER, ADMIN, MATCHER, TRANSMITTER = "deployer", "admin", "matcher", "transmitter"
"""Labels of the protocol's own actors."""

DEFAULT = Policy()
"""What a price has until another policy is set."""


@dataclass(frozen=True, slots=True)
class Parties:
    """Who creates the contracts and who may do what there; lower-case addresses."""

    deployer: str
    admin: str
    """Configures prices and markets, pauses, and receives the trading fees."""
    matcher: str
    """Brings trades."""
    transmitter: str
    """Writes the feeds' rounds."""
    first_nonce: int = 0
    """Transactions that the deployer has sent before."""


@cache
def actor_parties() -> Parties:
    """Our own actors, as on every local chain."""
    return Parties(actor(DEPLOYER), actor(ADMIN), actor(MATCHER), actor(TRANSMITTER))


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """A feed: `name` labels its contract as ``feed/<name>``; a mock answers whatever it is told."""

    name: str
    decimals: int = 8
    description: str = ""
    first_phase: int = 1
    min_answer: int = 1
    max_answer: int = MAX_ANSWER
    mock: bool = False

    @property
    def label(self) -> str:
        """Name in the address book."""
        return f"feed/{self.name}"


@dataclass(frozen=True, slots=True)
class TokenSpec:
    """A token besides the settlement token: `name` labels its contract as ``token/<name>``."""

    name: str
    decimals: int = 18
    exchange_rate: int = 0
    """How much of what is staked one token stands for at first, WAD; 0 for a token without rate."""

    @property
    def label(self) -> str:
        """Name in the address book."""
        return f"token/{self.name}"


@dataclass(frozen=True, slots=True)
class RatedFeedSpec:
    """A feed that multiplies another by a token's rate; labelled as feeds are."""

    name: str
    feed: str
    """Name of the feed of what is staked."""
    token: str
    """Name of the token that says its rate."""
    description: str = ""

    @property
    def label(self) -> str:
        """Name in the address book."""
        return f"feed/{self.name}"


@dataclass(frozen=True, slots=True)
class CollateralSpec:
    """A token that counts as margin; weights and discount WAD, cap in token units, seconds."""

    token: str
    price: str
    initial_weight: int
    maintenance_weight: int
    seizure_discount: int
    cap: int
    ramp_duration: int = 86_400

    def parameters(self, addresses: AddressBook) -> tuple[Value, ...]:
        """The argument of ``addCollateral``."""
        return (
            addresses[f"token/{self.token}"],
            price_id(self.price),
            self.initial_weight,
            self.maintenance_weight,
            self.seizure_discount,
            self.cap,
            self.ramp_duration,
        )


@dataclass(frozen=True, slots=True)
class CreditSpec:
    """What negative cash costs: rates WAD per second, kink and share WAD, limit and cap wei."""

    base_rate: int = 0
    kink_rate: int = 0
    maximum_rate: int = 0
    kink: int = 8 * 10**17
    fund_share: int = 10**17
    debt_limit: int = 10**36
    collateral_cap: int = 10**36

    def parameters(self) -> tuple[int, ...]:
        """The argument of ``setCreditParameters``."""
        return (
            self.base_rate,
            self.kink_rate,
            self.maximum_rate,
            self.kink,
            self.fund_share,
            self.debt_limit,
            self.collateral_cap,
        )


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A feed as a source of a price; age limits in seconds."""

    feed: str
    max_age: int
    liquidation_max_age: int
    rules: Rules = STRICT


@dataclass(frozen=True, slots=True)
class PriceSpec:
    """A price: its sources in the order in which they are asked, the quorum, and the policy."""

    name: str
    sources: tuple[SourceSpec, ...]
    quorum: int
    reducer: int = DEFAULT.reducer
    lenient: int = DEFAULT.lenient
    """Bit of each purpose that has the longer age limit."""
    max_deviation: int = 0
    """From the anchor, millionths of it."""
    anchor: str = ""
    """Name of another price; empty for none."""

    def policy(self) -> Policy:
        """The policy as the hub keeps it."""
        anchor = price_id(self.anchor)
        return Policy(self.reducer, self.lenient, self.max_deviation, 0, anchor)


@dataclass(frozen=True, slots=True)
class TierSpec:
    """A margin tier: rates (WAD) for the notional above `lower_bound` (wei)."""

    lower_bound: int
    initial_rate: int
    maintenance_rate: int


@dataclass(frozen=True, slots=True)
class FeeTierSpec:
    """A tier of the fee schedule.

    Shares (WAD) of a market's fee rate from a volume of `lower_volume` (wei) on.
    """

    lower_volume: int
    maker_rate: int
    taker_rate: int


@dataclass(frozen=True, slots=True)
class VolatilitySpec:
    """How a market's variance is measured; seconds, decay WAD.

    Each regime has the variances (squares of WAD) at which it is entered and below which it is
    left, and its scale (WAD).
    """

    observation_period: int
    maximum_gap: int
    decay: int
    regime_ramp: int
    regimes: tuple[tuple[int, int, int], ...] = ()

    def parameters(self) -> tuple[int, ...]:
        """The parameters as ``setVolatility`` takes them, beside the regimes."""
        return (self.observation_period, self.maximum_gap, self.decay, self.regime_ramp)


@dataclass(frozen=True, slots=True)
class MarketSpec:
    """A market; sizes, prices and rates WAD, notional and depth in wei.

    Funding rate WAD per second.
    """

    name: str
    price: str
    size_step: int
    price_tick: int
    tiers: tuple[TierSpec, ...]
    band_rate: int = 10**17
    trade_fee_rate: int = 5 * 10**14
    liquidation_fee_rate: int = 5 * 10**15
    minimum_notional: int = 10 * 10**18
    premium_depth: int = 1_000_000 * 10**18
    funding_period: int = 8 * 3600
    maximum_funding_rate: int = 10**11
    socialisation_cap_rate: int = 5 * 10**16
    mark_band_rate: int = 5 * 10**16
    basis_period: int = 3600
    impact_max_age: int = 60
    settlement_fee_rate: int = 0
    ramp_duration: int = 3_600
    risk: tuple[int, ...] = ()
    """What requirements grow by, and caps, as ``setMarketRisk`` takes them; empty for none."""
    volatility: VolatilitySpec | None = None

    def parameters(self) -> tuple[Value, ...]:
        """The argument of ``addMarket``."""
        return (
            price_id(self.price),
            self.size_step,
            self.price_tick,
            self.band_rate,
            self.trade_fee_rate,
            self.liquidation_fee_rate,
            self.minimum_notional,
            self.premium_depth,
            self.funding_period,
            self.maximum_funding_rate,
            self.socialisation_cap_rate,
            self.mark_band_rate,
            self.basis_period,
            self.impact_max_age,
            self.settlement_fee_rate,
            self.ramp_duration,
        )

    def tier_rows(self) -> tuple[tuple[int, ...], ...]:
        """The tiers as ``addMarket`` takes them."""
        return tuple((t.lower_bound, t.initial_rate, t.maintenance_rate) for t in self.tiers)


@dataclass(frozen=True, slots=True)
class ProtocolSpec:
    """Everything that is deployed and configured.

    Reserve and reward in wei, shares and ratio WAD.
    """

    feeds: tuple[FeedSpec, ...]
    prices: tuple[PriceSpec, ...]
    markets: tuple[MarketSpec, ...]
    liquidation_reserve: int = 10 * 10**18
    minimum_keeper_reward: int = 10 * 10**18
    liquidator_share: int = 5 * 10**17
    insurance_share: int = 5 * 10**17
    target_ratio: int = 125 * 10**16
    genesis_time: int = 1_722_816_000
    tokens: tuple[TokenSpec, ...] = ()
    rated_feeds: tuple[RatedFeedSpec, ...] = ()
    collaterals: tuple[CollateralSpec, ...] = ()
    credit: CreditSpec = CreditSpec()
    fee_tiers: tuple[FeeTierSpec, ...] = ()
    system_risk: tuple[int, ...] = ()
    """Offset floor and margin warnings as ``setSystemRisk`` takes them; empty for none."""
    offsets: tuple[tuple[int, int, int], ...] = ()
    """Pairs of market ids with their rate, WAD."""

    def system_parameters(self) -> tuple[int, ...]:
        """The argument of ``setSystemParameters``."""
        return (
            self.liquidation_reserve,
            self.minimum_keeper_reward,
            self.liquidator_share,
            self.insurance_share,
            self.target_ratio,
        )


def price_id(name: str) -> bytes:
    """The bytes32 under which the hub knows a price.

    Raises ValueError where the name has more than 32 bytes.
    """
    return bytes32(name)


def deployment_plan(
    spec: ProtocolSpec, store: ArtifactStore | None = None, parties: Parties | None = None
) -> Plan:
    """Every contract of the protocol, libraries first; `parties` are our actors by default."""
    store, parties = store or artifact_store.shipped(), parties or actor_parties()
    steps = [Step("token", store.load("SettlementToken"))]
    for feed in spec.feeds:
        if feed.mock:
            steps.append(
                Step(feed.label, store.load("MockFeed"), (feed.decimals, feed.description))
            )
        else:
            steps.append(Step(feed.label, store.load("Feed"), _feed_arguments(feed, parties)))
    for collateral in spec.tokens:
        kind = "StakedToken" if collateral.exchange_rate else "CollateralToken"
        steps.append(Step(collateral.label, store.load(kind), _token_arguments(collateral)))
    for rated in spec.rated_feeds:
        refs = (Ref(f"feed/{rated.feed}"), Ref(f"token/{rated.token}"), rated.description)
        steps.append(Step(rated.label, store.load("RatedFeed"), refs))
    steps.append(Step("hub", store.load("OracleHub"), (parties.admin,)))
    house = (Ref("token"), Ref("hub"), parties.admin, parties.matcher, spec.system_parameters())
    steps.append(Step("house", store.load("ClearingHouse"), house))
    steps.append(Step("lens", store.load("Lens"), (Ref("house"),)))
    return Plan.with_libraries(steps, store)


@cache
def addresses_of(spec: ProtocolSpec, parties: Parties | None = None) -> AddressBook:
    """Where everything ends up, known before anything is deployed."""
    parties = parties or actor_parties()
    plan = deployment_plan(spec, parties=parties)
    return predict_addresses(parties.deployer, plan, first_nonce=parties.first_nonce)


def deploy_model(spec: ProtocolSpec, parties: Parties | None = None) -> Model:
    """The Python side, at the addresses that the plan leads to."""
    parties = parties or actor_parties()
    world = World(now=spec.genesis_time, sender=parties.deployer)
    world.addresses.update(addresses_of(spec, parties))
    token = SettlementToken(world, "token")
    for feed in spec.feeds:
        if feed.mock:
            MockFeed(world, feed.label, feed.decimals, feed.description)
        else:
            Feed(world, feed.label, *_feed_arguments(feed, parties))
    for each in spec.tokens:
        if each.exchange_rate:
            StakedToken(world, each.label, each.name, each.decimals, each.exchange_rate)
        else:
            CollateralToken(world, each.label, each.name, each.decimals)
    book = world.addresses
    for rated in spec.rated_feeds:
        feeds = book[f"feed/{rated.feed}"], book[f"token/{rated.token}"]
        RatedFeed(world, rated.label, *feeds, rated.description)
    hub = OracleHub(world, "hub", parties.admin)
    parameters = spec.system_parameters()
    house = ClearingHouse(world, "house", token, hub, parties.admin, parties.matcher, parameters)
    Lens(world, "lens", house)
    return Model(world)


def house_of(model: Model) -> ClearingHouse:
    """The clearing house of a model that :func:`deploy_model` made."""
    house = model.world.contracts["house"]
    if not isinstance(house, ClearingHouse):
        message = "the model has no clearing house"
        raise TypeError(message)
    return house


def deploy_chain(
    spec: ProtocolSpec, chain: Chain, store: ArtifactStore | None = None
) -> ChainSystem:
    """The Solidity side, from the shipped artifacts or others of the same names."""
    plan = deployment_plan(spec, store)
    book = deploy(chain, plan, actor(DEPLOYER), at=spec.genesis_time)
    abis = {
        step.label: step.artifact.abi
        for step in plan.steps
        if step.label in PUBLIC or "/" in step.label
    }
    return ChainSystem(chain, book, abis)


PUBLIC = frozenset({"token", "hub", "house", "lens"})
"""Labels of the contracts that are called.

Feeds (``feed/…``) come on top, libraries are not called.
"""


def setup_calls(spec: ProtocolSpec, parties: Parties | None = None) -> Iterator[Call]:
    """The administrator's calls that configure prices and markets."""
    for _, call in setup_steps(spec, parties):
        yield call


def setup_steps(spec: ProtocolSpec, parties: Parties | None = None) -> Iterator[tuple[str, Call]]:
    """The :func:`setup_calls`, each with the price or market that it configures."""
    parties = parties or actor_parties()
    addresses = addresses_of(spec, parties)
    call = partial(Call, spec.genesis_time, parties.admin)
    for price in spec.prices:
        args = (
            price_id(price.name),
            tuple(addresses[f"feed/{source.feed}"] for source in price.sources),
            tuple(source.max_age for source in price.sources),
            tuple(source.liquidation_max_age for source in price.sources),
            price.quorum,
        )
        yield price.name, call("hub", "configure", args)
        for index, source in enumerate(price.sources):
            if source.rules != STRICT:
                rules = (price_id(price.name), index, source.rules.fields())
                yield price.name, call("hub", "setRules", rules)
    for price in spec.prices:
        if price.policy() != DEFAULT:  # an anchor has to be there already
            policy = (price_id(price.name), price.policy().fields())
            yield price.name, call("hub", "setPolicy", policy)
    for market in spec.markets:
        parameters = (market.parameters(), market.tier_rows())
        yield market.name, call("house", "addMarket", parameters)
    if spec.collaterals:
        yield "credit", call("house", "setCreditParameters", (spec.credit.parameters(),))
    for collateral in spec.collaterals:
        added = call("house", "addCollateral", (collateral.parameters(addresses),))
        yield collateral.token, added
    if spec.fee_tiers:
        rows = tuple((t.lower_volume, t.maker_rate, t.taker_rate) for t in spec.fee_tiers)
        yield "fees", call("house", "setFeeTiers", (rows,))
    yield from _risk_steps(spec, call)


def faucet_call(
    spec: ProtocolSpec, amounts: dict[str, int], *, at: int | None = None, label: str = "token"
) -> Call:
    """One call that gives tokens to actors (label to token units) and lets the house move them."""
    house = addresses_of(spec)["house"]
    holders = tuple(actor(label) for label in amounts)
    args = (holders, tuple(amounts.values()), house)
    return Call(at or spec.genesis_time, actor(ADMIN), label, "faucet", args)


def _token_arguments(token: TokenSpec) -> tuple[Value, ...]:
    rate = (token.exchange_rate,) if token.exchange_rate else ()
    return (token.name, token.decimals, *rate)


def _risk_steps(spec: ProtocolSpec, call: partial[Call]) -> Iterator[tuple[str, Call]]:
    for market_id, market in enumerate(spec.markets):
        if market.risk:
            yield market.name, call("house", "setMarketRisk", (market_id, market.risk))
        if market.volatility is not None:
            args = (market_id, market.volatility.parameters(), market.volatility.regimes)
            yield market.name, call("house", "setVolatility", args)
    if spec.system_risk:
        yield "", call("house", "setSystemRisk", (spec.system_risk,))
    for offset in spec.offsets:
        yield spec.markets[offset[0]].name, call("house", "setOffset", offset)


def _feed_arguments(feed: FeedSpec, parties: Parties) -> tuple[str, str, int, str, int, int, int]:
    return (
        parties.admin,
        parties.transmitter,
        feed.decimals,
        feed.description,
        feed.first_phase,
        feed.min_answer,
        feed.max_answer,
    )
