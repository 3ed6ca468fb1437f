"""Who takes part."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from weiproof.engine.draws import Draws
from weiproof.engine.fixed_point import WAD
from weiproof.simulation.loading import scenario_of
from weiproof.simulation.population import PlannedTrade, draw, plan
from weiproof.simulation.scenario import Distribution, member_names

SMALL = Path(__file__).parent.joinpath("small.toml").read_text("utf-8")


def test_members_are_numbered() -> None:
    """Names of a group have the same length."""
    assert member_names("a", 1) == ("a-0",)
    assert member_names("a", 11)[-1] == "a-10"


def test_explicit_accounts_come_first_and_as_written() -> None:
    """An account of the file trades what the file says."""
    population = plan(scenario_of(SMALL, "f"))
    assert population.accounts[0].name == "alice"
    assert population.trades[0] == PlannedTrade("alice", 0, -15 * 10**17, 1000)
    assert len(population.accounts) == 13


def test_drawn_values_lie_within_their_bounds() -> None:
    """Deposits, sizes and times are those that the group allows."""
    scenario = scenario_of(SMALL, "f")
    population = plan(scenario)
    deposits = {account.name: account.deposit for account in population.accounts}
    step = scenario.markets[0].size_step
    for trade in population.trades[1:]:
        deposit = deposits[trade.account]
        assert 10**8 <= deposit <= 10**10
        assert trade.size % step == 0
        assert 1100 <= trade.at <= 1400
        notional = (abs(trade.size) + step) * 2000
        assert notional * 10 >= deposit * 10**12 * 15
        assert abs(trade.size) * 2000 <= deposit * 10**12 * 8
    assert any(trade.size < 0 for trade in population.trades[1:])


def test_trades_and_reviews_are_in_order_of_time() -> None:
    """Both lists rise in time and end with the scenario."""
    population = plan(scenario_of(SMALL, "f"))
    for times in ([t.at for t in population.trades], [r.at for r in population.reviews]):
        assert times == sorted(times)
        assert times[-1] <= 2000
    assert all(r.withdraws or r.tops_up or r.panics for r in population.reviews)


def test_another_group_shifts_nobody() -> None:
    """Adding a group leaves the plans of all others as they are."""
    begin, end = SMALL.index("[[group]]"), SMALL.index("[[keeper]]")
    more = SMALL[begin:end].replace("crowd", "more") + SMALL[begin:]
    before = plan(scenario_of(SMALL, "f"))
    after = plan(scenario_of(SMALL[:begin] + more, "f"))
    assert set(before.trades) < set(after.trades)
    assert set(before.reviews) < set(after.reviews)


def test_a_longer_group_keeps_its_first_members() -> None:
    """Raising a count within the same length of name adds accounts only."""
    before = plan(scenario_of(SMALL, "f")).accounts
    after = plan(scenario_of(SMALL.replace("count = 12", "count = 20"), "f")).accounts
    assert after[: len(before)] == before


def test_equal_ratios_are_about_equally_likely() -> None:
    """A log-uniform draw over 1 to 2**20 lies below 2**10 half of the time."""
    stream = Draws(5).stream("loguniform")
    distribution = Distribution("loguniform", 1, 2**20, ())
    drawn = [draw(stream, distribution) for _ in range(2000)]
    assert 920 < sum(value <= 2**10 for value in drawn) < 1080
    assert 1 <= min(drawn) < max(drawn) <= 2**20


@pytest.mark.parametrize("kind", ["uniform", "loguniform"])
def test_a_single_value_is_always_drawn(kind: str) -> None:
    """Low equal to high leaves no choice."""
    assert draw(Draws(5).stream("x"), Distribution(kind, WAD, WAD, ())) == WAD


def test_plans_do_not_depend_on_the_process() -> None:
    """Hash seed and time zone leave scenario and plans as they are."""
    file = Path(__file__).parents[2] / "scenarios" / "august_2024.toml"
    program = (
        "import hashlib, sys\n"
        "from weiproof.simulation.loading import load_scenario\n"
        "from weiproof.simulation.population import plan\n"
        "s = load_scenario(sys.argv[1])\n"
        "print(hashlib.sha256(repr((s, plan(s))).encode()).hexdigest())\n"
    )
    found = [
        subprocess.run(
            [sys.executable, "-c", program, str(file)],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed, zone in (("0", "UTC"), ("1", "Asia/Tokyo"))
    ]
    assert found[0] == found[1]
    assert len(found[0].strip()) == 64
