"""Reads the samples of accounts that a run wrote; :mod:`.states` takes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .forms import decode_value
from .lines import JournalError, read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = 1
"""Version of the file format."""

_ACCOUNT = {"account", "cash", "equity", "fee", "initial", "maintenance", "positions"}
_MARKET = {"index", "liquidation_mark", "mark"}
_POSITION = {"liquidation_price", "market", "size"}
_SAMPLE = {
    *("accounts", "at", "backstop", "insurance_fund", "kind", "markets", "new"),
    "unresolved_bad_debt",
}


@dataclass(frozen=True, slots=True)
class Times:
    """When samples are taken: from `start` on at every multiple of `every`, and at `end`."""

    start: int
    every: int
    end: int

    def after(self, at: int) -> int | None:
        """The first of the times after `at`; None where there is none."""
        if at < self.start:
            return self.start
        if at >= self.end:
            return None
        passed = (at - self.start) // self.every + 1
        return min(self.start + passed * self.every, self.end)


@dataclass(frozen=True, slots=True)
class MarketState:
    """Prices of a market, WAD; None where none can be trusted."""

    index: int | None
    """What the hub answers, for a trade."""
    mark: int | None
    """The mark that trades go by."""
    liquidation_mark: int | None
    """The mark that liquidations, and all figures of accounts, go by."""


@dataclass(frozen=True, slots=True)
class PositionState:
    """An open position."""

    market: int
    """Market id."""
    size: int
    """WAD, negative for a short."""
    liquidation_price: int | None
    """The mark, WAD, nearest to safety at which the account is liquidatable.

    Other marks stand. None where there is no such mark, or where it cannot be told.
    """


@dataclass(frozen=True, slots=True)
class AccountState:
    """What an account has and needs; wei, rounded against it. None without trusted prices."""

    name: str
    """Of a sub-account, the owner's name, a slash and its number."""
    cash: int
    """With interest up to the time."""
    equity: int | None
    initial: int | None
    """Initial margin, for resting orders too."""
    maintenance: int | None
    fee: int | None
    """Liquidation fee; an account is liquidatable with less equity than maintenance and fee."""
    positions: tuple[PositionState, ...]


@dataclass(frozen=True, slots=True)
class BackstopState:
    """The backstop vault."""

    equity: int | None
    """Wei, rounded down; None where no price can be trusted."""
    shares: int


@dataclass(frozen=True, slots=True)
class Sample:
    """The model after all calls up to a time."""

    at: int
    """Unix seconds."""
    markets: tuple[MarketState, ...]
    insurance_fund: int
    """Wei."""
    unresolved_bad_debt: int
    """Wei."""
    backstop: BackstopState | None
    """None where the protocol has none."""
    accounts: tuple[AccountState, ...]
    """Those that have anything, in the order in which they first did."""


class SampleReader:
    """Reads and verifies the samples of a run one by one; iterate to get them.

    Raises `JournalError` at the first damage, at the header's where it is made; `OSError` as the
    file gives it.
    """

    def __init__(self, path: Path) -> None:
        """Opens the file and reads its header."""
        self._file = path.name
        self._lines = read_lines(path, self._file)
        self._names: list[str] = []
        self.count = 0
        """Samples read so far."""
        self.complete = False
        """Whether the run was written to its end; known when all is read."""
        form, _ = next(self._lines, ({}, ""))
        try:
            self.times, self.markets = _header_of(form)
        except (ValueError, RecursionError) as error:
            raise self._error(1, error) from None

    def __iter__(self) -> Iterator[Sample]:
        """Gives the samples that were not read yet."""
        for form, _ in self._lines:
            line = self.count + 2
            if self.complete:
                raise self._error(line + 1, "there is a line after the end")
            try:
                if form.get("kind") == "end":
                    self.complete = _is_end(form, self.count)
                    continue
                sample = self._sample(form)
            except (ValueError, RecursionError) as error:
                raise self._error(line, error) from None
            self.count += 1
            yield sample

    def _error(self, line: int, reason: object) -> JournalError:
        return JournalError(line, str(reason), file=self._file)

    def _sample(self, form: dict[str, Any]) -> Sample:
        _known(form, _SAMPLE, "accounts", "markets", "new")
        backstop = form.get("backstop")
        self._names += [_text(name) for name in form["new"]]
        return Sample(
            at=_int(form, "at"),
            markets=tuple(_market_of(each) for each in form["markets"]),
            insurance_fund=_int(form, "insurance_fund"),
            unresolved_bad_debt=_int(form, "unresolved_bad_debt"),
            backstop=None if backstop is None else _backstop_of(backstop),
            accounts=tuple(self._account(each) for each in form["accounts"]),
        )

    def _account(self, form: dict[str, Any]) -> AccountState:
        _known(form, _ACCOUNT)
        number = _int(form, "account")
        if not 0 <= number < len(self._names):
            message = "an account has no name"
            raise ValueError(message)
        return AccountState(
            name=self._names[number],
            cash=_int(form, "cash"),
            equity=_int_or_none(form, "equity"),
            initial=_int_or_none(form, "initial"),
            maintenance=_int_or_none(form, "maintenance"),
            fee=_int_or_none(form, "fee"),
            positions=tuple(self._position(each) for each in _array(form, "positions")),
        )

    def _position(self, form: dict[str, Any]) -> PositionState:
        _known(form, _POSITION)
        market, price = _int(form, "market"), _int_or_none(form, "liquidation_price")
        if not 0 <= market < len(self.markets):
            message = "a position is in no market"
            raise ValueError(message)
        return PositionState(market, _int(form, "size"), price)


def _header_of(form: dict[str, Any]) -> tuple[Times, tuple[str, ...]]:
    _known(form, {"kind", "version", "start", "every", "end", "markets"}, "markets")
    if form.get("kind") != "header" or form.get("version") != str(VERSION):
        message = f"it is no header of version {VERSION}"
        raise ValueError(message)
    times = Times(_int(form, "start"), _int(form, "every"), _int(form, "end"))
    if times.every < 1:
        message = "the time between samples is not positive"
        raise ValueError(message)
    return times, tuple(_text(name) for name in form["markets"])


def _market_of(form: dict[str, Any]) -> MarketState:
    _known(form, _MARKET)
    return MarketState(*(_int_or_none(form, key) for key in ("index", "mark", "liquidation_mark")))


def _backstop_of(form: dict[str, Any]) -> BackstopState:
    _known(form, {"equity", "shares"})
    return BackstopState(_int_or_none(form, "equity"), _int(form, "shares"))


def _known(form: object, keys: set[str], *arrays: str) -> None:
    """Raises ValueError unless a form is an object of these keys, with arrays where they belong."""
    if not isinstance(form, dict) or not keys.issuperset(form):
        message = f"an object of the keys {', '.join(sorted(keys))} was expected"
        raise ValueError(message)
    for key in arrays:
        if not isinstance(form.get(key), list):
            message = f"{key} has to be an array"
            raise ValueError(message)  # noqa: TRY004 - every damage is a ValueError here


def _array(form: dict[str, Any], key: str) -> list[Any]:
    found = form.get(key, [])
    if isinstance(found, list):
        return found
    message = f"{key} has to be an array"
    raise ValueError(message)


def _text(form: object) -> str:
    if isinstance(form, str):
        return form
    message = "a text was expected"
    raise ValueError(message)


def _int(form: dict[str, Any], key: str) -> int:
    value = _int_or_none(form, key)
    if value is None:
        message = f"{key} is missing"
        raise ValueError(message)
    return value


def _int_or_none(form: dict[str, Any], key: str) -> int | None:
    if key not in form:
        return None
    value = decode_value(form[key])
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    message = f"{key} has to be an integer"
    raise ValueError(message)


def _is_end(form: dict[str, Any], count: int) -> bool:
    if form == {"kind": "end", "samples": str(count)}:
        return True
    message = f"the end does not say that there are {count} samples"
    raise ValueError(message)
