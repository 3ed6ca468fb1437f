"""A stratified, seeded sample of mutants: every file and operator in its share."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from weiproof.engine.draws import Draws

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .mutant import Mutant


def sample(mutants: Sequence[Mutant], count: int, seed: int) -> tuple[Mutant, ...]:
    """At most `count` mutants, in order of file and place.

    A stratum is one operator in one file. First one of each is taken, then more in proportion; a
    larger sample of the same seed holds the smaller ones.
    """
    strata: dict[tuple[str, str], list[Mutant]] = {}
    for mutant in mutants:
        strata.setdefault((mutant.file, mutant.operator), []).append(mutant)
    draws = Draws(seed)
    ranked: list[tuple[Fraction, int, Mutant]] = []
    for (file, operator), members in sorted(strata.items()):
        dice = draws.stream(f"mutants/{file}/{operator}")
        for place in range(len(members)):
            other = dice.between(place, len(members) - 1)
            members[place], members[other] = members[other], members[place]
            ranked.append((Fraction(place, len(members)), dice.bits(64), members[place]))
    ranked.sort(key=lambda entry: entry[:2])
    return tuple(sorted((m for _, _, m in ranked[:count]), key=in_order))


def in_order(mutant: Mutant) -> tuple[str, int, str, int]:
    """Sorts by file and place."""
    return mutant.file, mutant.start, mutant.operator, mutant.ordinal
