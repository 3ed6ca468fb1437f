"""Conservation, and what else holds after every call, over random sequences of calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tests.engine.desk import DOLLAR, UNLIMITED, Desk, assert_conserved, open_desk, setup, wad, who
from weiproof.engine.bits import pop_count
from weiproof.engine.fixed_point import WAD, WEI

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = "abcdk"
Action = tuple[str, int, int, int]

MARKETS = (
    setup(
        ((0, wad("0.05"), wad("0.03")), (30_000 * WAD, wad("0.25"), wad("0.125"))),
        premium_depth=10_000 * WAD,
        maximum_funding_rate=10**12,
        trade_fee_rate=wad("0.000777"),
        liquidation_fee_rate=wad("0.003"),
    ),
    setup(((0, wad("0.1"), wad("0.05")),), size_step=1, price_tick=WAD, minimum_notional=0),
)

actions = st.tuples(
    st.sampled_from(
        ["deposit", "withdraw", "wait", "fund", "pause", "fees", "accrue"]
        + ["trade", "liquidate"] * 3
        + ["price", "settle", "force"] * 2
    ),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
)


def fresh() -> Desk:
    """Two markets at 2,000 and 300, five accounts with thousands of dollars."""
    desk = open_desk(*MARKETS)
    desk.price(2_000 * WAD, 300 * WAD)
    for label in NAMES:
        desk.fund(label, 10**12)
        desk.do(label, "deposit", 2_000 * DOLLAR + 1)
    return desk


def act(desk: Desk, action: Action) -> None:  # noqa: C901, PLR0912 - one branch a kind of call
    """Makes one call, valid or not."""
    kind, x, y, z = action
    label, other = NAMES[x % 5], NAMES[(x + y) % 5]
    market_id = z % 2
    if kind in {"liquidate", "force"} and x % 8:
        label, market_id, other = aimed(desk, y, z) or (label, market_id, other)
    match kind:
        case "deposit" | "withdraw":
            desk.call(who(label), "house", kind, y * y)
        case "fund":
            desk.call(who(label), "house", "depositInsurance", y)
        case "trade":
            index = desk.ledger.hub.read_price(*price_key(desk, market_id))
            tick = MARKETS[market_id].parameters.price_tick
            price = max(index * (950 + z % 100) // 1_000 // tick, 1) * tick
            notional = (y % 30_000 + 1) * WAD
            step = MARKETS[market_id].parameters.size_step
            size = max(notional * WAD // index // step, 1) * step
            args = (who(label), who(other), market_id, size, price, bool(x % 2))
            desk.call(who("matcher"), "house", "settleTrade", *args)
        case "price":
            old = desk.ledger.hub.read_price(*price_key(desk, market_id))
            moved = max(old * (700 + y % 650) // 1_000 + x % 7, WAD // 10)
            others = [desk.ledger.hub.read_price(*price_key(desk, i)) for i in (0, 1)]
            others[market_id] = moved
            desk.price(*others)
        case "settle":
            desk.call(who("x"), "house", "settle", who(label))
        case "wait":
            desk.now += y % 1_700
            desk.model.world.now = desk.now
            desk.price(*[desk.ledger.hub.read_price(*price_key(desk, i)) for i in (0, 1)])
        case "liquidate":
            limit = UNLIMITED if x % 3 else y * WAD // 1_000
            keeper = other if x % 2 else "k"
            desk.call(who(keeper), "house", "liquidate", who(label), market_id, limit)
        case "force":
            desk.call(who("x"), "house", "forceClose", who(label), market_id, who(other))
        case "pause":
            if desk.call(who("admin"), "house", "setMarketPaused", market_id, True).ok:
                desk.now += y % 50
                desk.model.world.now = desk.now
                if x % 2:
                    desk.call(who("x"), "house", "settle", who(label))
                desk.do("admin", "setMarketPaused", market_id, False)
        case "fees":
            desk.call(who("admin"), "house", "withdrawFees", who("t"), y)
        case _:
            desk.call(who("x"), "house", "accrueFunding", market_id)


def aimed(desk: Desk, y: int, z: int) -> tuple[str, int, str] | None:
    """One of the liquidatable positions with one of its opposite holders, if there is any."""
    pairs = list(liquidatable_pairs(desk))
    return pairs[(y + z) % len(pairs)] if pairs else None


def price_key(desk: Desk, market_id: int) -> tuple[bytes, int]:
    """How to ask the hub for a market's price, at any age."""
    return desk.ledger.market_parameters(market_id).price_id, 1


@given(st.lists(actions, min_size=25, max_size=60))
def test_every_sequence_conserves(sequence: list[Action]) -> None:
    """All identities hold exactly after every call, and nobody's cash is ever negative."""
    desk = fresh()
    for action in sequence:
        act(desk, action)
        assert_conserved(desk)
        assert_sound(desk)


def assert_sound(desk: Desk) -> None:
    """What no call may lead to: negative cash, and a deficit without a position to liquidate."""
    for label in (*NAMES, "x"):
        account = desk.ledger.accounts.read(who(label))
        assert account.cash >= 0, label
        assert pop_count(account.markets) >= account.open_positions
        if account.open_positions == 0:
            assert account.reserve == 0
            # Each closed market may keep a fraction of a wei that the account would need.
            assert desk.standing(label).equity > -WEI * max(pop_count(account.markets), 1), label
            assert desk.view("isLiquidatable", who(label)) == (False,)


@given(st.lists(actions, min_size=25, max_size=60))
def test_everybody_can_be_brought_to_health_or_closed(sequence: list[Action]) -> None:
    """From any reached state forced closes against opposite holders leave nobody liquidatable."""
    desk = fresh()
    for action in sequence:
        act(desk, action)
    desk.price(*[desk.ledger.hub.read_price(*price_key(desk, i)) for i in (0, 1)])
    for _ in range(200):
        pair = next(liquidatable_pairs(desk), None)
        if pair is None:
            break
        account, market_id, counterparty = pair
        desk.do("x", "forceClose", who(account), market_id, who(counterparty))
        assert_conserved(desk)
        assert_sound(desk)
    else:
        raise AssertionError


def liquidatable_pairs(desk: Desk) -> Iterator[tuple[str, int, str]]:
    """Liquidatable accounts with a market and a holder of the opposite side there."""
    for label in NAMES:
        if desk.view("isLiquidatable", who(label)) != (True,):
            continue
        for market_id in (0, 1):
            size = desk.ledger.positions.read(who(label), market_id).size
            for other in NAMES:
                if size * desk.ledger.positions.read(who(other), market_id).size < 0:
                    yield label, market_id, other


@given(st.lists(actions, min_size=25, max_size=60), st.permutations(NAMES))
def test_the_house_never_pays_more_than_it_holds(sequence: list[Action], order: list[str]) -> None:
    """Settled and withdrawn in any order, payments end at the vault."""
    desk = fresh()
    for action in sequence:
        act(desk, action)
    desk.price(*[desk.ledger.hub.read_price(*price_key(desk, i)) for i in (0, 1)])
    for label in order:
        desk.call(who("x"), "house", "settle", who(label))
        amount = desk.number("withdrawable", who(label))
        if amount:
            outcome = desk.call(who(label), "house", "withdraw", amount)
            assert outcome.ok or outcome.error in {"WithdrawalsGated", "InsufficientLiquidity"}
        assert_conserved(desk)
