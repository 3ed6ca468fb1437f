"""An account's figures a third time: slowly, in fractions, from stored records and oracle prices.

Written from the text of the rules. None of the engine's arithmetic is used: whatever is money is a
``Fraction`` in wei and is rounded only where the rules name a rounding: requirements up to the
numerator, what is stored or published to the wei; rates, scales and marks are rounded as the rules
say, because they are figures of their own. What is left to bounds is interest received.
"""

# Modules import each other: each computes a part of the same account.
# pyright: reportImportCycles=false

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor, trunc
from typing import TYPE_CHECKING

from tests.crosscheck.exact_orders import reserved
from tests.crosscheck.exact_requirements import FINE, ONE, cost_of_selling, line, netted, up
from weiproof.contracts.chains import ZERO_ADDRESS
from weiproof.crosscheck.protocol import house_of
from weiproof.engine.call import Call
from weiproof.engine.life_records import CLOSED, DELISTED
from weiproof.engine.parameters import MAX_PRICE
from weiproof.engine.records import LIQUIDATION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weiproof.engine.model import Model
    from weiproof.engine.parameters import MarketRisk, Tier
    from weiproof.engine.records import Position


class NoPrice(Exception):
    """A market's price that is needed and cannot be read."""


class NoTokenPrice(NoPrice):
    """A token's price without which nobody is liquidated, and which cannot be read."""


@dataclass(slots=True)
class Part:
    """One market's part: size WAD, all else wei."""

    market_id: int
    size: int
    notional: Fraction
    fee: Fraction
    initial: Fraction
    maintenance: Fraction
    in_proportion: bool = False
    """Whether initial margin is what its proportion to maintenance margin asks for."""
    covers: bool = False
    """Whether initial margin is no more than maintenance margin and fee in force ask for."""


@dataclass(slots=True)
class Account:
    """An account's figures, wei."""

    cash: Fraction = Fraction(0)
    slack: int = 0
    """How far interest's own roundings may move cash either way, wei."""
    profit: Fraction = Fraction(0)
    """Size x mark and quote, without what has accrued since the last booking."""
    accrued: Fraction = Fraction(0)
    losses: Fraction = Fraction(0)
    """Sum of the markets' profits and losses that are negative."""
    tokens: Fraction = Fraction(0)
    """At their maintenance weight."""
    initial_tokens: Fraction = Fraction(0)
    initial: Fraction = Fraction(0)
    """With what resting orders reserve."""
    netted: Fraction = Fraction(0)
    """Initial margin of the positions alone."""
    maintenance: Fraction = Fraction(0)
    fee: Fraction = Fraction(0)
    notional: Fraction = Fraction(0)
    parts: list[Part] = field(default_factory=list)
    weights_rounded: int = 0
    """How many of its tokens have a weight on its way that is rounded."""
    worth_nothing: int = 0
    """How many of its tokens have no price and so little worth that they count as nothing."""

    @property
    def equity(self) -> Fraction:
        """With tokens at their maintenance weight."""
        return self.cash + self.profit + self.accrued + self.tokens

    @property
    def required(self) -> Fraction:
        """Maintenance margin and liquidation fee."""
        return self.maintenance + self.fee

    @property
    def free(self) -> Fraction:
        """Equity with tokens at their initial weight, less initial margin."""
        return self.equity - self.tokens + self.initial_tokens - self.initial

    @property
    def outgoing(self) -> Fraction:
        """What may be withdrawn in cash."""
        cash = self.cash + self.losses
        return max(Fraction(0), min(cash, cash + self.initial_tokens - self.initial))


class Exact:
    """Figures of a model's accounts at one block time."""

    def __init__(self, model: Model, at: int) -> None:
        self._model = model
        self._ledger = house_of(model).ledger
        self._at = at
        self._prices: dict[tuple[bytes, int], int | None] = {}
        self.rounded_scales: set[int] = set()
        """Markets where the scales of volatility left something to round of both margins."""
        self.at_moving_bands: set[int] = set()
        """Markets whose mark was at the edge of a band that is on its way and rounded."""

    # ACCOUNTS

    def account(self, address: str, purpose: int, marks: dict[int, int] | None = None) -> Account:
        """An account at the prices for a purpose, or at these marks where they are given.

        Raises NoPrice where a price is missing that may not be.
        """
        ledger, result = self._ledger, Account()
        record = ledger.accounts.read(address)
        result.cash, result.slack = self._cash(record.cash, record.cash_index)
        for market_id in bits(record.markets):
            position = ledger.positions.read(address, market_id)
            accrued = self._accrued(market_id, position)
            profit = self._quote(market_id, position)
            if position.size:
                mark = (marks or {}).get(market_id) or self.mark(market_id, purpose)
                profit += Fraction(position.size * mark, ONE)
                result.notional += Fraction(abs(position.size) * mark, ONE)
                if ledger.markets.read(market_id).phase < DELISTED:
                    part = self._part(market_id, position.size, mark)
                    result.parts.append(part)
                    result.fee += part.fee
            result.profit += profit
            result.accrued += accrued
            result.losses += min(profit + accrued, Fraction(0))
        initials = [part.initial for part in result.parts]
        result.initial = result.netted = self._together(result.parts, initials)
        if purpose != LIQUIDATION and record.ordered_markets:
            resting = {
                market_id: (ledger.orders.read(address, market_id), self.mark(market_id, purpose))
                for market_id in bits(record.ordered_markets)
            }
            result.initial = reserved(resting, result.parts, self._initial_at, self._together)
        amounts = [part.maintenance for part in result.parts]
        result.maintenance = self._together(result.parts, amounts)
        for collateral_id in bits(record.collaterals):
            self._add_token(address, collateral_id, purpose, result)
        return result

    def _cash(self, cash: int, booked_to: int) -> tuple[Fraction, int]:
        """Cash with interest: owed rounded up, received rounded down, to the wei."""
        system = self._ledger.record
        seconds = 0 if system.paused else self._at - system.interest_at
        step = Fraction(self.interest_rate() * seconds, ONE) if system.total_debt else Fraction(0)
        if cash < 0:
            owed = Fraction(system.debt_index - booked_to, FINE) + step
            return Fraction(cash - ceil(-cash * owed)), 0
        shared = system.total_debt * step
        shared *= 1 - Fraction(self._ledger.credit_parameters.fund_share, ONE)
        if system.total_credit:
            step = min(step, shared / system.total_credit)
        received = Fraction(system.credit_index - booked_to, FINE) + step
        # What is shared is rounded to the wei twice, then what each wei receives, and each account.
        return Fraction(cash + floor(cash * received)), 4 if step and cash else 0

    def interest_rate(self) -> int:
        """What negative cash costs, WAD per second, rounded up."""
        return ceil(self.interest_line())

    def interest_line(self) -> Fraction:
        """The curve over the utilisation, which is rounded up; WAD per second."""
        terms, used = self._ledger.credit_parameters, self._used()
        if used <= terms.kink:
            rise = Fraction((terms.kink_rate - terms.base_rate) * used, terms.kink)
            return terms.base_rate + rise
        rise = Fraction(terms.maximum_rate - terms.kink_rate, ONE - terms.kink)
        return terms.kink_rate + rise * (used - terms.kink)

    def is_beyond_kink(self) -> bool:
        """Whether more is lent out than up to where the curve is flat."""
        return self._used() > self._ledger.credit_parameters.kink

    def _used(self) -> int:
        """Total debt as a share of total credit, WAD, rounded up, at most one."""
        debt, credit = self._ledger.record.total_debt, self._ledger.record.total_credit
        if not debt:
            return 0
        return ONE if debt >= credit else ceil(Fraction(debt * ONE, credit))

    def _quote(self, market_id: int, position: Position) -> Fraction:
        """What was paid for a position; a claim on a closed market is its share, to the wei."""
        quote = Fraction(position.quote, FINE)
        if quote <= 0 or self._ledger.markets.read(market_id).phase != CLOSED:
            return quote
        return Fraction(floor(quote * Fraction(self._ledger.finals.read(market_id).ratio, ONE)))

    def _accrued(self, market_id: int, position: Position) -> Fraction:
        """Funding and socialised losses since the position was booked."""
        market, size = self._ledger.markets.read(market_id), position.size
        index = market.funding_index
        if not (market.paused or self._ledger.record.paused):
            index += market.funding_rate * market.funding_price * (self._at - market.accrued_at)
        charged = market.long_loss_index if size > 0 else market.short_loss_index
        loss = abs(size) * (charged - position.loss_index)
        return Fraction(size * (position.funding_index - index) - loss, FINE)

    def _add_token(self, address: str, collateral_id: int, purpose: int, result: Account) -> None:
        terms = self._ledger.collateral_parameters.read(collateral_id)
        record = self._ledger.collaterals.read(collateral_id)
        held = self._ledger.holdings.read(address, collateral_id).amount
        amount = Fraction(held * record.unit, ONE)
        weight = terms.maintenance_weight
        if weight < record.weight_from:
            now = self._line(record.weight_from, weight, record.ramp_start, record.ramp_end)
            weight = floor(now)
            result.weights_rounded += weight != now
        price = self.price(terms.price_id, purpose)
        if price is None:
            last = amount * record.last_price * weight / ONE
            bare = result.equity - result.tokens
            if purpose == LIQUIDATION and last >= (result.required - min(bare, Fraction(0))) / 100:
                raise NoTokenPrice
            result.worth_nothing += 1
            return
        result.tokens += amount * price * weight / ONE
        result.initial_tokens += amount * price * terms.initial_weight / ONE

    # REQUIREMENTS

    def _part(self, market_id: int, size: int, mark: int) -> Part:
        """One position's notional, fee and margins before offsets."""
        notional = Fraction(abs(size) * mark, ONE)
        settings, risk = self._ledger.settings.read(market_id), self._ledger.market_risk(market_id)
        rate, previous = (
            settings.parameters.liquidation_fee_rate,
            self._ledger.previous_terms.read(market_id),
        )
        begin, end = previous.ramp_start, self._ledger.markets.read(market_id).ramp_end
        rate = ceil(self._line(previous.liquidation_fee_rate, rate, begin, end))
        fee = notional * rate / ONE
        initial, maintenance = self._margins(market_id, notional, mark, settings.tiers, risk)
        kept = Fraction(0)
        if self._at < end:
            _, before = self._margins(market_id, notional, mark, previous.tiers, previous.risk)
            final, maintenance = maintenance, up(self._line(before, maintenance, begin, end))
            kept = min(up(initial * maintenance / final), notional) if final else Fraction(0)
        covered = maintenance + fee if self._at < end else Fraction(0)
        in_proportion = notional > kept > max(initial, covered)
        covers = covered > max(initial, kept)
        initial = max(initial, kept, covered)
        return Part(market_id, size, notional, fee, initial, maintenance, in_proportion, covers)

    def _initial_at(self, market_id: int, size: int, mark: int) -> Fraction:
        return self._part(market_id, size, mark).initial

    def _margins(
        self,
        market_id: int,
        notional: Fraction,
        mark: int,
        tiers: Sequence[Tier],
        risk: MarketRisk,
    ) -> tuple[Fraction, Fraction]:
        """By slices of the notional at each tier's own rate; scaled; with what selling costs."""
        initial = maintenance = Fraction(0)
        for i, tier in enumerate(tiers):
            top = (
                min(notional, Fraction(tiers[i + 1].lower_bound))
                if i + 1 < len(tiers)
                else notional
            )
            piece = max(top - tier.lower_bound, Fraction(0))
            initial += piece * tier.initial_rate / ONE
            maintenance += piece * tier.maintenance_rate / ONE
        volatile, calm = self._volatility(market_id)
        scaled, kept = initial * Fraction(max(volatile, calm), ONE), maintenance * calm / ONE
        initial, maintenance = up(scaled), up(kept)
        if initial != scaled and maintenance != kept:
            self.rounded_scales.add(market_id)
        initial = up(initial * self._crowding(market_id, mark, risk))
        cost = cost_of_selling(risk, notional)
        return initial + cost, maintenance + cost

    def _volatility(self, market_id: int) -> tuple[int, int]:
        """The present regime's scale, and maintenance margin's on its way there."""
        record = self._ledger.volatilities.read(market_id)
        settings = self._ledger.volatility_settings.read(market_id)
        scales = [ONE, *(regime.scale for regime in settings.regimes)]
        target, begin = scales[record.regime], record.ramp_start
        end = begin + settings.parameters.regime_ramp
        return target, ceil(self._line(record.scale_from or ONE, target, begin, end))

    def _crowding(self, market_id: int, mark: int, risk: MarketRisk) -> Fraction:
        """By how much open interest scales initial margin."""
        if not risk.open_interest_scale:
            return Fraction(1)
        held = Fraction(self._ledger.markets.read(market_id).open_interest * mark, ONE)
        low, high = risk.open_interest_lower, risk.open_interest_upper
        if held <= low:
            return Fraction(1)
        share = (min(held, Fraction(high)) - low) / (high - low)
        return Fraction(ONE + ceil((risk.open_interest_scale - ONE) * share), ONE)

    def _together(self, parts: list[Part], amounts: list[Fraction]) -> Fraction:
        """The parts' amounts after offsets, on their way while these ramp."""
        ledger, ramp = self._ledger, self._ledger.offset_ramp
        net = netted(ledger.offsets, ledger.system_risk.offset_floor, parts, amounts)
        before = netted(ramp.pairs, ramp.floor, parts, amounts)
        return up(self._line(before, net, ramp.ramp_start, ramp.ramp_end))

    def features(self, address: str, part: Part) -> list[str]:
        """What a part's figures depend on beside size, quote and tiers."""
        market_id, risk = part.market_id, self._ledger.market_risk(part.market_id)
        mark = trunc(part.notional * ONE / abs(part.size))
        market = self._ledger.markets.read(market_id)
        charged = market.long_loss_index if part.size > 0 else market.short_loss_index
        booked = self._ledger.positions.read(address, market_id).loss_index
        reasons = {
            "scaled by open interest": self._crowding(market_id, mark, risk) > 1,
            "scaled by volatility": max(self._volatility(market_id)) > ONE,
            "scaled by volatility and rounded": market_id in self.rounded_scales,
            "with initial margin in proportion": part.in_proportion,
            "with initial margin of the whole notional": part.initial == part.notional,
            "with initial margin that just covers the fee": part.covers,
            "terms on their way": self._at < self._ledger.markets.read(market_id).ramp_end,
            "with socialised losses on their way": charged > booked,
            "with a liquidity add-on": cost_of_selling(risk, part.notional) > 0,
        }
        return [name for name, holds in reasons.items() if holds]

    # PRICES

    def price(self, price_id: bytes, purpose: int) -> int | None:
        """The oracle's price, or None where there is none."""
        key = (price_id, purpose)
        if key not in self._prices:
            call = Call(self._at, ZERO_ADDRESS, "hub", "price", key)
            outcome = self._model.view(call)
            value = outcome.values[0] if outcome.ok else None
            self._prices[key] = value if isinstance(value, int) else None
        return self._prices[key]

    def mark(self, market_id: int, purpose: int) -> int:
        """The middle of index, index with basis, and impact price; within the band of the index.

        Of a delisted market its final price.
        """
        if self._ledger.markets.read(market_id).phase >= DELISTED:
            return self._ledger.finals.read(market_id).price
        terms = self._ledger.market_parameters(market_id)
        previous = self._ledger.previous_terms.read(market_id)
        index = self.price(terms.price_id, purpose)
        if index is None:
            raise NoPrice
        ramping = self._at < self._ledger.markets.read(market_id).ramp_end
        measured = previous if ramping else terms
        basis = self._basis(market_id, measured.premium_depth, measured.basis_period)
        shifted = index + trunc(Fraction(index * basis, ONE))
        impact = self._impact(market_id, measured.impact_max_age) or index
        middle = sorted((index, shifted, impact))[1]
        rate = terms.mark_band_rate
        begin, end = previous.ramp_start, self._ledger.markets.read(market_id).ramp_end
        exact = self._line(previous.mark_band_rate, rate, begin, end)
        band = floor(Fraction(index * ceil(exact), ONE))
        if abs(middle - index) > band and exact != ceil(exact):
            self.at_moving_bands.add(market_id)
        return min(max(middle, index - band), index + band, MAX_PRICE)

    def _basis(self, market_id: int, depth: int, period: int) -> int:
        market = self._ledger.markets.read(market_id)
        if market.sampled_at == self._at or market.sample_notional < depth:
            return market.basis
        average = trunc(Fraction(market.sample_sum, market.sample_notional))
        seconds = min(market.sampled_at - market.basis_at, period)
        return market.basis + trunc(Fraction((average - market.basis) * seconds, period))

    def _impact(self, market_id: int, longest: int) -> int:
        """The last impact price of an earlier timestamp; 0 where there is none or it is old."""
        market = self._ledger.markets.read(market_id)
        reports = (
            (market.next_impact_at, market.next_impact_price),
            (market.impact_at, market.impact_price),
        )
        at, price = next((each for each in reports if each[1] and each[0] < self._at), (0, 0))
        return price if self._at - at <= longest else 0

    def _line(self, source: Fraction | int, to: Fraction | int, begin: int, end: int) -> Fraction:
        return line(source, to, begin, end, self._at)


def bits(bitmap: int) -> list[int]:
    """Positions of the bits that are set."""
    return [i for i in range(bitmap.bit_length()) if bitmap >> i & 1]
