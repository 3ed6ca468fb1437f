"""A target on a chain: creations in order, with the calls that some of them need in between.

A contract whose constructor reads what a call configures cannot be created before that call; a
contract that another one creates has its address from that one's nonce. Neither is compared: the
twins are made afterwards, as all of it left them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.contracts.abi import Interface
from weiproof.contracts.chains import actor
from weiproof.contracts.deployment import (
    AddressBook,
    At,
    DeploymentError,
    Plan,
    Step,
    create_address,
    deploy,
)
from weiproof.crosscheck.bench import Sent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weiproof.contracts.artifact_store import ArtifactStore
    from weiproof.contracts.chains import Chain
    from weiproof.contracts.deployment import AnyStep

    from .target import Deploy, Send, Target


@dataclass(frozen=True)
class Placed:
    """Where everything of a target is, and how it came there."""

    plan: Plan
    """All creations, libraries included, in order; ``At`` what other contracts created."""
    book: AddressBook
    sent: Mapping[str, Sequence[Sent]]
    """Calls that came after the creation of a label."""


def place(target: Target, chain: Chain, store: ArtifactStore) -> Placed:
    """Creates a target's contracts.

    Raises ArtifactError or DeploymentError where one cannot be created, or a call in between is
    refused.
    """
    deployer = actor(target.deployer)
    steps: list[AnyStep] = []
    placed: list[At] = []
    sent: dict[str, tuple[Sent, ...]] = {}
    for part in _parts(target.contracts):
        asked = [_step(each, store, placed) for each in part]
        plan = Plan.with_libraries([*placed, *asked], store)
        book = deploy(chain, plan, deployer, at=target.genesis_time)
        new = plan.steps[len(placed) :]
        steps += new
        placed += [At(step.label, book[step.label], step.artifact) for step in new]
        last = part[-1]
        sent[last.label] = tuple(_send(target, chain, store, placed, each) for each in last.then)
    book = AddressBook({step.label: step.address for step in placed})
    return Placed(Plan(steps), book, {label: calls for label, calls in sent.items() if calls})


def _parts(contracts: Sequence[Deploy]) -> Iterator[list[Deploy]]:
    """Contracts that can be created in one go: up to one that calls follow, or that is made."""
    part: list[Deploy] = []
    for each in contracts:
        if each.made_by is not None and part:
            yield part
            part = []
        part.append(each)
        if each.then or each.made_by is not None:
            yield part
            part = []
    if part:
        yield part


def _step(each: Deploy, store: ArtifactStore, placed: Sequence[At]) -> AnyStep:
    artifact = store.load(each.contract)
    if each.made_by is None:
        return Step(each.label, artifact, each.args, each.value)
    maker, nonce = each.made_by
    address = next((step.address for step in placed if step.label == maker), None)
    if address is None:
        raise DeploymentError(
            f"{each.label} is made by {maker}, which is no contract of the target before it"
        )
    return At(each.label, create_address(address, nonce), artifact)


def _send(
    target: Target, chain: Chain, store: ArtifactStore, placed: Sequence[At], call: Send
) -> Sent:
    """Makes a call between creations."""
    what = f"the call {call.contract}.{call.function} in the deployment"
    places = {step.label: step.address for step in placed}
    if call.contract not in places:
        raise DeploymentError(f"{what}: there is no contract {call.contract} before it")
    each = next(each for each in target.contracts if each.label == call.contract)
    interface = Interface.of(store.load(each.interface or each.contract).abi)
    try:
        args = Plan(placed).resolved(call.args, places)
        data = interface.encode_call(call.function, args)
    except (KeyError, ValueError) as error:
        raise DeploymentError(f"{what}: {error.args[0] if error.args else error}") from error
    sender, to = actor(call.sender or target.deployer), places[call.contract]
    receipt = chain.send(to, data, sender=sender, at=target.genesis_time)
    if not receipt.ok:
        name, values = interface.decode_error(receipt.output)
        raise DeploymentError(f"{what} failed: {f'{name}{values}' if name else 'no revert data'}")
    return Sent(sender, to, data)
