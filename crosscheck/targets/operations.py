"""Operations of a target: what may be called, how often, by whom, with which arguments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from weiproof.contracts.abi import signature_of
from weiproof.contracts.chains import actor
from weiproof.engine.call import Call

from .arguments import bounds, draw, near

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weiproof.crosscheck.systems import ModelSystem
    from weiproof.engine.call import Value

    from .scene import Scene
    from .target import Strategy, Target

USUAL_WEIGHT, VIEW_WEIGHT = 10, 1
"""Weight of a function that changes state, and of a view, where the target says nothing."""

EDGE_ONE_IN = 5
"""One in so many draws goes to where the model's answer changes."""

ACCEPTED_ONE_IN = 3
"""One in so many arguments is near a value that was accepted before."""

MOST_VALUE = 10**18
"""Most Ether that is sent along where no strategy says otherwise, wei."""


@dataclass(frozen=True)
class Operation:
    """One external function of one contract."""

    target: str
    function: str
    inputs: Sequence[Mapping[str, Any]]
    weight: int
    senders: tuple[str, ...]
    """Addresses of those who mostly call it; anybody where empty."""
    strategies: tuple[Strategy | None, ...] = ()
    payable: bool = False
    value: Strategy | None = None
    integers: tuple[int, ...] = field(default=())
    """Places of the integer arguments, at which edges are sought."""

    @property
    def label(self) -> str:
        """Contract and function."""
        return f"{self.target}.{self.function}"

    def draw(self, scene: Scene) -> Call:
        """One call of it."""
        scene.sender = scene.dice.choice(scene.actors)
        if self.senders and not scene.one_in(8):
            scene.sender = scene.dice.choice(self.senders)
        args = tuple(
            strategy(scene) if strategy else self._argument(scene, place)
            for place, strategy in enumerate(self.strategies)
        )
        return Call(scene.now, scene.sender, self.target, self.function, args, self._ether(scene))

    def calls(self, scene: Scene) -> Iterator[Call]:
        """A call, or now and then a few around an edge in one of its arguments or in time."""
        call = self.draw(scene)
        if not scene.one_in(EDGE_ONE_IN):
            yield call
        elif self.integers and not scene.one_in(3):
            yield from self._at_edge(scene, call)
        else:
            yield from _in_time(scene, call)

    def _argument(self, scene: Scene, place: int) -> Value:
        """A value by its type, or near one that was accepted here before."""
        parameter = self.inputs[place]
        known = scene.accepted.get((self.target, self.function, place))
        if not known or not scene.one_in(ACCEPTED_ONE_IN):
            return draw(scene, parameter)
        value = scene.dice.choice(tuple(known))
        if place in self.integers and isinstance(value, int):
            return near(scene, value, *bounds(str(parameter["type"])))
        return value

    def _at_edge(self, scene: Scene, call: Call) -> Iterator[Call]:
        edges = self.at_edges(scene, call)
        yield from _some(scene, edges) if edges else [call]

    def at_edges(self, scene: Scene, call: Call, then: Sequence[Call] = ()) -> list[Call]:
        """The call with an integer at which the answer changes: to it, or to calls after it."""
        place = scene.dice.choice(self.integers)
        low, high = bounds(str(self.inputs[place]["type"]))

        def make(value: int) -> Call:
            args = (*call.args[:place], value, *call.args[place + 1 :])
            return Call(scene.now, call.sender, call.target, call.function, args, call.value)

        start = call.args[place]
        if not isinstance(start, int):
            return []
        edges = scene.edges(lambda value: [make(value), *then], start, low, high)
        scene.seen += [value for value in edges if value not in scene.seen]
        return [make(value) for value in edges]

    def _ether(self, scene: Scene) -> int:
        if self.value is not None:
            return int(self.value(scene))  # type: ignore[arg-type]
        if not self.payable:
            return 0
        return scene.among(0, 1, scene.dice.below(MOST_VALUE), MOST_VALUE)


def _in_time(scene: Scene, call: Call) -> Iterator[Call]:
    """The call again and again, around the moment at which the answer to it changes."""
    moments = scene.moments(call)
    if not moments:
        yield call
    for moment in moments:
        scene.now = moment
        yield Call(moment, call.sender, call.target, call.function, call.args, call.value)


@dataclass(frozen=True)
class Crossing:
    """Pairs of calls: an integer of the first is where the answer to the second changes."""

    operations: tuple[Operation, ...]

    def __call__(self, scene: Scene) -> Iterator[Call]:
        """One such pair, or what was drawn where there is no edge."""
        first = scene.dice.choice(tuple(each for each in self.operations if each.integers))
        second = scene.dice.choice(self.operations).draw(scene)
        call = first.draw(scene)
        edges = first.at_edges(scene, call, [second])
        yield scene.dice.choice(tuple(edges)) if edges else call
        yield second


def _some(scene: Scene, values: list[Call]) -> list[Call]:
    """A few of the calls around an edge, in any order."""
    left, order = list(values), []
    while left:
        order.append(left.pop(scene.dice.below(len(left))))
    return order[: scene.dice.between(1, len(order))]


def operations_of(
    target: Target, model: ModelSystem, abis: Mapping[str, Sequence[Mapping[str, Any]]]
) -> tuple[Operation, ...]:
    """Every function that a twin answers and the target does not skip."""
    found = []
    for label, abi in abis.items():
        entries = [entry for entry in abi if entry["type"] == "function"]
        names = [entry["name"] for entry in entries]
        for entry in entries:
            name = str(entry["name"])
            function = name if names.count(name) == 1 else signature_of(entry)
            if f"{label}.{name}" not in target.skip and model.answers(label, function):
                found.append(_operation(target, label, function, entry))
    return tuple(found)


def uncompared_of(
    model: ModelSystem, abis: Mapping[str, Sequence[Mapping[str, Any]]]
) -> tuple[str, ...]:
    """Functions of the called contracts that no twin answers, sorted."""
    entries = ((label, entry) for label, abi in abis.items() for entry in abi)
    return tuple(
        sorted(
            f"{label}.{signature_of(entry)}"
            for label, entry in entries
            if entry["type"] == "function"
            and not model.answers(label, signature_of(entry))
            and not model.answers(label, str(entry["name"]))
        )
    )


def _operation(target: Target, label: str, function: str, entry: Mapping[str, Any]) -> Operation:
    name, inputs = f"{label}.{entry['name']}", entry["inputs"]
    mutability = entry.get("stateMutability")
    usual = VIEW_WEIGHT if mutability in ("view", "pure") else USUAL_WEIGHT
    strategies = tuple(_strategy(target, name, str(each.get("name", ""))) for each in inputs)
    kinds = [str(each["type"]) for each in inputs]
    return Operation(
        label,
        function,
        inputs,
        target.weights.get(name, usual),
        tuple(map(actor, target.senders.get(name, ()))),
        strategies,
        mutability == "payable",
        target.values.get(name),
        tuple(
            place
            for place, kind in enumerate(kinds)
            if kind.startswith(("int", "uint")) and "[" not in kind
        ),
    )


def _strategy(target: Target, function: str, parameter: str) -> Strategy | None:
    for key in (f"{function}.{parameter}", parameter):
        if parameter and key in target.arguments:
            return target.arguments[key]
    return None
