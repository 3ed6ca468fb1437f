"""The drill's model, without faults, and a target for each of its planted ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.crosscheck.targets import Deploy, Mapping, Target, Twin, uint256

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Mapping as AnyMapping
    from typing import Any, TypeAlias

    from weiproof.crosscheck.targets import Call, Scene

    Twins: TypeAlias = AnyMapping[str, Any]

MOST_PRICE = 10**6
LOCK = 3600


class Drill(Twin):
    """What Drill.sol should do."""

    def __init__(self) -> None:
        self.total = 0
        self.price = 100
        self.pokes = 0
        self.pokedAt = self.now
        self.claims = 0
        self.balanceOf = Mapping(0)
        self.debtOf = Mapping(0)
        self.since = Mapping(0)
        self.claimed = Mapping(False)

    def deposit(self, amount: int) -> None:
        """Credits the sender."""
        self.require(0 < amount <= 10**30, "Zero")
        self.balanceOf[self.sender] += amount
        self.total += amount
        self.since[self.sender] = self.now
        self.emit("Deposited", self.sender, amount)

    def withdraw(self, amount: int) -> None:
        """Pays out what is neither locked nor needed."""
        held = self.balanceOf[self.sender]
        self.require(amount > 0, "Zero")
        self.require(amount <= held, "Short", held, amount)
        until = self.since[self.sender] + LOCK
        self.require(self.now >= until, "Locked", until)
        self._require_safe(held - amount)
        self.balanceOf[self.sender] = held - amount
        self.total -= amount
        self.emit("Withdrawn", self.sender, amount)

    def transfer(self, to: str, amount: int) -> None:
        """Moves what is not needed."""
        held = self.balanceOf[self.sender]
        self.require(amount > 0, "Zero")
        self.require(amount <= held, "Short", held, amount)
        self._require_safe(held - amount)
        self.balanceOf[self.sender] = held - amount
        self.balanceOf[to] += amount
        self.emit("Moved", self.sender, to, amount)

    def setPrice(self, newPrice: int) -> None:
        """Sets the price of a unit."""
        self.require(0 < newPrice <= MOST_PRICE, "BadPrice", newPrice)
        self.price = newPrice

    def borrow(self, amount: int) -> None:
        """Lends half of the value at most, a tenth of fee included."""
        self.require(0 < amount <= 10**36, "Zero")
        debt = self.debtOf[self.sender] + amount + (amount + 9) // 10
        value = self.balanceOf[self.sender] * self.price
        self.require(value >= 2 * debt, "Unsafe", value, debt)
        self.debtOf[self.sender] = debt

    def repay(self, amount: int) -> None:
        """Reduces the sender's debt."""
        debt = self.debtOf[self.sender]
        self.require(amount <= debt, "TooMuch", debt, amount)
        self.debtOf[self.sender] = debt - amount

    def liquidate(self, holder: str) -> None:
        """Takes everything from somebody who owes more than it is worth."""
        seized, debt = self.balanceOf[holder], self.debtOf[holder]
        self.require(uint256(seized * self.price) < debt, "Healthy", holder)
        self.balanceOf[holder] = 0
        self.debtOf[holder] = 0
        self.total -= seized
        self.emit("Liquidated", holder, seized, (seized + 19) // 20)

    def poke(self) -> int:
        """Seconds since the last time."""
        waited = self.now - self.pokedAt
        self.pokes += 1
        self.pokedAt = self.now
        return waited

    def claim(self) -> None:
        """Once for everybody."""
        self.require(not self.claimed[self.sender], "Claimed", self.sender)
        self.claimed[self.sender] = True
        self.claims += 1

    def _require_safe(self, left: int) -> None:
        debt = self.debtOf[self.sender]
        value = left * self.price
        self.require(value >= 2 * debt, "Unsafe", value, debt)


def under_water(scene: Scene) -> Iterator[Call]:
    """Somebody borrows, the price falls to the edge or beside it, and somebody liquidates."""
    debtor, keeper = scene.dice.choice(scene.actors), scene.dice.choice(scene.actors)
    yield scene.call(debtor, "drill", "deposit", scene.dice.between(1, 9))
    yield scene.call(debtor, "drill", "borrow", scene.dice.between(1, 99))
    debt, held = scene.ask("drill", "debtOf", debtor), scene.ask("drill", "balanceOf", debtor)
    if held:
        edge = max(debt // held, 1)
        yield scene.call(keeper, "drill", "setPrice", scene.among(edge, edge + 1, edge - 1))
        yield scene.call(keeper, "drill", "liquidate", debtor)


def drill(number: int) -> type[Target]:
    """The target with fault `number`."""

    class DrillTarget(Target):
        """One drill."""

        name = f"drill-{number}"
        artifacts = "out"
        sources = "src"
        contracts = (Deploy("drill", "Drill", (number,), Drill, model_args=()),)

        def invariants(self, model: Twins) -> Iterator[tuple[str, int, int]]:
            """The total is what everybody holds."""
            twin = model["drill"]
            yield "the total is the sum of balances", sum(twin.balanceOf.values()), twin.total

        def operations(self) -> Iterator[tuple[int, Callable[[Scene], Iterator[Call]]]]:
            """Prices at which a debtor is worth what is owed."""
            yield 10, under_water

    return DrillTarget


target = drill(0)()
