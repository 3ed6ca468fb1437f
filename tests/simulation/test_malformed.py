"""Malformed scenarios: one clear message naming file and key, at once."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from weiproof.simulation.loading import load_scenario
from weiproof.simulation.toml_exact import ScenarioError

SMALL = Path(__file__).parent.joinpath("small.toml").read_text("utf-8")
ROWS = "rows = [[1000, 2000], [1500, 1800.25]]"
TIER = "{ above = 250_000, initial = 0.1, maintenance = 0.06 },"
FEED = SMALL[SMALL.index("[[feed]]") : SMALL.index("[[market]]")]
MARKET = SMALL[SMALL.index("[[market]]") : SMALL.index("[[path]]")]
VOLATILITY = "trading_fee = 0.0005\nvolatility = { "
CALM = "{ enter = 0.01, leave = 0, scale = 2 }"

# old text, new text, key that must be named, words that must be in the message
CASES = {
    "text for a number": ("seed = 1", 'seed = "1"', "scenario.seed", "without quotes"),
    "decimal for an integer": ("seed = 1", "seed = 1.0", "scenario.seed", "whole number"),
    "boolean for a number": ("seed = 1", "seed = true", "scenario.seed", "not true"),
    "number for a name": ('name = "small"', "name = 5", "scenario.name", "text in quotes"),
    "odd name": ('name = "small"', 'name = "a b"', "scenario.name", "letters"),
    "table for an array": ("[[keeper]]", "[keeper]", "keeper", "an array"),
    "array for a table": ("[insurance_fund]", "[[insurance_fund]]", "insurance_fund", "a table"),
    "unknown key": ("quorum = 1", "quorom = 1", "price[0].quorom", "Did you mean quorum?"),
    "unknown table": ("[[keeper]]", "[[keepers]]", "keepers", "Did you mean keeper?"),
    "unknown inner key": ("to = 1300", "until = 1300", "feed[0].outages[0].until", "unknown"),
    "missing key": ("block_time = 10", "", "scenario.block_time", "missing"),
    "missing table": ("[insurance_fund]\namount = 1000.5", "", "insurance_fund", "missing"),
    "seven decimals of an amount": ("1000.5", "1000.5000001", "insurance_fund.amount", "6 decimal"),
    "nineteen decimals of a rate": (
        "trading_fee = 0.0005",
        "trading_fee = 0.0000000000000000001",
        "market[0].trading_fee",
        "18 decimal",
    ),
    "settlement fee above its bound": (
        "trading_fee = 0.0005",
        "trading_fee = 0.0005\nsettlement_fee = 0.0100001",
        "market[0].settlement_fee",
        "at most 0.01",
    ),
    "both fees above their bound": (
        "trading_fee = 0.0005",
        "trading_fee = 0.0999\nsettlement_fee = 0.0002",
        "market[0].settlement_fee",
        "together with trading_fee",
    ),
    "fee tiers without a first": (
        "[[price]]",
        "[fees]\ntiers = [{ above = 1, maker = 1, taker = 1 }]\n[[price]]",
        "fees.tiers[0].above",
        "above = 0",
    ),
    "fee tiers out of order": (
        "[[price]]",
        "[[fees.tiers]]\nabove = 0\nmaker = 1\ntaker = 1\n" * 2 + "[[price]]",
        "fees.tiers[1].above",
        "above that of the tier before",
    ),
    "fees that rise with volume": (
        "[[price]]",
        "[fees]\ntiers = [{above=0, maker=0, taker=1}, {above=9, maker=1, taker=1}]\n[[price]]",
        "fees.tiers[1]",
        "fall with the volume",
    ),
    "a regime without hysteresis": (
        "trading_fee = 0.0005",
        f"{VOLATILITY}regimes = [{{ enter = 0.01, leave = 0.01, scale = 2 }}] }}",
        "market[0].volatility.regimes[0]",
        "below `enter`",
    ),
    "regimes out of order": (
        "trading_fee = 0.0005",
        f"{VOLATILITY}regimes = [{CALM}, {{ enter = 0.01, leave = 0, scale = 2 }}] }}",
        "market[0].volatility.regimes[1]",
        "above those of the regime before",
    ),
    "scales out of order": (
        "trading_fee = 0.0005",
        f"{VOLATILITY}regimes = [{CALM}, {{ enter = 0.02, leave = 0, scale = 1 }}] }}",
        "market[0].volatility.regimes[1].scale",
        "not below that",
    ),
    "a scale above its bound": (
        "trading_fee = 0.0005",
        f"{VOLATILITY}regimes = [{{ enter = 0.01, leave = 0, scale = 4.1 }}] }}",
        "market[0].volatility.regimes[0].scale",
        "from 1 to 4",
    ),
    "a gap below the period": (
        "trading_fee = 0.0005",
        f"{VOLATILITY}maximum_gap = 60 }}",
        "market[0].volatility",
        "at least the observation_period",
    ),
    "a change of nothing": (
        "[[keeper]]",
        '[[change]]\nat = 1500\nmarket = "ETH-PERP"\n[[keeper]]',
        "change[0]",
        "tiers or liquidation_fee",
    ),
    "a change of no market": (
        "[[keeper]]",
        '[[change]]\nat = 1500\nmarket = "ETH"\nliquidation_fee = 0\n[[keeper]]',
        "change[0].market",
        "there is no ETH",
    ),
    "a change after the end": (
        "[[keeper]]",
        '[[change]]\nat = 2001\nmarket = "ETH-PERP"\nliquidation_fee = 0\n[[keeper]]',
        "change[0].at",
        "within the scenario",
    ),
    "a change during a ramp": (
        "[[keeper]]",
        '[[change]]\nat = 1500\nmarket = "ETH-PERP"\nliquidation_fee = 0\n' * 2 + "[[keeper]]",
        "change[1].at",
        "the one before is in force",
    ),
    "a change beyond bounds": (
        "[[keeper]]",
        '[[change]]\nat = 1500\nmarket = "ETH-PERP"\nliquidation_fee = 0.5\n[[keeper]]',
        "change[0].liquidation_fee",
        "below the lowest maintenance rate",
    ),
    "a ramp below an hour": (
        "trading_fee = 0.0005",
        "trading_fee = 0.0005\nramp_duration = 3599",
        "market[0].ramp_duration",
        "3600",
    ),
    "negative deposit": ("deposit = 1000.000001", "deposit = -1.5", "account[0].deposit", "-1.5"),
    "zero deposit": ("deposit = 1000.000001", "deposit = 0", "account[0].deposit", "0.000001"),
    "negative price": ("1800.25", "-1800.25", "path[0].rows[1]", "a number from"),
    "price too high": ("1800.25", "1000000000.01", "path[0].rows[1]", "1000000000"),
    "nan": ("spread = 0.001", "spread = nan", "market_maker.spread", "nan"),
    "infinity": ("spread = 0.001", "spread = -inf", "market_maker.spread", "finite"),
    "huge exponent": ("spread = 0.001", "spread = 1e999999999", "market_maker.spread", "exponent"),
    "tiny exponent": ("spread = 0.001", "spread = 1e-81", "market_maker.spread", "exponent"),
    "million digits": ("seed = 1", "seed = 1" + "0" * 10**6, "scenario.seed", "80 digits"),
    "million decimals": ("1000.5", "0." + "1" * 10**6, "insurance_fund.amount", "80 digits"),
    "hundred digits": ("seed = 1", "seed = 1" + "0" * 100, "scenario.seed", "80 digits"),
    "huge hexadecimal": ("seed = 1", "seed = 0x" + "f" * 10**6, "scenario.seed", "80 digits"),
    "negative seed": ("seed = 1", "seed = -1", "scenario.seed", "not -1"),
    "local time": ("start = 1000", "start = 2024-08-05T01:00:00", "scenario.start", "offset"),
    "date only": ("start = 1000", "start = 2024-08-05", "scenario.start", "unix seconds"),
    "end before start": ("end = 2000", "end = 1000", "scenario", "an end after the start"),
    "outage backwards": ("to = 1300", "to = 1200", "feed[0].outages[0]", "after the `from`"),
    "outages overlap": (
        "to = 1300 }",
        "to = 1300 }, { from = 1250, to = 1400 }",
        "feed[0]",
        "without overlap",
    ),
    "age below heartbeat": ("max_age = 150", "max_age = 99", "feed[0]", "heartbeat (100)"),
    "liquidation age below age": ("= 300", "= 149", "feed[0]", "at least max_age (150)"),
    "delay of a heartbeat": ("delay = 10", "delay = 100", "feed[0]", "below the heartbeat"),
    "no deviation": ("deviation = 0.005", "deviation = 0", "feed[0].deviation", "a number from"),
    "nineteen feed decimals": ("decimals = 8", "decimals = 19", "feed[0].decimals", "0 to 18"),
    "unknown policy": ("quorum = 1", 'policy = "ave_v3"', "price[0].policy", "mean aave_v3?"),
    "unknown reducer": ("quorum = 1", 'reducer = "mode"', "price[0].reducer", "upper-median"),
    "anchored to itself": ("quorum = 1", 'anchor = "ETH-USD"', "price[0].anchor", "another price"),
    "unknown anchor": ("quorum = 1", 'anchor = "ETH"', "price[0].anchor", "mean ETH-USD?"),
    "deviation from nothing": ("quorum = 1", "max_deviation = 0.1", "price[0].anchor", "beside"),
    "seven decimals of a deviation": (
        "quorum = 1",
        'anchor = "x"\nmax_deviation = 0.0000001',
        "price[0].max_deviation",
        "6 decimal",
    ),
    "bounds swapped": ("delay = 10", "delay = 10\nlowest = 2\nhighest = 1", "feed[0]", "at most"),
    "bound of nine decimals": (
        "delay = 10",
        "delay = 10\nmin_answer = 0.000000001",
        "feed[0].min_answer",
        "8 decimals",
    ),
    "gas without limit": ("delay = 10", 'delay = 10\ngas = "eth"', "feed[0]", "gas_limit"),
    "unknown gas": ("delay = 10", 'delay = 10\ngas = "g"\ngas_limit = 1', "feed[0].gas", "path"),
    "two variants of one name": (
        "[[keeper]]",
        '[[variant]]\nname = "v"\n[[variant]]\nname = "v"\n[[keeper]]',
        "variant[1].name",
        "of its own",
    ),
    "number for a change": (
        "[[keeper]]",
        '[[variant]]\nname = "v"\nprice = [1]\n[[keeper]]',
        "variant[0].price[0]",
        "a table",
    ),
    "expecting too little": (
        "[[keeper]]",
        '[[variant]]\nname = "v"\nexpect = { liquidated = 1, bad_debt = 0 }\n[[keeper]]',
        "variant[0].expect.shortfall",
        "missing",
    ),
    "first tier not at 0": ("above = 0,", "above = 1,", "market[0].tiers[0].above", "above = 0"),
    "tiers unsorted": ("above = 250_000", "above = 0", "market[0].tiers[1].above", "tier before"),
    "rates fall": (TIER, TIER.replace("0.06", "0.02"), "market[0].tiers[1]", "not below"),
    "initial not above maintenance": (
        "initial = 0.05",
        "initial = 0.03",
        "market[0].tiers[0].initial",
        "above the maintenance",
    ),
    "zero maintenance": ("maintenance = 0.03", "maintenance = 0", "maintenance", "a number from"),
    "no tiers": ("tiers = [", "tiers = []\nother = [", "market[0].tiers", "at least 1"),
    "nine tiers": (TIER, TIER * 8, "market[0].tiers", "at most 8"),
    "fee too high": ("fee = 0.006", "fee = 0.009", "market[0].liquidation_fee", "target_ratio"),
    "requirement of everything": ("initial = 0.1,", "initial = 0.994,", "liquidation_fee", "below"),
    "step times tick": ("size_step = 0.001", "size_step = 1e-17", "market[0].price_tick", "divis"),
    "target below 1": ("target_ratio = 1.25", "target_ratio = 0.99", "system.target_ratio", "1 to"),
    "reward above reserve": ("reward = 10", "reward = 21", "system", "liquidation_reserve"),
    "share above 1": ("long_share = 0.75", "long_share = 75", "group[0].long_share", "0 to 1"),
    "two feeds of one name": (FEED, FEED * 2, "feed[1].name", "a name of its own"),
    "two markets of one name": (MARKET, MARKET * 2, "market[1].name", "a name of its own"),
    "keeper named as account": ('"keeper"', '"alice"', "keeper[0].name", "account[0].name"),
    "account named as member": ('"alice"', '"crowd-03"', "account[0].name", "taken"),
    "account named as contract": ('"alice"', '"house"', "account[0].name", "taken"),
    "unknown price": ('price = "ETH-USD"', 'price = "ETH"', "feed[0].price", "mean ETH-USD?"),
    "unknown path": ('source = "eth"', 'source = "btc"', "feed[0].source", "[[path]]"),
    "unknown market": ('markets = ["ETH', 'markets = ["XRP', "group[0].markets[0]", "[[market]]"),
    "quorum above feeds": ("quorum = 1", "quorum = 2", "price[0].quorum", "found 1"),
    "six feeds": (FEED, "".join(FEED.replace("one", f"f{i}") for i in range(6)), "quorum", "5"),
    "size off the step": ("size = 1.5", "size = 1.5005", "account[0].positions[0].size", "step"),
    "odd side": ('side = "short"', 'side = "up"', "account[0].positions[0].side", "'long'"),
    "entry outside": ("enter_to = 1400", "enter_to = 2001", "group[0].enter_from", "within"),
    "too many accounts": ("count = 12", "count = 100_000", "group", "at most 100000 accounts"),
    "low above high": ("low = 100,", "low = 10_001,", "group[0].deposit", "at most high"),
    "choice without values": ('kind = "uniform"', 'kind = "choice"', "group[0].leverage", "values"),
    "unknown kind": ('kind = "uniform"', 'kind = "normal"', "group[0].leverage.kind", "'choice'"),
    "path without source": (ROWS, "", "path[0]", "exactly one of"),
    "path of two sources": (
        ROWS,
        ROWS + '\ncsv = "x.csv"\nformat = "klines"',
        "path[0]",
        "found rows and csv",
    ),
    "csv without format": (ROWS, 'csv = "x.csv"', "path[0]", "format together"),
    "unknown format": (ROWS, 'csv = "x"\nformat = "ohlc"', "path[0].format", "'klines'"),
    "missing csv": (ROWS, 'csv = "x.csv"\nformat = "klines"', "path[0].csv", "--data DIR"),
    "csv elsewhere": (ROWS, 'csv = "../x.csv"\nformat = "klines"', "path[0].csv", "below"),
    "csv is absolute": (ROWS, 'csv = "/dev/zero"\nformat = "klines"', "path[0].csv", "below"),
    "csv is a scenario": (ROWS, 'csv = "bad.toml"\nformat = "klines"', "path[0].csv", "line 1"),
    "rows unsorted": ("[1500,", "[1000,", "path[0]", "rising time"),
    "row of three": ("[1500,", "[1500, 1,", "path[0].rows[1]", "[time, price]"),
    "path too late": ("[1000, 2000]", "[1001, 2000]", "path[0]", "at or before the start"),
    "offset too low": (ROWS, ROWS + "\noffset = -1900", "path[0].offset", "above 0"),
    "endless walk": (
        ROWS,
        "generator = { start_price = 1, step = 0, volatility = 0.01 }",
        "path[0].generator.step",
        "1 to",
    ),
    "wild walk": (
        ROWS,
        "generator = { start_price = 1, step = 1, volatility = 0.2 }",
        "path[0].generator.volatility",
        "0 to 0.1",
    ),
}
WHOLE_FILES = {
    "empty": b"",
    "blank": b" \n\t\n",
    "comment only": b"# nothing\n",
    "binary": bytes(range(256)) * 10,
    "zeros": b"\0" * 1000,
    "utf-16": SMALL.encode("utf-16"),
    "too large": b"#" * (4 * 1024 * 1024 + 1),
    "broken syntax": b"[scenario\nname = 1",
    "key twice": b"a = 1\na = 2",
    "deep nesting": b"a = " + b"[" * 100_000 + b"]" * 100_000,
    "some nesting": b"a = " + b"[" * 200 + b"]" * 200,
    "deep dotted key": b".".join([b"a"] * 100_000) + b" = 1",
    "json": b'{"scenario": {}}',
    "bare digits": b"9" * 10**6,
}


def refused(path: Path) -> ScenarioError:
    """Load a scenario that must be refused within a second, and return the error."""
    begin = time.perf_counter()
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    assert time.perf_counter() - begin < 1
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert len(message) < 4000
    assert "\x00" not in message
    return caught.value


@pytest.mark.parametrize("name", CASES)
def test_one_wrong_value(name: str, tmp_path: Path) -> None:
    """The message names the key of the wrong value and what was expected."""
    old, new, key, words = CASES[name]
    assert old in SMALL
    path = tmp_path / "bad.toml"
    path.write_text(SMALL.replace(old, new, 1), "utf-8")
    error = refused(path)
    assert key in error.key
    assert words in str(error.problems[0])
    assert error.hint


@pytest.mark.parametrize("name", WHOLE_FILES)
def test_files_that_are_no_scenario(name: str, tmp_path: Path) -> None:
    """A file that is no scenario at all gives one message and a hint."""
    path = tmp_path / "bad.toml"
    path.write_bytes(WHOLE_FILES[name])
    assert refused(path).hint


@pytest.mark.parametrize("name", ["missing.toml", ".", "a\0b"])
def test_files_that_cannot_be_read(name: str, tmp_path: Path) -> None:
    """A missing file, a folder and an impossible name are reported."""
    with pytest.raises(ScenarioError, match="readable file"):
        load_scenario(f"{tmp_path}/{name}")


def test_all_problems_are_listed(tmp_path: Path) -> None:
    """Two mistakes give two problems, the first one in front."""
    path = tmp_path / "bad.toml"
    text = SMALL.replace("seed = 1", "seed = -1").replace("spread = 0.001", "spread = 2")
    path.write_text(text, "utf-8")
    error = refused(path)
    assert [problem.key for problem in error.problems] == ["scenario.seed", "market_maker.spread"]
    assert len(str(error).splitlines()) == 2


def test_many_problems_are_cut(tmp_path: Path) -> None:
    """A file with hundreds of mistakes gives twenty of them."""
    path = tmp_path / "bad.toml"
    keys = "".join(f"k{i} = 1\n" for i in range(500))
    path.write_text(keys + SMALL, "utf-8")
    assert len(refused(path).problems) == 20
