"""Traders who buy and sell tokens: what a file says, what is refused, what it comes to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.simulation.test_tokens import TEXT as TOKENS
from weiproof.engine.fixed_point import WAD
from weiproof.simulation.collateral import TokenTrade
from weiproof.simulation.loading import scenario_of
from weiproof.simulation.population import PlannedTokenTrade, plan
from weiproof.simulation.protocol_of import protocol_of
from weiproof.simulation.replay import replay
from weiproof.simulation.run import Check, Run
from weiproof.simulation.toml_exact import ScenarioError

if TYPE_CHECKING:
    from pathlib import Path

TRADES = """
at = 1050
token_trades = [
    { token = "st", amount = 0.40000001, side = "sell", at = 1400 },
    { token = "st", amount = 0.1, side = "buy", at = 1600 },
    { token = "st", amount = 0.05, side = "sell" },
]
"""
TEXT = (
    TOKENS.replace("tokens = { st = 0.5 }", "tokens = { st = 0.5 }" + TRADES)
    .replace("cap = 1000.5", "cap = 1000.5\nprice_band = 0.02\ntrading_fee = 0.001")
    .replace("spread = 0.001", "spread = 0.001\ntokens = { st = 2.5 }")
)
BAD = {
    "no such token": ('token = "st", amount = 0.1', 'token = "s", amount = 0.1', "[1].token"),
    "nine decimals": ("amount = 0.1", "amount = 0.000000001", "[1].token"),
    "nothing": ("amount = 0.1", "amount = 0", "[1].amount"),
    "no such side": ('side = "buy"', 'side = "long"', "[1].side"),
    "after the end": ("at = 1600", "at = 2001", "[1].at"),
    "before it enters": ("at = 1600", "at = 1049", "[1].at"),
    "maker's token": ("tokens = { st = 2.5 }", "tokens = { s = 2.5 }", "market_maker.tokens.s"),
    "band above 1": ("price_band = 0.02", "price_band = 1.1", "token[0].price_band"),
    "fee above 0.1": ("trading_fee = 0.001", "trading_fee = 0.11", "token[0].trading_fee"),
}


def test_every_unit_is_as_documented() -> None:
    """Amounts are token units, negative to sell; band and fee WAD; the default time is entry."""
    scenario = scenario_of(TEXT, "f")
    assert scenario.accounts[0].token_trades == (
        TokenTrade(0, -40_000_001, 1400),
        TokenTrade(0, 10_000_000, 1600),
        TokenTrade(0, -5_000_000, 1050),
    )
    assert scenario.market_maker.tokens == ((0, 250_000_000),)
    (token,) = protocol_of(scenario).collaterals
    assert (token.band_rate, token.trade_fee_rate) == (WAD // 50, WAD // 1000)


def test_a_file_without_them_is_as_before() -> None:
    """Nobody trades tokens; the band is a tenth and the fee a two-thousandth."""
    scenario = scenario_of(TOKENS, "f")
    assert plan(scenario).token_trades == ()
    (token,) = scenario.collateral.tokens
    assert (token.price_band, token.trading_fee) == (WAD // 10, WAD // 2000)


def test_trades_are_planned_by_time() -> None:
    """The one at entry comes first."""
    planned = plan(scenario_of(TEXT, "f")).token_trades
    assert [trade.at for trade in planned] == [1050, 1400, 1600]
    assert planned[1] == PlannedTokenTrade("alice", 0, -40_000_001, 1400)


@pytest.mark.parametrize("name", BAD)
def test_one_wrong_value(name: str) -> None:
    """The message names the file and the key."""
    old, new, key = BAD[name]
    assert old in TEXT
    with pytest.raises(ScenarioError) as caught:
        scenario_of(TEXT.replace(old, new, 1), "bad.toml")
    assert key in caught.value.key
    assert caught.value.hint


def test_model_and_contracts_agree_on_what_was_traded(tmp_path: Path, quickest: str) -> None:
    """Three trades at the venue's price and half the spread, in lockstep and in the replay."""
    run = Run(scenario_of(TEXT, "f"), check=Check("full"), chain=quickest, folder=tmp_path)
    summary = run.run().summary
    assert summary["functions"]["house.settleSpotTrade"] >= 3
    assert summary["collateral"]["traded"] == {"st": "55000001"}
    assert replay(tmp_path).state_hash == summary["state_hash"]
    lines = (tmp_path / "journal.jsonl").read_text("utf-8").splitlines()
    calls = [json.loads(line)["call"] for line in lines if "settleSpotTrade" in line]
    prices = {int(call["args"][4]) for call in calls}
    # 2,000 dollars x 1.5, later 1,800.25 x 0.75; sold below and bought above
    low, later = 3_000 * WAD * 1999 // 2000, -(-180_025 * WAD * 3 * 2001 // (400 * 2000))
    assert {low, later} <= prices
