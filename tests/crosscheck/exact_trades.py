"""Trades of tokens a third time: what both sides pay and receive, in fractions."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING

from tests.crosscheck.exact_requirements import ONE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weiproof.engine.call import Call, Outcome
    from weiproof.engine.records import Ledger

DAY, DAYS = 86_400, 30
UNIT = 10**12
"""A unit of the settlement token, wei."""
MOST = 2**80 - 1
"""Units that count of one day."""


class Volumes:
    """What accounts traded, day by day, by the events of settled trades; token units."""

    def __init__(self) -> None:
        self._days: dict[str, Counter[int]] = defaultdict(Counter)

    def take(self, outcome: Outcome, at: int) -> None:
        """Counts a call's trades, each rounded down to the unit."""
        for event in outcome.events:
            args = event.args
            if event.name == "TradeSettled":
                notional = Fraction(int(str(args[3])) * int(str(args[4])), ONE)
            elif event.name == "SpotTradeSettled":
                notional = Fraction(int(str(args[6])))
            elif event.name == "MarketFilled":
                notional = Fraction(int(str(args[3])) * int(str(args[4])), ONE)
            else:
                continue
            # A fill is a trade of its maker alone.
            sides = args[2:3] if event.name == "MarketFilled" else args[1:3]
            for account in map(str, sides):
                days = self._days[account]
                days[at // DAY] = min(days[at // DAY] + floor(notional / UNIT), MOST)

    def of(self, account: str, at: int) -> int:
        """Of the present day and the 29 before it, wei."""
        days = self._days[account]
        return sum(days[at // DAY - i] for i in range(DAYS)) * UNIT


class TokenTrades:
    """Looks at every trade of tokens before and after it, and counts."""

    def __init__(self, ledger: Ledger, seen: Counter[str], differences: list[str]) -> None:
        self.ledger, self.seen, self.differences = ledger, seen, differences
        self.volumes = Volumes()
        self._shares: list[Fraction] = []
        self._held: Mapping[str, int] = {}

    def before(self, call: Call) -> None:
        """Takes note of what both sides have, and of their shares of the fee."""
        if call.function == "settleSpotTrade":
            buyer, seller = map(str, call.args[:2])
            maker = bool(call.args[5])
            shares = (self._share(buyer, call.at, maker), self._share(seller, call.at, not maker))
            self._shares = [Fraction(share, ONE) for share in shares]
            self._held = self._stored(call)

    def after(self, call: Call, outcome: Outcome) -> None:
        """Compares what a settled trade moved with the exact amounts."""
        self.volumes.take(outcome, call.at)
        if call.function != "settleSpotTrade" or not outcome.ok:
            return
        token, amount, price = (int(str(arg)) for arg in call.args[2:5])
        value = Fraction(amount * self.ledger.collaterals.read(token).unit * price, ONE)
        paid, received = ceil(value), floor(value)
        rate = Fraction(self.ledger.collateral_parameters.read(token).trade_fee_rate, ONE)
        exact = [paid * rate * share for share in self._shares]
        fees = [ceil(fee) for fee in exact]
        fund = Fraction(self.ledger.parameters.insurance_share, ONE)
        self._compare(call, "event", outcome.events[-1].args[5:], (paid, received, *fees))
        booked = Counter[str]()
        for event in outcome.events:
            if event.name == "InterestBooked":
                booked[str(event.args[0])] += int(str(event.args[1]))
        buyer, seller = map(str, call.args[:2])
        expected = {
            "buyer's cash": booked[buyer] - paid - fees[0],
            "seller's cash": booked[seller] + received - fees[1],
            "buyer's tokens": amount,
            "seller's tokens": -amount,
            "dust": paid - received,
            "treasurer's fees": sum(fee - floor(fee * fund) for fee in fees),
        }
        stored = self._stored(call)
        moved = {name: stored[name] - self._held[name] for name in stored}
        self._compare(call, "what moved", moved, expected)
        self.seen["trades of tokens"] += 1
        self.seen["trades of tokens with dust"] += paid > received
        self.seen["trades of tokens with a rounded fee"] += fees != exact
        other = [ceil(received * rate * share) for share in self._shares]
        self.seen["trades of tokens with a fee on dust"] += fees != other
        self.seen["trades of tokens at a share of the fee"] += min(self._shares) < 1

    def _share(self, account: str, at: int, is_maker: bool) -> int:
        """That of the highest tier whose volume the account's own has reached, WAD."""
        share, volume = ONE, self.volumes.of(account, at)
        for tier in self.ledger.fee_tiers:
            if volume >= tier.lower_volume:
                share = tier.maker_rate if is_maker else tier.taker_rate
        return share

    def _stored(self, call: Call) -> dict[str, int]:
        buyer, seller, token = str(call.args[0]), str(call.args[1]), int(str(call.args[2]))
        ledger = self.ledger
        return {
            "buyer's cash": ledger.accounts.read(buyer).cash,
            "seller's cash": ledger.accounts.read(seller).cash,
            "buyer's tokens": ledger.holdings.read(buyer, token).amount,
            "seller's tokens": ledger.holdings.read(seller, token).amount,
            "dust": ledger.record.dust,
            "treasurer's fees": ledger.record.fees,
        }

    def _compare(self, call: Call, name: str, found: object, expected: object) -> None:
        if found != expected:
            self.differences.append(f"{call}: {name} {found}, not {expected}")
