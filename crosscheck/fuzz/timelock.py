"""Changes of parameters by the timelock: in time, too early, cancelled, in order, wrong."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from weiproof.contracts import artifact_store
from weiproof.contracts.abi import Interface
from weiproof.contracts.chains import actor
from weiproof.crosscheck.protocol import DEPLOYER
from weiproof.engine.access_control import DEFAULT_ADMIN_ROLE
from weiproof.engine.parameter_timelock import (
    CANCELLER_ROLE,
    MAXIMUM_DELAY,
    MINIMUM_DELAY,
    NO_PREDECESSOR,
    PROPOSER_ROLE,
)

from .playground import SPONSOR
from .scene import NO_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.engine.call import Call, Value

    from .scene import Scene

NONE = NO_PREDECESSOR
CONTRACTS = {"house": "Administration", "timelock": "ParameterTimelock"}
"""Whose functions an operation calls, by label."""

Operation = tuple["Value", "Value", "Value", bytes, bytes]
"""Target, value, data, predecessor and salt; or lists of the first three."""


def in_time(scene: Scene) -> Iterator[Call]:
    """A change is refused a second early, made when it is due, by anybody and once."""
    operation = _drawn(scene, salt=_salt(scene))
    delay = _delay(scene)
    yield _call(scene, scene.admin, "schedule", operation, delay)
    yield _call(scene, scene.admin, "schedule", operation, delay)
    scene.wait(delay - 1)
    yield _call(scene, scene.outsider, "execute", operation)
    scene.wait(scene.among(1, 1, 60))
    yield _call(scene, scene.outsider, "execute", operation)
    yield scene.house(scene.outsider, "systemParameters")
    yield _call(scene, scene.outsider, "execute", operation)
    yield scene.call(actor(SPONSOR), "timelock", "cancel", _id(scene, operation))


def cancelled(scene: Scene) -> Iterator[Call]:
    """What is scheduled is cancelled by one who may, before it is due or after."""
    operation = _drawn(scene, salt=_salt(scene))
    yield _call(scene, scene.admin, "schedule", operation, _delay(scene))
    scene.wait(scene.among(0, 1, _delay(scene)))
    identifier = _id(scene, operation)
    for sender in (scene.outsider, scene.among(scene.admin, actor(SPONSOR))):
        yield scene.call(sender, "timelock", "cancel", identifier)
    yield scene.call(scene.admin, "timelock", "cancel", identifier)
    yield _call(scene, scene.outsider, "execute", operation)


def one_after_another(scene: Scene) -> Iterator[Call]:
    """A change waits for the one before it."""
    first = _drawn(scene, salt=_salt(scene))
    second = _drawn(scene, after=_id(scene, first))
    for operation in (first, second):
        yield _call(scene, scene.admin, "schedule", operation, _delay(scene))
    scene.wait(_delay(scene))
    for operation in (second, first, second):
        yield _call(scene, scene.outsider, "execute", operation)


def another_delay(scene: Scene) -> Iterator[Call]:
    """The delay goes to a bound of its range and back; beyond the bounds it is refused."""
    beyond = scene.among(MINIMUM_DELAY - 1, MAXIMUM_DELAY + 1, 0, NO_LIMIT)
    delays = (beyond, scene.among(MAXIMUM_DELAY, MINIMUM_DELAY, 2 * MINIMUM_DELAY), MINIMUM_DELAY)
    operations = tuple(
        _operation(scene, "timelock", "updateDelay", delay, salt=_salt(scene)) for delay in delays
    )
    wait = _delay(scene)
    for operation in operations:
        yield _call(scene, scene.admin, "schedule", operation, wait)
    yield scene.call(scene.admin, "timelock", "updateDelay", beyond)
    scene.wait(wait)
    for operation in operations:
        yield _call(scene, scene.outsider, "execute", operation)
        if operation != operations[-1]:
            short = (_delay(scene) - 1,)
            yield _call(scene, scene.admin, "schedule", _drawn(scene, salt=_salt(scene)), *short)


def administered(scene: Scene) -> Iterator[Call]:
    """An operation lets the administrator give and take the timelock's roles; it renounces."""
    role = (DEFAULT_ADMIN_ROLE, scene.admin)
    operation = _operation(scene, "timelock", "grantRole", *role, salt=_salt(scene))
    yield _call(scene, scene.admin, "schedule", operation, _delay(scene))
    scene.wait(_delay(scene))
    yield _call(scene, scene.outsider, "execute", operation)
    for function in ("grantRole", "revokeRole"):
        yield scene.call(scene.admin, "timelock", function, CANCELLER_ROLE, scene.outsider)
    yield scene.call(scene.admin, "timelock", "renounceRole", *role)


def wrong(scene: Scene) -> Iterator[Call]:
    """Those who may not, delays that cannot be, lists of different lengths, calls of nothing."""
    operation = _drawn(scene, salt=_salt(scene))
    for sender in (scene.outsider, actor(SPONSOR)):
        yield _call(scene, sender, "schedule", operation, _delay(scene))
    for function in ("grantRole", "revokeRole", "renounceRole"):
        sender = scene.among(scene.outsider, actor(DEPLOYER))
        holder = scene.among(sender, scene.admin)
        yield scene.call(sender, "timelock", function, PROPOSER_ROLE, holder)
    too_late = NO_LIMIT - scene.among(0, scene.now - 1)
    yield _call(scene, scene.admin, "schedule", operation, too_late)
    yield _call(scene, scene.outsider, "execute", operation)
    house = scene.address("house")
    lists: Operation = ((house,), scene.among((), (0, 0)), scene.among((), (b"",)), NONE, NONE)
    yield _call(scene, scene.admin, "schedule", lists, _delay(scene))
    yield _call(scene, scene.outsider, "execute", lists)
    to = scene.among("house", "timelock")
    data = _data("house", "setPaused", True)[: scene.among(1, 4, 35)]
    nothing = (scene.address(to), scene.among(0, 1), data, NONE, _salt(scene))
    yield _call(scene, scene.admin, "schedule", nothing, _delay(scene))
    scene.wait(_delay(scene))
    yield _call(scene, scene.outsider, "execute", nothing)
    yield scene.call(scene.admin, "timelock", "cancel", _id(scene, nothing))


def _drawn(scene: Scene, after: bytes = NONE, salt: bytes = NONE) -> Operation:
    """A change that is good or that the house refuses, of one call or a batch."""
    answer = scene.ask("house", "systemParameters")
    assert answer is not None  # noqa: S101 - a getter
    (parameters,) = answer
    assert isinstance(parameters, tuple)  # noqa: S101 - a struct
    reserve, reward, share, insurance, ratio, _ = parameters
    changed = (reserve, reward, share, insurance, ratio, scene.among(0, 1, 60, 3_600))
    refused = (reserve, reward, share, insurance, 0, 0)
    calls: tuple[tuple[str, str, tuple[Value, ...]], ...] = (
        ("house", "setSystemParameters", (changed,)),
        ("house", "setSystemParameters", (changed,)),
        ("house", "setSystemParameters", (refused,)),
        ("house", "setPaused", (False,)),
        ("timelock", "grantRole", (PROPOSER_ROLE, scene.admin)),
    )
    label, function, args = scene.dice.choice(calls)
    target, value, data, *_ = _operation(scene, label, function, *args)
    if not scene.one_in(3):
        return target, value, data, after, salt
    count = scene.among(1, 2, 2, 3)
    return (target,) * count, (value,) * count, (data,) * count, after, salt


def _operation(
    scene: Scene, label: str, function: str, *args: Value, salt: bytes = NONE
) -> Operation:
    return scene.address(label), 0, _data(label, function, *args), NONE, salt


def _call(scene: Scene, sender: str, function: str, operation: Operation, *delay: int) -> Call:
    batch = "" if isinstance(operation[0], str) else "Batch"
    return scene.call(sender, "timelock", function + batch, *operation, *delay)


def _id(scene: Scene, operation: Operation) -> bytes:
    batch = "" if isinstance(operation[0], str) else "Batch"
    (found,) = scene.ask("timelock", f"hashOperation{batch}", *operation) or (NONE,)
    return found if isinstance(found, bytes) else NONE


def _delay(scene: Scene) -> int:
    (delay,) = scene.ask("timelock", "getMinDelay") or (MINIMUM_DELAY,)
    return int(delay) if isinstance(delay, int) else MINIMUM_DELAY


def _salt(scene: Scene) -> bytes:
    return scene.dice.below(2**64).to_bytes(32, "big")


@cache
def _interface(label: str) -> Interface:
    return Interface.of(artifact_store.shipped().load(CONTRACTS[label]).abi)


def _data(label: str, function: str, *args: Value) -> bytes:
    return _interface(label).encode_call(function, args)
