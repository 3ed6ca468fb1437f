"""The same with a model as the published contract is: there the cast comes before the clamp."""

from __future__ import annotations

from perp_balance import AccountBalance
from perp_math import RATIO, mul_div_uint, mul_uint, to_uint24
from perp_system import Perp, contracts_with


class AsShipped(AccountBalance):
    """A share of more than 1677.7215% does not fit in 24 bits, and reverts."""

    def share(self, total: int, worth: int) -> int:
        """Cast, then clamped."""
        return min(to_uint24(mul_div_uint(total, RATIO, mul_uint(worth, 2))), RATIO)


class PerpAsShipped(Perp):
    """Nothing differs here."""

    name = "perp-curie-as-shipped"
    contracts = contracts_with(AsShipped)


target = PerpAsShipped()
