"""How many compared calls a CPU-second does on each EVM back end, and what takes the time.

    python benchmarks/throughput.py [--quick] [--json]

A compared call goes through model and contracts in lockstep: outcome compared, touched state read
back and compared. Two are measured: `Feed.transmit` with the read of its round, and `settleTrade`
with the read of the touched records through the lens. All back ends run in this process, in turns,
so that a busy machine slows them alike; the baseline is web3 + eth-tester, and ratios to it are
what to look at. Where coincurve is installed, a child process measures the baseline without it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from weiproof.contracts.abi import Interface
from weiproof.contracts.chains import ChainUnavailable, actor, open_chain
from weiproof.crosscheck.lockstep import Lockstep
from weiproof.crosscheck.protocol import (
    MATCHER,
    TRANSMITTER,
    deploy_chain,
    deploy_model,
    faucet_call,
    setup_calls,
)
from weiproof.crosscheck.spec import (
    FeedSpec,
    MarketSpec,
    PriceSpec,
    ProtocolSpec,
    SourceSpec,
    TierSpec,
)
from weiproof.engine.call import Call
from weiproof.engine.model import Model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BASELINE = "eth-tester"
CHAINS = (BASELINE, "pyevm", "revm")
WORKLOADS = ("Feed.transmit", "settleTrade")
WITHOUT_COINCURVE = "eth-tester, no coincurve"

REVM_RATE = 300
"""Least compared `Feed.transmit` of revm a CPU-second."""
PYEVM_RATIO = 3
"""Least ratio of pyevm to eth-tester on `Feed.transmit`."""

WAD = 10**18
START = 1_722_816_000
TRADERS = ("alice", "bob")
FEED = "feed/ETH-USD"
PRICE = 2_500 * 10**8
SPEC = ProtocolSpec(
    feeds=(FeedSpec("ETH-USD"),),
    prices=(PriceSpec("ETH-USD", (SourceSpec("ETH-USD", 10**9, 10**9),), 1),),
    markets=(
        MarketSpec(
            "ETH-PERP",
            "ETH-USD",
            size_step=10**15,
            price_tick=10**16,
            tiers=(TierSpec(0, 5 * 10**16, 3 * 10**16),),
        ),
    ),
    genesis_time=START,
)


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    rounds: int
    calls: dict[str, dict[str, int]]
    """Calls in each round, by back end and workload."""
    profiled: int
    """Rounds of the profile."""


FULL = Sizes(
    rounds=5,
    calls={
        "eth-tester": {"Feed.transmit": 12, "settleTrade": 4},
        "pyevm": {"Feed.transmit": 100, "settleTrade": 12},
        "revm": {"Feed.transmit": 600, "settleTrade": 120},
    },
    profiled=2,
)
QUICK = Sizes(
    rounds=1,
    calls={chain: {"Feed.transmit": 4, "settleTrade": 2} for chain in CHAINS},
    profiled=1,
)


class Bench:
    """The protocol on one back end, ready to be called."""

    def __init__(self, chain: str) -> None:
        """Deploys, configures and funds both sides; raises ChainUnavailable."""
        self.name = chain
        system = deploy_chain(SPEC, open_chain(chain, genesis_time=START))
        self.lockstep = Lockstep(deploy_model(SPEC), system)
        self._at = START
        self._count = 0
        self._prepare()

    def measure(self, workload: str, count: int) -> float:
        """CPU-seconds of `count` compared calls."""
        call = self._transmit if workload == "Feed.transmit" else self._settle_trade
        started = time.process_time()
        for _ in range(count):
            if not self.lockstep.apply(call()).ok:
                raise RuntimeError(f"{workload} was refused")
        return time.process_time() - started

    def _prepare(self) -> None:
        for call in setup_calls(SPEC):
            self.lockstep.prepare(call)
        self.lockstep.prepare(faucet_call(SPEC, dict.fromkeys(TRADERS, 10**12)))
        for trader in TRADERS:
            self.lockstep.prepare(Call(START, actor(trader), "house", "deposit", (10**12,)))
        for workload in WORKLOADS:  # caches fill, codecs are built
            self.measure(workload, 2)

    def _transmit(self) -> Call:
        self._at += 12
        self._count += 1
        answer = PRICE + self._count % 7
        return Call(self._at, actor(TRANSMITTER), FEED, "transmit", (answer, self._at))

    def _settle_trade(self) -> Call:
        """Opens and closes a position by turns."""
        self._at += 12
        self._count += 1
        buyer, seller = TRADERS if self._count % 2 else reversed(TRADERS)
        args = (actor(buyer), actor(seller), 0, 3 * WAD, 2_500 * WAD, True)
        return Call(self._at, actor(MATCHER), "house", "settleTrade", args)


@dataclass
class Rates:
    """What was measured on one back end."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    """Calls in each round."""

    def rate(self, workload: str) -> float:
        """Compared calls a CPU-second, over all rounds."""
        rounds = self.seconds[workload]
        return self.calls[workload] * len(rounds) / sum(rounds)

    def spread(self, workload: str) -> tuple[float, float]:
        """Rates of the slowest and of the quickest round."""
        rates = [self.calls[workload] / seconds for seconds in self.seconds[workload]]
        return min(rates), max(rates)


def measure(benches: list[Bench], sizes: Sizes) -> dict[str, Rates]:
    """All back ends and workloads, round by round in turns."""
    rates = {bench.name: Rates() for bench in benches}
    for _ in range(sizes.rounds):
        for workload in WORKLOADS:
            for bench in benches:
                count = sizes.calls[bench.name][workload]
                own = rates[bench.name]
                own.calls[workload] = count
                own.seconds.setdefault(workload, []).append(bench.measure(workload, count))
    return rates


# WHERE THE TIME GOES


class Stopwatch:
    """CPU time by part; the innermost part that runs is charged."""

    def __init__(self, rest: str) -> None:
        """`rest` is charged while no other part runs."""
        self.parts: dict[str, float] = {}
        self._current = rest
        self._last = time.process_time()

    def timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, charged to `part`."""

        def run(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - any function
            outer = self._switch(part)
            try:
                return function(*args, **kwargs)
            finally:
                self._switch(outer)

        return run

    def stop(self) -> None:
        """Charges what ran until now."""
        self._switch("")

    def _switch(self, part: str) -> str:
        now = time.process_time()
        self.parts[self._current] = self.parts.get(self._current, 0.0) + now - self._last
        outer, self._current, self._last = self._current, part, now
        return outer


def _points(bench: Bench) -> Iterator[tuple[str, Any, str]]:
    """Part, owner and name of what is timed; what is left is the comparing itself."""
    chain = type(bench.lockstep.chain.chain)
    for part, owner, names in (
        ("model", Model, ("apply", "view")),
        ("encode", Interface, ("encode_call",)),
        ("execute", chain, ("send", "call")),
        ("decode", Interface, ("decode_result", "decode_event", "decode_error")),
    ):
        for name in names:
            yield part, owner, name
    if bench.name == BASELINE:
        from eth.vm.forks.frontier.state import FrontierTransactionExecutor
        from eth_keys.backends import get_backend

        yield "execute: EVM", FrontierTransactionExecutor, "build_computation"
        for name in ("ecdsa_sign", "ecdsa_recover", "private_key_to_public_key"):
            yield "execute: signatures", type(get_backend()), name


@contextmanager
def _timing(bench: Bench) -> Iterator[Stopwatch]:
    watch = Stopwatch("compare")
    with ExitStack() as stack:
        for part, owner, name in _points(bench):
            wrapped = watch.timed(part, getattr(owner, name))
            stack.enter_context(patch.object(owner, name, wrapped))
        yield watch
        watch.stop()


def shares(bench: Bench, workload: str, count: int) -> dict[str, float]:
    """Part of the CPU time of each part, of one."""
    with _timing(bench) as watch:
        bench.measure(workload, count)
    total = sum(watch.parts.values())
    return {part: seconds / total for part, seconds in watch.parts.items()}


def profile(benches: list[Bench], sizes: Sizes) -> dict[str, dict[str, dict[str, float]]]:
    """Shares of all back ends and workloads."""
    return {
        bench.name: {
            workload: shares(bench, workload, sizes.profiled * sizes.calls[bench.name][workload])
            for workload in WORKLOADS
        }
        for bench in benches
    }


# THE REPORT


def main(arguments: list[str] | None = None) -> int:
    """Measures, prints, and says whether the requirements are met."""
    parser = argparse.ArgumentParser(description="Compared calls per CPU-second, by back end.")
    parser.add_argument("--quick", action="store_true", help="a few calls only, as a smoke test")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    parser.add_argument("--only", choices=CHAINS, help="this back end alone, without a baseline")
    options = parser.parse_args(arguments)
    sizes = QUICK if options.quick else FULL
    result = _measured(sizes, (options.only,) if options.only else CHAINS)
    if not options.only and result["coincurve"]:
        _add_without_coincurve(result, quick=options.quick)
    if options.json:
        print(json.dumps(result, indent=2))
    else:
        _print(result)
    return 0


def _measured(sizes: Sizes, chains: tuple[str, ...]) -> dict[str, Any]:
    opened = {chain: _open(chain) for chain in chains}
    benches = [bench for bench in opened.values() if isinstance(bench, Bench)]
    absent = {chain: reason for chain, reason in opened.items() if isinstance(reason, str)}
    rates = measure(benches, sizes)
    rows = {
        name: {workload: _row(own, workload) for workload in WORKLOADS}
        for name, own in rates.items()
    }
    return {
        "python": platform.python_version(),
        "coincurve": _signs_with_coincurve(),
        "rates": rows,
        "shares": profile(benches, sizes),
        "absent": absent,
        "requirements": _requirements(rows),
    }


def _open(chain: str) -> Bench | str:
    """A bench, or why there is none."""
    try:
        return Bench(chain)
    except ChainUnavailable as unavailable:
        return unavailable.reason


def _row(rates: Rates, workload: str) -> dict[str, Any]:
    slowest, quickest = rates.spread(workload)
    return {
        "calls": rates.calls[workload] * len(rates.seconds[workload]),
        "per_cpu_second": rates.rate(workload),
        "slowest_round": slowest,
        "quickest_round": quickest,
    }


def _requirements(rows: dict[str, Any]) -> dict[str, bool]:
    """Whether what is asked for was reached, as far as it was measured."""
    rate = {name: row["Feed.transmit"]["per_cpu_second"] for name, row in rows.items()}
    found = {}
    if "revm" in rate:
        found[f"revm at least {REVM_RATE} a CPU-second"] = rate["revm"] >= REVM_RATE
    if "pyevm" in rate and BASELINE in rate:
        met = rate["pyevm"] >= PYEVM_RATIO * rate[BASELINE]
        found[f"pyevm at least {PYEVM_RATIO} times {BASELINE}"] = met
    return found


def _signs_with_coincurve() -> bool:
    from eth_keys.backends import get_backend

    return find_spec("coincurve") is not None and "CoinCurve" in type(get_backend()).__name__


def _add_without_coincurve(result: dict[str, Any], *, quick: bool) -> None:
    """The baseline once more, in a child that signs in Python."""
    command = [sys.executable, __file__, "--only", BASELINE, "--json"]
    environment = {**os.environ, "ECC_BACKEND_CLASS": "eth_keys.backends.NativeECCBackend"}
    done = subprocess.run(  # noqa: S603 - this very file
        [*command, "--quick"] if quick else command,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    child = json.loads(done.stdout)
    for kind in ("rates", "shares"):
        result[kind][WITHOUT_COINCURVE] = child[kind][BASELINE]


def _print(result: dict[str, Any]) -> None:
    signer = "with coincurve" if result["coincurve"] else "without coincurve"
    print(f"compared calls per CPU-second, CPython {result['python']}, eth-tester {signer}\n")
    for workload in WORKLOADS:
        _print_rates(workload, result["rates"])
    print("share of the CPU time, in percent")
    for workload in WORKLOADS:
        _print_shares(workload, result["shares"])
    for chain, reason in result["absent"].items():
        print(f"{chain} was not measured: {reason}")
    for requirement, met in result["requirements"].items():
        print(f"{'met' if met else 'NOT MET':8}Feed.transmit: {requirement}")


def _print_rates(workload: str, rates: dict[str, Any]) -> None:
    print(f"{workload:26}{'rate':>9}{'ratio':>9}{'slowest':>10}{'quickest':>10}{'calls':>8}")
    base = rates.get(BASELINE)
    for name, row in rates.items():
        own = row[workload]
        rate = own["per_cpu_second"]
        ratio = f"{rate / base[workload]['per_cpu_second']:.2f}" if base else "-"
        print(
            f"  {name:24}{rate:9.1f}{ratio:>9}{own['slowest_round']:10.1f}"
            f"{own['quickest_round']:10.1f}{own['calls']:8}"
        )
    print()


def _print_shares(workload: str, found: dict[str, Any]) -> None:
    parts = ("model", "encode", "execute", "decode", "compare")
    print(f"{workload:26}" + "".join(f"{part:>9}" for part in parts) + "   of execute")
    for name, row in found.items():
        own = row[workload]
        inner = {k.partition(": ")[2]: v for k, v in own.items() if k.startswith("execute: ")}
        whole = {**own, "execute": own["execute"] + sum(inner.values())}
        detail = ", ".join(f"{part} {100 * share:.0f}" for part, share in inner.items())
        figures = "".join(f"{100 * whole.get(part, 0.0):9.1f}" for part in parts)
        rest = f", transactions and blocks {100 * own['execute']:.0f}" if inner else ""
        print(f"  {name:24}{figures}   {detail}{rest}".rstrip())
    print()


if __name__ == "__main__":
    sys.exit(main())
