"""Pyth's prices as integers of other decimals: the twin of ``PythUtils.sol`` of the SDK 4.3.1.

Results are truncated. Prices are int64, exponents int32, as the ABI has them.
"""

from __future__ import annotations

from weiproof.engine.contract import Contract
from weiproof.engine.errors import Panic
from weiproof.engine.fixed_point import OVERFLOW, mul_div_down

from .errors import ExponentOverflow, InvalidInputExpo, NegativeInputPrice

LEAST_EXPO = -255
MOST_SCALE = 58
"""Largest power of ten that any int64 can be multiplied by within 256 bits."""

PRECISION = 36


def convert_to_uint(price: int, expo: int, targetDecimals: int) -> int:
    """``price * 10**expo`` with so many decimals.

    Reverts with NegativeInputPrice, InvalidInputExpo below -255, ExponentOverflow where
    targetDecimals + expo is beyond 58 either way; panics with 0x11 where that leaves int32.
    """
    if price < 0:
        raise NegativeInputPrice
    if expo < LEAST_EXPO:
        raise InvalidInputExpo
    scale = _within(_int32(targetDecimals + expo))
    if scale > 0:
        return mul_div_down(price, 10**scale, 1)
    return mul_div_down(price, 1, 10 ** abs(scale))


def derive_cross_rate(price1: int, expo1: int, price2: int, expo2: int, targetExponent: int) -> int:
    """Price 1 over price 2, as a multiple of ``10**targetExponent``.

    Reverts with NegativeInputPrice, InvalidInputExpo below -255, ExponentOverflow where
    expo1 - expo2 - targetExponent is beyond 58 either way; panics with 0x11 where a sum of
    exponents leaves int32, and with 0x12 where price 2 is zero.
    """
    if price1 < 0 or price2 < 0:
        raise NegativeInputPrice
    if min(expo1, expo2, targetExponent) < LEAST_EXPO:
        raise InvalidInputExpo
    scale = _within(_int32(expo1 - _int32(expo2 + targetExponent)))
    if scale > 0:
        return mul_div_down(price1, 10**scale, price2)
    return mul_div_down(price1, 1, 10 ** abs(scale) * price2)


class PythUtils(Contract):
    """The library, called as a contract."""

    def PRECISION(self) -> tuple[int]:
        """A constant that nothing reads."""
        return (PRECISION,)

    def convertToUint(self, price: int, expo: int, targetDecimals: int) -> tuple[int]:
        """See :func:`convert_to_uint`."""
        return (convert_to_uint(price, expo, targetDecimals),)

    def deriveCrossRate(
        self, price1: int, expo1: int, price2: int, expo2: int, targetExponent: int
    ) -> tuple[int]:
        """See :func:`derive_cross_rate`."""
        return (derive_cross_rate(price1, expo1, price2, expo2, targetExponent),)


def _within(scale: int) -> int:
    if abs(scale) > MOST_SCALE:
        raise ExponentOverflow
    return scale


def _int32(x: int) -> int:
    if not -(2**31) <= x < 2**31:
        raise Panic(OVERFLOW)
    return x
