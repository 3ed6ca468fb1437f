"""Our protocol as a pair of systems: what is deployed, and how it is set up on both sides.

A :class:`~.spec.ProtocolSpec` describes feeds, prices, markets and parameters in exact integers.
:func:`deploy_model` and :func:`deploy_chain` build the two systems from it, at the same addresses;
:func:`setup_calls` are the ordinary calls that configure either.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from weiproof.contracts import artifact_store
from weiproof.contracts.abi import Interface
from weiproof.contracts.chains import ZERO_ADDRESS, actor
from weiproof.contracts.codec import CodecError
from weiproof.contracts.deployment import Plan, Ref, Step, deploy, predict_addresses
from weiproof.engine.administration import PARAMETER_ROLE
from weiproof.engine.call import Call
from weiproof.engine.clearing_house import ClearingHouse
from weiproof.engine.collateral_token import CollateralToken
from weiproof.engine.contract import World
from weiproof.engine.lens import Lens
from weiproof.engine.model import Model
from weiproof.engine.parameter_timelock import ParameterTimelock
from weiproof.engine.settlement_token import SettlementToken
from weiproof.engine.staked_token import StakedToken
from weiproof.oracles.feed import Feed
from weiproof.oracles.mock_feed import MockFeed
from weiproof.oracles.oracle_hub import OracleHub
from weiproof.oracles.price_records import STRICT
from weiproof.oracles.rated_feed import RatedFeed

from .spec import DEFAULT, FeedSpec, ProtocolSpec, TimelockSpec, TokenSpec, price_id
from .systems import ChainSystem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.contracts.artifact_store import ArtifactStore
    from weiproof.contracts.chains import Chain
    from weiproof.contracts.deployment import AddressBook
    from weiproof.engine.call import Value
    from weiproof.engine.parameter_timelock import ReadCall

DEPLOYER, ADMIN, MATCHER, TRANSMITTER = "deployer", "admin", "matcher", "transmitter"
"""Labels of the protocol's own actors."""


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
    administration = store.load("Administration")
    steps.append(Step("administration", administration))
    house = (
        *(Ref(label) for label in ("token", "hub", "administration")),
        *(parties.admin, parties.matcher, spec.system_parameters()),
    )
    code = store.load("ClearingHouse")
    steps.append(Step("house", code, house, delegates=(administration,)))
    steps.append(Step("lens", store.load("Lens"), (Ref("house"),)))
    if spec.timelock is not None:
        arguments = _timelock_arguments(spec.timelock, parties)
        steps.append(Step("timelock", store.load("ParameterTimelock"), arguments))
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
    if spec.timelock is not None:
        arguments = _timelock_arguments(spec.timelock, parties)
        ParameterTimelock(world, "timelock", *arguments, _call_reader(spec, parties))
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
        step.label: step.abi for step in plan.steps if step.label in PUBLIC or "/" in step.label
    }
    return ChainSystem(chain, book, abis)


PUBLIC = frozenset({"token", "hub", "house", "lens", "timelock"})
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
    yield from _cash_steps(spec, addresses, call)
    yield from _risk_steps(spec, call)
    if spec.timelock is not None:
        granted = (PARAMETER_ROLE, addresses["timelock"])
        yield "timelock", call("house", "grantRole", granted)
    if spec.timelock is not None and spec.timelock.alone:
        renounced = (PARAMETER_ROLE, parties.admin)
        yield "timelock", call("house", "renounceRole", renounced)


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


def _cash_steps(
    spec: ProtocolSpec, addresses: AddressBook, call: partial[Call]
) -> Iterator[tuple[str, Call]]:
    if spec.collaterals:
        yield "credit", call("house", "setCreditParameters", (spec.credit.parameters(),))
    for collateral in spec.collaterals:
        added = call("house", "addCollateral", (collateral.parameters(addresses),))
        yield collateral.token, added
    if spec.fee_tiers:
        rows = tuple((t.lower_volume, t.maker_rate, t.taker_rate) for t in spec.fee_tiers)
        yield "fees", call("house", "setFeeTiers", (rows,))


def _risk_steps(spec: ProtocolSpec, call: partial[Call]) -> Iterator[tuple[str, Call]]:
    for market_id, market in enumerate(spec.markets):
        if market.risk:
            yield market.name, call("house", "setMarketRisk", (market_id, market.risk))
        if market.volatility is not None:
            args = (market_id, market.volatility.parameters(), market.volatility.regimes)
            yield market.name, call("house", "setVolatility", args)
    if spec.system_risk:
        yield "", call("house", "setSystemRisk", (spec.system_risk,))
    if spec.liquidation:
        yield "", call("house", "setLiquidationParameters", (spec.liquidation,))
    for offset in spec.offsets:
        yield spec.markets[offset[0]].name, call("house", "setOffset", offset)
    if spec.backstop:
        yield "", call("house", "setBackstopParameters", (spec.backstop,))
    for market_id, market in enumerate(spec.markets):
        if market.backstop_capacity:
            most = (market_id, market.backstop_capacity)
            yield market.name, call("house", "setBackstopCapacity", most)


def _timelock_arguments(
    timelock: TimelockSpec, parties: Parties
) -> tuple[int, tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    proposers = timelock.proposers or (parties.admin,)
    return timelock.delay, proposers, timelock.executors or (ZERO_ADDRESS,), timelock.cancellers


def _call_reader(spec: ProtocolSpec, parties: Parties) -> ReadCall:
    """What call data to one of our contracts says."""
    book = addresses_of(spec, parties)

    @cache
    def interface(address: str) -> Interface:
        label = book.label_of(address)
        steps = deployment_plan(spec, parties=parties).steps
        return Interface.of(next(step.abi for step in steps if step.label == label))

    def read(address: str, data: bytes) -> tuple[str, tuple[Value, ...]] | None:
        try:
            found = interface(address).decode_call(data)
        except CodecError:  # a contract refuses such data, too
            return None
        return None if found is None else (found[0].partition("(")[0], found[1])

    return read


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
