"""Deployment plans: which contracts, in which order, with which constructor arguments.

Addresses are known before anything is sent, because a contract's address follows from its creator
and the creator's nonce; a deployment that ends up anywhere else is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .abi import Interface
from .artifact_store import ArtifactError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .artifact_store import Artifact, ArtifactStore
    from .chains.base import Chain, DeployReceipt


class DeploymentError(Exception):
    """A plan that does not hold together, or a creation that failed or landed elsewhere."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A constructor argument that stands for the address of another step of the plan."""

    label: str


@dataclass(frozen=True, slots=True)
class Step:
    """One contract to create."""

    label: str
    """Its name in the address book."""
    artifact: Artifact
    args: tuple[Any, ...] = ()
    """Constructor arguments; a :class:`Ref` anywhere, also inside tuples, becomes an address."""


class AddressBook(Mapping[str, str]):
    """Label to address, with the way back."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        """Take over the mapping; addresses are lower-case."""
        self._addresses = dict(addresses)
        self._labels = {address: label for label, address in self._addresses.items()}

    def __getitem__(self, label: str) -> str:
        """Address of a label; ``KeyError`` where there is none."""
        return self._addresses[label]

    def __iter__(self) -> Iterator[str]:
        """Labels in order of deployment."""
        return iter(self._addresses)

    def __len__(self) -> int:
        """Count the entries."""
        return len(self._addresses)

    def __repr__(self) -> str:
        """Show the entries."""
        return f"AddressBook({self._addresses!r})"

    def label_of(self, address: str) -> str | None:
        """Label of an address, or ``None`` where it has none."""
        return self._labels.get(address)


class Plan:
    """Ordered steps, each label once, libraries before those that link them."""

    def __init__(self, steps: Iterable[Step]) -> None:
        """Check and keep the steps.

        :raises DeploymentError: for a label used twice, a reference to no step, or a library that
            is not deployed before its user.
        """
        self.steps = tuple(steps)
        self._check()

    @classmethod
    def with_libraries(cls, steps: Iterable[Step], store: ArtifactStore) -> Plan:
        """Build a plan in which each library that is still missing is created before its user.

        Libraries are labelled with their contract name.
        """
        done: list[Step] = []
        for step in steps:
            _add_with_libraries(step, store, done)
        return cls(done)

    def libraries(self, book: Mapping[str, str]) -> dict[str, str]:
        """Contract name to address, of everything in the plan that ``book`` knows."""
        return {step.artifact.name: book[step.label] for step in self.steps if step.label in book}

    def init_code(self, step: Step, book: Mapping[str, str]) -> bytes:
        """Creation code of a step, linked, with its encoded constructor arguments."""
        args = tuple(_resolve(arg, book) for arg in step.args)
        constructor = Interface.of(step.artifact.abi).encode_constructor(args)
        return step.artifact.init_code(self.libraries(book)) + constructor

    def _check(self) -> None:
        labels: list[str] = [step.label for step in self.steps]
        twice = sorted({label for label in labels if labels.count(label) > 1})
        if twice:
            raise DeploymentError(f"labels used twice: {', '.join(twice)}")
        created: set[str] = set()
        for step in self.steps:
            missing = sorted(set(step.artifact.libraries) - created)
            if missing:
                raise DeploymentError(f"{step.label} needs {', '.join(missing)} before it")
            unknown = sorted(set(_references(step.args)) - set(labels))
            if unknown:
                raise DeploymentError(f"{step.label} refers to unknown {', '.join(unknown)}")
            created.add(step.artifact.name)


def create_address(creator: str, nonce: int) -> str:
    """Address of the contract that ``creator`` makes with transaction ``nonce``.

    The last 20 bytes of keccak256(RLP([creator, nonce])), lower-case.
    """
    from eth_hash.auto import keccak

    number = nonce.to_bytes((nonce.bit_length() + 7) // 8, "big")
    single = len(number) == 1 and number[0] < 0x80  # noqa: PLR2004 (RLP: its own encoding)
    encoded = number if single else bytes([0x80 + len(number)]) + number
    content = b"\x94" + bytes.fromhex(creator[2:]) + encoded
    return "0x" + keccak(bytes([0xC0 + len(content)]) + content)[12:].hex()


def predict_addresses(deployer: str, plan: Plan, *, first_nonce: int = 0) -> AddressBook:
    """Addresses that a plan leads to, if ``deployer`` sends nothing else meanwhile."""
    return AddressBook(
        {
            step.label: create_address(deployer, first_nonce + index)
            for index, step in enumerate(plan.steps)
        }
    )


def deploy(chain: Chain, plan: Plan, deployer: str, *, at: int) -> AddressBook:
    """Create everything in the plan and return the addresses.

    :param at: block time of all the creations, unix seconds.
    :raises DeploymentError: naming the step, with the typed revert, or where an address is not the
        predicted one.
    """
    book = predict_addresses(deployer, plan, first_nonce=chain.nonce(deployer))
    for _ in deploy_steps(chain, plan, deployer, at=at):
        pass
    return book


def deploy_steps(
    chain: Chain, plan: Plan, deployer: str, *, at: int
) -> Iterator[tuple[Step, DeployReceipt]]:
    """Create the plan's contracts one by one, yielding each receipt; errors as :func:`deploy`."""
    book = predict_addresses(deployer, plan, first_nonce=chain.nonce(deployer))
    for step in plan.steps:
        receipt = chain.deploy(plan.init_code(step, book), sender=deployer, at=at)
        if not receipt.ok:
            name, args = Interface.of(step.artifact.abi).decode_error(receipt.output)
            reason = (
                f"{name}{args}" if name else "no revert data (out of gas, or over 24,576 bytes)"
            )
            raise DeploymentError(f"creating {step.label} failed: {reason}")
        if receipt.address != book[step.label]:
            raise DeploymentError(
                f"{step.label} is at {receipt.address}, predicted was {book[step.label]}"
            )
        yield step, receipt


def _add_with_libraries(step: Step, store: ArtifactStore, done: list[Step]) -> None:
    for library in step.artifact.libraries:
        if all(other.artifact.name != library for other in done):
            try:
                artifact = store.load(library)
            except ArtifactError as error:
                raise DeploymentError(f"{step.label} needs {library}: {error}") from error
            _add_with_libraries(Step(library, artifact), store, done)
    done.append(step)


def _references(values: Sequence[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, Ref):
            yield value.label
        elif isinstance(value, (tuple, list)):
            yield from _references(value)


def _resolve(value: Any, book: Mapping[str, str]) -> Any:  # noqa: ANN401 (any ABI value)
    if isinstance(value, Ref):
        return book[value.label]
    if isinstance(value, (tuple, list)):
        return tuple(_resolve(item, book) for item in value)
    return value
