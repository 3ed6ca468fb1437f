"""A difference between model and chain, told so that a person can act on it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weiproof.engine.call import Call, Event, Outcome, Value


KINDS = {
    "refused": "the contract reverts, the model accepts",
    "accepted": "the contract accepts, the model reverts",
    "revert": "both revert, for different reasons",
    "return": "a return value differs",
    "event": "an event differs, or is missing, or is one too many",
    "state": "a view that was read afterwards differs",
    "storage": "a storage slot differs",
    "chains": "two back ends differ",
    "fault": "the model failed",
    "invariant": "an invariant of the model is broken",
}
"""Kinds of findings, in words."""

_NUMBERED = re.compile(r"\b(0x[0-9a-f]{40}|\d+)\b")


def identity_of(*parts: str) -> tuple[str, ...]:
    """What makes two findings the same: their words, without addresses, indices and numbers."""
    return tuple(_NUMBERED.sub("#", part) for part in parts)


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first difference that a call led to."""

    step: int
    """Number of the call in the run, counted from 1."""
    call: Call
    kind: str
    """One of :data:`KINDS`."""
    subject: str
    """What differs: the function, the event, or the record with its account."""
    account: str
    """Address of the account concerned, empty where there is none."""
    field: str
    """Path of the differing field."""
    model: object
    chain: object
    view: Call | None = None
    """The view call whose answers differ, where it was one."""

    @property
    def identity(self) -> tuple[str, ...]:
        """The same for every call sequence that shows the same fault: kind, place and field."""
        sides = (str(side) for side in (self.model, self.chain) if _is_reason(side))
        reasons = [side.partition("(")[0] for side in sides]
        return identity_of(self.kind, self.subject, self.field, *reasons)

    @property
    def gap(self) -> int | None:
        """Chain less model, where both are integers."""
        model, chain = self.model, self.chain
        if isinstance(model, bool) or isinstance(chain, bool):
            return None
        return chain - model if isinstance(model, int) and isinstance(chain, int) else None

    def _asked(self, names: Mapping[str, str]) -> str:
        """Arguments of the view, where there is one and they are few."""
        if self.view is None or self.subject == "lens.records":
            return ""
        return f"({', '.join(shown(arg, names) for arg in self.view.args)})"

    def as_json(self, names: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The same for machines; integers as decimal strings, addresses as labels where known."""
        names = names or {}
        return {
            "step": self.step,
            "kind": self.kind,
            "call": call_as_json(self.call, names),
            "where": self.subject,
            "account": shown(self.account, names),
            "field": self.field,
            **({} if self.view is None else {"view": call_as_json(self.view, names)}),
            "model": shown(self.model, names),
            "contract": shown(self.chain, names),
            "gap": None if self.gap is None else str(self.gap),
        }

    def describe(self, names: Mapping[str, str] | None = None) -> str:
        """Several lines for people; `names` maps addresses to labels."""
        names = names or {}
        call = self.call
        arguments = ", ".join(shown(value, names) for value in call.args)
        lines = [
            f"step      {self.step} at {call.at}",
            f"call      {call.target}.{call.function}({arguments})",
            f"sender    {shown(call.sender, names)}",
            f"kind      {self.kind}: {KINDS[self.kind]}",
            f"where     {self.subject}{self._asked(names)}",
            f"account   {shown(self.account, names) or '-'}",
            f"field     {self.field}",
            f"model     {shown(self.model, names)}",
            f"contract  {shown(self.chain, names)}",
        ]
        if self.gap is not None:
            lines.append(f"gap       {self.gap:+d} (contract less model, raw units of the field)")
        return "\n".join(lines)


def call_as_json(call: Call, names: Mapping[str, str]) -> dict[str, Any]:
    """A call for machines; integers as decimal strings, addresses as labels where known."""
    return {
        "at": str(call.at),
        "sender": shown(call.sender, names),
        "target": call.target,
        "function": call.function,
        "args": [shown(value, names) for value in call.args],
        **({"value": str(call.value)} if call.value else {}),
    }


class DivergenceFound(Exception):
    """Raised where the two systems part."""

    def __init__(self, divergence: Divergence) -> None:
        """Keeps the divergence."""
        super().__init__(divergence.describe())
        self.divergence = divergence


def compare_outcomes(
    step: int,
    call: Call,
    model: Outcome,
    chain: Outcome,
    outputs: Sequence[Mapping[str, Any]],
    inputs: Mapping[str, Sequence[Mapping[str, Any]]],
) -> Divergence | None:
    """The first difference between two outcomes of one call, or None.

    `outputs` are the ABI's of the function, `inputs` those of all events and errors by name.
    """
    if model == chain:
        return None
    account = next((str(arg) for arg in call.args if _is_address(arg)), call.sender)
    if not (model.ok and chain.ok):
        return _compare_reverts(step, call, account, model, chain, inputs)
    for path, left, right in leaves(outputs, model.values, chain.values):
        return Divergence(step, call, "return", call.function, account, path, left, right)
    return _compare_events(step, call, account, model.events, chain.events, inputs)


def compare_views(
    step: int,
    cause: Call,
    view: Call,
    model: Outcome,
    chain: Outcome,
    outputs: Sequence[Mapping[str, Any]],
) -> Divergence | None:
    """The first difference between two outcomes of a view call made after the call `cause`."""
    if model == chain:
        return None
    subject = f"{view.target}.{view.function}"
    if not (model.ok and chain.ok):
        account = next((str(arg) for arg in view.args if _is_address(arg)), "")
        sides = (_summary(model), _summary(chain))
        return Divergence(step, cause, "state", subject, account, "outcome", *sides, view)
    for path, left, right in leaves(outputs, model.values, chain.values):
        account = _account_of(view, path)
        return Divergence(step, cause, "state", subject, account, path, left, right, view)
    return None


def leaves(
    components: Sequence[Mapping[str, Any]], left: Value, right: Value, path: str = ""
) -> Iterator[tuple[str, Value, Value]]:
    """Differing leaves of two ABI values, with their paths by the ABI's names."""
    if left == right:
        return
    if not (isinstance(left, tuple) and isinstance(right, tuple)):
        yield path or "value", left, right
        return
    if len(left) != len(right):
        yield f"{path}.length".lstrip("."), len(left), len(right)
        return
    for i, (a, b) in enumerate(zip(left, right, strict=True)):
        component = components[i] if i < len(components) else {}
        name = component.get("name") or (str(i) if len(left) > 1 else "value")
        inner = component.get("components", ())
        if str(component.get("type", "")).endswith("]"):
            yield from _array_leaves(inner, a, b, f"{path}.{name}".lstrip("."))
        else:
            yield from leaves(inner, a, b, f"{path}.{name}".lstrip("."))


def _array_leaves(
    components: Sequence[Mapping[str, Any]], left: Value, right: Value, path: str
) -> Iterator[tuple[str, Value, Value]]:
    if not (isinstance(left, tuple) and isinstance(right, tuple)):
        yield path, left, right
        return
    if len(left) != len(right):
        yield f"{path}.length", len(left), len(right)
        return
    for i, (a, b) in enumerate(zip(left, right, strict=True)):
        yield from leaves(components, a, b, f"{path}[{i}]")


def _compare_reverts(
    step: int,
    call: Call,
    account: str,
    model: Outcome,
    chain: Outcome,
    inputs: Mapping[str, Sequence[Mapping[str, Any]]],
) -> Divergence:
    if model.ok or chain.ok or model.error != chain.error:
        kind = "refused" if model.ok else "accepted" if chain.ok else "revert"
        sides = (_summary(model), _summary(chain))
        return Divergence(step, call, kind, call.function, account, "outcome", *sides)
    components = inputs.get(model.error, ())
    found = leaves(components, model.error_args, chain.error_args)
    path, left, right = next(found, ("arguments", model.error_args, chain.error_args))
    return Divergence(step, call, "revert", model.error, account, path, left, right)


def _compare_events(
    step: int,
    call: Call,
    account: str,
    model: tuple[Event, ...],
    chain: tuple[Event, ...],
    inputs: Mapping[str, Sequence[Mapping[str, Any]]],
) -> Divergence:
    for i, (left, right) in enumerate(zip(model, chain, strict=False)):
        if left == right:
            continue
        subject = f"event {i} {left.name}"
        if (left.target, left.name) != (right.target, right.name):
            return Divergence(step, call, "event", subject, account, "name", left.name, right.name)
        concerned = next((str(arg) for arg in left.args if _is_address(arg)), account)
        for path, a, b in leaves(inputs.get(left.name, ()), left.args, right.args):
            return Divergence(step, call, "event", subject, concerned, path, a, b)
    names = (tuple(event.name for event in model), tuple(event.name for event in chain))
    return Divergence(step, call, "event", "events", account, "emitted", *names)


def _account_of(view: Call, path: str) -> str:
    """The account that a field of a lens view belongs to, else the view's first address."""
    lists = {"accountRecords": 0, "positions": 2}
    head, _, rest = path.partition("[")
    if view.function == "records" and head in lists:
        index = int(rest.partition("]")[0])
        accounts = view.args[lists[head]]
        return str(accounts[index]) if isinstance(accounts, tuple) else ""
    return next((str(arg) for arg in view.args if _is_address(arg)), "")


def _summary(outcome: Outcome) -> str:
    if outcome.ok:
        return "accepted"
    return f"reverted: {outcome.error or 'no data'}{outcome.error_args}"


def _is_reason(side: object) -> bool:
    """Whether a value is a :func:`_summary`."""
    return isinstance(side, str) and side.startswith(("accepted", "reverted: "))


def _is_address(value: object) -> bool:
    return isinstance(value, str) and value.startswith("0x") and len(value) == 42  # noqa: PLR2004


def shown(value: object, names: Mapping[str, str]) -> str:
    """A value for people: addresses as labels where known, texts in bytes as texts.

    Nothing in it steers a terminal, whatever a contract answers.
    """
    if isinstance(value, str):
        label = names.get(value, value)
        return label if label.isprintable() else label.encode("unicode_escape").decode("ascii")
    if isinstance(value, bytes):
        text = value.rstrip(b"\0")
        return repr(text.decode()) if text.isascii() and text else "0x" + value.hex()
    if isinstance(value, tuple):
        return "(" + ", ".join(shown(item, names) for item in value) + ")"
    return str(value)
