"""What keepers do about an account, by the route that the protocol tells of its liquidation.

They read the model, as a keeper simulates its call before it sends it: a takeover by the keeper
itself only where its reward is more than what selling the position costs, and no call that would be
refused. Takeovers by vault and fund cost the caller nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weiproof.contracts.chains import actor
from weiproof.engine.backstop_records import Route
from weiproof.engine.call import Call
from weiproof.engine.deleveraging_records import MAX_CANDIDATES
from weiproof.engine.fixed_point import WAD, WEI, div_up
from weiproof.engine.parameters import MAX_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable

    from weiproof.engine.call import Event, Outcome, Value

    from .route_books import RouteBooks
    from .scenario import Keeper, Scenario
    from .traders import TradingFloor

HALVINGS = 6
"""How often a keeper halves what it would take over before it leaves it."""

TAKEOVERS = {Route.BACKSTOP: "liquidateToBackstop", Route.FUND: "liquidateToFund"}
LIQUIDATING = frozenset({"liquidate", *TAKEOVERS.values(), "autoDeleverage", "forceClose"})
"""Functions by which a position goes; what else a keeper does prepares for them."""


@dataclass(frozen=True, slots=True)
class Step:
    """A call that a keeper means to make."""

    function: str
    args: tuple[Value, ...]

    @property
    def liquidates(self) -> bool:
        """Whether a position goes by it."""
        return self.function in LIQUIDATING


@dataclass(frozen=True, slots=True)
class Case:
    """An account that can be liquidated, and who might stand on the other side."""

    account: str
    market: int
    at: int
    accounts: tuple[str, ...]


class Liquidator:
    """Decides for all keepers; see :meth:`steps`."""

    def __init__(
        self,
        scenario: Scenario,
        books: RouteBooks,
        floor: TradingFloor,
        submit: Callable[[Call], Outcome],
    ) -> None:
        """`submit` runs a call; keepers sell on the `floor`."""
        self._markets = scenario.markets
        terms = scenario.waterfall
        self._nominators: tuple[str, ...] = () if terms is None else terms.nominators
        self._books = books
        self._floor = floor
        self._submit = submit
        self.given_up = 0
        """What candidates gave up for bankrupt accounts in deleveragings; a numerator."""
        self.deleveraged = 0
        """Notional at the mark that they closed; a numerator."""
        self._flagged: list[str] = []

    def steps(self, keeper: Keeper, address: str, case: Case) -> tuple[Step, ...]:
        """The calls that `keeper` makes now, in this order; none where it waits.

        Keeper: its own takeover, if it pays. Backstop and fund: theirs. A bankrupt account whose
        deleveraging has candidates is left to that; what remains is taken over where that pays, and
        else closed by force.
        """
        route = self._books.route(case.account, case.market, case.at)
        if route is None:
            return (Step("liquidate", (case.account, case.market, MAX_SIZE)),)
        if route in TAKEOVERS:
            step = Step(TAKEOVERS[route], (case.account, case.market, MAX_SIZE))
            outcome = self._would(step, address, case.at)
            if outcome.ok:
                return (step,)
            if outcome.error == "CoolingDown":
                return ()
        if route != Route.KEEPER and self._nominators:
            found = self._deleveraging(address, case, nominates=keeper.name in self._nominators)
            if found is not None:
                return found
        if size := self._pays(address, case):
            return (Step("liquidate", (case.account, case.market, size)),)
        return () if route == Route.KEEPER else self._forced(address, case)

    def take(self, address: str, steps: tuple[Step, ...], at: int) -> Outcome:
        """Makes the calls up to the first that is refused; answers with the last outcome."""
        outcome = self._make(address, steps[0], at)
        for step in steps[1:]:
            if not outcome.ok:
                break
            outcome = self._make(address, step, at)
        return outcome

    def _make(self, address: str, step: Step, at: int) -> Outcome:
        mark = self._mark(step, at)
        outcome = self._submit(Call(at, address, "house", step.function, step.args))
        if step.function == "flag" and outcome.ok:
            self._flagged.append(str(step.args[0]))
        for event in outcome.events:
            if event.name == "Deleveraged":
                self._note(event, mark)
        return outcome

    def watch(self, at: int) -> None:
        """Takes flags off accounts that are not bankrupt any more, as the first nominator."""
        self._flagged = [each for each in self._flagged if self._books.flagged(each)]
        for account in self._flagged:
            unflag = Step("unflag", (account,))
            address = actor(self._nominators[0])
            if not self._books.is_bankrupt(account, at) and self._would(unflag, address, at).ok:
                self._submit(Call(at, address, "house", unflag.function, unflag.args))

    def told(self) -> dict[str, str]:
        """For the summary: what deleveragings closed and what that cost candidates, wei."""
        return {
            "notional": str(self.deleveraged // WEI),
            "given_up": str(self.given_up // WEI),
        }

    def _mark(self, step: Step, at: int) -> int:
        """The mark of a deleveraging, negative where a short is closed; 0 for other calls."""
        if step.function != "autoDeleverage":
            return 0
        args: tuple[Any, ...] = step.args
        account, market, _ = args
        mark = self._books.mark(market, at)
        return mark if self._books.is_long(account, market) else -mark

    def _note(self, event: Event, mark: int) -> None:
        args: tuple[Any, ...] = event.args
        size, paid = args[3:]
        self.deleveraged += abs(size * mark * WAD)
        self.given_up += paid - size * mark * WAD

    def _would(self, step: Step, address: str, at: int) -> Outcome:
        return self._books.would(Call(at, address, "house", step.function, step.args))

    def _forced(self, address: str, case: Case) -> tuple[Step, ...]:
        holder = self._books.opposite_holder(case.account, case.market, case.accounts)
        step = Step("forceClose", (case.account, case.market, holder or address))
        return (step,) if self._would(step, address, case.at).ok else ()

    def _deleveraging(
        self, address: str, case: Case, *, nominates: bool
    ) -> tuple[Step, ...] | None:
        """What is to be done for a deleveraging; None where it does not help."""
        books, account, market, at = self._books, case.account, case.market, case.at
        if not books.is_bankrupt(account, at):
            return None
        listed, others = books.candidates(account, market, at, case.accounts)
        if not listed and not others:
            return None
        missing = books.size(account, market) - sum(size for _, size in listed)
        steps: list[Step] = []
        if not books.flagged(account):
            steps.append(Step("flag", (account,)))
        steps += _nominations(market, others, missing)
        if not steps and books.is_due(account, at):
            closing = Step("autoDeleverage", (account, market, MAX_CANDIDATES))
            if self._would(closing, address, at).ok:
                return (closing,)
            steps += _nominations(market, others, books.size(account, market))
            if not steps:
                return None
        return tuple(steps) if nominates else ()

    def _pays(self, address: str, case: Case) -> int:
        """How much of the position the keeper takes over; 0 where no part of it pays."""
        size = most = self._books.liquidation_size(case.account, case.market, case.at)
        step = self._markets[case.market].size_step
        for _ in range(HALVINGS):
            if size == 0:
                return 0
            # of everything the dust is a part that a size in steps would leave
            wanted = MAX_SIZE if size == most else size
            # simulating a call is dear, so only where the highest reward that there is would do
            mark, reward = self._books.highest_reward(case.market, size, case.at)
            if self._earns(case, size, mark, reward):
                takeover = Step("liquidate", (case.account, case.market, wanted))
                outcome = self._would(takeover, address, case.at)
                if outcome.ok and self._earns(case, *_taken(outcome)):
                    return wanted
                if not outcome.ok and outcome.error != "InsufficientMargin":
                    return 0
            size = size // 2 // step * step
        return 0

    def _earns(self, case: Case, size: int, mark: int, reward: int) -> bool:
        """Whether the reward is more than selling at once loses of what was taken at the mark."""
        signed = size if self._books.is_long(case.account, case.market) else -size
        taken, price = self._floor.bid(case.market, -signed, case.at)
        if taken != -signed:
            return False
        fee = div_up(size * price * self._markets[case.market].trading_fee, WEI)
        lost = signed * (mark - price)
        return (reward - fee) * WAD > lost


def _taken(outcome: Outcome) -> tuple[int, int, int]:
    """Size, mark and reward of a takeover."""
    (event,) = (each for each in outcome.events if each.name == "Liquidated")
    args: tuple[Any, ...] = event.args
    return args[3], args[4], args[6]


def _nominations(market: int, candidates: tuple[tuple[str, int], ...], missing: int) -> list[Step]:
    """The best of the candidates until their positions make up what is missing."""
    steps = []
    for account, size in candidates:
        if missing <= 0:
            break
        steps.append(Step("nominate", (market, account)))
        missing -= size
    return steps
