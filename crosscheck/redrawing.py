"""Fewer calls with others' values: drawn, and filtered by the model alone.

Where calls can only be left out together with a change of another's values, no single step of
shrinking gets there.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, islice, pairwise
from typing import TYPE_CHECKING

from weiproof.engine.draws import Draws

from .smaller import integer_paths, value_at, with_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from weiproof.engine.call import Call, Outcome

    from .bench import Finding
    from .lockstep import Mark
    from .systems import ModelSystem

DRAWS = 60
"""Changes that are drawn for each few calls that might be enough."""

FEW_DRAWS = 4096
"""Changes that are drawn where few calls are left; half as many with each call more."""

SUBSETS = 150
"""So many choices of calls are tried for each number of them."""

MOST_DRAWN_CALLS = 100_000
"""A search ends when the model alone has played so many calls."""


class Redrawing:
    """Draws from the times and integers of one recorded sequence."""

    def __init__(
        self,
        model: ModelSystem,
        recorded: Sequence[Call],
        fits: Callable[[Sequence[Call]], bool],
        playable: int,
    ) -> None:
        """`fits` says whether calls can be encoded; the model plays at most `playable` calls."""
        self._model = model
        self._fits = fits
        self._playable = playable
        self._dice = Draws(0).stream("shrink")
        found = [
            value_at(call.args, path) for call in recorded for path in integer_paths(call.args)
        ]
        times = [call.at for call in recorded]
        gaps = (second - first for first, second in pairwise(times))
        self._gaps = tuple(sorted(dict.fromkeys((0, *gaps))))
        self._known = tuple(sorted(dict.fromkeys(found))) or (0,)

    def candidates(
        self, calls: Sequence[Call], finding: Finding, base: Mark
    ) -> Iterator[list[Call]]:
        """Sequences to which the model answers like to the calls, played from a state.

        Subsets that keep the last call, small ones first.
        """
        wanted = self._answer(calls, base)
        *before, last = calls
        draws = max(DRAWS, FEW_DRAWS >> len(before))
        end = max(self._playable - MOST_DRAWN_CALLS, 0)
        for size in range(1, len(before)):
            for kept in islice(combinations(before, size), SUBSETS):
                self._playable -= draws * (size + 1)
                if self._playable < end:
                    return
                for _ in range(draws):
                    changed = self._changed([*kept, last])
                    if self._fits(changed) and self._is_alike(wanted, changed, finding, base):
                        yield changed

    def _changed(self, calls: list[Call]) -> list[Call]:
        """Calls with one to three of their integers replaced, maybe by one sender, maybe later."""
        dice, changed = self._dice, list(calls)
        if dice.chance(1, 3):
            changed = [replace(call, sender=calls[0].sender) for call in changed]
        if dice.chance(1, 3):
            cut, gap = dice.below(len(calls)), dice.choice(self._gaps)
            later = [replace(call, at=call.at + gap) for call in changed[cut:]]
            changed = [*changed[:cut], *later]
        places = tuple(
            (i, path) for i, call in enumerate(calls) for path in integer_paths(call.args)
        )
        for _ in range(dice.between(1, 3) if places else 0):
            i, path = dice.choice(places)
            value = value_at(changed[i].args, path)
            ways = (value * 2, value * 10, value * 3 // 2, value // 2, value // 10, value * 9 // 10)
            own = dice.choice(tuple(value_at(changed[j].args, other) for j, other in places))
            any_size = dice.bits(dice.between(1, max(abs(value).bit_length(), 8)))
            known = dice.choice(self._known)
            new = dice.choice((*ways, value + 1, max(value - 1, 0), own, own, known, any_size))
            changed[i] = replace(changed[i], args=with_value(changed[i].args, path, new))
        return changed

    def _is_alike(
        self, wanted: Outcome, calls: Sequence[Call], finding: Finding, base: Mark
    ) -> bool:
        """Whether the model's last answer has the same error, or the event that differs."""
        answer = self._answer(calls, base)
        if (answer.ok, answer.error) != (wanted.ok, wanted.error):
            return False
        if finding.kind != "event":
            return True
        differing = finding.subject.rpartition(" ")[2]  # type: ignore[union-attr]
        names = [event.name for event in answer.events]
        return differing in names or differing not in [event.name for event in wanted.events]

    def _answer(self, calls: Sequence[Call], base: Mark) -> Outcome:
        """What the model answers to the last of the calls."""
        self._model.restore(base.model)
        for call in calls[:-1]:
            self._model.apply(call)
        return self._model.apply(calls[-1])
