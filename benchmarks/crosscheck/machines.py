"""Model and contracts called without the driver: by a Hypothesis state machine, and one by one."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from weiproof.contracts.chains import actor
from weiproof.crosscheck.fuzz.campaign import open_margin
from weiproof.crosscheck.fuzz.playground import SPEC, TRADERS
from weiproof.crosscheck.observation import stored_views
from weiproof.crosscheck.protocol import MATCHER
from weiproof.crosscheck.spec import price_id
from weiproof.engine.call import Call

from .campaigns import SEED, opened
from .rows import Absent, cpu_seconds

if TYPE_CHECKING:
    from weiproof.crosscheck.fuzz.campaign import MarginBench

WAD = 10**18
_STEPS_OF_AN_EXAMPLE = 50


class HypothesisRow:
    """A rule-based state machine that calls model and contracts itself, on revm."""

    name = "Hypothesis + revm"
    checks = "outcome, events, touched state"

    def __init__(self, steps: int) -> None:
        if find_spec("hypothesis") is None:
            raise Absent("hypothesis is not installed")
        self._bench = _funded("revm")
        self._examples = max(steps // _STEPS_OF_AN_EXAMPLE, 1)

    def measure(self) -> tuple[int, float]:
        """Runs the machine."""
        from hypothesis import HealthCheck, Phase, settings
        from hypothesis.stateful import run_state_machine_as_test

        pair = _Pair(self._bench)
        started = cpu_seconds()
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            lambda: _machine(pair),
            settings=settings(
                max_examples=self._examples,
                stateful_step_count=_STEPS_OF_AN_EXAMPLE,
                deadline=None,
                database=None,
                derandomize=True,
                phases=[Phase.generate],
                suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow],
            ),
        )
        return pair.calls, cpu_seconds() - started


class WebRow:
    """web3 and eth-tester in a plain loop, as a test written by hand has it."""

    name = "web3 + eth-tester"
    checks = HypothesisRow.checks

    def __init__(self, steps: int) -> None:
        self._bench = _funded("eth-tester")
        self._steps = steps

    def measure(self) -> tuple[int, float]:
        """Opens and closes positions."""
        pair = _Pair(self._bench)
        pair.start_over()
        started = cpu_seconds()
        for count in range(self._steps):
            buyer, seller = (0, 1) if count % 2 else (1, 0)
            pair.trade(buyer, seller, 0, 1000)
        return pair.calls, cpu_seconds() - started


def _funded(chain: str) -> MarginBench:
    """The protocol with prices and deposits."""
    bench = open_margin(opened(chain))
    for call in bench.fixture(SEED):
        bench.apply(call)
    return bench


class _Pair:
    """Model and contracts side by side."""

    def __init__(self, bench: MarginBench) -> None:
        self.calls = 0
        self._model, self._chain = bench.model, bench.lockstep.chain
        self._mark = self._model.snapshot(), self._chain.chain.snapshot()
        self._begun = self.now = self._model.world.now

    def start_over(self) -> None:
        """Goes back to the state with prices and deposits."""
        model, chain = self._mark
        self._model.restore(model)
        self._chain.chain.revert(chain)
        self.now = self._begun

    def apply(self, sender: str, target: str, function: str, *args: Any) -> None:  # noqa: ANN401
        """Makes a call on both sides and compares all there is to see."""
        call = Call(self.now, sender, target, function, args)
        assert self._model.apply(call) == self._chain.apply(call)  # noqa: S101 - as in a test
        for view in stored_views(self._model.touched, self.now):
            assert self._model.view(view) == self._chain.view(view)  # noqa: S101
        self.calls += 1

    def trade(self, buyer: int, seller: int, market: int, size: int) -> None:
        """A trade of so many steps at the market's price."""
        spec = SPEC.markets[market]
        view = Call(self.now, actor(MATCHER), "hub", "price", (price_id(spec.price), 0))
        answer = self._model.view(view).values
        price = answer[0] if answer and isinstance(answer[0], int) else WAD
        on_grid = max(price - price % spec.price_tick, spec.price_tick)
        sides = actor(TRADERS[buyer]), actor(TRADERS[seller])
        args = (*sides, market, size * spec.size_step, on_grid, True)
        self.apply(actor(MATCHER), "house", "settleTrade", *args)


def _machine(pair: _Pair) -> Any:  # noqa: ANN401 - Hypothesis' machines are of no fixed type
    from hypothesis import strategies as st
    from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

    people = st.integers(0, len(TRADERS) - 1)
    markets = st.integers(0, len(SPEC.markets) - 1)
    units = st.integers(1, 10**11)

    class Machine(RuleBasedStateMachine):
        """Calls of the clearing house."""

        @initialize()
        def begin(self) -> None:
            pair.start_over()

        @rule(seconds=st.integers(0, 300))
        def wait(self, seconds: int) -> None:
            pair.now += seconds

        @rule(who=people, amount=units)
        def deposit(self, who: int, amount: int) -> None:
            pair.apply(actor(TRADERS[who]), "house", "deposit", amount)

        @rule(who=people, amount=units)
        def withdraw(self, who: int, amount: int) -> None:
            pair.apply(actor(TRADERS[who]), "house", "withdraw", amount)

        @rule(who=people)
        def settle(self, who: int) -> None:
            pair.apply(actor(TRADERS[who]), "house", "settle", actor(TRADERS[who]))

        @rule(buyer=people, seller=people, market=markets, size=st.integers(1, 10**4))
        def settle_trade(self, buyer: int, seller: int, market: int, size: int) -> None:
            pair.trade(buyer, seller, market, size)

        @rule(market=markets)
        def accrue(self, market: int) -> None:
            pair.apply(actor(TRADERS[0]), "house", "accrueFunding", market)

        @rule(keeper=people, who=people, market=markets, size=st.integers(1, 10**22))
        def liquidate(self, keeper: int, who: int, market: int, size: int) -> None:
            sender, account = actor(TRADERS[keeper]), actor(TRADERS[who])
            pair.apply(sender, "house", "liquidate", account, market, size)

    return Machine()
