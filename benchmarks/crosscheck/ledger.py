"""One long life of the clearing house, and where every wei of it is.

    python -m benchmarks.crosscheck.ledger [--calls N] [--seed N] [--chain CHAIN]

Random calls as a campaign's, but on one ledger from the first to the last, model and contracts in
lockstep. The ledger identity is checked after each call; at the end both of its sides are printed,
what was rounded away beside how often anything was, and how often rare states were passed through.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from weiproof.crosscheck import driver
from weiproof.crosscheck.driver import Limits
from weiproof.crosscheck.fuzz.campaign import open_margin
from weiproof.crosscheck.invariants import money_of
from weiproof.crosscheck.protocol import house_of
from weiproof.engine.draws import MAX_SEED
from weiproof.engine.fixed_point import WEI, div_up

from .campaigns import opened
from .rows import Absent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.crosscheck.driver import Campaign
    from weiproof.crosscheck.fuzz.campaign import MarginBench

ROUNDED = frozenset({"ProfitSettled", "SpotTradeSettled", "DeficitCovered"})
"""Events of what may leave a fraction of a wei behind: settling, a token's trade, a charge."""


def main(arguments: list[str] | None = None) -> int:
    """Runs and prints; the exit code is 1 where something differed or was lost, 2 for bad input."""
    parser = argparse.ArgumentParser(description="Where every wei of one long run is.")
    parser.add_argument("--calls", type=int, default=100_000, help="set-up included, at least 1")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--chain", default="revm", choices=("revm", "pyevm"))
    options = parser.parse_args(arguments)
    if options.calls < 1:
        parser.error(f"argument --calls: expected at least 1, not {options.calls}")
    if not 0 <= options.seed <= MAX_SEED:
        parser.error(f"argument --seed: expected 0 to {MAX_SEED}, not {options.seed}")
    try:
        chain = opened(options.chain)
    except Absent as error:
        parser.error(f"argument --chain: {error}")
    bench = open_margin(chain)
    bench.episodes = (options.calls,)
    campaign = driver.run(bench, options.seed, Limits(options.calls))
    if campaign.finding is not None:
        print(campaign.finding.describe(campaign.names))
        return 1
    print(f"{options.calls:,} calls of one sequence, seed {options.seed}, on {options.chain}\n")
    for name, value in (*_rows(bench, campaign), *sorted(campaign.states.items())):
        print(f"{name:<42}{value:>40,}")
    return 0


def _rows(bench: MarginBench, campaign: Campaign) -> Iterator[tuple[str, int]]:
    """Both sides of the identity, and what was rounded away; wei, the latter rounded up."""
    ledger = house_of(bench.model).ledger
    markets = range(ledger.market_count)
    keys = bench.model.world.store.keys()
    accounts = [ledger.accounts.read(str(key[1])) for key in keys if key[0] == "account"]
    money = money_of(ledger, sum(each.cash + each.reserve for each in accounts), markets)
    yield from money.parts.items()
    yield "vault", money.vault
    yield "unresolved bad debt", money.unresolved
    yield "unaccounted", money.unaccounted
    left = sum(ledger.markets.read(each).dust for each in markets)
    yield "dust of all kinds", ledger.record.dust + div_up(left, WEI)
    yield "roundings", sum(campaign.tally.events[name] for name in ROUNDED)


if __name__ == "__main__":
    sys.exit(main())
