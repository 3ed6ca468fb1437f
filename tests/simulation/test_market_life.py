"""The life of markets in scenarios: paused, reduce-only, delisted, settled, claimed."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from weiproof.contracts.chains import actor
from weiproof.engine.fixed_point import WAD, WEI
from weiproof.scripts import cli
from weiproof.simulation.journal import read_journal
from weiproof.simulation.loading import load_scenario, scenario_of
from weiproof.simulation.replay import replay
from weiproof.simulation.run import Check, Run
from weiproof.simulation.toml_exact import ScenarioError

if TYPE_CHECKING:
    from weiproof.simulation.forms import Record

ROOT = Path(__file__).resolve().parents[2]
DELISTING = ROOT / "scenarios" / "cascades" / "delisting.toml"
SMALL = Path(__file__).parent.joinpath("small.toml").read_text("utf-8")
SETTLER = '[[settler]]\nname = "settler"\nlatency = 12\ncapacity = 3\n'
ENDING = ("settleFinal", "closeMarket", "claimFinal")


def event(at: int, becomes: str, market: str = "ETH-PERP") -> str:
    """A table of an event."""
    return f'[[market_event]]\nat = {at}\nmarket = "{market}"\nbecomes = "{becomes}"\n'


HALTED = SMALL + event(1450, "paused") + event(1600, "delisted") + SETTLER


def run(text: str, folder: Path, *, check: str = "off", variant: str = "") -> dict[str, Any]:
    """The summary of a run, whose journal then lies in the folder."""
    scenario = scenario_of(text, "scenario.toml", variant=variant)
    return Run(scenario, check=Check(check), chain="pyevm", folder=folder).run().summary


def records(folder: Path) -> tuple[Record, ...]:
    """What the journal of that run holds."""
    return read_journal(folder / "journal.jsonl").records


def events_of(folder: Path, name: str) -> list[tuple[Any, ...]]:
    """Arguments of all events of a name, in order."""
    return [e.args for record in records(folder) for e in record.outcome.events if e.name == name]


@pytest.fixture(scope="module")
def halted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[dict[str, Any], Path]]:
    """Summary and folder of the shipped delisting, settled in two orders."""
    text, found = DELISTING.read_text("utf-8"), {}
    for variant in ("halted", "halted-reversed"):
        folder = tmp_path_factory.mktemp(variant)
        found[variant] = run(text, folder, variant=variant), folder
    return found


def test_the_contracts_agree_and_a_replay_verifies(tmp_path: Path) -> None:
    """Every call of a delisting, on the contracts too; the summary follows from the journal."""
    told = run(HALTED, tmp_path, check="full")
    assert told["divergences"] == 0
    assert told["delistings"]["ETH-PERP"]["closed"]
    assert all(told["functions"][f"house.{function}"] > 0 for function in ("delist", *ENDING))
    again = replay(tmp_path)
    assert again.state_hash == told["state_hash"]
    assert again.summary["delistings"] == told["delistings"]


def test_events_come_in_their_blocks_and_settlers_after_them(tmp_path: Path) -> None:
    """The pause at 1450, the delisting at 1600, the first settlement two blocks later."""
    run(HALTED, tmp_path)
    made = [(r.call.at, r.call.function) for r in records(tmp_path) if r.outcome.ok]
    assert [at for at, function in made if function == "setMarketPaused"] == [1450]
    assert [at for at, function in made if function == "delist"] == [1600]
    assert min(at for at, function in made if function == "settleFinal") == 1620
    assert not [at for at, function in made if function == "accrueFunding" and at > 1600]


def test_a_settler_makes_so_many_calls_a_block_and_none_in_vain(tmp_path: Path) -> None:
    """Three a block, all of them taken, in the order positions, ratio, claims."""
    told = run(HALTED, tmp_path)
    mine = [r for r in records(tmp_path) if r.call.sender == actor("settler")]
    assert all(record.outcome.ok for record in mine)
    counts = [len(list(calls)) for _, calls in groupby(r.call.at for r in mine)]
    assert max(counts) == 3
    assert all(count == 3 for count in counts[:-1])
    assert tuple(name for name, _ in groupby(r.call.function for r in mine)) == ENDING
    end = told["delistings"]["ETH-PERP"]
    assert len(mine) == end["settled"] + 1 + end["claims_paid"]


def test_claims_are_paid_alike_in_any_order(
    halted: dict[str, tuple[dict[str, Any], Path]],
) -> None:
    """Two settlers and their reverse: other calls, every account is paid the same to the wei."""
    (one, here), (other, there) = halted.values()
    orders = [
        [r.call.args for r in records(folder) if r.call.function == "settleFinal"]
        for folder in (here, there)
    ]
    assert orders[0] != orders[1]
    assert sorted(orders[0], key=str) == sorted(orders[1], key=str)
    paid = [{args[0]: args for args in events_of(f, "ClaimPaid")} for f in (here, there)]
    assert paid[0] == paid[1]
    assert list(paid[0]) != list(paid[1])
    assert one["delistings"] == other["delistings"]


def test_claims_are_paid_pro_rata(halted: dict[str, tuple[dict[str, Any], Path]]) -> None:
    """With insolvent accounts the ratio is below one: all claims are paid that share, floored."""
    told, folder = halted["halted"]
    end = told["delistings"]["ALT-PERP"]
    ratio = int(end["ratio"])
    assert 0 < ratio < WAD
    assert end["insolvent"] == 42
    claims = events_of(folder, "ClaimPaid")
    assert len(claims) == end["claims_paid"] > 10
    assert all(amount == claim * ratio // (WAD * WEI) for _, _, claim, amount in claims)
    assert sum(claim for _, _, claim, _ in claims) // WEI == int(end["claims"])
    # what longs owe is what shorts lack: claims less losses that came in less the fund
    lost = int(end["claims"]) - int(end["paid"])
    owed = int(end["owed"]) - int(end["insurance_fund"])
    rounded = int(end["claims"]) // WAD + len(claims)
    assert 0 <= lost - owed + 1 <= rounded + 1


def test_a_larger_fund_pays_claims_in_full(tmp_path: Path) -> None:
    """It gives exactly what insolvent accounts owe, and keeps the rest."""
    told = run(DELISTING.read_text("utf-8"), tmp_path, variant="halted-funded")
    end = told["delistings"]["ALT-PERP"]
    assert int(end["ratio"]) == WAD
    assert end["paid"] == end["claims"]
    assert end["insurance_fund"] == end["owed"]
    fund = told["insurance_fund"]
    assert int(fund["end"]) == int(fund["start"]) + _income(tmp_path) - int(end["insurance_fund"])


def _income(folder: Path) -> int:
    """What the fund received after it was filled, wei."""
    received = [args[0] for args in events_of(folder, "InsuranceFundCredited")]
    return sum(received[1:])


def test_with_notice_everybody_leaves(tmp_path: Path) -> None:
    """Who leaves within the notice has no position at the delisting; each side shrinks only."""
    told = run(DELISTING.read_text("utf-8"), tmp_path, variant="notice")
    assert told["reverts"] == {}
    assert told["delistings"]["ALT-PERP"]["settled"] == 0
    made = records(tmp_path)
    limited = next(i for i, r in enumerate(made) if r.call.function == "setReduceOnly")
    crossed = [
        record.call.args[:2]
        for record in made[limited:]
        if record.call.function == "settleTrade" and actor("maker") not in record.call.args[:2]
    ]
    assert crossed


def test_nobody_is_liquidated_where_a_market_is_paused(
    halted: dict[str, tuple[dict[str, Any], Path]],
) -> None:
    """Keepers make no call that the pause or the delisting would refuse."""
    told, folder = halted["halted"]
    assert told["reverts"] == {}
    calls = [r.call for r in records(folder)]
    paused = next(call.at for call in calls if call.function == "setMarketPaused")
    markets = {call.args[1] for call in calls if call.function == "liquidate" and call.at > paused}
    assert markets == {1}


def test_a_final_price_has_to_be_trusted(tmp_path: Path) -> None:
    """A delisting with a stale price is refused, and made again until there is one."""
    text = SMALL.replace("to = 1300", "to = 1500") + event(1350, "paused") + event(1400, "delisted")
    run(text + SETTLER, tmp_path)
    made = [r for r in records(tmp_path) if r.call.function == "delist"]
    assert {r.outcome.error for r in made[:-1]} == {"StalePrice"}
    assert made[-1].outcome.ok
    assert made[-1].call.at >= 1500


REFUSED = {
    "a delisting without notice": (event(1500, "delisted"), "reduce-only or paused before"),
    "a second pause": (event(1500, "paused") + event(1600, "paused"), "not paused already"),
    "an end of no pause": (event(1500, "unpaused"), "not unpaused already"),
    "an end of no limit": (event(1500, "open"), "not open already"),
    "an event after the end": (
        event(1500, "paused") + event(1600, "delisted") + event(1700, "unpaused"),
        "no event after",
    ),
    "an event out of time": (event(2001, "paused"), "within the scenario"),
    "an event of no market": (event(1500, "paused", "BTC-PERP"), "there is no BTC-PERP"),
    "an event of another kind": (event(1500, "closed"), "'reduce-only', 'open'"),
    "a settler without capacity": (SETTLER.replace("3", "0"), "from 1 to 1000"),
    "a settler of another's name": (SETTLER.replace('"settler"', '"alice"'), "name of its own"),
    "an order that is none": (SETTLER + 'order = "random"\n', "'listed', 'reversed'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_fit_is_refused(name: str) -> None:
    """The message says what was expected."""
    more, words = REFUSED[name]
    with pytest.raises(ScenarioError, match=words):
        scenario_of(SMALL + more, "small.toml")


def test_a_pause_may_end_and_a_limit_may_be_lifted(tmp_path: Path) -> None:
    """All four changes are taken by the clearing house, and funding stands still meanwhile."""
    kinds = ("paused", "unpaused", "reduce-only", "open")
    told = run(SMALL + "".join(event(1500 + 50 * i, k) for i, k in enumerate(kinds)), tmp_path)
    made = [r for r in records(tmp_path) if r.call.function in {"setMarketPaused", "setReduceOnly"}]
    assert [record.call.args[1] for record in made] == [True, False, True, False]
    assert all(record.outcome.ok for record in made)
    assert "delistings" not in told


def test_the_shipped_variants_stand_beside_each_other() -> None:
    """Only their events, settlers and fund differ; the file as it is has no events."""
    plain = load_scenario(DELISTING)
    assert plain.market_life.events == ()
    funded = load_scenario(DELISTING, variant="halted-funded")
    assert funded.insurance_fund == 40 * plain.insurance_fund
    turned = load_scenario(DELISTING, variant="halted-reversed").market_life.settlers
    assert [settler.order for settler in turned] == ["reversed", "listed"]


def test_the_closing_table_tells_of_delistings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """At which price, who owes, the ratio and what was paid."""
    arguments = ["run", "delisting", "--variant", "halted", "--check", "off"]
    assert cli.main([*arguments, "--out", str(tmp_path / "run")]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "delisted ALT-PERP at 2.00, 77 settled, 42 owe 1,079,869.62 USD" in told
    assert "ratio 0.388159, 652,587.66 of 1,681,236.62 USD paid to 33" in told
