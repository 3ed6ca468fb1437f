"""Records, the overlay that a revert drops, and the state hash."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import pytest

from tests.engine.desk import MATCHER, open_desk, who
from weiproof.engine.call import Call
from weiproof.engine.fixed_point import WAD
from weiproof.engine.state import Record, Store, Table, digest, encode_records, next_hash


@dataclass(slots=True)
class Entry(Record):
    """A record for tests."""

    value: int = 0
    label: str = ""


def table(store: Store) -> Table[Entry]:
    """Entries by number."""
    return Table(store, "entry", Entry)


def test_what_was_never_written_reads_as_default() -> None:
    """Like a Solidity mapping; reading does not create it."""
    store = Store()
    assert table(store).read(1) == Entry()
    assert list(store.keys()) == []


def test_a_call_sees_its_own_changes_and_a_revert_drops_them() -> None:
    """Edits are read back at once; dropped, the committed record is as it was."""
    store = Store()
    entries = table(store)
    entries.edit(1).value = 5
    assert store.commit() == (("entry", 1),)
    entries.edit(1).value = 6
    entries.put(Entry(9), 2)
    assert (entries.read(1).value, entries.read(2).value) == (6, 9)
    store.drop()
    assert (entries.read(1).value, entries.read(2).value) == (5, 0)


def test_touched_keys_are_sorted() -> None:
    """Whatever order they were written in."""
    store = Store()
    for number in (10, 9, 2):
        table(store).edit(number)
    assert store.commit() == (("entry", 2), ("entry", 9), ("entry", 10))


def test_a_deleted_record_is_default_again() -> None:
    """Deleting is part of the call and can be dropped, too."""
    store = Store()
    entries = table(store)
    entries.edit(1).value = 5
    store.commit()
    entries.delete(1)
    assert entries.read(1) == Entry()
    store.drop()
    assert entries.read(1).value == 5


def test_a_snapshot_is_not_changed_by_what_follows() -> None:
    """Restoring brings back values and absences."""
    store = Store()
    entries = table(store)
    entries.edit(1).value = 5
    store.commit()
    snapshot = store.snapshot()
    before = digest(store)
    entries.edit(1).value = 6
    entries.edit(2).label = "new"
    store.commit()
    store.restore(snapshot)
    assert (entries.read(1).value, entries.read(2).label) == (5, "")
    assert digest(store) == before


def test_the_encoding_is_canonical() -> None:
    """JSON without spaces, integers as decimal strings, keys in order; the hash chains over it."""
    store = Store()
    table(store).put(Entry(10**30, "é"), 1)
    store.commit()
    encoded = encode_records(store, tuple(store.keys()))
    assert encoded == b'[[["entry","1"],["1000000000000000000000000000000","\\u00e9"]]]'
    assert digest(store) == hashlib.sha256(encoded).digest()
    assert next_hash(b"\1" * 32, encoded) == hashlib.sha256(b"\1" * 32 + encoded).digest()


def test_a_revert_leaves_no_trace_whatever_was_changed_before_it() -> None:
    """A trade that fails in its last test has changed positions, cash, fees and funding by then."""
    desk = open_desk()
    desk.price(2_000 * WAD)
    desk.deposit("a", 1_000)
    desk.deposit("b", 1)
    desk.now += 10
    found = desk.refused("matcher", "settleTrade", *desk.trade_args("a", "b", 0, "1", "2000"))
    assert found[0] in {"InsufficientMargin", "InsufficientCash"}


def test_the_running_hash_tells_histories_apart() -> None:
    """Equal calls give equal hashes; another order, or one call more, gives another."""
    hashes = []
    for order in ("ab", "ab", "ba"):
        desk = open_desk()
        for label in order:
            desk.deposit(label, 5)
        hashes.append(desk.model.state_hash)
    assert hashes[0] == hashes[1] != hashes[2]


def test_a_view_changes_nothing_and_keeps_the_clock() -> None:
    """Looking at a later time does not move the model's own."""
    desk = open_desk()
    before = desk.model.digest()
    outcome = desk.model.view(Call(desk.now + 99, MATCHER, "house", "equity", (who("a"),)))
    assert outcome.ok
    assert (desk.model.world.now, desk.model.digest()) == (desk.now, before)


def test_time_does_not_run_backwards() -> None:
    """A call before the last one is a mistake of the caller, not a revert."""
    desk = open_desk()
    desk.now -= 1
    with pytest.raises(ValueError, match="backwards"):
        desk.deposit("a", 1)


def test_a_callers_mistake_leaves_no_trace() -> None:
    """An unknown function or a wrong number of arguments raises; the state is as it was."""
    desk = open_desk()
    before = desk.model.digest()
    for function, args in (("deposite", (1,)), ("deposit", ()), ("settleTrade", (1, 2))):
        with pytest.raises((AttributeError, TypeError)):
            desk.call(who("a"), "house", function, *args)
    desk.deposit("a", 1)
    assert desk.model.digest() != before
