"""Twins: the user's model of a contract, one class a contract, one method an external function.

A method takes the ABI's arguments by position and answers with nothing, a value, or a tuple of
values. Plain integers, Solidity's meaning: sizes are checked where the model says so, with
:func:`uint256` and its kin, division by zero and a bad index panic as in Solidity. Whatever a call
wrote is undone when it reverts::

    class Vault(Twin):
        def __init__(self, fee_bps):
            self.fee_bps = fee_bps
            self.total = 0
            self.shares = Mapping(0)

        def deposit(self, amount):
            self.require(amount > 0, "ZeroAmount")
            minted = amount - amount * self.fee_bps // 10_000
            self.shares[self.sender] += minted
            self.total = uint256(self.total + amount)
            self.emit("Deposited", self.sender, amount, minted)
            return minted
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from weiproof.engine.call import Event
from weiproof.engine.contract import ZERO_ADDRESS
from weiproof.engine.errors import INDEX_OUT_OF_RANGE

from .state import Array, Mapping, Struct, Tracked, Undo, checked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weiproof.engine.call import Value

OVERFLOW, DIVISION_BY_ZERO = 0x11, 0x12
"""Panic codes of arithmetic; :data:`INDEX_OUT_OF_RANGE` is the index's."""

F = TypeVar("F", bound="Callable[..., Any]")

_SIGNATURE = "__weiproof_signature__"


class Reverted(Exception):
    """A twin reverts: with a custom error, ``Panic``, ``Error`` (a string), or without data."""

    def __init__(self, name: str, args: tuple[Value, ...] = ()) -> None:
        """Keep the error's name, empty for no data, and its arguments in ABI order."""
        super().__init__(name, args)
        self.name = name
        self.arguments = args


@dataclass(slots=True)
class TwinWorld:
    """What the twins of one model share."""

    undo: Undo = field(default_factory=Undo)
    now: int = 0
    sender: str = ZERO_ADDRESS
    value: int = 0
    events: list[Event] = field(default_factory=list)
    steps: list[tuple[str, Value]] = field(default_factory=list)
    """What :meth:`Twin.trace` noted in the running call."""
    addresses: dict[str, str] = field(default_factory=dict)
    """Address of each contract by its label."""
    twins: dict[str, Twin] = field(default_factory=dict)
    """Twin by label; a proxy's label leads to the twin of its implementation."""


_BINDING: ContextVar[tuple[TwinWorld, str] | None] = ContextVar("binding", default=None)


@contextmanager
def binding(world: TwinWorld, label: str) -> Iterator[None]:
    """Twins that are made inside belong to `world` under `label`."""
    token = _BINDING.set((world, label))
    try:
        yield
    finally:
        _BINDING.reset(token)


class Twin:
    """The model of one contract."""

    _world: TwinWorld
    _label: str

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Twin:  # noqa: ANN401, PYI034 (user's own)
        """Bind the twin before ``__init__`` runs, so that the constructor sees its world."""
        twin = object.__new__(cls)
        world, label = _BINDING.get() or (TwinWorld(), cls.__name__)
        object.__setattr__(twin, "_world", world)
        object.__setattr__(twin, "_label", label)
        world.twins[label] = twin
        return twin

    # WHAT SOLIDITY KNOWS

    @property
    def address(self) -> str:
        """``address(this)``."""
        return self._world.addresses.get(self._label, ZERO_ADDRESS)

    @property
    def sender(self) -> str:
        """``msg.sender``."""
        return self._world.sender

    @property
    def now(self) -> int:
        """``block.timestamp``, unix seconds."""
        return self._world.now

    @property
    def value(self) -> int:
        """``msg.value``, wei."""
        return self._world.value

    def emit(self, event: str, *args: Value) -> None:
        """Emits an event: arguments in ABI order, indexed ones included."""
        self._world.events.append(Event(self._label, event, args))

    def revert(self, error: str = "", *args: Value) -> NoReturn:
        """Reverts with a custom error by its name, or without data.

        ``self.revert("Error", "text")`` is Solidity's ``revert("text")``.
        """
        raise Reverted(error, args)

    def require(self, condition: object, error: str = "", *args: Value) -> None:
        """Reverts as :meth:`revert` does, unless the condition holds."""
        if not condition:
            raise Reverted(error, args)

    def contract(self, label: str) -> Any:  # noqa: ANN401 (a twin of any class)
        """Another contract, as this one calls it: there, ``self.sender`` is this contract."""
        return _Callee(self._world, self._world.twins[label], self.address)

    def label_of(self, address: str) -> str | None:
        """Label of a contract by its address; None for any other address."""
        return next((k for k, v in self._world.addresses.items() if v == address), None)

    def trace(self, name: str, value: Value) -> Value:
        """Notes an intermediate value, shown when the call diverges; answers with the value.

        Where the contract has a view of that name without arguments or with the caller's address,
        it is read at the same moment, and the first that differs is named.
        """
        self._world.steps.append((name, value))
        return value

    # STATE

    def __setattr__(self, name: str, value: Any) -> None:  # noqa: ANN401 (any state)
        undo, path = self._world.undo, (self._label, name)
        value = checked(value, f"{type(self).__name__}.{name}")
        if isinstance(value, Tracked):
            value.attach(undo, path)
        existed = name in self.__dict__
        before = self.__dict__.get(name)
        object.__setattr__(self, name, value)
        undo.note(path, lambda: self._put_back(name, before, existed=existed))

    def _put_back(self, name: str, before: object, *, existed: bool) -> None:
        if existed:
            object.__setattr__(self, name, before)
        else:
            object.__delattr__(self, name)

    def state(self) -> dict[str, Any]:
        """Attributes that hold state, by name."""
        return {name: v for name, v in sorted(vars(self).items()) if not name.startswith("_")}


def overload(signature: str) -> Callable[[F], F]:
    """Marks a method as the twin of one overload: ``@overload("mint(address,uint256)")``.

    Or of a function whose name a method cannot have: ``@overload("state()")``.
    """

    def mark(method: F) -> F:
        setattr(method, _SIGNATURE, signature.replace(" ", ""))
        return method

    return mark


def method_of(twin: Twin, function: str) -> Callable[..., Any] | None:
    """What answers a function given by name or signature; None where nothing does.

    A method marked with :func:`overload`; or of that name; or else the getter of an attribute of
    that name: ``self.total`` answers ``total()``, ``self.balanceOf = Mapping(0)`` answers
    ``balanceOf(address)``. A name that Python or this class has taken needs the mark.
    """
    kind: Any = type(twin)
    marked = _marked(kind)
    if function in marked:
        return getattr(twin, marked[function])  # type: ignore[no-any-return]
    name, _, types = function.partition("(")
    if not name.startswith("_") and not hasattr(Twin, name):
        if callable(getattr(kind, name, None)):
            return getattr(twin, name)  # type: ignore[no-any-return]
        if name in vars(twin):
            return _getter(twin, name)
    found = [] if types else [mark for mark in marked if mark.partition("(")[0] == name]
    return getattr(twin, marked[found[0]]) if len(found) == 1 else None


@lru_cache(maxsize=256)
def _marked(kind: type) -> dict[str, str]:
    """Names of the methods that :func:`overload` marks, by signature."""
    marks = ((getattr(getattr(kind, name, None), _SIGNATURE, None), name) for name in dir(kind))
    return {signature: name for signature, name in marks if signature is not None}


def _getter(twin: Twin, name: str) -> Callable[..., Any]:
    """What Solidity makes of a public state variable: one key or index an argument."""

    def read(*keys: Any) -> Any:  # noqa: ANN401 (any state)
        value = vars(twin)[name]
        for key in keys:
            if not isinstance(value, (Mapping, Array)):
                raise TypeError(f"{name} takes fewer keys than {len(keys)}")
            value = value[key]
        return value.fields() if isinstance(value, Struct) else value

    return read


class _Callee:
    """A twin as another contract calls it."""

    def __init__(self, world: TwinWorld, twin: Twin, caller: str) -> None:
        self._world = world
        self._twin = twin
        self._caller = caller

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = method_of(self._twin, name)
        if method is None:
            raise AttributeError(f"{type(self._twin).__name__} has no function {name}")

        def call(*args: Value, value: int = 0) -> Any:  # noqa: ANN401 (whatever it returns)
            world = self._world
            before, sent = world.sender, world.value
            world.sender, world.value = self._caller, value
            try:
                return method(*args)
            finally:
                world.sender, world.value = before, sent

        return call


# WIDTHS


def _width(bits: int, *, signed: bool) -> Callable[[int], int]:
    low, high = (-(1 << (bits - 1)), 1 << (bits - 1)) if signed else (0, 1 << bits)

    def check(value: int) -> int:
        if not low <= value < high:
            raise Reverted("Panic", (OVERFLOW,))
        return value

    check.__name__ = f"{'int' if signed else 'uint'}{bits}"
    check.__doc__ = f"The value, if it fits {check.__name__}; else ``Panic(0x11)``."
    return check


uint8 = _width(8, signed=False)
uint16 = _width(16, signed=False)
uint24 = _width(24, signed=False)
uint32 = _width(32, signed=False)
uint64 = _width(64, signed=False)
uint96 = _width(96, signed=False)
uint112 = _width(112, signed=False)
uint128 = _width(128, signed=False)
uint160 = _width(160, signed=False)
uint256 = _width(256, signed=False)
int24 = _width(24, signed=True)
int64 = _width(64, signed=True)
int128 = _width(128, signed=True)
int256 = _width(256, signed=True)


def panic_of(error: ArithmeticError | IndexError) -> Reverted:
    """What Solidity would do where Python divides by zero or looks beyond an array's end."""
    code = INDEX_OUT_OF_RANGE if isinstance(error, IndexError) else DIVISION_BY_ZERO
    return Reverted("Panic", (code,))
