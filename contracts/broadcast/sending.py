"""Sending what is intended, one transaction after the other, each of them at most once.

Why it never sends twice: a transaction is signed, its hash and everything that makes the hash are
written to the record, and only then does it leave. Signing is deterministic, so that whoever
resumes signs the very same transaction again, and a node that has it already takes no second one.
What offers too little is replaced by one with the same nonce, of which only one can be mined.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weiproof.contracts.abi import Interface
from weiproof.contracts.chains.rpc_errors import Refused

from . import record as records
from .errors import (
    NonceTaken,
    RecordDamaged,
    TransactionReverted,
    Unconfirmed,
    Unsendable,
)
from .intention import CREATE
from .node import Fees, revert_data

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .intention import Intended, Intention
    from .keys import Signer
    from .node import Landed, Node
    from .record import Entry, Record

PATIENCE = 300.0
"""Seconds to wait for a transaction to be mined."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0
_LOOKS = 3
"""How often a receipt is looked for after the nonce is known to be used: nodes may lag."""
_MARGIN = 130
"""Gas limit in percent of the estimate."""
_RAISE = 113
"""Percent that a replacement must offer for nodes to take it, rounded up."""


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A deployment on its way to a node."""

    node: Node
    signer: Signer
    intention: Intention
    record: Record
    path: Path
    """Where the record is."""
    max_fee: int | None = None
    """Most wei that are offered for a unit of gas."""
    patience: float = PATIENCE

    def save(self) -> None:
        """Write the record."""
        records.write(self.record, self.path)


def start_nonce(node: Node, account: str) -> int:
    """Nonce of the first transaction of a new deployment.

    :raises Unsendable: where transactions of the account are waiting: they might come between.
    """
    mined, waiting = node.nonce(account), node.nonce(account, "pending")
    if waiting > mined:
        raise Unsendable(
            f"{account} has {waiting - mined} transactions that are not mined yet: wait for them,"
            " or use another account"
        )
    return mined


def send_all(broadcast: Broadcast, watch: Callable[[int, Intended, Landed], None]) -> None:
    """Send whatever has not been mined yet, and wait for each.

    :param watch: is told each transaction that is mined, counted from 0.
    :raises BroadcastError: one of the tree in :mod:`.errors`.
    :raises RpcError: where the node cannot be asked; resuming goes on from there.
    """
    pairs = zip(broadcast.record.entries, broadcast.intention.transactions, strict=True)
    for number, (entry, intended) in enumerate(pairs):
        if entry.hash is None:
            _sign(broadcast, entry, intended, None)
            _send(broadcast, entry, intended)
        else:
            _take_up(broadcast, entry, intended)
        landed = _wait(broadcast, entry, intended)
        broadcast.record.receipts[landed.document["transactionHash"]] = landed.document
        broadcast.save()
        _check(entry, intended, landed)
        watch(number, intended, landed)


# BEFORE IT LEAVES


def _sign(broadcast: Broadcast, entry: Entry, intended: Intended, earlier: Fees | None) -> None:
    """Settle gas and fees, sign, and write it down.

    :param earlier: what the one offered that this one replaces.
    """
    node = broadcast.node
    _await_turn(node, entry, intended)
    fees = node.fees(broadcast.max_fee)
    if earlier is not None:
        fees = _raised(fees, earlier, broadcast.max_fee, intended)
        entry.replaced.append(str(entry.hash))
    else:
        entry.gas = _gas(node, entry, intended)
    entry.most, entry.tip = fees.most, fees.tip
    entry.hash, _ = broadcast.signer.sign(_fields(entry, broadcast.record.chain_id))
    broadcast.save()


def _await_turn(node: Node, entry: Entry, intended: Intended) -> None:
    """Make sure that the nonce is the next one; a node may lag a moment behind its receipts."""
    pause = _FIRST_PAUSE
    while (used := node.nonce(entry.sender)) != entry.nonce:
        if used > entry.nonce or pause > _LONGEST_PAUSE:
            raise _taken(intended, used)
        time.sleep(pause)
        pause *= 2


def _raised(fees: Fees, earlier: Fees, cap: int | None, intended: Intended) -> Fees:
    """Offer enough for nodes to take it in place of the earlier one."""
    most = max(fees.most, -(-earlier.most * _RAISE // 100))
    tip = max(fees.tip, -(-earlier.tip * _RAISE // 100))
    if cap is not None and most > cap:
        raise Unsendable(
            f"{intended.shown} waits because it offers too little, and --max-fee does not allow"
            " a replacement to offer an eighth more: raise it, or resume later"
        )
    return Fees(most, min(tip, most))


def _gas(node: Node, entry: Entry, intended: Intended) -> int:
    try:
        return node.estimate(_unsigned(entry)) * _MARGIN // 100
    except Refused as error:
        reverted = revert_data(error)
        if reverted is None:
            raise
        raise Unsendable(f"{intended.shown} would fail: {_reason(intended, reverted)}") from error


def _unsigned(entry: Entry) -> dict[str, str]:
    question = {
        "from": entry.sender,
        "data": "0x" + entry.data.hex(),
        "value": hex(entry.value),
    }
    return question if entry.to is None else {**question, "to": entry.to}


def _fields(entry: Entry, chain_id: int) -> dict[str, Any]:
    """Everything that is signed."""
    fields: dict[str, Any] = {
        "type": 2,
        "chainId": chain_id,
        "nonce": entry.nonce,
        "gas": entry.gas,
        "maxFeePerGas": entry.most,
        "maxPriorityFeePerGas": entry.tip,
        "value": entry.value,
        "data": "0x" + entry.data.hex(),
        "accessList": [],
    }
    if entry.to is not None:
        from eth_utils.address import to_checksum_address

        fields["to"] = to_checksum_address(entry.to)
    return fields


def _send(broadcast: Broadcast, entry: Entry, intended: Intended) -> None:
    """Hand the recorded transaction over; a node that has it already is content."""
    name, raw = broadcast.signer.sign(_fields(entry, broadcast.record.chain_id))
    if name != entry.hash:
        raise RecordDamaged(
            f"{broadcast.path}: {intended.shown} does not have the hash that its gas, fees and key"
            " lead to; the record was changed by hand"
        )
    try:
        broadcast.node.send(raw, name)
    except Refused as error:
        if not broadcast.node.knows(name) and _landed(broadcast.node, entry) is None:
            raise Unsendable(f"{intended.shown} was not taken: {error}") from error


# AFTERWARDS


def _take_up(broadcast: Broadcast, entry: Entry, intended: Intended) -> None:
    """Find out how far a signed transaction has come, and send it if it has not left."""
    node = broadcast.node
    if _landed(node, entry) is not None:
        return
    broadcast.record.receipts = {  # a reorganisation may have taken one back
        name: value for name, value in broadcast.record.receipts.items() if name not in entry.hashes
    }
    used = node.nonce(entry.sender)
    if used > entry.nonce:
        return  # mined a moment ago, or taken: the wait tells
    if used < entry.nonce:
        raise _taken(intended, used)
    if entry.most is not None and entry.tip is not None and entry.most < node.base_fee():
        _sign(broadcast, entry, intended, Fees(entry.most, entry.tip))
    _send(broadcast, entry, intended)


def _wait(broadcast: Broadcast, entry: Entry, intended: Intended) -> Landed:
    until, pause, looks = time.monotonic() + broadcast.patience, _FIRST_PAUSE, 0
    while True:
        landed = _landed(broadcast.node, entry)
        if landed is not None:
            return landed
        used = broadcast.node.nonce(entry.sender)
        if used > entry.nonce:
            looks += 1
        if looks > _LOOKS:
            raise _taken(intended, used)
        if time.monotonic() > until:
            raise Unconfirmed(
                f"{intended.shown} ({entry.hash}) was not mined within {broadcast.patience:g}"
                " seconds. It may still be: go on with --resume"
            )
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


def _landed(node: Node, entry: Entry) -> Landed | None:
    found = [landed for name in entry.hashes if (landed := node.landed(name)) is not None]
    return found[0] if found else None


def _check(entry: Entry, intended: Intended, landed: Landed) -> None:
    """A mined transaction must have succeeded, and created what it should where it should."""
    if not landed.ok:
        raise TransactionReverted(
            f"{intended.shown} was mined and failed ({landed.document['transactionHash']}); its"
            " nonce is used, so that this deployment cannot be completed. Move its record away and"
            " deploy anew"
        )
    if entry.kind == CREATE and landed.created != intended.address:
        raise RecordDamaged(f"{intended.shown} led to {landed.created}, due was {intended.address}")


def _taken(intended: Intended, used: int) -> NonceTaken:
    if used < intended.nonce:
        return NonceTaken(
            f"{intended.shown} has nonce {intended.nonce}, but the node counts only {used}"
            " transactions of the account: it lags behind, or the chain was set back. Resume with a"
            " node that has them; if they are gone for good, move the record away and deploy anew"
        )
    return NonceTaken(
        f"{intended.shown} has nonce {intended.nonce}, but the account has already used it for"
        " another transaction: all addresses would be others. Move the record away and deploy anew,"
        " with an account that does nothing else meanwhile"
    )


def _reason(intended: Intended, reverted: bytes) -> str:
    name, args = Interface.of(intended.abi).decode_error(reverted)
    return f"{name}{args}" if name else "it reverts without a reason"
