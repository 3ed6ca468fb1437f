"""What a target's file says and does, checked, so that its mistakes are told as such."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from weiproof.contracts.chains import is_actor
from weiproof.contracts.chains.base import TRANSACTION_GAS
from weiproof.engine.call import Call

from .target import Deploy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .model import TargetModel
    from .target import Target

MOST_TIME = 1 << 63
"""Block times end before this, unix seconds."""

LEAST_EPISODE = 3
"""Fewest calls that a sequence may have at most."""


class TargetError(Exception):
    """A target's file cannot be used; the message names file and place, and says what to do."""


def check_declarations(target: Target) -> None:
    """Whether every attribute is what it should be; raises TargetError for the first that is not.

    The message names the attribute and what is expected.
    """
    for key, expected, fits in _DECLARED:
        value = getattr(target, key)
        if not fits(value):
            raise TargetError(f"{key}: expected {expected}, found {_shown(value)}")
    for each in target.contracts:
        for key, expected, fits in _DEPLOYED:
            value = getattr(each, key)
            if not fits(value):
                where = f"contracts: {key} of Deploy({_shown(each.label)}, ...)"
                raise TargetError(f"{where}: expected {expected}, found {_shown(value)}")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."  # noqa: PLR2004 (a line's worth)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value.isprintable() and value != ""


def _are(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Whether something is a list or tuple of what fits."""
    return lambda values: isinstance(values, (list, tuple)) and all(map(fits, values))


def _are_distinct_texts(values: object) -> bool:
    return _are(_is_text)(values) and len(set(values)) == len(values)  # type: ignore[arg-type,call-overload]


def _is_number(low: int, end: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and low <= value < end


def _maps(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Whether something maps texts to what fits."""
    return lambda table: (
        isinstance(table, Mapping)
        and all(_is_text(key) and fits(value) for key, value in table.items())
    )


_DECLARED: tuple[tuple[str, str, Callable[[Any], bool]], ...] = (
    ("name", "text", lambda value: value == "" or _is_text(value)),
    (
        "artifacts",
        "a folder or file, or a tuple of them",
        lambda value: isinstance(value, str) or _are(lambda each: isinstance(each, str))(value),
    ),
    ("sources", "a folder", lambda value: isinstance(value, str)),
    (
        "contracts",
        "a tuple of Deploy(...), which ends with a comma where there is one: (Deploy(...),)",
        _are(lambda each: isinstance(each, Deploy)),
    ),
    ("actors", "a tuple of labels, each once: ('alice', 'bob')", _are_distinct_texts),
    ("deployer", "a label", _is_text),
    ("genesis_time", "unix seconds from 1", _is_number(1, MOST_TIME)),
    ("balance", "wei from 0", _is_number(0, 1 << 128)),
    ("gas", f"gas from 100,000 to {TRANSACTION_GAS:,}", _is_number(100_000, TRANSACTION_GAS + 1)),
    ("episode", "a number of calls from 3", _is_number(LEAST_EPISODE, 10**9)),
    ("weights", "functions with numbers from 0", _maps(_is_number(0, 10**9))),
    ("senders", "functions with tuples of labels", _maps(_are(_is_text))),
    ("arguments", "arguments with functions of the scene", _maps(callable)),
    ("values", "functions with functions of the scene", _maps(callable)),
    ("skip", "a tuple of functions: ('vault.name',)", _are(_is_text)),
)
"""Attributes of a target, what each should be, and whether it is."""

_DEPLOYED: tuple[tuple[str, str, Callable[[Any], bool]], ...] = (
    ("label", "text", _is_text),
    (
        "contract",
        "the name of an artifact",
        lambda value: isinstance(value, str) and value != "",
    ),
    ("args", "a tuple", lambda value: isinstance(value, (list, tuple))),
    (
        "model",
        "a class that derives from Twin, or None",
        lambda value: value is None or callable(value),
    ),
    ("value", "wei from 0", _is_number(0, 1 << 128)),
)


@contextmanager
def blaming(target: Target, what: str, *, always: bool = False) -> Iterator[None]:
    """Tells an error that comes out of the target's own code as a TargetError with its place.

    With `always`, whatever is raised is the target's, such as an answer of the wrong kind.
    """
    try:
        yield
    except Exception as error:
        if type(error).__module__.startswith("weiproof."):
            raise
        line = _line_in(target.root, error)
        if not line and not always:
            raise
        place = line or target.name
        raise TargetError(f"{place}: {what}: {type(error).__name__}: {error}") from error


def _line_in(folder: Path, error: Exception) -> str:
    """The last place in a folder's files that an error came by."""
    frames = traceback.extract_tb(error.__traceback__)
    found = [frame for frame in frames if frame.filename.startswith(f"{folder}/")]
    return f"{found[-1].filename}:{found[-1].lineno}" if found else ""


def check_call(target: Target, model: TargetModel, call: object, what: str) -> Call:
    """A call that the target made up, if it can be made; raises TargetError where not."""
    if not isinstance(call, Call):
        raise TargetError(f"{target.name}: {what}: expected a Call, found {_shown(call)}")
    where = f"{target.name}: {what}: {call.target}.{call.function}"
    if not model.answers(call.target, call.function):
        raise TargetError(f"{where}: no twin has a method for it")
    if call.at < model.world.now:
        raise TargetError(f"{where}: its time {call.at} is before {model.world.now}")
    if call.value < 0:
        raise TargetError(f"{where}: {call.value} wei cannot be sent along")
    return call


def check_sender(target: Target, call: Call, what: str) -> Call:
    """A call whose sender can send; raises TargetError where it cannot."""
    if not is_actor(call.sender):
        raise TargetError(
            f"{target.name}: {what}: {_shown(call.sender)} cannot send: use scene.actor('alice')"
        )
    return call
