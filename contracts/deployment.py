"""Deployment plans: which contracts, in which order, with which constructor arguments.

Addresses are known before anything is sent, because a contract's address follows from its creator
and the creator's nonce; a deployment that ends up anywhere else is an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from .abi import Interface
from .artifact import ArtifactError
from .chains.base import InsufficientFunds, Unminable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .abi import Abi
    from .artifact import Artifact
    from .artifact_store import ArtifactStore
    from .chains.base import Chain, DeployReceipt


class DeploymentError(Exception):
    """A plan that does not hold together, or a creation that failed or landed elsewhere."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A constructor argument that stands for the address of another step of the plan."""

    label: str


@dataclass(frozen=True, slots=True)
class Encoded:
    """A constructor argument of type ``bytes``: a call, encoded.

    Such as the call that a proxy makes on its implementation:
    ``Encoded("implementation", "initialize", (Ref("token"), 5))``.
    """

    target: str | Abi
    """Label of the step whose ABI has the function, or an ABI."""
    function: str
    """ABI name, or the full signature where the name is overloaded."""
    args: tuple[Any, ...] = ()
    """Its arguments; :class:`Ref` and :class:`Encoded` anywhere, also inside tuples."""


@dataclass(frozen=True, slots=True)
class Step:
    """One contract to create."""

    label: str
    """Its name in the address book."""
    artifact: Artifact
    args: tuple[Any, ...] = ()
    """Constructor arguments.

    A :class:`Ref` anywhere, also inside tuples, becomes an address, an :class:`Encoded` call data.
    """
    value: int = 0
    """Wei of Ether that the constructor receives."""
    libraries: Mapping[str, Ref | str] = field(default_factory=dict)
    """Library, as ``Name`` or ``path/File.sol:Name``, to the step or the address that it is at.

    What is not named here is the plan's contract of that name and source.
    """
    delegates: tuple[Artifact, ...] = ()
    """Contracts whose functions it answers as well, by delegating to them."""

    @property
    def abi(self) -> tuple[Mapping[str, Any], ...]:
        """What it answers, in the compiler's order: by kind and name."""
        own = self.artifact.abi
        others = [e for each in self.delegates for e in each.abi if e not in own]
        if not others:
            return own
        return tuple(sorted((*own, *others), key=lambda e: (e["type"], e.get("name", ""))))


@dataclass(frozen=True, slots=True)
class At:
    """A contract that is there already: nothing is created."""

    label: str
    """Its name in the address book."""
    address: str
    """Lower-case ``0x`` text."""
    artifact: Artifact

    @property
    def abi(self) -> tuple[Mapping[str, Any], ...]:
        """What it answers."""
        return self.artifact.abi


AnyStep: TypeAlias = Step | At
"""What a plan consists of."""
_ADDRESS = re.compile(r"0x[0-9a-f]{40}")


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

    def __init__(self, steps: Iterable[AnyStep]) -> None:
        """Check and keep the steps.

        :raises DeploymentError: for a label used twice, a reference to no step, a call that is not
            in the ABI it is encoded by, or a library that is not placed before its user.
        """
        self.steps = tuple(steps)
        self._by_label = {step.label: step for step in self.steps}
        self._check()

    @classmethod
    def with_libraries(cls, steps: Iterable[AnyStep], store: ArtifactStore) -> Plan:
        """Build a plan in which each library that is still missing is created before its user.

        Libraries are labelled with their contract name, or with ``path/File.sol:Name`` where that
        label is taken.
        """
        given = tuple(steps)
        taken = {step.label for step in given}
        done: list[AnyStep] = []
        for step in given:
            _add_with_libraries(step, store, done, taken)
        return cls(done)

    def libraries(self, step: Step, book: Mapping[str, str]) -> dict[str, str]:
        """Addresses of the libraries of a step, as its artifact calls them."""
        found = {}
        for library in step.artifact.libraries:
            placed = _placed(step, library)
            if isinstance(placed, str):
                found[library] = placed
                continue
            label = placed.label if placed else _linked(step, library, self.steps)
            if label is not None:
                found[library] = book[label]
        return found

    def init_code(self, step: Step, book: Mapping[str, str]) -> bytes:
        """Creation code of a step, linked, with its encoded constructor arguments.

        :raises DeploymentError: naming the step, where an argument does not fit its type.
        """
        try:
            args = self.arguments(step, book)
            constructor = Interface.of(step.artifact.abi).encode_constructor(args)
        except ValueError as error:
            raise DeploymentError(f"{step.label}: {error}") from error
        return step.artifact.init_code(self.libraries(step, book)) + constructor

    def arguments(self, step: Step, book: Mapping[str, str]) -> tuple[Any, ...]:
        """Constructor arguments of a step as plain ABI values."""
        return self.resolved(step.args, book)

    def resolved(self, args: Iterable[Any], book: Mapping[str, str]) -> tuple[Any, ...]:
        """Arguments as plain ABI values: a :class:`Ref` becomes an address, and so on."""
        return tuple(self._resolve(arg, book) for arg in args)

    def _resolve(self, value: Any, book: Mapping[str, str]) -> Any:  # noqa: ANN401 (any ABI value)
        if isinstance(value, Ref):
            return book[value.label]
        if isinstance(value, Encoded):
            args = tuple(self._resolve(arg, book) for arg in value.args)
            return self._interface(value).encode_call(value.function, args)
        if isinstance(value, (tuple, list)):
            return tuple(self._resolve(item, book) for item in value)
        return value

    def _interface(self, call: Encoded) -> Interface:
        if isinstance(call.target, str):
            return Interface.of(self._by_label[call.target].abi)
        return Interface.of(call.target)

    def _check(self) -> None:
        labels: list[str] = [step.label for step in self.steps]
        twice = sorted({label for label in labels if labels.count(label) > 1})
        if twice:
            raise DeploymentError(f"labels used twice: {', '.join(twice)}")
        for index, step in enumerate(self.steps):
            if isinstance(step, At):
                _check_address(step)
                continue
            before = self.steps[:index]
            missing = [
                library
                for library in step.artifact.libraries
                if _placed(step, library) is None and _linked(step, library, before) is None
            ]
            if missing:
                raise DeploymentError(f"{step.label} needs {', '.join(missing)} before it")
            named = {*_references((step.args, *step.libraries.values()))}
            unknown = sorted(named - set(labels))
            if unknown:
                raise DeploymentError(f"{step.label} refers to unknown {', '.join(unknown)}")
            self._check_calls(step, step.args)

    def _check_calls(self, step: Step, values: Sequence[Any]) -> None:
        """Every encoded call names a function of its ABI."""
        for value in values:
            if isinstance(value, (tuple, list)):
                self._check_calls(step, value)
            elif isinstance(value, Encoded):
                try:
                    self._interface(value).function(value.function)
                except KeyError as error:
                    raise DeploymentError(f"{step.label}: {error.args[0]}") from error
                self._check_calls(step, value.args)


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
    addresses, nonce = {}, first_nonce
    for step in plan.steps:
        if isinstance(step, At):
            addresses[step.label] = step.address
        else:
            addresses[step.label] = create_address(deployer, nonce)
            nonce += 1
    return AddressBook(addresses)


def deploy(chain: Chain, plan: Plan, deployer: str, *, at: int) -> AddressBook:
    """Create everything in the plan and return the addresses.

    :param at: block time of all the creations, unix seconds.
    :raises DeploymentError: naming the step, with the typed revert, or where an address is not the
        predicted one, or where there is no code at an address that was given.
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
        if isinstance(step, At):
            if not chain.code(step.address):
                raise DeploymentError(f"{step.label}: there is no code at {step.address}")
            continue
        code = plan.init_code(step, book)
        try:
            receipt = chain.deploy(code, sender=deployer, at=at, value=step.value)
        except (InsufficientFunds, Unminable) as error:
            raise DeploymentError(f"creating {step.label} failed: {error}") from error
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


def _placed(step: Step, library: str) -> Ref | str | None:
    """Where the step itself says that a library is."""
    for given, place in step.libraries.items():
        if step.artifact.calls(library, given):
            return place
    return None


def _linked(step: Step, library: str, others: Iterable[AnyStep]) -> str | None:
    """Label of the first of the others that is a library of the step."""
    for other in others:
        if step.artifact.links(library, other.artifact):
            return other.label
    return None


def _add_with_libraries(
    step: AnyStep,
    store: ArtifactStore,
    done: list[AnyStep],
    taken: set[str],
    users: tuple[str, ...] = (),
) -> None:
    """Append a step after the libraries it lacks; ``users`` are the libraries that wait for it."""
    if isinstance(step, Step):
        for library in step.artifact.libraries:
            if _placed(step, library) is None and _linked(step, library, done) is None:
                created = _library_step(step, library, store, taken, users)
                waiting = (*users, created.artifact.qualified_name)
                _add_with_libraries(created, store, done, taken, waiting)
    done.append(step)


def _library_step(
    user: Step, library: str, store: ArtifactStore, taken: set[str], users: tuple[str, ...]
) -> Step:
    """The creation of a library, under a label that is free."""
    try:
        artifact = store.load_library(user.artifact, library)
    except ArtifactError as error:
        raise DeploymentError(f"{user.label} needs {library}: {error}") from error
    if artifact.qualified_name in users:
        raise DeploymentError(f"libraries link each other in a circle: {', '.join(users)}")
    label = artifact.name if artifact.name not in taken else artifact.qualified_name
    taken.add(label)
    return Step(label, artifact)


def _check_address(step: At) -> None:
    if _ADDRESS.fullmatch(step.address) is None:
        raise DeploymentError(
            f"{step.label}: an address is 0x and 40 lower-case hex digits, not {step.address!r}"
        )


def _references(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, Ref):
            yield value.label
        elif isinstance(value, Encoded):
            if isinstance(value.target, str):
                yield value.target
            yield from _references(value.args)
        elif isinstance(value, (tuple, list)):
            yield from _references(value)
