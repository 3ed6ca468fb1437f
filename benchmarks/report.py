"""What it takes to read a run of a million calls, to report it, and to turn it into tables.

    python benchmarks/report.py [--calls 1000000] [--folder DIR] [--json]

The run is a real one of the model alone: a scenario of several markets whose feeds publish at every
block, with accounts that trade, withdraw and are liquidated. It is made once in the folder (some
three minutes) and used again. Each way to read it runs in a process of its own, which tells its
seconds and the most memory that it held.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MARKETS, FEEDS, BLOCK_TIME = 8, 5, 12
START = "2025-01-15T00:00:00Z"
GROUP = 50
"""Accounts that enter each day."""
DAY = 86_400

HEAD = """
[scenario]
name = "report-benchmark"
start = {start}
end = {end}
seed = 7
block_time = {block_time}

[system]
liquidation_reserve = 20
minimum_keeper_reward = 10
liquidator_share = 0.5
insurance_share = 0.25
target_ratio = 1.25

[insurance_fund]
amount = 50_000

[market_maker]
name = "maker"
capital = 50_000_000
spread = 0.0005

[[keeper]]
name = "keeper"
capital = 5_000_000
latency = 12
capacity = 5

[checks]
full_state_every = 100_000
views_every = 100_000
"""
MARKET = """
[[price]]
name = "{name}"
quorum = 2

[[path]]
name = "{name}"
interpolation = "linear"

[path.generator]
start_price = 3300
step = 600
volatility = 0.002
jump_probability = 0.01
jump_size = -0.05

[[market]]
name = "{name}-PERP"
price = "{name}"
size_step = 0.001
price_tick = 0.01
price_band = 0.05
trading_fee = 0.0005
liquidation_fee = 0.006
minimum_notional = 50
premium_depth = 1_000_000
funding_period = 28_800
max_funding_rate = 0.03
socialisation_cap = 0.1
tiers = [{{ above = 0, initial = 0.05, maintenance = 0.03 }}]
"""
FEED = """
[[feed]]
name = "feed-{number}"
price = "{price}"
source = "{price}"
decimals = 8
heartbeat = {block_time}
deviation = 0.001
delay = 0
max_age = 180
liquidation_max_age = 360
"""
GROUPS = """
[[group]]
name = "day-{day}"
count = {count}
deposit = {{ kind = "loguniform", low = 500, high = 20_000 }}
leverage = {{ kind = "uniform", low = 4, high = 18 }}
long_share = 0.7
markets = [{markets}]
enter_from = {enter_from}
enter_to = {enter_to}
behaviour = {{ review_every = 3600, withdraw = 0.1, top_up = 0.2, panic = 0.1 }}
"""


def scenario(calls: int) -> str:
    """Text of a scenario that makes about so many calls."""
    blocks = max(calls // (MARKETS * FEEDS), 100)
    start = _seconds(START)
    end = start + blocks * BLOCK_TIME
    names = [f"M{number}-USD" for number in range(MARKETS)]
    quoted = ", ".join(f'"{name}-PERP"' for name in names)
    parts = [HEAD.format(start=START, end=_time(end), block_time=BLOCK_TIME)]
    for name in names:
        parts.append(MARKET.format(name=name))
        parts += [FEED.format(number=n, price=name, block_time=BLOCK_TIME) for n in range(FEEDS)]
    for day, at in enumerate(range(start + 120, end, DAY)):
        span = _time(at), _time(min(at + DAY // 4, end))
        parts.append(
            GROUPS.format(
                day=day, count=GROUP, markets=quoted, enter_from=span[0], enter_to=span[1]
            )
        )
    return "".join(parts)


def _seconds(text: str) -> int:
    from datetime import datetime

    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def _time(at: int) -> str:
    from datetime import datetime, timezone

    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def make(folder: Path, calls: int) -> None:
    """Runs the scenario into a folder, unless it was."""
    from weiproof.simulation.loading import load_scenario
    from weiproof.simulation.run import SCENARIO, SUMMARY, Check, Run

    if (folder / SUMMARY).exists():
        return
    folder.mkdir(parents=True)
    file = folder / SCENARIO
    file.write_text(scenario(calls), "utf-8")
    Run(load_scenario(file), check=Check("off"), chain="pyevm", folder=folder).run()


WAYS = {
    "read": (
        "from weiproof.simulation.journal import JournalReader\n"
        "count = sum(1 for _ in JournalReader(folder / 'journal.jsonl'))\n"
    ),
    "export parquet": (
        "from weiproof.simulation.tables.files import export\n"
        "count = export(folder, target, 'parquet').rows['calls']\n"
    ),
    "export csv": (
        "from weiproof.simulation.tables.files import export\n"
        "count = export(folder, target, 'csv').rows['calls']\n"
    ),
    "report": (
        "from weiproof.reports.gathering import gather\n"
        "from weiproof.reports.run_report import run_report\n"
        "facts = gather(folder)\n"
        "(target / 'report.html').write_bytes(run_report(facts))\n"
        "count = facts.calls\n"
    ),
    "load": "from weiproof.simulation import load\ncount = load(folder).calls.num_rows\n",
}
"""Code of each way; it finds `folder` and `target`, a new folder, and sets `count`."""

CHILD = """
import json, resource, sys, time
from pathlib import Path
folder, target = Path(sys.argv[1]), Path(sys.argv[2])
began = time.perf_counter()
{code}
print(json.dumps({{
    "count": count,
    "seconds": round(time.perf_counter() - began, 2),
    "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
}}))
"""


def measure(way: str, folder: Path) -> dict[str, float]:
    """Seconds, and the most memory, of one way."""
    with tempfile.TemporaryDirectory() as target:
        done = subprocess.run(  # noqa: S603 - this file's own code
            [sys.executable, "-c", CHILD.format(code=WAYS[way]), str(folder), target],
            check=True,
            capture_output=True,
            text=True,
        )
    told: dict[str, float] = json.loads(done.stdout)
    return told


def main() -> int:
    """Make the run, measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=None, help="Of the run; made if missing.")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as own:
        folder = arguments.folder or Path(own) / "run"
        began = time.perf_counter()
        make(folder, arguments.calls)
        made = round(time.perf_counter() - began, 1)
        size = (folder / "journal.jsonl").stat().st_size
        rows = {way: measure(way, folder) for way in WAYS}
    if arguments.json:
        print(json.dumps({"seconds_to_make": made, "journal_bytes": size, "ways": rows}, indent=2))
        return 0
    print(f"journal of {size / 1e6:.0f} MB, made in {made} s")
    for way, told in rows.items():
        print(f"{way:16} {told['count']:>12,} {told['seconds']:>8} s {told['megabytes']:>6} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
