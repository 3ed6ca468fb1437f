"""Twins of the contracts around Chainlink's: payer, validator, messenger, reader; and draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.contracts.chains import ZERO_ADDRESS
from weiproof.engine.contract import Contract
from weiproof.engine.errors import EmptyRevert, RevertReason
from weiproof.engine.state import Record, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.crosscheck.targets import Scene
    from weiproof.engine.call import Call, Outcome, Value
    from weiproof.engine.contract import World

BUILDS = "../../../node_modules/.targets/oracles/"
V6, V8, OPTIMISM = (f"{BUILDS}chainlink_{name}" for name in ("0_6", "0_8", "optimism"))

UINT32, UINT64, UINT80, UINT128, UINT256 = 2**32, 2**64, 2**80, 2**128, 2**256
LEAST_INT, MOST_INT = -(2**255), 2**255 - 1

REFUSE, NEVER_END, SAY_NOTHING = 1, 2, 3
"""Modes of the validator other than to accept."""


@dataclass(slots=True)
class Balance(Record):
    """What an account has."""

    amount: int = 0


@dataclass(slots=True)
class Mode(Record):
    """What a contract was told to do, and what it did."""

    mode: int = 0
    done: int = 0
    sender: str = ZERO_ADDRESS


class PaymentToken(Contract):
    """A token of which anybody sets balances, and which can be made to answer false."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world, name)
        self._balances = Table(world.store, "balance", Balance)
        self._modes = Table(world.store, "mode", Mode)

    def balanceOf(self, account: str) -> tuple[int]:
        """What an account has."""
        return (self._balances.read(self.name, account).amount,)

    def refusing(self) -> tuple[bool]:
        """Whether transfers answer false."""
        return (self._modes.read(self.name).mode != 0,)

    def setBalance(self, account: str, balance: int) -> None:
        """Sets what an account has."""
        self._balances.edit(self.name, account).amount = balance

    def setRefusing(self, refusing: bool) -> None:
        """Makes transfers answer false, or work again."""
        self._modes.edit(self.name).mode = int(refusing)

    def transfer(self, to: str, value: int) -> tuple[bool]:
        """Moves tokens; balances wrap around."""
        if self.refusing()[0]:
            return (False,)
        if self.balanceOf(self.world.sender)[0] < value:
            raise RevertReason("insufficient balance")
        self._balances.edit(self.name, self.world.sender).amount -= value
        receiver = self._balances.edit(self.name, to)
        receiver.amount = (receiver.amount + value) % UINT256
        return (True,)

    def transferAndCall(self, to: str, value: int, data: bytes) -> tuple[bool]:
        """Moves tokens and tells the receiver."""
        self.transfer(to, value)
        self.call(to, "onTokenTransfer", self.world.sender, value, data)
        return (True,)


class AnswerValidator(Contract):
    """A validator that accepts, reverts, never ends, or answers with no data."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world, name)
        self._modes = Table(world.store, "mode", Mode)

    def mode(self) -> tuple[int]:
        """What it was told to do."""
        return (self._modes.read(self.name).mode,)

    def validated(self) -> tuple[int]:
        """How many answers it was told of without reverting."""
        return (self._modes.read(self.name).done,)

    def setMode(self, mode: int) -> None:
        """Tells it what to do."""
        self._modes.edit(self.name).mode = mode

    def validate(
        self, previousRoundId: int, previousAnswer: int, currentRoundId: int, currentAnswer: int
    ) -> tuple[bool, ...]:
        """Counts and tells; then does as it was told. What never ends runs out of gas."""
        record = self._modes.edit(self.name)
        record.done += 1
        self.emit("Validated", previousRoundId, previousAnswer, currentRoundId, currentAnswer)
        if record.mode == REFUSE:
            raise RevertReason("refused")
        if record.mode == NEVER_END:
            raise EmptyRevert
        return () if record.mode == SAY_NOTHING else (True,)


class FeedReader(Contract):
    """A contract that reads feeds: who sent the transaction is not who reads."""

    def answerOf(self, feed: str) -> tuple[Value, ...]:
        """Latest answer."""
        return self.call(feed, "latestAnswer")

    def latestOf(self, feed: str) -> tuple[Value, ...]:
        """Latest round."""
        return self.call(feed, "latestRoundData")

    def roundOf(self, feed: str, roundId: int) -> tuple[Value, ...]:
        """A round."""
        return self.call(feed, "getRoundData", roundId)

    def stateOf(self, feed: str, oracle: str, roundId: int) -> tuple[Value, ...]:
        """What an oracle is told."""
        return self.call(feed, "oracleRoundState", oracle, roundId)


class CrossDomainMessenger(Contract):
    """Relays statuses of whichever L1 sender it is told."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world, name)
        self._modes = Table(world.store, "mode", Mode)

    def xDomainMessageSender(self) -> tuple[str]:
        """The L1 sender of the last message."""
        return (self._modes.read(self.name).sender,)

    def relay(self, sender: str, feed: str, status: bool, timestamp: int) -> None:
        """Relays a status."""
        self._modes.edit(self.name).sender = sender
        self.call(feed, "updateStatus", status, timestamp)


def view(scene: Scene, target: str, function: str, *args: Value) -> Call:
    """A call of a view by nobody."""
    return scene.call(ZERO_ADDRESS, target, function, *args)


def endings(call: Call, outcome: Outcome) -> Iterator[str]:
    """The function, and the error it ended with."""
    if not outcome.ok:
        shown = ", ".join(map(str, outcome.error_args))
        yield f"{call.target}.{call.function}: {shown or outcome.error or 'no data'}"
    for event in outcome.events:
        yield f"event {event.target}.{event.name}"
