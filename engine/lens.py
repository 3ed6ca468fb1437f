"""Reads stored records of the clearing house in one call: the twin of ``Lens.sol``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Contract
from .errors import INDEX_OUT_OF_RANGE, Panic

if TYPE_CHECKING:
    from .call import Value
    from .clearing_house import ClearingHouse
    from .contract import World


class Lens(Contract):
    """The lens."""

    def __init__(self, world: World, name: str, house: ClearingHouse) -> None:
        super().__init__(world, name)
        self._ledger = house.ledger

    def records(
        self,
        accounts: tuple[str, ...],
        markets: tuple[int, ...],
        holders: tuple[str, ...],
        held: tuple[int, ...],
    ) -> tuple[Value, ...]:
        """The system's record, and those of accounts, markets and positions.

        `holders[i]` holds the position in `held[i]`.
        """
        if len(held) < len(holders):
            raise Panic(INDEX_OUT_OF_RANGE)
        ledger = self._ledger
        return (
            ledger.record.fields(),
            tuple(ledger.accounts.read(account).fields() for account in accounts),
            tuple(ledger.markets.read(market_id).fields() for market_id in markets),
            tuple(
                ledger.positions.read(holder, market_id).fields()
                for holder, market_id in zip(holders, held, strict=False)
            ),
        )
