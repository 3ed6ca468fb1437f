"""The chain as a system: calls in, outcomes out, in the same words as the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from weiproof.contracts.abi import Interface
from weiproof.contracts.codec import CodecError
from weiproof.engine.call import Event, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weiproof.contracts.chains import Chain, Log
    from weiproof.contracts.deployment import AddressBook
    from weiproof.engine.call import Call, Value


class ModelSystem(Protocol):
    """The Python side: takes calls, gives outcomes, and can be taken back."""

    @property
    def state_hash(self) -> bytes:
        """SHA-256 over all calls so far."""
        ...

    @property
    def touched(self) -> tuple[Any, ...]:
        """What the last call changed, in the model's own words; empty after a revert."""
        ...

    def apply(self, call: Call) -> Outcome:
        """Runs a call in the block of time ``call.at``."""
        ...

    def view(self, call: Call) -> Outcome:
        """Runs a call at time ``call.at`` and forgets whatever it changed."""
        ...

    def snapshot(self) -> object:
        """A state to go back to."""
        ...

    def restore(self, snapshot: Any) -> None:  # noqa: ANN401 (each model's own)
        """Goes back to a snapshot, which stays good."""
        ...

    def answers(self, target: str, function: str) -> bool:
        """Whether there is a twin of that function."""
        ...


class ChainSystem:
    """Contracts on a chain, called by their names in the address book."""

    def __init__(
        self,
        chain: Chain,
        book: AddressBook,
        abis: Mapping[str, Any],
        *,
        also: Sequence[Any] = (),
    ) -> None:
        """Takes the ABI of each contract that is called, and those of others that answer.

        Any contract's errors and events may come from any.
        """
        self.chain = chain
        self.book = book
        self.abis = abis
        everyone = (*also, *abis.values())
        self.interfaces = {name: Interface.of(abi, also=everyone) for name, abi in abis.items()}

    def apply(self, call: Call) -> Outcome:
        """Mines the call in a block of its own at ``call.at``."""
        interface = self.interfaces[call.target]
        data = interface.encode_call(call.function, call.args)
        to, value = self.book[call.target], call.value
        receipt = self.chain.send(to, data, sender=call.sender, at=call.at, value=value)
        if not receipt.ok:
            return self._reverted(interface, receipt.output)
        values = _decoded(interface, call.function, receipt.output)
        events = tuple(self._event(log) for log in receipt.logs)
        return Outcome(ok=True, values=values, events=events)

    def view(self, call: Call) -> Outcome:
        """Runs the call at ``call.at`` and forgets whatever it changed."""
        interface = self.interfaces[call.target]
        data = interface.encode_call(call.function, call.args)
        to, value = self.book[call.target], call.value
        ok, output = self.chain.call(to, data, sender=call.sender, at=call.at, value=value)
        if not ok:
            return self._reverted(interface, output)
        return Outcome(ok=True, values=_decoded(interface, call.function, output))

    def _reverted(self, interface: Interface, output: bytes) -> Outcome:
        error, args = interface.decode_error(output)
        return Outcome(ok=False, error=error, error_args=args)

    def _event(self, log: Log) -> Event:
        label = self.book.label_of(log.address) or log.address
        interface = self.interfaces.get(label)
        decoded = interface.decode_event(log.topics, log.data) if interface else None
        if decoded is None:
            topic = log.topics[0].hex() if log.topics else ""
            return Event(label, f"0x{topic}", (log.topics, log.data))
        return Event(label, *decoded)


def _decoded(interface: Interface, function: str, output: bytes) -> tuple[Value, ...]:
    """Return values; where a contract returns something else, a text that no model returns."""
    try:
        return interface.decode_result(function, output)
    except CodecError as error:
        return (f"no encoding of the results: {error}",)
