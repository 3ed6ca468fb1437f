"""The chain as a system: calls in, outcomes out, in the same words as the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weiproof.contracts.abi import Interface
from weiproof.engine.call import Event, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weiproof.contracts.chains import Chain, Log
    from weiproof.contracts.deployment import AddressBook
    from weiproof.engine.call import Call


class ChainSystem:
    """Contracts on a chain, called by their names in the address book."""

    def __init__(self, chain: Chain, book: AddressBook, abis: Mapping[str, Any]) -> None:
        """Takes the ABI of each contract that is called.

        Any contract's errors and events may come from any.
        """
        self.chain = chain
        self.book = book
        self.abis = abis
        everyone = tuple(abis.values())
        self.interfaces = {name: Interface.of(abi, also=everyone) for name, abi in abis.items()}

    def apply(self, call: Call) -> Outcome:
        """Mines the call in a block of its own at ``call.at``."""
        interface = self.interfaces[call.target]
        data = interface.encode_call(call.function, call.args)
        receipt = self.chain.send(self.book[call.target], data, sender=call.sender, at=call.at)
        if not receipt.ok:
            return self._reverted(interface, receipt.output)
        values = interface.decode_result(call.function, receipt.output)
        events = tuple(self._event(log) for log in receipt.logs)
        return Outcome(ok=True, values=values, events=events)

    def view(self, call: Call) -> Outcome:
        """Runs the call at ``call.at`` and forgets whatever it changed."""
        interface = self.interfaces[call.target]
        data = interface.encode_call(call.function, call.args)
        ok, output = self.chain.call(self.book[call.target], data, sender=call.sender, at=call.at)
        if not ok:
            return self._reverted(interface, output)
        return Outcome(ok=True, values=interface.decode_result(call.function, output))

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
