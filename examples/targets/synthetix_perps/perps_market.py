"""Liquidation window, funding, and what a position needs and gains."""

from __future__ import annotations

from perps_decimals import (
    WAD,
    ceil_div,
    div,
    magnitude,
    mul,
    signed_div,
    signed_mul,
    to_int,
    to_int_of_128,
    to_uint128,
)
from perps_state import Market, Position, State, Taken

from weiproof.crosscheck.targets import Array, int256, uint128, uint256

DAY = 86_400


class Markets(State):
    """One market at a time."""

    # LIQUIDATION WINDOW

    def maxInWindow(self, market: int) -> int:
        """What may be liquidated in one window: fees times scale, a multiplier, and its seconds."""
        data = self.of_market(market)
        fees = uint256(data.maker + data.taker)
        return uint256(mul(mul(fees, data.scale), data.multiplier) * data.span)

    def windowsFor(self, market: int, size: int) -> int:
        """Windows that a position takes, rounded up; none where windows are not limited."""
        return ceil_div(size, self.maxInWindow(market))

    def capacity(self, market: int) -> tuple[int, int, int]:
        """What is left of the present window, what it holds at most, and the last liquidation.

        What happened exactly a window ago counts no longer.
        """
        most = self.maxInWindow(market)
        taken = self.taken[market]
        if not taken:
            return most, most, 0
        start = uint256(self.now - self.of_market(market).span)
        used = 0
        for i in range(len(taken) - 1, -1, -1):
            if taken[i].timestamp <= start:
                break
            used = uint256(used + taken[i].amount)
        return max(int256(to_int(most) - to_int(used)), 0), most, taken[-1].timestamp

    def liquidations(self, market: int) -> Array[Taken]:
        """Everything that was ever taken, by block."""
        self.of_market(market)
        taken: Array[Taken] = self.taken[market]
        return taken

    def liquidate(self, market: int, amount: int) -> int:
        """Takes as much of an amount as the window allows.

        The endorsed liquidator may take everything. Without a limit everything goes, and is not
        counted. In a window that is used up, one more of the same size is allowed a block, while
        the market's skew is small enough.
        """
        data = self.of_market(market)
        if self.sender == data.endorsed:
            self._take(market, amount)
            return amount
        left, most, latest = self.capacity(market)
        if most == 0:
            return amount
        allowed = 0
        if left:
            allowed = min(to_uint128(left), amount)
        elif data.most_pd and latest != self.now and self._skew(data) < data.most_pd:
            allowed = min(to_uint128(most), amount)
        if allowed:
            self._take(market, allowed)
        return allowed

    def _skew(self, data: Market) -> int:
        """The skew as a part of its scale, either way."""
        return div(magnitude(data.skew), data.scale)

    def _take(self, market: int, amount: int) -> None:
        taken = self.taken[market]
        if taken and taken[-1].timestamp == self.now:
            taken[-1].amount = uint128(taken[-1].amount + amount)
        else:
            taken.append(Taken(amount=amount, timestamp=self.now))

    # MARGIN OF A POSITION

    def requiredMargins(self, market: int, size: int, price: int) -> tuple[int, int, int, int]:
        """Initial and maintenance ratio, which rise with size, and the margins they come to."""
        data = self.of_market(market)
        if size == 0:
            return 0, 0, 0, 0
        impact = div(abs(size), data.scale) if data.scale else 0
        initial = uint256(mul(impact, data.initial) + data.least)
        maintenance = mul(initial, data.maintenance)
        worth = mul(abs(size), price)
        return (
            initial,
            maintenance,
            uint256(mul(worth, initial) + data.constant),
            uint256(mul(worth, maintenance) + data.constant),
        )

    def flagReward(self, market: int, notional: int) -> int:
        """For whoever flags a position of that worth."""
        return mul(notional, self.of_market(market).flag)

    # FUNDING

    def funding(self, market: int, price: int) -> tuple[int, int, int]:
        """Velocity and rate of now, and what a unit has paid since the beginning."""
        data = self.of_market(market)
        return self._velocity(data), self._rate(data), self._next_funding(data, price)

    def recomputeFunding(self, market: int, price: int) -> tuple[int, int]:
        """Settles funding up to now."""
        data = self.of_market(market)
        rate, value = self._rate(data), self._next_funding(data, price)
        data.rate, data.value, data.since = rate, value, self.now
        return rate, value

    def _velocity(self, data: Market) -> int:
        """How much the rate changes in a day: by the skew's part of its scale, at most all."""
        most, scale = to_int(data.velocity), to_int(data.scale)
        if scale == 0:
            return 0
        part = signed_div(data.skew, scale)
        return signed_mul(min(max(part, -WAD), WAD), most)

    def _days(self, data: Market) -> int:
        return to_int(div(self.now - data.since, DAY))

    def _rate(self, data: Market) -> int:
        return int256(data.rate + signed_mul(self._velocity(data), self._days(data)))

    def _next_funding(self, data: Market, price: int) -> int:
        """The mean of the rates then and now, against the skew, over the time, at the price."""
        mean = -signed_div(int256(data.rate + self._rate(data)), 2 * WAD)
        unit = signed_mul(signed_mul(mean, self._days(data)), to_int(price))
        return int256(data.value + unit)

    # PROFIT OF A POSITION

    def pnl(self, account: int, market: int, price: int) -> tuple[int, int, int, int, int, int]:
        """In all, of the price, interest, of funding; funding of a unit since then and in all."""
        self.of_market(market)
        return self.profit(self.positions[account][market], price)

    def profit(self, position: Position, price: int) -> tuple[int, int, int, int, int, int]:
        """The same for a position; one that was never opened belongs to market zero."""
        data = self.markets[position.market]
        upto = self._next_funding(data, price)
        since = int256(upto - position.funding)
        of_funding = signed_mul(position.size, since)
        moved = int256(to_int(price) - to_int_of_128(position.price))
        of_price = signed_mul(position.size, moved)
        dollar = uint256(self.next_interest() - position.interest)
        interest = mul(mul(mul(abs(position.size), price), data.locked), dollar)
        total = int256(int256(of_price + of_funding) - to_int(interest))
        return total, of_price, interest, of_funding, since, upto
