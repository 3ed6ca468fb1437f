"""What a summary says that its journal cannot: how it was run, who waited, what found no place.

The rest of a summary must follow from the journal; of this only the shape can be checked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from weiproof.simulation.lines import JournalError
from weiproof.simulation.run import SUMMARY

if TYPE_CHECKING:
    from collections.abc import Mapping

Count = Annotated[int, Field(ge=0, strict=True)]
Seconds = Annotated[int, Field(ge=0, le=10**12)]
"""A key, which JSON has as a text."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long liquidations waited."""

    latencies: dict[Seconds, Count]
    """Number of liquidations by seconds."""
    left: Count
    """Accounts that still waited at the end."""


@dataclass(frozen=True, slots=True)
class KeeperPlaces:
    """How one keeper fared in full blocks."""

    missed: Count
    too_late: Count


@dataclass(frozen=True, slots=True)
class Rounds:
    """Oracle rounds that found no place at once; `worst_delay` in seconds."""

    delayed: Count
    worst_delay: Count
    replaced: Count
    left: Count


@dataclass(frozen=True, slots=True)
class Blockspace:
    """What full blocks did."""

    missed_blocks: Count
    rounds: Rounds
    keepers: dict[str, KeeperPlaces] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claims:
    """Of a run that did not end, the defaults."""

    scenario: str = ""
    variant: str = ""
    calls_compared: Count = 0
    state_digest: str = ""
    waiting: Waiting | None = None
    blockspace: Blockspace | None = None


def claims_of(summary: Mapping[str, Any]) -> Claims:
    """What a summary claims. Raises JournalError where it has not the shape of a summary."""
    known = {key: summary[key] for key in Claims.__dataclass_fields__ if key in summary}
    try:
        return TypeAdapter(Claims).validate_python(known)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        reason = f"{place} is not as a run writes it ({first['msg']}): run the scenario again"
        raise JournalError(1, reason, file=SUMMARY) from None
