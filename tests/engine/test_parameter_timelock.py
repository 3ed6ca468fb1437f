"""The timelock's twin alone: hashes, due times, bounds, and what it cannot know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.desk import GENESIS, who
from weiproof.engine.call import Call
from weiproof.engine.contract import ZERO_ADDRESS, World
from weiproof.engine.model import Model
from weiproof.engine.parameter_timelock import CANCELLER_ROLE, PROPOSER_ROLE, ParameterTimelock
from weiproof.engine.timelock_errors import DelayOutOfBounds

if TYPE_CHECKING:
    from weiproof.engine.call import Outcome, Value

HOUR = 3_600
NONE = bytes(32)
CALLS: dict[bytes, tuple[str, tuple[Value, ...]]] = {b"shorten": ("updateDelay", (HOUR,))}
"""What the data of these tests says."""

words = st.binary(min_size=32, max_size=32)
addresses = st.binary(min_size=20, max_size=20).map(lambda each: "0x" + each.hex())
numbers = st.integers(0, 2**256 - 1)


def timelock(delay: int = 2 * HOUR) -> ParameterTimelock:
    """A timelock with a proposer, a canceller and open execution."""
    world = World(now=GENESIS, sender=who("deployer"))
    world.addresses.update(timelock=who("timelock"), other=who("other"))
    parties = (who("p"),), (ZERO_ADDRESS,), (who("c"),)
    return ParameterTimelock(world, "timelock", delay, *parties, lambda _, data: CALLS.get(data))


class Desk:
    """A model of the timelock alone."""

    def __init__(self) -> None:
        self.timelock = timelock()
        self.model = Model(self.timelock.world)
        self.now = GENESIS

    def call(self, label: str, function: str, *args: Value) -> Outcome:
        """A call by a labelled account."""
        return self.model.apply(Call(self.now, who(label), "timelock", function, args))

    def events(self, label: str, function: str, *args: Value) -> list[tuple[str, Any]]:
        """Names and arguments of a call's events, which must succeed."""
        outcome = self.call(label, function, *args)
        assert outcome.ok, (outcome.error, outcome.error_args)
        return [(event.name, event.args) for event in outcome.events]


@given(addresses, numbers, st.binary(max_size=100), words, words)
def test_an_operation_is_its_encoded_parts(
    target: str, value: int, data: bytes, predecessor: bytes, salt: bytes
) -> None:
    """The hash is that of Solidity's ``abi.encode``."""
    parts = (target, value, data, predecessor, salt)
    encoded = encode(("address", "uint256", "bytes", "bytes32", "bytes32"), parts)
    assert timelock().hashOperation(*parts) == (keccak(encoded),)


@given(
    st.lists(addresses, max_size=3),
    st.lists(numbers, max_size=3),
    st.lists(st.binary(max_size=70), max_size=3),
    words,
    words,
)
def test_a_batch_is_its_encoded_lists(
    targets: list[str], values: list[int], payloads: list[bytes], predecessor: bytes, salt: bytes
) -> None:
    """The hash is that of Solidity's ``abi.encode``, whatever the lengths."""
    lists = (tuple(targets), tuple(values), tuple(payloads))
    types = ("address[]", "uint256[]", "bytes[]", "bytes32", "bytes32")
    encoded = encode(types, (*lists, predecessor, salt))
    assert timelock().hashOperationBatch(*lists, predecessor, salt) == (keccak(encoded),)


def test_an_operation_is_due_after_its_delay() -> None:
    """Scheduled at g for two hours and a second it is due at g + 7201, and not before."""
    desk = Desk()
    parts = (who("timelock"), 0, b"shorten", NONE, NONE)
    (operation,) = desk.timelock.hashOperation(*parts)
    told = desk.events("p", "schedule", *parts, 7_201)
    assert told == [("CallScheduled", (operation, 0, *parts[:3], NONE, 7_201))]
    assert desk.timelock.getTimestamp(operation) == (GENESIS + 7_201,)
    desk.now += 7_200
    expected = (operation, (4).to_bytes(32, "big"))
    assert desk.call("a", "execute", *parts).error_args == expected
    desk.now += 1
    told = desk.events("a", "execute", *parts)
    assert told == [
        ("MinDelayChange", (7_200, 3_600)),
        ("CallExecuted", (operation, 0, *parts[:3])),
    ]
    assert desk.timelock.getMinDelay() == (HOUR,)
    assert desk.timelock.getTimestamp(operation) == (1,)


def test_those_who_cancel_do_not_propose() -> None:
    """A proposer may do both, a canceller one."""
    twin = timelock()
    roles = [(role, label) for role in (PROPOSER_ROLE, CANCELLER_ROLE) for label in "pca"]
    found = [twin.hasRole(role, who(label))[0] for role, label in roles]
    assert found == [True, False, False, True, True, False]


@pytest.mark.parametrize("delay", [0, 3_599, 2_592_001])
def test_the_first_delay_has_bounds(delay: int) -> None:
    """From an hour to thirty days of 86,400 seconds."""
    assert timelock(3_600).getMinDelay() == (3_600,)
    assert timelock(2_592_000).getMinDelay() == (2_592_000,)
    with pytest.raises(DelayOutOfBounds) as caught:
        timelock(delay)
    assert caught.value.args == (delay, 3_600, 2_592_000)


def test_a_contract_without_a_twin_is_a_mistake() -> None:
    """The model does not guess what it would do: it raises, and nothing is changed."""
    desk = Desk()
    parts = (who("other"), 0, b"", NONE, NONE)
    desk.events("p", "schedule", *parts, 2 * HOUR)
    desk.now += 2 * HOUR
    before = desk.model.digest()
    with pytest.raises(ValueError, match="no twin of the contract at 0x"):
        desk.call("a", "execute", *parts)
    assert desk.model.digest() == before
