"""Smaller calls: integers towards zero, and values at any depth of a call's arguments."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from weiproof.engine.call import Call, Value

SMALL = 17
"""Numbers below this are tried one by one."""

STUCK = 8
"""A number is left alone when so many digits in a row cannot be made smaller."""


def coarse(value: int, fits: Callable[[int], bool]) -> None:
    """Towards zero in a few leaps: nothing, one, the leading digit, a tenth, half."""
    if value < 0 and fits(-value):
        value = -value
    sign, size = (-1 if value < 0 else 1), abs(value)
    for small in (0, 1):
        if size > small and fits(sign * small):
            return
    lead = 10 ** (len(str(size)) - 1)
    for rounded in (lead, size // lead * lead):
        if rounded < size and fits(sign * rounded):
            size = rounded
    for divisor in (10, 2):
        while size > divisor and fits(sign * (size // divisor)):
            size //= divisor


def fine(value: int, fits: Callable[[int], bool]) -> None:
    """Towards zero as far as it goes: small numbers, then digit by digit from the left."""
    if value < 0 and fits(-value):
        value = -value
    sign, size = (-1 if value < 0 else 1), abs(value)
    for small in range(SMALL):
        if size > small and fits(sign * small):
            return
    stuck = 0
    for k in range(len(str(size)) - 1, -1, -1):
        before, unit = size, 10**k
        while size > unit and fits(sign * (size - unit)):
            size -= unit
        stuck = stuck + 1 if size == before else 0
        if stuck == STUCK:
            return


def integer_paths(args: tuple[Value, ...]) -> Iterator[tuple[int, ...]]:
    """Paths of all integers."""
    return (path for path in paths_of(args) if type(value_at(args, path)) is int)


def paths_of(args: tuple[Value, ...], path: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """Paths of all values, nested ones first."""
    for i, value in enumerate(args):
        if isinstance(value, tuple):
            yield from paths_of(value, (*path, i))
        yield (*path, i)


def value_at(args: Any, path: tuple[int, ...]) -> Any:  # noqa: ANN401 (any ABI value)
    """The value at a path; None where there is none."""
    for i in path:
        if not isinstance(args, tuple) or i >= len(args):
            return None
        args = args[i]
    return args


def with_value(args: tuple[Value, ...], path: tuple[int, ...], value: Value) -> tuple[Value, ...]:
    """The arguments with another value at a path."""
    i, *rest = path
    inner = args[i]
    new = with_value(inner, tuple(rest), value) if rest and isinstance(inner, tuple) else value
    return (*args[:i], new, *args[i + 1 :])


def divided(args: tuple[Value, ...], divisor: int) -> tuple[Value, ...]:
    """Values with their integers divided, those that would vanish made one."""
    return mapped(args, lambda value: value // divisor or min(value, 1))


def mapped(args: tuple[Value, ...], change: Callable[[int], int]) -> tuple[Value, ...]:
    """Values with all their integers changed."""
    return tuple(
        mapped(value, change)
        if isinstance(value, tuple)
        else change(value)
        if type(value) is int
        else value
        for value in args
    )


def people(calls: Sequence[Call]) -> tuple[str, ...]:
    """Senders, sorted."""
    return tuple(sorted({call.sender for call in calls}))


def renamed(call: Call, old: str, new: str) -> Call:
    """The call with another actor as sender and in its arguments."""
    sender = new if call.sender == old else call.sender
    args: Any = _replaced(call.args, old, new)
    return replace(call, sender=sender, args=args)


def _replaced(value: Any, old: str, new: str) -> Any:  # noqa: ANN401 (any ABI value)
    if isinstance(value, tuple):
        return tuple(_replaced(item, old, new) for item in value)
    return new if value == old else value
