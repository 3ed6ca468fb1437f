"""What operations and strategies see: the dice, the clock, the actors, and what the model says.

They ask the model, never the chain, so that one seed gives one sequence on every back end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from weiproof.contracts.chains import ZERO_ADDRESS, actor
from weiproof.engine.call import Call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from weiproof.contracts.deployment import AddressBook
    from weiproof.crosscheck.systems import ModelSystem
    from weiproof.engine.call import Outcome, Value
    from weiproof.engine.draws import Draws

T = TypeVar("T")

MOST_SEEN = 256
"""How many integers are remembered from calls and outcomes."""

MOST_ACCEPTED = 24
"""How many values are remembered of one argument."""

PAUSES = ((50, 0, 0), (20, 1, 1), (15, 2, 60), (10, 61, 7200), (5, 7201, 40 * 86_400))
"""Weight and range of the seconds that pass before a call."""

HORIZON = 400 * 86_400
"""How far ahead an edge in time is looked for, seconds."""


class Scene:
    """The state of play of a campaign."""

    def __init__(
        self,
        model: ModelSystem,
        addresses: AddressBook,
        actors: Sequence[str],
        now: int,
        draws: Draws,
    ) -> None:
        self.model = model
        self.addresses: Mapping[str, str] = addresses
        self.actors = tuple(actor(label) for label in actors)
        """Addresses of the actors."""
        self.labels = dict(zip(self.actors, actors, strict=True))
        self.now = now
        """Block time of the next call, unix seconds."""
        self.sender = self.actors[0]
        """Who makes the call whose arguments are being drawn."""
        self.seen: list[int] = []
        """Integers met lately in arguments and outcomes."""
        self.accepted: dict[tuple[str, str, int], list[Value]] = {}
        """Values that were accepted lately, by contract, function and place of the argument."""
        self._draws = draws
        self._streams = {"": self._draws.stream("target")}
        self.dice = self._streams[""]

    # CHANCE

    def use_dice(self, label: str) -> None:
        """Draws from the stream of `label` from here on: an operation's draws shift no other's."""
        if label not in self._streams:
            self._streams[label] = self._draws.stream(f"target/{label}")
        self.dice = self._streams[label]

    def one_in(self, count: int) -> bool:
        """True once in `count` times."""
        return self.dice.below(count) == 0

    def among(self, *items: T) -> T:
        """One of the items."""
        return self.dice.choice(items)

    def actor(self, label: str) -> str:
        """Address of an actor."""
        return actor(label)

    def wait(self, seconds: int) -> None:
        """Lets time pass."""
        self.now += seconds

    def pass_time(self) -> None:
        """Lets no time pass, or a second, or more."""
        drawn = self.dice.below(sum(weight for weight, _, _ in PAUSES))
        for weight, low, high in PAUSES:
            if drawn < weight:
                self.wait(self.dice.between(low, high))
                return
            drawn -= weight

    # CALLS

    def call(self, sender: str, target: str, function: str, *args: Value, value: int = 0) -> Call:
        """A call in a block of the present time; `sender` is a label or an address."""
        address = sender if sender.startswith("0x") else actor(sender)
        return Call(self.now, address, target, function, args, value)

    # WHAT THE MODEL SAYS

    def ask(self, target: str, function: str, *args: Value) -> Any:  # noqa: ANN401 (any ABI value)
        """What a view of the model answers now: a value, a tuple of more; None on a revert."""
        outcome = self.model.view(Call(self.now, ZERO_ADDRESS, target, function, args))
        if not outcome.ok:
            return None
        return outcome.values[0] if len(outcome.values) == 1 else outcome.values

    def would(self, call: Call) -> Outcome:
        """What the model would answer to a call, which is not made."""
        return self.model.view(call)

    def note(self, call: Call, outcome: Outcome) -> None:
        """Remembers the integers of a call that was made."""
        found = list(_integers((call.args, outcome.values, outcome.error_args)))
        found += _integers(tuple(event.args for event in outcome.events))
        fresh = [value for value in dict.fromkeys(found) if value not in self.seen]
        self.seen = (self.seen + fresh)[-MOST_SEEN:]
        for place, value in enumerate(call.args if outcome.ok else ()):
            kept = self.accepted.setdefault((call.target, call.function, place), [])
            if value not in kept:
                kept.append(value)
                del kept[:-MOST_ACCEPTED]

    # EDGES

    def edges(
        self, make: Callable[[int], list[Call]], start: int, low: int, high: int
    ) -> list[int]:
        """Where the model's answer changes between `start` and a bound: the values at the edge.

        `make` gives the calls for a value, of which the last is asked about. Bisection on the kind
        of outcome, so that one edge is found where there are several. Returns the value on either
        side of the edge and the next; nothing where the answer is the same everywhere.
        """
        far = high if self.one_in(2) else low
        here = self._kinds(make(start))
        if start == far or self._kinds(make(far)) == here:
            return []
        while abs(far - start) > 1:
            middle = (start + far) // 2
            if self._kinds(make(middle)) == here:
                start = middle
            else:
                far = middle
        values = sorted({start, far, start + (start - far), far + (far - start)})
        return [value for value in values if low <= value <= high]

    def _kinds(self, calls: list[Call]) -> list[tuple[object, ...]]:
        """The model's answers to calls one after the other, none of which is made."""
        *before, last = calls
        if not before:
            return [_kind(self.would(last))]
        snapshot = self.model.snapshot()
        kinds = [_kind(self.model.apply(call)) for call in before]
        kinds.append(_kind(self.would(last)))
        self.model.restore(snapshot)
        return kinds

    def moments(self, call: Call) -> list[int]:
        """Block times around the next moment at which the model's answer to a call changes."""

        def at(time: int) -> Call:
            return Call(time, call.sender, call.target, call.function, call.args, call.value)

        first, last = self.now, self.now + HORIZON
        if _kind(self.would(at(first))) == _kind(self.would(at(last))):
            return []
        while last - first > 1:
            middle = (first + last) // 2
            if _kind(self.would(at(middle))) == _kind(self.would(at(first))):
                first = middle
            else:
                last = middle
        return [time for time in (first - 1, first, last, last + 1) if time >= self.now]


def _kind(outcome: Outcome) -> tuple[object, ...]:
    """What of an outcome makes an edge: the error, or the names of the events."""
    return (outcome.ok, outcome.error, tuple(event.name for event in outcome.events))


def _integers(values: tuple[Any, ...]) -> Iterator[int]:
    for value in values:
        if isinstance(value, tuple):
            yield from _integers(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            yield value
