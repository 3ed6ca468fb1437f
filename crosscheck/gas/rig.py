"""The contracts on a chain, with parties that hold what is to be measured."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor, open_chain
from weiproof.crosscheck.protocol import (
    ADMIN,
    MATCHER,
    TRANSMITTER,
    deploy_chain,
    faucet_call,
    setup_calls,
)
from weiproof.engine.call import Call
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_ACCOUNT_COLLATERALS, MAX_ACCOUNT_MARKETS

from .setting import FULL, HOUR, MIRRORED, SETTINGS, SYSTEM_RISK, TOKENS, Size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weiproof.engine.call import Value

TRANSACTION, ZERO_BYTE, OTHER_BYTE = 21_000, 4, 16
"""Intrinsic gas: of a transaction, and of a byte of its data."""

LONG, SHORT, KEEPER, OTHER, STRANGER = "long", "short", "keeper", "other", "stranger"
PARTIES = (LONG, SHORT, KEEPER, OTHER, *(f"party-{number}" for number in range(5, 17)))
"""Hold the same markets, each the opposite side of its neighbour; a stranger holds nothing."""
BYSTANDERS = "bystander", "other bystander"
"""Hold every market and token always, so that whatever the parties hold is in use."""
DEBTOR = "debtor"
"""Owes cash against a token, so that interest runs."""

PRICE, TRADED, IMPACT, FALLEN, EXCITED, CRASHED = 1000, 1010, 1005, 910, 1020, 700
"""Dollars of a market: the index, what was traded at, what depth would pay, the index after
the fall, the one whose return begins a volatility regime, and the one that leaves no equity."""

TOKEN_PRICE = 50
"""Dollars of a whole token."""
TOKEN_WORTH = 75
"""Dollars of all tokens of a party for each of its markets: less than the margin required."""

WAIT = 60
"""Seconds between what was before and the measured call, so that everything has to accrue."""

DOLLAR = 10**6
RICH = 1_000_000 * DOLLAR


class SituationRefused(Exception):
    """A call that leads to a situation, or the measured one, was refused by these contracts."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What a call cost: whole gas of its transaction, and the intrinsic part of it."""

    gas: int
    intrinsic: int


class Rig:
    """Contracts on a chain, with parties whose holdings grow."""

    def __init__(self, chain: str, setting: str) -> None:
        """Deploys on a fresh chain of that name; nobody holds anything yet."""
        self.setting = setting
        self.spec = SETTINGS[setting]
        fresh = open_chain(chain, genesis_time=self.spec.genesis_time)
        self.system = deploy_chain(self.spec, fresh)
        self.now = self.spec.genesis_time
        self._shown = tuple(0 for _ in self.spec.feeds)
        for call in setup_calls(self.spec):
            self._send(call)
        self._endow()
        if self.spec is FULL:
            self._excite()
        self._occupy()
        self._opened = 0

    @contextmanager
    def holding(self, size: Size) -> Iterator[None]:
        """Inside, all parties hold so much, with margin for more.

        Markets are opened for good, tokens brought in for the time: fewer markets than before raise
        ValueError.
        """
        if size.markets < self._opened:
            raise ValueError(f"{self._opened} markets are open already, {size.markets} are too few")
        for first, second in zip(PARTIES[::2], PARTIES[1::2], strict=True):
            for market_id in range(self._opened, size.markets):
                self.trade(first, second, market_id)
        self._opened = size.markets
        with self.undone():
            for label in PARTIES:
                self._bring_tokens(label, size)
            yield

    @property
    def markets(self) -> int:
        """How many markets every party holds."""
        return self._opened

    @contextmanager
    def undone(self) -> Iterator[None]:
        """What is done inside has not happened afterwards."""
        mark, now, shown = self.system.chain.snapshot(), self.now, self._shown
        try:
            yield
        finally:
            self.system.chain.revert(mark)
            self.now, self._shown = now, shown

    @contextmanager
    def led(self, prepare: Callable[[Rig], None], dollars: int) -> Iterator[None]:
        """Inside, what is needed has been done, and a minute later every market has this index."""
        with self.undone():
            prepare(self)
            self.now += WAIT
            self.publish(dollars)
            yield

    def house(self, label: str, function: str, *args: Value) -> Measure:
        """A call on the clearing house by a labelled account; raises :class:`SituationRefused`."""
        return self._send(Call(self.now, actor(label), "house", function, args))

    def ask(self, function: str, *args: Value) -> int:
        """What a view of the clearing house answers, one integer; raises as :meth:`house`."""
        call = Call(self.now, actor(STRANGER), "house", function, args)
        outcome = self.system.view(call)
        if not outcome.ok:
            raise SituationRefused(f"{function} was refused: {outcome.error}{outcome.error_args}")
        (value,) = outcome.values
        assert isinstance(value, int)  # noqa: S101 - by the ABI
        return value

    def trade(self, first: str, second: str, market_id: int = 0, dollars: int = TRADED) -> None:
        """The first party buys one unit for so much; sells it in the mirrored market."""
        buyer, seller = (second, first) if market_id == MIRRORED else (first, second)
        price = self.dollars_of(market_id, dollars) * WAD
        args = (actor(buyer), actor(seller), market_id, WAD, price, False)
        self.house(MATCHER, "settleTrade", *args)

    def dollars_of(self, market_id: int, dollars: int) -> int:
        """So many dollars in that market: as far on the other side in the mirrored one."""
        return 2 * PRICE - dollars if market_id == MIRRORED else dollars

    def publish(self, dollars: int = PRICE, token_dollars: int = TOKEN_PRICE) -> None:
        """Every feed says so, anew where it said something else.

        In the mirrored market the index moves the other way.
        """
        before = self._shown
        markets = (self.dollars_of(each, dollars) for each in range(MAX_ACCOUNT_MARKETS))
        self._shown = (*markets, *(token_dollars for _ in TOKENS))
        for feed, answer, last in zip(self.spec.feeds, self._shown, before, strict=True):
            if answer != last:
                args = (answer * 10**feed.decimals, self.now)
                self._send(Call(self.now, actor(TRANSMITTER), feed.label, "transmit", args))

    def _endow(self) -> None:
        labels = (*PARTIES, *BYSTANDERS, STRANGER, DEBTOR)
        self._send(faucet_call(self.spec, dict.fromkeys(labels, RICH)))
        for token in TOKENS:
            amount = int(10_000 * 10**token.decimals)
            amounts = dict.fromkeys(labels, amount)
            self._send(faucet_call(self.spec, amounts, label=token.label))

    def _excite(self) -> None:
        """Floor and warnings, and a return of every market that begins a regime; ramps then end."""
        self.house(ADMIN, "setSystemRisk", SYSTEM_RISK)
        for dollars in (PRICE, EXCITED):
            self.publish(dollars)
            for market_id in range(MAX_ACCOUNT_MARKETS):
                self.house(STRANGER, "accrueFunding", market_id)
            self.now += HOUR

    def _bring_tokens(self, label: str, size: Size) -> None:
        for token_id in range(size.tokens):
            dollars = TOKEN_WORTH * size.markets // size.tokens
            self.house(label, "depositCollateral", token_id, units(token_id, dollars))

    def _occupy(self) -> None:
        """What is there beside the parties; with everything on also a debt and impact prices."""
        self.publish()
        self.house(STRANGER, "depositInsurance", 1_000 * DOLLAR)
        for label in (*PARTIES, *BYSTANDERS):
            self.house(label, "deposit", RICH // 2)
        for market_id in range(MAX_ACCOUNT_MARKETS):
            self.trade(*BYSTANDERS, market_id)
        for label in BYSTANDERS:
            self._bring_tokens(label, Size(MAX_ACCOUNT_MARKETS, MAX_ACCOUNT_COLLATERALS))
        if self.spec is FULL:
            # A token is all the debtor has: fee and reserve of its trade are debt.
            self.house(DEBTOR, "depositCollateral", 0, units(0, 500))
            self.trade(DEBTOR, BYSTANDERS[1])
            for market_id in range(MAX_ACCOUNT_MARKETS):
                dollars = self.dollars_of(market_id, IMPACT)
                prices = (dollars - 1) * WAD, (dollars + 1) * WAD
                self.house(MATCHER, "reportImpact", market_id, *prices)
            self._wait_for_funding()

    def _wait_for_funding(self) -> None:
        """A rate is set, and has moved each index once."""
        for _ in range(2):
            self.now += WAIT
            for market_id in range(MAX_ACCOUNT_MARKETS):
                self.house(STRANGER, "accrueFunding", market_id)

    def _send(self, call: Call) -> Measure:
        interface, book = self.system.interfaces[call.target], self.system.book
        data = interface.encode_call(call.function, call.args)
        to = book[call.target]
        receipt = self.system.chain.send(to, data, sender=call.sender, at=call.at)
        if not receipt.ok:
            error, args = interface.decode_error(receipt.output)
            raise SituationRefused(f"{call.target}.{call.function} was refused: {error}{args}")
        zeros = data.count(0)
        intrinsic = TRANSACTION + ZERO_BYTE * zeros + OTHER_BYTE * (len(data) - zeros)
        return Measure(receipt.gas, intrinsic)


def units(token_id: int, dollars: int) -> int:
    """How many units of a token come to so many dollars at its usual price."""
    unit: int = 10 ** TOKENS[token_id].decimals
    return dollars * unit // TOKEN_PRICE
