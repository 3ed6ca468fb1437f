"""What is read back after a call.

View calls that cover the touched records, the same on both systems.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from weiproof.contracts.chains import ZERO_ADDRESS
from weiproof.engine.bits import each_bit
from weiproof.engine.call import Call
from weiproof.engine.records import LIQUIDATION, TRADE, AccountRecord

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from weiproof.engine.call import Outcome
    from weiproof.engine.records import Ledger
    from weiproof.engine.state import Key

    from .divergence import Divergence
    from .systems import ChainSystem, ModelSystem

LENS = frozenset({"account", "position", "market", "system"})
"""Kinds of records that the lens reads in one call."""

FIGURES = (
    "equity",
    "initialMargin",
    "maintenanceMargin",
    "accountFigures",
    "healthFactor",
    "freeCollateral",
    "withdrawable",
    "isLiquidatable",
    "seizureFirst",
    "volumeOf",
)
"""Derived figures of an account."""

POSITION_FIGURES = (
    "liquidationPrice",
    "bankruptcyPrice",
    "liquidationSize",
    "liquidationRoute",
    "feeRates",
)
"""Derived figures of a position."""


class Observation(Protocol):
    """What of a protocol's state is read back, as view calls that both systems answer."""

    def touched(self, keys: Sequence[Any], cause: Call, outcome: Outcome | None) -> Iterable[Call]:
        """Views that cover the touched state after the call `cause`."""
        ...

    def whole(self, cause: Call) -> Iterable[Call]:
        """Views that cover the whole state."""
        ...

    def figures(self, accounts: Iterable[str], cause: Call) -> Iterable[Call]:
        """Views of all derived figures of accounts."""
        ...

    def slots(
        self, chain: ChainSystem, keys: Sequence[Any], cause: Call, step: int
    ) -> Iterable[Divergence]:
        """Differences in the touched storage slots, where the layout is known."""
        ...


def intermediates(
    observation: Observation | MarginObservation,
    ledger: Ledger,
    accounts: Collection[str],
    call: Call,
) -> Iterator[Call]:
    """Prices, and figures of those accounts that a call names, in the order of the rules."""
    for market_id in range(ledger.market_count):
        price = ledger.market_parameters(market_id).price_id
        for purpose in (TRADE, LIQUIDATION):
            yield _view("hub", "price", (price, purpose), call.at)
    named = [str(each) for each in (call.sender, *call.args) if each in accounts]
    yield from observation.figures(named, call)


class MarginObservation:
    """What is read back of the margin contracts: stored records by the lens, and figures."""

    def __init__(self, model: ModelSystem) -> None:
        self.model = model

    def touched(self, keys: Sequence[Key], cause: Call, _outcome: Outcome | None) -> Iterator[Call]:
        """The records under the keys.

        A feed's latest round is the one that was written: it need not be read twice.
        """
        return stored_views((key for key in keys if key[0] != "round"), cause.at)

    def whole(self, cause: Call) -> Iterator[Call]:
        """Every stored record."""
        return stored_views(self._store.keys(), cause.at)

    def figures(self, accounts: Iterable[str], cause: Call) -> Iterator[Call]:
        """All published figures of the accounts and their positions."""
        for account in accounts:
            for figure in FIGURES:
                yield _view("house", figure, (account,), cause.at)
            record = self._store.read(("account", account))
            held = record.markets if isinstance(record, AccountRecord) else 0
            for market_id in each_bit(held):
                for figure in POSITION_FIGURES:
                    yield _view("house", figure, (account, market_id), cause.at)

    def slots(
        self, _chain: ChainSystem, _keys: Sequence[Key], _cause: Call, _step: int
    ) -> tuple[Divergence, ...]:
        """None: the lens reads every stored field."""
        return ()

    @property
    def _store(self) -> Any:  # noqa: ANN401 (the margin model's)
        return self.model.world.store  # type: ignore[attr-defined]


_Reader = Callable[["Key", int], "Iterable[Call]"]


def stored_views(keys: Iterable[Key], at: int) -> Iterator[Call]:
    """View calls that read the stored records under `keys`, at block time `at`."""
    by_kind: dict[str, list[Key]] = {}
    for key in keys:
        by_kind.setdefault(str(key[0]), []).append(key)
    if not LENS.isdisjoint(by_kind):
        yield lens_view(by_kind, at)
    for kind in sorted(by_kind.keys() - LENS):
        for key in by_kind[kind]:
            yield from _READERS[kind](key, at)


def lens_view(by_kind: dict[str, list[Key]], at: int) -> Call:
    """The one call that reads accounts, markets, positions and the system."""
    positions = by_kind.get("position", [])
    args = (
        tuple(key[1] for key in by_kind.get("account", [])),
        tuple(key[1] for key in by_kind.get("market", [])),
        tuple(key[1] for key in positions),
        tuple(key[2] for key in positions),
    )
    return _view("lens", "records", args, at)


def _view(target: str, function: str, args: tuple[object, ...], at: int) -> Call:
    return Call(at, ZERO_ADDRESS, target, function, args)  # type: ignore[arg-type]


def _price(key: Key, at: int) -> Iterator[Call]:
    price_id = bytes.fromhex(str(key[1]))
    yield _view("hub", "quorumOf", (price_id,), at)
    yield _view("hub", "sourceCount", (price_id,), at)
    yield _view("hub", "policyOf", (price_id,), at)
    yield _view("hub", "recordedOf", (price_id,), at)
    for purpose in (0, 1):
        yield _view("hub", "reasonsOf", (price_id, purpose), at)
        yield _view("hub", "price", (price_id, purpose), at)
    for index in range(5):
        yield _view("hub", "sourceOf", (price_id, index), at)


def _mock_feed(key: Key, at: int) -> Iterator[Call]:
    yield _view(str(key[1]), "latestRoundData", (), at)
    yield _view(str(key[1]), "failing", (), at)


def _role(key: Key, at: int) -> Iterator[Call]:
    yield _view(str(key[1]), "hasRole", (bytes.fromhex(str(key[2])), key[3]), at)


def _default_admin(key: Key, at: int) -> Iterator[Call]:
    for function in (
        "defaultAdmin",
        "pendingDefaultAdmin",
        "defaultAdminDelay",
        "pendingDefaultAdminDelay",
    ):
        yield _view(str(key[1]), function, (), at)


def _operation(key: Key, at: int) -> Iterator[Call]:
    for function in ("getTimestamp", "getOperationState"):
        yield _view(str(key[1]), function, (bytes.fromhex(str(key[2])),), at)


def _of_house(*functions: str) -> _Reader:
    """Views of the clearing house that take what identifies the record."""
    return lambda key, at: (_view("house", each, key[1:], at) for each in functions)


def _of_contract(function: str) -> _Reader:
    """A view of the contract that keeps the record, which takes what identifies it there."""
    return lambda key, at: (_view(str(key[1]), function, key[2:], at),)


_READERS: dict[str, _Reader] = {
    "allowance": _of_contract("allowance"),
    "auction": _of_house("auctionOf"),
    "auctionEpoch": _of_house("auctionParameters"),
    "auctionParameters": _of_house("auctionParameters"),
    "backstopCapacity": _of_house("backstopCapacity"),
    "backstopParameters": _of_house("backstopParameters"),
    "backstopRecord": _of_house("backstopRecord"),
    "backstopShares": _of_house("backstopShares"),
    "balance": _of_contract("balanceOf"),
    "candidates": _of_house("candidatesOf"),
    "collateral": _of_house("collateral"),
    "collateralCount": _of_house("collateralCount"),
    "collateralParameters": _of_house("collateral"),
    "creditParameters": _of_house("creditParameters", "interestRate"),
    "ether": lambda _key, _at: (),
    "exchangeRate": _of_contract("exchangeRate"),
    "defaultAdmin": _default_admin,
    "feeTiers": _of_house("feeTiers"),
    "feed": _of_contract("latestRoundData"),
    "finalRecord": _of_house("finalRecord"),
    "flag": _of_house("flagOf"),
    "holding": _of_house("holding"),
    "liquidationParameters": _of_house("liquidationParameters"),
    "liquidationWindow": _of_house("liquidationWindow"),
    "marketCount": _of_house("marketCount"),
    "marketLimitRate": _of_house("marketLimitRate"),
    "marketRisk": _of_house("marketRisk"),
    "mockFeed": _mock_feed,
    "offsetRamp": _of_house("offsetRamp"),
    "offsets": _of_house("offsets"),
    "operation": _operation,
    "orders": _of_house("ordersOf"),
    "previousTerms": _of_house("previousTerms"),
    "plan": _of_house("plan"),
    "price": _price,
    "role": _role,
    "round": _of_contract("getRoundData"),
    "seizureOrder": _of_house("seizureOrderOf"),
    "sequencer": _of_contract("sequencerUptime"),
    "settings": _of_house("marketParameters"),
    "supply": _of_contract("totalSupply"),
    "systemParameters": _of_house("systemParameters"),
    "systemRisk": _of_house("systemRisk"),
    "timelockDelay": _of_contract("getMinDelay"),
    "trader": _of_house("isTrader"),
    "transferFee": _of_contract("transferFee"),
    "volatility": _of_house("volatility"),
    "volatilitySettings": _of_house("volatility"),
    "volume": _of_house("volumeRecord"),
}
