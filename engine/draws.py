"""Random draws from a named, counter-based generator.

Every draw is a keyed hash of (seed, label, counter), so a stream depends on nothing but its seed
and its label: adding a stream, or drawing more from one, never shifts any other. Integers only,
no bias (rejection sampling), the same numbers on every machine and Python version.
"""

from __future__ import annotations

import hashlib
from typing import TypeVar

T = TypeVar("T")

MAX_SEED = 2**64 - 1
"""Largest accepted seed."""

_DIGEST_BYTES = 32
_DIGEST_BITS = 8 * _DIGEST_BYTES


class Stream:
    """The draws of one label, in order; each takes the next counters of this label only."""

    __slots__ = ("_base", "_counter")

    def __init__(self, key: bytes, label: str) -> None:
        """Open the stream `label` under a 32-byte `key`."""
        self._base = hashlib.blake2b(
            label.encode("utf-8"), key=key, digest_size=_DIGEST_BYTES, person=b"weiproof-draws"
        )
        self._counter = 0

    @property
    def counter(self) -> int:
        """How many hashes this stream has used so far."""
        return self._counter

    def bits(self, width: int) -> int:
        """Return a uniform integer of `width` bits (0 to 256), from one hash."""
        if not 0 <= width <= _DIGEST_BITS:
            message = f"width must be 0 to {_DIGEST_BITS}, got {width}"
            raise ValueError(message)
        state = self._base.copy()
        # The length prefix of the label is not needed: the counter has a fixed width at the end.
        state.update(self._counter.to_bytes(8, "big"))
        self._counter += 1
        return int.from_bytes(state.digest(), "big") >> (_DIGEST_BITS - width)

    def below(self, limit: int) -> int:
        """Return a uniform integer in [0, limit). `limit` is 1 to 2**256."""
        if not 1 <= limit <= 1 << _DIGEST_BITS:
            message = f"limit must be 1 to 2**{_DIGEST_BITS}, got {limit}"
            raise ValueError(message)
        width = (limit - 1).bit_length()
        while True:
            drawn = self.bits(width)
            if drawn < limit:
                return drawn

    def between(self, low: int, high: int) -> int:
        """Return a uniform integer in [low, high], both ends included."""
        if low > high:
            message = f"low must not exceed high, got {low} and {high}"
            raise ValueError(message)
        return low + self.below(high - low + 1)

    def chance(self, numerator: int, denominator: int) -> bool:
        """Return True with probability numerator / denominator, exactly."""
        if not 0 <= numerator <= denominator or denominator == 0:
            message = f"a chance lies within 0 to 1, got {numerator} of {denominator}"
            raise ValueError(message)
        return self.below(denominator) < numerator

    def choice(self, items: tuple[T, ...]) -> T:
        """Return one of `items`, each with the same probability."""
        if not items:
            message = "there is nothing to choose from"
            raise ValueError(message)
        return items[self.below(len(items))]


class Draws:
    """All streams of one seed."""

    __slots__ = ("_key",)

    def __init__(self, seed: int) -> None:
        """Take a seed of 0 to 2**64 - 1."""
        if not 0 <= seed <= MAX_SEED:
            message = f"seed must be 0 to {MAX_SEED}, got {seed}"
            raise ValueError(message)
        self._key = hashlib.sha256(b"weiproof draws 1 " + str(seed).encode("ascii")).digest()

    def stream(self, label: str) -> Stream:
        """Return the stream `label` from its beginning."""
        return Stream(self._key, label)
