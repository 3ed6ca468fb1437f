"""Many markets: baskets, paths that follow others, accounts in no more markets than they may."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from weiproof.contracts.chains import actor
from weiproof.engine.accounts import sub_account
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_ACCOUNT_MARKETS, MAX_MARKETS
from weiproof.simulation.deployment import deployment_of
from weiproof.simulation.journal import read_journal
from weiproof.simulation.loading import load_scenario, scenario_of
from weiproof.simulation.paths import following, price_at
from weiproof.simulation.population import plan
from weiproof.simulation.protocol_of import protocol_of
from weiproof.simulation.replay import replay
from weiproof.simulation.run import Check, Run
from weiproof.simulation.scenario import PricePath, Scenario
from weiproof.simulation.toml_exact import ScenarioError
from weiproof.simulation.traders import makers_of

ROOT = Path(__file__).resolve().parents[2]
SMALL = Path(__file__).parent.joinpath("small.toml").read_text("utf-8")
BASKET = """
[[basket]]
name = "alt"
count = 9
like = "ETH-PERP"
start_price = { kind = "loguniform", low = 1, high = 900 }
beta = { kind = "uniform", low = 0.5, high = 3 }
"""
GROUP = """
[[group]]
name = "many"
count = 8
deposit = { kind = "uniform", low = 2_000, high = 9_000 }
leverage = { kind = "uniform", low = 3, high = 6 }
long_share = 0.75
markets = ["ETH-PERP", "alt"]
markets_per_account = 3
enter_from = 1100
enter_to = 1190
"""
MANY = SMALL + BASKET + GROUP


def scenario(text: str = MANY, **more: int) -> Scenario:
    """The small scenario with nine more markets."""
    return scenario_of(text, "small.toml", **more)  # type: ignore[arg-type]


def test_each_member_has_a_market_price_feed_and_path_of_its_own() -> None:
    """With the terms of the market that they are like, and names after the basket."""
    made = scenario()
    names = [f"alt-{i}" for i in range(9)]
    assert [market.name for market in made.markets] == ["ETH-PERP", *names]
    like, *others = made.markets
    for name, market in zip(names, others, strict=True):
        assert (market.price, market.path) == (name, name)
        assert market.tiers == like.tiers
        assert market.size_step == like.size_step
        (feed,) = made.feeds_of(name)
        assert (feed.source, feed.heartbeat) == (name, made.feeds[0].heartbeat)


def test_groups_name_baskets_as_they_name_markets() -> None:
    """The basket's name stands for all its markets, in their order."""
    group = scenario().groups[-1]
    assert group.markets == tuple(range(10))


def test_the_seed_draws_prices_and_betas_within_their_bounds() -> None:
    """Another seed draws others; a longer basket leaves the first ones as they are."""
    first = [path.prices[0] for path in scenario().paths[1:]]
    assert all(WAD <= price <= 900 * WAD for price in first)
    assert len(set(first)) == 9
    assert [path.prices[0] for path in scenario(seed=2).paths[1:]] != first
    more = scenario(MANY.replace("count = 9", "count = 10"))
    assert [path.prices[0] for path in more.paths[1:]][:9] == first


def test_a_follower_moves_by_its_beta() -> None:
    """A tenth down with a beta of two is a fifth; never below a hundredth; rounded down."""
    leader = PricePath("leader", (0, 10, 20, 30), (3 * WAD, 27 * WAD // 10, WAD, 6 * WAD), True)
    points = following(leader, 0, 500 * WAD + 3, 2 * WAD)
    start = 500 * WAD + 3
    assert points[0] == (0, start)
    assert points[1] == (10, start * 8 // 10)
    assert points[2] == (20, start // 100)
    assert points[3] == (30, 3 * start)
    middle = following(leader, 5, start, WAD)
    at_start = price_at(leader, 5)
    assert middle[1] == (10, start * (WAD + (leader.prices[1] * WAD // at_start - WAD)) // WAD)


@pytest.mark.slow
def test_the_contracts_agree_on_many_markets(tmp_path: Path, quickest: str) -> None:
    """Ten markets, a maker with two accounts, accounts in several: no differences, and a replay."""
    run = Run(scenario(), check=Check("sample", 20), chain=quickest, folder=tmp_path)
    told = run.run().summary
    assert told["divergences"] == 0
    assert told["functions"]["house.addMarket"] == 10
    assert told["liquidations"]["accounts"] > 0
    assert "TooManyMarkets" not in told["reverts"]
    assert replay(tmp_path).state_hash == told["state_hash"]


def test_the_maker_has_an_account_for_each_eight_markets(tmp_path: Path) -> None:
    """Equal parts of its capital; each trades in its own markets only."""
    made = scenario()
    owner = actor("maker")
    makers = makers_of(made)
    assert makers == (owner, sub_account(owner, 1))
    assert makers_of(scenario(SMALL)) == (owner,)
    Run(made, check=Check("off"), chain="pyevm", folder=tmp_path).run()
    records = read_journal(tmp_path / "journal.jsonl").records
    moved = [r.call.args for r in records if r.call.function == "transfer"]
    assert moved == [(owner, makers[1], made.market_maker.capital // 2)]
    for record in records:
        if record.call.function == "settleTrade":
            buyer, seller, market = record.call.args[:3]
            assert isinstance(market, int)
            assert makers[market // MAX_ACCOUNT_MARKETS] in {buyer, seller}


def test_a_keeper_waits_where_it_holds_as_many_markets_as_it_may(tmp_path: Path) -> None:
    """All longs of ten markets fall at once: eight in a block, and no call is refused for it."""
    text = MANY.replace(
        "rows = [[1000, 2000], [1500, 1800.25]]", "rows = [[1000, 2000], [1400, 900]]"
    )
    text = text.replace("markets_per_account = 3", "markets_per_account = 1")
    text = (
        text.replace("count = 8", "count = 60")
        .replace("capacity = 2", "capacity = 1000")
        .replace("50_000", "50_000_000")
    )
    told = Run(scenario(text), check=Check("off"), chain="pyevm", folder=tmp_path).run().summary
    assert "TooManyMarkets" not in told["reverts"]
    held: dict[int, set[object]] = {}
    for record in read_journal(tmp_path / "journal.jsonl").records:
        if record.call.function == "liquidate" and record.outcome.ok:
            held.setdefault(record.call.at, set()).add(record.call.args[1])
    assert max(len(markets) for markets in held.values()) == MAX_ACCOUNT_MARKETS


def test_a_deployment_has_the_markets_of_its_baskets() -> None:
    """Deploying a scenario's file deploys what running it does."""
    assert deployment_of(MANY, "small.toml").markets == protocol_of(scenario()).markets


def test_as_many_markets_as_the_clearing_house_takes() -> None:
    """One more is refused, with the number."""
    most = MAX_MARKETS - 1
    full = scenario(SMALL + BASKET.replace("count = 9", f"count = {most}"))
    assert len(full.markets) == MAX_MARKETS
    assert full.maker_accounts == -(-MAX_MARKETS // MAX_ACCOUNT_MARKETS)
    with pytest.raises(ScenarioError, match=f"at most {MAX_MARKETS} markets in all"):
        scenario(SMALL + BASKET.replace("count = 9", f"count = {MAX_MARKETS}"))


def test_the_shipped_evening_has_many_markets_that_fall_together() -> None:
    """Its worst minute is below its calm in every market; most accounts are in four of them."""
    evening = load_scenario(ROOT / "scenarios" / "cascades" / "october_2025.toml")
    assert len(evening.markets) == 50
    calm, worst = evening.start + 20 * 60, evening.start + 50 * 60
    for market in evening.markets:
        path = evening.path(market.path)
        assert price_at(path, worst) * 9 < price_at(path, calm) * 8
    held = Counter(trade.account for trade in plan(evening).trades)
    assert sum(count >= 3 for count in held.values()) > 150
    assert max(held.values()) <= MAX_ACCOUNT_MARKETS


FOLLOWING = 'follows = { path = "eth", start_price = 5, beta = 2 }'
REFUSED = {
    "like no market": (BASKET.replace('"ETH-PERP"', '"ETH-PRP"'), "Did you mean ETH-PERP"),
    "after no path": (BASKET + 'follows = "ethh"\n', "Did you mean eth"),
    "a name that is taken": (BASKET.replace('"alt"', '"ETH-PERP"'), "it is taken"),
    "two of one name": (BASKET + BASKET, "it is taken"),
    "no members": (BASKET.replace("count = 9", "count = 0"), "from 1 to"),
    "a beta of nothing": (BASKET.replace("low = 0.5", "low = 0"), "beta.low"),
    "a path after itself": (
        f'[[path]]\nname = "x"\n{FOLLOWING}\n[[path]]\nname = "y"\n'
        + FOLLOWING.replace('"eth"', '"x"'),
        "follows no other",
    ),
    "after one that follows": (
        f'[[path]]\nname = "x"\n{FOLLOWING}\n' + BASKET + 'follows = "x"\n',
        r"basket\[0\].follows",
    ),
    "rows beside": (f'[[path]]\nname = "x"\nrows = [[1, 2]]\n{FOLLOWING}', "rows and follows"),
    "nine markets each": (
        BASKET + GROUP.replace("markets_per_account = 3", "markets_per_account = 9"),
        "from 1 to 8",
    ),
    "markets of no basket": (GROUP, "there is no alt"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_fit_is_refused(name: str) -> None:
    """The message says what was expected, and where."""
    more, words = REFUSED[name]
    with pytest.raises(ScenarioError, match=words):
        scenario(SMALL + "\n" + more)
