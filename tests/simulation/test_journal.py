"""The hash-chained journal."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiproof.engine.call import Call, Event, Outcome
from weiproof.simulation.forms import Header, Record, decode_value, encode_value
from weiproof.simulation.journal import JournalError, JournalReader, JournalWriter, read_journal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from weiproof.engine.call import Value

HEADER = Header(b"\x01" * 32, 7, b"\x02" * 32, b"\x06" * 32)
ADDRESS = "0x" + "ab" * 20
RECORDS = (
    Record(
        Call(1, ADDRESS, "house", "deposit", (5, True, b"\x00\xff", "5", (1, (ADDRESS, b"")))),
        Outcome(ok=True, values=(-3,), events=(Event("house", "Deposited", (ADDRESS, 2**255)),)),
        b"\x03" * 32,
    ),
    Record(
        Call(2, ADDRESS, "hub", "price", ()),
        Outcome(ok=False, error="StalePrice", error_args=(b"\x01" * 32, 9)),
        b"\x04" * 32,
        b"\x05" * 32,
    ),
)
VALUES = st.recursive(
    st.integers(-(2**256), 2**256) | st.booleans() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=8,
)


def types_of(value: Value) -> object:
    """Return the types of a value, inner ones too: True equals 1, their types differ."""
    if isinstance(value, tuple):
        return [types_of(item) for item in value]
    return type(value)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Return the path of a finished journal of two calls."""
    path = tmp_path / "journal.jsonl"
    with JournalWriter.create(path, HEADER) as writer:
        for record in RECORDS:
            writer.append(record)
        writer.finish()
    return path


@given(VALUES)
def test_values_come_back_with_their_types(value: Value) -> None:
    """Integers, booleans, texts, bytes and tuples are told apart."""
    back = decode_value(encode_value(value))
    assert back == value
    assert types_of(back) == types_of(value)


@pytest.mark.parametrize("form", ["", "01", "-0", "0xA0", "0x1", 1, None, {"text": 1}, {"x": "1"}])
def test_other_forms_are_refused(form: object) -> None:
    """A value has one form only."""
    with pytest.raises(ValueError, match=r"expected|canonical"):
        decode_value(form)


def test_a_journal_reads_back(journal: Path) -> None:
    """Header, calls and outcomes are read as they were written."""
    read = read_journal(journal)
    assert (read.header, read.records, read.complete) == (HEADER, RECORDS, True)


def test_the_bytes_are_fixed(journal: Path) -> None:
    """The last hash covers every byte and never changes for these records."""
    lines = journal.read_bytes().splitlines()
    assert len(lines) == 4
    assert read_journal(journal).last_hash in lines[-1].decode()


def test_an_unfinished_journal_is_incomplete(tmp_path: Path) -> None:
    """Without its last line a journal reads, and says so."""
    path = tmp_path / "j"
    with JournalWriter.create(path, HEADER) as writer:
        writer.append(RECORDS[0])
    assert not read_journal(path).complete


@pytest.mark.parametrize("cut", [1, 10, 100])
def test_a_torn_last_line_is_reported(journal: Path, cut: int) -> None:
    """A last line without its end is named as torn."""
    journal.write_bytes(journal.read_bytes()[:-cut])
    with pytest.raises(JournalError, match="torn") as caught:
        read_journal(journal)
    assert (caught.value.line, caught.value.torn) == (4, True)


def test_every_changed_byte_is_found(journal: Path) -> None:
    """Whatever byte is changed, reading stops at that line."""
    raw = journal.read_bytes()
    for place in range(0, len(raw), 7):
        changed = bytes([raw[place] ^ 1])
        journal.write_bytes(raw[:place] + changed + raw[place + 1 :])
        line = raw.count(b"\n", 0, place) + 1
        with pytest.raises(JournalError) as caught:
            read_journal(journal)
        assert caught.value.line == line


@pytest.mark.parametrize("order", [[1, 0, 2, 3], [0, 2, 3], [0, 1, 1, 2, 3], [0, 1, 2, 3, 3], [1]])
def test_moved_missing_and_repeated_lines_are_found(journal: Path, order: list[int]) -> None:
    """The chain breaks where lines are moved, taken out or repeated."""
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[i] for i in order))
    with pytest.raises(JournalError):
        read_journal(journal)


@pytest.mark.parametrize(
    "raw", [b"", b"\n", b"{}\n", b"[]\n", b"\xff\n", b"[" * 100_000 + b"\n", b"1" * 9000 + b"\n"]
)
def test_other_files_are_no_journal(tmp_path: Path, raw: bytes) -> None:
    """Any other content gives the journal error at line 1."""
    path = tmp_path / "j"
    path.write_bytes(raw)
    with pytest.raises(JournalError) as caught:
        read_journal(path)
    assert caught.value.line == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('"at":"1"', '"at": "1"'),
        lambda text: text.replace('"at":"1"', '"at":"1","at":"1"'),
        lambda text: text.replace('"kind":"call"', '"kind":"c\\u0061ll"'),
        lambda text: text.replace('"digest":"0x",', "").replace("{", '{"digest":"0x",', 1),
        lambda text: text.replace('"at":"1"', '"at":1'),
        lambda text: text.replace('"ok":true', '"ok":true,"hash":"0"'),
    ],
    ids=["space", "twice", "escape", "order", "number", "inner"],
)
def test_another_form_is_refused_though_its_hash_fits(
    journal: Path, change: Callable[[str], str]
) -> None:
    """A line has one form only: whoever writes it otherwise, with a hash over that, is found."""
    lines = journal.read_bytes().splitlines(keepends=True)
    content = re.sub(r'"hash":"[0-9a-f]{64}",', "", lines[1].decode().rstrip("\n"))
    changed = change(content)
    assert changed != content
    own = hashlib.sha256(changed.encode()).hexdigest()
    line = changed.replace('"kind":', f'"hash":"{own}","kind":', 1)
    journal.write_bytes(lines[0] + line.encode() + b"\n")
    with pytest.raises(JournalError) as caught:
        read_journal(journal)
    assert caught.value.line == 2


def test_a_line_made_the_same_way_is_read(journal: Path) -> None:
    """Unchanged, such a line verifies: it is the form that is refused."""
    lines = journal.read_bytes().splitlines(keepends=True)
    content = re.sub(r'"hash":"[0-9a-f]{64}",', "", lines[1].decode().rstrip("\n"))
    own = hashlib.sha256(content.encode()).hexdigest()
    line = content.replace('"kind":', f'"hash":"{own}","kind":', 1)
    journal.write_bytes(lines[0] + line.encode() + b"\n")
    assert read_journal(journal).records == RECORDS[:1]


def test_calls_are_read_one_by_one(journal: Path) -> None:
    """A reader gives what stands before a damage, and knows the end only when all is read."""
    reader = JournalReader(journal)
    records = iter(reader)
    assert (next(records), reader.line, reader.complete) == (RECORDS[0], 2, False)
    assert (list(records), reader.complete) == ([RECORDS[1]], True)
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([*lines[:2], b"{}\n"]))
    records = iter(JournalReader(journal))
    assert next(records) == RECORDS[0]
    with pytest.raises(JournalError, match="line 3"):
        next(records)


def test_a_torn_journal_is_resumed(journal: Path, tmp_path: Path) -> None:
    """Resuming cuts the torn line, and the finished file equals one written in one go."""
    whole = journal.read_bytes()
    torn = tmp_path / "torn"
    torn.write_bytes(b"".join(whole.splitlines(keepends=True)[:2]) + b'{"call":')
    writer, read = JournalWriter.resume(torn)
    assert read.records == RECORDS[:1]
    with writer:
        writer.append(RECORDS[1])
        writer.finish()
    assert torn.read_bytes() == whole


def test_a_complete_journal_is_not_resumed(journal: Path) -> None:
    """A finished run has nothing to go on with."""
    with pytest.raises(JournalError, match="complete"):
        JournalWriter.resume(journal)


def test_an_existing_journal_is_not_overwritten(journal: Path) -> None:
    """A new journal needs a new file."""
    with pytest.raises(FileExistsError):
        JournalWriter.create(journal, HEADER)
