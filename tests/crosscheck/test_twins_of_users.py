"""Twins: plain Python state that a revert undoes, with Solidity's meaning around it."""

from __future__ import annotations

import pytest

from weiproof.crosscheck.targets import Array, Mapping, Struct, Twin, overload, uint8, uint256
from weiproof.crosscheck.targets.model import ModelFault, TwinModel
from weiproof.crosscheck.targets.twin import TwinWorld, binding
from weiproof.engine.call import Call, Event, Outcome

ALICE, BOB = "0x" + "0a" * 20, "0x" + "0b" * 20


class Point(Struct):
    """Two numbers."""

    x: int = 0
    y: int = 7


class Store(Twin):
    """Every kind of state, and every way to end a call."""

    def __init__(self) -> None:
        self.total: int = 0
        self.held = Mapping(0)
        self.allowed = Mapping(lambda: Mapping(0))
        self.points = Mapping(Point)
        self.items = Array([1, 2, 3])

    def put(self, amount: int, fail: bool) -> int:
        """Writes everywhere, then maybe reverts."""
        self.total += amount
        self.held[self.sender] += amount
        self.allowed[self.sender][BOB] = amount
        self.points[amount].x = amount
        self.items.append(amount)
        self.items[0] = amount
        del self.items[1]
        del self.held[BOB]
        self.emit("Put", self.sender, amount)
        self.require(not fail, "Failed", amount)
        return amount

    def divide(self, a: int, b: int) -> int:
        """Panics as Solidity does."""
        return self.items[a // b]

    def narrow(self, a: int) -> int:
        """Fits a byte or panics."""
        return uint8(a)

    def broken(self) -> None:
        """A mistake of the model."""
        raise KeyError("nothing here")

    def plain(self) -> None:
        """State that nobody could undo."""
        self.total = [1]  # type: ignore[assignment] # pyright: ignore[reportAttributeAccessIssue]

    @overload("twice(uint256)")
    def twice_one(self, a: int) -> int:
        """One of two overloads."""
        return 2 * a

    @overload("twice(uint256,uint256)")
    def twice_two(self, a: int, b: int) -> tuple[int, int]:
        """The other."""
        return 2 * a, 2 * b


class Caller(Twin):
    """Calls another contract."""

    def forward(self, amount: int) -> str:
        """Puts as this contract, and answers with the sender afterwards."""
        self.contract("store").put(amount, False)
        return self.sender


@pytest.fixture
def model() -> TwinModel:
    """A model of two contracts."""
    world = TwinWorld(now=5, sender=ALICE)
    world.addresses.update(store="0x" + "0c" * 20, caller="0x" + "0d" * 20)
    for label, twin in (("store", Store), ("caller", Caller)):
        with binding(world, label):
            twin()
    return TwinModel(world)


def call(function: str, *args: object, at: int = 5, target: str = "store") -> Call:
    """A call by Alice."""
    return Call(at, ALICE, target, function, args)  # type: ignore[arg-type]


def test_an_accepted_call_keeps_what_it_wrote(model: TwinModel) -> None:
    """Values, events and touched paths are those of the call."""
    outcome = model.apply(call("put", 4, False))
    assert outcome == Outcome(ok=True, values=(4,), events=(Event("store", "Put", (ALICE, 4)),))
    assert ("store", "held", ALICE) in model.touched
    assert ("store", "allowed", ALICE, BOB) in model.touched
    assert ("store", "points", 4, "x") in model.touched
    assert model.view(call("held", ALICE)).values == (4,)
    assert model.view(call("allowed", ALICE, BOB)).values == (4,)
    assert model.view(call("points", 4)).values == (4, 7)
    assert [model.view(call("items", i)).values[0] for i in range(3)] == [4, 3, 4]


def test_a_reverted_call_leaves_nothing(model: TwinModel) -> None:
    """State, digest and hash are as before, and nothing counts as touched."""
    before, state_hash = model.digest(), model.state_hash
    outcome = model.apply(call("put", 4, True))
    assert outcome == Outcome(ok=False, error="Failed", error_args=(4,))
    assert (model.digest(), model.state_hash, model.touched) == (before, state_hash, ())


def test_a_view_changes_nothing(model: TwinModel) -> None:
    """A function run as a view is undone, and so is the clock."""
    before = model.digest()
    assert model.view(call("put", 4, False, at=99)).ok
    assert model.digest() == before
    assert model.world.now == 5


def test_snapshots_can_be_restored_again_and_again(model: TwinModel) -> None:
    """State and hash go back each time."""
    snapshot, before = model.snapshot(), model.digest()
    for amount in (1, 2):
        model.apply(call("put", amount, False, at=9))
        model.restore(snapshot)
        assert (model.digest(), model.world.now) == (before, 5)


def test_python_errors_that_solidity_knows_are_panics(model: TwinModel) -> None:
    """Division by zero, a bad index and a value that does not fit."""
    assert model.apply(call("divide", 1, 0)).error_args == (0x12,)
    assert model.apply(call("divide", 9, 1)).error_args == (0x32,)
    assert model.apply(call("narrow", 256)).error_args == (0x11,)
    assert model.apply(call("narrow", 255)).values == (255,)
    with pytest.raises(Exception, match="Panic"):
        uint256(-1)


@pytest.mark.parametrize(
    ("function", "told"), [("broken", "KeyError.*nothing here"), ("plain", "use Array")]
)
def test_a_mistake_of_the_model_names_its_line(model: TwinModel, function: str, told: str) -> None:
    """Whatever else Python raises is told as a fault of the model, with file and line."""
    with pytest.raises(ModelFault, match=rf"store\.{function}: .*{told}.*\.py:\d+"):
        model.apply(call(function))


def test_another_contract_is_called_as_the_caller(model: TwinModel) -> None:
    """In the callee the sender is the calling contract; after it, it is the old one."""
    outcome = model.apply(call("forward", 3, target="caller"))
    assert outcome.values == (ALICE,)
    assert model.view(call("held", model.world.addresses["caller"])).values == (3,)


def test_overloads_go_by_signature(model: TwinModel) -> None:
    """Each signature has its method; helpers of the base class are no functions."""
    assert model.view(call("twice(uint256)", 4)).values == (8,)
    assert model.view(call("twice(uint256,uint256)", 4, 5)).values == (8, 10)
    assert not model.answers("store", "emit")
    assert not model.answers("store", "_world")
    assert not model.answers("nobody", "put")


def test_time_never_runs_backwards(model: TwinModel) -> None:
    """A call before the last one's time is refused."""
    with pytest.raises(ValueError, match="backwards"):
        model.apply(call("narrow", 1, at=4))


def test_fields_of_structs_are_checked() -> None:
    """Unknown fields are refused when made and when set."""
    with pytest.raises(TypeError, match="no field z"):
        Point(z=1)
    with pytest.raises(AttributeError, match="no field z"):
        Point().z = 1
    assert Point(x=3).fields() == (3, 7)
