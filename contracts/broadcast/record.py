"""The record of a broadcast, in the form of Foundry's ``run-latest.json``.

It lies in ``broadcast/<script>/<chain id>/run-latest.json`` and is replaced as a whole, on the disk
before anything it says is done. What Foundry has no key for (the fees that make a hash, and the
transactions that one replaced) stands in keys of our own, which Foundry passes over.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from weiproof.contracts.chains.rpc_client import address, data, quantity, rows, table, text, word

from .errors import RecordDamaged, RecordForeign
from .intention import CALL, CREATE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .intention import Intended, Intention

OURS = "weiproof"
"""Key of what is not Foundry's."""
VERSION = 1
LATEST = "run-latest.json"
_MAX_BYTES = 64 * 1024 * 1024
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(slots=True)
class Entry:
    """One transaction of a record, and how far it has come."""

    kind: str
    contract: str
    address: str
    sender: str
    to: str | None
    data: bytes
    nonce: int
    value: int
    function: str | None
    arguments: tuple[str, ...]
    gas: int | None = None
    """Gas limit; like the fees, known from the moment it is signed."""
    most: int | None = None
    tip: int | None = None
    hash: str | None = None
    """Of the signed transaction; whether it has been sent only the node knows."""
    replaced: list[str] = field(default_factory=list)
    """Hashes of earlier ones in the same place that offered less."""

    @property
    def hashes(self) -> tuple[str, ...]:
        """Under which it may have been mined; at most one of them ever is."""
        return (*(() if self.hash is None else (self.hash,)), *self.replaced)


@dataclass(slots=True)
class Record:
    """A broadcast and how far it has come."""

    chain_id: int
    timestamp: int
    """When it began, unix milliseconds."""
    commit: str | None
    libraries: tuple[str, ...]
    entries: list[Entry]
    receipts: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Transaction hash to the receipt as the node gave it."""

    @property
    def finished(self) -> bool:
        """Whether every transaction has a receipt, all of them of success."""
        return all(self.receipt_of(entry) is not None for entry in self.entries) and not any(
            receipt.get("status") == "0x0" for receipt in self.receipts.values()
        )

    def receipt_of(self, entry: Entry) -> dict[str, Any] | None:
        """Receipt of a transaction, under whichever hash it was mined."""
        found = [self.receipts[name] for name in entry.hashes if name in self.receipts]
        return found[0] if found else None


def new_record(intention: Intention, chain_id: int, timestamp: int, commit: str | None) -> Record:
    """Begin the record of a broadcast of which nothing is signed yet."""
    entries = [_entry_of(each, intention.deployer) for each in intention.transactions]
    return Record(chain_id, timestamp, commit, intention.libraries, entries)


def record_path(folder: Path, script: str, chain_id: int) -> Path:
    """Where the record of a script lies for a chain, in Foundry's layout."""
    return folder / (_UNSAFE.sub("_", script).strip(".") or "deployment") / str(chain_id) / LATEST


# COMPARING


def check_same(record: Record, intention: Intention, chain_id: int) -> None:
    """Refuse to go on with a record of something else.

    :raises RecordForeign: saying what differs first.
    """
    if record.chain_id != chain_id:
        raise RecordForeign(
            f"the record is of chain {record.chain_id}, the node serves chain {chain_id}"
        )
    wanted = [_entry_of(each, intention.deployer) for each in intention.transactions]
    for number, (entry, want) in enumerate(zip(record.entries, wanted, strict=False), 1):
        difference = _difference(entry, want)
        if difference:
            shown = intention.transactions[number - 1].shown
            raise RecordForeign(f"transaction {number} ({shown}) of the record has {difference}")
    if len(record.entries) != len(wanted):
        raise RecordForeign(
            f"the record has {len(record.entries)} transactions, the deployment has {len(wanted)}"
        )


def _difference(entry: Entry, want: Entry) -> str:
    if entry.sender != want.sender:
        return f"another sender: {entry.sender}, the key's address is {want.sender}"
    if (entry.kind, entry.contract, entry.function) != (want.kind, want.contract, want.function):
        return f"another purpose: {entry.kind} {entry.contract}; the deployment's file was changed"
    if entry.arguments != want.arguments:
        return "other arguments: a parameter of the deployment was changed"
    if entry.data != want.data:
        return "other code: the artifacts were changed"
    same = (entry.nonce, entry.value, entry.to, entry.address)
    if same != (want.nonce, want.value, want.to, want.address):
        return "another nonce, value or address"
    return ""


def _entry_of(each: Intended, sender: str) -> Entry:
    return Entry(
        kind=each.kind,
        contract=each.contract,
        address=each.address,
        sender=sender,
        to=None if each.kind == CREATE else each.address,
        data=each.data,
        nonce=each.nonce,
        value=each.value,
        function=each.function,
        arguments=each.arguments,
    )


# WRITING


def write(record: Record, path: Path) -> None:
    """Replace the record at ``path``: afterwards the disk holds all of it, or still the old one."""
    content = (json.dumps(_document(record), indent=2) + "\n").encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    _sync_folder(path.parent)


def set_aside(path: Path, record: Record) -> Path:
    """Rename a finished record as Foundry calls it, ``run-<timestamp>.json``."""
    aside = path.with_name(f"run-{record.timestamp}.json")
    path.replace(aside)
    return aside


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other processes away from a record; the lock ends with the process, however it ends.

    :raises RecordForeign: where another process has it. There is no lock on Windows.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / ".lock").open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise RecordForeign(f"{path} is being used by another deployment") from None
        yield


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _document(record: Record) -> dict[str, Any]:
    waiting = [
        entry.hash
        for entry in record.entries
        if entry.hash is not None and record.receipt_of(entry) is None
    ]
    return {
        "transactions": [_transaction(entry, record.chain_id) for entry in record.entries],
        "receipts": [
            receipt for entry in record.entries if (receipt := record.receipt_of(entry)) is not None
        ],
        "libraries": list(record.libraries),
        "pending": waiting,
        "returns": {},
        "timestamp": record.timestamp,
        "chain": record.chain_id,
        "commit": record.commit,
        OURS: {"version": VERSION},
    }


def _transaction(entry: Entry, chain_id: int) -> dict[str, Any]:
    fields: dict[str, Any] = {"from": entry.sender}
    if entry.to is not None:
        fields["to"] = entry.to
    if entry.gas is not None:
        fields["gas"] = hex(entry.gas)
    fields |= {
        "value": hex(entry.value),
        "input": "0x" + entry.data.hex(),
        "nonce": hex(entry.nonce),
        "chainId": hex(chain_id),
    }
    if entry.most is not None and entry.tip is not None:
        fields |= {"maxFeePerGas": hex(entry.most), "maxPriorityFeePerGas": hex(entry.tip)}
    return {
        "hash": entry.hash,
        "transactionType": entry.kind,
        "contractName": entry.contract,
        "contractAddress": entry.address,
        "function": entry.function,
        "arguments": list(entry.arguments) or None,
        "transaction": fields,
        "additionalContracts": [],
        "isFixedGasLimit": False,
        OURS: {"replaced": entry.replaced},
    }


# READING


def read(path: Path) -> Record:
    """Read a record.

    :raises FileNotFoundError: where there is none.
    :raises RecordForeign: where another program wrote it.
    :raises RecordDamaged: where it is cut short or does not hold together.
    """
    with path.open("rb") as file:
        raw = file.read(_MAX_BYTES + 1)
    if len(raw) > _MAX_BYTES:
        _damaged(path, f"it has more than {_MAX_BYTES} bytes")
    try:
        document = table(json.loads(raw.decode("utf-8")))
    except RecursionError:
        _damaged(path, "it is nested too deeply")
    except ValueError as error:
        _damaged(path, f"it is no JSON object ({error})")
    if OURS not in document:
        raise RecordForeign(
            f"{path} was not written by Weiproof: move it away, or name another"
            " folder with --records"
        )
    try:
        return _record(document)
    except KeyError as error:
        _damaged(path, f"the key {error} is missing")
    except (ValueError, TypeError) as error:
        _damaged(path, str(error))


def _damaged(path: Path, why: str) -> NoReturn:
    raise RecordDamaged(
        f"{path} is damaged: {why}. Restore it from a copy; without it nobody but the node knows"
        " what was sent"
    )


def _record(document: dict[str, Any] | Any) -> Record:  # noqa: ANN401 (any JSON)
    version = table(document[OURS])["version"]
    if version != VERSION:
        raise ValueError(f"its version is {version!r}, this program writes {VERSION}")
    chain_id = _whole(document["chain"], "chain")
    entries = [_entry(value, chain_id) for value in rows(document["transactions"])]
    if not entries:
        raise ValueError("it has no transactions")
    receipts = {}
    for value in rows(document["receipts"]):
        receipts[word(table(value)["transactionHash"])] = dict(table(value))
    known = {name for entry in entries for name in entry.hashes}
    if not receipts.keys() <= known:
        raise ValueError("it has a receipt of a transaction that is not in it")
    commit = document.get("commit")
    return Record(
        chain_id=chain_id,
        timestamp=_whole(document["timestamp"], "timestamp"),
        commit=None if commit is None else text(commit),
        libraries=tuple(map(text, rows(document["libraries"]))),
        entries=entries,
        receipts=receipts,
    )


def _entry(value: object, chain_id: int) -> Entry:
    fields = table(value)
    transaction = table(fields["transaction"])
    kind = fields["transactionType"]
    if kind not in (CREATE, CALL):
        raise ValueError(f"a transaction's type is {CREATE} or {CALL}, not {kind!r}")
    if quantity(transaction["chainId"]) != chain_id:
        raise ValueError("a transaction of another chain than the record's")
    name, to, function = fields["hash"], transaction.get("to"), fields["function"]
    numbers = {
        key: None if transaction.get(key) is None else quantity(transaction[key])
        for key in ("gas", "maxFeePerGas", "maxPriorityFeePerGas")
    }
    if (name is None) is not (None in numbers.values()):
        raise ValueError("a transaction has a hash without gas and fees, or these without a hash")
    return Entry(
        kind=kind,
        contract=text(fields["contractName"]),
        address=address(fields["contractAddress"]),
        sender=address(transaction["from"]),
        to=None if to is None else address(to),
        data=data(transaction["input"]),
        nonce=quantity(transaction["nonce"]),
        value=quantity(transaction["value"]),
        function=None if function is None else text(function),
        arguments=tuple(map(text, rows(fields["arguments"] or []))),
        gas=numbers["gas"],
        most=numbers["maxFeePerGas"],
        tip=numbers["maxPriorityFeePerGas"],
        hash=None if name is None else word(name),
        replaced=[word(each) for each in rows(table(fields[OURS])["replaced"])],
    )


def _whole(value: object, key: str) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{key} should be a whole number, not {value!r}")
    return value
