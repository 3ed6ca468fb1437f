"""The timelock on both sides: what changes parameters, when, and at whose word."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weiproof.contracts.abi import Interface
from weiproof.contracts.chains import ZERO_ADDRESS, actor, open_chain
from weiproof.crosscheck.lockstep import Lockstep
from weiproof.crosscheck.protocol import ADMIN, deploy_chain, deploy_model, setup_calls
from weiproof.crosscheck.spec import FeedSpec, ProtocolSpec, TimelockSpec
from weiproof.engine.access_control import DEFAULT_ADMIN_ROLE
from weiproof.engine.administration import PARAMETER_ROLE
from weiproof.engine.call import Call
from weiproof.engine.fixed_point import MAX_UINT256
from weiproof.engine.parameter_timelock import (
    CANCELLER_ROLE,
    EXECUTOR_ROLE,
    MAXIMUM_DELAY,
    MINIMUM_DELAY,
    PROPOSER_ROLE,
    OperationState,
)
from weiproof.engine.parameters import MAX_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.crosscheck.lockstep import Mark
    from weiproof.engine.call import Outcome, Value

DELAY = 7_200
DAY = 86_400
NONE = bytes(32)
UNSET, READY, PENDING = (value.to_bytes(32, "big") for value in (1, 4, 6))
"""Bitmaps of the states that an operation should have had."""
TOO_MUCH = MAX_SIZE + 1
"""More than the liquidation reserve may be, wei."""
SALT = b"salt".ljust(32, b"\0")
PROPOSER, EXECUTOR, CANCELLER, OUTSIDER = "proposer", "executor", "canceller", "outsider"

OPEN = ProtocolSpec(
    (FeedSpec("ETH", mock=True),),
    (),
    (),
    timelock=TimelockSpec(DELAY, (actor(PROPOSER),), (), (actor(CANCELLER),)),
)
"""Everybody may execute what is due."""
CLOSED = replace(
    OPEN, timelock=TimelockSpec(DELAY, (actor(PROPOSER),), (actor(EXECUTOR),), (actor(CANCELLER),))
)
"""Only the executor may."""

Operation = tuple["Value", "Value", "Value", bytes, bytes]
"""Target, value, data, predecessor and salt; or lists of the first three."""


class Desk:
    """Both sides' timelock; each call, and what it touched, is compared."""

    def __init__(self, spec: ProtocolSpec, chain: str) -> None:
        opened = open_chain(chain, genesis_time=spec.genesis_time)
        self.lockstep = Lockstep(deploy_model(spec), deploy_chain(spec, opened))
        for each in setup_calls(spec):
            assert self.lockstep.apply(each).ok
        self.spec = spec
        self.now = spec.genesis_time
        self.book = self.lockstep.chain.book
        abis = self.lockstep.chain.abis
        self.interfaces = {label: Interface.of(abi) for label, abi in abis.items()}
        opened.fund(actor(EXECUTOR), 10**18)

    def call(
        self, who: str, function: str, *args: Value, target: str = "timelock", value: int = 0
    ) -> Outcome:
        """A call by a labelled account."""
        call = Call(self.now, actor(who), target, function, args, value)
        return self.lockstep.apply(call)

    def do(self, who: str, function: str, *args: Value, value: int = 0) -> list[str]:
        """A call of the timelock that must succeed; answers with the names of its events."""
        outcome = self.call(who, function, *args, value=value)
        assert outcome.ok, (function, outcome.error, outcome.error_args)
        return [event.name for event in outcome.events]

    def refused(self, who: str, function: str, *args: Value, value: int = 0) -> tuple[str, Any]:
        """A call of the timelock that must revert; answers with the error."""
        outcome = self.call(who, function, *args, value=value)
        assert not outcome.ok, function
        return outcome.error, outcome.error_args

    def data(self, label: str, function: str, *args: Value) -> bytes:
        """Call data."""
        return self.interfaces[label].encode_call(function, args)

    def to(
        self,
        label: str,
        function: str,
        *args: Value,
        after: bytes = NONE,
        salt: bytes = NONE,
        value: int = 0,
    ) -> Operation:
        """An operation of one call."""
        return (self.book[label], value, self.data(label, function, *args), after, salt)

    def id(self, operation: Operation) -> bytes:
        """The operation's hash, as both sides compute it."""
        function = "hashOperation" if isinstance(operation[0], str) else "hashOperationBatch"
        (found,) = self.view(function, *operation)
        assert isinstance(found, bytes)
        return found

    def view(self, function: str, *args: Value, target: str = "timelock") -> tuple[Value, ...]:
        """What both sides answer."""
        view = Call(self.now, ZERO_ADDRESS, target, function, args)
        assert self.lockstep.compare_view(view, view) is None
        return self.lockstep.model.view(view).values

    def state(self, operation: Operation) -> OperationState:
        """Where an operation is; the four questions about it agree with that."""
        (state,) = self.view("getOperationState", self.id(operation))
        found = OperationState(int(str(state)))
        for function, states in (
            ("isOperation", {1, 2, 3}),
            ("isOperationPending", {1, 2}),
            ("isOperationReady", {2}),
            ("isOperationDone", {3}),
        ):
            assert self.view(function, self.id(operation)) == (found in states,)
        return found

    def reserve(self) -> int:
        """The liquidation reserve of the house, wei."""
        ((parameters,),) = (self.view("systemParameters", target="house"),)
        assert isinstance(parameters, tuple)
        return int(str(parameters[0]))

    def reserves(self, wei: int, **options: Any) -> Operation:  # noqa: ANN401 (those of `to`)
        """An operation that changes the liquidation reserve."""
        parameters = (wei, 0, *self.spec.system_parameters()[2:])
        return self.to("house", "setSystemParameters", parameters, **options)


@pytest.fixture(scope="module", params=["pyevm", "revm"])
def chain(request: pytest.FixtureRequest) -> str:
    """Each back end in turn."""
    if request.param == "revm":
        pytest.importorskip("pyrevm")
    return str(request.param)


@pytest.fixture(scope="module")
def opened(chain: str) -> tuple[Desk, Mark]:
    """A deployment with open execution."""
    desk = Desk(OPEN, chain)
    return desk, desk.lockstep.mark()


@pytest.fixture
def desk(opened: tuple[Desk, Mark]) -> Iterator[Desk]:
    """The same deployment for each test; at the end the whole state is compared."""
    desk, mark = opened
    desk.now = OPEN.genesis_time
    yield desk
    desk.lockstep.compare_all(Call(desk.now, ZERO_ADDRESS, "timelock", "end"))
    desk.lockstep.reset(mark)


def test_a_change_is_made_after_its_delay_and_by_anybody(desk: Desk) -> None:
    """Too early by a second it is refused; then both sides have the new parameter, once."""
    operation = desk.reserves(7)
    assert desk.state(operation) == OperationState.UNSET
    assert desk.do(PROPOSER, "schedule", *operation, DELAY) == ["CallScheduled"]
    assert desk.view("getTimestamp", desk.id(operation)) == (desk.now + DELAY,)
    refusal = ("TimelockUnexpectedOperationState", (desk.id(operation), READY))
    desk.now += DELAY - 1
    assert desk.state(operation) == OperationState.WAITING
    assert desk.refused(OUTSIDER, "execute", *operation) == refusal
    desk.now += 1
    assert desk.state(operation) == OperationState.READY
    assert desk.do(OUTSIDER, "execute", *operation) == ["SystemParametersChanged", "CallExecuted"]
    assert desk.reserve() == 7
    assert desk.state(operation) == OperationState.DONE
    assert desk.view("getTimestamp", desk.id(operation)) == (1,)
    assert desk.refused(OUTSIDER, "execute", *operation) == refusal
    refusal = ("TimelockUnexpectedOperationState", (desk.id(operation), UNSET))
    assert desk.refused(PROPOSER, "schedule", *operation, DELAY) == refusal


def test_nobody_else_changes_parameters(desk: Desk) -> None:
    """After the deployment the administrator, too, lacks the role."""
    parameters = OPEN.system_parameters()
    outcome = desk.call(ADMIN, "setSystemParameters", parameters, target="house")
    assert (outcome.error, outcome.error_args) == (
        "AccessControlUnauthorizedAccount",
        (actor(ADMIN), PARAMETER_ROLE),
    )
    holder = (PARAMETER_ROLE, desk.book["timelock"])
    assert desk.view("hasRole", *holder, target="house") == (True,)


def test_an_unknown_operation_is_neither_executed_nor_cancelled(desk: Desk) -> None:
    """The error names the operation and the states that it should have had."""
    operation = desk.reserves(7)
    name, identifier = "TimelockUnexpectedOperationState", desk.id(operation)
    assert desk.refused(OUTSIDER, "execute", *operation) == (name, (identifier, READY))
    assert desk.refused(CANCELLER, "cancel", identifier) == (name, (identifier, PENDING))


@pytest.mark.parametrize("wait", [0, DELAY, 9 * DELAY])
@pytest.mark.parametrize("who", [PROPOSER, CANCELLER])
def test_what_is_pending_can_be_cancelled(desk: Desk, who: str, wait: int) -> None:
    """Before it is due and after; then it is unknown, and may be scheduled anew."""
    operation = desk.reserves(7)
    desk.do(PROPOSER, "schedule", *operation, DELAY)
    desk.now += wait
    assert desk.do(who, "cancel", desk.id(operation)) == ["Cancelled"]
    assert desk.state(operation) == OperationState.UNSET
    assert desk.refused(OUTSIDER, "execute", *operation)[0].endswith("OperationState")
    desk.do(PROPOSER, "schedule", *operation, DELAY)


def test_what_is_done_cannot_be_cancelled(desk: Desk) -> None:
    """The parameter stays changed."""
    operation = desk.reserves(7)
    desk.do(PROPOSER, "schedule", *operation, DELAY)
    desk.now += DELAY
    desk.do(OUTSIDER, "execute", *operation)
    refusal = ("TimelockUnexpectedOperationState", (desk.id(operation), PENDING))
    assert desk.refused(CANCELLER, "cancel", desk.id(operation)) == refusal


def test_roles_are_asked_for(desk: Desk) -> None:
    """Each function names the role that the caller lacks; a canceller does not propose."""
    operation = desk.reserves(7)
    lists = ((operation[0],), (0,), (operation[2],), NONE, NONE)
    name = "AccessControlUnauthorizedAccount"
    for who in (CANCELLER, OUTSIDER, ADMIN):
        expected = (name, (actor(who), PROPOSER_ROLE))
        assert desk.refused(who, "schedule", *operation, DELAY) == expected
        assert desk.refused(who, "scheduleBatch", *lists, DELAY) == expected
    for who in (OUTSIDER, ADMIN):
        assert desk.refused(who, "cancel", NONE) == (name, (actor(who), CANCELLER_ROLE))
        given = desk.refused(who, "grantRole", PROPOSER_ROLE, actor(who))
        assert given == (name, (actor(who), DEFAULT_ADMIN_ROLE))
    assert desk.view("hasRole", EXECUTOR_ROLE, ZERO_ADDRESS) == (True,)


def test_execution_may_be_kept_to_some(chain: str) -> None:
    """Where executors are named, nobody else executes."""
    desk = Desk(CLOSED, chain)
    operation = desk.reserves(7)
    lists = ((operation[0],), (0,), (operation[2],), NONE, NONE)
    desk.do(PROPOSER, "schedule", *operation, DELAY)
    desk.now += DELAY
    for who in (OUTSIDER, PROPOSER):
        expected = ("AccessControlUnauthorizedAccount", (actor(who), EXECUTOR_ROLE))
        assert desk.refused(who, "execute", *operation) == expected
        assert desk.refused(who, "executeBatch", *lists) == expected
    desk.do(EXECUTOR, "execute", *operation)
    assert desk.reserve() == 7


@pytest.mark.parametrize("delay", [0, DELAY - 1])
def test_a_delay_below_the_least_is_refused(desk: Desk, delay: int) -> None:
    """The error says what was asked for and what is the least."""
    found = desk.refused(PROPOSER, "schedule", *desk.reserves(7), delay)
    assert found == ("TimelockInsufficientDelay", (delay, DELAY))


def test_a_delay_beyond_all_time_overflows(desk: Desk) -> None:
    """A due time that is no word is Solidity's panic; the last that is one can be scheduled."""
    operation = desk.reserves(7)
    longest = MAX_UINT256 - desk.now
    found = desk.refused(PROPOSER, "schedule", *operation, longest + 1)
    assert found == ("Panic", (0x11,))
    desk.do(PROPOSER, "schedule", *operation, longest)
    assert desk.state(operation) == OperationState.WAITING


def test_an_operation_waits_for_its_predecessor(desk: Desk) -> None:
    """It is due, but executed only after the other is done; a cancelled one never is."""
    first = desk.reserves(7)
    second = desk.reserves(8, after=desk.id(first))
    for operation in (first, second):
        desk.do(PROPOSER, "schedule", *operation, DELAY)
    desk.now += DELAY
    refusal = ("TimelockUnexecutedPredecessor", (desk.id(first),))
    assert desk.refused(OUTSIDER, "execute", *second) == refusal
    desk.do(OUTSIDER, "execute", *first)
    desk.do(OUTSIDER, "execute", *second)
    assert desk.reserve() == 8
    third = desk.reserves(9)
    fourth = desk.reserves(10, after=desk.id(third))
    desk.do(PROPOSER, "schedule", *third, DELAY)
    desk.do(PROPOSER, "schedule", *fourth, DELAY)
    desk.do(CANCELLER, "cancel", desk.id(third))
    desk.now += DELAY
    assert desk.refused(OUTSIDER, "execute", *fourth)[0] == "TimelockUnexecutedPredecessor"


def test_a_salt_makes_another_operation(desk: Desk) -> None:
    """The same call can be scheduled twice; a salt other than zero is told."""
    plain, salted = desk.reserves(7), desk.reserves(7, salt=SALT)
    assert desk.id(plain) != desk.id(salted)
    assert desk.do(PROPOSER, "schedule", *plain, DELAY) == ["CallScheduled"]
    assert desk.do(PROPOSER, "schedule", *salted, DELAY) == ["CallScheduled", "CallSalt"]
    desk.now += DELAY
    desk.do(OUTSIDER, "execute", *plain)
    assert desk.state(salted) == OperationState.READY


def test_a_batch_is_done_whole_or_not(desk: Desk) -> None:
    """Its calls are made in their order; where one reverts, none was made."""
    good, bad = desk.reserves(7), desk.reserves(TOO_MUCH)
    for last, salt in ((good, NONE), (bad, SALT)):
        calls = (desk.reserves(6), last)
        targets, values, payloads = zip(*((each[0], 0, each[2]) for each in calls), strict=True)
        batch = (targets, values, payloads, NONE, salt)
        assert desk.do(PROPOSER, "scheduleBatch", *batch, DELAY)[:2] == 2 * ["CallScheduled"]
        desk.now += DELAY
        if last is good:
            names = desk.do(OUTSIDER, "executeBatch", *batch)
            assert names == 2 * ["SystemParametersChanged", "CallExecuted"]
        else:
            assert desk.refused(OUTSIDER, "executeBatch", *batch)[0] == "InvalidParameter"
        assert desk.reserve() == 7


def test_lists_of_different_lengths_are_refused(desk: Desk) -> None:
    """The error counts targets, payloads and values; hashing them is allowed."""
    lists: Operation = ((desk.book["house"],), (0, 0), (), NONE, NONE)
    assert len(desk.id(lists)) == 32
    expected = ("TimelockInvalidOperationLength", (1, 0, 2))
    assert desk.refused(PROPOSER, "scheduleBatch", *lists, DELAY) == expected
    assert desk.refused(OUTSIDER, "executeBatch", *lists) == expected
    lists = ((desk.book["house"],), (0,), (b"", b""), NONE, NONE)
    assert desk.refused(OUTSIDER, "executeBatch", *lists)[1] == (1, 2, 1)


def test_an_empty_batch_is_an_operation(desk: Desk) -> None:
    """Nothing is called, and it is done."""
    lists: Operation = ((), (), (), NONE, SALT)
    assert desk.do(PROPOSER, "scheduleBatch", *lists, DELAY) == ["CallSalt"]
    desk.now += DELAY
    assert desk.do(OUTSIDER, "executeBatch", *lists) == []
    assert desk.state(lists) == OperationState.DONE


def test_what_the_house_refuses_reverts_with_its_own_error(desk: Desk) -> None:
    """The operation stays due, and can be executed later or cancelled."""
    operation = desk.reserves(TOO_MUCH)
    desk.do(PROPOSER, "schedule", *operation, DELAY)
    desk.now += DELAY
    assert desk.refused(OUTSIDER, "execute", *operation)[0] == "InvalidParameter"
    assert desk.state(operation) == OperationState.READY


@pytest.mark.parametrize(
    ("label", "data", "fails"),
    [
        ("house", b"", True),
        ("house", b"\x12\x34", True),
        ("house", b"\x12\x34\x56\x78", True),
        ("house", b"setPaused without arguments", True),
        ("token", b"\x12\x34\x56\x78", True),
        ("timelock", b"\x12\x34\x56\x78", True),
        ("timelock", b"", False),
        (OUTSIDER, b"\x12\x34\x56\x78", False),
    ],
)
def test_data_that_calls_nothing(desk: Desk, label: str, data: bytes, fails: bool) -> None:
    """Without data a contract's revert is ``FailedCall``; where no code is, nothing happens."""
    if data.startswith(b"setPaused"):
        data = desk.data("house", "setPaused", True)[:-1]
    target = desk.book[label] if label in desk.book else actor(label)
    operation = (target, 0, data, NONE, NONE)
    desk.do(PROPOSER, "schedule", *operation, DELAY)
    desk.now += DELAY
    if fails:
        assert desk.refused(OUTSIDER, "execute", *operation) == ("FailedCall", ())
    else:
        assert desk.do(OUTSIDER, "execute", *operation) == ["CallExecuted"]


def test_data_beyond_the_arguments_is_not_looked_at(desk: Desk) -> None:
    """Solidity passes over what follows the arguments, and so does the model; a view is called."""
    target, _, data, _, _ = desk.reserves(7)
    assert isinstance(data, bytes)
    getter = desk.data("house", "PARAMETER_ROLE")
    batch = ((target, target), (0, 0), (data + b"more", getter), NONE, NONE)
    desk.do(PROPOSER, "scheduleBatch", *batch, DELAY)
    desk.now += DELAY
    desk.do(OUTSIDER, "executeBatch", *batch)
    assert desk.reserve() == 7


def test_ether_goes_where_the_operation_says(desk: Desk) -> None:
    """Only what is there, never into a contract that takes none; the chain's balances agree."""
    timelock, chain = desk.book["timelock"], desk.lockstep.chain.chain
    gift = (actor(OUTSIDER), 5, b"", NONE, NONE)
    to_itself = (timelock, 2, b"", NONE, NONE)
    to_house = desk.reserves(7, value=1)
    for operation in (gift, to_itself, to_house):
        desk.do(PROPOSER, "schedule", *operation, DELAY)
    desk.now += DELAY
    before = chain.balance(actor(OUTSIDER))
    assert desk.refused(EXECUTOR, "execute", *gift, value=4) == ("FailedCall", ())
    desk.do(EXECUTOR, "execute", *gift, value=8)
    assert chain.balance(actor(OUTSIDER)) == before + 5
    desk.do(EXECUTOR, "execute", *to_itself)
    assert chain.balance(timelock) == 3
    assert desk.refused(EXECUTOR, "execute", *to_house) == ("FailedCall", ())
    nested = desk.to("timelock", "executeBatch", (), (), (), NONE, SALT, value=3)
    desk.do(PROPOSER, "scheduleBatch", (), (), (), NONE, SALT, DELAY)
    desk.do(PROPOSER, "schedule", *nested, DELAY)
    desk.now += DELAY
    desk.do(EXECUTOR, "execute", *nested, value=1)
    assert chain.balance(timelock) == 4
    ether = desk.lockstep.model.world.store.read(("ether", "timelock"))  # type: ignore[attr-defined]
    assert ether.fields() == (4,)


def test_the_delay_changes_through_itself_and_within_bounds(desk: Desk) -> None:
    """Nobody else may; what was scheduled keeps its time, what comes needs the new delay."""
    refusal = ("TimelockUnauthorizedCaller", (actor(ADMIN),))
    assert desk.refused(ADMIN, "updateDelay", DAY) == refusal
    earlier = desk.reserves(7)
    for index, (delay, allowed) in enumerate(
        (
            (MINIMUM_DELAY - 1, False),
            (0, False),
            (MAXIMUM_DELAY + 1, False),
            (MINIMUM_DELAY, True),
            (MAXIMUM_DELAY, True),
        )
    ):
        salt = index.to_bytes(32, "big")
        operation = desk.to("timelock", "updateDelay", delay, salt=salt)
        desk.do(PROPOSER, "schedule", *operation, DELAY)
        if index == 4:
            desk.do(PROPOSER, "schedule", *earlier, DELAY)
        desk.now += DELAY
        if allowed:
            names = desk.do(OUTSIDER, "execute", *operation)
            assert names == ["MinDelayChange", "CallExecuted"]
            assert desk.view("getMinDelay") == (delay,)
        else:
            expected = ("DelayOutOfBounds", (delay, MINIMUM_DELAY, MAXIMUM_DELAY))
            assert desk.refused(OUTSIDER, "execute", *operation) == expected
    desk.do(OUTSIDER, "execute", *earlier)
    found = desk.refused(PROPOSER, "schedule", *desk.reserves(8), MAXIMUM_DELAY - 1)
    assert found == ("TimelockInsufficientDelay", (MAXIMUM_DELAY - 1, MAXIMUM_DELAY))


def test_roles_change_through_itself(desk: Desk) -> None:
    """Another proposer is let in and the first put out by operations."""
    for function, who in (("grantRole", OUTSIDER), ("revokeRole", PROPOSER)):
        operation = desk.to("timelock", function, PROPOSER_ROLE, actor(who))
        desk.do(PROPOSER, "schedule", *operation, DELAY)
        desk.now += DELAY
        desk.do(OUTSIDER, "execute", *operation)
    assert desk.refused(PROPOSER, "schedule", *desk.reserves(7), DELAY)[0].endswith("Account")
    desk.do(OUTSIDER, "schedule", *desk.reserves(7), DELAY)


def test_an_operation_cannot_undo_itself(desk: Desk) -> None:
    """Executing or cancelling itself while it runs is caught, and reverts it."""
    operation = desk.to("timelock", "cancel", SALT)
    desk.do(PROPOSER, "schedule", *operation, DELAY)
    desk.now += DELAY
    found = desk.refused(OUTSIDER, "execute", *operation)
    timelock = desk.book["timelock"]
    assert found == ("AccessControlUnauthorizedAccount", (timelock, CANCELLER_ROLE))
    grant = desk.to("timelock", "grantRole", CANCELLER_ROLE, timelock)
    desk.do(PROPOSER, "schedule", *grant, DELAY)
    desk.now += DELAY
    desk.do(OUTSIDER, "execute", *grant)
    assert desk.refused(OUTSIDER, "execute", *operation)[0] == "TimelockUnexpectedOperationState"


def test_the_house_itself_can_be_handed_over(desk: Desk) -> None:
    """The timelock accepts the administration by an operation; then roles need one, too."""
    accept = desk.to("house", "acceptDefaultAdminTransfer")
    begun = desk.call(ADMIN, "beginDefaultAdminTransfer", desk.book["timelock"], target="house")
    assert begun.ok
    desk.do(PROPOSER, "schedule", *accept, DELAY)
    desk.now += DAY
    assert desk.refused(OUTSIDER, "execute", *accept) == (
        "AccessControlEnforcedDefaultAdminDelay",
        (desk.now,),
    )
    desk.now += 1
    desk.do(OUTSIDER, "execute", *accept)
    assert desk.view("owner", target="house") == (desk.book["timelock"],)
    outcome = desk.call(ADMIN, "grantRole", PARAMETER_ROLE, actor(ADMIN), target="house")
    assert outcome.error == "AccessControlUnauthorizedAccount"


Step = tuple[int, str, int, int, int]
"""Seconds that pass; what is done, by whom, with which call, and in which shape."""
WHO = (PROPOSER, PROPOSER, PROPOSER, CANCELLER, OUTSIDER)
ACTIONS = ("schedule", "schedule", "execute", "execute", "cancel", "hurry", "unknown")
STEPS = st.lists(
    st.tuples(
        st.sampled_from((0, 1, DELAY - 1, DELAY, DELAY)),
        st.sampled_from(ACTIONS),
        st.integers(0, len(WHO) - 1),
        st.integers(0, 5),
        st.integers(0, 5),
    ),
    min_size=12,
    max_size=30,
)


class Player:
    """Plays steps on what was scheduled so far."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.scheduled: list[Operation] = []

    def take(self, step: Step) -> str:
        """Makes the call of a step; answers with its error, or with its function."""
        seconds, action, who, call, shape = step
        self.desk.now += seconds
        if action in ("execute", "cancel") and self.scheduled:
            operation = self.scheduled[-1 - call % len(self.scheduled)]
        else:
            operation = self.operation(call, shape)
        function = action
        args: tuple[Value, ...] = operation
        if action == "unknown":
            function = "execute"
        elif action == "hurry":
            function, args = "schedule", (*operation, DELAY - 1)
        elif action == "schedule":
            args = (*operation, DELAY)
        elif action == "cancel":
            args = (self.desk.id(operation),)
        if function != "cancel" and not isinstance(operation[0], str):
            function += "Batch"
        outcome = self.desk.call(WHO[who], function, *args)
        if action == "schedule" and outcome.ok:
            self.scheduled.append(operation)
        return function if outcome.ok else outcome.error

    def operation(self, call: int, shape: int) -> Operation:
        """A good one, one that is refused, or a change of the timelock; perhaps a batch of two."""
        desk = self.desk
        last = desk.id(self.scheduled[-1]) if self.scheduled else desk.id(desk.reserves(1))
        after, salt = last if shape in (2, 3) else NONE, SALT if shape == 1 else NONE
        made = (
            desk.reserves(7),
            desk.reserves(8),
            desk.reserves(TOO_MUCH),
            desk.to("timelock", "updateDelay", MINIMUM_DELAY),
            desk.to("timelock", "updateDelay", 1),
            desk.to("timelock", "grantRole", PROPOSER_ROLE, actor(OUTSIDER)),
        )[call]
        target, value, data = made[:3]
        if shape in (3, 4):
            return ((target,) * 2, (value,) * 2, (data,) * 2, after, salt)
        return (target, value, data, after, salt)


def test_any_sequence_agrees(opened: tuple[Desk, Mark]) -> None:
    """Schedules, executions and cancellations in any order; every way they can end occurs.

    Each call and all state it touched are compared as it goes, the rest at the end.
    """
    desk, mark = opened
    seen: set[str] = set()

    @settings(max_examples=100, deadline=None, derandomize=True, database=None)
    @given(steps=STEPS)
    def check(steps: list[Step]) -> None:
        desk.lockstep.reset(mark)
        desk.now = OPEN.genesis_time
        player = Player(desk)
        seen.update(map(player.take, steps))
        desk.lockstep.compare_all(Call(desk.now, ZERO_ADDRESS, "timelock", "end"))

    check()
    desk.lockstep.reset(mark)
    assert seen == {
        "schedule",
        "scheduleBatch",
        "cancel",
        "execute",
        "executeBatch",
        "AccessControlUnauthorizedAccount",
        "DelayOutOfBounds",
        "InvalidParameter",
        "TimelockInsufficientDelay",
        "TimelockUnexecutedPredecessor",
        "TimelockUnexpectedOperationState",
    }
