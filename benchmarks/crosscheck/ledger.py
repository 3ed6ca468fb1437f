"""One long life of the clearing house, and where every wei of it is.

    python -m benchmarks.crosscheck.ledger [--calls N] [--seed N] [--chain CHAIN]

Random calls as a campaign's, but on one ledger from the first to the last, model and contracts in
lockstep. The ledger identity is checked after each call; at the end both of its sides are printed,
what was rounded away beside how often anything was, and how often positions went which way.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from weiproof.contracts.chains import open_chain
from weiproof.crosscheck import driver
from weiproof.crosscheck.driver import Limits
from weiproof.crosscheck.fuzz.campaign import open_margin
from weiproof.crosscheck.fuzz.playground import SPEC
from weiproof.crosscheck.protocol import house_of
from weiproof.engine.fixed_point import WEI, div_up
from weiproof.engine.records import TOKEN_UNIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.crosscheck.driver import Campaign
    from weiproof.crosscheck.fuzz.campaign import MarginBench

ROUNDED = frozenset({"ProfitSettled", "SpotTradeSettled", "DeficitCovered"})
"""Events of what may leave a fraction of a wei behind: settling, a token's trade, a charge."""


def main(arguments: list[str] | None = None) -> int:
    """Runs and prints; the exit code is 1 where something differed or was lost."""
    parser = argparse.ArgumentParser(description="Where every wei of one long run is.")
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--chain", default="revm")
    options = parser.parse_args(arguments)
    bench = open_margin(open_chain(options.chain, genesis_time=SPEC.genesis_time))
    bench.episodes = (options.calls,)
    campaign = driver.run(bench, options.seed, Limits(options.calls))
    if campaign.finding is not None:
        print(campaign.finding)
        return 1
    print(f"{options.calls:,} calls of one sequence, seed {options.seed}, on {options.chain}\n")
    rows = [*_sides(bench), *_roundings(bench, campaign), *sorted(campaign.states.items())]
    for name, value in rows:
        print(f"{name:<42}{value:>40,}")
    return 0


def _sides(bench: MarginBench) -> Iterator[tuple[str, int]]:
    """The parts of the identity and its two sides, wei."""
    ledger = house_of(bench.model).ledger
    record, markets = ledger.record, range(ledger.market_count)
    holders = [str(key[1]) for key in bench.model.world.store.keys() if key[0] == "account"]  # noqa: SIM118
    accounts = [ledger.accounts.read(holder) for holder in holders]
    parts = {
        "cash and reserves of all accounts": sum(each.cash + each.reserve for each in accounts),
        "clearing balances": sum(ledger.markets.read(m).clearing for m in markets),
        "insurance fund": record.insurance_fund,
        "trading fees": record.fees,
        "dust": record.dust,
        "interest on its way": record.interest_pool,
    }
    yield from parts.items()
    vault = record.vault * TOKEN_UNIT
    yield "vault", vault
    yield "unresolved bad debt", record.unresolved_bad_debt
    yield "unaccounted", sum(parts.values()) - vault - record.unresolved_bad_debt


def _roundings(bench: MarginBench, campaign: Campaign) -> Iterator[tuple[str, int]]:
    """What was rounded away, wei rounded up, and how many events may each have left up to one."""
    ledger = house_of(bench.model).ledger
    left = sum(ledger.markets.read(m).dust for m in range(ledger.market_count))
    yield "dust of all kinds", ledger.record.dust + div_up(left, WEI)
    yield "roundings", sum(campaign.tally.events[name] for name in ROUNDED)


if __name__ == "__main__":
    sys.exit(main())
