"""From the file to plain integers."""

from __future__ import annotations

import csv
import hashlib
import re
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from weiproof.crosscheck.protocol import deploy_model, house_of, setup_calls
from weiproof.crosscheck.spec import FeeTierSpec, VolatilitySpec
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MarketParameters
from weiproof.oracles.presets import PRESETS
from weiproof.oracles.price_policy import NO_LIMIT, Reducer
from weiproof.oracles.price_records import Policy
from weiproof.simulation.dynamics import changes_of
from weiproof.simulation.loading import load_scenario, scenario_of
from weiproof.simulation.market import Tier
from weiproof.simulation.paths import average_at, price_at
from weiproof.simulation.protocol_of import decode_protocol, encode_protocol, protocol_of
from weiproof.simulation.recordings.uniswap import POOL_COLUMNS
from weiproof.simulation.scenario import (
    Account,
    Distribution,
    Expected,
    InputFile,
    Outage,
    Position,
    Scenario,
    System,
)
from weiproof.simulation.toml_exact import ScenarioError

HERE = Path(__file__).parent
SCENARIOS = HERE.parents[1] / "scenarios"
DATA = HERE.parents[2] / "shared" / "data"
SMALL = HERE.joinpath("small.toml").read_text("utf-8")
ROWS = "rows = [[1000, 2000], [1500, 1800.25]]"
BARS = """open_time_utc,open,high,low,close,volume
1970-01-01T00:15:00Z,10,14,9,12.5,1
1970-01-01T00:16:00Z,12.5,13,8,9,1
"""


def test_every_unit_is_as_documented() -> None:
    """Rates and prices are WAD, amounts token units, times unix seconds."""
    scenario = scenario_of(SMALL, "small.toml")
    market, feed = scenario.markets[0], scenario.feeds[0]
    assert scenario.insurance_fund == 1_000_500_000
    assert scenario.system == System(20_000_000, 10_000_000, WAD // 2, WAD // 4, 5 * WAD // 4)
    assert (market.size_step, market.price_tick) == (10**15, 10**16)
    assert market.max_funding_rate == 3 * 10**16 // 86_400
    assert market.max_funding_rate_per_day == 3 * 10**16
    assert market.tiers[1] == Tier(250_000 * WAD, 10**17, 6 * 10**16)
    assert (feed.label, feed.deviation, feed.outages) == (
        "feed/ETH-USD/one",
        5 * 10**15,
        (Outage(1200, 1300),),
    )
    assert scenario.accounts == (
        Account("alice", 1_000_000_001, 1000, (Position(0, -15 * 10**17),), None),
    )
    assert scenario.groups[0].deposit == Distribution("loguniform", 10**8, 10**10, ())
    assert scenario.groups[0].leverage == Distribution("uniform", 3 * WAD // 2, 8 * WAD, ())
    assert price_at(scenario.path("eth"), 1500) == 180025 * 10**16


def test_a_market_is_found_at_its_first_source() -> None:
    """Without a path of its own a market takes that of the first feed of its price."""
    assert scenario_of(SMALL, "f").markets[0].path == "eth"


def test_fees_reach_the_protocol() -> None:
    """Tiers and settlement fee stand in what is deployed, exactly; by default there are none."""
    plain = protocol_of(scenario_of(SMALL, "small.toml"))
    assert (plain.fee_tiers, plain.markets[0].settlement_fee_rate) == ((), 0)
    tiers = "{ above = 0, maker = 0.2, taker = 1 }, { above = 5e6, maker = 0, taker = 0.6 }"
    text = SMALL.replace("[[price]]", f"[fees]\ntiers = [{tiers}]\n[[price]]")
    text = text.replace("trading_fee = ", "settlement_fee = 0.0001\ntrading_fee = ")
    spec = protocol_of(scenario_of(text, "small.toml"))
    assert spec.markets[0].settlement_fee_rate == 10**14
    assert spec.fee_tiers == (
        FeeTierSpec(0, 2 * 10**17, 10**18),
        FeeTierSpec(5 * 10**24, 0, 6 * 10**17),
    )
    model = deploy_model(spec)
    assert all(model.apply(call).ok for call in setup_calls(spec))
    assert len(house_of(model).ledger.fee_tiers) == len(spec.fee_tiers)


def test_regimes_reach_the_protocol() -> None:
    """Volatilities become variances, exact squares; by default nothing is measured."""
    assert protocol_of(scenario_of(SMALL, "f")).markets[0].volatility is None
    table = "{ decay = 0.5, regimes = [{ enter = 0.01, leave = 0.005, scale = 1.5 }] }"
    text = SMALL.replace("trading_fee = ", f"volatility = {table}\ntrading_fee = ")
    spec = protocol_of(scenario_of(text, "f"))
    regimes = ((10**32, 25 * 10**30, 3 * WAD // 2),)
    assert spec.markets[0].volatility == VolatilitySpec(3600, 14_400, WAD // 2, 86_400, regimes)
    assert decode_protocol(encode_protocol(spec, ()))[0] == spec
    model = deploy_model(spec)
    assert all(model.apply(call).ok for call in setup_calls(spec))
    assert house_of(model).ledger.volatility_settings.read(0).regimes[0].fields() == regimes[0]


CHANGES = """
[[change]]
at = 1900
market = "ETH-PERP"
liquidation_fee = 0.004

[[change]]
at = 1200
market = "ETH-PERP"
tiers = [{ above = 0, initial = 0.2, maintenance = 0.1 }]
"""


def test_changes_are_made_one_upon_the_other() -> None:
    """By time; what a change does not name stays as the one before left it."""
    text = (SMALL + CHANGES).replace("end = 2000", "end = 10_000").replace("1900", "4800")
    text = text.replace("trading_fee = ", "ramp_duration = 3600\ntrading_fee = ")
    scenario = scenario_of(text, "f")
    first, second = changes_of(scenario.changes, protocol_of(scenario).markets)
    assert (first[0], second[0]) == (1200, 4800)
    assert first[1][2] == second[1][2] == ((0, WAD // 5, WAD // 10),)
    place = [field.name for field in fields(MarketParameters)].index("liquidation_fee_rate")
    fees = [args[1][place] for _, args in (first, second)]  # type: ignore[index]  # nested tuples
    assert fees == [6 * WAD // 1000, 4 * WAD // 1000]


def test_a_variant_has_changes_of_its_own() -> None:
    """They stand instead of the file's; without them the file's stay."""
    text = SMALL + CHANGES[: CHANGES.index("[[change]]", 5)]
    text += """
[[variant]]
name = "unchanged"
change = []

[[variant]]
name = "same"
"""
    counts = [len(scenario_of(text, "f", variant=v).changes) for v in ("", "same", "unchanged")]
    assert counts == [1, 1, 0]


def test_the_hash_is_that_of_the_text() -> None:
    """The scenario names the SHA-256 of its file."""
    expected = hashlib.sha256(SMALL.encode()).hexdigest()
    assert scenario_of(SMALL, "f").text_sha256 == expected


def test_a_seed_overrides_that_of_the_file() -> None:
    """The given seed counts, a bad one is refused like one in the file."""
    assert scenario_of(SMALL, "f", seed=99).seed == 99
    with pytest.raises(ScenarioError, match=r"scenario\.seed"):
        scenario_of(SMALL, "f", seed=-1)


def test_times_may_be_written_as_dates() -> None:
    """A time with an offset equals its unix seconds."""
    text = SMALL.replace("start = 1000", "start = 1970-01-01T01:16:40+01:00")
    assert scenario_of(text, "f").start == 1000


def test_blocks_stand_on_the_grid_of_the_start() -> None:
    """A time moves to the next block, and never before the start."""
    scenario = scenario_of(SMALL, "f")
    assert [scenario.block_at_or_after(at) for at in (0, 1000, 1001, 1010, 1011)] == [
        1000,
        1000,
        1010,
        1010,
        1020,
    ]


def test_price_files_are_found_beside_the_scenario_and_in_data(tmp_path: Path) -> None:
    """The file beside the scenario counts, else the one in the data folder."""
    data = tmp_path / "data"
    data.mkdir()
    data.joinpath("bars.csv").write_text(BARS, "utf-8")
    path = tmp_path / "s.toml"
    path.write_text(SMALL.replace(ROWS, 'csv = "bars.csv"\nformat = "klines"'), "utf-8")
    scenario = load_scenario(path, data=data)
    digest = hashlib.sha256(BARS.encode()).hexdigest()
    assert scenario.inputs == (InputFile("bars.csv", digest),)
    fingerprint = scenario.fingerprint
    assert scenario.path("eth").times == (960, 1020)
    tmp_path.joinpath("bars.csv").write_text(BARS.replace("12.5,1", "13,1"), "utf-8")
    changed = load_scenario(path, data=data)
    assert changed.path("eth").prices[0] == 13 * WAD
    assert changed.text_sha256 == scenario.text_sha256
    assert changed.fingerprint != fingerprint


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (
            "pyth-updates",
            f"price_id,price,conf,expo,publish_time\n0x{'e7' * 32},250025,9,-2,1000\n",
        ),
        (
            "uniswap-v3",
            f"{','.join(POOL_COLUMNS)}\n1000,1970-01-01T00:16:40Z,1,{2**97},13863,1,0.25,4\n",
        ),
    ],
)
def test_a_path_is_read_from_each_kind_of_file(tmp_path: Path, kind: str, text: str) -> None:
    """Updates and pools give prices as bars and rounds do."""
    tmp_path.joinpath("prices.csv").write_text(text, "utf-8")
    path = tmp_path / "s.toml"
    path.write_text(SMALL.replace(ROWS, f'csv = "prices.csv"\nformat = "{kind}"'), "utf-8")
    price = {"pyth-updates": 250025 * 10**16, "uniswap-v3": 4 * WAD}[kind]
    assert load_scenario(path).path("eth").prices == (price,)


def test_a_bad_price_file_names_its_line(tmp_path: Path) -> None:
    """The message names scenario, key, file, line and column."""
    tmp_path.joinpath("bars.csv").write_text(BARS.replace("8,9,", "8,x,"), "utf-8")
    path = tmp_path / "s.toml"
    path.write_text(SMALL.replace(ROWS, 'csv = "bars.csv"\nformat = "klines"'), "utf-8")
    with pytest.raises(ScenarioError, match=r"path\[0\]\.csv: .*bars\.csv, line 3, column close"):
        load_scenario(path)


def test_an_offset_moves_every_price() -> None:
    """A basis is added to the rows."""
    text = SMALL.replace(ROWS, ROWS + "\noffset = -0.5")
    assert scenario_of(text, "f").path("eth").prices[0] == 19995 * 10**17


def test_a_walk_depends_on_the_seed() -> None:
    """A generated path is the same for a seed and another for another seed."""
    walk = "generator = { start_price = 2000, step = 10, volatility = 0.001 }"
    text = SMALL.replace(ROWS, walk)
    prices = scenario_of(text, "f").path("eth").prices
    assert len(prices) == 101
    assert scenario_of(text, "f").path("eth").prices == prices
    assert scenario_of(text, "f", seed=2).path("eth").prices != prices


VARIANTS = """
[[variant]]
name = "late"
description = "the feed is late"
feed = [{ name = "one", price = "ETH-USD", delay = 20, gas = "eth", gas_limit = 1900 }]
price = [{ name = "ETH-USD", policy = "euler_chainlink", reducer = "max" }]
expect = { liquidated = 1, bad_debt = 2.5, shortfall = 0 }
"""


def test_a_variant_changes_the_keys_that_it_names() -> None:
    """All else stays, and it has a fingerprint of its own."""
    plain, late = (scenario_of(SMALL + VARIANTS, "f", variant=each) for each in ("", "late"))
    (feed,), (price,) = late.feeds, late.prices
    assert (feed.delay, feed.heartbeat, feed.gas, feed.gas_limit) == (20, 100, "eth", 1900 * WAD)
    assert (price.policy, price.reducer) == ("euler_chainlink", Reducer.MAX)
    assert (plain.feeds[0].delay, plain.prices[0].policy) == (10, "weiproof")
    assert plain.variants == late.variants
    assert late.variants[0].expected == Expected(liquidated=1, bad_debt=2_500_000, shortfall=0)
    assert plain.fingerprint != late.fingerprint


@pytest.mark.parametrize(
    ("change", "variant", "key", "words"),
    [
        ("", "lat", "variant", "Did you mean late?"),
        ("", "x", "variant", "The file's variants: late."),
        (('name = "one", price', 'name = "two", price'), "late", "variant[0].feed[0]", "name and"),
        (("delay = 20", "delay = 100"), "late", "feed[0]", "below the heartbeat"),
        (("delay = 20", "delya = 20"), "late", "feed[0].delya", "Did you mean delay?"),
    ],
)
def test_a_wrong_variant_is_refused(
    change: tuple[str, str] | tuple[()], variant: str, key: str, words: str
) -> None:
    """A name that is none, a table that is not there, and what would not be a scenario."""
    text = SMALL + (VARIANTS.replace(*change) if change else VARIANTS)
    with pytest.raises(ScenarioError, match=re.escape(words)) as caught:
        scenario_of(text, "f", variant=variant)
    assert caught.value.problems[0].key == key


def test_what_a_variant_breaks_is_told_with_its_name() -> None:
    """Also where tables do not agree."""
    text = SMALL + VARIANTS.replace('gas = "eth"', 'gas = "gas"')
    with pytest.raises(ScenarioError) as caught:
        scenario_of(text, "f", variant="late")
    assert (caught.value.file, caught.value.key) == ("f, variant late", "feed[0].gas")


def test_what_came_before_the_start_is_kept_for_averages() -> None:
    """As far back as the longest average of the path needs, and the point before that."""
    rows = "rows = [[600, 10], [700, 20], [800, 30], [900, 40], [1100, 50]]"
    plain = SMALL.replace(ROWS, rows)
    averaged = plain.replace("decimals = 8", "decimals = 8\naverage = 250")
    assert scenario_of(plain, "f").path("eth").times == (900, 1100)
    path = scenario_of(averaged, "f").path("eth")
    assert path.times == (700, 800, 900, 1100)
    assert average_at(path, 1000, 250) == (20 * 50 + 30 * 100 + 40 * 100) * WAD // 250


def test_a_policy_is_deployed() -> None:
    """Rules and policy reach the protocol, and its file keeps them."""
    spec = protocol_of(scenario_of(SMALL + VARIANTS, "f", variant="late"))
    (price,) = spec.prices
    assert price.sources[0].rules == PRESETS["euler_chainlink"].rules
    assert price.policy() == Policy(Reducer.MAX, lenient=0)
    assert decode_protocol(encode_protocol(spec, ("a",))) == (spec, ("a",))
    unasked = SMALL.replace("quorum = 1", 'policy = "aave_v3"')
    (source,) = protocol_of(scenario_of(unasked, "f")).prices[0].sources
    assert (source.max_age, source.liquidation_max_age) == (NO_LIMIT, NO_LIMIT)


def test_the_shipped_crash_has_at_most_a_hundred_prices() -> None:
    """The inline scenario holds 100 public figures and 60 to 120 accounts."""
    scenario = load_scenario(SCENARIOS / "august_2024.toml")
    assert sum(len(path.prices) for path in scenario.paths) <= 100
    count = len(scenario.accounts) + sum(group.count for group in scenario.groups)
    assert 60 <= count <= 120
    assert not scenario.inputs
    assert any(feed.outages for feed in scenario.feeds)


def test_the_shipped_prices_are_those_of_the_bars() -> None:
    """Every row is the close of the minute before it, but for the lows at 01:10:30."""
    if not DATA.is_dir():
        pytest.skip(f"no market data at {DATA}")
    scenario = load_scenario(SCENARIOS / "august_2024.toml")
    minutes = load_scenario(SCENARIOS / "august_2024_minutes.toml", data=DATA)
    differing = [
        (path.name, at)
        for path in scenario.paths
        for at, price in zip(path.times, path.prices, strict=True)
        if price_at(minutes.path(path.name), at) != price
    ]
    assert differing == [("eth-binance", 1722820230), ("eth-kucoin", 1722820230)]


def test_the_minute_scenario_needs_its_data() -> None:
    """Without the folder the message says how to name it."""
    with pytest.raises(ScenarioError, match="--data DIR") as caught:
        load_scenario(SCENARIOS / "august_2024_minutes.toml")
    assert len(caught.value.problems) == 4


def test_the_prices_of_incidents_are_those_of_the_bars() -> None:
    """Closes of the bars, lows where the file says so, average gas; of the pool, four decimals."""
    if not DATA.is_dir():
        pytest.skip(f"no market data at {DATA}")
    thursday = load_scenario(SCENARIOS / "incidents" / "black_thursday_2020.toml")
    usde = load_scenario(SCENARIOS / "incidents" / "usde_2025.toml")
    closes = {at + 600: row for at, row in _table("eth_usd_10min_2020-03-12.csv").items()}
    gas = _table("eth_gas_price_10min_2020-03-12.csv")
    minutes = {
        at + 60: row for at, row in _table("usde_usdt_binance_1min_2025-10-10_11.csv").items()
    }
    pool = _table("usde_usdt_uniswapv3_blocks_2025-10-10_11.csv", "time_utc")
    differing = [at for at, price in _rows(thursday, "eth") if not _is(closes, at, "close", price)]
    differing += [
        at for at, price in _rows(usde, "binance") if not _is(minutes, at, "close", price)
    ]
    assert [_is(closes, differing[0] + 300, "low", 12405 * WAD // 100)] == [True]
    assert [_is(minutes, differing[1] + 30, "low", 65 * WAD // 100)] == [True]
    assert len(differing) == 2
    for at, price in _rows(thursday, "gas"):
        assert price == int(gas[at]["avg_wei"]) // 10**9 * WAD
    for at, price in _rows(usde, "uniswap"):
        assert abs(Decimal(pool[at]["token1_price"]) - Decimal(price) / WAD) <= Decimal("0.00005")


def _rows(scenario: Scenario, name: str) -> list[tuple[int, int]]:
    path = scenario.path(name)
    return list(zip(path.times, path.prices, strict=True))


def _is(rows: dict[int, dict[str, str]], at: int, column: str, price: int) -> bool:
    return at in rows and Decimal(rows[at][column]) * WAD == price


def _table(name: str, time: str = "") -> dict[int, dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    key = time or next(iter(rows[0]))
    return {
        int(datetime.fromisoformat(row[key].replace("Z", "+00:00")).timestamp()): row
        for row in rows
    }
