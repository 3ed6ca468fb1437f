"""The record of a broadcast: Foundry's form, written as a whole, believed where it is sound."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from weiproof.contracts.broadcast import record as records
from weiproof.contracts.broadcast.errors import RecordDamaged, RecordForeign
from weiproof.contracts.broadcast.intention import Setup, intend, shown
from weiproof.contracts.broadcast.keys import Signer
from weiproof.contracts.broadcast.verification import relocated

from .test_deployment import plan_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from weiproof.contracts.artifact_store import ArtifactStore

SIGNER = Signer.of(b"\x05" * 32)
CHAIN = 31337


@pytest.fixture
def path(tmp_path: Path, store: ArtifactStore) -> Path:
    """A record of three creations and a call; the first is mined, the second signed."""
    setup = (Setup("vault", "add(uint256,uint256)", (5, 6)),)
    intention = intend(plan_of(store), SIGNER.address, 7, setup)
    record = records.new_record(intention, CHAIN, 1_722_816_000_123, "0a1b2c3")
    for number, entry in enumerate(record.entries[:2], 1):
        entry.gas, entry.most, entry.tip = 10**6, 2 * 10**9, 10**9
        entry.hash = f"0x{number:064x}"
    first = str(record.entries[0].hash)
    record.receipts[first] = {"transactionHash": first, "status": "0x1"}
    file = records.record_path(tmp_path, "deploy.toml", CHAIN)
    records.write(record, file)
    return file


def test_the_form_is_foundrys(path: Path) -> None:
    """Folder, keys and spelling are those of Foundry's broadcasts."""
    assert path.parts[-3:] == ("deploy.toml", "31337", "run-latest.json")
    document = json.loads(path.read_text())
    assert list(document) == [
        "transactions", "receipts", "libraries", "pending", "returns", "timestamp", "chain",
        "commit", "weiproof",
    ]  # fmt: skip
    created, called = document["transactions"][1], document["transactions"][3]
    assert created["transactionType"] == "CREATE"
    assert (created["contractName"], created["function"]) == ("Vault", None)
    assert created["arguments"] == [document["transactions"][2]["contractAddress"]]
    assert "to" not in created["transaction"]
    assert created["transaction"]["nonce"] == "0x8"
    assert created["transaction"]["chainId"] == "0x7a69"
    assert (called["hash"], called["function"]) == (None, "add(uint256,uint256)")
    assert called["arguments"] == ["5", "6"]
    assert called["transaction"]["to"] == created["contractAddress"]
    assert document["pending"] == [created["hash"]]
    address = document["transactions"][0]["contractAddress"]
    assert [each.rpartition(":")[2] for each in document["libraries"]] == [address]
    assert (document["timestamp"], document["commit"]) == (1_722_816_000_123, "0a1b2c3")


def test_what_was_written_is_read(path: Path) -> None:
    """Reading and writing again leads to the same bytes."""
    before = path.read_bytes()
    record = records.read(path)
    assert not record.finished
    records.write(record, path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["run-latest.json"]


def test_a_failed_writing_leaves_the_old_record(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the disk is full, the old record is still there, whole, and nothing beside it."""
    before, record = path.read_bytes(), records.read(path)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        records.write(record, path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["run-latest.json"]


def _set(*keys: Any, to: Any) -> Callable[[dict[str, Any]], None]:  # noqa: ANN401 (any JSON)
    def change(document: Any) -> None:  # noqa: ANN401 (any JSON)
        for key in keys[:-1]:
            document = document[key]
        document[keys[-1]] = to

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_set("chain", to="31337"), "chain should be a whole number"),
        (_set("timestamp", to=-1), "timestamp should be a whole number"),
        (_set("weiproof", "version", to=2), "version is 2"),
        (_set("weiproof", to=3), "expected an object"),
        (_set("transactions", to={}), "expected an array"),
        (_set("transactions", 0, to=None), "expected an object"),
        (_set("transactions", 0, "hash", to="0x12"), "a hash of 32 bytes"),
        (_set("transactions", 0, "hash", to=None), "hash without gas and fees"),
        (_set("transactions", 3, "hash", to="0x" + "1" * 64), "hash without gas and fees"),
        (_set("transactions", 0, "transactionType", to="CREATE2"), "CREATE or CALL"),
        (_set("transactions", 0, "contractAddress", to="0x"), "an address of 20 bytes"),
        (_set("transactions", 0, "transaction", "nonce", to=5), "0x quantity"),
        (_set("transactions", 0, "transaction", "input", to="0x123"), "0x data"),
        (_set("transactions", 0, "transaction", "chainId", to="0x1"), "another chain"),
        (_set("transactions", 0, "transaction", to={}), "'chainId' is missing"),
        (_set("transactions", 1, "arguments", to=[1]), "expected a text"),
        (_set("receipts", to=[{"transactionHash": "0x" + "9" * 64}]), "not in it"),
        (_set("receipts", to=[{}]), "'transactionHash' is missing"),
        (lambda document: document.pop("libraries"), "'libraries' is missing"),
    ],
)
def test_a_damaged_record_is_told(
    path: Path, change: Callable[[dict[str, Any]], None], words: str
) -> None:
    """Whatever does not hold together is named, with the file."""
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    with pytest.raises(RecordDamaged, match=words) as caught:
        records.read(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_object_is_damaged(path: Path, content: bytes) -> None:
    """Cut short, binary or nested without end: damaged, never a traceback."""
    path.write_bytes(content)
    with pytest.raises(RecordDamaged, match="is damaged"):
        records.read(path)


def test_a_record_cut_anywhere_is_damaged(path: Path) -> None:
    """No prefix of a record is taken for one."""
    content = path.read_bytes().rstrip()
    for length in range(0, len(content), 997):
        path.write_bytes(content[:length])
        with pytest.raises(RecordDamaged):
            records.read(path)


def test_another_programs_record_is_refused(path: Path) -> None:
    """What Foundry itself wrote is left alone."""
    document = json.loads(path.read_text())
    del document["weiproof"]
    path.write_text(json.dumps(document))
    with pytest.raises(RecordForeign, match="not written by Weiproof"):
        records.read(path)


def test_a_script_cannot_leave_the_folder() -> None:
    """Whatever a file is called, its record lies below the folder."""
    folder = Path("broadcast")
    assert records.record_path(folder, "..", 1) == folder / "deployment/1/run-latest.json"
    assert records.record_path(folder, "a/../b c", 1) == folder / "a_.._b_c/1/run-latest.json"


def test_a_record_is_used_by_one_process_at_a_time(path: Path) -> None:
    """A second one is refused while the first has it, and welcome afterwards."""
    pytest.importorskip("fcntl", reason="there are no such locks on this system")
    with (
        records.locked(path),
        pytest.raises(RecordForeign, match="used by another"),
        records.locked(path),
    ):
        pass
    with records.locked(path):
        pass


def test_arguments_are_written_as_foundry_does() -> None:
    """Tuples in parentheses, bytes as hex text, booleans in small letters."""
    assert shown((1, -2, True, b"\x01\xff", ("0xab", ()))) == "(1, -2, true, 0x01ff, (0xab, ()))"


def test_addresses_are_replaced_at_once() -> None:
    """Two addresses can change places, and whatever is no address stays."""
    one, two = b"\x01" * 20, b"\x5c" * 20
    moves = {"0x" + one.hex(): "0x" + two.hex(), "0x" + two.hex(): "0x" + one.hex()}
    assert relocated(b"a" + one + b"b" + two + b"c", moves) == b"a" + two + b"b" + one + b"c"
    assert relocated(b"\n" + one, {}) == b"\n" + one
