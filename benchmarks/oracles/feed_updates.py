"""How many feed updates a minute one core takes through feed and policy, and beside what.

    python benchmarks/oracles/feed_updates.py [--quick] [--json]

An update is `Feed.transmit` and the read of the price after it, `OracleHub.price`. Four ways are
measured in one process and in turns, so that a busy machine slows them alike: bare assignments to a
dictionary with an age check (the least that Python can do), the Python contracts called directly,
the same through `Model.apply` and `Model.view` (outcomes, events and the running state hash
included), and the Solidity contracts on py-evm. CPU time counts; ratios to the bare loop are what
to look at.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from weiproof.contracts.chains import actor, open_chain
from weiproof.crosscheck.protocol import TRANSMITTER, deploy_chain, deploy_model, setup_calls
from weiproof.crosscheck.spec import FeedSpec, PriceSpec, ProtocolSpec, SourceSpec, price_id
from weiproof.engine.call import Call
from weiproof.oracles.feed import Feed
from weiproof.oracles.oracle_hub import OracleHub

if TYPE_CHECKING:
    from collections.abc import Callable

TARGET = 1_000_000
"""Updates a minute through the Python contracts called directly."""

START = 1_722_816_000
EVERY = 12
ANSWER = 2_500 * 10**8
MAX_AGE = 3_660
WAYS = ("bare", "direct", "model", "pyevm")
FEEDS = (1, 3)
PRICE = price_id("ETH-USD")


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    rounds: int
    updates: dict[str, int]
    """Updates in each round, by way."""


FULL = Sizes(5, {"bare": 400_000, "direct": 20_000, "model": 4_000, "pyevm": 60})
QUICK = Sizes(1, {"bare": 400, "direct": 200, "model": 40, "pyevm": 4})


def spec_of(feeds: int) -> ProtocolSpec:
    """One price of so many feeds, of which more than a half must be fresh."""
    names = tuple(f"ETH-USD-{number}" for number in range(feeds))
    return ProtocolSpec(
        feeds=tuple(FeedSpec(name) for name in names),
        prices=(
            PriceSpec(
                "ETH-USD",
                tuple(SourceSpec(name, MAX_AGE, MAX_AGE) for name in names),
                feeds // 2 + 1,
            ),
        ),
        markets=(),
        genesis_time=START,
    )


class Bench:
    """One price of some feeds, ready in each way; the feeds are updated in turns."""

    def __init__(self, feeds: int) -> None:
        """Deploys and configures."""
        self.feeds = feeds
        spec = spec_of(feeds)
        self._labels = tuple(f"feed/ETH-USD-{number}" for number in range(feeds))
        self._bare: dict[int, tuple[int, int, int]] = {}
        self._direct = deploy_model(spec)
        model = deploy_model(spec)
        chain = deploy_chain(spec, open_chain("pyevm", genesis_time=START))
        self._at: dict[str, int] = dict.fromkeys(WAYS, START)
        for way, system in (("direct", self._direct), ("model", model), ("pyevm", chain)):
            self._prepare(spec, way, system)
        self._run: dict[str, Callable[[int], None]] = {
            "bare": self._run_bare,
            "direct": self._run_direct,
            "model": lambda count: self._run_calls("model", model, count),
            "pyevm": lambda count: self._run_calls("pyevm", chain, count),
        }
        for way in WAYS:  # caches fill, codecs are built
            self.measure(way, 2 * feeds)

    def measure(self, way: str, count: int) -> float:
        """CPU-seconds of so many updates."""
        started = time.process_time()
        self._run[way](count)
        return time.process_time() - started

    def _prepare(self, spec: ProtocolSpec, way: str, system: Any) -> None:  # noqa: ANN401 - model or chain
        """Configures one system, and gives each feed a first answer."""
        calls = [*setup_calls(spec), *(self._transmit(way, label, 0) for label in self._labels)]
        for call in calls:
            if not system.apply(call).ok:
                raise RuntimeError(f"{call.function} was refused")

    def _transmit(self, way: str, label: str, number: int) -> Call:
        at = self._at[way] = self._at[way] + EVERY
        return Call(at, actor(TRANSMITTER), label, "transmit", (ANSWER + number % 7, at))

    def _run_bare(self, count: int) -> None:
        bare, at = self._bare, START
        for number in range(count):
            at += EVERY
            bare[number % 1000] = (ANSWER + number % 7, at, at)
            answer, _, updated_at = bare[number % 1000]
            if answer <= 0 or at - updated_at > MAX_AGE:
                raise RuntimeError("a fresh price was refused")

    def _run_direct(self, count: int) -> None:
        world = self._direct.world
        hub = world.contracts["hub"]
        feeds = [world.contracts[label] for label in self._labels]
        if not isinstance(hub, OracleHub):
            raise TypeError("the hub is no OracleHub")
        world.sender = actor(TRANSMITTER)
        price, commit = hub.price, world.store.commit
        transmits = [feed.transmit for feed in feeds if isinstance(feed, Feed)]
        at = self._at["direct"]
        for number in range(count):
            at += EVERY
            world.now = at
            transmits[number % len(transmits)](ANSWER + number % 7, at)
            price(PRICE, 0)
            commit()
            world.events.clear()
        self._at["direct"] = at

    def _run_calls(self, way: str, system: Any, count: int) -> None:  # noqa: ANN401 - model or chain
        for number in range(count):
            stored = system.apply(self._transmit(way, self._labels[number % self.feeds], number))
            read = Call(self._at[way], actor(TRANSMITTER), "hub", "price", (PRICE, 0))
            if not (stored.ok and system.view(read).ok):
                raise RuntimeError("an update was refused")


@dataclass
class Rates:
    """What was measured of one way."""

    updates: int
    seconds: list[float] = field(default_factory=list)

    def row(self) -> dict[str, float]:
        """Updates a CPU-minute over all rounds, and those of the slowest and quickest one."""
        minutes = [60 * self.updates / seconds for seconds in self.seconds]
        return {
            "updates": self.updates * len(self.seconds),
            "per_cpu_minute": 60 * self.updates * len(self.seconds) / sum(self.seconds),
            "slowest_round": min(minutes),
            "quickest_round": max(minutes),
        }


def measure(sizes: Sizes) -> dict[str, dict[str, dict[str, float]]]:
    """Rows by number of feeds and way, measured round by round in turns."""
    benches = [Bench(feeds) for feeds in FEEDS]
    rates = {(bench.feeds, way): Rates(sizes.updates[way]) for bench in benches for way in WAYS}
    for _ in range(sizes.rounds):
        for bench in benches:
            for way in WAYS:
                seconds = bench.measure(way, sizes.updates[way])
                rates[bench.feeds, way].seconds.append(seconds)
    return {str(feeds): {way: rates[feeds, way].row() for way in WAYS} for feeds in FEEDS}


def main(arguments: list[str] | None = None) -> int:
    """Measures, prints, and says whether the target is met."""
    parser = argparse.ArgumentParser(description="Feed updates per CPU-minute through the policy.")
    parser.add_argument("--quick", action="store_true", help="a few updates, as a smoke test")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    options = parser.parse_args(arguments)
    rates = measure(QUICK if options.quick else FULL)
    reached = rates["1"]["direct"]["per_cpu_minute"] >= TARGET
    version = platform.python_version()
    if options.json:
        met = {f"{TARGET} updates a CPU-minute, direct, one feed": reached}
        print(json.dumps({"python": version, "rates": rates, "requirements": met}, indent=2))
    else:
        _print(version, rates, reached=reached)
    return 0


def _print(version: str, rates: dict[str, Any], *, reached: bool) -> None:
    print(f"feed updates per CPU-minute: transmit and price, CPython {version}\n")
    print(f"{'':18}{'rate':>13}{'ratio':>9}{'slowest':>13}{'quickest':>13}{'updates':>11}")
    for feeds, rows in rates.items():
        print(f"price of {feeds}")
        base = rows["bare"]["per_cpu_minute"]
        for way, row in rows.items():
            rate, slowest, quickest = (
                row[key] for key in ("per_cpu_minute", "slowest_round", "quickest_round")
            )
            print(
                f"  {way:16}{rate:13,.0f}{rate / base:9.5f}{slowest:13,.0f}{quickest:13,.0f}"
                f"{row['updates']:11,}"
            )
    print(f"\n{'met' if reached else 'NOT MET':8}{TARGET:,} a CPU-minute, direct, one feed")


if __name__ == "__main__":
    sys.exit(main())
