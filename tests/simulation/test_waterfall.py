"""Routes of liquidations: keys, what keepers, providers and manager do, and what is counted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from weiproof.contracts.chains import actor
from weiproof.crosscheck.protocol import deploy_model, house_of, setup_calls
from weiproof.engine import views
from weiproof.engine.backstop_records import BACKSTOP, FUND, Route
from weiproof.engine.fixed_point import WAD, WEI
from weiproof.engine.records import TOKEN_UNIT, TRADE
from weiproof.simulation.deployment import deployment_of
from weiproof.simulation.journal import read_journal
from weiproof.simulation.loading import load_scenario, scenario_of
from weiproof.simulation.protocol_of import protocol_of
from weiproof.simulation.replay import replay
from weiproof.simulation.route_metrics import ROUTE_OF
from weiproof.simulation.run import Check, Run
from weiproof.simulation.scenario import Expected
from weiproof.simulation.toml_exact import ScenarioError

if TYPE_CHECKING:
    from weiproof.engine.records import Ledger
    from weiproof.simulation.forms import Record

ROOT = Path(__file__).resolve().parents[2]
CASCADES = ROOT / "scenarios" / "cascades"
SMALL = Path(__file__).parent.joinpath("small.toml").read_text("utf-8")
DEPLOY = ROOT.joinpath("scenarios", "deploy.toml").read_text("utf-8")

WATERFALL = """
[waterfall]
takeover_ratio = 0.667
fund_ratio = 0.333
fee_share = 0.5
fund_share = 0.25
withdrawal_delay = 100
deleverage_delay = 60
nominators = ["keeper"]
unload_every = 20
unload_share = 0.5
"""
PROVIDERS = """
[[provider]]
name = "vault"
count = 3
deposit = 2_000
leave_at = 0.05
"""
LIMITS = """
[liquidation]
ordered = true
large_notional = 5_000
largest_share = 0.2
cool_down = 30
urgent_health = 0.5
maximum_keeper_reward = 2.5
"""
ROOM = SMALL.replace("socialisation_cap", "backstop_capacity = 50_000\nsocialisation_cap")
ROWS = "rows = [[1000, 2000], [1500, 1800.25]]"
KEEPER = SMALL[SMALL.index("[[keeper]]") :]
CRASH = "rows = [[1000, 2000], [1400, 2000], [1401, 1700]]"
WITH_VAULT = (ROOM + WATERFALL + PROVIDERS).replace(ROWS, CRASH)


def run_text(text: str, folder: Path, *, check: str = "off") -> tuple[dict[str, Any], Run]:
    """The summary of a run into a folder, and the run."""
    out = folder / "run"
    out.mkdir()
    made = Run(scenario_of(text, "f"), check=Check(check), chain="pyevm", folder=out)
    return made.run().summary, made


@dataclass(frozen=True)
class Shipped:
    """A run of a shipped cascade's variant on the model."""

    told: dict[str, Any]
    made: Run
    records: tuple[Record, ...]


@cache
def run_of(name: str, variant: str) -> Shipped:
    """Runs each but once."""
    scenario = load_scenario(CASCADES / f"{name}.toml", variant=variant)
    with TemporaryDirectory() as folder:
        made = Run(scenario, check=Check("off"), chain="pyevm", folder=Path(folder))
        return Shipped(made.run().summary, made, records(Path(folder)))


def records(folder: Path) -> tuple[Record, ...]:
    """What the journal in a run's folder holds."""
    return read_journal(folder / "journal.jsonl").records


def ledger_of(made: Run) -> Ledger:
    """The books of the run's model as they are at its end."""
    return house_of(made.model).ledger


# KEYS


def test_keys_reach_the_calls_that_set_up() -> None:
    """Amounts in wei, ratios in WAD, in the order of the contracts' structs."""
    spec = protocol_of(scenario_of(ROOM + WATERFALL + LIMITS, "f"))
    made = {call.function: call.args for call in setup_calls(spec)}
    share = WAD // 5
    limits = (True, share, WAD // 2, 30, 25 * 10**17, 5_000 * WAD)
    assert made["setLiquidationParameters"] == (limits,)
    ratios = (667 * 10**15, 333 * 10**15, WAD // 4)
    assert made["setBackstopParameters"] == ((100, WAD // 2, *ratios),)
    assert made["setBackstopCapacity"] == (0, 50_000 * WAD)
    assert spec.deleverage_delay == 60
    ledger = house_of(deploy_model(spec)).ledger
    assert ledger.parameters.deleverage_delay == 60


def test_without_the_sections_nothing_is_set() -> None:
    """The protocol is deployed as it was before there were such keys."""
    spec = protocol_of(scenario_of(SMALL, "f"))
    assert (spec.liquidation, spec.backstop, spec.deleverage_delay) == ((), (), 3600)
    assert not {"setLiquidationParameters", "setBackstopParameters"} & {
        call.function for call in setup_calls(spec)
    }


def test_providers_are_counted_or_named() -> None:
    """One keeps its name, several are numbered; all bring the deposit at the start."""
    alone = '[[provider]]\nname = "alone"\ndeposit = 5\nat = 1100\n'
    terms = scenario_of(WITH_VAULT + alone, "f").waterfall
    assert terms is not None
    told = [(each.name, each.deposit, each.at, each.leave_at) for each in terms.providers]
    many = [(f"vault-{i}", 2_000 * 10**6, 1000, WAD // 20) for i in range(3)]
    assert told == [*many, ("alone", 5 * 10**6, 1100, None)]


def test_a_deployment_has_the_sections_of_what_is_deployed() -> None:
    """`weiproof deploy` sets routes and limits up as a run does."""
    text = DEPLOY + WATERFALL.replace('nominators = ["keeper"]\n', "") + LIMITS
    spec = deployment_of(text, "f")
    assert spec.backstop[0] == 100
    assert spec.liquidation[3] == 30


def test_a_variant_changes_keys_of_the_sections() -> None:
    """Those that it names; the other keys stand."""
    variant = """
    [[variant]]
    name = "other"
    waterfall = { takeover_ratio = 0.5 }
    liquidation = { cool_down = 60 }
    insurance_fund = { amount = 7 }
    provider = [{ name = "vault", deposit = 9 }]
    """
    varied = scenario_of(WITH_VAULT + LIMITS + variant, "f", variant="other")
    assert varied.waterfall is not None
    assert varied.limits is not None
    assert (varied.waterfall.takeover_ratio, varied.waterfall.fund_ratio) == (
        WAD // 2,
        333 * 10**15,
    )
    assert (varied.limits.cool_down, varied.limits.ordered) == (60, True)
    assert varied.insurance_fund == 7 * 10**6
    assert {each.deposit for each in varied.waterfall.providers} == {9 * 10**6}


CASES = {
    "a ratio above one": (
        "takeover_ratio = 0.667",
        "takeover_ratio = 1.01",
        "waterfall.takeover_ratio",
        "from 0 to 1",
    ),
    "a fund before the vault": (
        "fund_ratio = 0.333",
        "fund_ratio = 0.7",
        "waterfall",
        "at most the takeover_ratio",
    ),
    "a delay of more than a year": (
        "deleverage_delay = 60",
        "deleverage_delay = 31_536_001",
        "waterfall.deleverage_delay",
        "from 0 to 31536000",
    ),
    "a nominator that is no keeper": (
        'nominators = ["keeper"]',
        'nominators = ["keepr"]',
        "waterfall.nominators[0]",
        "Did you mean keeper?",
    ),
    "a nominator twice": (
        'nominators = ["keeper"]',
        'nominators = ["keeper", "keeper"]',
        "waterfall.nominators[1]",
        "each keeper once",
    ),
    "nothing that is offered": (
        "unload_share = 0.5",
        "unload_share = 0",
        "waterfall.unload_share",
        "not 0",
    ),
    "a misspelt key": (
        "fee_share = 0.5",
        "fees_share = 0.5",
        "waterfall.fees_share",
        "Did you mean fee_share?",
    ),
    "a share of nothing": (
        "largest_share = 0.2",
        "largest_share = 0",
        "liquidation.largest_share",
        "not 0",
    ),
    "no share of large accounts": (
        "largest_share = 0.2\n",
        "",
        "liquidation",
        "a largest_share beside large_notional",
    ),
    "too long a wait": (
        "cool_down = 30",
        "cool_down = 3601",
        "liquidation.cool_down",
        "from 0 to 3600",
    ),
    "a switch in quotes": (
        "ordered = true",
        'ordered = "yes"',
        "liquidation.ordered",
        "boolean",
    ),
    "a provider of a taken name": (
        'name = "vault"',
        'name = "keeper"',
        "provider[0].name",
        "name of its own",
    ),
    "a provider after the end": (
        "deposit = 2_000\n",
        "deposit = 2_000\nat = 2001\n",
        "provider[0].at",
        "within the scenario",
    ),
    "nobody": ("count = 3", "count = 0", "provider[0].count", "from 1 to"),
    "a fall of nothing": ("leave_at = 0.05", "leave_at = 0", "provider[0].leave_at", "not 0"),
    "providers without a vault": (WATERFALL, "", "provider[0]", "a [waterfall] beside"),
    "a capacity without a vault": (
        WATERFALL,
        "",
        "market[0].backstop_capacity",
        "a [waterfall] beside",
    ),
}


def test_figures_of_routes_need_routes() -> None:
    """In the file, or in the variant that expects them."""
    expect = "expect = { liquidated = 0, bad_debt = 0, shortfall = 0, gate_closings = 0 }\n"
    variant = f'[[variant]]\nname = "it"\n{expect}'
    with pytest.raises(ScenarioError, match=r"expect\.gate_closings.*a \[waterfall\] beside"):
        scenario_of(SMALL + variant, "f")
    scenario_of(SMALL + variant + "waterfall = { takeover_ratio = 0.5 }\n", "f", variant="it")
    scenario_of(SMALL + WATERFALL + variant, "f", variant="it")


@pytest.mark.parametrize("name", CASES)
def test_what_does_not_fit_is_refused(name: str) -> None:
    """The message names the key, what was expected, and how to mend it."""
    old, new, key, words = CASES[name]
    text = WITH_VAULT + LIMITS
    assert text.count(old) == 1
    with pytest.raises(ScenarioError) as refused:
        scenario_of(text.replace(old, new), "small.toml")
    found = {problem.key: str(problem) for problem in refused.value.problems}
    assert key in found
    assert words in str(refused.value)


# WHAT KEEPERS DO


def test_takeovers_go_by_the_route_that_the_protocol_tells() -> None:
    """Before each takeover by vault or fund, deleveraging or forced close the view names it.

    In the shipped scenario in which all of them are taken. A forced close may stand in for a
    deleveraging that found nobody.
    """
    run = run_of("exhausted_fund", "all-routes")
    model = deploy_model(run.made.spec)
    ledger = house_of(model).ledger
    seen = set()
    for record in run.records:
        call = record.call
        route = ROUTE_OF.get(call.function)
        if route not in {None, Route.KEEPER}:
            model.world.now = call.at
            account, market = str(call.args[0]), call.args[1]
            assert isinstance(market, int)
            told = views.liquidation_route(ledger, account, market)
            allowed = {route, Route.DELEVERAGE} if route == Route.FORCED_CLOSE else {route}
            assert told in allowed
            seen.add(route)
        model.apply(call)
    assert seen == {Route.BACKSTOP, Route.DELEVERAGE, Route.FORCED_CLOSE}


def test_a_keeper_leaves_what_does_not_pay(tmp_path: Path) -> None:
    """Without a share of the fee nobody takes over; the vault does what it may."""
    text = WITH_VAULT.replace("liquidator_share = 0.5", "liquidator_share = 0")
    text = text.replace("minimum_keeper_reward = 10", "minimum_keeper_reward = 0")
    told, _ = run_text(text, tmp_path)
    routes = told["waterfall"]["routes"]
    assert routes["keeper"]["count"] == 0 < routes["backstop"]["count"]
    assert "house.liquidate" not in told["functions"]


def test_a_keeper_takes_over_a_part_that_pays() -> None:
    """In a book in which all at once would cost more than the reward, it takes a half or less."""
    run = run_of("thin_book_backstop", "backstop")
    told = run.told
    wanted = [r.call.args[2] for r in run.records if r.call.function == "liquidate"]
    whole = max(size for size in wanted if isinstance(size, int))
    parts = [size for size in wanted if size != whole]
    assert whole == 10**27
    assert parts
    assert told["waterfall"]["routes"]["keeper"]["count"] == len(wanted)
    for record in run.records:
        for event in record.outcome.events:
            if event.name == "Liquidated" and record.call.args[2] in parts:
                assert event.args[3] == record.call.args[2]
    assert ledger_of(run.made).record.unresolved_bad_debt == 0


def test_only_nominators_prepare_and_the_delay_passes() -> None:
    """Flag, then nominations, then the deleveraging not before its time; no call is refused."""
    run = run_of("exhausted_fund", "all-routes")
    told = run.told
    flagged: dict[str, int] = {}
    nominated: set[str] = set()
    delay = run.made.spec.deleverage_delay
    for record in run.records:
        call, name = record.call, record.call.function
        assert record.outcome.ok
        if name in {"flag", "nominate", "unflag"}:
            assert call.sender == actor("first")
        if name == "flag":
            flagged[str(call.args[0])] = call.at
        elif name == "nominate":
            nominated.add(str(call.args[1]))
        elif name == "autoDeleverage":
            assert call.at >= flagged[str(call.args[0])] + delay
            gave = {e.args[2] for e in record.outcome.events if e.name == "Deleveraged"}
            assert gave
            assert gave <= nominated
    counted = told["waterfall"]
    assert (counted["flagged"], len(nominated)) == (len(flagged), counted["nominated"])
    assert counted["routes"]["deleverage"]["count"] > 0
    assert not [key for key in flagged if ledger_of(run.made).flags.read(key).flagged_at]


def test_nobody_nominates_unless_somebody_is_named() -> None:
    """Bankrupt accounts are closed by force then, and others bear more."""
    named = run_of("exhausted_fund", "all-routes").told
    none = run_of("exhausted_fund", "no-deleveraging").told
    assert "house.flag" not in none["functions"]
    assert none["waterfall"]["routes"]["deleverage"]["count"] == 0
    assert int(none["bad_debt_covered"]["socialised"]) > int(
        named["bad_debt_covered"]["socialised"]
    )


def test_limits_are_kept_without_a_refused_call(tmp_path: Path) -> None:
    """Keepers wait for a large account's next share; with and without a waterfall."""
    for name, text in (("plain", SMALL), ("routes", WITH_VAULT)):
        folder = tmp_path / name
        folder.mkdir()
        told, made = run_text(text + LIMITS, folder)
        assert "CoolingDown" not in told["reverts"]
        assert "NotFirstMarket" not in told["reverts"]
        windows: dict[str, list[int]] = {}
        for record in records(folder / "run"):
            for event in record.outcome.events:
                if event.name == "Liquidated":
                    windows.setdefault(str(event.args[0]), []).append(record.call.at)
        assert windows
        assert ledger_of(made).liquidation.ordered


# VAULT AND FUND


def test_the_vault_works_its_positions_off(tmp_path: Path) -> None:
    """By trades of the matcher that reduce; what is left, and the result, are told."""
    told, made = run_text(WITH_VAULT, tmp_path)
    trades = [
        record
        for record in records(tmp_path / "run")
        if record.call.function == "settleTrade" and BACKSTOP in record.call.args[:2]
    ]
    assert trades
    assert all(record.outcome.ok for record in trades)
    vault, ledger = told["vault"], ledger_of(made)
    made.model.world.now = 2000
    equity = views.current(ledger, BACKSTOP, TRADE).equity // WEI
    brought = 3 * 2_000 * 10**6 * TOKEN_UNIT
    assert int(vault["deposited"]) == brought
    assert int(vault["result"]) == equity + int(vault["withdrawn"]) - brought
    assert vault["positions_left"] == "0"


def test_providers_leave_when_a_share_has_fallen(tmp_path: Path) -> None:
    """All ask in one block, and have their part once the delay has passed; later ones stay."""
    text = WITH_VAULT.replace("leave_at = 0.05", "leave_at = 0.01")
    text = text.replace("[1401, 1700]]", "[1401, 1700], [1441, 1600]]")
    text = text.replace("unload_share = 0.5", "unload_share = 0.3")
    told, made = run_text(text + '[[provider]]\nname = "stays"\ndeposit = 100\n', tmp_path)
    made_calls = [record.call for record in records(tmp_path / "run")]
    asked = {c.at for c in made_calls if c.function == "requestBackstopWithdrawal"}
    paid = [c.at for c in made_calls if c.function == "withdrawBackstop"]
    assert len(asked) == 1
    assert len(paid) == 3
    assert min(paid) >= min(asked) + 100
    assert told["vault"]["providers"] == {"leaving": 0, "left": 3}
    assert int(told["vault"]["drawdown"]) >= WAD // 100
    assert 0 < int(told["vault"]["withdrawn"]) < int(told["vault"]["deposited"])
    assert ledger_of(made).backstop_shares.read(actor("stays")).held > 0


def test_the_fund_gets_back_what_is_left() -> None:
    """Once its account holds nothing more; what the summary says is what the books say."""
    run = run_of("exhausted_fund", "larger-fund")
    told = run.told
    ledger, counted = ledger_of(run.made), told["waterfall"]
    assert told["functions"]["house.releaseFund"] == 1
    assert 0 < int(counted["fund_released"]) < int(counted["fund_endowed"])
    assert int(told["insurance_fund"]["end"]) == ledger.record.insurance_fund
    assert ledger.backstop.fund_capital == 0
    assert ledger.accounts.read(FUND).markets == 0
    assert told["vault"]["fund_positions_left"] == "0"


# OUTCOMES


def test_routes_add_up() -> None:
    """Notional, fees, rewards and deficits of all routes are those of the whole run."""
    for variant in ("all-routes", "low-cap", "larger-fund"):
        run = run_of("exhausted_fund", variant)
        told = run.told
        routes = told["waterfall"]["routes"].values()
        for key in ("notional", "fees", "rewards"):
            assert sum(int(each[key]) for each in routes) == int(told["liquidations"][key])
        covered = told["bad_debt_covered"]
        for key in ("insurance_fund", "socialised"):
            assert sum(int(each["deficits"][key]) for each in routes) == int(covered[key])
        assert int(covered["unresolved"]) == ledger_of(run.made).record.unresolved_bad_debt


def test_the_gate_is_counted() -> None:
    """Bad debt that the cap leaves closes withdrawals, until the fund's income has repaid it."""
    run = run_of("exhausted_fund", "low-cap")
    told = run.told
    assert told["waterfall"]["gate_closings"] == 1
    assert told["waterfall"]["gate_seconds"] > 600
    assert int(told["bad_debt_covered"]["unresolved"]) > 0


def test_what_candidates_gave_up_is_counted() -> None:
    """It is what they paid beyond the mark, or got less than it, in the deleveragings' events."""
    run = run_of("exhausted_fund", "all-routes")
    told = run.told
    model, given, notional = deploy_model(run.made.spec), 0, 0
    ledger = house_of(model).ledger
    for record in run.records:
        call = record.call
        model.world.now = call.at
        events = [e for e in record.outcome.events if e.name == "Deleveraged"]
        mark = views.mark_price(ledger, 0) if events else 0
        for event in events:
            _, _, candidate, size, paid = event.args
            assert isinstance(size, int)
            assert isinstance(paid, int)
            is_short = ledger.positions.read(str(candidate), 0).size < 0
            given += paid - (size if is_short else -size) * mark * WAD
            notional += size * mark * WAD
        model.apply(call)
    closed = told["deleveraging"]
    assert (int(closed["given_up"]), int(closed["notional"])) == (given // WEI, notional // WEI)
    assert 0 < given < notional // 10


def test_the_contracts_agree_and_a_replay_verifies(tmp_path: Path) -> None:
    """On every call of a run with vault, providers, deleveraging and limits."""
    told, _ = run_text(WITH_VAULT + LIMITS, tmp_path, check="full")
    assert told["divergences"] == 0
    assert told["calls_compared"] > 100
    again = replay(tmp_path / "run")
    assert again.state_hash == told["state_hash"]
    assert again.summary["waterfall"] == told["waterfall"]
    assert again.summary["vault"] == told["vault"]


def test_keepers_on_all_routes_wait_for_room_in_blocks(tmp_path: Path) -> None:
    """Where both mean to nominate in one block, the second is refused; the contracts agree."""
    second = KEEPER.replace('"keeper"', '"rich"') + "bid = 8\n"
    text = (ROOM + "bid = 5\n" + second + WATERFALL + PROVIDERS).replace(ROWS, CRASH)
    text = text.replace("delay = 10", "delay = 10\nbid = 9", 1)
    text = text.replace("capacity = 50_000", "capacity = 1", 1)
    text = text.replace('["keeper"]', '["keeper", "rich"]')
    told, _ = run_text(text + "[blockspace]\ncalls = 5\n", tmp_path, check="full")
    assert told["divergences"] == 0
    made = [r for r in records(tmp_path / "run") if r.call.sender == actor("keeper")]
    late = [r.outcome.error for r in made if not r.outcome.ok]
    assert "FlagStands" in late
    keepers = told["blockspace"]["keepers"]
    assert keepers["keeper"]["too_late"] == len(late)
    assert keepers["rich"]["liquidations"] > 0
    assert told["waterfall"]["routes"]["deleverage"]["count"] > 0


def test_only_what_is_asked_is_expected() -> None:
    """A figure that a file leaves out may be anything, one that it names must be found."""
    found = Expected(1, 2, 3, routes=(4, 0, 0, 0, 0), socialised=5, vault_result=-6)
    asked = Expected(1, 2, 3, vault_result=-6)
    assert found.as_asked(asked) == asked
    assert found.as_asked(Expected(1, 2, 3, socialised=6)) != Expected(1, 2, 3, socialised=6)
    assert Expected(1, 2, 3).as_asked(asked) != asked
