"""One price over another: ``DerivedPriceFeed`` (@chainlink/contracts 0.8.0, v0.8/dev)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.engine.contract import Contract
from weiproof.engine.errors import Panic, RevertReason
from weiproof.engine.fixed_point import DIVISION_BY_ZERO, div_truncate, to_uint256
from weiproof.oracles.checked import int256, wrapped_int

if TYPE_CHECKING:
    from weiproof.engine.contract import World

MAX_DECIMALS = 18


class DerivedPriceFeed(Contract):
    """Base over quote, both rescaled to the feed's own decimals first; truncated toward zero.

    Every read is stamped with the block's time: a consumer's age limit never meets it, however old
    the rounds of the two feeds are. Neither sign nor age of them is looked at.
    """

    def __init__(self, world: World, name: str, base: str, quote: str, decimals: int) -> None:
        super().__init__(world, name)
        if not 0 < decimals <= MAX_DECIMALS:
            raise RevertReason("Invalid _decimals")
        self._base = base
        self._quote = quote
        self._decimals = decimals

    def BASE(self) -> tuple[str]:
        """The feed that is divided."""
        return (self._base,)

    def QUOTE(self) -> tuple[str]:
        """The feed that divides."""
        return (self._quote,)

    def DECIMALS(self) -> tuple[int]:
        """Decimals of the answer."""
        return (self._decimals,)

    def decimals(self) -> tuple[int]:
        """Decimals of the answer."""
        return (self._decimals,)

    def description(self) -> tuple[str]:
        """What the contract calls itself."""
        return ("DerivedPriceFeed.sol",)

    def version(self) -> tuple[int]:
        """Version of the aggregator."""
        return (0,)

    def getRoundData(self, roundId: int) -> tuple[int, int, int, int, int]:  # noqa: ARG002 - ABI
        """Reverts: there are no rounds."""
        raise RevertReason("not implemented - use latestRoundData()")

    def latestRoundData(self) -> tuple[int, int, int, int, int]:
        """The price now; ids are 0, both times are the block's.

        Panics with 0x12 where the divisor is 0 (a price that the rescaling truncates is enough),
        and with 0x11 where a step leaves 256 bits.
        """
        base = self._scaled(self._base)
        quote = self._scaled(self._quote)
        answer = _divide(int256(base * 10**self._decimals), quote)
        return (0, answer, self.world.now, self.world.now, 0)

    def _scaled(self, feed: str) -> int:
        """A feed's answer with this feed's decimals."""
        answer, decimals = self.call(feed, "latestRoundData")[1], self.call(feed, "decimals")[0]
        if not isinstance(answer, int) or not isinstance(decimals, int):
            raise TypeError((answer, decimals))
        if decimals <= self._decimals:
            return int256(answer * 10 ** (self._decimals - decimals))
        # a power of ten beyond 255 bits turns negative before it divides: it is cast, not checked
        return _divide(answer, wrapped_int(to_uint256(10 ** (decimals - self._decimals)), 256))


def _divide(numerator: int, denominator: int) -> int:
    """Signed division as Solidity 0.8 checks it."""
    if denominator == 0:
        raise Panic(DIVISION_BY_ZERO)
    return int256(div_truncate(numerator, denominator))
