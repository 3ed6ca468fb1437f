"""State of the model: records by key, changed through an overlay that a revert drops.

A call edits copies; :meth:`Store.commit` keeps them, :meth:`Store.drop` forgets them. So nothing
lists fields by hand, nothing copies the world, and the overlay's keys are the touched state.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Key = tuple["str | int", ...]
"""Kind of record first, then what identifies it: ``("account", "0x…")``."""

R = TypeVar("R", bound="Record")


class Record:
    """A slotted dataclass whose fields are integers, booleans, strings.

    Bytes or tuples of these.
    """

    __slots__: tuple[str, ...] = ()

    def fields(self) -> tuple[Any, ...]:
        """The values in the order of declaration, which is the order of the Solidity struct."""
        return tuple([getattr(self, name) for name in type(self).__slots__])


def clone(record: R) -> R:
    """A shallow copy; enough, because fields are immutable."""
    kind = type(record)
    copy = object.__new__(kind)
    for name in kind.__slots__:
        object.__setattr__(copy, name, getattr(record, name))
    return copy


class Store:
    """All records of a model."""

    __slots__ = ("committed", "overlay")

    def __init__(self) -> None:
        self.committed: dict[Key, Record] = {}
        """What the calls before have left; never changed in place."""
        self.overlay: dict[Key, Record] = {}
        """What the running call has changed."""

    def read(self, key: Key) -> Record | None:
        """The record under `key` as the running call sees it; not to be changed by the reader."""
        if self.overlay and key in self.overlay:
            return self.overlay[key]
        return self.committed.get(key)

    def edit(self, key: Key, default: Callable[[], R]) -> R:
        """The record under `key` to be changed: a copy that the running call owns."""
        record = self.overlay.get(key)
        if record is None:
            committed = self.committed.get(key)
            record = default() if committed is None else clone(committed)
            self.overlay[key] = record
        return record  # type: ignore[return-value]  # a key holds one kind of record

    def put(self, key: Key, record: Record) -> None:
        """Replaces the record under `key` for the running call."""
        self.overlay[key] = record

    def commit(self) -> tuple[Key, ...]:
        """Keeps what the running call changed; answers with the touched keys, sorted."""
        touched = sorted(self.overlay, key=_order)
        self.committed.update(self.overlay)
        self.overlay.clear()
        return tuple(touched)

    def drop(self) -> None:
        """Forgets what the running call changed."""
        self.overlay.clear()

    def snapshot(self) -> dict[Key, Record]:
        """The committed records; cheap, because committed records never change in place."""
        return dict(self.committed)

    def restore(self, snapshot: dict[Key, Record]) -> None:
        """Goes back to a snapshot."""
        self.committed = dict(snapshot)
        self.overlay.clear()

    def keys(self) -> Iterator[Key]:
        """Keys of all committed records, sorted."""
        return iter(sorted(self.committed, key=_order))


class Table(Generic[R]):
    """One kind of records, read and edited like a Solidity mapping.

    What was never written is the default.
    """

    __slots__ = ("_default", "_kind", "_store")

    def __init__(self, store: Store, kind: str, default: Callable[[], R]) -> None:
        self._store = store
        self._kind = kind
        self._default = default

    def key(self, *parts: str | int) -> Key:
        """The store's key of a record."""
        return (self._kind, *parts)

    def read(self, *parts: str | int) -> R:
        """The record, not to be changed."""
        key, store = (self._kind, *parts), self._store
        # as Store.read, without the call: rules read more often than they do anything else
        found = store.overlay if store.overlay and key in store.overlay else store.committed
        record = found.get(key)
        return self._default() if record is None else record  # type: ignore[return-value]

    def edit(self, *parts: str | int) -> R:
        """The record, to be changed by the running call."""
        return self._store.edit((self._kind, *parts), self._default)

    def delete(self, *parts: str | int) -> None:
        """Sets the record back to its default."""
        self._store.put((self._kind, *parts), self._default())

    def put(self, record: R, *parts: str | int) -> None:
        """Replaces the record."""
        self._store.put((self._kind, *parts), record)


def encode_records(store: Store, keys: tuple[Key, ...]) -> bytes:
    """Canonical text of the records under `keys`: JSON, integers as decimal strings."""
    rows = []
    for key in keys:
        record = store.read(key)
        rows.append([_plain(key), _plain(record.fields() if record is not None else ())])
    return json.dumps(rows, separators=(",", ":"), ensure_ascii=True).encode()


def next_hash(previous: bytes, encoded: bytes) -> bytes:
    """SHA-256 over the previous hash and an encoding."""
    return hashlib.sha256(previous + encoded).digest()


def digest(store: Store) -> bytes:
    """SHA-256 over the whole state."""
    return hashlib.sha256(encode_records(store, tuple(store.keys()))).digest()


def _plain(value: Any) -> Any:  # noqa: ANN401 - any record field
    if type(value) is int:
        return str(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _order(key: Key) -> tuple[tuple[bool, str, int], ...]:
    return tuple((True, part, 0) if isinstance(part, str) else (False, "", part) for part in key)
