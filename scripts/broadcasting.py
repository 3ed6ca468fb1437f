"""What `weiproof deploy --broadcast` does after the rehearsal: ask, send, verify, report."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click

from . import errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rich.console import Console

    from weiproof.contracts.broadcast.intention import Intended, Intention
    from weiproof.contracts.broadcast.keys import Signer
    from weiproof.contracts.broadcast.node import Landed, Node
    from weiproof.contracts.broadcast.record import Record
    from weiproof.crosscheck.protocol import Parties
    from weiproof.crosscheck.rehearsal import Rehearsal
    from weiproof.crosscheck.spec import ProtocolSpec
    from weiproof.simulation.deployment import Roles


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says about sending."""

    rpc: str
    resume: bool
    keystore: Path | None
    max_fee: int | None
    """Wei for a unit of gas."""
    yes: bool
    records: Path


@dataclass(frozen=True, slots=True)
class Job:
    """One deployment to one chain."""

    file: Path
    spec: ProtocolSpec
    roles: Roles
    rehearsal: Rehearsal
    options: Options
    console: Console


@dataclass(frozen=True, slots=True)
class Draft:
    """What is going to be sent, with the record of what has been."""

    parties: Parties
    intention: Intention
    record: Record
    path: Path
    older: Record | None
    """The finished record that this one takes the place of."""

    @property
    def by_admin(self) -> bool:
        """Whether prices and markets are left to an administrator who is not the deployer."""
        return self.parties.admin != self.parties.deployer


def broadcast(job: Job) -> dict[str, Any]:
    """Send what has not been sent, verify everything, and return what `--json` prints of it."""
    from weiproof.contracts.broadcast.keys import load_signer
    from weiproof.contracts.broadcast.node import Node
    from weiproof.contracts.broadcast.record import locked, record_path
    from weiproof.contracts.chains.rpc_client import RpcClient
    from weiproof.contracts.chains.rpc_wire import EndpointError

    options = job.options
    signer = load_signer(options.keystore, os.environ, _ask_password)
    try:
        client = RpcClient(options.rpc)
    except EndpointError as error:
        raise errors.BadUsage(f"--rpc: {error}") from None
    with contextlib.closing(Node(client)) as node:
        chain_id = node.chain_id()
        parties = _parties(job.roles, signer, chain_id)
        _refuse_known_holders(job.spec, chain_id)
        path = record_path(options.records, job.file.name, chain_id)
        with locked(path):
            draft = _draft(job, node, chain_id, parties, path)
            _confirm(job, node, draft)
            _send(job, node, signer, draft)
            return _verify(job, node, draft)


def _ask_password() -> str:
    if not sys.stdin.isatty():
        from weiproof.contracts.broadcast.keys import PASSWORD_VARIABLE

        message = f"there is no terminal to ask for the password at: set {PASSWORD_VARIABLE}"
        raise errors.BadUsage(message)
    return str(click.prompt("Password of the keystore", hide_input=True, err=True))


# BEFORE


def _parties(roles: Roles, signer: Signer, chain_id: int) -> Parties:
    """Who does what there; nobody whose key everybody has."""
    from weiproof.contracts.broadcast.keys import refuse_known
    from weiproof.crosscheck.protocol import Parties

    refuse_known(signer.address, "the key's address", chain_id)
    for role, address in asdict(roles).items():
        if address is not None:
            refuse_known(address, f"roles.{role}", chain_id)
    admin = roles.admin or signer.address
    return Parties(signer.address, admin, roles.matcher or admin, roles.transmitter or admin)


def _refuse_known_holders(spec: ProtocolSpec, chain_id: int) -> None:
    """Nobody whose key everybody has may do anything with the timelock."""
    from weiproof.contracts.broadcast.keys import refuse_known

    for role in ("proposers", "executors", "cancellers") if spec.timelock is not None else ():
        for index, address in enumerate(getattr(spec.timelock, role)):
            refuse_known(address, f"timelock.{role}[{index}]", chain_id)


def _draft(job: Job, node: Node, chain_id: int, parties: Parties, path: Path) -> Draft:
    from dataclasses import replace

    from weiproof.contracts.broadcast.record import check_same, new_record
    from weiproof.contracts.broadcast.sending import start_nonce

    existing = _existing(path, resume=job.options.resume)
    if job.options.resume and existing is not None:
        nonce = existing.entries[0].nonce
    else:
        nonce = start_nonce(node, parties.deployer)
    parties = replace(parties, first_nonce=nonce)
    intention = _intention(job.spec, parties)
    if job.options.resume and existing is not None:
        check_same(existing, intention, chain_id)
        return Draft(parties, intention, existing, path, None)
    record = new_record(intention, chain_id, time.time_ns() // 10**6, _commit(job.file))
    return Draft(parties, intention, record, path, existing)


def _existing(path: Path, *, resume: bool) -> Record | None:
    """The record that is there already; a new deployment may only follow a finished one."""
    from weiproof.contracts.broadcast.record import read

    try:
        record = read(path)
    except FileNotFoundError:
        if resume:
            raise errors.BadUsage(_nothing_to_resume(path)) from None
        return None
    begun = any(entry.hash is not None for entry in record.entries)
    if not resume and begun and not record.finished:
        message = (
            f"{path} is the record of a deployment that is not finished: go on with --resume, or"
            " move it away to begin anew at other addresses"
        )
        raise errors.BadUsage(message)
    return record


def _nothing_to_resume(path: Path) -> str:
    others = sorted(other.parent.name for other in path.parent.parent.glob(f"*/{path.name}"))
    also = f"; there are records for the chains {', '.join(others)}" if others else ""
    return f"there is nothing to resume: {path} does not exist{also}"


def _intention(spec: ProtocolSpec, parties: Parties) -> Intention:
    from weiproof.contracts.broadcast.intention import intend
    from weiproof.crosscheck.protocol import deployment_plan

    plan = deployment_plan(spec, parties=parties)
    setup = _setup(spec, parties) if parties.admin == parties.deployer else ()
    return intend(plan, parties.deployer, parties.first_nonce, setup)


def _setup(spec: ProtocolSpec, parties: Parties) -> tuple[Any, ...]:
    from weiproof.contracts.broadcast.intention import Setup
    from weiproof.crosscheck.protocol import setup_steps

    steps = setup_steps(spec, parties)
    return tuple(Setup(call.target, call.function, call.args, about) for about, call in steps)


def _commit(file: Path) -> str | None:
    """Short hash of the commit that the file's folder is at; None outside of a repository."""
    git = shutil.which("git")
    if git is None:
        return None
    command = [git, "rev-parse", "--short", "HEAD"]
    folder = file.resolve().parent
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 (git)
    return found.stdout.strip() or None if found.returncode == 0 else None


def _confirm(job: Job, node: Node, draft: Draft) -> None:
    """Show what is going to happen and what it costs, and ask."""
    from weiproof.contracts.broadcast.errors import Unsendable
    from weiproof.contracts.broadcast.keys import LOCAL_CHAINS
    from weiproof.contracts.broadcast.node import in_gwei

    left = _gas_left(job, draft)
    if left == 0:
        return
    fees = node.fees(job.options.max_fee)
    price = min(node.base_fee() + fees.tip, fees.most)
    parties = draft.parties
    balance = node.balance(parties.deployer)
    waiting = sum(draft.record.receipt_of(entry) is None for entry in draft.record.entries)
    lines = [
        f"[bold]Broadcast[/bold] to chain {draft.record.chain_id} at {node.shown}",
        f"transactions  {waiting} of {len(draft.record.entries)}",
        f"deployer      {parties.deployer}, from nonce {parties.first_nonce}",
        f"admin         {parties.admin}",
        f"matcher       {parties.matcher}",
        f"transmitter   {parties.transmitter}",
        f"gas           about {left:,} at {in_gwei(price)} gwei, at most {in_gwei(fees.most)} gwei",
        f"cost          about {_ether(left * price)} of {_ether(balance)} ether",
        f"record        {draft.path}",
    ]
    if draft.record.chain_id not in LOCAL_CHAINS:
        lines.append(
            "[yellow]The contracts are not audited, and anybody can mint the token.[/yellow]"
        )
    for line in lines:
        job.console.print(line, soft_wrap=True)
    if balance < left * price:
        message = (
            f"the deployer has {_ether(balance)} ether, about {_ether(left * price)} are needed"
        )
        raise Unsendable(message)
    if not job.options.yes and not click.confirm("Send?", err=True):
        raise errors.BadUsage("nothing was sent")


def _gas_left(job: Job, draft: Draft) -> int:
    """Gas that the rehearsal needed for what is not mined yet."""
    used = [step.gas for step in job.rehearsal.created]
    if not draft.by_admin:
        used += [call.gas for call in job.rehearsal.configured]
    pairs = zip(draft.record.entries, used, strict=True)
    return sum(gas for entry, gas in pairs if draft.record.receipt_of(entry) is None)


def _ether(wei: int) -> str:
    """An amount of wei in ether, six decimals, rounded up."""
    millionths = -(-wei // 10**12)
    return f"{millionths // 10**6}.{millionths % 10**6:06d}"


# SENDING


def _send(job: Job, node: Node, signer: Signer, draft: Draft) -> None:
    from weiproof.contracts.broadcast.record import set_aside
    from weiproof.contracts.broadcast.sending import Broadcast, send_all

    if draft.older is not None and draft.older.finished:
        set_aside(draft.path, draft.older)
    sending = Broadcast(
        node, signer, draft.intention, draft.record, draft.path, job.options.max_fee
    )
    sending.save()
    count = len(draft.record.entries)

    def watch(number: int, intended: Intended, landed: Landed) -> None:
        line = f"{number + 1:>3}/{count} {intended.shown}, {landed.gas:,} gas"
        job.console.print(line, markup=False, soft_wrap=True)

    with _pointing_to(draft):
        send_all(sending, watch)


@contextlib.contextmanager
def _pointing_to(draft: Draft) -> Iterator[None]:
    """Say where the record is, whatever ends the sending early."""
    try:
        yield
    except BaseException:
        if any(entry.hash is not None for entry in draft.record.entries):
            click.echo(f"the record is {draft.path}; --resume goes on from there", err=True)
        raise


# AFTER


def _verify(job: Job, node: Node, draft: Draft) -> dict[str, Any]:
    from weiproof.contracts.broadcast.verification import verify_codes
    from weiproof.crosscheck.protocol import addresses_of

    here = {step.label: step.address for step in job.rehearsal.created}
    there = addresses_of(job.spec, draft.parties)
    codes = {step.label: step.code for step in job.rehearsal.created}
    hashes = verify_codes(node, codes, here, there)
    configured, views = _read_back(job, node, draft)
    left = () if configured else _setup(job.spec, draft.parties)
    calls = [_call_of(job.spec, draft, call) for call in left]
    _print_verified(job.console, draft, len(hashes), views, calls)
    mined = [draft.record.receipt_of(entry) or {} for entry in draft.record.entries]
    return {
        "chain": draft.record.chain_id,
        "record": str(draft.path),
        "roles": {
            role: getattr(draft.parties, role) for role in ("admin", "matcher", "transmitter")
        },
        "deployer": draft.parties.deployer,
        "addresses": dict(there),
        "transactions": [receipt.get("transactionHash") for receipt in mined],
        "gas": sum(int(str(receipt["gasUsed"]), 16) for receipt in mined),
        "code_hashes": hashes,
        "parameters_read_back": views,
        "configured": configured,
        "left_to_admin": calls,
    }


def _read_back(job: Job, node: Node, draft: Draft) -> tuple[bool, int]:
    """Whether prices and markets are configured, and how many parameters agree with the model.

    Where somebody else has to configure them, all or nothing of it may be done.
    """
    from weiproof.crosscheck.divergence import DivergenceFound
    from weiproof.crosscheck.readback import compare_configuration

    def compare(*, configured: bool) -> int:
        return compare_configuration(job.spec, draft.parties, node.call, configured=configured)

    try:
        if draft.by_admin:
            with contextlib.suppress(DivergenceFound):
                return False, compare(configured=False)
        return True, compare(configured=True)
    except DivergenceFound as found:
        raise errors.Divergence(f"what is deployed is not what was to be\n{found}") from found


def _call_of(spec: ProtocolSpec, draft: Draft, call: Any) -> dict[str, str]:  # noqa: ANN401 (a Setup)
    from weiproof.contracts.abi import Interface
    from weiproof.crosscheck.protocol import addresses_of, deployment_plan

    steps = deployment_plan(spec, parties=draft.parties).steps
    abi = next(step.abi for step in steps if step.label == call.target)
    return {
        "to": addresses_of(spec, draft.parties)[call.target],
        "data": "0x" + Interface.of(abi).encode_call(call.function, call.args).hex(),
        "what": f"{call.target}.{call.function} for {call.subject}",
    }


def _print_verified(
    console: Console, draft: Draft, codes: int, views: int, calls: list[dict[str, str]]
) -> None:
    from weiproof.crosscheck.protocol import PUBLIC

    console.print()
    for each in draft.intention.transactions:
        if each.function is None and (each.label in PUBLIC or "/" in each.label):
            console.print(f"{each.label:<20}{each.address}", markup=False, soft_wrap=True)
    console.print(f"record {draft.path}", markup=False, soft_wrap=True)
    console.print(
        f"[bold green]code of {codes} contracts and {views} parameters verified[/bold green]"
    )
    if calls:
        console.print(f"\nleft to the admin {draft.parties.admin}:", soft_wrap=True)
    for call in calls:
        line = f"{call['what']}\n  to {call['to']}\n  data {call['data']}"
        console.print(line, markup=False, soft_wrap=True)
