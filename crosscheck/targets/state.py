"""State of a twin that a revert undoes: attributes, mappings, arrays and structs.

Every write is noted in one :class:`Undo` log with the value it replaced, so that going back costs
what was written and nothing is copied. The log also says what a call touched.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, MutableMapping, MutableSequence
from typing import TYPE_CHECKING, Any, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

V = TypeVar("V")

_MISSING = object()
_PLAIN = (int, bool, str, bytes, type(None))

Path = tuple[Any, ...]
"""Where a value stands: contract label, attribute, then keys, indices and field names."""


class Undo:
    """What was written, in order, with the way back."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: list[tuple[Callable[[], None], Path]] = []

    def note(self, path: Path, back: Callable[[], None]) -> None:
        """Remembers a write and how to undo it."""
        self._entries.append((back, path))

    def mark(self) -> int:
        """A place in the log to go back to."""
        return len(self._entries)

    def rollback(self, mark: int) -> None:
        """Undoes everything that was written after a mark."""
        while len(self._entries) > mark:
            self._entries.pop()[0]()

    def touched(self, mark: int) -> tuple[Path, ...]:
        """Paths that were written after a mark, each once, in order of their first write."""
        return tuple(dict.fromkeys(path for _, path in self._entries[mark:]))

    def forget(self) -> None:
        """Drops the log: nothing before can be undone any more."""
        self._entries.clear()


class Tracked:
    """A piece of state that knows its log and its place, once an attribute of a twin holds it."""

    __slots__ = ("_path", "_undo")

    def __init__(self) -> None:
        self._undo = Undo()
        self._path: Path = ()

    def attach(self, undo: Undo, path: Path) -> None:
        """Joins a twin: writes are noted in its log from here on."""
        object.__setattr__(self, "_undo", undo)
        object.__setattr__(self, "_path", path)
        for key, value in self.parts():
            if isinstance(value, Tracked):
                value.attach(undo, (*path, key))

    def parts(self) -> Iterable[tuple[Any, Any]]:
        """What it holds, by key, index or field."""
        raise NotImplementedError

    def plain(self) -> Any:  # noqa: ANN401 (any state)
        """The same as nested tuples, for hashing and for people."""
        return tuple((key, plain(value)) for key, value in self.parts())


def plain(value: Any) -> Any:  # noqa: ANN401 (any state)
    """State as nested tuples."""
    return value.plain() if isinstance(value, Tracked) else value


def checked(value: Any, where: str) -> Any:  # noqa: ANN401 (any state)
    """The value, if a revert can undo changes to it.

    Raises TypeError for lists, dictionaries and the like, which nobody watches.
    """
    if isinstance(value, (*_PLAIN, Tracked)):
        return value
    if isinstance(value, tuple):
        return tuple(checked(item, where) for item in value)
    hint = {"dict": "Mapping(0)", "list": "Array(...)", "set": "Mapping(False)"}
    name = type(value).__name__
    raise TypeError(
        f"{where} holds a {name}, and a revert could not undo what is done to it:"
        f" use {hint.get(name, 'a Struct with these fields')} instead"
    )


class Mapping(Tracked, MutableMapping[Any, V]):
    """Solidity's mapping: what was never written is the default.

    ``Mapping(0)``; of mappings or structs ``Mapping(lambda: Mapping(0))``.
    """

    __slots__ = ("_default", "_values")

    @overload
    def __init__(self, default: Callable[[], V]) -> None: ...
    @overload
    def __init__(self, default: V) -> None: ...
    def __init__(self, default: Any) -> None:
        super().__init__()
        self._default = default
        self._values: dict[Any, V] = {}

    def __getitem__(self, key: Any) -> V:  # noqa: ANN401 (any ABI value)
        found = self._values.get(key, _MISSING)
        if found is not _MISSING:
            return found  # type: ignore[return-value]
        value: Any = self._made()
        if isinstance(value, Tracked):
            # It may be written to, so it must stay; reading it changes nothing that shows.
            value.attach(self._undo, (*self._path, key))
            self._values[key] = value  # type: ignore[assignment]
        return value  # type: ignore[no-any-return]

    def __setitem__(self, key: Any, value: V) -> None:  # noqa: ANN401
        path = (*self._path, key)
        value = checked(value, _shown(path))
        before = self._values.get(key, _MISSING)
        if isinstance(value, Tracked):
            value.attach(self._undo, path)
        self._values[key] = value
        self._undo.note(path, lambda: self._put_back(key, before))

    def __delitem__(self, key: Any) -> None:  # noqa: ANN401
        """Sets a key back to the default, as Solidity's ``delete`` does."""
        before = self._values.pop(key, _MISSING)
        self._undo.note((*self._path, key), lambda: self._put_back(key, before))

    def __iter__(self) -> Iterator[Any]:
        """Keys in order of their first use."""
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def parts(self) -> Iterable[tuple[Any, Any]]:
        """Entries that differ from the default, sorted by key."""
        empty = plain(self._made())
        entries = ((key, value) for key, value in self._values.items() if plain(value) != empty)
        return sorted(entries, key=lambda entry: repr(entry[0]))

    def _made(self) -> Any:  # noqa: ANN401 (a value)
        """A default of its own."""
        return self._default() if callable(self._default) else self._default

    def _put_back(self, key: Any, before: Any) -> None:  # noqa: ANN401
        if before is _MISSING:
            self._values.pop(key, None)
        else:
            self._values[key] = before


class Array(Tracked, MutableSequence[V]):
    """Solidity's array; an index beyond its end is ``Panic(0x32)``, as there."""

    __slots__ = ("_values",)

    def __init__(self, values: Iterable[V] = ()) -> None:
        super().__init__()
        self._values: list[V] = [checked(value, "an Array") for value in values]

    @overload
    def __getitem__(self, index: int) -> V: ...
    @overload
    def __getitem__(self, index: slice) -> list[V]: ...
    def __getitem__(self, index: int | slice) -> V | list[V]:
        return self._values[index if isinstance(index, slice) else self._place(index)]

    def __setitem__(self, index: Any, value: Any) -> None:  # noqa: ANN401 (one index, one value)
        place = self._place(index)
        before = self._values[place]
        self._values[place] = self._owned(place, value)
        self._undo.note((*self._path, place), lambda: self._values.__setitem__(place, before))

    def __delitem__(self, index: Any) -> None:  # noqa: ANN401
        place = self._place(index)
        before = self._values.pop(place)
        self._undo.note((*self._path, place), lambda: self._values.insert(place, before))

    def __len__(self) -> int:
        return len(self._values)

    def insert(self, index: int, value: V) -> None:
        """Puts a value before an index; :meth:`append` is Solidity's ``push``."""
        place = min(index, len(self._values))
        self._values.insert(place, self._owned(place, value))
        self._undo.note((*self._path, place), lambda: self._values.__delitem__(place))

    def parts(self) -> Iterable[tuple[Any, Any]]:
        """Elements by index."""
        return enumerate(self._values)

    def _owned(self, place: int, value: V) -> V:
        path = (*self._path, place)
        value = checked(value, _shown(path))
        if isinstance(value, Tracked):
            value.attach(self._undo, path)
        return value

    def _place(self, index: int) -> int:
        if not -1 <= index < len(self._values) or not self._values:
            raise IndexError(index)
        return index % len(self._values)


class Struct(Tracked):
    """Solidity's struct: subclass it with annotated fields and defaults.

    ``class Position(Struct): size: int = 0; open: bool = False``, made by ``Position(size=1)``.
    """

    def __init__(self, **values: Any) -> None:  # noqa: ANN401 (any field)
        super().__init__()
        unknown = sorted(values.keys() - self.names())
        if unknown:
            raise TypeError(f"{type(self).__name__} has no field {', '.join(unknown)}")
        for name in self.names():
            value = values.get(name, getattr(type(self), name, 0))
            where = f"{type(self).__name__}.{name}"
            object.__setattr__(self, name, checked(value, where))

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Names of the fields, in order of declaration."""
        fields: dict[str, None] = {}
        for base in reversed(cls.__mro__):
            if issubclass(base, Struct) and base is not Struct:
                fields |= dict.fromkeys(inspect.get_annotations(base))
        return tuple(fields)

    def __setattr__(self, name: str, value: Any) -> None:  # noqa: ANN401
        if name in ("_undo", "_path"):
            object.__setattr__(self, name, value)
            return
        if name not in self.names():
            raise AttributeError(f"{type(self).__name__} has no field {name}")
        path = (*self._path, name)
        before = getattr(self, name)
        value = checked(value, _shown(path))
        if isinstance(value, Tracked):
            value.attach(self._undo, path)
        object.__setattr__(self, name, value)
        self._undo.note(path, lambda: object.__setattr__(self, name, before))

    def fields(self) -> tuple[Any, ...]:
        """The values in order of declaration: what a getter returns."""
        return tuple(plain(getattr(self, name)) for name in self.names())

    def parts(self) -> Iterable[tuple[Any, Any]]:
        """Fields by name."""
        return ((name, getattr(self, name)) for name in self.names())


def _shown(path: Path) -> str:
    return ".".join(map(str, path)) or "a twin"
