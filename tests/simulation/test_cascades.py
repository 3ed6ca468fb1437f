"""Cascades: forced sales that move prices, keepers that compete, calls that wait for room."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from weiproof.contracts.chains import actor
from weiproof.simulation.journal import read_journal
from weiproof.simulation.loading import load_scenario, scenario_of
from weiproof.simulation.replay import replay
from weiproof.simulation.run import Check, Run
from weiproof.simulation.toml_exact import ScenarioError

if TYPE_CHECKING:
    from weiproof.simulation.forms import Record

ROOT = Path(__file__).resolve().parents[2]
CASCADES = ROOT / "scenarios" / "cascades"
SMALL = Path(__file__).parent.joinpath("small.toml").read_text("utf-8")
ROWS = "rows = [[1000, 2000], [1500, 1800.25]]"
FALL = "rows = [[1000, 2000], [1400, 2000], [1401, 1700]]"
KEEPER = SMALL[SMALL.index("[[keeper]]") :]
QUICK = KEEPER.replace('"keeper"', '"quick"').replace("latency = 12", "latency = 0")
GAS = '[[path]]\nname = "gas"\nrows = [[1000, 50]]\n'


def with_bids(text: str, *, oracle: int, keepers: tuple[int, ...], demand: str = "") -> str:
    """The small scenario with limited room; bids in the order of the file."""
    text = text.replace("delay = 10", f"delay = 10\nbid = {oracle}", 1)
    head, *tables = text.split("capacity = 2\n")
    for table, bid in zip(tables, keepers, strict=True):
        head += f"capacity = 2\nbid = {bid}\n{table}"
    return f"{head}\n{GAS}[blockspace]\ncalls = 5\n{demand}"


def deep(text: str, depth: str) -> str:
    """The same with a depth of its only venue."""
    return text.replace(ROWS, f"{ROWS}\ndepth = {{ {depth} }}", 1)


def run(text: str, folder: Path, *, check: str = "off") -> dict[str, Any]:
    """The summary of a run."""
    file = folder / "scenario.toml"
    file.write_text(text, "utf-8")
    out = folder / "run"
    out.mkdir()
    return Run(load_scenario(file), check=Check(check), chain="pyevm", folder=out).run().summary


def records(folder: Path) -> tuple[Record, ...]:
    """What the journal of that run holds."""
    return read_journal(folder / "run" / "journal.jsonl").records


def calls(folder: Path) -> list[tuple[int, str, str, tuple[object, ...]]]:
    """The calls of a run, without what they came to."""
    made = (record.call for record in records(folder))
    return [(call.at, call.sender, call.function, call.args) for call in made]


def test_nodes_report_alike_where_nothing_moves(tmp_path: Path) -> None:
    """In a book too deep to be moved, observing block by block gives the calls of planning ahead.

    With a delay, a heartbeat, deviations and an outage.
    """
    for name in "ab":
        (tmp_path / name).mkdir()
    run(SMALL, tmp_path / "a")
    still = "notional = 1_000_000_000_000, move = 0.000000000000000001, half_life = 60"
    run(deep(SMALL, still), tmp_path / "b")
    assert calls(tmp_path / "a") == calls(tmp_path / "b")


def test_room_for_all_changes_nothing_for_one_keeper(tmp_path: Path) -> None:
    """A block that is never full gives the calls of one without limit."""
    for name in "ab":
        (tmp_path / name).mkdir()
    text = SMALL.replace(ROWS, FALL)
    run(text, tmp_path / "a")
    roomy = with_bids(text, oracle=1, keepers=(1,)).replace("calls = 5", "calls = 1000")
    told = run(roomy, tmp_path / "b")
    assert calls(tmp_path / "a") == calls(tmp_path / "b")
    assert told["blockspace"]["keepers"]["keeper"]["liquidations"] > 0


def test_the_second_of_a_block_is_refused_in_the_journal(tmp_path: Path) -> None:
    """Both keepers come in one block; the higher bid is served, and the other's call is refused."""
    text = SMALL.replace(ROWS, FALL) + KEEPER.replace('"keeper"', '"rich"')
    told = run(with_bids(text, oracle=9, keepers=(5, 8)), tmp_path)
    made = [r for r in records(tmp_path) if r.call.function == "liquidate"]
    won = {r.call.sender for r in made if r.outcome.ok}
    late = [r for r in made if not r.outcome.ok]
    assert won == {actor("rich")}
    assert {r.call.sender for r in late} == {actor("keeper")}
    assert {r.outcome.error for r in late} <= {"NotLiquidatable", "NoPosition"}
    first = next(r.call for r in made if r.outcome.ok)
    assert (late[0].call.at, late[0].call.args) == (first.at, first.args)
    keepers = told["blockspace"]["keepers"]
    assert keepers["keeper"]["too_late"] == len(late) > 0
    assert keepers["rich"]["liquidations"] == sum(r.outcome.ok for r in made)


def test_a_quicker_keeper_needs_no_higher_bid(tmp_path: Path) -> None:
    """Who comes a block earlier has what it came for."""
    told = run(with_bids(SMALL.replace(ROWS, FALL) + QUICK, oracle=9, keepers=(8, 5)), tmp_path)
    assert told["blockspace"]["keepers"]["keeper"]["liquidations"] == 0
    assert told["blockspace"]["keepers"]["quick"]["liquidations"] > 0
    assert told["blockspace"]["keeper_latency"]["median"] == 0


FULL = 'demand = [{ from = 1400, to = 1600, calls = 5, gas = "gas" }]\n'


def test_rounds_and_keepers_wait_while_others_bid_more(tmp_path: Path) -> None:
    """Nothing of them stands in a full block; afterwards the newest round comes, then keepers."""
    text = SMALL.replace(ROWS, FALL)
    told = run(with_bids(text, oracle=49, keepers=(49,), demand=FULL), tmp_path)
    waiting = {"transmit", "liquidate"}
    made = [r.call for r in records(tmp_path) if r.call.function in waiting]
    assert not [call for call in made if 1400 <= call.at < 1600]
    assert made[0].at < 1400
    after = [call for call in made if call.at >= 1600]
    assert after[0].function == "transmit"
    assert after[0].at == 1600
    rounds = told["blockspace"]["rounds"]
    assert rounds["delayed"] == 1
    assert 150 <= rounds["worst_delay"] <= 200
    assert rounds["replaced"] > 0
    assert told["blockspace"]["missed_blocks"] == rounds["missed"] > 0


def test_a_raised_bid_finds_its_place(tmp_path: Path) -> None:
    """An oracle that may bid more than others is late by the blocks that it needs to find out."""
    text = with_bids(SMALL.replace(ROWS, FALL), oracle=40, keepers=(50,), demand=FULL)
    told = run(text.replace("bid = 40", "bid = 40\nmax_bid = 80"), tmp_path)
    rounds = told["blockspace"]["rounds"]
    assert 20 <= rounds["worst_delay"] <= 30
    assert told["blockspace"]["keeper_latency"]["worst"] <= 30


def test_the_contracts_agree_and_a_replay_verifies(tmp_path: Path) -> None:
    """Depth, competition and waiting change which calls are made, never what they come to."""
    text = deep(SMALL, "notional = 50_000, half_life = 60") + QUICK
    told = run(with_bids(text, oracle=40, keepers=(60, 30), demand=FULL), tmp_path, check="full")
    assert told["divergences"] == 0
    assert int(told["venues"]["eth"]["lowest_impact"]) < 0
    again = replay(tmp_path / "run")
    assert again.state_hash == told["state_hash"]
    assert again.summary["blockspace"] == told["blockspace"]


def test_what_the_book_does_not_take_is_sold_later(tmp_path: Path) -> None:
    """A keeper sells piece by piece, each within what the book takes, until nothing is left."""
    text = deep(SMALL.replace("to = 1300", "to = 1201"), "notional = 2_000, half_life = 10")
    told = run(text.replace("half_life = 10 }", "half_life = 10, largest_move = 0.02 }"), tmp_path)
    sales = [
        record.call.args[3]
        for record in records(tmp_path)
        if record.call.function == "settleTrade" and actor("keeper") in record.call.args[:2]
    ]
    assert len(sales) > told["liquidations"]["partial"] + told["liquidations"]["full"]
    assert int(told["venues"]["eth"]["lowest_impact"]) >= -2 * 10**16


CASES = {
    "a bid without room": ("latency = 12", "latency = 12\nbid = 3", "keeper[0].bid", "blockspace"),
    "room without bids": (
        "[[keeper]]",
        "[blockspace]\ncalls = 5\n[[keeper]]",
        "feed[0].bid",
        "a bid",
    ),
    "a max_bid alone": ("latency = 12", "latency = 12\nmax_bid = 3", "keeper[0]", "beside bid"),
    "a max_bid below bid": (
        "delay = 10",
        "delay = 10\nbid = 3\nmax_bid = 2",
        "feed[0]",
        "at least as high",
    ),
    "an average of a moved price": (
        "delay = 10",
        "delay = 10\naverage = 60",
        "feed[0].average",
        "has depth",
    ),
    "a module behind a moved price": (
        "delay = 10",
        "delay = 10\nhop = 60",
        "feed[0].hop",
        "has depth",
    ),
    "a book that ends too soon": (
        "half_life = 60",
        "half_life = 60, largest_move = 0.009",
        "path[0].depth",
        "at least the move",
    ),
    "no half-life": (", half_life = 60", "", "path[0].depth.half_life", "missing"),
    "an impact of another kind": (
        "half_life = 60",
        'half_life = 60, impact = "cubic"',
        "path[0].depth.impact",
        "square-root",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_does_not_fit_is_refused(name: str) -> None:
    """The message names the key and what was expected."""
    old, new, key, words = CASES[name]
    text = deep(SMALL, "notional = 1_000, half_life = 60")
    with pytest.raises(ScenarioError) as refused:
        scenario_of(text.replace(old, new, 1), "small.toml")
    assert key in {problem.key for problem in refused.value.problems}
    assert words in str(refused.value)


EARLY = "{ from = 1, to = 3, calls = 1, gas = 'gas' }"


@pytest.mark.parametrize(
    ("demand", "words"),
    [
        ("demand = [{ from = 2, to = 2, calls = 1, gas = 'gas' }]", "after the `from`"),
        ("demand = [{ from = 1, to = 2, calls = 0, gas = 'gas' }]", "from 1 to"),
        ("demand = [{ from = 1, to = 2, calls = 1, gas = 'gass' }]", "Did you mean gas"),
        (f"demand = [{EARLY}, {{ from = 2, to = 4, calls = 1, gas = 'gas' }}]", "without overlap"),
        ("bid_step = 1.1", "from 0 to 1"),
    ],
)
def test_demand_that_makes_no_sense_is_refused(demand: str, words: str) -> None:
    """Times, counts, paths and steps have their bounds."""
    with pytest.raises(ScenarioError, match=words):
        scenario_of(with_bids(SMALL, oracle=1, keepers=(1,), demand=demand), "small.toml")


def test_gas_decides_once(tmp_path: Path) -> None:
    """A feed that looks at gas itself does not stand beside limited room."""
    text = with_bids(SMALL, oracle=1, keepers=(1,))
    text = text.replace("delay = 10", 'delay = 10\ngas = "gas"\ngas_limit = 5')
    with pytest.raises(ScenarioError, match=r"no gas beside a \[blockspace\]"):
        run(text, tmp_path)


def told_of(name: str, variant: str, folder: Path) -> dict[str, Any]:
    """The summary of a shipped cascade's variant, on the model."""
    folder.mkdir()
    scenario = load_scenario(CASCADES / f"{name}.toml", variant=variant)
    Run(scenario, check=Check("off"), chain="pyevm", folder=folder).run()
    told: dict[str, Any] = json.loads((folder / "summary.json").read_bytes())
    return told


def test_congestion_keeps_rounds_and_keepers_out(tmp_path: Path) -> None:
    """Black Thursday: no round for seven hours below the others' bid, minutes at most above it."""
    names = ("room", "congested", "dear-oracle", "dear-keepers", "outbid", "congested-thin")
    told = {name: told_of("congestion_2020", name, tmp_path / name)["blockspace"] for name in names}
    rounds = {name: each["rounds"]["worst_delay"] for name, each in told.items()}
    assert rounds["room"] == 0
    assert rounds["congested"] == rounds["dear-keepers"] > 6 * 3600
    assert 0 < rounds["dear-oracle"] == rounds["outbid"] < 300
    worst = {name: each["keeper_latency"]["worst"] for name, each in told.items()}
    assert worst["room"] < worst["outbid"] < worst["congested"] < worst["dear-oracle"]
    assert told["room"]["missed_blocks"] == 0 < told["outbid"]["missed_blocks"]
    page = (ROOT / "docs" / "cascades.md").read_text("utf-8")
    for name, each in told.items():
        latency = each["keeper_latency"]
        row = f"| {name} | {latency['median']} | {latency['worst']} |"
        assert f"\n{row} {rounds[name]:,} | {each['missed_blocks']:,} |\n" in page


def test_sales_take_the_mark_with_them_through_trades_and_depth(tmp_path: Path) -> None:
    """Where the index stays, trades alone do not move the mark; with reports of depth they do."""
    text = (CASCADES / "thin_book.toml").read_text("utf-8")
    liquidated = []
    for name, each in (("silent", text.replace("impact_every = 12\n", "", 1)), ("told", text)):
        folder = tmp_path / name
        folder.mkdir()
        scenario = scenario_of(each, "f", variant="thin-median")
        told = Run(scenario, check=Check("off"), chain="pyevm", folder=folder).run().summary
        assert int(told["venues"]["venue"]["lowest_impact"]) < -5 * 10**16
        liquidated.append(told["liquidations"]["accounts"])
    assert liquidated[0] < liquidated[1]


def test_the_thinner_the_book_the_further_it_goes(tmp_path: Path) -> None:
    """Twenty millions a per cent move it by less than a half, one million by more than ten."""
    moved = {
        name: -int(told_of("thin_book", name, tmp_path / name)["venues"]["venue"]["lowest_impact"])
        for name in ("deep", "thin-root", "thin-quick", "thin")
    }
    assert list(moved.values()) == sorted(moved.values())
    assert moved["deep"] < 5 * 10**15
    assert moved["thin"] > 10**17
