"""Dust: keepers that weigh costs, groups whose result is told, and what a reserve does."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from weiproof.engine.records import TOKEN_UNIT
from weiproof.scripts import cli
from weiproof.scripts.display import human
from weiproof.simulation.books import Books
from weiproof.simulation.comparison import variants_of
from weiproof.simulation.journal import read_journal
from weiproof.simulation.loading import load_scenario, scenario_of
from weiproof.simulation.replay import replay
from weiproof.simulation.run import Check, Run
from weiproof.simulation.toml_exact import ScenarioError

if TYPE_CHECKING:
    from weiproof.simulation.scenario import Scenario

ROOT = Path(__file__).resolve().parents[2]
DUST = ROOT / "scenarios" / "cascades" / "dust.toml"
ROWS = "rows = [[1000, 2000], [1500, 1800.25]]"
FALL = "rows = [[1000, 2000], [1400, 2000], [1401, 1700]]"
SMALL = Path(__file__).parent.joinpath("small.toml").read_text("utf-8").replace(ROWS, FALL)
WATCHED = SMALL.replace("enter_to = 1400", "enter_to = 1400\nwatched = true")


def with_cost(cost: str) -> str:
    """The small scenario with a keeper whom a liquidation costs so much."""
    return SMALL.replace("capacity = 2", f"capacity = 2\ncost = {cost}")


def run(scenario: Scenario, folder: Path, check: str = "off") -> dict[str, Any]:
    """The summary of a run, whose journal then lies in the folder."""
    return Run(scenario, check=Check(check), chain="pyevm", folder=folder).run().summary


def rewards(folder: Path) -> list[int | None]:
    """What each call of ``liquidate`` brought, wei; None where it was refused."""
    found: list[int | None] = []
    for record in read_journal(folder / "journal.jsonl").records:
        if record.call.function == "liquidate":
            events = [e.args for e in record.outcome.events if e.name == "Liquidated"]
            reward = events[0][6] if events else None
            assert reward is None or isinstance(reward, int)
            found.append(reward)
    return found


@cache
def told() -> dict[str, dict[str, Any]]:
    """Summaries of all shipped variants, on the model."""
    found = {}
    for name in variants_of(load_scenario(DUST)):
        with TemporaryDirectory() as folder:
            found[name] = run(load_scenario(DUST, variant=name), Path(folder))
    return found


def result(variant: str) -> int:
    """What the speculator of a variant has less what was paid in, wei."""
    return int(told()[variant]["groups"]["dust"]["result"])


def owed(variant: str) -> int:
    """What the speculator's accounts owe at the end, wei."""
    return int(told()[variant]["groups"]["dust"]["owed"])


def test_a_keeper_stays_away_from_what_does_not_pay(tmp_path: Path) -> None:
    """Every liquidation brings two dollars; some of those of keepers without a cost bring less."""
    text, least = DUST.read_text("utf-8"), []
    for name, each in (("dear", text), ("free", text.replace("cost = 2", "cost = 0"))):
        (tmp_path / name).mkdir()
        run(scenario_of(each, "f", variant="whole-recovers"), tmp_path / name)
        least.append(min(each for each in rewards(tmp_path / name) if each is not None))
    assert least[1] < 2 * 10**18 <= least[0]


def test_a_cost_of_just_the_reward_is_covered(tmp_path: Path) -> None:
    """The minimum reward is ten dollars: who needs a millionth more makes no call at all."""
    for name, cost in (("ten", "10"), ("more", "10.000001")):
        (tmp_path / name).mkdir()
        run(scenario_of(with_cost(cost), "f"), tmp_path / name)
    assert rewards(tmp_path / "ten") == 3 * [10 * 10**18]
    assert rewards(tmp_path / "more") == []


def test_the_quick_look_at_a_reward_changes_no_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A keeper that asks each time makes the same calls as one that looks at the bound before."""
    for name in "ab":
        (tmp_path / name).mkdir()
    scenario = load_scenario(DUST, variant="guarded")
    quick = run(scenario, tmp_path / "a")
    monkeypatch.setattr(Books, "highest_reward", lambda *_: 10**30)
    assert run(scenario, tmp_path / "b")["state_hash"] == quick["state_hash"]


def test_what_a_group_came_to_adds_up(tmp_path: Path) -> None:
    """What calls paid in less what they took out, and what that leaves as a result."""
    summary = run(scenario_of(WATCHED, "f"), tmp_path)
    group = summary["groups"]["crowd"]
    paid = 0
    for record in read_journal(tmp_path / "journal.jsonl").records:
        call, name = record.call, record.call.function
        own = call.sender not in _others()
        if record.outcome.ok and own and name in {"deposit", "withdraw"}:
            (amount,) = call.args
            assert isinstance(amount, int)
            paid += amount if name == "deposit" else -amount
    assert int(group["paid_in"]) == paid * TOKEN_UNIT
    assert int(group["result"]) == int(group["left"]) - int(group["paid_in"])
    assert group["accounts"] == 12
    assert replay(tmp_path).summary["groups"] == summary["groups"]


def _others() -> set[str]:
    """Who deposits in the small scenario without being of its crowd."""
    from weiproof.contracts.chains import actor

    return {actor(name) for name in ("maker", "keeper", "alice")}


def test_only_cash_is_counted() -> None:
    """A group that brings tokens cannot be watched."""
    more = 'watched = true\ntoken_shares = { "WETH" = 0.5 }'
    with pytest.raises(ScenarioError, match="no token_shares where watched"):
        scenario_of(SMALL.replace("enter_to = 1400", f"enter_to = 1400\n{more}"), "f")


def test_splitting_pays_where_nobody_comes() -> None:
    """Without a reserve small accounts lose no more and leave more to others, or get it back."""
    assert result("open") == result("whole") < 0
    assert owed("open") > 8 * owed("whole")
    assert result("whole-recovers") < 80 * result("open-recovers") < 0


def test_dust_never_pays_where_a_reserve_does() -> None:
    """Each small account pays for its liquidation; others lose nothing, three lose less."""
    for name in ("guarded", "guarded-recovers"):
        plain = name.replace("guarded", "whole")
        assert result(name) < 2 * result(plain) < 0
        assert owed(name) == 0
        assert told()[name]["bad_debt"] == "0"


def test_liquidation_stays_live() -> None:
    """All small accounts are closed in the blocks that their number takes at six a block."""
    scenario = load_scenario(DUST, variant="guarded")
    blocks = 150 // max(keeper.capacity for keeper in scenario.keepers)
    for name in ("guarded", "guarded-recovers"):
        latency = told()[name]["blockspace"]["keeper_latency"]
        assert latency["worst"] <= blocks * scenario.block_time
        assert told()[name]["liquidations"]["full"] >= 150
    assert told()["open"]["blockspace"]["keeper_latency"]["left"] >= 150


def test_what_guards_depends_on_keepers() -> None:
    """Too few liquidations in a block, or a reward below their cost, leave debts."""
    assert owed("guarded-busy") > 0
    assert int(told()["guarded-busy"]["bad_debt"]) > 0
    assert owed("guarded-thin") == owed("open")


def test_the_page_has_these_figures() -> None:
    """The second table of the page is what comes out."""
    page = (ROOT / "docs" / "cascades.md").read_text("utf-8")
    for name, each in told().items():
        latency = each["blockspace"]["keeper_latency"]
        money = f"{human(result(name), places=0)} | {human(owed(name), places=0)}"
        row = f"| {name} | {money} | {latency['median']:,} | {latency['worst']:,}"
        assert f"\n{row} | {latency['left']} |\n" in page


def test_the_closing_table_tells_of_watched_groups(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Accounts, what they paid in, have and owe, and the result."""
    arguments = ["run", "dust", "--variant", "whole-recovers", "--check", "off"]
    assert cli.main([*arguments, "--out", str(tmp_path / "run")]) == 0
    words = " ".join(capsys.readouterr().out.split())
    assert "group dust 3 accounts, 750.00 paid in" in words
    assert "0.00 owed: -569.76 USD" in words
