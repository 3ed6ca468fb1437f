"""Tokens as margin in scenarios: what a file says, what is refused, and what becomes of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from weiproof.engine.fixed_point import WAD
from weiproof.simulation.collateral import NO_COLLATERAL, Credit, observed_price, venue_price
from weiproof.simulation.loading import load_scenario, scenario_of
from weiproof.simulation.metrics import encode_summary
from weiproof.simulation.population import plan
from weiproof.simulation.protocol_of import decode_protocol, encode_protocol, protocol_of
from weiproof.simulation.replay import replay
from weiproof.simulation.run import Check, Run
from weiproof.simulation.toml_exact import ScenarioError

SMALL = Path(__file__).parent.joinpath("small.toml").read_text("utf-8")
MARGIN = Path(__file__).parents[2] / "scenarios" / "margin"
FEED = SMALL[SMALL.index("[[feed]]") : SMALL.index("[[market]]")]
STAKED = """
[[token]]
name = "st"
price = "st-USD"
decimals = 8
initial_weight = 0.8
maintenance_weight = 0.9
seizure_discount = 0.05
cap = 1000.5
exchange_rate = 1.5
rates = [[1500, 0.75]]

[[price]]
name = "st-USD"
"""
CREDIT = """
[credit]
base_rate = 0.031536
kink_rate = 0.31536
maximum_rate = 31.536
debt_limit = 50
"""
RATED = FEED.replace('"ETH-USD"', '"st-USD"') + 'token = "st"\n'
TEXT = (
    SMALL.replace("[[market]]", f"{RATED}{STAKED}{CREDIT}[[market]]", 1)
    .replace("deposit = 1000.000001", "deposit = 1000.000001\ntokens = { st = 0.5 }")
    .replace("long_share = 0.75", "long_share = 0.75\ntoken_shares = { st = 0.75 }")
)
BAD = {
    "no such price": ('price = "st-USD"\ndecimals', 'price = "x"\ndecimals', "token[0].price"),
    "no such path": ("decimals = 8\ninitial", 'path = "x"\ndecimals = 8\ninitial', "token[0].path"),
    "weights swapped": ("initial_weight = 0.8", "initial_weight = 0.95", "token[0]"),
    "weight above 1": ("maintenance_weight = 0.9", "maintenance_weight = 1.1", "_weight"),
    "discount too deep": ("seizure_discount = 0.05", "seizure_discount = 0.11", "token[0]"),
    "cap of nine decimals": ("cap = 1000.5", "cap = 0.000000001", "token[0].cap"),
    "rate too high": ("exchange_rate = 1.5", "exchange_rate = 1001", "token[0].exchange_rate"),
    "later rate too high": ("[[1500, 0.75]]", "[[1500, 1001]]", "token[0]"),
    "rates without a first": ("exchange_rate = 1.5\n", "", "token[0]"),
    "rates unsorted": ("[[1500, 0.75]]", "[[1500, 1], [1500, 2]]", "token[0]"),
    "rate outside": ("[[1500, 0.75]]", "[[2001, 0.75]]", "token[0].rates[0]"),
    "short ramp": ("cap = 1000.5", "cap = 1\nramp_duration = 3599", "token[0].ramp_duration"),
    "feed of no token": ('token = "st"', 'token = "s"', "feed[1].token"),
    "feed of no rate": (
        "exchange_rate = 1.5\nrates = [[1500, 0.75]]\n",
        "",
        "feed[1].token",
    ),
    "unknown token of an account": ("{ st = 0.5 }", "{ s = 0.5 }", "account[0].tokens.s"),
    "amount of nine decimals": ("{ st = 0.5 }", "{ st = 1e-9 }", "account[0].tokens.st"),
    "nothing of a token": ("{ st = 0.5 }", "{ st = 0 }", "account[0].tokens.st"),
    "unknown token of a group": ("{ st = 0.75 }", "{ s = 0.75 }", "group[0].token_shares.s"),
    "share above 1": ("{ st = 0.75 }", "{ st = 1.1 }", "group[0].token_shares.st"),
    "rates of interest fall": ("kink_rate = 0.31536", "kink_rate = 0.01", "credit"),
    "interest too high": ("maximum_rate = 31.536", "maximum_rate = 32", "credit.maximum_rate"),
    "kink of everything": ("debt_limit = 50", "kink = 1", "credit.kink"),
}


def test_a_file_without_tokens_has_none() -> None:
    """Nothing counts as margin but cash, and nothing more is deployed."""
    scenario = scenario_of(SMALL, "f")
    assert scenario.collateral == NO_COLLATERAL
    spec = protocol_of(scenario)
    assert (spec.tokens, spec.rated_feeds, spec.collaterals) == ((), (), ())


def test_every_unit_is_as_documented() -> None:
    """Weights and rates are WAD, amounts token units, interest a second, limits wei."""
    scenario = scenario_of(TEXT, "f")
    (token,) = scenario.collateral.tokens
    assert (token.cap, token.unit, token.label) == (100_050_000_000, 10**10, "token/st")
    assert (token.initial_weight, token.maintenance_weight) == (8 * 10**17, 9 * 10**17)
    assert scenario.collateral.credit == Credit(10**9, 10**10, 10**12, debt_limit=50 * WAD)
    assert scenario.accounts[0].tokens == ((0, 50_000_000),)
    assert scenario.groups[0].token_shares == ((0, 75 * 10**16),)


def test_rates_hold_from_their_second_on() -> None:
    """The price of a rated feed follows the rate, and a venue's own path does not."""
    scenario = scenario_of(TEXT, "f")
    (token,) = scenario.collateral.tokens
    assert [token.rate_at(at) for at in (1000, 1499, 1500)] == [15 * WAD // 10] * 2 + [75 * 10**16]
    assert observed_price(scenario, token, 1499) == 3_000 * WAD
    assert venue_price(scenario, token, 1500) == 180_025 * WAD // 100 * 3 // 4
    text = TEXT.replace("decimals = 8\ninitial", 'path = "eth"\ndecimals = 8\ninitial')
    sold = scenario_of(text, "f")
    assert venue_price(sold, sold.collateral.tokens[0], 1000) == 2_000 * WAD


def test_the_hub_asks_the_rated_feed() -> None:
    """The price's source multiplies by the token's rate; the protocol survives its file."""
    spec = protocol_of(scenario_of(TEXT, "f"))
    assert spec.prices[1].sources[0].feed == spec.rated_feeds[0].name == "st-USD/one/rated"
    assert spec.rated_feeds[0].feed == "st-USD/one"
    assert decode_protocol(encode_protocol(spec, ("a",))) == (spec, ("a",))


def test_a_group_brings_a_share_of_its_deposit_in_tokens() -> None:
    """Cash and tokens come to the deposit; who brings none is drawn as before."""
    population, before = plan(scenario_of(TEXT, "f")), plan(scenario_of(SMALL, "f"))
    assert population.trades == before.trades
    for member, same in zip(population.accounts[1:], before.accounts[1:], strict=True):
        assert member.deposit == same.deposit
        assert member.in_tokens == member.deposit * 3 // 4
        ((token, units),) = member.tokens
        worth = units * 3_000 * 10**6 // 10**8
        assert (token, 0 <= member.in_tokens - worth <= 30) == (0, True)


@pytest.mark.parametrize("name", BAD)
def test_one_wrong_value(name: str) -> None:
    """The message names the file and the key."""
    old, new, key = BAD[name]
    assert old in TEXT
    with pytest.raises(ScenarioError) as caught:
        scenario_of(TEXT.replace(old, new, 1), "bad.toml")
    assert key in caught.value.key
    assert str(caught.value).startswith("bad.toml: ")
    assert caught.value.hint


def test_credit_without_tokens_is_refused() -> None:
    """Cash is never negative without tokens."""
    with pytest.raises(ScenarioError, match="beside"):
        scenario_of(SMALL + CREDIT, "f")


def test_two_tokens_of_one_name_are_refused() -> None:
    """A name stands for one token."""
    twice = STAKED[: STAKED.index("[[price]]")]
    with pytest.raises(ScenarioError) as caught:
        scenario_of(TEXT + twice, "f")
    assert caught.value.key == "token[1].name"


def test_model_and_contracts_agree_and_a_replay_finds_the_same(
    tmp_path: Path, quickest: str
) -> None:
    """Tokens are brought, their rate falls, and every call has the same outcome on both sides."""
    run = Run(scenario_of(TEXT, "f"), check=Check("full"), chain=quickest, folder=tmp_path)
    summary = run.run().summary
    assert summary["functions"]["token.setExchangeRate"] == 1
    assert summary["functions"]["house.depositCollateral"] >= 13
    assert summary["stale_seconds"]["st-USD/one"] < 1000
    assert replay(tmp_path).state_hash == summary["state_hash"]


def test_keepers_buy_what_pays(tmp_path: Path) -> None:
    """Debtors' tokens are bought below the venue's price, and taken out by who bought them."""
    scenario = load_scenario(MARGIN / "staking_slash.toml", variant="slash")
    summary = Run(scenario, check=Check("off"), chain="pyevm", folder=tmp_path).run().summary
    bought = int(summary["collateral"]["bought"]["stETH"])
    assert bought > 0
    assert summary["functions"]["house.buyCollateral"] > 10
    # ETH is at 3,010 at most, and the rate at 1.2
    assert 0 < int(summary["collateral"]["paid"]) < bought * 3_010 * 12 // 10 * 98 // 100
    assert encode_summary(summary) == (tmp_path / "summary.json").read_bytes()


def test_keepers_buy_nothing_where_it_does_not_pay(tmp_path: Path) -> None:
    """At a venue where the token fetches less than the house asks, nobody buys."""
    text = (MARGIN / "staking_slash.toml").read_text("utf-8")
    cheap = '[[path]]\nname = "cheap"\nrows = [[2026-04-07T12:00:00Z, 2000]]\n'
    text = text.replace("exchange_rate = 1.2", 'path = "cheap"\nexchange_rate = 1.2')
    scenario = scenario_of(text.replace("[[path]]", cheap + "[[path]]", 1), "f", variant="slash")
    summary = Run(scenario, check=Check("off"), chain="pyevm", folder=tmp_path).run().summary
    assert summary["collateral"] == {
        "bought": {},
        "paid": "0",
        "debts_covered": 0,
        "traded": {},
    }


def test_what_keepers_sell_moves_its_venue(tmp_path: Path, quickest: str) -> None:
    """In a thin book tokens are sold in parts, their price sinks, and keepers buy fewer of them."""
    text = (MARGIN / "staking_slash.toml").read_text("utf-8")
    text = text.replace("exchange_rate = 1.2", 'path = "sold"\nexchange_rate = 1.2')
    sold = '[[path]]\nname = "sold"\nrows = [[2026-04-07T12:00:00Z, 3600]]\n'
    told = []
    for name, notional in (("deep", 10**12), ("thin", 10**6)):
        depth = f"depth = {{ notional = {notional}, half_life = 600, largest_move = 0.02 }}\n"
        deep = text.replace("[[path]]", f"{sold}{depth}[[path]]", 1)
        folder = tmp_path / name
        folder.mkdir()
        scenario = scenario_of(deep, "f", variant="slash")
        run = Run(scenario, check=Check("sample", 100), chain=quickest, folder=folder)
        told.append(run.run().summary)
    lowest = [int(each["venues"]["sold"]["lowest_impact"]) for each in told]
    assert -2 * 10**16 <= lowest[1] < -(10**15) < lowest[0] < 0
    bought = [int(each["collateral"]["bought"]["stETH"]) for each in told]
    assert 0 < bought[1] < bought[0]
    for each, units in zip(told, bought, strict=True):
        # all that was bought was sold, at 3,600 before any move
        assert int(each["venues"]["sold"]["forced_notional"]) == units * 3_600
