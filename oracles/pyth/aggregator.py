"""A Pyth price as a Chainlink feed: the twin of ``PythAggregatorV3.sol`` of the SDK 4.3.1.

There are no rounds: a round's id, start and update are all the publish time, and any round that is
asked for is the latest one. Nothing is refused for its age.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from weiproof.engine.contract import Contract
from weiproof.engine.errors import EmptyRevert, Panic, Revert
from weiproof.engine.fixed_point import OVERFLOW
from weiproof.engine.state import Record, Table
from weiproof.oracles.checked import wrapped_int

if TYPE_CHECKING:
    from weiproof.engine.contract import World

    from .structs import Price


@dataclass(slots=True)
class Purse(Record):
    """What the contract owns."""

    wei: int = 0


class PythAggregatorV3(Contract):
    """One feed over a Pyth contract."""

    def __init__(self, world: World, name: str, pyth: str, priceId: bytes) -> None:
        super().__init__(world, name)
        self._pyth = pyth
        self._price_id = priceId
        self._purses = Table(world.store, "pythAggregator", Purse)

    def pyth(self) -> tuple[str]:
        """The Pyth contract."""
        return (self._pyth,)

    def priceId(self) -> tuple[bytes]:
        """Id of the price."""
        return (self._price_id,)

    def updateFeeds(self, priceUpdateData: tuple[bytes, ...]) -> None:
        """Updates any prices and pays; the rest of all that the contract owns goes to the caller.

        A caller that refuses it leaves it to the next one. Reverts without data where the fee
        exceeds what there is, and otherwise as Pyth does.
        """
        sender, purse = self.world.sender, self._purses.edit(self.name)
        purse.wei += self.world.value
        fee = cast("int", self.call(self._pyth, "getUpdateFee", priceUpdateData)[0])
        if fee > purse.wei:
            raise EmptyRevert
        purse.wei -= fee
        self.call(self._pyth, "updatePriceFeeds", priceUpdateData, value=fee)
        self._refund(sender)

    def decimals(self) -> tuple[int]:
        """The exponent's opposite, in eight bits; panics with 0x11 where these are -128."""
        expo = wrapped_int(self._price().expo, 8)
        if -expo > 2**7 - 1:
            raise Panic(OVERFLOW)
        return (-expo % 2**8,)

    def description(self) -> tuple[str]:
        """The same for every feed."""
        return ("A port of a chainlink aggregator powered by pyth network feeds",)

    def version(self) -> tuple[int]:
        """Version of the aggregator."""
        return (1,)

    def latestAnswer(self) -> tuple[int]:
        """The price."""
        return (self._price().price,)

    def latestTimestamp(self) -> tuple[int]:
        """The publish time."""
        return (self._price().publish_time,)

    def latestRound(self) -> tuple[int]:
        """The publish time, as a round's id."""
        return self.latestTimestamp()

    def getAnswer(self, roundId: int) -> tuple[int]:  # noqa: ARG002 - ABI
        """The latest price, whatever is asked for."""
        return self.latestAnswer()

    def getTimestamp(self, roundId: int) -> tuple[int]:  # noqa: ARG002 - ABI
        """The latest publish time, whatever is asked for."""
        return self.latestTimestamp()

    def getRoundData(self, _roundId: int) -> tuple[int, int, int, int, int]:
        """The latest price under the id that is asked for."""
        price = self._price()
        return (_roundId, price.price, price.publish_time, price.publish_time, _roundId)

    def latestRoundData(self) -> tuple[int, int, int, int, int]:
        """The latest price: its publish time in 80 bits, price, publish time twice, id again."""
        return self.getRoundData(self._price().publish_time % 2**80)

    def owned_wei(self) -> int:
        """What callers that refused their change have left behind."""
        return self._purses.read(self.name).wei

    def _price(self) -> Price:
        return cast("Price", self.call(self._pyth, "getPriceUnsafe", self._price_id)[0])

    def _refund(self, to: str) -> None:
        """Sends all Ether; an address without a twin takes it, a twin if its ``receive`` does."""
        purse = self._purses.edit(self.name)
        rest, purse.wei = purse.wei, 0
        if to not in self.world.deployed:
            return
        try:
            self.call(to, "receive", value=rest)
        except Revert:
            purse.wei = rest
